package desk

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// The rules of a record.Fault about a field, or a choice of one, that the record's
// unit does not have.
const (
	RuleNotHere       = "not-here"
	RuleChoiceNotHere = "choice-not-here"
)

// Faults returns what is wrong with a record as it shall be in a unit: by the
// schema, and by what its unit has. was is the record as it is there; nil where it
// is new in the unit. What stood there before is not judged again.
func (d *Desk) Faults(u register.UnitID, was, is *record.Record) []record.Fault {
	p := d.state.Policy
	return append(p.Schema().Validate(is), notHere(p, u, was, is)...)
}

// NotHere returns what of the fields of a new member a unit does not have.
func (d *Desk) NotHere(u register.UnitID, fields map[string]record.Value) []record.Fault {
	return notHere(d.state.Policy, u, nil, &record.Record{Unit: u, Fields: fields})
}

// notHere finds fields and choices that come into a record and that its unit does
// not have.
func notHere(p *policy.Policy, u register.UnitID, was, is *record.Record) []record.Fault {
	if was == nil || was.Unit != is.Unit {
		was = &record.Record{Fields: map[string]record.Value{}}
	}
	var out []record.Fault
	for _, key := range record.Diff(was, is) {
		v := is.Fields[key]
		f, ok := p.Field(key)
		if !ok || v.Empty() {
			continue // the schema speaks of it, or it goes
		}
		if !p.FieldIn(u, key) {
			out = append(out, record.Fault{Field: key, Rule: RuleNotHere, Msg: "does not exist in this unit", Hint: "leave it empty: the policy has it in other units only"})
			continue
		}
		items := v.List()
		if !v.IsList() {
			items = []string{v.String()}
		}
		for _, c := range items {
			if _, choice := f.Choice(c); choice && !p.ChoiceIn(u, key, c) {
				out = append(out, record.Fault{Field: key, Rule: RuleChoiceNotHere, Msg: "this choice does not exist in units of this kind", Hint: "choose another"})
			}
		}
	}
	return out
}

// mayFields returns an error unless the identity's offices give at least the
// right over each field that differs between the two records. A field that the
// unit no longer has may be emptied by the secretariat, if it could edit it
// elsewhere.
func (d *Desk) mayFields(u register.UnitID, was, is *record.Record, right policy.Right) error {
	if was == nil {
		was = &record.Record{Fields: map[string]record.Value{}}
	}
	for _, f := range record.Diff(was, is) {
		have := d.FieldRight(u, f)
		if is.Fields[f].Empty() && !d.state.Policy.FieldIn(u, f) && d.Secretary() {
			have = d.rightElsewhere(u, f)
		}
		need := right
		if d.duesField(f) {
			need = policy.Edit // which nobody has of what only medlem dues writes
		}
		if have < need {
			return fmt.Errorf("field %q: %w", f, ErrNotAllowed)
		}
	}
	return nil
}

// rightElsewhere is what the identity's offices over a unit give to a field where
// it exists.
func (d *Desk) rightElsewhere(u register.UnitID, field string) policy.Right {
	right := policy.Hidden
	me, err := d.me()
	if err != nil {
		return right
	}
	for _, o := range d.state.Offices(me, u, d.Today()) {
		right = max(right, d.state.Policy.FieldRight(o.ID, field))
	}
	return right
}
