// Package soak lets a federation of 40 units and 120 officers live for three years
// in a few minutes: through the desk, on a bare git server, with people who join,
// pay, move, leave and lapse, officers who hand over and make new keys, lists that
// are drawn and destroyed, controls of access, and erasures by runs and by request.
//
// What comes to main in a day is checked as the server's hook does, the whole
// register every so often as medlem check --all does. At each day's end the register,
// as it lies on the server, is held against a ledger that the test keeps by itself
// (ledger_test.go), and to what docs/design.md decides:
//
//   - the readers that main names of each unit are those whom the ledger's grants give
//     it, and the keyring is the one that main names: it opens for each of them with
//     her present identity, and for nobody who has left and with no identity that was
//     replaced;
//   - a keyring has one key for each sealed file of its unit and no other, and each
//     file that came opens with it and says what the ledger says;
//   - a member stands in one place, under one id, in the unit and the state that the
//     ledger has; there is nobody else; numbers of members agree;
//   - each erased id has its tombstone, no record, no key, no kept version and no page
//     secret anywhere, and its erasure was in a run that named it, or alone;
//   - a closed record lies under the month that its reason gives; none lies there long
//     after; versions are kept no longer than the policy says;
//   - dates do not decrease, and every commit of main is the secretariat's.
//
// How long a day takes must not grow with its history: where the three years are
// played whole, the middle day of the last may take no more than half as much again
// of the processor as that of the first, with the same work to do.
//
// A plain run plays [short]: four months, of which about every seventh day, with few members.
// MEDLEM_SLOW=1 plays [scaled]: three years, every fifth day or so, with the acts of all, and
// a twentieth of the members. MEDLEM_SOAK=full plays the federation as it is, for hours
// (go test -timeout 0).
package soak

import (
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/scratch"
	"github.com/medlem-register/medlem/internal/slow"
)

// size says how much is played.
type size struct {
	members int // as the register begins, and about as many ever after
	days    int
	step    int // days from one that is played to the next, at most: the acts of those between are done then
	copies  int // officers of branches and regions who have a copy of their own, and send proposals
	whole   int // days between two checks of the whole register
	tries   int // readers who try a keyring that has changed, and others who must not open it
}

var (
	short  = size{members: 170, days: 130, step: 10, copies: 2, whole: 90, tries: 1}
	scaled = size{members: 1_000, days: 3 * year, step: 6, copies: 5, whole: 30, tries: 2}
	full   = size{members: 20_000, days: 3 * year, step: 1, copies: 40, whole: 7, tries: 20}
)

const (
	year = 365 // days

	// slower is how much more processor time the middle day of the last year may take
	// than that of the first.
	slower = 1.5
)

func TestMain(m *testing.M) { os.Exit(scratch.Run(m)) }

func TestSoak(t *testing.T) {
	slow.Test(t)
	s := short
	switch {
	case os.Getenv("MEDLEM_SOAK") == "full":
		s = full
	case slow.Full():
		s = scaled
	}
	f := newFederation(t, s, rand.New(rand.NewPCG(20_000, 40)))
	var took []time.Duration // of each day, in processor time
	byYear := map[int][]time.Duration{}
	for f.n < s.days {
		f.cloning = 0
		start := spent(t)
		f.live()
		f.hook()
		took = append(took, spent(t)-start-f.cloning)
		f.look()
		if f.falls(s.whole, s.whole-1) {
			f.whole()
		}
		if t.Failed() {
			t.FailNow()
		}
		if f.falls(30, 0) {
			t.Logf("day %d: the latest took %v of the processor; %d commits of main", f.n, took[len(took)-1], f.commits)
		}
		was := f.n / year
		f.sleep()
		if f.n/year != was || f.n >= s.days {
			byYear[was], took = took, nil
			t.Logf("year %d: %d days, of which the middle one took %v of the processor and the slowest %v; %d commits of main", was+1, len(byYear[was]), middle(byYear[was]), slices.Max(byYear[was]), f.commits)
		}
	}
	f.closeDesks()
	t.Logf("%d members, %d who have left, %d erased", len(f.active), len(f.closed), f.erasedCount())
	t.Log(f.did)
	// What nothing has exercised proves nothing.
	for what, least := range f.expected() {
		if f.did[what] < least {
			t.Errorf("%s: %d, want at least %d", what, f.did[what], least)
		}
	}
	if s.days < 3*year {
		return
	}
	first, last := middle(byYear[0]), middle(byYear[s.days/year-1])
	ratio := float64(last) / float64(first)
	t.Logf("the middle day of the last year takes %.2f times that of the first: %v and %v", ratio, last, first)
	if ratio > slower {
		t.Errorf("a day grows with its history: %.2f times, want at most %.2f", ratio, slower)
	}
}

// spent is the processor time of this process so far.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func middle(ds []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(ds))
	return s[len(s)/2]
}
