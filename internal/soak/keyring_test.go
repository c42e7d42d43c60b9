package soak

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// forgotten proves that a keyring holds nothing of anybody who was erased, and no
// version for longer than the policy says: one that was sealed today has none whose
// time is over.
func (f *federation) forgotten(u register.UnitID, ring *seal.Keyring, today bool) {
	none := func(what string, id register.RecordID) {
		if p := f.people[id]; p != nil && p.gone != "" {
			f.t.Errorf("day %d: the keyring of %s has %s of a record that is erased", f.n, u, what)
		}
	}
	for id := range ring.Keys {
		none("the key", id)
	}
	for id := range ring.Views {
		none("the page secret", id)
		if f.people[id] == nil || f.people[id].unit != u {
			f.t.Errorf("day %d: the keyring of %s has a page secret of nobody there", f.n, u)
		}
	}
	for v, old := range ring.Versions {
		none("a version", v.ID)
		if old.Until > f.day().Add(versionDays) || today && old.Until < f.day() {
			f.t.Errorf("day %d: the keyring of %s keeps a version until %s", f.n, u, old.Until)
		}
	}
}

// keyring tries the unit's keyring with identities of officers who read it, and with
// some that were replaced or have left lately, which must not open it. It is sealed to
// as many as read it; each time it changes it is another two of them who try it, and
// all of them where the federation is played whole.
func (f *federation) keyring(repo *gitstore.Repo, root gitstore.ID, u register.UnitID, ref gitstore.ID, readers []register.Handle) *seal.Keyring {
	f.t.Helper()
	named, err := access.ParseKeyringFile(u, f.file(repo, root, register.Path{Kind: register.Keyring, Unit: u}.String()))
	f.must(err)
	if !slices.Equal(slices.Sorted(slices.Values(named.Readers)), readers) {
		f.t.Errorf("day %d: main names %d readers of %s, and the ledger has %d, or others", f.n, len(named.Readers), u, len(readers))
	}
	c, err := gitstore.ReadCommit(repo, ref)
	f.must(err)
	sealed := f.file(repo, c.Tree, "keyring.age")
	if sum := sha256.Sum256(sealed); hex.EncodeToString(sum[:]) != named.SHA256 {
		f.t.Errorf("day %d: the keyring of %s is not the one that main names", f.n, u)
	}
	f.sealedTo(u, sealed, len(readers))
	tried := readers
	if f.size.tries < len(readers) {
		i := f.r.IntN(len(readers) - f.size.tries + 1)
		tried = readers[i : i+f.size.tries]
	}
	var ring *seal.Keyring
	for _, h := range tried {
		id := f.paper
		if h != register.Recovery {
			id = f.ids[h].Ages()[0]
		}
		if ring, err = seal.OpenKeyring(sealed, []age.Identity{id}); err != nil {
			f.t.Fatalf("day %d: a reader does not open the keyring of %s: %v", f.n, u, err)
		}
		f.did["opened"]++
	}
	for _, id := range f.replaced[max(0, len(f.replaced)-f.size.tries):] {
		if _, err := seal.OpenKeyring(sealed, []age.Identity{id}); !errors.Is(err, seal.ErrNotReader) {
			f.t.Errorf("day %d: an identity that was replaced, or whose officer has left, opens the keyring of %s: %v", f.n, u, err)
		}
		f.did["closed to her"]++
	}
	if ring.Unit != u || ring.Serial != named.Serial {
		f.t.Errorf("day %d: the keyring of %s says that it is another", f.n, u)
	}
	return ring
}

// sealedTo compares to how many recipients a keyring is sealed, as its header says.
func (f *federation) sealedTo(u register.UnitID, sealed []byte, readers int) {
	f.t.Helper()
	header, _, _ := bytes.Cut(sealed, []byte("\n---"))
	if n := bytes.Count(header, []byte("\n-> ")); n != readers {
		f.t.Errorf("day %d: the keyring of %s is sealed to %d recipients, and %d read it", f.n, u, n, readers)
	}
}
