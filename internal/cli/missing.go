package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) missingCommand() *cobra.Command {
	var units []string
	var template, passwordFile string
	c := a.build(command{
		use:   "missing",
		short: a.tr("show what the members of each unit still lack"),
		long: a.tr("Lists, unit by unit, the members who lack something that every member should have, by their ids, and the fields that are empty. " +
			"Of units that you do not read it says how many members there are; only their own officers see what is missing. " +
			"With --template it writes a workbook with just these members and what each lacks, protected by a password: filled in and imported, it closes these gaps and does nothing else."),
		example: "medlem missing --unit asker --template asker-missing.xlsx",
		codes:   "134",
		run: func(*cobra.Command, []string) error {
			switch {
			case template != "" && len(units) != 1:
				return usageError(a.tr("a template is of one unit: --unit UNIT"), "")
			case passwordFile != "" && template == "":
				return usageError(a.tr("--password-file belongs to --template"), "")
			}
			return a.at(withKey, func(s *session) error {
				us, err := s.units(units)
				if err != nil {
					return err
				}
				if template != "" {
					return s.gaps(us[0], template, passwordFile)
				}
				return s.missing(us)
			})
		},
	})
	c.Flags().StringArrayVar(&units, "unit", nil, a.tr("only this `UNIT`; may be given more than once (default: all)"))
	c.Flags().StringVar(&template, "template", "", a.tr("write what is to be filled in to this new `FILE`, an .xlsx"))
	c.Flags().StringVar(&passwordFile, "password-file", "", a.tr("write the password to this new `FILE` instead of the terminal"))
	return c
}

type lackingJSON struct {
	ID     register.RecordID `json:"id"`
	Lacks  []string          `json:"lacks"`
	Others int               `json:"others"` // fields that it lacks besides, and that are not the officer's
}

type missingJSON struct {
	Unit       register.UnitID `json:"unit"`
	Members    int             `json:"members"`
	Readable   bool            `json:"readable"`   // only then is known what its members lack
	Incomplete int             `json:"incomplete"` // of a unit that is readable
	Kept       int             `json:"kept"`       // incomplete, and kept and not used
	Records    []lackingJSON   `json:"records"`
}

func (s *session) missing(units []register.UnitID) error {
	list, err := s.Missing(units)
	if err != nil {
		return err
	}
	out := struct {
		Units []missingJSON `json:"units"`
	}{[]missingJSON{}}
	for _, m := range list {
		x := missingJSON{Unit: m.Unit, Members: m.Members, Readable: m.Readable, Incomplete: len(m.Records), Kept: m.Kept, Records: []lackingJSON{}}
		for _, in := range m.Records {
			if len(in.Lacks) > 0 {
				x.Records = append(x.Records, lackingJSON{in.Member.Path.ID, in.Lacks, in.Others})
			}
		}
		out.Units = append(out.Units, x)
	}
	return s.result(out, func(w io.Writer) {
		for i, m := range out.Units {
			s.printMissing(w, m, list[i])
		}
	})
}

func (s *session) printMissing(w io.Writer, m missingJSON, full desk.Missing) {
	name := unitName(s.Policy(), m.Unit)
	if !m.Readable {
		fmt.Fprintln(w, s.trn(m.Members, "{{.Unit}}: {{.N}} member; its own officers see what is missing", "{{.Unit}}: {{.N}} members; their own officers see what is missing", "Unit", name))
		return
	}
	fmt.Fprintln(w, s.trn(m.Members, "{{.Unit}}: {{.Lacking}} of {{.N}} member incomplete", "{{.Unit}}: {{.Lacking}} of {{.N}} members incomplete", "Unit", name, "Lacking", m.Incomplete))
	t := &table{}
	for _, r := range m.Records {
		var names []string
		for _, f := range r.Lacks {
			names = append(names, s.fieldName(s.Policy(), f))
		}
		t.add(string(r.ID), strings.Join(names, ", "))
	}
	t.write(w, "  ")
	if n := len(full.Records) - len(m.Records); n > 0 {
		fmt.Fprintln(w, "  "+s.trn(n, "{{.N}} lacks something that others fill in", "{{.N}} lack something that others fill in"))
	}
	if m.Kept > 0 {
		fmt.Fprintln(w, "  "+s.trn(m.Kept, "{{.N}} lacks something and is left out: the record is kept and not used", "{{.N}} lack something and are left out: the records are kept and not used"))
	}
}
