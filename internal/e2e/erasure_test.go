package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// ATTACK: a mirror of the server taken before an erasure, and every identity
// that exists afterwards.
// At stake: that an erased member is gone, and that nobody else is. Proves that
// such a thief opens none of the erased records, in no version and no proposal,
// rejected and waiting ones included, and all of their neighbours; and that
// erasure status named who had yet to rotate until all had.
func TestErasedIsErased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	n := 12
	if slow {
		n = 120
	}
	list, _ := w.list("list.csv", "e", n)
	w.run("kari", "import", list, "--unit", "asker")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	w.run("sec", "merge", "1")
	w.run("kari", "sync")
	ids := w.members("kari", "asker")
	erased := ids[:n*5/6]
	// A rejected and a waiting proposal hold one of them each.
	w.run("kari", "edit", erased[0], "--set", "note=rejected")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	w.run("sec", "merge", "2")
	w.run("kari", "sync")
	w.run("kari", "edit", erased[1], "--set", "note=rejected")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	before := w.at("before.git")
	w.git(w.dir, "clone", "-q", "--mirror", w.host, before)
	w.run("sec", "reject", "3", "--reason", "no")
	w.run("kari", "sync")
	w.run("kari", "edit", erased[2], "--set", "note=waiting")
	w.run("kari", "submit")
	w.run("sec", "sync")
	w.git(before, "fetch", "-q", w.host, "+refs/*:refs/old/*")

	if got := openable(w, before, "sec.key", "kari.key"); len(got) < n {
		t.Fatalf("before: the identities open %d of %d records: the test could not fail", len(got), n)
	}
	for _, id := range erased {
		w.run("sec", "close", id, "--reason", "left", "--erase-now")
	}
	w.run("sec", append([]string{"erase"}, erased...)...)
	w.run("sec", "verify", "--all")
	for _, who := range []string{"sec", "kari"} {
		if !strings.Contains(w.run("sec", "erasure", "status"), w.handle(who)) {
			t.Errorf("erasure status does not name %s, who has not rotated", who)
		}
	}
	// Whoever has not rotated opens them still: the tool had said so.
	if got := openable(w, before, "kari.key"); !got[erased[3]] {
		t.Error("an identity that was not rotated should still open the old copy")
	}
	w.run("kari", "rotate")
	w.run("sec", "sync")
	w.run("sec", "rotate")
	w.run("sec", "rotate", "--recovery", "--recovery-out", w.at("recovery2.txt"))
	w.run("sec", "rotate", "--recovery-destroyed")
	w.run("kari", "sync")
	w.run("sec", "sync")
	w.run("sec", "sync")
	status := w.run("sec", "erasure", "status")
	for _, who := range []string{w.handle("sec"), w.handle("kari"), "recovery"} {
		if strings.Contains(status, who) {
			t.Errorf("erasure status still names %s:\n%s", who, status)
		}
	}
	got := openable(w, before, "sec.key", "kari.key")
	for _, id := range erased {
		if got[id] {
			t.Errorf("erased record %s opens from the old copy", id)
		}
	}
	if k := len(openable(w, w.host, "sec.key", "kari.key")); k != n-len(erased) {
		t.Errorf("%d of %d neighbours open", k, n-len(erased))
	}
	w.run("sec", "verify", "--all")
	w.refused("sec", "show", erased[0])
}

// openable tries every identity on every object of a repository, takes every
// key out of every keyring and envelope that opens, and returns the ids of the
// records that any of them opens.
func openable(w *world, dir string, keyFiles ...string) map[string]bool {
	w.t.Helper()
	var ids []age.Identity
	for _, f := range keyFiles {
		id, err := identity.Load(w.at(f), func() ([]byte, error) { return nil, fmt.Errorf("sealed") })
		if err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, id.Ages()...)
	}
	names := map[register.RecordID]bool{}
	for _, line := range strings.Split(w.git(dir, "rev-list", "--all", "--objects"), "\n") {
		if p, err := register.ParsePath(line[strings.IndexByte(line, ' ')+1:]); err == nil && p.ID != "" {
			names[p.ID] = true
		}
	}
	keys := map[seal.Key]bool{}
	var files [][]byte
	eachBlob(w, dir, func(b []byte) {
		if h, err := seal.Inspect(b); err != nil || len(h.Stanzas) == 0 {
			return
		} else if h.Stanzas[0].Type == "scrypt" {
			files = append(files, b)
			return
		}
		if k, err := seal.OpenKeyring(b, ids); err == nil {
			for _, key := range k.Keys {
				keys[key] = true
			}
			for _, old := range k.Versions {
				keys[old.Key] = true
			}
		}
		if secret, err := seal.OpenEnvelope(b, ids); err == nil {
			for id := range names {
				keys[secret.Derive(seal.KindRecord, "asker", id)] = true
				keys[secret.Derive(seal.KindRequest, "asker", id)] = true
			}
		}
	})
	out := map[string]bool{}
	for _, f := range files {
		for k := range keys {
			text, err := seal.Open(k, f)
			if err != nil {
				continue
			}
			if i := bytes.Index(text, []byte(`id: "`)); i >= 0 {
				out[string(text[i+5:i+18])] = true
			}
			break
		}
	}
	return out
}

func eachBlob(w *world, dir string, fn func([]byte)) {
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
			fn(slices.Clone(body[:size]))
		}
	}
}
