package gitstore

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
)

// Builder collects new objects in one pack, which becomes a part of the
// repository when Close returns and not before. It is a Reader of the new
// objects and of the repository. Safe for concurrent use. Abort it when
// something fails; after Close that does nothing, so that it can be deferred.
type Builder struct {
	r    *Repo
	mu   sync.Mutex
	pw   *packWriter
	done bool
}

var errBuilderDone = errors.New("builder was closed or aborted")

// Begin starts new objects.
func (r *Repo) Begin() (*Builder, error) {
	if r.readOnly {
		return nil, fmt.Errorf("begin: %w", ErrReadOnly)
	}
	pw, err := newPackWriter(filepath.Join(r.dir, "objects", "pack"))
	if err != nil {
		return nil, err
	}
	return &Builder{r: r, pw: pw}, nil
}

// Blob adds a file.
func (b *Builder) Blob(content []byte) (ID, error) { return b.add(Blob, content) }

// Tree applies edits to the tree root, the zero ID for an empty one, and adds
// the trees that this makes. It returns the new root. An edit names each path
// once; to remove what is not there is an error that wraps ErrNotFound.
func (b *Builder) Tree(root ID, edits []Edit) (ID, error) {
	if err := checkEdits(b.size, edits); err != nil {
		return ZeroID, err
	}
	return editTree(b, root, edits)
}

// Commit adds a commit. Its tree and its parents must be here.
func (b *Builder) Commit(s CommitSpec) (ID, error) { return addCommit(b, b.size, s) }

// Object returns a new object or one of the repository.
func (b *Builder) Object(id ID) (ObjectType, []byte, error) { return b.object(id, ObjectLimit) }

// Close writes what was added, waits until it is on disk, and makes it a part
// of the repository. With nothing added, nothing is written.
func (b *Builder) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done {
		return errBuilderDone
	}
	b.done = true
	if len(b.pw.objs) == 0 {
		b.pw.abort()
		return nil
	}
	idx, err := b.pw.install()
	if err != nil {
		return err
	}
	return b.r.adopt(idx)
}

// adopt makes a pack that was just installed known.
func (r *Repo) adopt(idx string) error {
	p, err := openPack(idx)
	if err != nil {
		return fmt.Errorf("open new pack: %w", err)
	}
	r.objs.add(p)
	return nil
}

// Abort drops what was added.
func (b *Builder) Abort() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.done {
		b.done = true
		b.pw.abort()
	}
}

func (b *Builder) add(t ObjectType, content []byte) (ID, error) {
	if len(content) > ObjectLimit {
		return ZeroID, fmt.Errorf("add object: %w: %d bytes, limit %d", ErrTooLarge, len(content), ObjectLimit)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done {
		return ZeroID, errBuilderDone
	}
	return b.pw.add(t, content)
}

func (b *Builder) object(id ID, limit int64) (ObjectType, []byte, error) {
	p, off, ok, err := b.pending(id)
	if err != nil {
		return 0, nil, err
	}
	if !ok {
		return b.r.object(id, limit)
	}
	c := cursors.Get().(*cursor)
	defer cursors.Put(c)
	t, content, err := c.object(p, off, limit)
	if err == nil && hashObject(t, content) != id {
		err = ErrCorrupt
	}
	if err != nil {
		return 0, nil, fmt.Errorf("object %s: %w", id, err)
	}
	return t, content, nil
}

func (b *Builder) size(id ID) (ObjectType, int64, error) {
	p, off, ok, err := b.pending(id)
	if err != nil {
		return 0, 0, err
	}
	if !ok {
		return b.r.Size(id)
	}
	c := cursors.Get().(*cursor)
	defer cursors.Put(c)
	return c.size(p, off)
}

// pending finds a new object. After Close the repository has it; after Abort
// nobody.
func (b *Builder) pending(id ID) (p *pack, off int64, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done {
		return nil, 0, false, nil
	}
	if off, ok = b.pw.at[id]; !ok {
		return nil, 0, false, nil
	}
	p, err = b.pw.pack()
	return p, off, err == nil, err
}

// checkEdits refuses edits that would put something into a tree that is not
// here, or is no file.
func checkEdits(size func(ID) (ObjectType, int64, error), edits []Edit) error {
	for _, e := range edits {
		if e.ID.IsZero() {
			continue
		}
		t, _, err := size(e.ID)
		if err == nil && t != Blob {
			err = fmt.Errorf("object %s is a %s, not a %s", e.ID, t, Blob)
		}
		if err != nil {
			return fmt.Errorf("edit tree: path %q: %w", clip(e.Path), err)
		}
	}
	return nil
}

// addCommit encodes and adds a commit of which the tree and the parents are here.
func addCommit(s store, size func(ID) (ObjectType, int64, error), spec CommitSpec) (ID, error) {
	want := map[ID]ObjectType{spec.Tree: Tree}
	for _, p := range spec.Parents {
		want[p] = CommitType
	}
	for id, w := range want {
		t, _, err := size(id)
		if err == nil && t != w {
			err = fmt.Errorf("object %s is a %s, not a %s", id, t, w)
		}
		if err != nil {
			return ZeroID, fmt.Errorf("commit: %w", err)
		}
	}
	raw, err := spec.encode()
	if err != nil {
		return ZeroID, err
	}
	return s.add(CommitType, raw)
}
