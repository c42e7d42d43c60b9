package subject

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
)

// tell lets five years pass.
func (s *story) tell(until string) {
	changed := slices.Clone(oOfficesOnce)
	changed[3].reads, changed[6].reads = false, true // chairs no longer read, clerks do
	s.odd = 150
	for s.day() < until {
		s.now = s.now.Add(time.Duration(s.r.IntN(150*60)) * time.Minute)
		if s.day() >= until {
			break
		}
		if s.day() > "2023-09-01" && s.next.offices[3].reads {
			s.offices(changed)
			s.commit(true, "")
			continue
		}
		act := s.r.IntN(12)
		if s.now.Month()%4 == 0 { // quiet, so that days pass on which grants turn
			act = 7 + act%5
		}
		switch act {
		case 0, 1:
			s.give(s.randomGrant())
		case 2, 3:
			s.revoke()
		case 4:
			s.handOver()
		case 5:
			s.hour()
			continue
		case 6:
			o := s.someOfficer()
			if g := s.next.grants[s.r.IntN(len(s.next.grants))]; g.office == "secretariat" {
				o = g.officer
			}
			if o == oOfficers[0] {
				break
			}
			s.officer(o, !s.next.known[o] || s.r.IntN(4) > 0)
		case 7:
			u := oUnits[s.r.IntN(len(oUnits))].id
			s.seal(u, s.next.keyring[u]) // somebody has a new identity
		case 8, 9:
			s.direct()
		default:
			s.propose()
			continue
		}
		s.commit(s.r.IntN(5) > 0, "")
	}
}

// someOfficer is one of many or, so that there are some with several offices, of few.
func (s *story) someOfficer() string {
	if s.r.IntN(2) == 0 {
		return s.pick(oOfficers[2:8])
	}
	return s.pick(oOfficers[2:])
}

func (s *story) randomGrant() oGrant {
	u := oUnits[s.r.IntN(len(oUnits))]
	var fitting []string
	for _, o := range s.next.offices {
		if o.level == u.level && (o.id != "secretariat" || s.r.IntN(3) == 0) {
			fitting = append(fitting, o.id)
		}
	}
	g := oGrant{officer: s.someOfficer(), unit: u.id, office: s.pick(fitting), from: after(s.day(), s.r.IntN(60)-30), guide: s.r.IntN(4)}
	g.exception, g.approved = g.office == "keeper" && s.r.IntN(3) == 0, s.r.IntN(2) == 0
	if s.r.IntN(2) == 0 {
		g.last = after(g.from, s.r.IntN(300))
	}
	return g
}

// revoke ends a grant, on a day or at once; the founders stay.
func (s *story) revoke() {
	if len(s.next.grants) < 3 {
		return
	}
	g := s.next.grants[2+s.r.IntN(len(s.next.grants)-2)]
	if s.r.IntN(3) == 0 {
		s.take(g.officer, g.unit)
		return
	}
	if end := after(s.day(), s.r.IntN(10)-1); end >= g.from {
		g.last = end
		s.give(g)
	}
}

// handOver gives an office to a successor; the predecessor's last day is yesterday.
func (s *story) handOver() {
	g := s.next.grants[s.r.IntN(len(s.next.grants))]
	next := g
	next.officer, next.from, next.last = s.someOfficer(), s.day(), ""
	if g.officer == oOfficers[0] || g.officer == oOfficers[1] || next.officer == g.officer || g.from >= s.day() {
		return
	}
	g.last = after(s.day(), -1)
	s.give(g)
	s.give(next)
}

// hour grants, uses and revokes within an hour, after noon so that it is one day.
func (s *story) hour() {
	if s.now = s.now.Truncate(24 * time.Hour).Add(26 * time.Hour); s.day() >= "2026-01-04" {
		return
	}
	g := s.randomGrant()
	g.from, g.last, g.guide, g.approved = s.day(), "", 9, true
	s.give(g)
	s.commit(true, "")
	s.proposeNow(g)
	s.now = s.now.Add(20 * time.Minute)
	s.take(g.officer, g.unit)
	s.commit(true, "")
}

// proposeNow lets an officer change a member's record at once, and merges it twenty
// minutes later.
func (s *story) proposeNow(g oGrant) {
	base := len(s.log) - 1
	m := s.someone(base)
	if m == "" {
		m = s.newcomer()
	}
	unit := s.branch()
	if s.paths[m] != "" {
		unit = s.unitOf(m)
	} else if g.unit != "national" && !strings.Contains("akershus finnmark", g.unit) {
		unit = g.unit
	}
	old := s.paths[m]
	s.write(m, unit, active(m))
	files := map[string][]byte{s.paths[m]: fmt.Appendf(nil, "draft %d", s.serial)}
	if old != "" && old != s.paths[m] {
		files[old] = nil
	}
	when := s.now.Add(10 * time.Minute)
	_, head := s.store(s.roots[base], []gitstore.ID{s.commits[base]}, files, g.officer, when)
	s.now = s.now.Add(20 * time.Minute)
	s.commit(true, head.String())
	s.drafts = append(s.drafts, oDraft{author: g.officer, base: base, merged: len(s.log) - 1, writes: []oWrite{{when, m, unit}}})
	s.hours++
}

// someone is a member who is not erased and was not touched after a commit; "" none.
func (s *story) someone(since int) string {
	for range 20 {
		if s.members == 0 {
			break
		}
		if m := memberID(s.r.IntN(s.members)); s.paths[m] != "" && s.touched[m] <= since {
			return m
		}
	}
	return ""
}

// mostMembers is a number at which few more join.
const mostMembers = 60

func (s *story) newcomer() string {
	s.members++
	return memberID(s.members - 1)
}

func (s *story) branch() string { return oUnits[3+s.r.IntN(4)].id }

func active(member string) string { return "members/" + member[:1] }

// direct is an act of the secretariat.
func (s *story) direct() {
	m := s.someone(len(s.log))
	if m == "" || s.members < mostMembers && s.r.IntN(4) == 0 {
		m = s.newcomer()
		s.write(m, s.branch(), active(m))
		return
	}
	closed := strings.Contains(s.paths[m], "/erase/")
	switch s.r.IntN(6) {
	case 0:
		if to := s.branch(); !closed && to != s.unitOf(m) {
			s.write(m, to, active(m))
		}
	case 1:
		s.write(m, s.unitOf(m), "erase/"+after(s.day(), 90)[:7])
	case 2:
		if closed && s.r.IntN(2) == 0 {
			s.erase(m)
		} else if closed { // another month, the same file
			s.place(m, s.unitOf(m), "erase/"+after(s.day(), 200)[:7], fmt.Sprintf("sealed %d", s.serialOf(m)))
		}
	default:
		s.write(m, s.unitOf(m), active(m))
	}
}

// serialOf is the number in a member's file as it lies there.
func (s *story) serialOf(member string) (n int) {
	e := s.find(s.paths[member])
	_, b, err := s.mem.Object(e)
	if err != nil {
		s.t.Fatal(err)
	}
	fmt.Sscanf(string(b), "sealed %d", &n)
	return n
}

func (s *story) erase(m string) {
	s.edits[s.paths[m]] = nil
	s.edits["data/"+s.unitOf(m)+"/erased/"+s.day()[:4]+"/"+m+".yaml"] = []byte("medlem: 1\nday: " + s.day() + "\nrule: left\n")
	for _, u := range oUnits {
		if _, ok := s.next.holds[u.id][m]; ok {
			s.hold(u.id, m, oCopy{})
		}
	}
	s.paths[m], s.touched[m] = "", len(s.log)
}
