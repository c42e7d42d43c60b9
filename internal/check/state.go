package check

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// judged is a finding that is not made yet: what is wrong with a state of
// access, so that two states can be compared first.
type judged struct {
	rule *rule
	f    Finding
	msg  string
	warn bool // a warning
}

// judging is a state that is judged on a day.
type judging struct {
	s      *access.State
	day    register.Day
	before *access.State            // the state that it follows from; nil: it is judged as it stands
	same   map[register.UnitID]bool // units of which both states have the same files
}

// stateChange adds what is wrong with access after a change and was not, on the
// same day, before it. from is nil for the first commit.
func (r *run) stateChange(from, to *access.State, day register.Day, c *gitstore.Commit) {
	known := map[judged]bool{}
	j := judging{s: to, day: day, before: from}
	if from != nil {
		j.same = sameUnits(from, to)
		for _, x := range r.states(judging{s: from, day: day, same: j.same}) {
			known[x] = true
		}
	}
	for _, x := range r.states(j) {
		if known[x] {
			continue
		}
		if c != nil {
			x.f.Commit = short(c.ID)
		}
		r.say(x)
	}
}

// say notes what was judged.
func (r *run) say(x judged) {
	if x.warn {
		r.warn(x.rule, x.f, "%s", x.msg)
	} else {
		r.add(x.rule, x.f, "%s", x.msg)
	}
}

// sameUnits returns the units whose folder is the same in two states: what is
// there, or is not, is so in both.
func sameUnits(a, b *access.State) map[register.UnitID]bool {
	out := map[register.UnitID]bool{}
	for id, u := range a.Units {
		if other := b.Units[id]; other != nil && u.Tree == other.Tree {
			out[id] = true
		}
	}
	return out
}

// states returns what is wrong with the officers, grants and policy of a state
// on a day, and what the policy would rather have.
func (r *run) states(j judging) []judged {
	var out []judged
	s := j.s
	say := func(ru *rule, f Finding, format string, args ...any) {
		out = append(out, judged{ru, f, fmt.Sprintf(format, args...), false})
	}
	wish := func(f Finding, format string, args ...any) {
		out = append(out, judged{ruleWish, f, fmt.Sprintf(format, args...), true})
	}
	for _, p := range s.Problems {
		f := Finding{Path: p.Path, Line: p.Line, Col: p.Col, Hint: p.Hint}
		if path, err := register.ParsePath(p.Path); err == nil {
			f.Unit = path.Unit
		}
		say(problemRule(p.Path), f, "%s", p.Msg)
	}
	if s.Policy == nil {
		return out
	}
	if s.Recovery == nil {
		f := Finding{Path: register.Path{Kind: register.RecoveryFile, Handle: register.Recovery}.String()}
		say(ruleNoOfficer, f, "the recovery recipient is missing or malformed")
	}
	recipients(s, say)
	for _, u := range sortedKeys(s.Units) {
		if _, ok := s.Policy.Unit(u); !ok {
			say(ruleUnit, Finding{Path: "data/" + string(u), Unit: u}, "unknown unit %q", string(u))
			continue
		}
		for _, h := range sortedKeys(s.Units[u].Grants) {
			r.grantState(j, s.Units[u].Grants[h], say)
		}
	}
	for _, l := range policy.Lints(s.Policy) {
		f := Finding{Path: "policies/" + l.File, Line: l.Line, Col: l.Col, Hint: "see " + l.Source + " and ask somebody who knows the law"}
		by := l.Authority
		if l.Dated != "" {
			by += ", " + l.Dated
		}
		out = append(out, judged{rulePolicyLint, f, fmt.Sprintf("%s: %s (%s)", l.ID, l.Says, by), true})
	}
	r.agreements(j, say)
	r.seats(j, say, wish)
	return out
}

type sayer func(ru *rule, f Finding, format string, args ...any)

// recipients finds recipients that stand in two officers' files. A file is
// sealed to nobody twice, so one of them would keep every keyring that both read
// from being written.
func recipients(s *access.State, say sayer) {
	owner := map[string]register.Handle{}
	claim := func(p register.Path, o *access.Officer) {
		first := 5 // the line of the first recipient
		if o.Signing == "" {
			first = 4
		}
		for i, x := range o.Recipients {
			if other, taken := owner[x]; taken {
				say(ruleRecipient, Finding{Path: p.String(), Line: first + i, Col: 5}, "a recipient that %s has too", other)
			} else {
				owner[x] = o.Handle
			}
		}
	}
	if s.Recovery != nil {
		claim(register.Path{Kind: register.RecoveryFile, Handle: register.Recovery}, s.Recovery)
	}
	for _, h := range sortedKeys(s.Officers) {
		claim(register.Path{Kind: register.Officer, Handle: h}, s.Officers[h])
	}
}

// problemRule is the rule for a file of the state that cannot be read.
func problemRule(path string) *rule {
	switch {
	case strings.HasPrefix(path, "policies"):
		return rulePolicy
	case strings.HasSuffix(path, "/keyring.yaml"):
		return ruleKeyringFile
	case path == "data":
		return ruleTree
	}
	return ruleGrantFile
}

// grantState judges one grant of a known unit.
func (r *run) grantState(j judging, g *access.Grant, say sayer) {
	s := j.s
	path := register.Path{Kind: register.Grant, Unit: g.Unit, Handle: g.Handle}
	f := Finding{Path: path.String(), Line: 2, Col: 9, Unit: g.Unit}
	unit, _ := s.Policy.Unit(g.Unit)
	office, ok := s.Policy.Office(g.Office)
	switch {
	case !ok:
		say(ruleOffice, f, "unknown office %q", clip(g.Office))
	case office.Level != unit.Level:
		say(ruleLevel, f, "office %q is one of level %q, and the unit of level %q", office.ID, office.Level, unit.Level)
	}
	f.Line, f.Col = 0, 0
	if g.Last() != "" && g.Last() < j.day {
		return // what it rested on may be gone
	}
	if s.Officers[g.Handle] == nil {
		say(ruleNoOfficer, f, "%s has no file in data/officers", g.Handle)
	}
	if j.same[g.Unit] {
		return // nor have its documents changed
	}
	for _, e := range g.Evidence {
		if msg := r.evidence(s, g.Unit, e); msg != "" {
			say(ruleGrantEvidence, f, "evidence %s %s", e.ID, msg)
		}
	}
}

func grantsOf(u register.UnitID) Finding {
	return Finding{Path: "data/" + string(u) + "/grants", Unit: u}
}

// evidence says what is wrong with a piece of evidence, "" for nothing.
func (r *run) evidence(s *access.State, u register.UnitID, e access.Evidence) string {
	path := register.Path{Kind: register.Evidence, Unit: u, ID: e.ID}
	st := s.Units[u]
	if st == nil {
		return "is not there"
	}
	entry, ok, err := gitstore.Find(r.trees, st.Tree, strings.TrimPrefix(path.String(), "data/"+string(u)+"/"))
	if err != nil {
		r.fail(fmt.Errorf("read %s: %w", path, err))
		return ""
	}
	if !ok {
		return "is not there"
	}
	switch r.sumOf(entry.ID, func() []byte { return r.side(entry, path) }) {
	case "":
		return "is not a file of its kind"
	case e.SHA256:
		return ""
	}
	return "is another file than it was"
}
