package gitstore

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pkt frames a line of the protocol.
func pkt(s string) string { return fmt.Sprintf("%04x%s", len(s)+4, s) }

// hostile serves one ref at tip and the answer to every fetch.
func hostile(t testing.TB, tip ID, answer string) *Remote {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, pkt("# service=git-upload-pack\n")+"0000"+
				pkt(tip.String()+" refs/heads/main\x00side-band-64k ofs-delta no-progress agent=x\n")+"0000")
			return
		}
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, answer)
	}))
	t.Cleanup(srv.Close)
	return remoteAt(t, srv.URL+"/r.git")
}

// sends frames a pack as the answer to a fetch.
func sends(pack []byte) string {
	var b strings.Builder
	b.WriteString(pkt("NAK\n"))
	for len(pack) > 0 {
		n := min(len(pack), 60_000)
		b.WriteString(pkt("\x01" + string(pack[:n])))
		pack = pack[n:]
	}
	b.WriteString("0000")
	return b.String()
}

// forge makes objects that no Builder would make.
type forge struct {
	entries [][]byte
	enc     encoder
}

func (f *forge) add(t ObjectType, content []byte) ID {
	raw, err := f.enc.entry(t, content)
	if err != nil {
		panic(err)
	}
	f.entries = append(f.entries, bytes.Clone(raw))
	return hashObject(t, content)
}

func (f *forge) blob(s string) ID { return f.add(Blob, []byte(s)) }

func (f *forge) tree(es ...Entry) ID {
	var raw []byte
	for i := range es {
		raw = appendEntry(raw, &es[i])
	}
	return f.add(Tree, raw)
}

func (f *forge) commit(tree ID, parents ...ID) ID {
	s := CommitSpec{Tree: tree, Parents: parents, Name: "x", Email: "x@example.org", When: epoch, Message: "edit 1 in asker\n"}
	raw, err := s.encode()
	if err != nil {
		panic(err)
	}
	return f.add(CommitType, raw)
}

func (f *forge) raw(entry []byte) { f.entries = append(f.entries, entry) }

func (f *forge) pack() []byte { return packOfEntries(uint32(len(f.entries)), f.entries...) }

func packOfEntries(n uint32, entries ...[]byte) []byte {
	p := packHead(n)
	for _, e := range entries {
		p = append(p, e...)
	}
	sum := sha1.Sum(p)
	return append(p, sum[:]...)
}

func file(name string, id ID) Entry   { return Entry{name, ModeFile, id} }
func folder(name string, id ID) Entry { return Entry{name, ModeDir, id} }

// ATTACK: a server, or whoever has taken it over, answers a fetch with what it
// likes. At stake are the register that the officer has already and the process
// that reads. The test proves that each of these ends in the right error, and
// that nothing of it becomes visible or stays behind.
func TestHostilePacks(t *testing.T) {
	absent := ID{0xee}
	cases := []struct {
		name string
		make func(f *forge) (tip ID, pack []byte)
		want error // nil: it is accepted
	}{
		{"a sound one, to compare", func(f *forge) (ID, []byte) {
			c := f.commit(f.tree(folder("data", f.tree(file("a", f.blob("x")))), file("sym", f.blob("y"))))
			return f.commit(f.tree(), c), f.pack()
		}, nil},
		{"a file is missing", func(f *forge) (ID, []byte) { return f.commit(f.tree(file("a", absent))), f.pack() }, ErrIncomplete},
		{"a folder is missing", func(f *forge) (ID, []byte) { return f.commit(f.tree(folder("a", absent))), f.pack() }, ErrIncomplete},
		{"the root is missing", func(f *forge) (ID, []byte) { return f.commit(absent), f.pack() }, ErrIncomplete},
		{"a parent is missing", func(f *forge) (ID, []byte) { return f.commit(f.tree(), absent), f.pack() }, ErrIncomplete},
		{"a file of an older commit is missing", func(f *forge) (ID, []byte) {
			old := f.commit(f.tree(file("a", absent)))
			return f.commit(f.tree(), old), f.pack()
		}, ErrIncomplete},
		{"a file that comes in by a merge's second parent is missing", func(f *forge) (ID, []byte) {
			tree := f.tree()
			side := f.commit(f.tree(file("a", absent)))
			return f.commit(tree, f.commit(tree), side), f.pack()
		}, ErrIncomplete},
		{"the commit itself is missing", func(f *forge) (ID, []byte) { f.blob("x"); return absent, f.pack() }, ErrIncomplete},
		{"nothing is sent", func(f *forge) (ID, []byte) { return absent, f.pack() }, ErrIncomplete},
		{"a name twice", func(f *forge) (ID, []byte) {
			b := f.blob("x")
			return f.commit(f.tree(file("a", b), file("a", b))), f.pack()
		}, ErrMalformedTree},
		{"a file beside a folder of its name", func(f *forge) (ID, []byte) {
			b := f.blob("x")
			return f.commit(f.tree(file("a", b), file("a.b", b), folder("a", f.tree(file("c", b))))), f.pack()
		}, ErrMalformedTree},
		{"a way out", func(f *forge) (ID, []byte) { return f.commit(f.tree(folder("..", f.tree()))), f.pack() }, ErrMalformedTree},
		{".git", func(f *forge) (ID, []byte) { return f.commit(f.tree(folder(".GiT", f.tree()))), f.pack() }, ErrMalformedTree},
		{"a malformed commit", func(f *forge) (ID, []byte) {
			return f.add(CommitType, fmt.Appendf(nil, "tree %s\n\nmessage\n", f.tree())), f.pack()
		}, ErrMalformedCommit},
		{"a file for a commit", func(f *forge) (ID, []byte) { return f.blob("x"), f.pack() }, errAny},
		{"a folder for a file", func(f *forge) (ID, []byte) { return f.commit(f.tree(file("a", f.tree()))), f.pack() }, errAny},
		{"a file for a folder", func(f *forge) (ID, []byte) { return f.commit(f.tree(folder("a", f.blob("x")))), f.pack() }, errAny},
		{"folders without end", func(f *forge) (ID, []byte) {
			id := f.tree()
			for range DepthLimit + 2 {
				id = f.tree(folder("a", id))
			}
			return f.commit(id), f.pack()
		}, ErrLimit},
		{"cut", func(f *forge) (ID, []byte) { id := f.commit(f.tree()); p := f.pack(); return id, p[:len(p)-25] }, ErrCorrupt},
		{"cut in its checksum", func(f *forge) (ID, []byte) { id := f.commit(f.tree()); p := f.pack(); return id, p[:len(p)-3] }, ErrCorrupt},
		{"cut to its head", func(f *forge) (ID, []byte) { return f.commit(f.tree()), f.pack()[:12] }, ErrCorrupt},
		{"not a pack", func(f *forge) (ID, []byte) { return absent, bytes.Repeat([]byte("no"), 100) }, ErrCorrupt},
		{"another checksum", func(f *forge) (ID, []byte) { id := f.commit(f.tree()); p := f.pack(); p[len(p)-1]++; return id, p }, ErrCorrupt},
		{"another byte", func(f *forge) (ID, []byte) { id := f.commit(f.tree()); p := f.pack(); p[len(p)/2]++; return id, p }, ErrCorrupt},
		{"more after the last object", func(f *forge) (ID, []byte) {
			id := f.commit(f.tree())
			return id, packOfEntries(1, f.entries...)
		}, ErrCorrupt},
		{"fewer objects than it says", func(f *forge) (ID, []byte) {
			id := f.commit(f.tree())
			return id, packOfEntries(3, f.entries...)
		}, ErrCorrupt},
		{"four thousand million objects", func(f *forge) (ID, []byte) { return absent, packOfEntries(1<<32 - 1) }, ErrLimit},
		{"an object twice", func(f *forge) (ID, []byte) { id := f.commit(f.tree()); f.commit(f.tree()); return id, f.pack() }, ErrCorrupt},
		{"an object that says that it is huge", func(f *forge) (ID, []byte) {
			f.raw(append(appendEntryHead(nil, Blob, ObjectLimit+1), appendStored(nil, make([]byte, 1000))...))
			return absent, f.pack()
		}, ErrTooLarge},
		{"an object of 2^60 bytes", func(f *forge) (ID, []byte) {
			f.raw(append(appendEntryHead(nil, Blob, 1<<59), appendStored(nil, make([]byte, 1000))...))
			return absent, f.pack()
		}, ErrTooLarge},
		{"an object that is longer than it says", func(f *forge) (ID, []byte) {
			f.raw(append(appendEntryHead(nil, Blob, 10), appendStored(nil, make([]byte, 1000))...))
			return absent, f.pack()
		}, ErrCorrupt},
		{"a delta whose base is not in the pack", func(f *forge) (ID, []byte) {
			f.raw(append(append(appendEntryHead(nil, 7, 4), absent[:]...), appendStored(nil, []byte{1, 1, 0x90, 1})...))
			return absent, f.pack()
		}, ErrCorrupt},
		{"a delta on the middle of an object", func(f *forge) (ID, []byte) {
			f.blob("0123456789")
			f.raw(rawDelta(t, append(appendVarint(appendVarint(nil, 10), 1), 0x90, 1), 5))
			return absent, f.pack()
		}, ErrCorrupt},
		{"a delta that makes too much", func(f *forge) (ID, []byte) {
			f.blob("0123456789")
			f.raw(rawDelta(t, append(appendVarint(appendVarint(nil, 10), ObjectLimit+1), 0x90, 1), int64(len(f.entries[0]))))
			return absent, f.pack()
		}, ErrTooLarge},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := initRepo(t)
			main := seed(t, r, 5)
			tip, pack := c.make(&forge{})
			m := hostile(t, tip, sends(pack))
			_, err := m.Fetch(context.Background(), r, wantAll, []ID{main})
			mem := NewMemory()
			_, merr := m.FetchMemory(context.Background(), mem, wantAll)
			if c.want == nil {
				check(t, err)
				check(t, merr)
				must(ReadCommit(r, tip))(t)
				must(ReadCommit(mem, tip))(t)
				return
			}
			for _, err := range []error{err, merr} {
				if err == nil || c.want != errAny && !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			}
			if r.Has(tip) || mem.Has(tip) || len(packsIn(t, r)) != 1 {
				t.Error("something of it is visible")
			}
			if left, _ := filepath.Glob(filepath.Join(r.Dir(), "objects/pack/tmp_*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			must(ReadCommit(reopen(t, r.Dir()), main))(t)
		})
	}
}

// errAny stands for an error without a type of its own.
var errAny = errors.New("any")

// ATTACK: what is missing from a pack lies unreachable in the officer's copy,
// itself without what it needs. It must not count as there.
func TestHalfAnOldObjectDoesNotCount(t *testing.T) {
	r := initRepo(t)
	main := seed(t, r, 5)
	half := (&forge{}).tree(file("a", ID{0xee}))
	path := filepath.Join(t.TempDir(), "tree")
	e := file("a", ID{0xee})
	check(t, os.WriteFile(path, appendEntry(nil, &e), 0o644))
	git(t, r.Dir(), "hash-object", "-w", "-t", "tree", "--literally", path)
	if !r.Has(half) {
		t.Fatal("the test has made no such tree")
	}
	f := &forge{}
	tip := f.commit(half, main)
	_, err := hostile(t, tip, sends(f.pack())).Fetch(context.Background(), r, wantAll, []ID{main})
	if !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
}

// ATTACK: a few trees that hold one another many times over.
func TestTreeBomb(t *testing.T) {
	f := &forge{}
	id := f.tree(file("x", f.blob("boom")))
	for range 5 {
		var es []Entry
		for i := range 20_000 {
			es = append(es, folder(fmt.Sprintf("%05d", i), id))
		}
		id = f.tree(es...)
	}
	tip := f.commit(id)
	r := initRepo(t)
	start := time.Now()
	must(hostile(t, tip, sends(f.pack())).Fetch(context.Background(), r, wantAll, nil))(t)
	t.Logf("fetched in %s", time.Since(start))
	if err := Walk(r, id, "", func(string, Entry) error { return nil }); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
	if err := Diff(r, ZeroID, id, func(Change) error { return nil }); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
	t.Logf("and refused after %s", time.Since(start))
}

// A bound on the changes ends it at once, on either side; what is just below the
// bound is told whole.
func TestDiffAtMost(t *testing.T) {
	f := &forge{}
	id := f.tree(file("x", f.blob("boom")))
	for range 12 {
		var es []Entry
		for i := range 10 {
			es = append(es, folder(fmt.Sprintf("%05d", i), id))
		}
		id = f.tree(es...)
	}
	small := f.tree(folder("a", f.tree(file("x", f.blob("1")), file("y", f.blob("2")))), file("b", f.blob("3")))
	bomb := f.tree(folder("a", id))
	r := initRepo(t)
	must(hostile(t, f.commit(bomb, f.commit(small)), sends(f.pack())).Fetch(context.Background(), r, wantAll, nil))(t)
	calls := 0
	count := func(Change) error { calls++; return nil }
	start := time.Now()
	for _, pair := range [][2]ID{{ZeroID, bomb}, {bomb, ZeroID}, {small, bomb}} {
		if err := DiffAtMost(r, pair[0], pair[1], 100_000, count); !errors.Is(err, ErrChanges) {
			t.Error(err)
		}
	}
	if d := time.Since(start); d > 2*time.Second || calls > 10 {
		t.Errorf("it took %s and told of %d changes", d, calls)
	}
	for limit, want := range map[int]error{2: ErrChanges, 3: nil, 4: nil} {
		calls = 0
		if err := DiffAtMost(r, ZeroID, small, limit, count); !errors.Is(err, want) || want == nil && calls != 3 || calls > limit {
			t.Errorf("limit %d: %v, %d changes", limit, err, calls)
		}
	}
}

// ATTACK: the same without a file in it, so that no limit on what is found is ever
// reached. No tree may hold an empty one.
func TestEmptyTreeBomb(t *testing.T) {
	f := &forge{}
	id := f.tree()
	for range 5 {
		var es []Entry
		for i := range 20_000 {
			es = append(es, folder(fmt.Sprintf("%05d", i), id))
		}
		id = f.tree(es...)
	}
	start := time.Now()
	_, err := hostile(t, f.commit(id), sends(f.pack())).Fetch(context.Background(), initRepo(t), wantAll, nil)
	if !errors.Is(err, ErrMalformedTree) {
		t.Error(err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %s", d)
	}
}
