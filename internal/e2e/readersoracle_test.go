package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/medlem-register/medlem/internal/register"
)

// The oracle remembers what was done as a flat list, and answers from first
// principles: it goes through every grant and every unit and asks each condition in
// turn. It shares no code with the program but the days and the ids.

// place is a unit of the oracle's organisation.
type place struct{ id, level, under string }

var places = []place{
	{"national", "national", ""},
	{"akershus", "region", "national"},
	{"asker", "branch", "akershus"}, {"lillestrom", "branch", "akershus"},
	{"karasjok", "branch", "national"}, // without a region
}

func placeOf(id string) place {
	i := slices.IndexFunc(places, func(p place) bool { return p.id == id })
	return places[i]
}

// post is an office, as the policy of the moment has it.
type post struct {
	id, level, scope string
	reads            bool
	seats            int
	more, over       int          // seats where a unit has over so many members; 0: never more
	keeps            bool         // whoever is too many when it has fewer members again may stay
	needs            []string     // documents, "minutes", and what is signed of them, "minutes signed branch"
	everyone         bool         // a grant lists everybody who keeps access in the unit
	guide            int          // the major version to acknowledge; 0: none
	guideBy          register.Day // until when an older one is enough; empty: it is not
	factor           bool         // she attests how her identity is protected
}

// held is a grant as the oracle remembers it. One that is changed is a new one.
type held struct {
	unit, who, office  string
	from, until, ended register.Day
	has                map[string]bool // of post.needs, and of what an exception and a second factor need
	guide              int             // the major version that she has acknowledged
	factor             bool            // it says how her identity is protected
	extra              bool            // by the exception that adds a seat
	names              []string        // who keeps access in the unit
	paper              *paper          // the appointment that it was made of; nil: none
}

func (h *held) key() string { return h.unit + " " + h.who }

func (h *held) copy() *held {
	c := *h
	c.has = map[string]bool{}
	maps.Copy(c.has, h.has)
	return &c
}

// memory is what the oracle knows of the register as it is.
type memory struct {
	posts   []post
	grants  map[string]*held               // by unit and person
	shown   map[string]string              // the recipient that main names of whoever it knows
	members map[string][]register.RecordID // by unit
	closed  map[string][]register.RecordID
}

// fork is a memory that goes its own way from here.
func (m *memory) fork() *memory {
	c := *m
	c.posts, c.grants, c.shown = slices.Clone(m.posts), maps.Clone(m.grants), maps.Clone(m.shown)
	return &c
}

func (m *memory) post(id string) *post {
	i := slices.IndexFunc(m.posts, func(p post) bool { return p.id == id })
	return &m.posts[i]
}

// all are the grants in a fixed order.
func (m *memory) all() []*held {
	return slices.SortedFunc(maps.Values(m.grants), func(a, b *held) int { return cmp.Compare(a.key(), b.key()) })
}

// lacks tells whether something that the office asks for is not there.
func (m *memory) lacks(h *held, day register.Day) bool {
	p := m.post(h.office)
	for _, n := range p.needs {
		if !h.has[n] {
			return true
		}
	}
	if h.extra && (!h.has["reason"] || !h.has["exception approved"]) {
		return true
	}
	if p.factor && (!h.factor || !h.has["factor attested"]) {
		return true
	}
	if p.guide > 0 {
		older := p.guideBy != "" && day <= p.guideBy
		return h.guide == 0 || h.guide < p.guide && !older
	}
	return false
}

// holds tells whether a grant gives its office on the day.
func (m *memory) holds(h *held, day register.Day) bool {
	if day < h.from || h.until != "" && day > h.until || h.ended != "" && day > h.ended {
		return false
	}
	return m.shown[h.who] != "" && !m.lacks(h, day)
}

// in tells whether somebody holds an office in a unit.
func (m *memory) in(who, office, unit string, day register.Day) bool {
	h := m.grants[unit+" "+who]
	return h != nil && h.office == office && m.holds(h, day)
}

// holders are those who hold an office in a unit.
func (m *memory) holders(office, unit string, day register.Day) []string {
	var out []string
	for _, h := range m.all() {
		if h.office == office && h.unit == unit && m.holds(h, day) {
			out = append(out, h.who)
		}
	}
	return out
}

// reads tells whether somebody reads a unit.
func (m *memory) reads(who, unit string, day register.Day) bool {
	for _, h := range m.grants {
		p := m.post(h.office)
		if h.who != who || !p.reads || !m.holds(h, day) {
			continue
		}
		below := false
		for at := unit; at != ""; at = placeOf(at).under {
			below = below || at == h.unit
		}
		if p.scope == "all" || p.scope == "subtree" && below || p.scope == "own" && h.unit == unit {
			return true
		}
	}
	return false
}

// readers are those who read a unit, the recovery secret among them.
func (m *memory) readers(unit string, day register.Day) []string {
	out := []string{recovery}
	for _, who := range officers {
		if m.reads(who, unit, day) {
			out = append(out, who)
		}
	}
	slices.Sort(out)
	return out
}

// withAccess are those whose office in this very unit gives access.
func (m *memory) withAccess(unit string, day register.Day) []string {
	var out []string
	for _, h := range m.all() {
		if h.unit == unit && m.post(h.office).reads && m.holds(h, day) {
			out = append(out, h.who)
		}
	}
	return out
}

// seats says how many hold an office in a unit, and how many may: now, and at most.
func (m *memory) seats(office, unit string, day register.Day) (n, now, most int) {
	p := m.post(office)
	now, most = p.seats, max(p.seats, p.more)
	if p.more > 0 && len(m.members[unit]) > p.over {
		now = p.more
	}
	for _, h := range m.all() {
		if h.office == office && h.unit == unit && m.holds(h, day) {
			n++
			if h.extra {
				now, most = now+1, most+1
			}
		}
	}
	return n, now, most
}

// crowds says where too many hold an office, and how it is said.
func (m *memory) crowds(day register.Day) map[string]string {
	out := map[string]string{}
	for _, u := range places {
		for _, p := range m.posts {
			if p.level != u.level {
				continue
			}
			n, now, most := m.seats(p.id, u.id, day)
			if n > now && (!p.keeps || n > most) {
				out[p.id+" in "+u.id] = fmt.Sprint(n, now, p.more, p.over, len(m.members[u.id]))
			}
		}
	}
	return out
}

// worse tells whether an act that leads to after is to be refused: it makes an
// office more crowded, or says something else of one that is.
func (m *memory) worse(after *memory, day register.Day) bool {
	was := m.crowds(day)
	for k, v := range after.crowds(day) {
		if was[k] != v {
			return true
		}
	}
	return false
}

// give returns what is remembered when a grant comes in, and whether it may. With
// replace, whoever holds the office and whoever it does not list goes.
func (m *memory) give(h *held, replace bool, day register.Day) (after *memory, ok bool) {
	after = m.fork()
	was := m.grants[h.key()]
	own := was != nil && was.paper != nil && was.paper == h.paper && maps.Equal(others(was), others(h))
	after.grants[h.key()] = h
	if after.lacks(h, day) {
		return after, !m.worse(after, day)
	}
	start := max(day, h.from)
	p := after.post(h.office)
	if replace {
		for _, x := range after.all() {
			if x.unit != h.unit || x.who == h.who || slices.Contains(h.names, x.who) || !after.holds(x, start) {
				continue
			}
			if x.office == h.office || p.everyone && after.post(x.office).reads {
				after.end(x, start, day)
			}
		}
	}
	return after, after.room(h, start, own) && !m.worse(after, day)
}

// others is what a grant has beside what its officer says of herself.
func others(h *held) map[string]bool {
	out := maps.Clone(h.has)
	delete(out, "factor attested")
	return out
}

// room tells whether a grant that gives its office from a day on has a seat, and
// lists everybody who then has access, where it lists. Whom it lists in vain is
// asked where it is new, not where its officer only says something of herself.
func (m *memory) room(h *held, start register.Day, own bool) bool {
	if !m.seated(h, start) || len(m.unlisted(h, start)) > 0 {
		return false
	}
	return own || !m.post(h.office).everyone || slices.Equal(m.withAccess(h.unit, start), h.names)
}

// seated tells whether there is a seat for whoever a grant gives its office.
func (m *memory) seated(h *held, start register.Day) bool {
	n, now, _ := m.seats(h.office, h.unit, start)
	return n <= now
}

// unlisted are those whom a grant that lists everybody leaves out.
func (m *memory) unlisted(h *held, start register.Day) []string {
	if !m.post(h.office).everyone {
		return nil
	}
	return but(m.withAccess(h.unit, start), h.names...)
}

// end ends a grant so that it gives nothing from the day start on.
func (m *memory) end(h *held, start, today register.Day) {
	last := start.Add(-1)
	if start <= today || last < h.from {
		delete(m.grants, h.key())
		return
	}
	c := h.copy()
	c.ended = last
	m.grants[h.key()] = c
}
