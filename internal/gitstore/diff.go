package gitstore

import (
	"errors"
	"fmt"
	"math"
)

// Change is one path that differs between two trees. An absent side is the zero
// Entry; where both are present, the content, the mode or the kind differs. A
// file that became a folder is a Change without New, and one Change without Old
// for each entry below.
type Change struct {
	Path     string
	Old, New Entry
}

// Diff calls fn for every path, folders aside, that differs between the trees a
// and b, in git's order. There is no detection of renames. The zero ID stands
// for the empty tree. Only folders whose ids differ are read, so that the cost
// follows the change and not the register.
func Diff(r Reader, a, b ID, fn func(Change) error) error {
	return DiffAtMost(r, a, b, math.MaxInt, fn)
}

// ErrChanges: two trees differ at more paths than were asked for.
var ErrChanges = errors.New("more changes than are looked at")

// DiffAtMost is Diff for at most limit changes; with more it ends, sooner or
// later, with an error that wraps ErrChanges. A folder on one side alone is
// counted first, each tree in it once: one that holds others many times over
// costs what there is to read of it, and not what it would unfold to.
func DiffAtMost(r Reader, a, b ID, limit int, fn func(Change) error) error {
	d := differ{r: r, fn: fn, limit: limit, files: map[ID]int{}}
	return d.dirs(a, b, "", 0)
}

// DiffExcept is Diff without what lies in folders, "data/asker/draws/", for which skip
// returns true. They are not read.
func DiffExcept(r Reader, a, b ID, skip func(folder string) bool, fn func(Change) error) error {
	d := differ{r: r, fn: fn, limit: math.MaxInt, files: map[ID]int{}, skip: skip}
	return d.dirs(a, b, "", 0)
}

type differ struct {
	r     Reader
	fn    func(Change) error
	skip  func(folder string) bool // nil: no folder
	n     int
	limit int
	calls int        // of fn
	files map[ID]int // in and below trees that were counted, limit+1 for more
}

func (d *differ) read(id ID, prefix string) ([]Entry, error) {
	if id.IsZero() {
		return nil, nil
	}
	es, err := ReadTree(d.r, id)
	if err != nil {
		return nil, within(prefix, err)
	}
	if d.n += len(es) + folderCost; d.n > EntriesLimit {
		return nil, fmt.Errorf("tree: %w: more than %d entries", ErrLimit, EntriesLimit)
	}
	return es, nil
}

func (d *differ) dirs(a, b ID, prefix string, depth int) error {
	if a == b {
		return nil
	}
	if depth > DepthLimit {
		return fmt.Errorf("tree: %w: folders nested more than %d deep", ErrLimit, DepthLimit)
	}
	as, err := d.read(a, prefix)
	if err != nil {
		return err
	}
	bs, err := d.read(b, prefix)
	if err != nil {
		return err
	}
	for i, j := 0, 0; i < len(as) || j < len(bs); {
		var x, y Entry // of the same name and kind, or one of them absent
		switch {
		case j == len(bs) || i < len(as) && less(&as[i], &bs[j]):
			x = as[i]
			i++
		case i == len(as) || less(&bs[j], &as[i]):
			y = bs[j]
			j++
		default:
			x, y = as[i], bs[j]
			i++
			j++
		}
		if err := d.entry(x, y, prefix, depth); err != nil {
			return err
		}
	}
	return nil
}

func (d *differ) entry(x, y Entry, prefix string, depth int) error {
	if x == y {
		return nil
	}
	path := prefix + max(x.Name, y.Name)
	if x.isDir() || y.isDir() { // both, or one of them with the other absent
		if d.skip != nil && d.skip(path+"/") {
			return nil
		}
		if (x.ID.IsZero() || y.ID.IsZero()) && d.limit < math.MaxInt {
			id := x.ID
			if id.IsZero() {
				id = y.ID
			}
			n, err := d.count(id, path+"/", depth+1)
			if err != nil {
				return err
			}
			if n > d.limit-d.calls {
				return ErrChanges
			}
		}
		return d.dirs(x.ID, y.ID, path+"/", depth+1)
	}
	if d.calls++; d.calls > d.limit {
		return ErrChanges
	}
	return d.fn(Change{Path: path, Old: x, New: y})
}

// count returns the number of files in and below a tree, or a number above the
// limit.
func (d *differ) count(id ID, prefix string, depth int) (int, error) {
	if n, ok := d.files[id]; ok {
		return n, nil
	}
	if depth > DepthLimit {
		return 0, fmt.Errorf("tree: %w: folders nested more than %d deep", ErrLimit, DepthLimit)
	}
	es, err := d.read(id, prefix)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := 0; i < len(es) && n <= d.limit; i++ {
		if !es[i].isDir() {
			n++
			continue
		}
		below, err := d.count(es[i].ID, prefix+es[i].Name+"/", depth+1)
		if err != nil {
			return 0, err
		}
		n += below
	}
	n = min(n, d.limit+1)
	d.files[id] = n
	return n, nil
}
