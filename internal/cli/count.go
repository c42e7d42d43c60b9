package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) countCommand() *cobra.Command {
	var units []string
	var by string
	c := a.build(command{
		use:   "count",
		short: a.tr("count members"),
		long: a.tr("Counts the active members of the units that you may read, unit by unit, and all together. " +
			"Somebody who is a member of two units counts in each of them and once in the whole: records of one name with a birth date or an e-mail address in common are one person."),
		example: "medlem count --by class",
		codes:   "134",
		run: func(*cobra.Command, []string) error {
			return a.at(withKey, func(s *session) error { return s.count(units, by) })
		},
	})
	c.Flags().StringArrayVar(&units, "unit", nil, a.tr("only this `UNIT`; may be given more than once (default: all)"))
	c.Flags().StringVar(&by, "by", "", a.tr("count by the choices of this `FIELD`"))
	return c
}

func (s *session) count(texts []string, by string) error {
	units, err := s.units(texts)
	if err != nil {
		return err
	}
	field := ""
	if by != "" {
		if field, err = s.field(by); err != nil {
			return err
		}
	}
	n, err := s.Count(units, field)
	if err != nil {
		return err
	}
	type countJSON struct {
		Unit    register.UnitID `json:"unit,omitempty"`
		Choice  string          `json:"choice,omitempty"`
		Members int             `json:"members"`
	}
	out := struct {
		Units   []countJSON `json:"units"`
		Whole   []countJSON `json:"whole"`
		Persons int         `json:"persons"`
	}{[]countJSON{}, []countJSON{}, n.Persons}
	for _, c := range n.Rows {
		out.Units = append(out.Units, countJSON(c))
	}
	for _, c := range n.Whole {
		out.Whole = append(out.Whole, countJSON(c))
	}
	return s.result(out, func(w io.Writer) {
		t := &table{}
		for _, c := range n.Rows {
			t.add(unitName(s.Policy(), c.Unit), s.choiceName(field, c.Choice), fmt.Sprint(c.Members))
		}
		if field != "" {
			for _, c := range n.Whole {
				t.add(s.tr("all together"), s.choiceName(field, c.Choice), fmt.Sprint(c.Members))
			}
		}
		t.write(w, "")
		fmt.Fprintln(w, s.trn(n.Persons, "{{.N}} person", "{{.N}} persons"))
	})
}

// choiceName is what a choice is called in the person's language.
func (s *session) choiceName(field, choice string) string {
	if field == "" {
		return ""
	}
	if choice == "" {
		return s.tr("(nothing)")
	}
	if f, ok := s.Policy().Field(field); ok {
		if c, ok := f.Choice(choice); ok {
			return s.label(s.Policy(), c.Name, c.ID)
		}
	}
	return choice
}
