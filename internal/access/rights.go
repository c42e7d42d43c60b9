package access

import (
	"slices"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// office returns the office that an active grant gives, or false: an office of
// another level than the unit's gives nothing, nor does a grant that is pending.
func (s *State) office(g *Grant, day register.Day) (*policy.Office, bool) {
	if s.Policy == nil || !g.Active(day) {
		return nil, false
	}
	o, ok := s.Policy.Office(g.Office)
	if !ok {
		return nil, false
	}
	u, ok := s.Policy.Unit(g.Unit)
	if !ok || u.Level != o.Level || s.Pending(g, day) {
		return nil, false
	}
	return o, true
}

// covering calls fn for each active grant whose scope includes the unit.
func (s *State) covering(unit register.UnitID, day register.Day, fn func(*Grant, *policy.Office) bool) {
	if s.Policy == nil {
		return
	}
	if _, ok := s.Policy.Unit(unit); !ok {
		return
	}
	for _, g := range s.all {
		if o, ok := s.office(g, day); ok && s.Policy.Reaches(o, g.Unit, unit) && !fn(g, o) {
			return
		}
	}
	for at := unit; at != ""; {
		u, ok := s.Policy.Unit(at)
		if !ok {
			return
		}
		if st := s.Units[at]; st != nil {
			for _, h := range sortedHandles(st.Grants) {
				g := st.Grants[h]
				o, ok := s.office(g, day)
				if !ok || o.Scope == policy.ScopeAll || !s.Policy.Reaches(o, at, unit) {
					continue
				}
				if !fn(g, o) {
					return
				}
			}
		}
		at = u.Under
	}
}

func sortedHandles(m map[register.Handle]*Grant) []register.Handle {
	out := make([]register.Handle, 0, len(m))
	for h := range m {
		out = append(out, h)
	}
	slices.Sort(out)
	return out
}

// Readers returns who reads the unit's keyring on the day, sorted: the officers
// whose office reads there, and the recovery recipient.
func (s *State) Readers(unit register.UnitID, day register.Day) []register.Handle {
	out := []register.Handle{register.Recovery}
	s.covering(unit, day, func(g *Grant, o *policy.Office) bool {
		if slices.Contains(o.May, policy.ActRead) && s.Officers[g.Handle] != nil {
			out = append(out, g.Handle)
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// Recipients returns the age recipients of the readers, in their order.
func (s *State) Recipients(readers []register.Handle) []string {
	var out []string
	for _, h := range readers {
		switch {
		case h == register.Recovery && s.Recovery != nil:
			out = append(out, s.Recovery.Recipients...)
		case s.Officers[h] != nil:
			out = append(out, s.Officers[h].Recipients...)
		}
	}
	return out
}

// May tells whether the officer may do the act in the unit on the day.
func (s *State) May(h register.Handle, act policy.Act, unit register.UnitID, day register.Day) bool {
	for _, o := range s.Offices(h, unit, day) {
		if o.Can(act) {
			return true
		}
	}
	return act == policy.ActRequest && s.asks(h, unit, day)
}

// asks tells whether the officer has an office in this very unit that reaches no
// unit and may only ask. It is none of her Offices there: it reads no keyring and
// has no right to a field.
func (s *State) asks(h register.Handle, unit register.UnitID, day register.Day) bool {
	u := s.Units[unit]
	if u == nil || u.Grants[h] == nil {
		return false
	}
	o, ok := s.office(u.Grants[h], day)
	return ok && o.Scope == policy.ScopeNone && o.Can(policy.ActRequest)
}

// Offices returns the offices through which the officer reaches the unit on the
// day.
func (s *State) Offices(h register.Handle, unit register.UnitID, day register.Day) []*policy.Office {
	var out []*policy.Office
	s.covering(unit, day, func(g *Grant, o *policy.Office) bool {
		if g.Handle == h {
			out = append(out, o)
		}
		return true
	})
	return out
}

// Grants returns the officer's grants that are active on the day, by unit.
func (s *State) Grants(h register.Handle, day register.Day) []*Grant {
	var out []*Grant
	for _, u := range s.Units {
		if g := u.Grants[h]; g != nil {
			if _, ok := s.office(g, day); ok {
				out = append(out, g)
			}
		}
	}
	slices.SortFunc(out, func(a, b *Grant) int { return cmp(a.Unit, b.Unit) })
	return out
}

// FieldRight is the widest right that the officer's offices over the unit give
// to a field on the day; none to a field that does not exist there.
func (s *State) FieldRight(h register.Handle, field string, unit register.UnitID, day register.Day) policy.Right {
	right := policy.Hidden
	for _, o := range s.Offices(h, unit, day) {
		right = max(right, s.Policy.FieldRightIn(o.ID, field, unit))
	}
	return right
}

// Secretariat returns who may merge everywhere on the day, sorted: the officers
// whose signature main's commits must bear.
func (s *State) Secretariat(day register.Day) []register.Handle {
	var out []register.Handle
	for _, g := range s.all {
		if o, ok := s.office(g, day); ok && slices.Contains(o.May, policy.ActMerge) && s.Officers[g.Handle] != nil {
			out = append(out, g.Handle)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// MayMerge tells whether the officer's signature is good for a commit of main.
func (s *State) MayMerge(h register.Handle, day register.Day) bool {
	return slices.Contains(s.Secretariat(day), h)
}

// EnvelopeRecipients returns to whom the secret of a proposal by author is
// sealed: the secretariat and the author, each recipient once.
func (s *State) EnvelopeRecipients(author register.Handle, day register.Day) []string {
	who := s.Secretariat(day)
	if !slices.Contains(who, author) {
		who = append(who, author)
	}
	slices.Sort(who)
	return s.Recipients(who)
}

// SignerOf returns the officer whose signing key is wire, in SSH wire form.
func (s *State) SignerOf(wire []byte) (register.Handle, bool) {
	h, ok := s.wire[string(wire)]
	return h, ok
}

// InScope returns the units that the officer reads on the day, sorted.
func (s *State) InScope(h register.Handle, day register.Day) []register.UnitID {
	var out []register.UnitID
	for id := range s.Units {
		if slices.Contains(s.Readers(id, day), h) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}
