package check_test

import (
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

// review is the file of a review of a unit, as main stands: every grant kept but
// those of the actors that are named.
func review(w *world, u register.UnitID, ended []string) []byte {
	w.t.Helper()
	v := &access.Review{}
	for _, id := range w.state(w.head).ReviewNames(u) {
		if slices.ContainsFunc(ended, func(name string) bool { return handle(name) == id.Handle }) {
			v.Ended = append(v.Ended, id)
		} else {
			v.Kept = append(v.Kept, id)
		}
	}
	return v.Encode()
}

func reviewPath(u register.UnitID, day register.Day) string {
	return register.Path{Kind: register.Review, Unit: u, Day: day}.String()
}

// ATTACK: the control of who has access, made by the wrong hands, on paper only, or
// with a grant left out. At stake: a stale grant that nobody looks at.
// Proves: each by its rule, with a review that is accepted as a proposal, as its
// merge and on main.
func TestAttackReview(t *testing.T) {
	reviewMsg := msg("review", "asker")
	as := func(who string, fs func(w *world) files) func(w *world) *check.Report {
		return func(w *world) *check.Report { return w.draft(who).add(fs(w), reviewMsg).check() }
	}
	file := func(b func(w *world) []byte) func(w *world) files {
		return func(w *world) files { return files{reviewPath("asker", w.day()): b(w)} }
	}
	kept := file(func(w *world) []byte { return review(w, "asker", nil) })
	without := func(w *world) []byte {
		names := w.state(w.head).ReviewNames("asker")
		return (&access.Review{Kept: names[1:]}).Encode()
	}
	runOffices(t, []attack{
		{"a grant left out", one("review/grants"), as("rut", kept), as("rut", file(without))},
		{"a grant left out on main", one("review/grants"), nil, func(w *world) *check.Report {
			d := w.draft("rut").add(file(without)(w), reviewMsg)
			return w.direct(w.merge("sec", d, register.NewTopic("asker"), nil))
		}},
		{"a grant that came since", one("review/grants"), nil, func(w *world) *check.Report {
			d := w.draft("rut").add(kept(w), reviewMsg)
			w.main("sec", files{grantPath("liv", "asker"): grantFile("chair", today, "")}, msg("grant", "asker"))
			return d.check()
		}},
		{"a grant that is not there", one("review/grants"), nil, as("rut", file(func(w *world) []byte {
			names := append(w.state(w.head).ReviewNames("asker"), access.GrantID{Unit: "karasjok", Handle: handle("ola")})
			return (&access.Review{Kept: names}).Encode()
		}))},
		{"ended in words", one("review/kept"), as("rut", func(w *world) files {
			return files{reviewPath("asker", w.day()): review(w, "asker", []string{"tor"}), grantPath("tor", "asker"): nil}
		}), as("rut", file(func(w *world) []byte { return review(w, "asker", []string{"tor"}) }))},
		{"ended today", nil, nil, as("rut", func(w *world) files {
			g := *grantOf(w, "tor", "asker")
			g.Ended = w.day()
			return files{reviewPath("asker", w.day()): review(w, "asker", []string{"tor"}), grantPath("tor", "asker"): g.Encode()}
		})},
		{"kept in words", one("review/kept"), nil, as("rut", func(w *world) files {
			return files{reviewPath("asker", w.day()): review(w, "asker", nil), grantPath("tor", "asker"): nil}
		})},
		{"of yesterday", one("review/day"), nil, as("rut", func(w *world) files {
			return files{reviewPath("asker", w.day().Add(-1)): review(w, "asker", nil)}
		})},
		{"of tomorrow on main", []string{"review/day", "review/by"}, nil, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", files{reviewPath("asker", w.day().Add(1)): review(w, "asker", nil)}, reviewMsg))
		}},
		{"by the board that is reviewed", one("review/by"), nil, as("kari", kept)},
		{"by the region", one("review/by"), nil, as("liv", kept)},
		{"by the secretariat, which the policy does not name", one("review/by"), func(w *world) *check.Report {
			d := w.draft("rut").add(kept(w), reviewMsg)
			return w.direct(w.merge("sec", d, register.NewTopic("asker"), nil))
		}, func(w *world) *check.Report { return w.direct(w.mainSpec("sec", kept(w), reviewMsg)) }},
		{"in its own words", one("review/form"), nil, as("rut", file(func(*world) []byte { return []byte("medlem: 1\nnote: Kari\n") }))},
		{"changed later", one("review/changed"), nil, func(w *world) *check.Report {
			w.main("sec", kept(w), reviewMsg)
			return w.draft("rut").add(files{reviewPath("asker", today): review(w, "asker", []string{"tor"})}, reviewMsg).check()
		}},
		{"removed later", one("review/changed"), nil, func(w *world) *check.Report {
			w.main("sec", kept(w), reviewMsg)
			return w.draft("rut").add(files{reviewPath("asker", today): nil}, reviewMsg).check()
		}},
	})
}

// A review of all units at once lies in the top unit's folder, and names the
// grants of all of them.
func TestReviewOfAll(t *testing.T) {
	all := func(t testing.TB) *world {
		w := newOfficeWorld(t)
		w.main("sec", files{"policies/review.yaml": []byte("access: {per-year: 1, by: [registrar], of: all, blocks: true, since: 2026-03-02}\n")}, msg("policy", "national"))
		return w
	}
	w := all(t)
	want(t, w.draft("rut").add(files{reviewPath("national", w.day()): review(w, "national", nil)}, msg("review", "national")).check())
	w = all(t)
	want(t, w.draft("rut").add(files{reviewPath("asker", w.day()): review(w, "national", nil)}, msg("review", "asker")).check(), "review/form")
	w = all(t)
	branch := &access.Review{}
	for _, id := range w.state(w.head).ReviewNames("national") {
		if id.Unit == "asker" {
			branch.Kept = append(branch.Kept, id)
		}
	}
	want(t, w.draft("rut").add(files{reviewPath("national", w.day()): branch.Encode()}, msg("review", "national")).check(), "review/grants")
}

// While the review of a unit is overdue its changes wait, but for what takes access
// away, erases, or is the review. Others' do not wait.
func TestReviewOverdue(t *testing.T) {
	due := register.Day("2026-03-05").Add(184) // the branch's first grants, or the last review, and half a year
	edit := func(w *world) *check.Report {
		return w.draft("liv").add(files{memberPath("asker", anna): sealed()}, register.WithFields(editAsker, []string{"given"})).check()
	}
	on := func(day register.Day, then func(w *world) *check.Report) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			w.now = day.Time()
			w.main("sec", nil, register.Message("readers", 0, "national"))
			return then(w)
		}
	}
	late := func(then func(w *world) *check.Report) func(w *world) *check.Report { return on(due.Add(1), then) }
	as := func(who string, fs files, message string) func(w *world) *check.Report {
		return func(w *world) *check.Report { return w.draft(who).add(fs, message).check() }
	}
	act := func(fs files, message string) func(w *world) *check.Report {
		return late(func(w *world) *check.Report { return w.direct(w.mainSpec("sec", fs, message)) })
	}
	runOffices(t, []attack{
		{"an edit", one("review/overdue"), on(due, edit), late(edit)},
		{"an edit on main", one("review/overdue"), on(due, direct(files{memberPath("asker", anna): sealed()}, editAsker)), act(files{memberPath("asker", anna): sealed()}, editAsker)},
		{"a new member", one("review/overdue"), nil, late(as("liv", files{memberPath("asker", register.NewRecordID()): sealed()}, register.WithFields(msg("add", "asker"), []string{"given"})))},
		{"a request", one("review/overdue"), nil, late(as("kari", files{requestPath("asker", register.NewRecordID()): sealed()}, msg("request", "asker")))},
		{"another grant", one("review/overdue"), nil, late(as("rut", files{grantPath("liv", "asker"): grantFile("chair", due.Add(1), "")}, msg("grant", "asker")))},
		{"moved away", one("review/overdue"), nil, late(as("rut", files{memberPath("asker", anna): nil, memberPath("lillestrom", anna): sealed()}, msg("move", "asker")))},
		{"a unit that is in time", nil, nil, late(as("liv", files{memberPath("lillestrom", register.NewRecordID()): sealed()}, register.WithFields(msg("add", "lillestrom"), []string{"given"})))},
		{"a grant that goes", nil, nil, late(as("rut", files{grantPath("tor", "asker"): nil}, msg("revoke", "asker")))},
		{"a grant that ends", nil, nil, late(func(w *world) *check.Report {
			g := *grantOf(w, "tor", "asker")
			g.Ended = w.day()
			return w.draft("rut").add(files{grantPath("tor", "asker"): g.Encode()}, msg("revoke", "asker")).check()
		})},
		{"an erasure", nil, nil, act(files{closedPath("asker", "2026-04", dag): nil, tombPath("asker", "2026", dag): tombFile("2026-03-05"), requestPath("asker", wish): nil}, msg("erase", "asker"))},
		{"recipients", nil, nil, late(func(w *world) *check.Report {
			o := officerOf("kari")
			o.Recipients = officerOf("eve").Recipients
			return w.draft("kari").add(files{officerPath("kari"): o.Encode()}, msg("rotate", "asker")).check()
		})},
		{"the review itself", nil, nil, late(func(w *world) *check.Report {
			d := w.draft("rut").add(files{reviewPath("asker", w.day()): review(w, "asker", nil)}, msg("review", "asker"))
			want(w.t, d.check())
			w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
			return edit(w)
		})},
		{"the review and an edit at once", one("review/overdue"), nil, late(func(w *world) *check.Report {
			return w.draft("rut").add(files{memberPath("asker", anna): sealed()}, register.WithFields(editAsker, []string{"given"})).
				add(files{reviewPath("asker", w.day()): review(w, "asker", nil)}, msg("review", "asker")).check()
		})},
	})
}

// A planted stale grant is named by the check before the review can leave it out,
// and the register says by itself that a review is due, and that it soon will be.
func TestReviewSoon(t *testing.T) {
	w := newOfficeWorld(t)
	due := register.Day("2026-03-05").Add(184)
	for _, x := range []struct {
		day      register.Day
		findings int
		warnings int
	}{{due.Add(-15), 0, 0}, {due.Add(-14), 0, 1}, {due, 0, 1}, {due.Add(1), 1, 0}} {
		w.now = x.day.Time()
		r := w.whole(check.All(w.repo, w.loader, w.head, w.options()))
		count := func(fs []check.Finding, rule string) (n int) {
			for _, f := range fs {
				if f.Rule == rule && f.Unit == "asker" {
					n++
				}
			}
			return n
		}
		if f, s := count(r.Findings, "review/overdue"), count(r.Warnings, "review/soon"); f != x.findings || s != x.warnings {
			t.Errorf("on %s %d findings and %d warnings, want %d and %d", x.day, f, s, x.findings, x.warnings)
		}
	}
}

// A proposal that is judged by a part of main's state waits for the review of the
// top unit as one that is judged by the whole.
func TestReviewOfAllBlocksEverywhere(t *testing.T) {
	w := newOfficeWorld(t)
	w.main("sec", files{"policies/review.yaml": []byte("access: {per-year: 1, by: [registrar], of: all, blocks: true, since: 2026-03-02}\n")}, msg("policy", "national"))
	edit := func() *check.Report {
		return w.draft("liv").add(files{memberPath("asker", anna): sealed()}, register.WithFields(editAsker, []string{"given"})).check()
	}
	due, _, ok := w.state(w.head).ReviewDue("national", w.day())
	if !ok {
		t.Fatal("no review is owed")
	}
	w.now = due.Time()
	want(t, edit())
	w.now = due.Add(1).Time()
	want(t, edit(), "review/overdue")
	w.main("sec", files{reviewPath("national", w.day()): review(w, "national", nil)}, msg("review", "national"))
	want(t, edit())
}
