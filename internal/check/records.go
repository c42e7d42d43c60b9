package check

import (
	"slices"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// recordGroup is what a step does to the files of one record. A change of path
// is an act, and only the id tells which removal goes with which addition.
type recordGroup struct {
	id                      register.RecordID
	added, removed, changed []*change
	tombs                   []*change // tombstones of this id that the step adds
	activity                bool      // they are of an activity
}

// groupRecords groups a step's changes of members, closed records and activities by
// id, in the order of their first path.
func groupRecords(s *step) []*recordGroup {
	var out []*recordGroup
	byID := map[register.RecordID]*recordGroup{}
	for i := range s.changes {
		c := &s.changes[i]
		switch c.p.Kind {
		case register.Member, register.Closed, register.Tombstone, register.Activity:
		default:
			continue
		}
		g := byID[c.p.ID]
		if g == nil {
			g = &recordGroup{id: c.p.ID}
			byID[c.p.ID] = g
			out = append(out, g)
		}
		g.activity = g.activity || c.p.Kind == register.Activity
		switch {
		case c.p.Kind == register.Tombstone && c.added():
			g.tombs = append(g.tombs, c)
		case c.p.Kind == register.Tombstone:
		case c.added():
			g.added = append(g.added, c)
		case c.removed():
			g.removed = append(g.removed, c)
		default:
			g.changed = append(g.changed, c)
		}
	}
	return out
}

// record says what a step does to one record.
func (r *run) record(s *step, x *scope, g *recordGroup) []deed {
	for _, c := range g.added {
		if u, erased := x.ids.erased[g.id]; erased || len(g.tombs) > 0 {
			if !erased {
				u = g.tombs[0].p.Unit
			}
			r.add(ruleErased, s.at(c), "this id was erased in unit %q", string(u))
		}
		if c.p.Kind == register.Closed {
			r.month(s, x, c)
		}
	}
	if here := append(append([]*change{}, g.added...), g.changed...); len(here) > 1 {
		r.add(rulePlace, s.at(here[1]), "the record stands at %q too", here[0].Path)
		return nil
	}
	var ds []deed
	for _, c := range g.changed {
		act := policy.ActEdit
		if c.p.Kind == register.Closed {
			act = policy.ActClose
		}
		ds = append(ds, deed{[]policy.Act{act}, c.p.Unit, []*change{c}})
	}
	if len(g.added) == 1 && len(g.removed) > 0 {
		ds = append(ds, transfer(g.removed[0], g.added[0])...)
		g.removed = g.removed[1:]
	} else if len(g.added) == 1 {
		ds = append(ds, r.fresh(s, x, g.added[0])...)
	}
	for _, c := range g.removed {
		ds = append(ds, r.missing(s, x, g, c)...)
	}
	for _, t := range g.tombs {
		if x.state == nil {
			break
		}
		if !slices.ContainsFunc(g.removed, func(c *change) bool { return c.p.Unit == t.p.Unit }) {
			r.add(ruleTombstone, s.at(t), "no record of this id is erased in unit %q", string(t.p.Unit))
		}
	}
	return ds
}

// fresh is a record that was nowhere before.
func (r *run) fresh(s *step, x *scope, c *change) []deed {
	if c.p.Kind == register.Closed && x.state != nil { // a register may begin with what another left
		r.add(rulePlace, s.at(c), "a record that begins as a closed one")
	}
	if was, taken := x.ids.at[c.p.ID]; taken {
		r.add(ruleID, s.at(c), "this id is taken in %s", place(was))
	} else if was, taken := x.ids.activities[c.p.ID]; taken {
		r.add(ruleID, s.at(c), "this id is taken by %q", was.String())
	} else if x.base != nil {
		if was, taken := r.sendingAt(x.base.Tree, c.p.Unit, c.p.ID); taken {
			r.add(ruleID, s.at(c), "this id is taken by %q", was.String())
		}
	}
	return []deed{{[]policy.Act{policy.ActAdd}, c.p.Unit, []*change{c}}}
}

// missing is a record that is nowhere after: an erasure, or nothing that is
// allowed.
func (r *run) missing(s *step, x *scope, g *recordGroup, c *change) []deed {
	for _, t := range g.tombs {
		if t.p.Unit == c.p.Unit {
			return []deed{{[]policy.Act{policy.ActErase}, c.p.Unit, []*change{c, t}}}
		}
	}
	if x.takesBack(c) {
		return []deed{{[]policy.Act{policy.ActAdd, policy.ActEdit, policy.ActMove, policy.ActClose, policy.ActReopen}, c.p.Unit, []*change{c}}}
	}
	r.add(ruleGone, s.at(c), "the record is gone, and no tombstone says why")
	return nil
}

// transfer is a record that went from one place to another: it was closed,
// reopened, rescheduled, moved, or several of these.
func transfer(from, to *change) []deed {
	var ds []deed
	need := func(u register.UnitID, a policy.Act) {
		ds = append(ds, deed{[]policy.Act{a}, u, []*change{to, from}})
	}
	if from.p.Unit != to.p.Unit {
		need(from.p.Unit, policy.ActMove)
		need(to.p.Unit, policy.ActMove)
	}
	switch {
	case from.p.Kind == register.Member && to.p.Kind == register.Closed:
		need(to.p.Unit, policy.ActClose)
	case from.p.Kind == register.Closed && to.p.Kind == register.Member:
		need(to.p.Unit, policy.ActReopen)
	case from.p.Month != to.p.Month:
		need(to.p.Unit, policy.ActErase)
	}
	return ds
}

// month checks the month by which a closed record must be erased.
func (r *run) month(s *step, x *scope, c *change) {
	if x.state == nil {
		return
	}
	last := x.day.AddMonths(x.state.Policy.LongestKeep()).Month()
	switch {
	case c.p.Month < x.day.Month():
		r.add(ruleMonth, s.at(c), "to be erased by %s, which has passed on %s", c.p.Month, x.day)
	case c.p.Month > last:
		r.add(ruleMonth, s.at(c), "to be erased by %s: the policy allows %s at the latest", c.p.Month, last)
	}
}
