package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) evidenceCommand() *cobra.Command {
	return a.family("evidence", a.tr("read the documents that go with grants"),
		a.tr("Agreements, minutes and reasons that go with an officer's access lie sealed in her unit. Whoever may read the unit's members may read them."),
		a.evidenceListCommand(), a.evidenceShowCommand())
}

type evidenceJSON struct {
	ID     register.RecordID `json:"id"`
	Unit   register.UnitID   `json:"unit"`
	Kind   string            `json:"kind,omitempty"`
	Handle register.Handle   `json:"handle,omitempty"`
	Office string            `json:"office,omitempty"`
	Bytes  int64             `json:"bytes"` // of the sealed file
}

func evidenceOf(e desk.Evidence) evidenceJSON {
	return evidenceJSON{e.ID, e.Unit, e.Kind, e.Handle, e.Office, e.Size}
}

func (a *app) evidenceListCommand() *cobra.Command {
	return a.build(command{
		use:     "list [UNIT]",
		short:   a.tr("list the documents of the units that you may read"),
		long:    a.tr("Lists the sealed documents of a unit, or of every unit that you may read, and whose access each goes with. Nothing is opened."),
		example: "medlem evidence list asker",
		codes:   "134",
		max:     1,
		run: func(_ *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error {
				var units []register.UnitID
				if len(args) > 0 {
					u, err := s.unit(args[0])
					if err != nil {
						return err
					}
					units = append(units, u)
				}
				es, err := s.Evidence(units)
				if err != nil {
					return err
				}
				out := struct {
					Documents []evidenceJSON `json:"documents"`
				}{[]evidenceJSON{}}
				for _, e := range es {
					out.Documents = append(out.Documents, evidenceOf(e))
				}
				return s.result(out, func(w io.Writer) { s.printEvidence(w, es) })
			})
		},
	})
}

func (s *session) printEvidence(w io.Writer, es []desk.Evidence) {
	if len(es) == 0 {
		fmt.Fprintln(w, s.tr("There are no documents."))
		return
	}
	t := &table{head: []string{"Id", s.tr("Unit"), s.tr("Document"), s.tr("Handle"), s.tr("Office")}}
	for _, e := range es {
		handle := string(e.Handle)
		if handle == "" && e.Kind != access.MatterAgreement {
			handle = s.tr("(of an access that has ended)")
		}
		t.add(string(e.ID), unitName(s.Policy(), e.Unit), s.matter(s.Policy(), e.Office, e.Kind), handle, s.officeName(s.Policy(), e.Office))
	}
	t.write(w, "")
}

func (a *app) evidenceShowCommand() *cobra.Command {
	var out string
	c := a.build(command{
		use:   "show ID",
		short: a.tr("open a document"),
		long: a.tr("Opens a sealed document. Text is shown; anything else goes into a file that you name with --out, " +
			"which is then yours to protect and to delete."),
		example: "medlem evidence show m4k7q2x5zt3ab --out minutes.pdf",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error {
				id, err := s.recordID(args[0])
				if err != nil {
					return err
				}
				return s.showEvidence(id, out)
			})
		},
	})
	c.Flags().StringVar(&out, "out", "", a.tr("the new `FILE` to write"))
	return c
}

func (s *session) showEvidence(id register.RecordID, out string) error {
	e, d, err := s.OpenEvidence(id)
	if err != nil {
		return err
	}
	res := struct {
		evidenceJSON
		Ending string `json:"ending,omitempty"`
		Text   string `json:"text,omitempty"`
		File   string `json:"file,omitempty"`
	}{evidenceJSON: evidenceOf(*e), Ending: d.Ending, File: out}
	if res.Kind == "" {
		res.Kind = d.Kind
	}
	if out != "" {
		if err := s.writeNew(out, d.Content); err != nil {
			return err
		}
		return s.result(res, func(w io.Writer) { fmt.Fprintln(w, s.tr("Written to {{.Path}}.", "Path", out)) })
	}
	if !utf8.Valid(d.Content) || strings.ContainsRune(string(d.Content), 0) {
		return usageError(s.tr("this document is no text"), s.tr("name a new file for it: --out FILE"))
	}
	res.Text = string(d.Content)
	return s.result(res, func(w io.Writer) {
		for line := range strings.Lines(res.Text) {
			fmt.Fprintln(w, cell(strings.TrimSuffix(line, "\n")))
		}
	})
}
