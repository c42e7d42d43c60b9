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

// rightTexts are the texts of the theme for what an office may do with a field.
var rightTexts = map[policy.Right]string{policy.Hidden: "office_hidden", policy.Read: "office_see", policy.Edit: "office_may"}

// most is the right with a field that the office has where the field exists: units
// differ in which fields they have, and in nothing else.
func (o *office) most(f *policy.Field) (right policy.Right, exists bool) {
	for _, u := range o.Reads {
		if slices.Contains(o.p.FieldsIn(u), f) {
			right, exists = max(right, o.right(f.Key, u)), true
		}
	}
	return right, exists
}

func (o *office) rightText(f *policy.Field) string {
	right, _ := o.most(f)
	return rightTexts[right]
}

// rights are what the office may do with each field, and with those of the name
// together, "" where they differ.
func (o *office) rights() (all []officeRight, name string) {
	first := true
	for i := range o.p.Fields {
		f := &o.p.Fields[i]
		right, exists := o.most(f)
		if !exists {
			continue
		}
		text := rightTexts[right]
		o.at[f] = len(all)
		all = append(all, officeRight{o.w.names[f.Key], text})
		if f.Type == record.TypeName && right > policy.Hidden {
			if first {
				name = text
			} else if name != text {
				name = ""
			}
			first = false
		}
	}
	return all, name
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

// member is a row of the list. The parts of a name stand behind it too where apart: the
// office may not do the same with all of them.
func (o *office) member(r *record.Record, fields, columns []*policy.Field, apart bool) *officeMember {
	out := &officeMember{Cells: make([]officeCell, len(columns)), ID: string(r.ID)}
	out.Kept = o.w.day(register.Day(o.p.Schema().Restriction(r)))
	var names, mails, digits []string
	for _, f := range fields {
		v := r.Fields[f.Key]
		if v.Empty() {
			continue
		}
		switch f.Type {
		case record.TypeName:
			if names = append(names, v.String()); !apart {
				continue
			}
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
		more := officeMore{o.at[f], row.Said, row.Text}
		if o.right(f.Key, r.Unit) >= policy.Edit {
			out.May = append(out.May, more)
		} else {
			out.See = append(out.See, more)
		}
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

// size is about how many bytes a row takes on the page.
func (m *officeMember) size(rights []officeRight) int {
	n := 240 + 80*min(len(m.Kept), 1) + len(m.Kept) + 2*len(m.Name) + len(m.Unit) + len(m.Find) + len(m.ID)
	for _, c := range m.Cells {
		n += 65 + len(c.Text) + len(c.To)
	}
	for _, x := range slices.Concat(m.May, m.See) {
		n += 10 + len(rights[x.Field].Label) + len(x.Text)
	}
	return n
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
