package check

import (
	"bytes"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// asked is a grant and what it is held to: what its office asks for. What is
// merely not there yet makes a grant pending, and is no fault (access.Lack);
// here is what contradicts the policy.
type asked struct {
	f        Finding       // the place of its file
	g, was   *access.Grant // as it will be, and as main has it; nil: not at all
	office   *policy.Office
	from, to *access.State // from gives authority, to is the result; the same where a register is judged as it stands
	day      register.Day
	standing bool // judged as it stands: it was brought on some earlier day
}

// at is the place of a key of the grant; of its office where it lacks the key.
func (a *asked) at(key string) Finding { return a.line(key, 0) }

// line is the place of the i-th item, from 1, of a list of the grant.
func (a *asked) line(key string, i int) Finding {
	f, n := a.f, 0
	for line := range bytes.Lines(a.g.Encode()) {
		n++
		if !bytes.HasPrefix(line, []byte(key+":")) {
			continue
		}
		f.Line, f.Col = n+i, len(key)+3
		if i > 0 {
			f.Col = len("  - ") + 1
		}
		return f
	}
	f.Line, f.Col = 2, len("office: ")+1
	return f
}

// brought judges the grants that a step brings or changes. What signers may do
// follows from the state before it, as every authority does; that is nil for the
// first commit, which answers for itself. A grant by somebody who may not grant is
// refused for that, and its signatures are not looked at: to refuse must cost
// little.
func (r *run) brought(s *step, x *scope, to *access.State) {
	from, day := x.state, x.day
	if from == nil {
		from = to
	}
	for i := range s.changes {
		c := &s.changes[i]
		if c.p.Kind != register.Grant || !c.has(c.New) {
			continue
		}
		if x.state != nil && !x.allows(&deed{[]policy.Act{policy.ActGrant}, c.p.Unit, []*change{c}}) && !r.saysOwn(x, c) {
			continue
		}
		a := r.askedOf(s.at(c), grantIn(to, c.p), from, to, day)
		if a == nil {
			continue
		}
		if from != to {
			a.was = grantIn(from, c.p)
		}
		if a.was != nil && onlyEnds(a.was, a.g) {
			continue // to take access away must always be possible
		}
		own := a.was != nil && ownWord(a.was, a.g)
		if !own {
			r.form(a)
			r.documents(a)
		}
		r.guideOf(a)
		r.signatures(a)
		if !own || !from.InForce(a.g, a.g.Starts(day)) {
			r.everyoneListed(a)
		}
		r.seatThen(a)
		r.advised(a)
	}
}

// askedOf is the grant with its office, or nil for one that is missing,
// malformed, or of an office or a unit that the policy does not know: other rules
// speak of it.
func (r *run) askedOf(f Finding, g *access.Grant, from, to *access.State, day register.Day) *asked {
	if g == nil {
		return nil
	}
	o, ok := to.Policy.Office(g.Office)
	u, known := to.Policy.Unit(g.Unit)
	if !ok || !known || u.Level != o.Level {
		return nil
	}
	return &asked{f: f, g: g, office: o, from: from, to: to, day: day}
}

func grantIn(s *access.State, p register.Path) *access.Grant {
	if u := s.Units[p.Unit]; u != nil {
		return u.Grants[p.Handle]
	}
	return nil
}

// everyGrant judges the grants of a register as they stand, those that are over
// left out: what they rested on may be gone.
func (r *run) everyGrant(s *access.State, day register.Day) {
	var all []*asked
	for _, u := range sortedKeys(s.Units) {
		for _, h := range sortedKeys(s.Units[u].Grants) {
			g := s.Units[u].Grants[h]
			if g.Last() != "" && g.Last() < day {
				continue
			}
			p := register.Path{Kind: register.Grant, Unit: u, Handle: h}
			if a := r.askedOf(at(nil, p, p.String()), g, s, s, day); a != nil {
				a.standing = true
				all = append(all, a)
			}
		}
	}
	for _, a := range all {
		r.form(a)
		r.documents(a)
		r.guideOf(a)
		r.advised(a)
	}
	r.standingSignatures(all)
}

// onlyEnds tells whether a grant differs in nothing but that it ends earlier, or
// does not differ at all.
func onlyEnds(was, is *access.Grant) bool {
	c := *is
	c.Ended = was.Ended
	return bytes.Equal(c.Encode(), was.Encode()) && noLater(is.Last(), was.Last())
}

// noLater tells whether a grant's last day is at most another; "" is no end.
func noLater(last, other register.Day) bool {
	return other == "" || last != "" && last <= other
}

// ownWord tells whether a grant differs in nothing but what its own officer says
// of herself: that she has read the guide, and how her identity is protected.
func ownWord(was, is *access.Grant) bool {
	return bytes.Equal(withoutOwn(was), withoutOwn(is))
}

func withoutOwn(g *access.Grant) []byte {
	c := *g
	c.Guide, c.Factor = "", ""
	c.Signatures = slices.DeleteFunc(slices.Clone(g.Signatures), func(x access.Signature) bool {
		return (x.Matter == access.MatterGuide || x.Matter == access.MatterFactor) && x.Signer == policy.Appointee && x.Handle == g.Handle
	})
	return c.Encode()
}

// seatThen judges the seats on the day on which a grant begins, where that is to
// come: its predecessor must have an end by then. What begins today is judged with
// the state.
func (r *run) seatThen(a *asked) {
	start := a.g.Starts(a.day)
	if start == a.day || r.past {
		return
	}
	now, x, err := a.to.Crowding(a.from, a.g.Unit, a.office.ID, start)
	if err != nil {
		r.fail(err)
		return
	}
	_, before, err := a.from.Crowding(nil, a.g.Unit, a.office.ID, start)
	if err != nil {
		r.fail(err)
		return
	}
	if now == access.Crowded && x.Held > before.Held {
		r.add(ruleSeats, a.at("from"), "%d officers would hold the office %q on %s: want at most %d", x.Held, a.office.ID, start, x.Max)
	}
}

// everyoneListed checks that a grant of an office which lists everyone names
// those, and only those, who will have access in the unit when it begins. As long
// as it is pending it ends nobody, and is not asked.
func (r *run) everyoneListed(a *asked) {
	start := a.g.Starts(a.day)
	if !a.office.ListsEveryone || !a.to.InForce(a.g, start) {
		return
	}
	if !slices.Contains(a.g.Names, a.g.Handle) {
		r.add(ruleNames, a.at("names"), "it does not name its own officer")
	}
	for _, x := range a.to.Unlisted(a.g, start) {
		r.add(ruleNames, a.at("names"), "%s has access on %s and is not named: end that grant in the same commit, or name its officer", x.Handle, start)
	}
	for _, h := range a.to.ListedInVain(a.g, start) {
		if h != a.g.Handle {
			r.add(ruleNames, a.at("names"), "it names %s, who has no access in the unit on %s", h, start)
		}
	}
}

// advised says what the policy recommends of such a grant.
func (r *run) advised(a *asked) {
	if len(a.office.Warn) == 0 {
		return
	}
	facts, err := a.to.GrantFacts(a.g, a.day)
	if err != nil {
		r.fail(err)
		return
	}
	env := facts.Env()
	for i := range a.office.Warn {
		w := &a.office.Warn[i]
		holds, err := w.Holds(env)
		switch {
		case err != nil:
			r.warn(ruleWish, a.at("office"), "a recommendation for the office %q cannot be told: %s", a.office.ID, err)
		case holds:
			r.warn(ruleWish, a.at("office"), "%s", clip(a.to.Policy.Label(w.Says, a.to.Policy.Languages[0])))
		}
	}
}
