package access

import (
	"slices"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Seats says how many hold an office in a unit on a day, and how many may.
type Seats struct {
	Held        int
	Min, Max    int    // Max with the seats that exceptions in use add; 0: no bound
	Most        int    // what Max would be if every condition for more seats held
	Conditional bool   // Max is what it is because a condition holds
	Rule        bool   // else a recommendation: too many or too few is a warning
	FallingBack string // policy.KeepSeats or EndSeats; "" where no condition is stated
	Fault       error  // a condition that could not be evaluated, and gave no seat; nil none
}

// GivesAccess tells whether an office gives access to members' data: whether it
// may read them, take lists out, write to them or book their dues.
func GivesAccess(o *policy.Office) bool {
	return o.Can(policy.ActRead) || o.Can(policy.ActDraw) || o.Can(policy.ActSend) || o.Can(policy.ActDues)
}

// InForce tells whether a grant gives its office on the day: it is active and
// complete, its office is one of the unit's level, and its officer is known.
func (s *State) InForce(g *Grant, day register.Day) bool {
	_, ok := s.office(g, day)
	return ok && s.Officers[g.Handle] != nil
}

// Holders returns the grants through which an office is held in a unit on a day,
// by handle. One that is pending takes no seat.
func (s *State) Holders(unit register.UnitID, office string, day register.Day) []*Grant {
	return s.inForce(unit, day, func(o *policy.Office) bool { return o.ID == office })
}

// WithAccess returns the grants in the unit's own folder that give access to
// members' data on a day, by handle.
func (s *State) WithAccess(unit register.UnitID, day register.Day) []*Grant {
	return s.inForce(unit, day, GivesAccess)
}

func (s *State) inForce(unit register.UnitID, day register.Day, want func(*policy.Office) bool) []*Grant {
	u := s.Units[unit]
	if u == nil {
		return nil
	}
	var out []*Grant
	for _, h := range sortedHandles(u.Grants) {
		g := u.Grants[h]
		if o, ok := s.office(g, day); ok && want(o) && s.Officers[h] != nil {
			out = append(out, g)
		}
	}
	return out
}

// Facts returns what conditions can ask about a unit. The error is one of reading.
func (s *State) Facts(unit register.UnitID, day register.Day) (policy.Facts, error) {
	if s.Policy == nil {
		return policy.Facts{}, nil
	}
	u, _ := s.Policy.Unit(unit)
	n, err := s.Members(unit)
	return policy.Facts{Unit: u, Members: n, Officers: len(s.WithAccess(unit, day))}, err
}

// GrantFacts returns what conditions can ask about a grant and its unit. The error
// is one of reading.
func (s *State) GrantFacts(g *Grant, day register.Day) (policy.Facts, error) {
	f, err := s.Facts(g.Unit, day)
	f.Office, f.Position, f.Exception, f.Task = g.Office, g.Position, g.Exception, g.Task
	f.Belongs = g.Belongs == g.Unit
	return f, err
}

// Seats counts the seats of an office in a unit on a day; none of an office that
// the unit does not have. The error is one of reading.
func (s *State) Seats(unit register.UnitID, office string, day register.Day) (Seats, error) {
	if s.Policy == nil {
		return Seats{}, nil
	}
	o, ok := s.Policy.Office(office)
	u, known := s.Policy.Unit(unit)
	if !ok || !known || u.Level != o.Level {
		return Seats{}, nil
	}
	held := s.Holders(unit, office, day)
	out := Seats{Held: len(held), Min: o.Seats.Min, Max: o.Seats.Max, Most: o.Seats.Max,
		Rule: o.Seats.As != policy.AsRecommendation, FallingBack: o.Seats.FallingBack}
	if len(o.Seats.More) > 0 {
		f, err := s.Facts(unit, day)
		if err != nil {
			return Seats{}, err
		}
		out.Max, out.Conditional, out.Fault = s.Policy.MaxSeats(o, f.Env())
		for _, m := range o.Seats.More {
			out.Most = max(out.Most, m.Max)
		}
	}
	if out.Max == 0 {
		return out, nil
	}
	for _, g := range held {
		n, fault, err := s.moreSeats(o, g, day)
		if err != nil {
			return Seats{}, err
		}
		if fault != nil {
			out.Fault = fault
		}
		out.Max += n
		out.Most += n
	}
	return out, nil
}

// moreSeats returns how many seats a grant's exception adds; a fault is a
// condition that cannot be evaluated, which adds none.
func (s *State) moreSeats(o *policy.Office, g *Grant, day register.Day) (n int, fault, err error) {
	e, ok := o.Exception(g.Exception)
	if !ok || e.Seats == 0 {
		return 0, nil, nil
	}
	f, err := s.GrantFacts(g, day)
	if err != nil {
		return 0, nil, err
	}
	if applies, fault := e.Applies(f.Env()); fault != nil || !applies {
		return 0, fault, nil
	}
	return e.Seats, nil, nil
}

// Crowding says whether too many hold an office.
type Crowding int

// The degrees of Crowding.
const (
	Fits      Crowding = iota
	Unwished           // more than the policy recommends
	Tolerated          // too many, all of whom came in while there were seats: they stay, and nobody new comes
	Crowded            // too many
)

// Crowding judges the holders of an office on a day. Where the policy keeps those
// who are too many because a condition no longer holds, whether somebody is new
// decides; before is the state to compare with, on the same day, or nil for none:
// then nobody is taken for new.
func (s *State) Crowding(before *State, unit register.UnitID, office string, day register.Day) (Crowding, Seats, error) {
	x, err := s.Seats(unit, office, day)
	switch {
	case err != nil || x.Max == 0 || x.Held <= x.Max:
		return Fits, x, err
	case !x.Rule:
		return Unwished, x, nil
	case x.FallingBack != policy.KeepSeats || x.Held > x.Most || before != nil && s.newHolder(before, unit, office, day):
		return Crowded, x, nil
	}
	return Tolerated, x, nil
}

// newHolder tells whether somebody holds the office who did not before.
func (s *State) newHolder(before *State, unit register.UnitID, office string, day register.Day) bool {
	was := before.Holders(unit, office, day)
	return slices.ContainsFunc(s.Holders(unit, office, day), func(g *Grant) bool {
		return !slices.ContainsFunc(was, func(w *Grant) bool { return w.Handle == g.Handle })
	})
}
