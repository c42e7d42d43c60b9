package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// reviewer judges who reviews, and when. What a review says is compared with the
// commit that brings it (reviewed).
func (r *run) reviewer(s *step, x *scope, c *change) {
	if r.reviewGoes(x, c) {
		if x.signer != "" && !x.state.May(x.signer, policy.ActErase, c.p.Unit, x.day) {
			r.add(ruleAct, s.at(c), "%s may not %s in unit %q on %s", x.signer, policy.ActErase, string(c.p.Unit), x.day)
		}
		return
	}
	if !c.added() && !(c.removed() && x.takesBack(c)) {
		r.add(ruleReviewChanged, s.at(c), "a review was changed or removed")
		return
	}
	if x.state == nil || !c.added() || x.merged.same(c) { // the last was judged with the proposal
		return
	}
	if s.commit != nil && c.p.Day != dayOf(s.commit) {
		r.add(ruleReviewDay, s.at(c), "dated %s, written on %s", c.p.Day, dayOf(s.commit))
	}
	rule := x.state.Policy.Review.AccessReview
	at, ok := x.state.ReviewUnit(c.p.Unit)
	switch {
	case !ok:
		r.add(ruleReviewBy, s.at(c), "the policy asks for no review of unit %q", string(c.p.Unit))
	case at != c.p.Unit:
		r.add(ruleReviewForm, s.at(c), "all units are reviewed at once, in the folder of %q", string(at))
	case x.signer != "" && !mayReview(x.state, rule, x.signer, at, x.day):
		r.add(ruleReviewBy, s.at(c), "%s holds none of the offices that review unit %q: %s", x.signer, string(at), strings.Join(rule.By, ", "))
	}
}

// mayReview tells whether the officer holds one of the offices that review, in
// the unit or above it.
func mayReview(s *access.State, rule policy.AccessReview, h register.Handle, u register.UnitID, day register.Day) bool {
	return holds(s, h, rule.By, day, func(at register.UnitID) bool { return s.Policy.Below(u, at) })
}

// reviewed compares a review that a step brings with the grants before and after
// it: it names every one that there was, and those that it calls ended are.
func (r *run) reviewed(s *step, from, to *access.State, day register.Day) {
	for i := range s.changes {
		c := &s.changes[i]
		if c.p.Kind != register.Review || !c.added() || from == nil {
			continue
		}
		b := r.side(c.New, c.p)
		if b == nil {
			continue
		}
		v, err := access.ParseReview(c.p, b)
		if err != nil {
			continue // said where clear files are read
		}
		f := s.at(c)
		have := from.ReviewNames(c.p.Unit)
		names := append(slices.Clone(v.Kept), v.Ended...)
		missing := slices.DeleteFunc(slices.Clone(have), func(id access.GrantID) bool { return slices.Contains(names, id) })
		strange := slices.DeleteFunc(names, func(id access.GrantID) bool { return slices.Contains(have, id) })
		if len(missing) > 0 {
			r.add(ruleReviewGrants, f, "it leaves out %s", few(missing))
		}
		if len(strange) > 0 {
			r.add(ruleReviewGrants, f, "it names what is not there: %s", few(strange))
		}
		for _, id := range v.Ended {
			if g := grantOf(to, id); g != nil && (g.Last() == "" || g.Last() > day) {
				r.add(ruleReviewKept, f, "it calls the grant %s ended, which stays", id)
			}
		}
		for _, id := range v.Kept {
			was, is := grantOf(from, id), grantOf(to, id)
			if was != nil && (is == nil || is.Last() != was.Last()) {
				r.add(ruleReviewKept, f, "it calls the grant %s kept, which the same commit ends or changes", id)
			}
		}
	}
}

func grantOf(s *access.State, id access.GrantID) *access.Grant {
	return grantIn(s, register.Path{Unit: id.Unit, Handle: id.Handle})
}

// few names some grants.
func few(ids []access.GrantID) string {
	const limit = 5
	var out []string
	for _, id := range ids[:min(len(ids), limit)] {
		out = append(out, id.String())
	}
	if n := len(ids) - limit; n > 0 {
		out = append(out, fmt.Sprintf("%d more", n))
	}
	return strings.Join(out, ", ")
}

// overdue refuses what touches a unit whose review is overdue, where the policy
// lets changes wait for it. What takes access away, forgets, or is the review
// itself never waits.
func (r *run) overdue(steps []*step, s *access.State, day register.Day) {
	if s == nil || !s.Policy.Review.AccessReview.Blocks {
		return
	}
	done := map[register.UnitID]bool{}
	for _, st := range steps {
		free := waitsNot(r, st)
		for i := range st.changes {
			c := &st.changes[i]
			u := c.p.Unit
			if u == "" || done[u] || free(c) {
				continue
			}
			due, late, ok := s.ReviewDue(u, day)
			if ok && late {
				done[u] = true
				r.add(ruleReviewOverdue, Finding{Path: "data/" + string(u), Unit: u},
					"changes of unit %q wait for the review of who has access, which was due on %s", string(u), due)
			}
		}
	}
}

// waitsNot returns which changes of a step need not wait for a review.
func waitsNot(r *run, s *step) func(c *change) bool {
	if x, err := parseMessageOf(s); err == nil && rekeys(x) {
		return func(*change) bool { return true } // it takes away what somebody could open
	}
	erased := map[register.RecordID]bool{}
	for i := range s.changes {
		if c := &s.changes[i]; c.p.Kind == register.Tombstone && c.added() {
			erased[c.p.ID] = true
		}
	}
	return func(c *change) bool {
		switch c.p.Kind {
		case register.Keyring, register.Envelope, register.Review, register.Tombstone, register.Run, register.RunList:
			return true
		case register.Member, register.Closed:
			return c.removed() && erased[c.p.ID]
		case register.Activity: // gone, or without somebody who is erased
			return c.removed() && erased[c.p.ID] || c.changed() && len(erased) > 0
		case register.Receipt:
			return erased[c.p.ID]
		case register.Request:
			return !c.added() && len(erased) > 0 // it named somebody who is erased
		case register.Evidence:
			return c.removed()
		case register.Mail:
			return true
		case register.Draw, register.DrawList, register.Sending, register.SendingList:
			return !c.added() // an attestation, or a list without somebody who is erased
		case register.Grant:
			return r.ends(c)
		}
		return false
	}
}

// everyReview says which reviews are overdue on the day, and which soon will be.
func (r *run) everyReview(s *access.State, day register.Day) {
	rule := s.Policy.Review.AccessReview
	said := map[register.UnitID]bool{}
	for i := range s.Policy.Units {
		at, ok := s.ReviewUnit(s.Policy.Units[i].ID)
		if !ok || said[at] {
			continue
		}
		said[at] = true
		due, late, ok := s.ReviewDue(at, day)
		f := Finding{Path: "data/" + string(at) + "/reviews", Unit: at}
		switch {
		case !ok:
		case late:
			r.add(ruleReviewOverdue, f, "the review of who has access was due on %s", due)
		case rule.Notice > 0 && due.Add(-rule.Notice) <= day:
			r.warn(ruleReviewSoon, f, "the review of who has access is due by %s", due)
		}
	}
}
