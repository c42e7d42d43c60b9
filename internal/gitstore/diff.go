package gitstore

import "fmt"

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
	d := differ{r: r, fn: fn, barren: map[[2]ID]bool{}}
	return d.dirs(a, b, "", 0)
}

type differ struct {
	r     Reader
	fn    func(Change) error
	n     int
	calls int // of fn
	// barren are the pairs of trees below which no file differs. Folders that hold
	// empty folders many times over are gone through once.
	barren map[[2]ID]bool
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
	if a == b || d.barren[[2]ID{a, b}] {
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
	before := d.calls
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
	if d.calls == before {
		d.barren[[2]ID{a, b}] = true
	}
	return nil
}

func (d *differ) entry(x, y Entry, prefix string, depth int) error {
	if x == y {
		return nil
	}
	path := prefix + max(x.Name, y.Name)
	if x.isDir() || y.isDir() { // both, or one of them with the other absent
		return d.dirs(x.ID, y.ID, path+"/", depth+1)
	}
	d.calls++
	return d.fn(Change{Path: path, Old: x, New: y})
}
