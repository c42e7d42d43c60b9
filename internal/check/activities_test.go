package check_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

const kurs = register.RecordID("kurs2aaaaaaaa") // an activity of Asker's, in April

func activityPath(u register.UnitID, ends register.Day, id register.RecordID) string {
	return register.Path{Kind: register.Activity, Unit: u, Day: ends, ID: id}.String()
}

// activityTemplate is the register of the tests under a policy by which the branches
// hold activities: Kari in Asker, Ola in Karasjok.
var activityTemplate = sync.OnceValue(func() *world {
	w := newWorld(panicker{})
	w.main("sec", files{"policies/access.yaml": []byte(strings.NewReplacer(
		"may: [read, add, edit, close, reopen, request]", "may: [read, add, edit, close, reopen, request, activity]",
		"may: [read, add, edit, request]", "may: [read, add, edit, request, activity]").Replace(string(w.content("policies/access.yaml"))))}, msg("policy", "national"))
	return w
})

func newActivityWorld(t testing.TB) *world {
	t.Helper()
	return activityTemplate().copy(t)
}

func runActivities(t *testing.T, attacks []attack) {
	t.Helper()
	for _, a := range attacks {
		t.Run(strings.ReplaceAll(a.name, " ", "-"), func(t *testing.T) {
			if a.honest != nil {
				want(t, a.honest(newActivityWorld(t)))
			}
			want(t, a.do(newActivityWorld(t)), slices.Clone(a.rules)...)
		})
	}
}

func overFile(day register.Day) []byte {
	return []byte("medlem: 1\nday: " + string(day) + "\nrule: retention/activity\n")
}

// held is a world in which Asker has an activity that ends on the day; it is 5 March.
func held(w *world, ends register.Day) string {
	path := activityPath("asker", ends, kurs)
	w.takes("kari", files{path: sealed()}, msg("activity", "asker"))
	return path
}

// takes puts a proposal of one commit on main, sealed anew.
func (w *world) takes(who string, fs files, message string) {
	d := w.draft(who).add(fs, message)
	w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
}

// ATTACK: the participants of an activity are kept longer than it lasts, by whoever may
// not keep them, or under another's number. At stake: who takes part in what, which for
// a union or a party is what somebody believes.
func TestActivityAttacks(t *testing.T) {
	id := register.NewRecordID()
	kari := func(fs files) func(w *world) *check.Report { return proposal("kari", fs, msg("activity", "asker")) }
	begin := kari(files{activityPath("asker", "2026-04-01", id): sealed()})
	on := func(ends register.Day, do func(w *world, path string) files) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			path := held(w, ends)
			return w.draft("kari").add(do(w, path), msg("activity", "asker")).check()
		}
	}
	later := func(w *world, path string) files {
		return files{path: nil, activityPath("asker", "2026-05-01", kurs): sealed()}
	}
	runActivities(t, []attack{
		{"no end", one("layout/path"), begin, kari(files{"data/asker/activities/" + string(id) + ".yaml.age": sealed()})},
		{"an end that is no day", one("layout/path"), begin, kari(files{"data/asker/activities/2026-02-30/" + string(id) + ".yaml.age": sealed()})},
		{"an end that has passed", one("retention/activity-end"), kari(files{activityPath("asker", "2026-03-05", id): sealed()}),
			kari(files{activityPath("asker", "2026-03-04", id): sealed()})},
		{"an end in ten years", one("retention/activity-end"), kari(files{activityPath("asker", "2027-03-05", id): sealed()}),
			kari(files{activityPath("asker", "2027-03-06", id): sealed()})},
		{"postponed beyond the policy", one("retention/activity-end"), on("2026-04-01", later), on("2026-04-01", func(w *world, path string) files {
			return files{path: nil, activityPath("asker", "2027-03-06", kurs): sealed()}
		})},
		{"postponed when it was over", one("retention/activity-end"), on("2026-03-07", func(w *world, path string) files {
			w.later(48 * time.Hour)
			return later(w, path)
		}), on("2026-03-07", func(w *world, path string) files {
			w.later(72 * time.Hour)
			return later(w, path)
		})},
		{"postponed as it was", []string{"seal/reused"}, nil, on("2026-04-01", func(w *world, path string) files {
			return files{path: nil, activityPath("asker", "2026-05-01", kurs): w.content(path)}
		})},
		{"taken over by another unit", []string{"scope/place", "scope/act"}, on("2026-04-01", later), on("2026-04-01", func(w *world, path string) files {
			return files{path: nil, activityPath("karasjok", "2026-04-01", kurs): sealed()}
		})},
		{"twice", []string{"scope/id"}, nil, on("2026-04-01", func(w *world, path string) files {
			return files{activityPath("asker", "2026-05-01", kurs): sealed()}
		})},
		{"by an office that may not", one("scope/act"), begin, proposal("tor", files{activityPath("asker", "2026-04-01", id): sealed()}, msg("activity", "asker"))},
		{"of a unit of others", one("scope/act"), proposal("ola", files{activityPath("karasjok", "2026-04-01", id): sealed()}, msg("activity", "karasjok")),
			proposal("ola", files{activityPath("asker", "2026-04-01", id): sealed()}, msg("activity", "asker"))},
		{"participants of an office that may not", one("scope/act"), on("2026-04-01", func(w *world, path string) files { return files{path: sealed()} }),
			func(w *world) *check.Report {
				path := held(w, "2026-04-01")
				return w.draft("liv").add(files{path: sealed()}, msg("activity", "asker")).check()
			}},
		{"a member's record for participants", one("seal/reused"), nil, on("2026-04-01", func(w *world, path string) files {
			return files{path: w.content(memberPath("asker", anna))}
		})},
		{"an older list of participants", one("seal/reused"), nil, func(w *world) *check.Report {
			path := held(w, "2026-04-01")
			was := w.content(path)
			w.takes("kari", files{path: sealed()}, msg("activity", "asker"))
			for i := range 30 { // verify keeps what stood before, from so many commits on
				w.main("sec", files{"site/content/index.md": fmt.Appendf(nil, "Day %d.\n", i)}, msg("site", "national"))
			}
			w.main("sec", files{path: was}, msg("activity", "asker"))
			return w.verify(gitstore.ZeroID)
		}},
		{"plaintext", one("seal/not-age"), begin, kari(files{activityPath("asker", "2026-04-01", id): []byte("name: \"Kurs\"\n")})},
		{"unpadded", one("seal/bucket"), begin, kari(files{activityPath("asker", "2026-04-01", id): vectors()["unpadded"]})},
		{"the id of a member", one("scope/id"), begin, kari(files{activityPath("asker", "2026-04-01", anna): sealed()})},
		{"the id of a member elsewhere", one("scope/id"), nil, kari(files{activityPath("asker", "2026-04-01", cato): sealed()})},
		{"the id of a request", one("scope/id"), nil, kari(files{activityPath("asker", "2026-04-01", wish): sealed()})},
		{"the id of somebody erased", one("scope/erased"), nil, kari(files{activityPath("asker", "2026-04-01", erna): sealed()})},
		{"a member with the id of an activity", one("scope/id"), nil, func(w *world) *check.Report {
			held(w, "2026-04-01")
			return w.draft("kari").add(files{memberPath("asker", kurs): sealed()}, msg("add", "asker")).check()
		}},
		{"called a change of a member", one("sign/message"), begin, proposal("kari", files{activityPath("asker", "2026-04-01", id): sealed()}, msg("edit", "asker"))},
	})
}

// ATTACK: what an activity held comes back after it is over, or goes with nothing said.
func TestActivityErased(t *testing.T) {
	erased := func(fs func(path string) files) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			path := held(w, "2026-04-01")
			return w.direct(w.mainSpec("sec", fs(path), msg("activity", "asker")))
		}
	}
	tomb := tombPath("asker", "2026", kurs)
	honest := erased(func(path string) files { return files{path: nil, tomb: overFile("2026-03-05")} })
	runActivities(t, []attack{
		{"without a tombstone", one("scope/gone"), honest, erased(func(path string) files { return files{path: nil} })},
		{"with the tombstone in another unit", []string{"scope/gone"}, nil, erased(func(path string) files {
			return files{path: nil, tombPath("karasjok", "2026", kurs): overFile("2026-03-05")}
		})},
		{"with the reason of a member", one("scope/tombstone"), honest, erased(func(path string) files { return files{path: nil, tomb: tombFile("2026-03-05")} })},
		{"a member with the reason of an activity", one("scope/tombstone"), nil, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): overFile("2026-03-05")}, msg("erase", "asker")))
		}},
		{"and still there", one("scope/erased"), nil, erased(func(path string) files { return files{path: sealed(), tomb: overFile("2026-03-05")} })},
		{"by its organiser", nil, nil, func(w *world) *check.Report {
			path := held(w, "2026-04-01")
			return w.draft("kari").add(files{path: nil, tomb: overFile("2026-03-05")}, msg("activity", "asker")).check()
		}},
		{"by an office that may not", one("scope/act"), nil, func(w *world) *check.Report {
			path := held(w, "2026-04-01")
			return w.draft("liv").add(files{path: nil, tomb: overFile("2026-03-05")}, msg("activity", "asker")).check()
		}},
		{"and put back under its number", one("scope/erased"), nil, func(w *world) *check.Report {
			path := held(w, "2026-04-01")
			w.main("sec", files{path: nil, tomb: overFile("2026-03-05")}, msg("activity", "asker"))
			return w.draft("kari").add(files{path: sealed()}, msg("activity", "asker")).check()
		}},
	})
}

// Two officers may change one activity at a time, and one who was not told that it was
// postponed or erased makes her change again.
func TestActivityStale(t *testing.T) {
	for name, x := range map[string]struct {
		main  func(path string) files
		rules []string
	}{
		"another participant": {func(path string) files { return files{path: sealed()} }, nil},
		"postponed":           {func(path string) files { return files{path: nil, activityPath("asker", "2026-05-01", kurs): sealed()} }, one("scope/stale")},
		"erased": {func(path string) files {
			return files{path: nil, tombPath("asker", "2026", kurs): overFile("2026-03-05")}
		}, one("scope/erased")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newActivityWorld(t)
			path := held(w, "2026-04-01")
			d := w.draft("kari").add(files{path: sealed()}, msg("activity", "asker"))
			w.takes("kari", x.main(path), msg("activity", "asker"))
			want(t, d.check(), x.rules...)
		})
	}
}

// A member's erasure may rewrite the activities that named her in the same commit, and
// needs no other right for it; whoever may do neither may not.
func TestActivityRewritten(t *testing.T) {
	w := newActivityWorld(t)
	path := held(w, "2026-04-01")
	want(t, w.direct(w.mainSpec("sec", files{path: sealed(), memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile("2026-03-05")}, msg("erase", "asker"))))
}

// What an activity is kept for stands in the policy: some days after its end, if it says so.
func TestActivityOverdue(t *testing.T) {
	at := func(day register.Day, keep string) *check.Report {
		w := newActivityWorld(t)
		if keep != "" {
			old := w.content("policies/retention.yaml")
			w.main("sec", files{"policies/retention.yaml": append(old, "activities: {keep: "+keep+"}\n"...)}, register.Message("policy", 1, "national"))
		}
		held(w, "2026-03-07")
		o := w.options()
		o.Day, o.Keyrings = day, w
		return w.whole(check.All(w.repo, w.loader, w.head, o))
	}
	want(t, at("2026-03-07", ""))
	want(t, at("2026-03-08", ""), "retention/activity")
	want(t, at("2026-03-17", "10"))
	want(t, at("2026-03-18", "10"), "retention/activity")
}
