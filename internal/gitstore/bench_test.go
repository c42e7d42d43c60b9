package gitstore

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// benchRegister is a register of 100,000 records in 100 units: one pack, as a
// clone leaves it.
var benchRegister = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gitstore-bench-")
	if err != nil {
		return "", err
	}
	benchDir = dir
	r, err := Init(dir)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := r.Begin()
	if err != nil {
		return "", err
	}
	defer b.Abort()
	edits := make([]Edit, 100_000)
	for i := range edits {
		id, err := b.Blob(noise(1200, uint64(i)))
		if err != nil {
			return "", err
		}
		edits[i] = Edit{benchPath(i), id}
	}
	tree, err := b.Tree(ZeroID, edits)
	if err != nil {
		return "", err
	}
	id, err := b.Commit(CommitSpec{Tree: tree, Name: "x", Email: "x@example.org", When: epoch, Message: "init\n"})
	if err != nil {
		return "", err
	}
	if err := b.Close(); err != nil {
		return "", err
	}
	return dir, r.UpdateRefs([]RefUpdate{{mainRef, ZeroID, id}})
})

var benchDir string // removed when all is run

func benchPath(i int) string {
	id := hex.EncodeToString(noise(8, uint64(i)))
	return fmt.Sprintf("data/unit-%d/members/%s/%s.yaml.age", i%100, id[:1], id)
}

func benchRepo(b *testing.B) *Repo {
	b.Helper()
	dir, err := benchRegister()
	check(b, err)
	r := must(Open(dir))(b)
	b.Cleanup(func() { r.Close() })
	return r
}

func mainTree(b *testing.B, r *Repo) ID {
	b.Helper()
	id, _, err := r.Ref(mainRef)
	check(b, err)
	return must(ReadCommit(r, id))(b).Tree
}

// A command starts, and reads one record of 100,000.
func BenchmarkOpenAndReadOne(b *testing.B) {
	dir := benchRepo(b).Dir()
	for i := 0; b.Loop(); i++ {
		r := must(Open(dir))(b)
		e, ok, err := Find(r, mainTree(b, r), benchPath(i%100_000))
		if err != nil || !ok {
			b.Fatal(ok, err)
		}
		must(r.Blob(e.ID, 1<<20))(b)
		check(b, r.Close())
	}
}

// One record of 100,000 has changed.
func BenchmarkDiffOneChange(b *testing.B) {
	r := benchRepo(b)
	old := mainTree(b, r)
	bld := must(r.Begin())(b)
	defer bld.Abort()
	blob := must(bld.Blob([]byte("changed")))(b)
	tree := must(bld.Tree(old, []Edit{{benchPath(7), blob}}))(b)
	for b.Loop() {
		n := 0
		check(b, Diff(bld, old, tree, func(Change) error { n++; return nil }))
		if n != 1 {
			b.Fatal(n)
		}
	}
}

// One commit that changes records: objects, durable pack.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := benchRepo(b)
			id, _, err := r.Ref(mainRef)
			check(b, err)
			tree := mainTree(b, r)
			dir := filepath.Join(r.Dir(), "objects", "pack")
			before := must(os.ReadDir(dir))(b)
			for round := uint64(0); b.Loop(); round++ {
				bld := must(r.Begin())(b)
				edits := make([]Edit, n)
				for i := range edits {
					edits[i] = Edit{benchPath(i), must(bld.Blob(noise(1200, round<<32|uint64(i))))(b)}
				}
				next := must(bld.Tree(tree, edits))(b)
				must(bld.Commit(CommitSpec{Tree: next, Parents: []ID{id}, Name: "x", Email: "x@example.org", When: epoch, Message: "edit 1 in asker\n"}))(b)
				check(b, bld.Close())
			}
			keep := map[string]bool{}
			for _, e := range before {
				keep[e.Name()] = true
			}
			for _, e := range must(os.ReadDir(dir))(b) {
				if !keep[e.Name()] {
					check(b, os.Remove(filepath.Join(dir, e.Name())))
				}
			}
		})
	}
}

// Every record is read.
func BenchmarkBlobsAll(b *testing.B) {
	r := benchRepo(b)
	var ids []ID
	check(b, Walk(r, mainTree(b, r), "data", func(_ string, e Entry) error { ids = append(ids, e.ID); return nil }))
	for b.Loop() {
		check(b, r.Blobs(ids, 1<<20, runtime.GOMAXPROCS(0), func(int, []byte) error { return nil }))
	}
}

// The whole register is walked.
func BenchmarkWalkAll(b *testing.B) {
	r := benchRepo(b)
	tree := mainTree(b, r)
	for b.Loop() {
		n := 0
		check(b, Walk(r, tree, "", func(string, Entry) error { n++; return nil }))
		if n != 100_000 {
			b.Fatal(n)
		}
	}
}

// A clone: the pack of 100,000 records is indexed and checked for connectivity.
func BenchmarkIngest(b *testing.B) {
	r := benchRepo(b)
	tip, _, err := r.Ref(mainRef)
	check(b, err)
	f := must(os.Open(packsIn(b, r)[0]))(b)
	defer f.Close()
	st := must(f.Stat())(b)
	for b.Loop() {
		objs, _, err := ingest(b.Context(), f, st.Size())
		check(b, err)
		a := arrived{p: packOf(f, st.Size(), sortedIndex(objs)), under: NewMemory()}
		check(b, checkConnected(b.Context(), a, []ID{tip}, nil))
	}
}
