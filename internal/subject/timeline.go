package subject

import (
	"slices"
	"strings"
	"sync"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// seat is an office, where it is held, and for which of its purposes.
type seat struct {
	office string
	of     register.UnitID
	why    string
}

// holder is an officer in an office, by their numbers.
type holder struct{ who, seat int32 }

// span is how long a holder was one, to excluded.
type span struct {
	of       holder
	from, to instant
}

// timeline is who could read what one unit's keyring opens.
type timeline struct {
	id      register.UnitID
	spans   []span
	open    map[holder]int // those of spans that have not ended
	readers []register.Handle
	reseals []int32 // commits that sealed the keyring anew
}

// become makes now the holders from an instant on.
func (t *timeline) become(now []holder, at instant) {
	for of, i := range t.open {
		if !slices.Contains(now, of) {
			t.spans[i].to = at
			delete(t.open, of)
		}
	}
	for _, of := range now {
		if _, ok := t.open[of]; !ok {
			t.open[of] = len(t.spans)
			t.spans = append(t.spans, span{of, at, instant{commit: never}})
		}
	}
}

func (t *timeline) clone() *timeline {
	c := *t
	c.spans = slices.Clone(t.spans)
	c.open = make(map[holder]int, len(t.open))
	for of, i := range t.open {
		c.open[of] = i
	}
	return &c
}

// read brings a unit's timeline up to date. Through which offices somebody reads
// follows from her grants; where none is in force any more, the last ones count
// until the keyring is sealed without her.
func (w *walker) read(t *timeline, s *access.State, at instant) {
	var through []holder
	s.Reaching(t.id, at.day, func(g *access.Grant, o *policy.Office) {
		if o.Can(policy.ActRead) {
			through = append(through, w.holder(g))
		}
	})
	var now []holder
	for _, h := range t.readers {
		who, n := w.who(h), len(now)
		for _, of := range through {
			if of.who == who && !slices.Contains(now, of) {
				now = append(now, of)
			}
		}
		if n == len(now) {
			for of := range t.open {
				if of.who == who {
					now = append(now, of)
				}
			}
		}
		if n == len(now) {
			now = append(now, holder{who, w.seat(seat{})})
		}
	}
	t.become(now, at)
}

// merging brings the timeline of the secretariat up to date: of those to whom
// proposals are sealed.
func (w *walker) merging(t *timeline, s *access.State, at instant) {
	t.become(w.secretariat(s, at.day), at)
}

func (w *walker) secretariat(s *access.State, day register.Day) []holder {
	if len(s.Policy.Units) == 0 {
		return nil
	}
	var out []holder
	s.Reaching(s.Policy.Units[0].ID, day, func(g *access.Grant, o *policy.Office) {
		if o.Scope == policy.ScopeAll && o.Can(policy.ActMerge) && s.Officers[g.Handle] != nil {
			out = append(out, w.holder(g))
		}
	})
	return out
}

func (w *walker) holder(g *access.Grant) holder {
	return holder{w.who(g.Handle), w.seat(seat{g.Office, g.Unit, g.Purpose})}
}

// turn is a day on which a grant begins or ceases to give its office by its dates.
type turn struct {
	day  register.Day
	unit register.UnitID
	all  bool // its office reaches every unit
}

// turns lists those of a state that come after a day, sorted.
func turns(s *access.State, after register.Day) []turn {
	var out []turn
	for _, u := range s.Units {
		for _, g := range u.Grants {
			o, ok := s.Policy.Office(g.Office)
			if !ok {
				continue
			}
			add := func(d register.Day) {
				if d > after {
					out = append(out, turn{d, u.ID, o.Scope == policy.ScopeAll})
				}
			}
			add(g.From)
			if last := g.Last(); last >= after {
				add(last.Add(1))
			}
			if o.Guide.By >= after {
				add(o.Guide.By.Add(1))
			}
		}
	}
	slices.SortFunc(out, func(a, b turn) int { return strings.Compare(string(a.day), string(b.day)) })
	return out
}

// affected returns the units that a grant in a unit can reach: all of them, or the
// unit and those below.
func affected(p *policy.Policy, of register.UnitID) []register.UnitID {
	out := []register.UnitID{of}
	for i := 0; i < len(out); i++ {
		for _, u := range p.Units {
			if u.Under == out[i] {
				out = append(out, u.ID)
			}
		}
	}
	return out
}

// pass brings the timelines up to date at the beginning of each day until and with
// last on which a grant turns. line gives the timeline of a unit to change, nil for
// one without a keyring. It returns the turns that are left.
func (w *walker) pass(s *access.State, left []turn, commit int32, last register.Day, line func(register.UnitID) *timeline, secretariat func() *timeline) []turn {
	for len(left) > 0 && left[0].day <= last {
		at := instant{commit, left[0].day}
		all, units := false, map[register.UnitID]bool{}
		for ; len(left) > 0 && left[0].day == at.day; left = left[1:] {
			if all = all || left[0].all; !left[0].all {
				for _, u := range affected(s.Policy, left[0].unit) {
					units[u] = true
				}
			}
		}
		if all {
			w.merging(secretariat(), s, at)
			for _, u := range w.units {
				units[u.id] = true
			}
		}
		for u := range units {
			if t := line(u); t != nil {
				w.read(t, s, at)
			}
		}
	}
	return left
}

// tail is what the days after the last commit change, as of one day.
type tail struct {
	sync.Mutex
	day         register.Day
	units       map[int32]*timeline // those that differ
	secretariat *timeline
}

// until returns the timelines that the days after the last commit change until and
// with a day, by number, and that of the secretariat.
func (p *Past) until(today register.Day) (map[int32]*timeline, *timeline) {
	t := &p.tail
	t.Lock()
	defer t.Unlock()
	if t.day == today && t.secretariat != nil {
		return t.units, t.secretariat
	}
	units, secretariat := map[int32]*timeline{}, p.w.merge.clone()
	line := func(u register.UnitID) *timeline {
		i, ok := p.w.unitOf[u]
		if !ok {
			return nil
		}
		if units[i] == nil {
			units[i] = p.w.units[i].clone()
		}
		return units[i]
	}
	p.w.pass(p.w.state, p.w.turns, int32(len(p.w.days)-1), today, line, func() *timeline { return secretariat })
	t.day, t.units, t.secretariat = today, units, secretariat
	return units, secretariat
}
