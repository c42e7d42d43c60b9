package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// loot is what a thief opens: the id of the record in each sealed file, by the
// file's object id.
type loot map[string]string

// members are the records of which any version opens.
func (l loot) members() map[string]bool {
	out := map[string]bool{}
	for _, id := range l {
		out[id] = true
	}
	return out
}

// openable tries identities on every object of some copies, reachable or not, and
// on the keyrings that an officer's copy keeps, takes every key out of every keyring
// and envelope that opens, and tries on every record those that are named for it, and
// on what lies at no path all of them.
func openable(w *world, copies []string, keyFiles ...string) loot {
	w.t.Helper()
	var ids []age.Identity
	for _, f := range keyFiles {
		ids = append(ids, identitiesIn(w, f)...)
	}
	names := map[register.RecordID]bool{}
	at := map[string]register.RecordID{} // by object
	pages := map[string]bool{}           // objects that are members' own pages
	files := map[string][]byte{}
	keys := map[seal.Key]bool{}
	of := map[register.RecordID][]seal.Key{}
	add := func(id register.RecordID, k seal.Key) {
		if !keys[k] {
			keys[k], of[id] = true, append(of[id], k)
		}
	}
	var secrets []seal.Key
	try := func(b []byte) {
		if k, err := seal.OpenKeyring(b, ids); err == nil {
			for id, key := range k.Keys {
				add(id, key)
			}
			for v, old := range k.Versions {
				add(v.ID, old.Key)
			}
		}
		if secret, err := seal.OpenEnvelope(b, ids); err == nil {
			secrets = append(secrets, secret)
		}
	}
	for _, dir := range copies {
		for _, line := range strings.Split(w.git(dir, "rev-list", "--all", "--objects"), "\n") {
			object, path, _ := strings.Cut(line, " ")
			if p, err := register.ParsePath(path); err == nil && p.ID != "" {
				names[p.ID] = true
				at[object] = p.ID
			}
			pages[object] = strings.HasPrefix(path, "me/")
		}
		w.eachBlob(dir, func(id string, b []byte) {
			if pages[id] {
				return // pagesOpen tries them
			}
			if h, err := seal.Inspect(b); err != nil || len(h.Stanzas) == 0 {
				return
			} else if h.Stanzas[0].Type == "scrypt" {
				files[id] = b
				return
			}
			try(b)
		})
		w.eachKept(dir, try)
	}
	for _, s := range secrets {
		for id := range names {
			for _, unit := range []register.UnitID{"asker", "lillestrom", "karasjok"} {
				add(id, s.Derive(seal.KindRecord, unit, id))
				add(id, s.Derive(seal.KindRequest, unit, id))
			}
		}
	}
	out := loot{}
	all := slices.Collect(maps.Keys(keys))
	for id, f := range files {
		fit := all
		if rec, ok := at[id]; ok {
			fit = of[rec]
		}
		for _, k := range fit {
			text, err := seal.Open(k, f)
			if err != nil {
				continue
			}
			if i := bytes.Index(text, []byte(`id: "`)); i >= 0 {
				out[id] = string(text[i+5 : i+18])
			}
			break
		}
	}
	return out
}

// foundByTokens tries identities on every object of some copies and on what an
// officer's copy keeps, and returns the ids in every tokens file that opens.
func foundByTokens(w *world, copies []string, keyFiles ...string) map[string]bool {
	w.t.Helper()
	var ids []age.Identity
	for _, f := range keyFiles {
		ids = append(ids, identitiesIn(w, f)...)
	}
	out := map[string]bool{}
	try := func(b []byte) {
		if t, err := seal.OpenTokens(b, ids); err == nil {
			for id := range t.People {
				out[string(id)] = true
			}
		}
	}
	for _, dir := range copies {
		w.eachBlob(dir, func(_ string, b []byte) { try(b) })
		w.eachKept(dir, try)
	}
	return out
}

// identitiesIn reads an officer's identity file, or a recovery secret.
func identitiesIn(w *world, name string) []age.Identity {
	w.t.Helper()
	if id, err := identity.Load(w.at(name), func() ([]byte, error) { return nil, fmt.Errorf("it is plain") }); err == nil {
		return id.Ages()
	}
	b, err := os.ReadFile(w.at(name))
	if err != nil {
		w.t.Fatal(err)
	}
	ids, err := age.ParseIdentities(bytes.NewReader(b))
	if err != nil {
		w.t.Fatalf("%s: no identity", name)
	}
	return ids
}

// eachBlob calls fn for every file that a repository stores, reachable or not.
func (w *world) eachBlob(dir string, fn func(id string, content []byte)) {
	w.t.Helper()
	c := exec.Command("git", "-C", dir, "cat-file", "--batch", "--batch-all-objects", "--unordered")
	c.Env = w.env()
	out, err := c.Output()
	if err != nil {
		w.t.Fatal(err)
	}
	for r := bufio.NewReader(bytes.NewReader(out)); ; {
		var id, kind string
		var size int
		if _, err := fmt.Fscanf(r, "%s %s %d\n", &id, &kind, &size); err != nil {
			return
		}
		body := make([]byte, size+1)
		if _, err := readFull(r, body); err != nil {
			w.t.Fatal(err)
		}
		if kind == "blob" {
			fn(id, slices.Clone(body[:size]))
		}
	}
}

// unpacked opens a backup with identities and returns it as a repository beside the
// others, or false where they do not open it.
func unpacked(w *world, file, dir string, keyFiles ...string) bool {
	w.t.Helper()
	var ids []age.Identity
	for _, f := range keyFiles {
		ids = append(ids, identitiesIn(w, f)...)
	}
	f, err := os.Open(w.at(file))
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	r, err := seal.OpenBackup(f, ids)
	if errors.Is(err, seal.ErrNotReader) {
		return false
	}
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(filepath.Base(dir)+".bundle", string(b))
	w.git(w.dir, "clone", "-q", "--mirror", w.at(filepath.Base(dir)+".bundle"), dir)
	return true
}

// eachKept calls do for every sealed keyring that an officer's copy keeps beside git.
func (w *world) eachKept(dir string, do func([]byte)) {
	w.t.Helper()
	kept, err := filepath.Glob(filepath.Join(dir, ".git", "medlem", "keyrings", "*.age"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, path := range kept {
		b, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		do(b)
	}
}
