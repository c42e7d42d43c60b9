package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// runTests reports the tests that fail. The policy is sound otherwise.
func (p *Policy) runTests() []Problem {
	d := p.docs["tests.yaml"]
	if d == nil {
		return nil
	}
	for i := range p.Tests {
		t, at := &p.Tests[i], "/tests/"+strconv.Itoa(i)
		if d.touchesOpen(at) || p.isUndecided(t) {
			continue // of a pack: nobody can say yet
		}
		got, why := p.try(t)
		if want := t.Expect == "yes"; got != want {
			d.report(at, fmt.Sprintf("the test %q expects %s, the policy says %s: %s", clip(t.Says), t.Expect, yesNo(got), why),
				"change the policy or the test, so that both say what was decided")
		}
	}
	return d.problems
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// touchesOpen tells whether anything at path or in it is not decided yet.
func (d *document) touchesOpen(path string) bool {
	for open := range d.open {
		if open == path || strings.HasPrefix(open, path+"/") {
			return true
		}
	}
	return d.isOpen(path)
}

// isUndecided tells whether the answer to t hangs on what is not decided yet.
func (p *Policy) isUndecided(t *Test) bool {
	office := slices.Index(p.words("office").list, t.Office)
	if office < 0 || p.touches("organisation.yaml", "/levels") || p.touches("organisation.yaml", "/units") {
		return true
	}
	for _, key := range []string{"/level", "/scope", "/may", "/seats"} {
		if p.touches("access.yaml", "/offices/"+strconv.Itoa(office)+key) {
			return true
		}
	}
	field := slices.Index(p.words("field").list, t.Field)
	return t.Field != "" && (field < 0 || p.touches("fields.yaml", "/fields/"+strconv.Itoa(field)))
}

// try answers a test, and says why.
func (p *Policy) try(t *Test) (yes bool, why string) {
	o, _ := p.Office(t.Office)
	if t.Holders != nil {
		return p.trySeats(t, o)
	}
	if !o.Can(t.May) {
		return false, fmt.Sprintf("because the office %q may not %s", o.ID, t.May)
	}
	at := p.unitOf(&t.At)
	in, way := p.unitIn(t, at)
	switch {
	case o.Scope == ScopeNone && way != wayOwn:
		return false, fmt.Sprintf("because the office %q reaches nothing but to ask in its own unit", o.ID)
	case o.Scope == ScopeOwn && way != wayOwn:
		return false, fmt.Sprintf("because the office %q reaches its own unit alone", o.ID)
	case o.Scope == ScopeSubtree && way == wayOff:
		return false, fmt.Sprintf("because the office %q reaches its own unit and those below it alone", o.ID)
	case in.Protected && way != wayOwn && !(o.Scope == ScopeAll && o.Can(ActMerge)):
		return false, fmt.Sprintf("because the unit %q is protected, and none but its own offices and those that merge reach it", in.ID)
	}
	if t.Field == "" {
		return true, fmt.Sprintf("because the office %q has the scope %s and may %s", o.ID, o.Scope, t.May)
	}
	want := Read
	if t.May != ActRead {
		want = Edit
	}
	f, _ := p.Field(t.Field)
	right := p.rightIn(o.ID, t.Field, in)
	switch {
	case !f.in(in):
		return false, fmt.Sprintf("because the field %q does not exist in such a unit", t.Field)
	case right < want:
		return false, fmt.Sprintf("because the office %q %s the field %q", o.ID, rightWords[right], t.Field)
	case t.Choice != "" && !f.choiceIn(in, t.Choice):
		return false, fmt.Sprintf("because the choice %q does not exist in a unit of the level %q", t.Choice, in.Level)
	}
	return true, fmt.Sprintf("because the office %q %s the field %q", o.ID, rightWords[right], t.Field)
}

// rightWords say what an office does with a field.
var rightWords = map[Right]string{Hidden: "does not see", Read: "may only read", Edit: "may edit"}

func (p *Policy) trySeats(t *Test, o *Office) (bool, string) {
	u := p.unitOf(&t.Unit)
	most, conditional, err := p.MaxSeats(o, Facts{Unit: u, Members: t.Unit.Members, Officers: t.Unit.Officers}.Env())
	why := fmt.Sprintf("because the office %q has at most %d seat%s", o.ID, most, plural(most))
	switch {
	case err != nil:
		why += ", and one of its conditions cannot be evaluated"
	case conditional:
		why += " there, by a condition"
	}
	if o.Seats.As == AsRecommendation {
		return true, "because its seats are a recommendation"
	}
	return *t.Holders <= most, why
}

// How a unit lies, seen from another.
const (
	wayOwn   = iota // it is the same
	wayBelow        // it is below
	wayOff          // neither
)

// unitOf returns the unit that a place is, or one made up. There is one unit of
// the top level only, so none of it is made up.
func (p *Policy) unitOf(at *Place) *Unit {
	if u, ok := p.Unit(at.Unit); ok {
		return u
	}
	u := &Unit{Level: at.Level, Flags: at.Flags}
	if l := p.level(at.Level); l != nil && l.Under == "" {
		root := *p.Root()
		u = &root
		u.Level = at.Level
		u.Flags = append(u.Flags[:len(u.Flags):len(u.Flags)], at.Flags...)
	}
	if len(at.Purposes) > 0 {
		purposes := map[string]string{}
		for f, text := range u.Purposes {
			purposes[f] = text
		}
		for _, f := range at.Purposes {
			purposes[f] = "for the test"
		}
		u.Purposes = purposes
	}
	return u
}

// unitIn returns the unit that a test's in is, and how it lies from at.
func (p *Policy) unitIn(t *Test, at *Unit) (*Unit, int) {
	switch t.In.Unit {
	case PlaceOwn:
		return at, wayOwn
	case PlaceBelow:
		if below := p.Children(at.ID); len(below) > 0 {
			return below[0], wayBelow
		}
		for _, l := range p.Levels {
			if l.Under == at.Level {
				return &Unit{Level: l.ID}, wayBelow
			}
		}
		return &Unit{}, wayBelow
	case PlaceAbove:
		if u, ok := p.Unit(at.Under); ok {
			return u, wayOff
		}
		if l := p.level(at.Level); l != nil {
			return &Unit{Level: l.Under}, wayOff
		}
		return &Unit{}, wayOff
	case PlaceOther:
		return &Unit{Level: at.Level}, wayOff
	}
	if t.In.Unit == "" && t.In.Level == "" {
		return at, wayOwn
	}
	in := p.unitOf(&t.In)
	switch {
	case in.ID != "" && in.ID == at.ID:
		return in, wayOwn
	case in.ID != "" && p.Below(in.ID, at.ID), in.ID == "" && p.isAbove(at.Level, in.Level) && !t.In.Elsewhere:
		return in, wayBelow
	}
	return in, wayOff
}
