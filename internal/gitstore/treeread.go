package gitstore

import (
	"fmt"
	"strings"
)

// A TreeReader is a Reader that keeps trees taken apart. What it returns is what
// ReadTree does, and not to be changed.
type TreeReader interface {
	Reader
	Tree(ID) ([]Entry, error)
}

// ReadTree returns the entries of a tree in git's order. A tree that holds
// anything that git would not write (order, modes, a name twice, "..", ".git" in
// any spelling) is an error that wraps ErrMalformedTree.
func ReadTree(r Reader, id ID) ([]Entry, error) {
	if t, ok := r.(TreeReader); ok {
		return t.Tree(id)
	}
	raw, err := read(r, id, Tree, TreeLimit)
	if err != nil {
		return nil, err
	}
	es, err := parseTree(raw)
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", id, err)
	}
	return es, nil
}

// Find returns the entry at a path of a tree, "data/asker/keyring.yaml", and
// whether there is one. A path that leads through something other than a folder
// is not there. The zero ID stands for the empty tree.
func Find(r Reader, tree ID, path string) (Entry, bool, error) {
	if err := checkPath(path); err != nil {
		return Entry{}, false, err
	}
	if tree.IsZero() {
		return Entry{}, false, nil
	}
	for {
		name, rest, more := strings.Cut(path, "/")
		es, err := ReadTree(r, tree)
		if err != nil {
			return Entry{}, false, err
		}
		var e Entry
		ok := false
		for _, kind := range []Mode{ModeDir, ModeFile} {
			if i := search(es, Entry{Name: name, Mode: kind}); i < len(es) && es[i].Name == name && es[i].isDir() == (kind == ModeDir) {
				e, ok = es[i], true
			}
		}
		if !ok || !more {
			return e, ok, nil
		}
		if !e.isDir() {
			return Entry{}, false, nil
		}
		tree, path = e.ID, rest
	}
}

// checkPath refuses a path that no tree can hold.
func checkPath(path string) error {
	depth := 0
	for name := range strings.SplitSeq(path, "/") {
		if depth++; depth > DepthLimit {
			return fmt.Errorf("path %q: %w: more than %d folders", clip(path), ErrLimit, DepthLimit)
		}
		if err := checkName(name); err != nil {
			return fmt.Errorf("path %q: %w", clip(path), err)
		}
	}
	return nil
}

// Walk calls fn for every entry below prefix that is not a folder, depth first
// in git's order, with its full path. The prefix is a folder ("data/asker", or
// "" for the whole tree); where it is absent, or not a folder, nothing is
// called. An error of fn ends the walk and is returned.
func Walk(r Reader, tree ID, prefix string, fn func(path string, e Entry) error) error {
	if tree.IsZero() {
		return nil
	}
	if prefix = strings.TrimSuffix(prefix, "/"); prefix != "" {
		e, ok, err := Find(r, tree, prefix)
		if err != nil || !ok || !e.isDir() {
			return err
		}
		tree, prefix = e.ID, prefix+"/"
	}
	w := walker{r: r, fn: fn}
	return w.dir(tree, prefix, 0)
}

type walker struct {
	r  Reader
	fn func(path string, e Entry) error
	n  int
}

func (w *walker) dir(tree ID, prefix string, depth int) error {
	if depth > DepthLimit {
		return fmt.Errorf("tree: %w: folders nested more than %d deep", ErrLimit, DepthLimit)
	}
	es, err := ReadTree(w.r, tree)
	if err != nil {
		return within(prefix, err)
	}
	if w.n += len(es) + folderCost; w.n > EntriesLimit {
		return fmt.Errorf("tree: %w: more than %d entries", ErrLimit, EntriesLimit)
	}
	for i := range es {
		path := prefix + es[i].Name
		if es[i].isDir() {
			err = w.dir(es[i].ID, path+"/", depth+1)
		} else {
			err = w.fn(path, es[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// within says in which folder reading failed.
func within(prefix string, err error) error {
	if prefix == "" {
		return err
	}
	return fmt.Errorf("folder %q: %w", strings.TrimSuffix(prefix, "/"), err)
}
