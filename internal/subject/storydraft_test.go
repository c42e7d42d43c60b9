package subject

import (
	"fmt"
	"slices"
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
)

// propose lets an officer write a proposal on a main of some time ago, in one to
// three commits, and merges it now.
func (s *story) propose() {
	base := max(0, len(s.log)-1-s.r.IntN(7))
	p := oDraft{author: s.pick(oOfficers), base: base, merged: len(s.log)}
	at := base
	if s.r.IntN(3) == 0 {
		at = len(s.log) - 1 // she may have her office since
	}
	if g := s.log[at].grants; s.r.IntN(8) > 0 {
		p.author = g[s.r.IntN(len(g))].officer
	}
	began := s.log[base].when
	root, head := s.roots[base], s.commits[base]
	var done []string
	for range 1 + s.r.IntN(3) {
		// Between the base and now; clocks are wrong by up to half a day.
		when := began.Add(time.Duration(s.r.Int64N(max(1, int64(s.now.Sub(began)))))).Truncate(time.Second)
		if s.r.IntN(3) == 0 {
			when = when.Add(time.Duration(s.r.IntN(24*60)-12*60) * time.Minute)
		}
		began = later2(began, when)
		files := map[string][]byte{}
		put := func(m, unit, folder string) {
			old := s.paths[m]
			s.write(m, unit, folder)
			if old != "" && old != s.paths[m] && !slices.Contains(done, m) {
				files[old] = nil
			}
			files[s.paths[m]] = fmt.Appendf(nil, "draft %d", s.serial)
			if slices.Contains(done, m) {
				s.next.version[m]-- // of one merge comes one version
			}
			p.writes = append(p.writes, oWrite{when, m, unit})
			done = append(done, m)
		}
		for range 1 + s.r.IntN(2) {
			m := s.someone(base)
			switch kind := s.r.IntN(8); {
			case len(done) > 0 && kind < 2: // the same record once more
				m = done[len(done)-1]
				put(m, s.unitOf(m), active(m))
			case m == "" || slices.Contains(done, m) || s.members < mostMembers && kind < 4:
				m = s.newcomer()
				put(m, s.branch(), active(m))
			case kind == 4: // a request to close: the author sends no record
				s.write(m, s.unitOf(m), "erase/"+after(s.day(), 90)[:7])
				files["data/"+s.unitOf(m)+"/requests/"+m+".yaml.age"] = fmt.Appendf(nil, "request %d", s.serial)
				done = append(done, m)
			case kind == 5:
				put(m, s.branch(), active(m))
			default:
				put(m, s.unitOf(m), active(m))
			}
		}
		root, head = s.store(root, []gitstore.ID{head}, files, p.author, when)
	}
	s.commit(s.r.IntN(5) > 0, head.String())
	s.drafts = append(s.drafts, p)
}

func later2(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
