package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// seats judges how many officers hold each office: more than a rule allows, and
// fewer of those who merge than there must be. What the policy merely recommends
// is a warning.
func (r *run) seats(j judging, say sayer, wish func(f Finding, format string, args ...any)) {
	s := j.s
	for i := range s.Policy.Units {
		u := &s.Policy.Units[i]
		f := grantsOf(u.ID)
		for k := range s.Policy.Offices {
			o := &s.Policy.Offices[k]
			if o.Level != u.Level {
				continue
			}
			crowding, x, err := s.Crowding(j.before, u.ID, o.ID, j.day)
			if err != nil {
				r.fail(err)
				return
			}
			switch crowding {
			case access.Crowded:
				say(ruleSeats, f, "%d officers hold the office %q on %s: want %s", x.Held, o.ID, j.day, r.most(s, u.ID, o, x, j.day))
			case access.Unwished:
				wish(f, "%d officers hold the office %q on %s: the policy recommends %s", x.Held, o.ID, j.day, r.most(s, u.ID, o, x, j.day))
			case access.Tolerated:
				wish(f, "%d officers hold the office %q on %s, one too many: they stay, and nobody new comes (want %s)", x.Held, o.ID, j.day, r.most(s, u.ID, o, x, j.day))
			}
			switch {
			case x.Held >= x.Min:
			case o.Can(policy.ActMerge):
				say(ruleVacant, f, "%d officers hold the office %q on %s: want at least %d", x.Held, o.ID, j.day, x.Min)
			default:
				wish(f, "%d officers hold the office %q on %s: the policy wants %d", x.Held, o.ID, j.day, x.Min)
			}
		}
	}
	if len(s.Secretariat(j.day)) == 0 {
		say(ruleVacant, grantsOf(s.Policy.Root().ID), "nobody could merge on %s", j.day)
	}
}

// most says how many may hold an office in a unit, and what more depends on.
func (r *run) most(s *access.State, u register.UnitID, o *policy.Office, x access.Seats, day register.Day) string {
	out := fmt.Sprintf("at most %d", x.Max)
	if x.Conditional || len(o.Seats.More) == 0 {
		return out
	}
	var more []string
	for _, m := range o.Seats.More {
		more = append(more, fmt.Sprintf("%d where %s", m.Max, clip(m.When)))
	}
	facts, err := s.Facts(u, day)
	if err != nil {
		r.fail(err)
		return out
	}
	out += fmt.Sprintf(" (%s; the unit has %d active members)", strings.Join(more, ", "), facts.Members)
	if x.Fault != nil {
		out += "; a condition could not be evaluated, and gives no seat"
	}
	return out
}

// removal refuses a commit of main that takes away more of all access than the
// policy before it allows.
func (r *run) removal(from, to *access.State, day register.Day, f Finding) {
	const few = 2 // as many may always go
	if from == nil || from.Policy.Guards.LargestRemoval == 0 {
		return
	}
	total, gone := 0, 0
	for id := range from.Units {
		still := to.WithAccess(id, day)
		for _, g := range from.WithAccess(id, day) {
			total++
			if !slices.ContainsFunc(still, func(x *access.Grant) bool { return x.Handle == g.Handle }) {
				gone++
			}
		}
	}
	if most := from.Policy.Guards.LargestRemoval; gone > few && gone*100 > most*total {
		r.add(ruleRemoval, f, "%d of %d grants that give access end at once: want at most %d percent", gone, total, most)
	}
}

// endsSoon warns of grants that end within the notice of their office.
func (r *run) endsSoon(s *access.State, day register.Day) {
	for _, u := range sortedKeys(s.Units) {
		for _, h := range sortedKeys(s.Units[u].Grants) {
			g := s.Units[u].Grants[h]
			o, ok := s.Policy.Office(g.Office)
			if !ok || o.Term.Notice == 0 || g.Last() == "" || !s.InForce(g, day) || g.Last() > day.Add(o.Term.Notice) {
				continue
			}
			p := register.Path{Kind: register.Grant, Unit: u, Handle: h}
			r.warn(ruleEndsSoon, at(nil, p, p.String()), "the grant ends on %s", g.Last())
		}
	}
}
