package gitstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Forget deletes the files that only commits which no ref reaches any more brought in:
// those of heads, where sealed says so of their path. It returns how many went. The
// commits and the folders that hold them go as well. Every file stays that anything which
// a ref reaches has brought since the heads went their own way, or has now: the
// repository stays whole. sealed must be of files that never come twice, as sealed ones
// do not.
//
// It is for what was dropped and must not be opened again; git's own clean-up would wait
// for weeks, and leave what lies in a pack.
func (r *Repo) Forget(heads []ID, sealed func(path string) bool) (int, error) {
	if r.readOnly {
		return 0, fmt.Errorf("forget: %w", ErrReadOnly)
	}
	if r.precious {
		return 0, nil
	}
	commits, gone, err := r.dropped(heads, sealed)
	if err == nil && len(gone) > 0 {
		err = r.kept(heads, gone)
	}
	n := len(gone)
	if err == nil && n > 0 {
		err = r.dropHolders(commits, gone)
	}
	if err == nil && n > 0 {
		err = r.dropObjects(gone)
	}
	if err != nil {
		return 0, fmt.Errorf("forget: %w", err)
	}
	return n, nil
}

// dropHolders adds the commits, and those of their folders that hold something which
// goes: nothing that is reached can have such a folder.
func (r *Repo) dropHolders(commits []*node, gone map[ID]bool) error {
	clean := map[ID]bool{}
	for _, n := range commits {
		if _, err := r.holder(n.tree, gone, clean, 0); err != nil {
			return err
		}
		gone[n.id] = true
	}
	return nil
}

func (r *Repo) holder(tree ID, gone, clean map[ID]bool, depth int) (bool, error) {
	if gone[tree] || clean[tree] {
		return gone[tree], nil
	}
	if depth > DepthLimit {
		return false, fmt.Errorf("tree: %w: folders nested more than %d deep", ErrLimit, DepthLimit)
	}
	es, err := ReadTree(r, tree)
	if err != nil {
		return false, err
	}
	holds := false
	for _, e := range es {
		if e.isDir() {
			below, err := r.holder(e.ID, gone, clean, depth+1)
			if err != nil {
				return false, err
			}
			holds = holds || below
		}
		holds = holds || gone[e.ID]
	}
	if holds {
		gone[tree] = true
	} else {
		clean[tree] = true
	}
	return holds, nil
}

// dropped collects the commits that the heads reach and no ref does, and the sealed files
// that they bring.
func (r *Repo) dropped(heads []ID, sealed func(string) bool) ([]*node, map[ID]bool, error) {
	bases, err := r.refCommits()
	if err != nil {
		return nil, nil, err
	}
	var tips []ID
	for _, id := range heads {
		if _, err := ReadCommit(r, id); err == nil {
			tips = append(tips, id)
		}
	}
	gone := map[ID]bool{}
	if len(tips) == 0 {
		return nil, gone, nil
	}
	commits, err := newWalk(r, fromB).between(bases, tips, HistoryLimit)
	if err != nil {
		return nil, nil, err
	}
	return commits, gone, r.brought(commits, func(path string, id ID) {
		if sealed(path) {
			gone[id] = true
		}
	})
}

// brought calls fn for each file that the commits bring, compared with their parents.
func (r *Repo) brought(commits []*node, fn func(path string, id ID)) error {
	for _, n := range commits {
		c, err := ReadCommit(r, n.id)
		if err != nil {
			return err
		}
		before := []ID{ZeroID}
		if len(c.Parents) > 0 {
			before = before[:0]
		}
		for _, p := range c.Parents {
			pc, err := ReadCommit(r, p)
			if err != nil {
				return err
			}
			before = append(before, pc.Tree)
		}
		for _, tree := range before {
			err := Diff(r, tree, c.Tree, func(x Change) error {
				if !x.New.ID.IsZero() {
					fn(x.Path, x.New.ID)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// kept takes out of gone what something that a ref reaches has now, or has brought since
// the heads branched off.
func (r *Repo) kept(heads []ID, gone map[ID]bool) error {
	refs, err := r.refCommits()
	if err != nil {
		return err
	}
	var roots []ID
	for _, h := range heads {
		for _, ref := range refs {
			if _, err := ReadCommit(r, h); err != nil {
				break
			}
			bases, err := MergeBases(r, h, ref)
			if err != nil {
				return err
			}
			roots = append(roots, bases...)
		}
	}
	since, err := newWalk(r, fromB).between(roots, refs, HistoryLimit)
	if err != nil {
		return err
	}
	if err := r.brought(since, func(_ string, id ID) { delete(gone, id) }); err != nil {
		return err
	}
	seen := map[ID]bool{}
	for _, ref := range refs {
		c, err := ReadCommit(r, ref)
		if err != nil {
			return err
		}
		if err := r.present(c.Tree, seen, gone, 0); err != nil {
			return err
		}
	}
	return nil
}

// present takes out of gone what a tree holds.
func (r *Repo) present(tree ID, seen, gone map[ID]bool, depth int) error {
	if seen[tree] {
		return nil
	}
	if seen[tree] = true; depth > DepthLimit {
		return fmt.Errorf("tree: %w: folders nested more than %d deep", ErrLimit, DepthLimit)
	}
	es, err := ReadTree(r, tree)
	if err != nil {
		return err
	}
	for _, e := range es {
		if e.isDir() {
			if err := r.present(e.ID, seen, gone, depth+1); err != nil {
				return err
			}
			continue
		}
		delete(gone, e.ID)
	}
	return nil
}

// dropObjects writes each pack anew that holds one of the objects, without it. Packs that
// git was told to keep are left alone.
func (r *Repo) dropObjects(gone map[ID]bool) error {
	for id := range gone {
		err := os.Remove(loosePath(filepath.Join(r.dir, "objects"), id))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	dir := filepath.Join(r.dir, "objects", "pack")
	idxs, err := filepath.Glob(filepath.Join(dir, "pack-*.idx"))
	if err != nil {
		return err
	}
	for _, idx := range idxs {
		if _, err := os.Stat(strings.TrimSuffix(idx, ".idx") + ".keep"); err == nil {
			continue
		}
		if err := r.dropFrom(dir, idx, gone); err != nil {
			return err
		}
	}
	_, err = r.objs.refresh(true)
	return err
}

func (r *Repo) dropFrom(dir, idx string, gone map[ID]bool) error {
	holds, rest, err := counted(idx, gone)
	if err != nil || holds == 0 {
		return err
	}
	fresh := ""
	if rest > 0 {
		pw, err := newPackWriter(dir)
		if err != nil {
			return err
		}
		m := merger{pw: pw, c: &cursor{window: bulkWindow}, skip: gone}
		if err := m.copy(idx); err != nil {
			pw.abort()
			return err
		}
		if fresh, err = pw.install(); err != nil {
			return err
		}
	}
	if fresh == idx {
		return nil
	}
	stem := strings.TrimSuffix(idx, ".idx")
	if err := os.Remove(idx); err != nil {
		return err
	}
	_ = os.Remove(stem + ".rev")
	if err := os.Remove(stem + ".pack"); err != nil {
		return err
	}
	return syncDir(dir)
}

// counted counts how many of the objects a pack holds, and how many others.
func counted(idx string, gone map[ID]bool) (holds, rest int, err error) {
	p, err := openPack(idx)
	if err != nil {
		return 0, 0, err
	}
	defer p.close()
	objs, err := p.idx.(*fileIndex).all()
	for _, o := range objs {
		if gone[o.id] {
			holds++
		} else {
			rest++
		}
	}
	return holds, rest, err
}
