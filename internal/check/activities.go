package check

import (
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Activities are records with an end of their own. Their last day stands in the path,
// so that whoever sees a listing knows what should be gone; who takes part stands in
// the sealed file, and nobody but its readers knows it.

// activity says what a step does to one activity.
func (r *run) activity(s *step, x *scope, g *recordGroup) []deed {
	here := append(append([]*change{}, g.added...), g.changed...)
	for _, c := range append(here, g.removed...) {
		if c.p.Kind != register.Activity {
			r.add(ruleID, s.at(c), "the id of an activity and of a record")
			return nil
		}
	}
	if len(here) > 1 {
		r.add(rulePlace, s.at(here[1]), "the activity stands at %q too", here[0].Path)
		return nil
	}
	if len(here) == 1 && len(g.tombs) > 0 {
		r.add(ruleErased, s.at(here[0]), "this id was erased in unit %q", string(g.tombs[0].p.Unit))
		return nil
	}
	need := func(c *change, acts ...policy.Act) []deed { return []deed{{acts, c.p.Unit, []*change{c}}} }
	switch {
	case len(g.added) == 1 && len(g.removed) > 0:
		from, to := g.removed[0], g.added[0]
		r.postponed(s, x, from, to)
		return []deed{{[]policy.Act{policy.ActActivity}, to.p.Unit, []*change{to, from}}}
	case len(g.added) == 1:
		r.begun(s, x, g.added[0])
		return need(g.added[0], policy.ActActivity)
	case len(g.changed) == 1 && x.onMain: // also without somebody who was erased
		return need(g.changed[0], policy.ActActivity, policy.ActErase)
	case len(g.changed) == 1:
		return need(g.changed[0], policy.ActActivity)
	}
	var ds []deed
	for _, c := range g.removed {
		switch {
		case len(g.tombs) == 1 && g.tombs[0].p.Unit == c.p.Unit:
			ds = append(ds, deed{[]policy.Act{policy.ActActivity, policy.ActErase}, c.p.Unit, []*change{c, g.tombs[0]}})
		case x.takesBack(c) && len(g.tombs) == 0:
			ds = append(ds, need(c, policy.ActActivity)...)
		default:
			r.add(ruleGone, s.at(c), "the activity is gone, and no tombstone in its unit says why")
		}
	}
	return ds
}

// begun judges an activity that was nowhere before.
func (r *run) begun(s *step, x *scope, c *change) {
	if was, taken := x.ids.activities[c.p.ID]; taken {
		r.add(ruleID, s.at(c), "this id is taken by %q", was.String())
	}
	if x.base != nil {
		r.freshID(s, x, c)
	}
	r.lastDay(s, x, c)
}

// postponed judges an activity that gets another last day.
func (r *run) postponed(s *step, x *scope, from, to *change) {
	if from.p.Unit != to.p.Unit {
		r.add(rulePlace, s.at(to), "the activity was in unit %q", string(from.p.Unit))
	}
	if x.state != nil && from.p.Day < x.day {
		r.add(ruleActivityEnd, s.at(to), "it was over on %s", from.p.Day)
	}
	r.lastDay(s, x, to)
}

// lastDay judges when an activity ends that is entered or postponed.
func (r *run) lastDay(s *step, x *scope, c *change) {
	if x.state == nil {
		return
	}
	last := x.day.AddMonths(x.state.Policy.Activities.Longest)
	switch {
	case c.p.Day < x.day:
		r.add(ruleActivityEnd, s.at(c), "it ends on %s, which has passed on %s", c.p.Day, x.day)
	case c.p.Day > last:
		r.add(ruleActivityEnd, s.at(c), "it ends on %s: the policy allows %s at the latest", c.p.Day, last)
	}
}

// activitiesGone are the activities that a step takes away.
func (s *step) activitiesGone() map[register.RecordID]bool {
	out := map[register.RecordID]bool{}
	for i := range s.changes {
		if c := &s.changes[i]; c.p.Kind == register.Activity && c.removed() {
			out[c.p.ID] = true
		}
	}
	for i := range s.changes {
		if c := &s.changes[i]; c.p.Kind == register.Activity && c.added() {
			delete(out, c.p.ID) // postponed
		}
	}
	return out
}

// activity counts what happens to one activity. Its erasure bears its own verb, so that
// whoever counts the erasures of members need not look into these.
func (t tally) activity(g *recordGroup) {
	switch {
	case len(g.added) > 0, len(g.tombs) > 0:
		t["activity"]++
	case len(g.changed) > 0:
		t[didParticipants]++
	case len(g.removed) > 0:
		t["withdraw"]++
	}
}
