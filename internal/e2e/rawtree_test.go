package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/gitstore"
)

// rawEntry is an entry of a tree as it stands, whatever it says.
type rawEntry struct {
	mode, name string
	id         gitstore.ID
}

// putRaw writes one path into a tree without any of the store's own manners:
// modes, odd names and twins included. A zero id removes.
func putRaw(ts *testscript.TestScript, repo *gitstore.Repo, tree gitstore.ID, path []string, e edit) gitstore.ID {
	var entries []rawEntry
	if !tree.IsZero() {
		entries = readRaw(ts, repo, tree)
	}
	name := path[0]
	at := slices.IndexFunc(entries, func(x rawEntry) bool { return x.name == name })
	mode, id := strconv.FormatUint(uint64(e.mode), 8), e.id
	if len(path) > 1 {
		sub := gitstore.ZeroID
		if at >= 0 {
			sub = entries[at].id
		}
		mode, id = "40000", putRaw(ts, repo, sub, path[1:], e)
	}
	switch {
	case id.IsZero() && at >= 0:
		entries = slices.Delete(entries, at, at+1)
	case id.IsZero():
		ts.Fatalf("forge: nothing to remove at %s", e.path)
	case at >= 0:
		entries[at] = rawEntry{mode, name, id}
	default:
		entries = insertRaw(entries, rawEntry{mode, name, id})
	}
	if len(entries) == 0 {
		return gitstore.ZeroID
	}
	return write(ts, "tree", encodeRaw(entries))
}

func readRaw(ts *testscript.TestScript, repo *gitstore.Repo, tree gitstore.ID) []rawEntry {
	_, raw, err := repo.Object(tree)
	ts.Check(err)
	var out []rawEntry
	for len(raw) > 0 {
		mode, rest, _ := bytes.Cut(raw, []byte(" "))
		name, rest, _ := bytes.Cut(rest, []byte{0})
		var id gitstore.ID
		copy(id[:], rest)
		out = append(out, rawEntry{string(mode), string(name), id})
		raw = rest[len(id):]
	}
	return out
}

func encodeRaw(entries []rawEntry) []byte {
	var out bytes.Buffer
	for _, x := range entries {
		fmt.Fprintf(&out, "%s %s\x00", x.mode, x.name)
		out.Write(x.id[:])
	}
	return out.Bytes()
}

func insertRaw(es []rawEntry, e rawEntry) []rawEntry {
	i := slices.IndexFunc(es, func(x rawEntry) bool { return x.key() >= e.key() })
	if i < 0 {
		i = len(es)
	}
	return slices.Insert(es, i, e)
}

// key is what git orders entries by.
func (e rawEntry) key() string {
	if e.mode == "40000" {
		return e.name + "/"
	}
	return e.name
}
