package check_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The members whose time is over on the day of the run: they left in Asker, to be
// erased by June.
var leavers = []register.RecordID{"leave2aaaaaaa", "leave2bbbbbbb", "leave2ccccccc", "leave2ddddddd", "leave2eeeeeee", "leave2fffffff", "leave2ggggggg"}

const (
	lateInJune = register.RecordID("leave2hhhhhhh") // to be erased by July
	brakesText = "brakes: {share: 10, signers: 2, quarantine: 14}\n"
)

// braked is a register of fifty records under brakes, on 3 July: five of them may be
// in a run.
func (w *world) braked(brakes string) *world {
	w.t.Helper()
	w.main("sec", files{"policies/retention.yaml": append(w.content("policies/retention.yaml"), brakes...)}, msg("policy", "national"))
	fs := files{}
	for i := range 38 {
		fs[memberPath("asker", register.RecordID(fmt.Sprintf("many2%c%caaaaaa", 'a'+i/26, 'a'+i%26)))] = sealed()
	}
	all := append(slices.Clone(leavers), lateInJune)
	for _, id := range all {
		fs[memberPath("asker", id)] = sealed()
	}
	w.main("sec", fs, register.Message("add", len(fs), "asker"))
	fs = files{}
	for _, id := range all {
		month := register.Month("2026-06")
		if id == lateInJune {
			month = "2026-07"
		}
		fs[memberPath("asker", id)], fs[closedPath("asker", month, id)] = nil, sealed()
	}
	w.main("sec", fs, register.Message("close", len(all), "asker"))
	w.now = time.Date(2026, 7, 3, 12, 0, 0, 0, time.UTC)
	return w
}

// aRun is a run in the making, and what its finish would be.
type aRun struct {
	w    *world
	run  *access.Run
	list *seal.RunList
}

func (w *world) aRun(ids ...register.RecordID) *aRun {
	l := &seal.RunList{Unit: "national", ID: register.NewRecordID(), Nonce: [32]byte{1, 2, 3}}
	for _, id := range slices.Sorted(slices.Values(ids)) {
		l.Records = append(l.Records, seal.RunRecord{ID: id, Unit: "asker", Rule: "left", Month: "2026-06"})
	}
	return &aRun{w, &access.Run{Unit: "national", Day: w.day(), ID: l.ID, By: handle("sec"), Count: len(ids), SHA256: access.RunDigest(l.Nonce, l.IDs()), Until: w.day().Add(14)}, l}
}

// sealed is its list, for the secretariat of a day.
func (x *aRun) sealed() []byte {
	s := x.w.state(x.w.head)
	b, err := seal.SealRunList(x.list, s.Recipients(s.TokenReaders(x.w.day())))
	x.w.must(err)
	return b
}

// files are what proposes it.
func (x *aRun) files() files {
	return files{x.run.Path().String(): x.run.Encode(), x.run.ListPath().String(): x.sealed()}
}

func (x *aRun) propose() *aRun {
	x.w.t.Helper()
	x.w.main("sec", x.files(), runMessage)
	return x
}

// then changes the run, on main.
func (x *aRun) then(who string, change func(*access.Run)) *aRun {
	x.w.t.Helper()
	change(x.run)
	x.w.main(who, files{x.run.Path().String(): x.run.Encode()}, runMessage)
	return x
}

func (x *aRun) signed() *aRun {
	return x.then("sig", func(r *access.Run) { r.Signed = append(r.Signed, handle("sig")) })
}

// done is what finishes it: the rest is spared.
func (x *aRun) done(erased ...register.RecordID) files {
	r := x.run
	r.Done, r.Nonce = x.w.day(), hex.EncodeToString(x.list.Nonce[:])
	r.Spared = slices.DeleteFunc(x.list.IDs(), func(id register.RecordID) bool { return slices.Contains(erased, id) })
	fs := files{r.Path().String(): r.Encode(), r.ListPath().String(): nil}
	for _, id := range erased {
		maps.Copy(fs, x.w.erases(id))
	}
	return fs
}

// erases is the erasure of a closed record.
func (w *world) erases(id register.RecordID) files {
	month := register.Month("2026-06")
	if id == lateInJune {
		month = "2026-07"
	}
	return files{closedPath("asker", month, id): nil, tombPath("asker", "2026", id): tombFile(w.day())}
}

func (w *world) forTwoWeeks() { w.later(15 * 24 * time.Hour) }

var runMessage = register.Message("run", 1, "national")

func eraseMessage(n int) string { return register.Message("erase", n, "asker") }

// ripe is a run of the first five leavers on the day after its quarantine.
func ripe(w *world) *aRun {
	x := w.braked(brakesText).aRun(leavers[:5]...).propose().signed()
	w.forTwoWeeks()
	return x
}

func (w *world) acts(who string, fs files, message string) *check.Report {
	return w.direct(w.mainSpec(who, fs, message))
}

// Rule B16
//
// ATTACK: a run of erasures that is more, earlier, or somebody else's than it may be.
// At stake: members who are erased though nobody looked.
func TestRunAttacks(t *testing.T) {
	proposed := func(change func(*aRun)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...)
			change(x)
			return w.acts("sec", x.files(), runMessage)
		}
	}
	honest := proposed(func(*aRun) {})
	amended := func(who string, change func(*access.Run)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose()
			change(x.run)
			return w.acts(who, files{x.run.Path().String(): x.run.Encode()}, runMessage)
		}
	}
	seconded := amended("sig", func(r *access.Run) { r.Signed = []register.Handle{handle("sig")} })
	run(t, []attack{
		{"more than its share", one("retention/run"), honest, func(w *world) *check.Report {
			return w.acts("sec", w.braked(brakesText).aRun(leavers[:6]...).files(), runMessage)
		}},
		{"too short a quarantine", one("retention/run"), nil, proposed(func(x *aRun) { x.run.Until = x.w.day().Add(13) })},
		{"of another day", one("retention/run"), nil, proposed(func(x *aRun) { x.run.Day = x.w.day().Add(-30) })},
		{"in another name", one("retention/run"), nil, proposed(func(x *aRun) { x.run.By = handle("sig") })},
		{"signed at once", one("retention/run"), nil, proposed(func(x *aRun) { x.run.Signed = []register.Handle{handle("sig")} })},
		{"in another unit", one("retention/run-form"), nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...)
			x.run.Unit, x.list.Unit = "asker", "asker"
			return w.acts("sec", x.files(), register.Message("run", 1, "asker"))
		}},
		{"in a proposal", one("retention/run"), nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...)
			return w.draft("sec").add(x.files(), runMessage).check()
		}},
		{"without its list", one("retention/run-list"), nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...)
			return w.acts("sec", files{x.run.Path().String(): x.run.Encode()}, runMessage)
		}},
		{"with a list for one more", one("retention/run-list"), nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...)
			fs, s := x.files(), w.state(w.head)
			b, err := seal.SealRunList(x.list, s.Recipients(append(s.TokenReaders(w.day()), handle("kari"))))
			w.must(err)
			fs[x.run.ListPath().String()] = b
			return w.acts("sec", fs, runMessage)
		}},
		{"beside an open one", one("retention/run"), nil, func(w *world) *check.Report {
			w.braked(brakesText).aRun(leavers[:2]...).propose()
			return w.acts("sec", w.aRun(leavers[2:4]...).files(), runMessage)
		}},
		{"by who may not merge", one("sign/secretariat"), nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...)
			x.run.By = handle("kari")
			return w.acts("kari", x.files(), runMessage)
		}},
		{"widened", one("retention/run"), seconded, amended("sec", func(r *access.Run) { r.Count++ })},
		{"another list", one("retention/run"), nil, amended("sec", func(r *access.Run) { r.SHA256 = digest([]byte("other")) })},
		{"quarantine cut short", one("retention/run"), nil, amended("sec", func(r *access.Run) { r.Until = r.Day })},
		{"signed in another name", one("retention/run-signed"), nil, amended("sec", func(r *access.Run) { r.Signed = []register.Handle{handle("sig")} })},
		{"signed by who has no office", one("retention/run-signed"), nil, amended("sec", func(r *access.Run) { r.Signed = []register.Handle{handle("kari")} })},
		{"signed twice", one("retention/run-form"), nil, amended("sec", func(r *access.Run) { r.Signed = []register.Handle{handle("sec")} })},
		{"a stop taken back", one("retention/run"), func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose()
			x.run.Stops = []string{access.StopDigest(x.list.Nonce, leavers[0])}
			return w.acts("sec", files{x.run.Path().String(): x.run.Encode()}, runMessage)
		}, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose().then("sec", func(r *access.Run) { r.Stops = []string{digest([]byte("x"))} })
			x.run.Stops = nil
			return w.acts("sec", files{x.run.Path().String(): x.run.Encode()}, runMessage)
		}},
		{"stopped, and its list kept", one("retention/run-list"), func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose()
			x.run.Stopped = w.day()
			return w.acts("sec", files{x.run.Path().String(): x.run.Encode(), x.run.ListPath().String(): nil}, runMessage)
		}, amended("sec", func(r *access.Run) { r.Stopped = r.Day })},
		{"its list taken away", one("retention/run-list"), nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose()
			return w.acts("sec", files{x.run.ListPath().String(): nil}, register.Message("readers", 0, "national"))
		}},
		{"taken away", []string{"retention/run", "retention/run-list"}, nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose()
			return w.acts("sec", files{x.run.Path().String(): nil, x.run.ListPath().String(): nil}, runMessage)
		}},
		{"stopped, and taken up again", []string{"retention/run", "retention/run-list"}, nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose()
			x.run.Stopped = w.day()
			w.main("sec", files{x.run.Path().String(): x.run.Encode(), x.run.ListPath().String(): nil}, runMessage)
			x.run.Stopped = ""
			return w.acts("sec", x.files(), runMessage)
		}},
	})
}

// Rule B16
//
// ATTACK: a run is finished that should not be, or erases others than it announced.
func TestRunFinishAttacks(t *testing.T) {
	honest := func(w *world) *check.Report { return w.acts("sec", ripe(w).done(leavers[:5]...), eraseMessage(5)) }
	run(t, []attack{
		{"early", one("retention/run-done"), honest, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose().signed()
			w.later(14 * 24 * time.Hour)
			return w.acts("sec", x.done(leavers[:5]...), eraseMessage(5))
		}},
		{"with one signer", one("retention/run-done"), nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose()
			w.forTwoWeeks()
			return w.acts("sec", x.done(leavers[:5]...), eraseMessage(5))
		}},
		{"seconded as it is finished", []string{"retention/run", "retention/run-done"}, nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose()
			w.forTwoWeeks()
			x.run.Signed = []register.Handle{handle("sig")}
			return w.acts("sig", x.done(leavers[:5]...), eraseMessage(5))
		}},
		{"one more than announced", one("retention/run-done"), nil, func(w *world) *check.Report {
			return w.acts("sec", ripe(w).done(leavers[:6]...), eraseMessage(6))
		}},
		{"another than announced", one("retention/run-done"), nil, func(w *world) *check.Report {
			return w.acts("sec", ripe(w).done(append(slices.Clone(leavers[:4]), leavers[6])...), eraseMessage(5))
		}},
		{"another than announced, the announced one left out", one("retention/run-done"), nil, func(w *world) *check.Report {
			x := ripe(w)
			fs := x.done(append(slices.Clone(leavers[:4]), leavers[6])...)
			x.run.Spared = nil
			fs[x.run.Path().String()] = x.run.Encode()
			return w.acts("sec", fs, eraseMessage(5))
		}},
		{"with another nonce", one("retention/run-done"), nil, func(w *world) *check.Report {
			x := ripe(w)
			x.list.Nonce[0]++
			return w.acts("sec", x.done(leavers[:5]...), eraseMessage(5))
		}},
		{"a member who was stopped", one("retention/run-done"), func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose().signed().then("sec", func(r *access.Run) { r.Stops = []string{access.StopDigest([32]byte{1, 2, 3}, leavers[0])} })
			w.forTwoWeeks()
			return w.acts("sec", x.done(leavers[1:5]...), eraseMessage(4))
		}, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:5]...).propose().signed().then("sec", func(r *access.Run) { r.Stops = []string{access.StopDigest([32]byte{1, 2, 3}, leavers[0])} })
			w.forTwoWeeks()
			return w.acts("sec", x.done(leavers[:5]...), eraseMessage(5))
		}},
		{"whose time was not over", one("retention/run-done"), nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[0], lateInJune).propose().signed()
			w.later(60 * 24 * time.Hour)
			return w.acts("sec", x.done(leavers[0], lateInJune), eraseMessage(2))
		}},
		// A forged list that names somebody who never left.
		{"an active member", []string{"retention/brake", "retention/run-done"}, nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[0], anna).propose().signed()
			w.forTwoWeeks()
			fs := x.done(leavers[0], anna)
			delete(fs, closedPath("asker", "2026-06", anna))
			fs[memberPath("asker", anna)] = nil
			return w.acts("sec", fs, eraseMessage(2))
		}},
		{"a run that is done, again", []string{"retention/brake", "retention/run"}, nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:3]...).propose().signed()
			w.forTwoWeeks()
			w.main("sec", x.done(leavers[:3]...), eraseMessage(3))
			x.run.Spared = []register.RecordID{leavers[4]}
			fs := files{x.run.Path().String(): x.run.Encode()}
			maps.Copy(fs, w.erases(leavers[3]))
			maps.Copy(fs, w.erases(leavers[4]))
			return w.acts("sec", fs, eraseMessage(2))
		}},
		{"a run that is touched while somebody is erased", one("retention/run"), nil, func(w *world) *check.Report {
			x := w.braked(brakesText).aRun(leavers[:3]...).propose()
			x.run.Signed = []register.Handle{handle("sig")}
			fs := files{x.run.Path().String(): x.run.Encode()}
			maps.Copy(fs, w.erases(leavers[5]))
			return w.acts("sig", fs, eraseMessage(1))
		}},
	})
}

// Rule B16
//
// ATTACK: many are erased without a run, at once or one after the other.
func TestBrakeAttacks(t *testing.T) {
	singly := func(n int, each time.Duration) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			w.braked("brakes: {share: 1, signers: 1, quarantine: 1}\n")
			for _, id := range leavers[:n-1] {
				w.main("sec", w.erases(id), eraseMessage(1))
				w.later(each)
			}
			return w.acts("sec", w.erases(leavers[n-1]), eraseMessage(1))
		}
	}
	two := func(w *world) files {
		fs := w.erases(leavers[0])
		maps.Copy(fs, w.erases(leavers[1]))
		return fs
	}
	run(t, []attack{
		{"two at once", one("retention/brake"), func(w *world) *check.Report {
			return w.acts("sec", two(w.braked("")), eraseMessage(2)) // as registers without brakes may
		}, func(w *world) *check.Report { return w.acts("sec", two(w.braked(brakesText)), eraseMessage(2)) }},
		{"six in a month", one("retention/brake"), singly(5, time.Hour), singly(6, time.Hour)},
		{"six in a month, within it", one("retention/brake"), singly(6, 7*24*time.Hour), singly(6, 5*24*time.Hour)},
		{"an active member", one("retention/brake"), func(w *world) *check.Report {
			return w.acts("sec", w.braked(brakesText).erases(leavers[0]), eraseMessage(1))
		}, func(w *world) *check.Report {
			w.braked(brakesText)
			return w.acts("sec", files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile(w.day())}, eraseMessage(1))
		}},
		{"in a proposal", one("retention/brake"), nil, func(w *world) *check.Report {
			w.braked(brakesText)
			return w.draft("sec").add(w.erases(leavers[0]), eraseMessage(1)).check()
		}},
	})
}

// The list of an open run follows the secretariat: it is sealed anew in the commit
// that gives one of them another key.
func TestRunListFollows(t *testing.T) {
	rotated := func(w *world) files {
		o := officerOf("sec")
		o.Recipients = officerOf("eve").Recipients
		return files{officerPath("sec"): o.Encode()}
	}
	rotate := register.Message("rotate", 1, "national")
	run(t, []attack{{"not sealed anew", one("retention/run-list"), func(w *world) *check.Report {
		x := w.braked(brakesText).aRun(leavers[:5]...).propose()
		fs := rotated(w)
		after, err := w.loader.At(w.tree(w.treeOf(w.head), fs))
		w.must(err)
		b, err := seal.SealRunList(x.list, after.Recipients(after.TokenReaders(w.day())))
		w.must(err)
		fs[x.run.ListPath().String()] = b
		return w.acts("sec", fs, rotate)
	}, func(w *world) *check.Report {
		w.braked(brakesText).aRun(leavers[:5]...).propose()
		return w.acts("sec", rotated(w), rotate)
	}}})
}

// allOn checks the register as it stands, as on another day.
func (w *world) allOn(day register.Day) *check.Report {
	w.t.Helper()
	o := w.options()
	o.Day, o.Keyrings = day, w
	return w.whole(check.All(w.repo, w.loader, w.head, o))
}

// A closed record under brakes is warned of until a run can have erased it, and then
// overdue; runs stand as they should, and the whole history verifies.
func TestRunsStanding(t *testing.T) {
	w := newWorld(t)
	x := ripe(w)
	overdue := func(day register.Day) int {
		rep := w.allOn(day)
		if n := len(rep.Findings); n > 0 {
			want(t, rep, "retention/overdue")
		}
		return len(rep.Findings)
	}
	if n := overdue("2026-07-21"); n != 1 {
		t.Errorf("%d are overdue, want the one of April", n)
	}
	if n := len(w.allOn("2026-07-21").Warnings); n != len(leavers) {
		t.Errorf("%d are warned of, want %d", n, len(leavers))
	}
	if n := overdue("2026-07-22"); n != len(leavers)+1 {
		t.Errorf("%d are overdue after the time that a run has, want %d", n, len(leavers)+1)
	}
	w.main("sec", x.done(leavers[:5]...), eraseMessage(5))
	want(t, w.verify(gitstore.ZeroID))
	if n := overdue("2026-07-22"); n != 3 {
		t.Errorf("%d are overdue when the run has erased five, want 3", n)
	}
}
