package soak

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// seen is a unit as it was looked at last. It is looked at again when it has changed, or
// the ledger has.
type seen struct {
	tree, ring gitstore.ID
	readers    string            // by the ledger
	people     [sha256.Size]byte // likewise
	erased     int               // likewise
	files      map[gitstore.ID]bool
}

// hook checks what came to main today, as the server's hook does.
func (f *federation) hook() {
	f.t.Helper()
	f.what = "the check of the day"
	f.server(func(repo *gitstore.Repo, main gitstore.ID) {
		rep, err := check.Verify(repo, access.NewLoader(repo), f.head, main, check.Options{Keyrings: check.RefKeyrings(repo), Now: f.now, Day: f.day(), Incoming: !f.head.IsZero()})
		f.must(err)
		f.sound(rep)
	})
}

// whole checks the whole register, and what an officer of the secretariat counts there.
func (f *federation) whole() {
	f.t.Helper()
	f.what = "the check of everything"
	f.server(func(repo *gitstore.Repo, main gitstore.ID) {
		rep, err := check.All(repo, access.NewLoader(repo), main, check.Options{Keyrings: check.RefKeyrings(repo), Now: f.now, Day: f.day()})
		f.must(err)
		f.sound(rep)
		if n := len(f.active) + len(f.closed); rep.Records < n {
			f.t.Errorf("day %d: %d sealed files were looked at, and there are %d records", f.n, rep.Records, n)
		}
	})
	counts, err := f.sec().Count(nil, "")
	f.must(err)
	members, _ := f.lists()
	for _, c := range counts.Rows {
		if c.Members != len(members[c.Unit]) {
			f.t.Errorf("day %d: %d members are counted in %s, want %d", f.n, c.Members, c.Unit, len(members[c.Unit]))
		}
	}
	if counts.Persons != len(f.active) {
		f.t.Errorf("day %d: %d persons are counted, want %d", f.n, counts.Persons, len(f.active))
	}
}

func (f *federation) sound(rep *check.Report) {
	f.t.Helper()
	for _, x := range rep.Findings {
		f.t.Errorf("day %d, %s: %s:%d: %s: %s", f.n, f.day(), x.Path, x.Line, x.Rule, x.Message)
	}
}

func (f *federation) server(do func(repo *gitstore.Repo, main gitstore.ID)) {
	f.t.Helper()
	repo, err := gitstore.Open(f.host())
	f.must(err)
	defer repo.Close()
	main, _, err := repo.Ref(register.Main)
	f.must(err)
	do(repo, main)
}

// look holds the register at the day's end against the ledger.
func (f *federation) look() {
	f.t.Helper()
	f.what = "the look at the day's end"
	f.server(func(repo *gitstore.Repo, main gitstore.ID) {
		c, err := gitstore.ReadCommit(repo, main)
		f.must(err)
		f.dates(repo, main)
		pol, problems := f.policy(repo, c.Tree)
		if len(problems) > 0 {
			f.t.Fatalf("day %d: the policy cannot be read: %s", f.n, problems[0].Msg)
		}
		members, left := f.lists()
		for _, u := range append(append(branches(), regions()...), "national") {
			f.unit(repo, c.Tree, u, members[u], left[u], pol)
		}
		f.head = main
	})
}

// dates goes through what came to main since yesterday.
func (f *federation) dates(repo *gitstore.Repo, main gitstore.ID) {
	later := f.now
	for id := main; id != f.head; {
		c, err := gitstore.ReadCommit(repo, id)
		f.must(err)
		if c.Committer.When.After(later) {
			f.t.Errorf("day %d: a commit of main is older than the one before it", f.n)
		}
		later = c.Committer.When
		f.commits++
		if !f.secretariat(register.Handle(c.Committer.Name)) {
			f.t.Errorf("day %d: a commit of main is by somebody else than the secretariat", f.n)
		}
		if len(c.Parents) == 0 {
			return
		}
		id = c.Parents[0]
	}
}

// secretariat tells whether an officer belongs to the secretariat today. Who leaves it
// does so in the morning, by another's hand.
func (f *federation) secretariat(h register.Handle) bool {
	return slices.ContainsFunc(f.holding("secretariat"), func(o *officer) bool { return o.handle() == h })
}

func (f *federation) policy(repo *gitstore.Repo, tree gitstore.ID) (*policy.Policy, []access.Problem) {
	s, err := access.NewLoader(repo).At(tree)
	f.must(err)
	return s.Policy, s.Problems
}

// unit holds one unit against the ledger.
func (f *federation) unit(repo *gitstore.Repo, root gitstore.ID, u register.UnitID, members, left []register.RecordID, pol *policy.Policy) {
	f.t.Helper()
	folder, _, err := gitstore.Find(repo, root, "data/"+string(u))
	f.must(err)
	ref, ok, err := repo.Ref(register.KeyringRef(u))
	f.must(err)
	if !ok {
		f.t.Fatalf("day %d: the server has no keyring of %s", f.n, u)
	}
	readers := f.readers(u, f.day())
	was := f.seen[u]
	now := &seen{folder.ID, ref, fmt.Sprint(readers), f.digest(members, left), len(f.erased[u]), map[gitstore.ID]bool{}}
	if was != nil && was.tree == now.tree && was.ring == now.ring && was.readers == now.readers && was.people == now.people && was.erased == now.erased {
		return
	}
	ring := f.keyring(repo, root, u, ref, readers)
	there, tombs := f.files(repo, root, u, ring, was, now, pol)
	want := map[register.RecordID]register.Month{}
	for _, id := range members {
		want[id] = ""
	}
	for _, id := range left {
		want[id] = f.people[id].month
	}
	for id, month := range want {
		if at, ok := there[id]; !ok || at != month {
			f.t.Errorf("day %d: a record of %s is not where the ledger has it (%v, %q, want %q)", f.n, u, ok, at, month)
		}
	}
	if len(there) != len(want) {
		f.t.Errorf("day %d: %s has %d records, the ledger %d", f.n, u, len(there), len(want))
	}
	if len(tombs) != len(f.erased[u]) {
		f.t.Errorf("day %d: %s has %d tombstones, the ledger %d", f.n, u, len(tombs), len(f.erased[u]))
	}
	for id := range f.erased[u] {
		if !tombs[id] {
			f.t.Errorf("day %d: an erased record of %s has no tombstone", f.n, u)
		}
	}
	f.forgotten(u, ring, was == nil || was.ring != ref)
	f.seen[u] = now
}

func (f *federation) file(repo *gitstore.Repo, tree gitstore.ID, path string) []byte {
	f.t.Helper()
	e, ok, err := gitstore.Find(repo, tree, path)
	f.must(err)
	if !ok {
		f.t.Fatalf("day %d: no %s", f.n, path)
	}
	b, err := repo.Blob(e.ID, seal.EvidenceLimit)
	f.must(err)
	return b
}

// files goes through a unit's files: where its records are, with the month of those
// who have left, and its tombstones. Sealed files and keys are one to one, and what is
// new is opened.
func (f *federation) files(repo *gitstore.Repo, root gitstore.ID, u register.UnitID, ring *seal.Keyring, was, now *seen, pol *policy.Policy) (there map[register.RecordID]register.Month, tombs map[register.RecordID]bool) {
	f.t.Helper()
	there, tombs = map[register.RecordID]register.Month{}, map[register.RecordID]bool{}
	keys := 0
	f.must(gitstore.Walk(repo, root, "data/"+string(u), func(path string, e gitstore.Entry) error {
		p, err := register.ParsePath(path)
		if err != nil {
			return err
		}
		if p.Kind == register.Tombstone {
			tombs[p.ID] = true
		}
		if !p.Kind.Sealed() {
			return nil
		}
		keys++
		if _, ok := ring.Keys[p.ID]; !ok {
			f.t.Errorf("day %d: no key of a file of %s: %s", f.n, u, p.Kind)
		}
		if p.Kind != register.Member && p.Kind != register.Closed {
			return nil
		}
		if _, twice := there[p.ID]; twice {
			f.t.Errorf("day %d: an id stands twice in %s", f.n, u)
		}
		there[p.ID] = p.Month
		now.files[e.ID] = true
		if was == nil || !was.files[e.ID] {
			return f.opens(repo, e.ID, p, ring, pol)
		}
		return nil
	}))
	if len(ring.Keys) != keys {
		f.t.Errorf("day %d: the keyring of %s has %d keys, and there are %d sealed files", f.n, u, len(ring.Keys), keys)
	}
	return there, tombs
}

// opens opens a record and compares what is in it with the ledger.
func (f *federation) opens(repo *gitstore.Repo, blob gitstore.ID, p register.Path, ring *seal.Keyring, pol *policy.Policy) error {
	f.t.Helper()
	b, err := repo.Blob(blob, seal.RecordLimit)
	if err != nil {
		return err
	}
	text, err := seal.Open(ring.Keys[p.ID], b)
	if err != nil {
		return err
	}
	m, err := pol.Schema().Decode(text)
	if err != nil {
		return err
	}
	want := f.people[p.ID]
	if want == nil {
		f.t.Errorf("day %d: a record that the ledger knows nothing of", f.n)
		return nil
	}
	said := func(key string) string { return m.Fields[key].String() }
	if m.ID != p.ID || m.Unit != p.Unit || said("family") != want.family || said("paid") != string(want.paid) || said("reason") != want.reason {
		f.t.Errorf("day %d: a record of %s does not say what the ledger says", f.n, p.Unit)
	}
	f.did["record opened"]++
	return nil
}
