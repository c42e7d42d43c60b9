package access

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Effect is what another policy does to who reads and may what, on one day.
type Effect struct {
	Readers []ReaderChange // by unit and handle
	Rights  []RightChange  // of offices, by office and what it is about
	Fields  []RightChange  // where fields begin or cease to exist, by unit and field
	Units   int            // in which somebody gains or loses reading
	Records int            // of these units, closed ones included
}

// ReaderChange is an officer who gains or loses the reading of a unit's records.
type ReaderChange struct {
	Unit   register.UnitID
	Handle register.Handle
	Gains  bool
}

// RightChange is a right that differs. In Effect.Rights, Of is an office and What
// a field, from one policy.Right to another, or an act, from "no" to "yes" or
// back. In Effect.Fields, Of is a unit and What a field, from "absent" to "exists"
// or back.
type RightChange struct {
	Of, What string
	Was, Is  string
}

// The values of a RightChange beside those of a policy.Right.
const (
	Yes, No        = "yes", "no"
	Exists, Absent = "exists", "absent"
)

// EffectOf compares two states on a day. Both must have a policy; a state with
// another policy is State.With's to make. Seats, evidence and dates are in the
// readers: whoever no longer has access because of them is one that loses it.
func EffectOf(before, after *State, day register.Day) (*Effect, error) {
	if before.Policy == nil || after.Policy == nil {
		return nil, fmt.Errorf("effect of a policy: there is no policy on one side")
	}
	e := &Effect{}
	for _, u := range unitsOf(before.Policy, after.Policy) {
		was, is := before.Readers(u, day), after.Readers(u, day)
		if slices.Equal(was, is) {
			continue
		}
		e.Readers = append(e.Readers, readerChanges(u, was, is)...)
		side := after
		if after.Units[u] == nil {
			side = before // the unit went, and its folder with it
		}
		n, err := side.Records(u)
		if err != nil {
			return nil, err
		}
		e.Units++
		e.Records += n
	}
	e.Rights = rightChanges(before.Policy, after.Policy)
	e.Fields = fieldChanges(before.Policy, after.Policy)
	return e, nil
}

// unitsOf returns the units of two policies, sorted.
func unitsOf(ps ...*policy.Policy) []register.UnitID {
	var out []register.UnitID
	for _, p := range ps {
		for i := range p.Units {
			out = append(out, p.Units[i].ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// readerChanges compares two sorted lists.
func readerChanges(u register.UnitID, was, is []register.Handle) []ReaderChange {
	var out []ReaderChange
	for len(was) > 0 || len(is) > 0 {
		switch {
		case len(is) == 0 || len(was) > 0 && was[0] < is[0]:
			out = append(out, ReaderChange{u, was[0], false})
			was = was[1:]
		case len(was) == 0 || is[0] < was[0]:
			out = append(out, ReaderChange{u, is[0], true})
			is = is[1:]
		default:
			was, is = was[1:], is[1:]
		}
	}
	return out
}

// rightChanges compares what each office may do, and with which fields. The day and
// the reason of closing follow from reading and closing.
func rightChanges(before, after *policy.Policy) []RightChange {
	var out []RightChange
	fields := keysOf(before, after)
	for _, o := range officesOf(before, after) {
		was, _ := before.Office(o)
		is, _ := after.Office(o)
		for _, a := range policy.Acts {
			if w, i := can(was, a), can(is, a); w != i {
				out = append(out, RightChange{o, string(a), w, i})
			}
		}
		for _, f := range fields {
			if w, i := before.FieldRight(o, f), after.FieldRight(o, f); w != i {
				out = append(out, RightChange{o, f, w.String(), i.String()})
			}
		}
	}
	return out
}

// fieldChanges compares which fields exist in the units that both policies have,
// of the fields that both have: another field or unit is seen already.
func fieldChanges(before, after *policy.Policy) []RightChange {
	var fields []string
	for i := range after.Fields {
		f := &after.Fields[i]
		old, ok := before.Field(f.Key)
		if ok && (f.Where != "" || f.NeedsPurpose || old.Where != "" || old.NeedsPurpose) {
			fields = append(fields, f.Key)
		}
	}
	slices.Sort(fields)
	if len(fields) == 0 {
		return nil
	}
	var out []RightChange
	for _, u := range unitsOf(after) {
		if _, ok := before.Unit(u); !ok {
			continue
		}
		for _, f := range fields {
			if w, i := exists(before, u, f), exists(after, u, f); w != i {
				out = append(out, RightChange{string(u), f, w, i})
			}
		}
	}
	return out
}

func exists(p *policy.Policy, u register.UnitID, field string) string {
	if p.FieldIn(u, field) {
		return Exists
	}
	return Absent
}

func can(o *policy.Office, a policy.Act) string {
	if o != nil && o.Can(a) {
		return Yes
	}
	return No
}

func officesOf(ps ...*policy.Policy) []string {
	var out []string
	for _, p := range ps {
		for i := range p.Offices {
			out = append(out, p.Offices[i].ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func keysOf(ps ...*policy.Policy) []string {
	var out []string
	for _, p := range ps {
		for i := range p.Fields {
			out = append(out, p.Fields[i].Key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// With returns the state that the same officers and grants make under another
// policy.
func (s *State) With(p *policy.Policy) *State {
	c := *s
	c.Policy, c.all = p, nil
	c.Problems = slices.DeleteFunc(slices.Clone(s.Problems), func(x Problem) bool { return strings.HasPrefix(x.Path, "policies") })
	c.index()
	return &c
}

// Empty tells whether nobody gains or loses anything.
func (e *Effect) Empty() bool { return len(e.Readers)+len(e.Rights)+len(e.Fields) == 0 }

// Lines returns the effect in the one form that Digest is over: a line for each
// change, sorted byte by byte.
func (e *Effect) Lines() []string {
	var out []string
	for _, r := range e.Readers {
		sign := "-"
		if r.Gains {
			sign = "+"
		}
		out = append(out, fmt.Sprintf("%s %s %s", sign, r.Unit, r.Handle))
	}
	for _, list := range [][]RightChange{e.Rights, e.Fields} {
		for _, r := range list {
			out = append(out, fmt.Sprintf("~ %s %s %s %s", r.Of, r.What, r.Was, r.Is))
		}
	}
	slices.Sort(out)
	return out
}

// Digest is how a commit acknowledges the effect: the first 64 bits of the
// SHA-256 of its lines, each with its line end, as 16 hexadecimal digits.
func (e *Effect) Digest() string {
	h := sha256.New()
	for _, l := range e.Lines() {
		h.Write([]byte(l + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
