package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// look compares the register, as it lies on the server, with the oracle.
func (f *federation) look(when string) {
	f.t.Helper()
	repo, err := gitstore.Open(f.host())
	f.must(err)
	defer repo.Close()
	tree := f.main(repo).Tree
	rings := map[string]*seal.Keyring{} // by unit, as a reader opens them
	for _, u := range places {
		declared := f.readersFile(repo, tree, u.id)
		want := f.m.readers(u.id, f.day())
		if got := f.names(declared.Readers); !slices.Equal(got, want) {
			f.t.Fatalf("%s: keyring.yaml of %s names %s; the oracle says %s", when, u.id, got, want)
		}
		rings[u.id] = f.openedBy(repo, u.id, declared.SHA256, want, when)
		if declared.Tokens != "" {
			f.tokensOpenedBy(repo, u.id, rings[u.id], when)
		}
	}
	f.openedRecords(repo, tree, rings, when)
	f.did["crowded"] += len(f.m.crowds(f.day()))
	for _, h := range f.m.grants {
		if f.m.lacks(h, f.day()) {
			f.did["pending"]++
		}
	}
	for _, who := range f.known() {
		if len(f.m.gives(who, f.day())) == 0 {
			f.did["ex-officers"]++
		}
	}
}

// gives are the grants that give somebody her office.
func (m *memory) gives(who string, day register.Day) []*held {
	return slices.DeleteFunc(m.all(), func(h *held) bool { return h.who != who || !m.holds(h, day) })
}

func (f *federation) readersFile(repo *gitstore.Repo, tree gitstore.ID, unit string) *access.KeyringFile {
	f.t.Helper()
	u := register.UnitID(unit)
	k, err := access.ParseKeyringFile(u, f.file(repo, tree, register.Path{Kind: register.Keyring, Unit: u}.String()))
	f.must(err)
	return k
}

func (f *federation) file(repo *gitstore.Repo, tree gitstore.ID, path string) []byte {
	f.t.Helper()
	e, ok, err := gitstore.Find(repo, tree, path)
	f.must(err)
	if !ok {
		f.t.Fatalf("%s: no %s", f.what, path)
	}
	b, err := repo.Blob(e.ID, seal.EvidenceLimit)
	f.must(err)
	return b
}

// names are the people with these handles, sorted.
func (f *federation) names(handles []register.Handle) []string {
	var out []string
	for _, h := range handles {
		name := string(h)
		for _, who := range officers {
			if f.handle(who) == h {
				name = who
			}
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// openedBy tries every identity that anybody ever had on a unit's sealed keyring:
// those that main names of its readers open it, and no others. It returns what is
// in it.
func (f *federation) openedBy(repo *gitstore.Repo, unit, digest string, readers []string, when string) *seal.Keyring {
	f.t.Helper()
	id, ok, err := repo.Ref(register.KeyringRef(register.UnitID(unit)))
	f.must(err)
	if !ok {
		f.t.Fatalf("%s: the server has no keyring of %s", when, unit)
	}
	c, err := gitstore.ReadCommit(repo, id)
	f.must(err)
	b := f.file(repo, c.Tree, "keyring.age")
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != digest {
		f.t.Fatalf("%s: the keyring of %s is not the one that main names", when, unit)
	}
	var ring *seal.Keyring
	for i, k := range f.keys {
		opened := f.tries(digest, i, b)
		want := slices.Contains(readers, k.who) && f.m.shown[k.who] == k.recipient
		switch {
		case opened == nil && want:
			f.t.Fatalf("%s: %s does not open the keyring of %s", when, k.who, unit)
		case opened != nil && !want:
			f.t.Fatalf("%s: %s opens the keyring of %s with an identity that it is not sealed to (reader: %v)", when, k.who, unit, slices.Contains(readers, k.who))
		case want:
			f.did["opened"]++
			ring = opened
		default:
			f.did["closed to her"]++
		}
	}
	if ring.Unit != register.UnitID(unit) {
		f.t.Fatalf("%s: the keyring of %s says that it is of %s", when, unit, ring.Unit)
	}
	return ring
}

// tokensOpenedBy does the same with a unit's tokens: the secretariat and the
// recovery secret open them, and nobody else. They are of the records of which the
// keyring has a key.
func (f *federation) tokensOpenedBy(repo *gitstore.Repo, unit string, ring *seal.Keyring, when string) {
	f.t.Helper()
	id, _, err := repo.Ref(register.KeyringRef(register.UnitID(unit)))
	f.must(err)
	c, err := gitstore.ReadCommit(repo, id)
	f.must(err)
	b := f.file(repo, c.Tree, "tokens.age")
	for _, k := range f.keys {
		want := (k.who == recovery || f.m.in(k.who, "secretariat", "national", f.day())) && f.m.shown[k.who] == k.recipient
		t, err := seal.OpenTokens(b, []age.Identity{k.id})
		switch {
		case err != nil && !errors.Is(err, seal.ErrNotReader):
			f.t.Fatalf("%s: open tokens: %v", f.what, err)
		case (err == nil) != want:
			f.t.Fatalf("%s: %s opens the tokens of %s: %v, want %v", when, k.who, unit, err == nil, want)
		case !want:
			f.did["tokens closed to her"]++
			continue
		}
		f.did["tokens opened"]++
		for id := range t.People {
			if _, ok := ring.Keys[id]; !ok {
				f.t.Fatalf("%s: %s has tokens of a record that it has no key of", when, unit)
			}
		}
	}
}

// tries opens a keyring with one of the identities; nil where it does not open. A
// keyring that was tried before has not changed.
func (f *federation) tries(digest string, i int, file []byte) *seal.Keyring {
	f.t.Helper()
	for len(f.opened[digest]) <= i {
		n := len(f.opened[digest])
		ring, err := seal.OpenKeyring(file, []age.Identity{f.keys[n].id})
		if err != nil && !errors.Is(err, seal.ErrNotReader) {
			f.t.Fatalf("%s: open a keyring: %v", f.what, err)
		}
		f.opened[digest] = append(f.opened[digest], ring)
	}
	return f.opened[digest][i]
}

// openedRecords tries every key of every keyring, present and kept, on every sealed
// file of main: the one of the file's own unit opens it, and no other. So whoever
// opens the keyring of its unit opens it, and nobody else.
func (f *federation) openedRecords(repo *gitstore.Repo, tree gitstore.ID, rings map[string]*seal.Keyring, when string) {
	f.t.Helper()
	there := map[string][]register.RecordID{}
	f.must(gitstore.Walk(repo, tree, "data", func(path string, e gitstore.Entry) error {
		p, err := register.ParsePath(path)
		if err != nil || !p.Kind.Sealed() {
			return err
		}
		file, err := repo.Blob(e.ID, seal.EvidenceLimit)
		if err != nil {
			return err
		}
		open := seal.Open
		if p.Kind == register.Evidence {
			open = seal.OpenEvidence
		} else {
			there[string(p.Unit)] = append(there[string(p.Unit)], p.ID)
		}
		f.did["records"]++
		for unit, ring := range rings {
			opens := slices.ContainsFunc(keysOf(ring), func(k seal.Key) bool { _, err := open(k, file); return err == nil })
			if own := unit == string(p.Unit); opens != own {
				f.t.Fatalf("%s: %s opens with a key of %s: %v", when, strings.TrimPrefix(path, "data/"), unit, opens)
			}
		}
		return nil
	}))
	for _, u := range places {
		want := append(slices.Clone(f.m.members[u.id]), f.m.closed[u.id]...)
		slices.Sort(want)
		slices.Sort(there[u.id])
		if !slices.Equal(there[u.id], want) {
			f.t.Fatalf("%s: %s has %d records, want %d", when, u.id, len(there[u.id]), len(want))
		}
	}
}

func keysOf(ring *seal.Keyring) []seal.Key {
	var out []seal.Key
	for _, k := range ring.Keys {
		out = append(out, k)
	}
	for _, v := range ring.Versions {
		out = append(out, v.Key)
	}
	return out
}

// onMain are the active members of a unit as main has them.
func (f *federation) onMain(unit string) []register.RecordID {
	f.t.Helper()
	repo, err := gitstore.Open(f.host())
	f.must(err)
	defer repo.Close()
	var out []register.RecordID
	err = gitstore.Walk(repo, f.main(repo).Tree, "data/"+unit+"/members", func(path string, _ gitstore.Entry) error {
		p, err := register.ParsePath(path)
		out = append(out, p.ID)
		return err
	})
	if !errors.Is(err, gitstore.ErrNotFound) {
		f.must(err)
	}
	return out
}

// effect compares what the desk says that a policy would do with what the oracle
// says.
func (f *federation) effect(after *memory, e *access.Effect) {
	f.t.Helper()
	var got, want []string
	for _, c := range e.Readers {
		got = append(got, gainSign(c.Gains)+" "+string(c.Unit)+" "+f.names([]register.Handle{c.Handle})[0])
	}
	for _, u := range places {
		was, is := f.m.readers(u.id, f.day()), after.readers(u.id, f.day())
		for _, who := range but(is, was...) {
			want = append(want, gainSign(true)+" "+u.id+" "+who)
			f.did["gained"]++
		}
		for _, who := range but(was, is...) {
			want = append(want, gainSign(false)+" "+u.id+" "+who)
			f.did["lost"]++
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.t.Fatalf("%s: the effect is %q; the oracle says %q", f.what, got, want)
	}
}

func gainSign(gains bool) string {
	if gains {
		return "+"
	}
	return "-"
}
