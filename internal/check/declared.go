package check

import (
	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// declared judges which fields a commit says that it changes: those that its
// author's offices let her change in every unit where she does. No check can see
// whether they are the fields that differ; the merge, which opens the records,
// compares.
func (r *run) declared(s *step, m message, author register.Handle, state *access.State, day register.Day, must bool) {
	if state == nil || author == "" || s.broken {
		return
	}
	units := changedRecords(s)
	f := at(s.commit, register.Path{}, "")
	if m.fields == nil {
		if must && len(units) > 0 && m.verb != "" {
			r.add(ruleField, f, "the commit does not say which fields it changes")
		}
		return
	}
	for _, u := range sortedKeys(units) {
		for _, field := range m.fields {
			if state.FieldRight(author, field, u, day) < units[u] {
				f.Unit = u
				r.add(ruleField, f, "%s may not change the field %q in unit %q", author, clip(field), string(u))
			}
		}
	}
	if len(units) == 0 {
		r.add(ruleField, f, "the commit names fields, and changes no record")
	}
}

// changedRecords returns the units in which a step changes what stands in
// records, and the right to their fields that it takes there: whoever enters a
// new member fills in what she may see.
func changedRecords(s *step) map[register.UnitID]policy.Right {
	out := map[register.UnitID]policy.Right{}
	for _, g := range groupRecords(s) {
		for _, c := range g.changed {
			out[c.p.Unit] = policy.Edit
		}
		for _, c := range g.added {
			if len(g.removed) > 0 {
				continue // closed, reopened or moved; what else it changes is seen at the merge
			}
			out[c.p.Unit] = max(out[c.p.Unit], policy.Read)
		}
	}
	return out
}
