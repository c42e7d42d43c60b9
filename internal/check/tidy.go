package check

import (
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

var ruleKept = newRule("retention/kept", inProposal|inMain,
	"something that the policy keeps for a time of its own was taken away before that",
	"let medlem retention tidy take it away when its time is over")

// What the policy calls a kind of data has a period of its own: documents of grants that
// have ended, receipts of lists, of erasures, controls. It may go when that is over, by
// whoever may erase, and not before. A policy that names no such kind has no end of it
// either: receipts and controls then stay, and documents may go as they always could.

// drawGoes tells whether the receipt of a draw may go: all of it is attested as destroyed,
// and the period is over.
func (r *run) drawGoes(s *step, x *scope, c *change) bool {
	if x.state == nil || !x.onMain || !c.removed() {
		return false
	}
	receipt := *c
	receipt.p.Kind = register.Draw
	for i := range s.changes {
		o := &s.changes[i]
		if o.p == receipt.p && o.removed() {
			_, until, ok, err := retention.FileUntil(x.state.Policy, o.p, r.side(o.Old, o.p))
			return err == nil && ok && until < x.day && s.alsoGone(o, register.DrawList)
		}
	}
	return false
}

// alsoGone tells whether the step removes the other file of a draw.
func (s *step) alsoGone(c *change, k register.Kind) bool {
	want := c.p
	want.Kind = k
	for i := range s.changes {
		if s.changes[i].p == want && s.changes[i].removed() {
			return true
		}
	}
	return false
}

// reviewGoes tells whether a control of who has access may go: its period is over, and
// there is a newer one, by which the next is counted.
func (r *run) reviewGoes(x *scope, c *change) bool {
	if x.state == nil || !x.onMain || !c.removed() || x.next == nil {
		return false
	}
	keep, ok := x.state.Policy.KeepKind(policy.KindReviews)
	if !ok || c.p.Day.AddMonths(keep) >= x.day || x.next.Units[c.p.Unit] == nil {
		return false
	}
	days := x.next.Units[c.p.Unit].Reviews
	return len(days) > 0 && days[len(days)-1] > c.p.Day
}

// documentKept refuses that a document goes while a grant names it, or has named it within
// the period: where the policy keeps documents for one.
func (r *run) documentKept(s *step, x *scope, c *change) {
	if x.state == nil || x.base == nil {
		return
	}
	keep, ok := x.state.Policy.KeepKind(policy.KindEvidence)
	if !ok {
		return
	}
	st := x.state.Units[c.p.Unit]
	if st == nil {
		return
	}
	for _, g := range st.Grants {
		for _, e := range g.Evidence {
			if e.ID != c.p.ID {
				continue
			}
			if last := g.Last(); last == "" || last.AddMonths(keep) >= x.day {
				r.add(ruleKept, s.at(c), "the grant of %s names it, and it is kept for %d months after that", g.Handle, keep)
			}
			return
		}
	}
	kept, err := r.namedLately(x.base, c.p.Unit, retention.Since(x.day, keep))
	if err != nil {
		r.fail(wrapLookUp(err))
		return
	}
	if kept[c.p.ID] {
		r.add(ruleKept, s.at(c), "a grant named it within the last %d months", keep)
	}
}

// namedBy is what documents a unit's grants named, up to a commit of main and since a day.
type namedBy struct {
	commit gitstore.ID
	unit   register.UnitID
	since  register.Day
}

// namedLately reads main's history once for all documents of a unit that a commit takes
// away.
func (r *run) namedLately(base *gitstore.Commit, u register.UnitID, since register.Day) (map[register.RecordID]bool, error) {
	at := namedBy{base.ID, u, since}
	if r.namedAt == at && r.namedIDs != nil {
		return r.namedIDs, nil
	}
	ids, err := retention.Named(r.repo, base, u, since)
	if err == nil {
		r.namedAt, r.namedIDs = at, ids
	}
	return ids, err
}
