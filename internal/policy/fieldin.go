package policy

import (
	"slices"

	"github.com/medlem-register/medlem/internal/register"
)

// FieldIn tells whether a field exists in the records of a unit. One that does
// not is hidden there from everybody, and nobody may fill it in.
func (p *Policy) FieldIn(unit register.UnitID, field string) bool {
	u, known := p.units[unit]
	f, exists := p.Field(field)
	return known && exists && f.in(u)
}

// FieldsIn returns the fields that exist in the records of a unit, in their
// order.
func (p *Policy) FieldsIn(unit register.UnitID) []*Field {
	var fields []*Field
	u, known := p.units[unit]
	for i := range p.Fields {
		if known && p.Fields[i].in(u) {
			fields = append(fields, &p.Fields[i])
		}
	}
	return fields
}

// in tells whether the field exists in a unit: everywhere, unless it needs a
// purpose or has a condition; then where one of the two is there.
func (f *Field) in(u *Unit) bool {
	if f.Where == "" && !f.NeedsPurpose {
		return true
	}
	if f.NeedsPurpose && u.Purposes[f.Key] != "" {
		return true
	}
	ok, err := false, error(nil)
	if f.Where != "" {
		ok, err = holds(f.where, unitEnv(u))
	}
	return ok && err == nil
}

// ChoiceIn tells whether a field of a unit's records has a choice.
func (p *Policy) ChoiceIn(unit register.UnitID, field, choice string) bool {
	u, known := p.units[unit]
	f, exists := p.Field(field)
	return known && exists && f.in(u) && f.choiceIn(u, choice)
}

func (f *Field) choiceIn(u *Unit, choice string) bool {
	c, ok := f.Choice(choice)
	return ok && (len(c.Levels) == 0 || slices.Contains(c.Levels, u.Level))
}

// FieldRightIn returns what an office may do with a field of the records of one
// unit: as FieldRight, and nothing with a field that does not exist there.
func (p *Policy) FieldRightIn(office, field string, unit register.UnitID) Right {
	if u, ok := p.units[unit]; ok {
		return p.rightIn(office, field, u)
	}
	return Hidden
}

func (p *Policy) rightIn(office, field string, u *Unit) Right {
	if f, ok := p.Field(field); ok && !f.in(u) {
		return Hidden
	}
	return p.FieldRight(office, field)
}
