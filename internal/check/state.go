package check

import (
	"fmt"
	"slices"
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
}

// states returns what is wrong with the officers, grants and policy of a state
// on a day.
func (r *run) states(s *access.State, day register.Day) []judged {
	var out []judged
	say := func(ru *rule, f Finding, format string, args ...any) {
		out = append(out, judged{ru, f, fmt.Sprintf(format, args...)})
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
			r.grantState(s, s.Units[u].Grants[h], day, say)
		}
	}
	seats(s, day, say)
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
func (r *run) grantState(s *access.State, g *access.Grant, day register.Day, say sayer) {
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
	if g.Until != "" && g.Until < day {
		return // what it rested on may be gone
	}
	if s.Officers[g.Handle] == nil {
		say(ruleNoOfficer, f, "%s has no file in data/officers", g.Handle)
	}
	for _, e := range g.Evidence {
		if msg := r.evidence(s, g.Unit, e); msg != "" {
			say(ruleGrantEvidence, f, "evidence %s %s", e.ID, msg)
		}
	}
}

// seats judges how many officers hold each office.
func seats(s *access.State, day register.Day, say sayer) {
	for i := range s.Policy.Units {
		u := &s.Policy.Units[i]
		held := map[string]int{}
		if st := s.Units[u.ID]; st != nil {
			for _, g := range st.Grants {
				if g.Active(day) && s.Officers[g.Handle] != nil {
					held[g.Office]++
				}
			}
		}
		f := grantsOf(u.ID)
		for j := range s.Policy.Offices {
			o := &s.Policy.Offices[j]
			if o.Level != u.Level {
				continue
			}
			n := held[o.ID]
			if o.Seats.Max > 0 && n > o.Seats.Max {
				say(ruleSeats, f, "%d officers hold the office %q on %s: want at most %d", n, o.ID, day, o.Seats.Max)
			}
			if n < o.Seats.Min && slices.Contains(o.May, policy.ActMerge) {
				say(ruleVacant, f, "%d officers hold the office %q on %s: want at least %d", n, o.ID, day, o.Seats.Min)
			}
		}
	}
	if len(s.Secretariat(day)) == 0 {
		say(ruleVacant, grantsOf(s.Policy.Root().ID), "nobody could merge on %s", day)
	}
}

func grantsOf(u register.UnitID) Finding {
	return Finding{Path: "data/" + string(u) + "/grants", Unit: u}
}

// evidence says what is wrong with a piece of evidence, "" for nothing.
func (r *run) evidence(s *access.State, u register.UnitID, e access.Evidence) string {
	path := register.Path{Kind: register.Evidence, Unit: u, ID: e.ID}
	st := s.Units[u]
	entry, ok, err := gitstore.Find(r.trees, st.Tree, strings.TrimPrefix(path.String(), "data/"+string(u)+"/"))
	if err != nil {
		r.fail(fmt.Errorf("read %s: %w", path, err))
		return ""
	}
	if !ok {
		return "is not there"
	}
	b := r.side(entry, path)
	if b == nil {
		return "is not a file of its kind"
	}
	if digest(b) != e.SHA256 {
		return "is another file than it was"
	}
	return ""
}
