package gitstore

import (
	"fmt"
	"slices"
	"strings"
)

// Edit puts a file at a path of a tree, or, with a zero ID, removes the file
// there. Files are put with ModeFile.
type Edit struct {
	Path string
	ID   ID
}

// store takes new objects and reads them back.
type store interface {
	Reader
	add(t ObjectType, content []byte) (ID, error)
}

// editTree applies edits to the tree root and returns the new one. Only the
// folders on an edited path are read and written; folders left empty disappear.
func editTree(s store, root ID, edits []Edit) (ID, error) {
	sorted := slices.Clone(edits)
	slices.SortFunc(sorted, func(a, b Edit) int { return strings.Compare(a.Path, b.Path) })
	for i, e := range sorted {
		if err := checkPath(e.Path); err != nil {
			return ZeroID, fmt.Errorf("edit tree: %w", err)
		}
		if i > 0 && e.Path == sorted[i-1].Path {
			return ZeroID, fmt.Errorf("edit tree: duplicate path %q", clip(e.Path))
		}
	}
	id, err := editDir(s, root, sorted, 0)
	if err == nil && id.IsZero() {
		id, err = s.add(Tree, nil)
	}
	if err != nil {
		return ZeroID, fmt.Errorf("edit tree: %w", err)
	}
	return id, nil
}

// editDir applies edits, sorted by path, of which the first skip bytes lead to
// the folder dir. It returns the zero ID for an empty folder.
func editDir(s store, dir ID, edits []Edit, skip int) (ID, error) {
	var old []Entry
	if !dir.IsZero() {
		var err error
		if old, err = ReadTree(s, dir); err != nil {
			return ZeroID, err
		}
	}
	// What the edits make of this folder, by name and kind; a zero ID goes.
	var fresh []Entry
	for i := 0; i < len(edits); {
		name, _, deeper := strings.Cut(edits[i].Path[skip:], "/")
		if !deeper {
			e := Entry{Name: name, Mode: ModeFile, ID: edits[i].ID}
			if e.ID.IsZero() && !hasEntry(old, e) {
				return ZeroID, fmt.Errorf("remove %q: %w: no such file", clip(edits[i].Path), ErrNotFound)
			}
			fresh = append(fresh, e)
			i++
			continue
		}
		prefix := edits[i].Path[:skip+len(name)+1]
		j := i + 1
		for j < len(edits) && strings.HasPrefix(edits[j].Path, prefix) {
			j++
		}
		e := Entry{Name: name, Mode: ModeDir}
		if hasEntry(old, e) {
			e.ID = old[search(old, e)].ID
		}
		var err error
		if e.ID, err = editDir(s, e.ID, edits[i:j], len(prefix)); err != nil {
			return ZeroID, err
		}
		fresh = append(fresh, e)
		i = j
	}
	slices.SortFunc(fresh, func(a, b Entry) int {
		if less(&a, &b) {
			return -1
		}
		return 1
	})
	raw, err := mergeEntries(old, fresh)
	if err != nil || len(raw) == 0 {
		return ZeroID, err
	}
	if len(raw) > TreeLimit {
		return ZeroID, fmt.Errorf("folder %q: %w: %d bytes, limit %d", strings.TrimSuffix(clip(edits[0].Path[:skip]), "/"), ErrTooLarge, len(raw), TreeLimit)
	}
	return s.add(Tree, raw)
}

// mergeEntries returns the raw tree of old with fresh put over it; both are in
// git's order.
func mergeEntries(old, fresh []Entry) ([]byte, error) {
	raw := make([]byte, 0, (len(old)+len(fresh))*52)
	for i, j := 0, 0; i < len(old) || j < len(fresh); {
		if j == len(fresh) || i < len(old) && less(&old[i], &fresh[j]) {
			raw = appendEntry(raw, &old[i])
			i++
			continue
		}
		e := fresh[j]
		j++
		if i < len(old) && old[i].Name == e.Name && old[i].isDir() == e.isDir() {
			i++
		}
		if e.ID.IsZero() {
			continue
		}
		// The same name as the other kind must not stay.
		twin := Entry{Name: e.Name, Mode: ModeDir}
		if e.isDir() {
			twin.Mode = ModeFile
		}
		if hasEntry(fresh, twin) {
			if !fresh[search(fresh, twin)].ID.IsZero() {
				return nil, fmt.Errorf("%q is to be a file and a folder", clip(e.Name))
			}
		} else if hasEntry(old, twin) {
			return nil, fmt.Errorf("%q is a file or a folder already and is to be the other", clip(e.Name))
		}
		raw = appendEntry(raw, &e)
	}
	return raw, nil
}
