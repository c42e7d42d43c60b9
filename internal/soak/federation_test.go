package soak

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// federation is a register on a bare server, its people, and the ledger.
type federation struct {
	*ledger
	t    *testing.T
	size size
	dir  string
	now  time.Time
	r    *rand.Rand
	n    int // the day, from 0
	gap  int // days since the one that was played before
	did  map[string]int
	what string // is being done

	desks    map[register.Handle]*desk.Desk // open today
	ids      map[register.Handle]*identity.Identity
	paper    age.Identity
	replaced []age.Identity // identities that must open nothing, newest last
	names    int            // that were invented
	joined   int            // since the register began
	turn     int            // of the officers who hand over
	owed     map[string]float64
	lapses   map[int][]register.RecordID // by day: who had not paid a month before
	drawn    []drawn                     // and not destroyed, oldest first
	run      *running

	head    gitstore.ID // of main, as it was looked at last
	commits int
	seen    map[register.UnitID]*seen
	cloning time.Duration // of this day's processor time, what went into new copies
}

func newFederation(t *testing.T, s size, r *rand.Rand) *federation {
	t.Helper()
	f := &federation{t: t, size: s, gap: 1, dir: t.TempDir(), now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), r: r, did: map[string]int{},
		ledger: &ledger{people: map[register.RecordID]*person{}, erased: map[register.UnitID]map[register.RecordID]bool{}},
		desks:  map[register.Handle]*desk.Desk{}, ids: map[register.Handle]*identity.Identity{}, seen: map[register.UnitID]*seen{},
		owed: map[string]float64{}, lapses: map[int][]register.RecordID{}}
	if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", f.host()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	first := f.serve("national", "secretariat")
	files := f.appointAll()
	maps.Copy(files, policies())
	first.copied = true
	_, err := desk.Init(t.Context(), desk.InitOptions{Dir: f.at(first), Remote: f.host(), Identity: first.id, Now: f.clock, Files: files, Paper: f.keepPaper})
	f.must(err)
	t.Cleanup(f.closeDesks)
	for i, u := range branches() {
		n := s.members*(i+1)/len(branches()) - s.members*i/len(branches())
		f.join(first, u, "import", n)
	}
	return f
}

// appointAll are the officers whom the register begins with, beside the first of the
// secretariat, and their grants.
func (f *federation) appointAll() map[string][]byte {
	files := map[string][]byte{}
	put := func(u register.UnitID, office string) *officer {
		o := f.serve(u, office)
		g := &access.Grant{Unit: u, Handle: o.handle(), Office: office, From: f.day()}
		files[register.Path{Kind: register.Grant, Unit: u, Handle: g.Handle}.String()] = g.Encode()
		files[register.Path{Kind: register.Officer, Handle: g.Handle}.String()] = desk.OfficerOf(o.id).Encode()
		return o
	}
	for range 2 {
		put("national", "secretariat").copied = true
	}
	for range 5 {
		put("national", "clerk")
	}
	copies := f.size.copies
	for _, u := range regions() {
		for range 2 {
			put(u, "county")
		}
	}
	for _, u := range branches() {
		for _, office := range []string{"keeper", "chair", "treasurer"} {
			o := put(u, office)
			if office == "keeper" && copies > 0 {
				o.copied = true
				copies--
			}
		}
	}
	return files
}

// serve is a new officer.
func (f *federation) serve(u register.UnitID, office string) *officer {
	id, err := identity.New(f.day())
	f.must(err)
	o := &officer{id: id, unit: u, office: office}
	f.officers = append(f.officers, o)
	f.ids[o.handle()] = id
	return o
}

func (f *federation) keepPaper(secret string) error {
	id, err := identity.LoadRecovery(secret)
	f.paper = id
	return err
}

func (f *federation) host() string         { return filepath.Join(f.dir, "host.git") }
func (f *federation) at(o *officer) string { return filepath.Join(f.dir, string(o.handle())) }
func (f *federation) clock() time.Time     { return f.now }
func (f *federation) day() register.Day    { return register.DayOf(f.now) }

func (f *federation) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("day %d, %s, %s: %v", f.n, f.day(), f.what, err)
	}
}

// desk is somebody's open copy; it stays open until the evening.
func (f *federation) desk(o *officer) *desk.Desk {
	f.t.Helper()
	f.now = f.now.Add(time.Minute)
	if d := f.desks[o.handle()]; d != nil {
		return d
	}
	if _, err := os.Stat(f.at(o)); errors.Is(err, os.ErrNotExist) {
		start := spent(f.t)
		_, err := desk.Clone(f.t.Context(), desk.CloneOptions{URL: f.host(), Dir: f.at(o), Identity: o.id, Now: f.clock})
		f.must(err)
		f.cloning += spent(f.t) - start
		f.did["clone"]++
	}
	d, err := desk.Open(desk.Options{Dir: f.at(o), Identity: o.id, Now: f.clock})
	f.must(err)
	f.desks[o.handle()] = d
	return d
}

func (f *federation) closeDesks() {
	for _, h := range slices.Sorted(maps.Keys(f.desks)) {
		f.desks[h].Close()
	}
	clear(f.desks)
}

// secretary is who of the secretariat works this week; another, who does not.
func (f *federation) secretary() *officer { return f.holding("secretariat")[f.n/7%3] }
func (f *federation) another() *officer   { return f.holding("secretariat")[(f.n/7+1)%3] }

// sec is the copy of whoever of the secretariat works.
func (f *federation) sec() *desk.Desk { return f.desk(f.secretary()) }

// The days of a month on which the secretariat proposes the run of erasures, and
// finishes it. They are always played.
const (
	proposing = 2
	finishing = 18
)

// sleep passes the time until eight in the morning of the next day that is played.
func (f *federation) sleep() {
	f.gap = 0
	for f.gap < f.size.step {
		f.gap++
		f.now = f.now.Truncate(24 * time.Hour).Add(32 * time.Hour)
		if d := f.now.Day(); d == proposing || d == finishing {
			break
		}
	}
	f.n += f.gap
}

// falls tells whether a day that comes every so many has come since the one that was
// played before.
func (f *federation) falls(every, on int) bool {
	return (f.n-on+10*every)/every != (f.n-f.gap-on+10*every)/every
}

// due is how many of something are to be done today, where there are so many a year.
func (f *federation) due(what string, aYear float64) int {
	f.owed[what] += aYear * float64(f.gap) / year
	n := int(f.owed[what])
	f.owed[what] -= float64(n)
	return n
}

// share is a share of the register's members, in percent.
func (f *federation) share(percent float64) float64 { return float64(f.size.members) * percent / 100 }

// invent makes new members up.
func (f *federation) invent(n int) (ps []newcomer, fields []map[string]record.Value) {
	for range n {
		f.names++
		p := newcomer{name(f.names), f.day()}
		ps = append(ps, p)
		fields = append(fields, map[string]record.Value{"given": record.Text("Prøve"), "family": record.Text(p.family),
			"email": record.Text(fmt.Sprintf("m%d@prove.example", f.names)), "paid": record.Text(string(p.paid))})
	}
	return ps, fields
}

// one picks a member of those who stand in a list; "" where there is nobody.
func (f *federation) one(ids []register.RecordID) register.RecordID {
	if len(ids) == 0 {
		return ""
	}
	return ids[f.r.IntN(len(ids))]
}
