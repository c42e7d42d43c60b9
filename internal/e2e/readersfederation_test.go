package e2e

import (
	"errors"
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
	"github.com/medlem-register/medlem/internal/seal"
)

const recovery = "recovery"

var officers = []string{"astrid", "berit", "kari", "nils", "ola", "per", "sec", "solveig"}

// federation is a register on a bare server, its people, and what the oracle
// remembers of it.
type federation struct {
	t    *testing.T
	dir  string
	now  time.Time
	r    *rand.Rand
	m    *memory
	ids  map[string]*identity.Identity
	keys []key  // every age identity that anybody ever had
	what string // is being done
	kind string // of it
	did  map[string]int

	papers []*paper                   // appointments on their way
	sent   []*sent                    // proposals that wait for somebody to judge them
	own    []*own                     // proposals that the secretariat's next command takes in
	opened map[string][]*seal.Keyring // by digest, with each of keys; nil: it does not open
	takes  int                        // files that the next command takes in
	serial int                        // of documents
}

// key is an age identity, in use or not.
type key struct {
	who, recipient string
	id             age.Identity
}

func newFederation(t *testing.T, r *rand.Rand) *federation {
	t.Helper()
	f := &federation{t: t, dir: t.TempDir(), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), r: r, ids: map[string]*identity.Identity{}, did: map[string]int{},
		opened: map[string][]*seal.Keyring{},
		m:      &memory{posts: posts(), grants: map[string]*held{}, shown: map[string]string{}, members: map[string][]register.RecordID{}, closed: map[string][]register.RecordID{}}}
	if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", f.host()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, who := range officers {
		id, err := identity.New(f.day())
		f.must(err)
		f.ids[who] = id
		f.note(who)
	}
	_, err := desk.Init(t.Context(), desk.InitOptions{Dir: f.at("sec"), Remote: f.host(), Identity: f.ids["sec"], Now: f.clock, Files: f.first(), Paper: f.keepPaper})
	f.must(err)
	f.remember(&held{unit: "national", who: "sec", office: "secretariat", from: f.day()})
	return f
}

// first are the policies, and officers of two branches and their region.
func (f *federation) first() map[string][]byte {
	files := map[string][]byte{}
	for name, b := range policyFiles(f.m.posts) {
		files["policies/"+name] = b
	}
	for _, x := range []held{
		{unit: "asker", who: "berit", office: "board"}, {unit: "asker", who: "per", office: "board"}, {unit: "asker", who: "kari", office: "keeper"},
		{unit: "karasjok", who: "berit", office: "board"}, {unit: "karasjok", who: "nils", office: "board"}, {unit: "karasjok", who: "ola", office: "keeper"},
		{unit: "akershus", who: "solveig", office: "county"},
	} {
		h := &x
		h.from = f.day()
		g := &access.Grant{Unit: register.UnitID(h.unit), Handle: f.handle(h.who), Office: h.office, From: h.from}
		files[register.Path{Kind: register.Grant, Unit: g.Unit, Handle: g.Handle}.String()] = g.Encode()
		files[register.Path{Kind: register.Officer, Handle: g.Handle}.String()] = desk.OfficerOf(f.ids[h.who]).Encode()
		f.remember(h)
	}
	return files
}

func (f *federation) host() string                      { return filepath.Join(f.dir, "host.git") }
func (f *federation) at(who string) string              { return filepath.Join(f.dir, who) }
func (f *federation) clock() time.Time                  { return f.now }
func (f *federation) day() register.Day                 { return register.DayOf(f.now) }
func (f *federation) handle(who string) register.Handle { return f.ids[who].Handle() }

func (f *federation) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("%s: %v", f.what, err)
	}
}

// note keeps an officer's present identity among those that anybody ever had.
func (f *federation) note(who string) {
	f.keys = append(f.keys, key{who, f.ids[who].Recipient(), f.ids[who].Ages()[0]})
}

// keepPaper keeps a recovery secret, which is good from now on.
func (f *federation) keepPaper(secret string) error {
	id, err := age.ParseHybridIdentity(secret)
	if err != nil {
		return err
	}
	f.m.shown[recovery] = id.Recipient().String()
	f.keys = append(f.keys, key{recovery, id.Recipient().String(), id})
	return nil
}

// remember takes a grant into the memory, with its officer.
func (f *federation) remember(h *held) {
	f.m.grants[h.key()] = h
	f.met(h.who)
}

// met notes that main has an officer's file from now on, with her present
// recipient.
func (f *federation) met(who string) {
	if f.m.shown[who] == "" {
		f.m.shown[who] = f.ids[who].Recipient()
	}
}

// act is what somebody does at her own copy, as main is now. Where it is refused
// nothing has moved.
func (f *federation) act(who string, do func(d *desk.Desk) error) error {
	f.t.Helper()
	f.now = f.now.Add(time.Minute)
	f.before(who)
	takes := f.takes
	f.takes = 0
	_, err := os.Stat(f.at(who))
	fresh := errors.Is(err, os.ErrNotExist)
	if fresh {
		_, err := desk.Clone(f.t.Context(), desk.CloneOptions{URL: f.host(), Dir: f.at(who), Identity: f.ids[who], Now: f.clock})
		f.must(err)
	}
	d, err := desk.Open(desk.Options{Dir: f.at(who), Identity: f.ids[who], Now: f.clock})
	f.must(err)
	defer d.Close()
	d.TrustClock(d.Today()) // weeks may pass in which nothing is done but what the calendar asks for
	res, err := d.Sync(f.t.Context())
	f.must(err)
	if !fresh && res.Accepted != takes {
		f.t.Fatalf("%s: %s takes in %d files of officers, want %d", f.what, who, res.Accepted, takes)
	}
	head := d.Head()
	if err = do(d); err != nil && d.Head() != head {
		f.t.Fatalf("%s: %s was refused, and main has moved: %v", f.what, who, err)
	}
	return err
}

// does is act where the oracle says whether it is refused.
func (f *federation) does(who string, ok bool, do func(d *desk.Desk) error) {
	f.t.Helper()
	err := f.act(who, do)
	switch {
	case ok && err != nil:
		f.t.Fatalf("%s: %s: %v", f.what, who, err)
	case !ok && err == nil:
		f.t.Fatalf("%s: %s should have been refused", f.what, who)
	case !ok:
		f.did["refused"]++
		f.did["refused: "+f.kind]++
	}
}

// state is what main says of access, as anybody sees it.
func (f *federation) state() *access.State {
	f.t.Helper()
	repo, err := gitstore.Open(f.host())
	f.must(err)
	defer repo.Close()
	c := f.main(repo)
	s, err := access.NewLoader(repo).At(c.Tree)
	f.must(err)
	return s
}

func (f *federation) main(repo *gitstore.Repo) *gitstore.Commit {
	f.t.Helper()
	id, _, err := repo.Ref(register.Main)
	f.must(err)
	c, err := gitstore.ReadCommit(repo, id)
	f.must(err)
	return c
}

// one picks; "" where there is nothing to pick from.
func (f *federation) one(of []string) string {
	if len(of) == 0 {
		return ""
	}
	return of[f.r.IntN(len(of))]
}

func (f *federation) chance(one int) bool { return f.r.IntN(one) == 0 }

// but leaves somebody out.
func but(of []string, who ...string) []string {
	return slices.DeleteFunc(slices.Clone(of), func(x string) bool { return slices.Contains(who, x) })
}

// secretary is somebody of the secretariat other than those named, who could not
// do to themselves what is to be done; "" nobody.
func (f *federation) secretary(other ...string) string {
	return f.one(but(f.m.holders("secretariat", "national", f.day()), other...))
}

// person is an invented member.
func (f *federation) person() map[string]record.Value {
	given := []string{"Åse", "Bjørn", "Cecilie", "Dag", "Eli", "Máret"}
	family := []string{"Kvåle", "Bakke", "Dahl", "Eira", "Foss"}
	return map[string]record.Value{"given": record.Text(f.one(given)), "family": record.Text(f.one(family))}
}

// known are the people whom main knows, sorted.
func (f *federation) known() []string {
	return but(slices.Sorted(maps.Keys(f.m.shown)), recovery)
}
