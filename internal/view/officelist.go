package view

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// right is what the office may do with a field of a unit's records.
func (o *office) right(field string, u register.UnitID) policy.Right {
	return o.p.FieldRightIn(o.Office.ID, field, u)
}

// fields are those that the office sees in a unit, in the policy's order.
func (o *office) fields(u register.UnitID) []*policy.Field {
	return slices.DeleteFunc(o.p.FieldsIn(u), func(f *policy.Field) bool { return o.right(f.Key, u) == policy.Hidden })
}

// columns are the fields that have a column: by which a member is reached. Names have
// the first one together, all others stand behind the row.
func (o *office) columns() []*policy.Field {
	var out []*policy.Field
	for _, t := range []record.Type{record.TypePhone, record.TypeEmail} {
		for _, u := range o.Reads {
			for _, f := range o.fields(u) {
				if f.Type == t && !slices.Contains(out, f) {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// member is a row of the list.
func (o *office) member(r *record.Record, fields, columns []*policy.Field) *officeMember {
	out := &officeMember{Cells: make([]officeCell, len(columns)), More: []officeMore{}, ID: string(r.ID)}
	var names, mails, digits []string
	for _, f := range fields {
		v := r.Fields[f.Key]
		if v.Empty() {
			continue
		}
		switch f.Type {
		case record.TypeName:
			names = append(names, v.String())
			continue
		case record.TypeEmail:
			mails = append(mails, strings.ToLower(v.String()))
		case record.TypePhone:
			digits = append(digits, onlyDigits(v.String()))
		}
		if i := slices.Index(columns, f); i >= 0 {
			out.Cells[i] = officeCell{v.String(), address(f.Type, v.String())}
			continue
		}
		row := o.w.row(f, v)
		out.More = append(out.More, officeMore{o.w.names[f.Key], row.Said, row.Text})
	}
	if out.Name = strings.Join(names, " "); out.Name == "" {
		out.Name = out.ID
	}
	// The parts of what is searched, each as medlem find searches it.
	out.Find = strings.Join([]string{record.Fold(strings.Join(names, " ")), strings.Join(mails, " "), strings.Join(digits, " "), out.ID}, "|")
	slices.Reverse(names) // people look for family names first
	out.sort = [2]string{record.SortKey(o.w.lang, strings.Join(names, " ")), record.SortKey(o.w.lang, out.Name)}
	return out
}

// address is where a mail or a call goes.
func address(t record.Type, v string) string {
	if t == record.TypeEmail {
		return "mailto:" + v
	}
	return "tel:+" + onlyDigits(v)
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
