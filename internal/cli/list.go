package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
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
			"In a condition, fields have the names that medlem show has in brackets; besides there are unit, id, status, closed, reason and age."),
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

// The columns of a list besides fields.
const (
	columnID     = "id"
	columnUnit   = "unit"
	columnStatus = "status"
	columnAge    = "age"
)

var plainColumns = []string{columnID, columnUnit, columnStatus, columnAge}

// field reads the key of a field, or what it is called in any language.
func (s *session) field(text string) (string, error) {
	if _, ok := s.Policy().Field(text); ok || text == record.Closed || text == record.Reason {
		return text, nil
	}
	if key, ok := s.Policy().Heading(text); ok {
		return key, nil
	}
	var keys []string
	for _, f := range s.Policy().Fields {
		keys = append(keys, f.Key)
	}
	return "", usageError(s.tr("there is no field {{.Name}}", "Name", quote(text)), s.tr("the fields are {{.Fields}}", "Fields", strings.Join(keys, ", ")))
}

func (s *session) columns(texts []string) ([]string, error) {
	var out []string
	for _, t := range texts {
		t = strings.TrimSpace(t)
		if slices.Contains(plainColumns, t) {
			out = append(out, t)
			continue
		}
		key, err := s.field(t)
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}

// order is one key to sort by.
type order struct {
	key  string
	down bool
}

func (s *session) order(texts []string) ([]order, error) {
	var out []order
	for _, t := range texts {
		name, down := strings.CutPrefix(strings.TrimSpace(t), "-")
		keys, err := s.columns([]string{name})
		if err != nil {
			return nil, err
		}
		out = append(out, order{keys[0], down})
	}
	if len(out) > 0 {
		return out, nil
	}
	out = append(out, order{key: columnUnit})
	names := s.nameFields()
	slices.Reverse(names) // people look for family names first
	for _, k := range names {
		out = append(out, order{key: k})
	}
	return out, nil
}

func (s *session) nameFields() []string {
	var out []string
	for _, f := range s.Policy().Fields {
		if f.Type == record.TypeName {
			out = append(out, f.Key)
		}
	}
	return out
}

func (s *session) sort(rows []*row, by []order) {
	keys := make(map[*row][]string, len(rows))
	for _, r := range rows {
		k := make([]string, len(by))
		for i, o := range by {
			k[i] = s.sortValue(r, o.key)
		}
		keys[r] = k
	}
	slices.SortStableFunc(rows, func(a, b *row) int {
		ka, kb := keys[a], keys[b]
		for i, o := range by {
			c := strings.Compare(ka[i], kb[i])
			if o.down {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return strings.Compare(string(a.Path.ID), string(b.Path.ID))
	})
}

// sortValue is text that sorts as the value does.
func (s *session) sortValue(r *row, key string) string {
	const digits = 20 // more than any number has
	v := s.columnText(r, key)
	f, ok := s.Policy().Field(key)
	if key == columnAge || ok && f.Type == record.TypeInteger {
		return strings.Repeat("0", max(0, digits-len(v))) + v
	}
	return sortKey(s.texts.lang, v)
}

func (s *session) columnText(r *row, key string) string {
	switch key {
	case columnID:
		return string(r.Path.ID)
	case columnUnit:
		return unitName(s.Policy(), r.Path.Unit)
	case columnStatus:
		return s.statusText(r.Member)
	case columnAge:
		day, err := s.today()
		born, berr := register.ParseDay(r.fields["born"].String())
		if err != nil || berr != nil {
			return ""
		}
		return fmt.Sprint(ageOn(born, day))
	}
	return s.value(s.Policy(), key, r.fields[key])
}

// usualColumns are what a list shows where nobody says what: who it is and how
// to reach her.
func (s *session) usualColumns(rows []*row) []string {
	out := []string{columnID}
	units := map[register.UnitID]bool{}
	stands := false
	for _, r := range rows {
		units[r.Path.Unit] = true
		stands = stands || s.statusText(r.Member) != ""
	}
	if len(units) > 1 {
		out = append(out, columnUnit)
	}
	for _, t := range []record.Type{record.TypeName, record.TypePhone, record.TypeEmail, record.TypeCity} {
		for _, f := range s.Policy().Fields {
			if f.Type == t && slices.ContainsFunc(rows, func(r *row) bool { return s.right(r.Path.Unit, f.Key) > policy.Hidden }) {
				out = append(out, f.Key)
			}
		}
	}
	if stands {
		out = append(out, columnStatus)
	}
	return out
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

func (s *session) columnHead(key string) string {
	switch key {
	case columnID:
		return "Id"
	case columnUnit:
		return s.tr("Unit")
	case columnStatus:
		return s.tr("Status")
	case columnAge:
		return s.tr("Age")
	}
	return s.fieldName(s.Policy(), key)
}
