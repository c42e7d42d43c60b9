package gitstore

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
)

// What is remembered is what was read, for as long as it was asked for, and no more than
// the limit of a reader.
func TestRemember(t *testing.T) {
	r := initRepo(t)
	c := commit(t, r, map[string]string{"a": "a file", "b/c": "another"})
	tree := must(ReadCommit(r, c))(t).Tree
	_, plain, err := r.Object(tree)
	check(t, err)
	first, second := r.Remember(), r.Remember()
	for range 2 {
		typ, b, err := r.Object(tree)
		if check(t, err); typ != Tree || !bytes.Equal(b, plain) {
			t.Errorf("%s, %q", typ, b)
		}
	}
	if _, ok := r.lately.get(tree); !ok {
		t.Error("a tree that was read is not remembered")
	}
	if _, err := read(r, tree, Tree, int64(len(plain)-1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte too large: %v", err)
	}
	if _, err := read(r, tree, CommitType, TreeLimit); err == nil {
		t.Error("a tree was taken for a commit")
	}
	e, ok, err := Find(r, tree, "a")
	if check(t, err); !ok {
		t.Fatal("no file")
	}
	for range 2 {
		if b := must(r.Blob(e.ID, 100))(t); string(b) != "a file" {
			t.Errorf("%q", b)
		}
	}
	first()
	first() // counts once
	if _, ok := r.lately.get(tree); !ok {
		t.Error("forgotten while somebody remembers")
	}
	second()
	if _, ok := r.lately.get(tree); ok || r.remember.Load() != 0 {
		t.Error("not forgotten")
	}
}

// What is not asked for is forgotten, and what is asked for stays, however much is read.
func TestRememberBounds(t *testing.T) {
	var l lately
	id := func(i int) ID { return hashObject(Blob, fmt.Append(nil, i)) }
	content := make([]byte, rememberedSize)
	l.add(id(-1), memObject{Tree, make([]byte, rememberedSize+1)})
	l.add(id(-2), memObject{Blob, make([]byte, rememberedFile+1)})
	if len(l.now) > 0 {
		t.Error("what is too large is remembered")
	}
	const many = 5 * rememberedAll / rememberedSize
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { l.add(id(i), memObject{Tree, content}) })
		l.get(id(0))
	}
	all.Wait()
	if n := len(l.now) + len(l.before); n > 2*rememberedAll/rememberedSize {
		t.Errorf("%d objects are remembered", n)
	}
	for i := range many {
		l.add(id(many+i), memObject{Tree, content})
		if _, ok := l.get(id(many)); !ok {
			t.Fatal("what is asked for all the time is forgotten")
		}
	}
	if _, ok := l.get(id(many + 1)); ok {
		t.Error("what nobody asked for is remembered")
	}
}
