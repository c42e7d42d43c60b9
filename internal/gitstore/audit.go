package gitstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Fault is something of a repository that cannot be read, is not what its name says,
// or is missing.
type Fault struct {
	File string // where it lies, below the git folder, with "/"; "" of an object that is missing
	ID   ID     // of the object; zero where a whole pack or a ref is meant
	Ref  string // the ref that is malformed or that leads to ID
	Path string // in a commit, of the object, where a ref leads to it; "" of commits
	// Spare tells that another copy of the object is there, which is read instead.
	Spare bool
	// Adrift tells that no ref leads to the object, as far as everything can be followed.
	Adrift bool
	Err    error
}

// FaultsLimit is the number of faults that an audit tells.
const FaultsLimit = 1000

// Audit reads every object of the repository, each copy of it, follows every ref to all
// that belongs to it, and returns what is wrong: the damage of a disk, or what somebody
// did to the files. progress may be nil. The error is one of reading folders.
func (r *Repo) Audit(progress func(done, total int)) ([]Fault, error) {
	a := &audit{r: r, bad: map[ID][]int{}, good: map[ID]bool{}, progress: progress}
	if a.progress == nil {
		a.progress = func(int, int) {}
	}
	if err := a.objects(); err != nil {
		return nil, err
	}
	if err := a.refs(); err != nil {
		return nil, err
	}
	for id, at := range a.bad {
		for _, i := range at {
			a.faults[i].Spare = a.good[id]
		}
	}
	if !slices.ContainsFunc(a.faults, func(f Fault) bool { return f.Ref != "" || f.ID.IsZero() }) {
		for i, f := range a.faults {
			a.faults[i].Adrift = !f.Spare
		}
	}
	return a.faults, nil
}

type audit struct {
	r        *Repo
	faults   []Fault
	bad      map[ID][]int // faults of each object
	good     map[ID]bool  // objects of which a copy is in order
	progress func(done, total int)
}

func (a *audit) found(f Fault) {
	if len(a.faults) < FaultsLimit {
		if !f.ID.IsZero() && f.File != "" {
			a.bad[f.ID] = append(a.bad[f.ID], len(a.faults))
		}
		a.faults = append(a.faults, f)
	}
}

// below is a file's name below the git folder; of one that is borrowed, as it is.
func (a *audit) below(path string) string {
	if rel, err := filepath.Rel(a.r.dir, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// copyAt is one copy of an object: p is nil where it lies by itself.
type copyAt struct {
	id  ID
	p   *pack
	off int64
	dir string
}

// objects reads every copy of every object and compares it with its id.
func (a *audit) objects() error {
	var all []copyAt
	for _, dir := range a.r.objs.dirs {
		if err := a.packed(dir, &all); err != nil {
			return err
		}
		if err := a.loose(dir, &all); err != nil {
			return err
		}
	}
	c := &cursor{window: bulkWindow}
	for i, x := range all {
		if i%1000 == 0 {
			a.progress(i, len(all))
		}
		t, b, file, err := ObjectType(0), []byte(nil), "", error(nil)
		if x.p != nil {
			file = x.p.path
			t, b, err = c.object(x.p, x.off, ObjectLimit)
		} else {
			file = loosePath(x.dir, x.id)
			t, b, err = readLoose(x.dir, x.id, ObjectLimit)
		}
		if err == nil && hashObject(t, b) != x.id {
			err = fmt.Errorf("%w: its content has another hash", ErrCorrupt)
		}
		switch {
		case err == nil:
			a.good[x.id] = true
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errPackGone):
			// packed anew meanwhile
		default:
			a.found(Fault{File: a.below(file), ID: x.id, Err: err})
		}
	}
	a.progress(len(all), len(all))
	return nil
}

// packed lists what the packs of a folder hold, in the order in which it lies there.
func (a *audit) packed(dir string, all *[]copyAt) error {
	es, err := os.ReadDir(filepath.Join(dir, "pack"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read packs: %w", err)
	}
	for _, e := range es {
		stem, ok := strings.CutSuffix(e.Name(), ".idx")
		if !ok || !strings.HasPrefix(stem, "pack-") {
			continue
		}
		name := filepath.Join(dir, "pack", e.Name())
		p, err := openPack(name)
		if err != nil {
			a.found(Fault{File: a.below(name), Err: err})
			continue
		}
		entries, err := p.idx.(*fileIndex).all()
		if err != nil {
			a.found(Fault{File: a.below(name), Err: err})
			p.close()
			continue
		}
		if _, _, err := p.data(); err != nil && !errors.Is(err, errPackGone) {
			a.found(Fault{File: a.below(p.path), Err: err})
			p.close()
			continue
		}
		slices.SortFunc(entries, func(x, y packed) int { return int(x.off - y.off) })
		for _, x := range entries {
			*all = append(*all, copyAt{id: x.id, p: p, off: x.off})
		}
	}
	return nil
}

// loose lists the objects of a folder that lie by themselves.
func (a *audit) loose(dir string, all *[]copyAt) error {
	for first := range 256 {
		sub := fmt.Sprintf("%02x", first)
		es, err := os.ReadDir(filepath.Join(dir, sub))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read objects: %w", err)
		}
		for _, e := range es {
			if id, err := ParseID(sub + e.Name()); err == nil {
				*all = append(*all, copyAt{id: id, dir: dir})
			}
		}
	}
	return nil
}

// refs follows every ref. What it leads to and is not here is missing; what is here
// and wrong gets its path.
func (a *audit) refs() error {
	names, err := a.refNames()
	if err != nil {
		return err
	}
	w := &reach{a: a, seen: map[ID]bool{}}
	for _, name := range names {
		id, ok, err := a.r.Ref(name)
		if err != nil {
			a.found(Fault{File: name, Ref: name, Err: err})
			continue
		}
		if ok {
			w.commits(name, id)
		}
	}
	return nil
}

// refNames are the names of all refs, those that cannot be read among them.
func (a *audit) refNames() ([]string, error) {
	var out []string
	root := filepath.Join(a.r.dir, "refs")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if name := a.below(path); checkRefName(name) == nil {
			out = append(out, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read refs: %w", err)
	}
	all, err := a.r.packedRefs()
	if err != nil {
		a.found(Fault{File: "packed-refs", Ref: "packed-refs", Err: err})
	}
	for name := range all {
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// reach follows commits and folders from refs, each once.
type reach struct {
	a    *audit
	seen map[ID]bool
}

// here tells whether an object is to be looked into; one that is wrong or missing is told.
func (w *reach) here(id ID, ref, path string) bool {
	if w.seen[id] {
		return false
	}
	w.seen[id] = true
	if w.a.good[id] {
		return true
	}
	at, known := w.a.bad[id]
	for _, i := range at {
		w.a.faults[i].Ref, w.a.faults[i].Path = ref, path
	}
	if !known && !w.a.r.Has(id) {
		w.a.found(Fault{ID: id, Ref: ref, Path: path, Err: notFound(id)})
	}
	return false
}

func (w *reach) commits(ref string, id ID) {
	todo := []ID{id}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !w.here(id, ref, "") {
			continue
		}
		c, err := ReadCommit(w.a.r, id)
		if err != nil {
			w.a.found(Fault{ID: id, Ref: ref, Err: err})
			continue
		}
		if !w.a.r.Shallow() {
			todo = append(todo, c.Parents...)
		}
		w.tree(c.Tree, ref, "")
	}
}

func (w *reach) tree(id ID, ref, path string) {
	if !w.here(id, ref, path) {
		return
	}
	es, err := ReadTree(w.a.r, id)
	if err != nil {
		w.a.found(Fault{ID: id, Ref: ref, Path: path, Err: err})
		return
	}
	for _, e := range es {
		at := e.Name
		if path != "" {
			at = path + "/" + e.Name
		}
		switch {
		case e.isDir():
			w.tree(e.ID, ref, at)
		case e.Mode != ModeSubmodule:
			w.here(e.ID, ref, at)
		}
	}
}
