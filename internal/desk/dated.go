package desk

import (
	"slices"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// date writes into a record the days on which its fields were changed, for those fields
// of the unit that the policy wants dated: today, unless whoever changes one says which
// day it was. A field that becomes empty takes its day with it. was is nil of a new
// record.
func (d *Desk) date(u register.UnitID, was, is *record.Record) {
	d.state.Policy.Schema().Reached(was, is)
	changed := record.Diff(was, is)
	for _, f := range d.state.Policy.FieldsIn(u) {
		if f.Dated == "" || !slices.Contains(changed, f.Key) || slices.Contains(changed, f.Dated) {
			continue
		}
		if is.Fields[f.Key].Empty() {
			delete(is.Fields, f.Dated)
		} else {
			is.Fields[f.Dated] = record.Text(string(d.Today()))
		}
	}
}
