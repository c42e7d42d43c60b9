package subject

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// The oracle answers from first principles: it replays every day, and on each day
// every moment at which something was otherwise, and asks of every member, every
// unit whose keyring opens something of her and every officer to whom that is
// sealed, through which of her offices. What it finds it writes into a calendar,
// and reads the intervals off that. It shares nothing with the package but the files.

func (m *moment) office(id string) oOffice {
	for _, o := range m.offices {
		if o.id == id {
			return o
		}
	}
	return oOffice{}
}

func oUnitOf(id string) oUnit {
	for _, u := range oUnits {
		if u.id == id {
			return u
		}
	}
	return oUnit{}
}

// force tells whether a grant gives its office on a day.
func (m *moment) force(g oGrant, day string) bool {
	o := m.office(g.office)
	switch {
	case o.id == "" || oUnitOf(g.unit).level != o.level, day < g.from, g.last != "" && day > g.last:
		return false
	case g.exception && !(o.extra && g.approved):
		return false
	case o.guide > 0 && g.guide == 0, o.guide > g.guide && day > o.guideBy:
		return false
	}
	return true
}

// through returns the offices, "office unit", by which an officer reaches a unit.
func (m *moment) through(officer, unit, day string, reading bool) []string {
	var out []string
	for _, g := range m.grants {
		if g.officer != officer || !m.force(g, day) {
			continue
		}
		o := m.office(g.office)
		if reading && !o.reads {
			continue
		}
		below := false
		for u := oUnitOf(unit); u.id != ""; u = oUnitOf(u.under) {
			below = below || u.id == g.unit
		}
		if o.scope == "all" || o.scope == "subtree" && below || o.scope == "own" && g.unit == unit {
			out = append(out, g.office+" "+g.unit)
		}
	}
	return out
}

func (m *moment) mergers(day string) []string {
	var out []string
	for _, g := range m.grants {
		if o := m.office(g.office); o.merges && m.known[g.officer] && m.force(g, day) {
			out = append(out, g.officer+" "+g.office+" "+g.unit)
		}
	}
	return out
}

// replay is one run of the oracle.
type replay struct {
	s        *story
	first    time.Time
	days     int
	calendar map[string]map[oReader]*oDays // by member
	memory   map[[2]string][]string        // unit, officer → the offices by which she read last
	looks    int                           // moments so far
	stuck    int                           // moments at which a grant had ended and the keyring was still sealed to her
}

// oReader is an officer in an office, "office unit", who reads a unit.
type oReader struct{ unit, officer, by string }

type oDays struct {
	copies []int // by day, and one more; 0 on which she could not read
	look   int   // the last moment at which she could
}

func newReplay(s *story, today string) *replay {
	first, _ := time.Parse(time.DateOnly, s.log[0].when.Format(time.DateOnly))
	end, _ := time.Parse(time.DateOnly, today)
	return &replay{s: s, first: first, days: int(end.Sub(first).Hours()/24) + 1, calendar: map[string]map[oReader]*oDays{}, memory: map[[2]string][]string{}}
}

func (o *replay) mark(member string, r oReader, day int, copies int) *oDays {
	if o.calendar[member] == nil {
		o.calendar[member] = map[oReader]*oDays{}
	}
	c := o.calendar[member][r]
	if c == nil {
		c = &oDays{copies: make([]int, o.days)}
		o.calendar[member][r] = c
	}
	c.copies[day] = max(c.copies[day], copies+1)
	return c
}

func (o *replay) run() {
	next := 0
	for d := range o.days {
		day := o.first.AddDate(0, 0, d).Format(time.DateOnly)
		if next > 0 {
			o.look(&o.s.log[next-1], day, d)
		}
		for next < len(o.s.log) && o.s.log[next].when.Format(time.DateOnly) == day {
			o.look(&o.s.log[next], day, d)
			next++
		}
	}
	for _, p := range o.s.drafts {
		o.draft(p)
	}
}

// look writes down who can read what at a moment.
func (o *replay) look(m *moment, day string, d int) {
	o.looks++
	for _, u := range oUnits {
		for _, officer := range oOfficers {
			who := [2]string{u.id, officer}
			if !slices.Contains(m.keyring[u.id], officer) {
				delete(o.memory, who)
				continue
			}
			if by := m.through(officer, u.id, day, true); len(by) > 0 {
				o.memory[who] = by
			} else if o.memory[who] == nil {
				o.memory[who] = []string{" "}
			} else {
				o.stuck++
			}
			for member, c := range m.holds[u.id] {
				versions := m.version[member]
				if !c.here {
					versions = c.versions
				}
				for _, by := range o.memory[who] {
					o.mark(member, oReader{u.id, officer, by}, d, versions).look = o.looks
				}
			}
		}
	}
}

// draft writes down who could open a proposal from when it was written until it was
// merged.
func (o *replay) draft(p oDraft) {
	log := o.s.log
	merge := &log[p.merged]
	dayOf := func(t time.Time) (string, int) {
		s := t.Format(time.DateOnly)
		x, _ := time.Parse(time.DateOnly, s)
		return s, int(x.Sub(o.first).Hours() / 24)
	}
	_, end := dayOf(merge.when)
	for _, w := range p.writes {
		when := w.when
		if when.Before(log[p.base].when) {
			when = log[p.base].when
		}
		if when.After(merge.when) {
			when = merge.when
		}
		day, d := dayOf(when)
		copies := merge.version[w.member]
		at := p.base
		for i := p.base; i < p.merged; i++ {
			if !log[i].when.After(when) {
				at = i
			}
		}
		states := []*moment{&log[p.base], &log[at], &log[p.merged-1]}
		var by []string
		for _, m := range states {
			if len(by) == 0 {
				by = m.through(p.author, w.unit, day, false)
			}
		}
		for _, m := range states {
			for _, g := range m.grants {
				if len(by) == 0 && g.officer == p.author {
					for _, x := range m.grants {
						if x.officer == p.author && m.force(x, day) {
							by = append(by, x.office+" "+x.unit)
						}
					}
				}
			}
		}
		if len(by) == 0 {
			by = []string{" "}
		}
		for _, b := range by {
			for i := d; i <= end; i++ {
				o.mark(w.member, oReader{w.unit, p.author, b}, i, copies)
			}
		}
		open := func(m *moment, day string, d int) {
			for _, x := range m.mergers(day) {
				officer, by, _ := strings.Cut(x, " ")
				o.mark(w.member, oReader{w.unit, officer, by}, d, copies)
			}
		}
		open(&log[p.base], day, d)
		open(&log[at], day, d)
		for i := d; i <= end; i++ {
			today := o.first.AddDate(0, 0, i).Format(time.DateOnly)
			if i > d {
				for j := len(log) - 1; j >= 0; j-- {
					if log[j].when.Format(time.DateOnly) < today {
						open(&log[j], today, i)
						break
					}
				}
			}
			for j := at + 1; j < p.merged; j++ {
				if log[j].when.Format(time.DateOnly) == today {
					open(&log[j], today, i)
				}
			}
		}
	}
}

// intervals reads a member's intervals off the calendar, sorted, in the form of show.
func (o *replay) intervals(member string) []string {
	count := map[string]int{}
	for r, c := range o.calendar[member] {
		days := c.copies
		office, of, _ := strings.Cut(r.by, " ")
		for i := 0; i < len(days); i++ {
			if days[i] == 0 {
				continue
			}
			from, copies := i, 0
			for ; i < len(days) && days[i] > 0; i++ {
				copies = max(copies, days[i]-1)
			}
			to := o.first.AddDate(0, 0, i-1).Format(time.DateOnly)
			if i == len(days) && c.look == o.looks {
				to = "still"
			}
			count[fmt.Sprintf("%s: %s of %s, %s to %s, version %d", r.unit, office, of, o.first.AddDate(0, 0, from).Format(time.DateOnly), to, copies)]++
		}
	}
	var out []string
	for s, n := range count {
		out = append(out, fmt.Sprintf("%s, %d", s, n))
	}
	sort.Strings(out)
	return out
}

func show(x Interval) string {
	to := string(x.To)
	if to == "" {
		to = "still"
	}
	return fmt.Sprintf("%s: %s of %s, %s to %s, version %d, %d", x.Unit, x.Office, x.Of, x.From, to, x.Copy, x.Seats)
}
