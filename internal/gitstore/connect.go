package gitstore

import (
	"context"
	"errors"
	"fmt"
)

// ErrIncomplete: a server left out objects that what it sent refers to.
var ErrIncomplete = errors.New("objects are missing")

// arrived is a Reader of what came from a server and of what was here before.
type arrived struct {
	p     *pack // nil where nothing came
	under repository
}

// repository is what a Repo and a Memory have in common.
type repository interface {
	Reader
	sizedReader
	Size(id ID) (ObjectType, int64, error)
}

func (a arrived) Object(id ID) (ObjectType, []byte, error) { return a.object(id, ObjectLimit) }

func (a arrived) object(id ID, limit int64) (ObjectType, []byte, error) {
	off, ok := a.find(id)
	if !ok {
		return a.under.object(id, limit)
	}
	c := cursors.Get().(*cursor)
	defer cursors.Put(c)
	t, b, err := c.object(a.p, off, limit) // its hash was computed when it came
	if err != nil {
		return 0, nil, fmt.Errorf("object %s: %w", id, err)
	}
	return t, b, nil
}

func (a arrived) find(id ID) (int64, bool) {
	if a.p == nil {
		return 0, false
	}
	off, ok, _ := a.p.idx.find(id) // in memory: no error
	return off, ok
}

// checkFile checks that a file is here and that its hash is right.
func (a arrived) checkFile(id ID) error {
	off, ok := a.find(id)
	if !ok { // it was here before, and nothing is known of it
		_, err := read(a.under, id, Blob, ObjectLimit)
		return err
	}
	c := cursors.Get().(*cursor)
	defer cursors.Put(c)
	t, _, err := c.size(a.p, off)
	if err == nil && t != Blob {
		err = fmt.Errorf("object %s is a %s, not a %s", id, t, Blob)
	}
	return err
}

// connectivity checks that commits bring all that they reach.
type connectivity struct {
	ctx  context.Context
	a    arrived
	done map[ID]struct{} // trees of which everything is here
	bare bool            // files were not asked for
}

// checkConnected returns an error, one that wraps ErrIncomplete as a rule,
// unless every commit, tree and file that the tips reach and that the bases do
// not is here, well formed, and hashes right. Bases that are not here are passed
// over.
func checkConnected(ctx context.Context, a arrived, tips, bases []ID) error {
	return checkReached(connectivity{ctx: ctx, a: a, done: map[ID]struct{}{}}, tips, bases)
}

func checkReached(c connectivity, tips, bases []ID) error {
	a := c.a
	w := newWalk(a, fromB)
	w.absent = func(marks uint8) bool { return marks&fromA == 0 }
	commits, err := w.between(bases, tips, HistoryLimit)
	if err != nil {
		return incomplete(err)
	}
	for _, n := range commits {
		// What a parent has at the same place is here: the parent is among the
		// commits that are checked, or was here before.
		var old ID
		if len(n.parents) > 0 {
			if p := w.nodes[n.parents[0]]; p != nil {
				old = p.tree
			}
		}
		if err := c.tree(old, n.tree, 0); err != nil {
			return incomplete(fmt.Errorf("commit %s: %w", n.id, err))
		}
	}
	return nil
}

func incomplete(err error) error {
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	return err
}

func (c *connectivity) tree(old, id ID, depth int) error {
	if old == id {
		return nil
	}
	if _, ok := c.done[id]; ok {
		return nil
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if depth > DepthLimit || len(c.done) == PackObjectsLimit {
		return fmt.Errorf("tree: %w: folders nested more than %d deep, or more than %d of them", ErrLimit, DepthLimit, PackObjectsLimit)
	}
	es, err := ReadTree(c.a, id)
	if err != nil {
		return err
	}
	var was []Entry
	if !old.IsZero() {
		if was, err = ReadTree(c.a, old); errors.Is(err, ErrNotFound) {
			was, err = nil, nil // history that was cut off
		}
		if err != nil {
			return err
		}
	}
	for i := range es {
		e := &es[i]
		var o Entry
		if hasEntry(was, *e) {
			o = was[search(was, *e)]
		}
		switch {
		case o.ID == e.ID && (o.Mode == e.Mode || !o.isDir() && o.Mode != ModeSubmodule):
		case e.isDir():
			err = c.tree(o.ID, e.ID, depth+1)
		case e.Mode != ModeSubmodule && !c.bare: // whose commits lie elsewhere
			err = c.a.checkFile(e.ID)
		}
		if err != nil {
			return fmt.Errorf("%q: %w", clip(e.Name), err)
		}
	}
	c.done[id] = struct{}{}
	return nil
}
