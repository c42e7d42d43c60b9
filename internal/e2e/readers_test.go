// The readers' property. TestReaders plays random months of a federation through
// the desk, on a bare git server, and proves of every state that it passes through
// that
//
//   - the readers that each keyring.yaml of main names are those that an oracle
//     computes for that day from first principles (readersoracle_test.go);
//   - each unit's sealed keyring, as it lies on the server, opens with the recipients
//     that main names of exactly these people, and with no other identity that
//     anybody ever had: ex-officers', those of officers whose grants are pending, of
//     people who sign and have no access, former ones, destroyed ones, old papers of
//     the recovery secret;
//   - each sealed file on main opens with a key of its own unit's keyring and with no
//     other key that any keyring holds, so that who opens each record is who reads
//     its unit.
//
// Where an act must be refused the oracle says so too, and nothing has moved then.
package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// deal is what may happen, and how often in one deal of the cards.
var deal = []struct {
	name  string
	times int
	do    func(*federation) bool // false: there is nothing to do it with now
}{
	{"grant", 4, (*federation).grant},
	{"hand-over", 3, (*federation).handOver},
	{"pending", 3, (*federation).appointPending},
	{"exception", 1, (*federation).exception},
	{"complete", 7, (*federation).complete},
	{"revoke", 2, (*federation).revoke},
	{"last", 1, (*federation).revokeLast},
	{"policy", 4, (*federation).amend},
	{"rotate", 3, (*federation).rotate},
	{"destroy", 2, (*federation).destroy},
	{"paper", 1, (*federation).newPaper},
	{"word", 3, (*federation).word},
	{"import", 2, (*federation).bring},
	{"close", 2, (*federation).closeSome},
	{"move", 1, (*federation).move},
	{"propose", 5, (*federation).propose},
	{"merge", 6, (*federation).merge},
	{"outsider", 1, (*federation).outsider},
	{"day", 3, (*federation).days},
}

func TestReaders(t *testing.T) {
	runs, steps, every := 2, 38, 4
	if slow.On() {
		runs, steps, every = 16, 150, 2
	}
	var mu sync.Mutex
	did := map[string]int{}
	t.Run("runs", func(t *testing.T) {
		for run := range runs {
			t.Run(fmt.Sprint(run), func(t *testing.T) {
				t.Parallel()
				f := newFederation(t, rand.New(rand.NewPCG(uint64(run)+seed0(), 11)))
				f.play(steps, every)
				mu.Lock()
				defer mu.Unlock()
				for what, n := range f.did {
					did[what] += n
				}
			})
		}
	})
	// A property that nothing exercises proves nothing.
	for _, d := range deal {
		if slow.On() && did[d.name] == 0 && !t.Failed() { // in a short run the cards may not come round to all
			t.Errorf("%s: never done", d.name)
		}
	}
	for what, least := range map[string]int{"refused": 1, "opened": 100, "closed to her": 300, "records": 100, "tokens opened": 10, "tokens closed to her": 30, "pending": runs, "gained": runs, "lost": runs, "ex-officers": runs} {
		if did[what] < least && !t.Failed() {
			t.Errorf("%s: %d, want at least %d", what, did[what], least)
		}
	}
	t.Log(did)
}

// play lets things happen, and looks after every so many.
func (f *federation) play(steps, every int) {
	f.look("as it begins")
	var cards []int
	for step := 1; step <= steps; {
		if len(cards) == 0 {
			for i, d := range deal {
				cards = append(cards, slices.Repeat([]int{i}, d.times)...)
			}
			f.r.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
		}
		d := deal[cards[0]]
		cards = cards[1:]
		f.kind = d.name
		f.what = fmt.Sprintf("step %d, %s, on %s", step, d.name, f.day())
		if !d.do(f) {
			continue
		}
		f.did[d.name]++
		if f.t.Failed() {
			return
		}
		if step%every == 0 || step == steps {
			f.look(f.what)
		}
		step++
	}
}

func seed0() uint64 { n, _ := strconv.Atoi(os.Getenv("SEED0")); return uint64(n) }
