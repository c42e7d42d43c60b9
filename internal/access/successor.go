package access

import (
	"slices"

	"github.com/medlem-register/medlem/internal/register"
)

// What a grant does to others when it comes into force. Who is to go is compared
// on the day on which it begins: a grant for next month ends its predecessor's
// then, and both stand in the register until that day.

// Starts returns the first day from the given one on which the grant can give
// access.
func (g *Grant) Starts(day register.Day) register.Day { return max(day, g.From) }

// Activated returns the grants that come into force, on the day or later, because
// of what lies between two states: they are new, complete only now, or of another
// office. Sorted by unit and handle.
func (s *State) Activated(before *State, day register.Day) []*Grant {
	var out []*Grant
	for id, u := range s.Units {
		for h, g := range u.Grants {
			d := g.Starts(day)
			if !s.InForce(g, d) {
				continue
			}
			if was := before.Units[id]; was != nil {
				if w := was.Grants[h]; w != nil && w.Office == g.Office && before.InForce(w, d) {
					continue
				}
			}
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b *Grant) int { return a.ID().compare(b.ID()) })
	return out
}

// Unlisted returns the grants in the unit of g that give access on a day and that
// g does not name, where its office lists everyone: they end when g comes into
// force. Grants in units above are not of this unit, and are not asked about.
func (s *State) Unlisted(g *Grant, day register.Day) []*Grant {
	if !s.listsEveryone(g) {
		return nil
	}
	return slices.DeleteFunc(s.WithAccess(g.Unit, day), func(x *Grant) bool {
		return x.Handle == g.Handle || slices.Contains(g.Names, x.Handle)
	})
}

// ListedInVain returns the handles that g names, where its office lists everyone,
// and that have no access in its unit on a day.
func (s *State) ListedInVain(g *Grant, day register.Day) []register.Handle {
	if !s.listsEveryone(g) {
		return nil
	}
	have := s.WithAccess(g.Unit, day)
	return slices.DeleteFunc(slices.Clone(g.Names), func(h register.Handle) bool {
		return slices.ContainsFunc(have, func(x *Grant) bool { return x.Handle == h })
	})
}

func (s *State) listsEveryone(g *Grant) bool {
	if s.Policy == nil {
		return false
	}
	o, ok := s.Policy.Office(g.Office)
	return ok && o.ListsEveryone
}

// Predecessors returns whose grants must end for g to have a seat on a day: those
// who hold the same office, the longest first, and how many of them are too many.
// With as many as there are, all of them are the predecessors; with fewer, somebody
// has to say which. Who holds a seat that an exception added is none: it goes with
// her. None where g itself gives nothing on that day, or seats are a wish.
func (s *State) Predecessors(g *Grant, day register.Day) (holders []*Grant, tooMany int, err error) {
	if !s.InForce(g, day) {
		return nil, 0, nil
	}
	x, err := s.Seats(g.Unit, g.Office, day)
	if err != nil || !x.Rule || x.Max == 0 || x.Held <= x.Max {
		return nil, 0, err
	}
	o, _ := s.Policy.Office(g.Office)
	for _, other := range s.Holders(g.Unit, g.Office, day) {
		n, _, err := s.moreSeats(o, other, day)
		if err != nil {
			return nil, 0, err
		}
		if other.Handle != g.Handle && n == 0 {
			holders = append(holders, other)
		}
	}
	slices.SortStableFunc(holders, func(a, b *Grant) int { return cmp(a.From, b.From) })
	return holders, min(x.Held-x.Max, len(holders)), nil
}
