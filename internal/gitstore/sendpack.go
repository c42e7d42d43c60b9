package gitstore

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// newObjects lists what the updates bring to a server that has the given refs:
// the commits that none of those refs reaches, and for each the trees and files
// that none of its parents has at the same place. A commit without parents is
// compared with the ref's old value, so that a replaced keyring sends itself and
// not what did not change.
func newObjects(r Reader, refs map[string]ID, ups []RefUpdate) ([]ID, error) {
	w := newWalk(r, fromB)
	w.absent = func(marks uint8) bool { return marks&fromA == 0 } // what only the server has
	var bases, tips []ID
	replaced := map[ID]ID{}
	for name, id := range refs {
		// Other refs hold no history to build on, and looking for each in vain
		// costs a look into the folder of packs.
		if !strings.HasPrefix(name, "refs/heads/") && !slices.ContainsFunc(ups, func(u RefUpdate) bool { return u.Name == name }) {
			continue
		}
		if _, err := ReadCommit(r, id); err == nil {
			bases = append(bases, id)
		}
	}
	for _, u := range ups {
		if !u.New.IsZero() && u.New != u.Old {
			tips = append(tips, u.New)
			replaced[u.New] = u.Old
		}
	}
	commits, err := w.between(bases, tips, HistoryLimit)
	if err != nil {
		return nil, err
	}
	l := &lister{r: r, seen: map[ID]struct{}{}}
	for _, n := range parentsFirst(commits) {
		if err := l.add(n.id); err != nil {
			return nil, err
		}
		var olds []ID
		for _, p := range n.parents {
			if pn := w.nodes[p]; pn != nil {
				olds = append(olds, pn.tree)
			}
		}
		if old := w.nodes[replaced[n.id]]; len(n.parents) == 0 && old != nil {
			olds = append(olds, old.tree)
		}
		if err := l.tree(olds, n.tree, 0); err != nil {
			return nil, fmt.Errorf("commit %s: %w", n.id, err)
		}
	}
	return l.ids, nil
}

// parentsFirst orders commits so that each comes after its parents. A tree is sent
// without what the parent has, and once: were a later commit with the tree of an earlier
// one taken first, as when a change is undone, what both have would be sent with neither.
func parentsFirst(ns []*node) []*node {
	in := make(map[ID]*node, len(ns))
	for _, n := range ns {
		in[n.id] = n
	}
	out := make([]*node, 0, len(ns))
	var todo []*node
	for i := len(ns) - 1; i >= 0; i-- { // they come newest first
		for todo = append(todo, ns[i]); len(todo) > 0; {
			n := todo[len(todo)-1]
			if in[n.id] == nil {
				todo = todo[:len(todo)-1]
				continue
			}
			waits := false
			for _, p := range n.parents {
				if pn := in[p]; pn != nil {
					todo, waits = append(todo, pn), true
				}
			}
			if !waits {
				todo = todo[:len(todo)-1]
				delete(in, n.id)
				out = append(out, n)
			}
		}
	}
	return out
}

// lister collects objects, each once.
type lister struct {
	r    Reader
	seen map[ID]struct{}
	ids  []ID
}

func (l *lister) add(id ID) error {
	if _, ok := l.seen[id]; ok {
		return nil
	}
	if len(l.ids) == PackObjectsLimit {
		return fmt.Errorf("pack: %w: more than %d objects", ErrLimit, PackObjectsLimit)
	}
	l.seen[id] = struct{}{}
	l.ids = append(l.ids, id)
	return nil
}

// tree adds a tree and what it holds, but for what one of the olds has at the
// same place.
func (l *lister) tree(olds []ID, id ID, depth int) error {
	for _, o := range olds {
		if o == id {
			return nil
		}
	}
	if _, ok := l.seen[id]; ok {
		return nil
	}
	if depth > DepthLimit {
		return fmt.Errorf("tree: %w: folders nested more than %d deep", ErrLimit, DepthLimit)
	}
	if err := l.add(id); err != nil {
		return err
	}
	es, err := ReadTree(l.r, id)
	if err != nil {
		return err
	}
	was := make([][]Entry, 0, len(olds))
	for _, o := range olds {
		before, err := ReadTree(l.r, o)
		if errors.Is(err, ErrNotFound) {
			continue // only the server has it: more is sent than need be
		}
		if err != nil {
			return err
		}
		was = append(was, before)
	}
entries:
	for _, e := range es {
		var below []ID
		for _, before := range was {
			if !hasEntry(before, e) {
				continue
			}
			o := before[search(before, e)]
			if o.ID == e.ID {
				continue entries
			}
			if e.isDir() {
				below = append(below, o.ID)
			}
		}
		switch {
		case e.isDir():
			err = l.tree(below, e.ID, depth+1)
		case e.Mode != ModeSubmodule:
			err = l.add(e.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writePack streams objects as a pack without deltas.
func writePack(ctx context.Context, w io.Writer, r Reader, ids []ID) error {
	sum := sha1.New()
	out := io.MultiWriter(w, sum)
	if _, err := out.Write(packHead(uint32(len(ids)))); err != nil {
		return err
	}
	var enc encoder
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, content, err := r.Object(id)
		if err != nil {
			return err
		}
		raw, err := enc.entry(t, content)
		if err != nil {
			return err
		}
		if _, err := out.Write(raw); err != nil {
			return err
		}
	}
	_, err := w.Write(sum.Sum(nil))
	return err
}

// packSender makes a pack while it is being read.
type packSender struct {
	r    *io.PipeReader
	done chan struct{}
	err  error
}

func sendPack(ctx context.Context, r Reader, ids []ID) *packSender {
	pr, pw := io.Pipe()
	p := &packSender{r: pr, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = writePack(ctx, pw, r, ids)
		pw.CloseWithError(p.err)
	}()
	return p
}

// stop ends it and returns what went wrong on this side.
func (p *packSender) stop() error {
	p.r.Close()
	<-p.done
	if errors.Is(p.err, io.ErrClosedPipe) {
		return nil // it was the other side
	}
	return p.err
}
