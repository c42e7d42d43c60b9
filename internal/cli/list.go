package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
)

// listOptions choose members and how they are shown.
type listOptions struct {
	units   []string
	where   string
	columns []string
	sort    []string
	closed  bool
}

func (a *app) listFlags(c *cobra.Command, o *listOptions) {
	f := c.Flags()
	f.StringArrayVar(&o.units, "unit", nil, a.tr("only members of this `UNIT`; may be given more than once"))
	f.StringVar(&o.where, "where", "", a.tr("only members for whom this `CONDITION` holds, such as 'age < 26 and \"leader\" in offices'"))
	f.StringSliceVar(&o.columns, "columns", nil, a.tr("the `FIELDS` to show, with commas between"))
	f.StringSliceVar(&o.sort, "sort", nil, a.tr("the `FIELDS` to sort by, with commas between; a minus in front turns the order round"))
	f.BoolVar(&o.closed, "closed", false, a.tr("also those whose membership has ended"))
}

func (a *app) listCommand() *cobra.Command {
	var o listOptions
	c := a.build(command{
		use:   "list",
		short: a.tr("list the members that you may see"),
		long: a.tr("Lists the members of every unit that you may see, with your own changes already in place. " +
			"Members of a unit for protected identity are in it for that unit's own officers, and where --unit names it. " +
			"In a condition, fields have the names that medlem show has in brackets; besides there are unit, id, status, closed, reason, restricted, objects and age."),
		example: `medlem list --unit asker --where 'age < 26' --columns given,family,phone --sort family`,
		codes:   "34",
		on:      true,
		run:     func(*cobra.Command, []string) error { return a.list(o, nil) },
	})
	a.listFlags(c, &o)
	return c
}

func (a *app) findCommand() *cobra.Command {
	var o listOptions
	c := a.build(command{
		use:   "find WORDS…",
		short: a.tr("find members by name, e-mail, telephone or id"),
		long: a.tr("Lists the members in whom every word is found: in the name, the e-mail address, the telephone number or the beginning of the id. " +
			"Accents, capitals and spelling do not matter: aase kvale finds Åse Kvåle."),
		example: "medlem find aase kvale",
		codes:   "34",
		on:      true,
		max:     -1,
		run:     func(_ *cobra.Command, args []string) error { return a.list(o, args) },
	})
	a.listFlags(c, &o)
	return c
}

func (a *app) list(o listOptions, words []string) error {
	return a.at(withKey, func(s *session) error {
		day, err := s.today()
		if err != nil {
			return err
		}
		units, err := s.units(o.units)
		if err != nil {
			return err
		}
		var where *condition
		if o.where != "" {
			if where, err = s.condition(s.Policy(), o.where, day); err != nil {
				return err
			}
		}
		order, err := s.order(o.sort)
		if err != nil {
			return err
		}
		columns, err := s.columns(o.columns)
		if err != nil {
			return err
		}
		if len(units) == 0 {
			if units, err = s.OpenUnits(); err != nil {
				return err
			}
		}
		all, err := s.Members(desk.Query{Units: units, Closed: o.closed})
		if err != nil {
			return err
		}
		var rows []*row
		for _, m := range all {
			r := &row{Member: m, fields: s.visible(m)}
			if s.matches(r, words) && (where == nil || where.holds(m, r.fields)) {
				rows = append(rows, r)
			}
		}
		s.sort(rows, order)
		return s.printList(rows, columns)
	})
}

// row is a member in a list, with the fields that the person may see.
type row struct {
	*desk.Member
	fields map[string]record.Value
}

// matches tells whether every word is found in the member.
func (s *session) matches(r *row, words []string) bool {
	if len(words) == 0 {
		return true
	}
	var names, mails, digits []string
	for _, f := range s.Policy().Fields {
		v := r.fields[f.Key].String()
		switch f.Type {
		case record.TypeName:
			names = append(names, v)
		case record.TypeEmail:
			mails = append(mails, strings.ToLower(v))
		case record.TypePhone:
			digits = append(digits, onlyDigits(v))
		}
	}
	name := record.Fold(strings.Join(names, " "))
	for _, w := range words {
		folded, lower, number := record.Fold(w), strings.ToLower(w), onlyDigits(w)
		found := folded != "" && strings.Contains(name, folded) ||
			slices.ContainsFunc(mails, func(m string) bool { return m != "" && strings.Contains(m, lower) }) ||
			number != "" && strings.Trim(w, "0123456789+-() ") == "" &&
				slices.ContainsFunc(digits, func(d string) bool { return strings.Contains(d, number) }) ||
			strings.HasPrefix(string(r.Path.ID), lower)
		if !found {
			return false
		}
	}
	return true
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func (s *session) printList(rows []*row, columns []string) error {
	list := struct {
		Members []memberJSON `json:"members"`
	}{[]memberJSON{}}
	if s.format == "json" {
		for _, r := range rows {
			list.Members = append(list.Members, s.memberJSON(r.Member))
		}
	}
	return s.result(list, func(w io.Writer) {
		if columns == nil {
			columns = s.usualColumns(rows)
		}
		t := &table{}
		for _, c := range columns {
			t.head = append(t.head, s.columnHead(c))
		}
		for _, r := range rows {
			cells := make([]string, len(columns))
			for i, c := range columns {
				cells[i] = s.columnText(r, c)
			}
			t.add(cells...)
		}
		t.write(w, "")
		fmt.Fprintln(w, s.trn(len(rows), "{{.N}} member", "{{.N}} members"))
	})
}
