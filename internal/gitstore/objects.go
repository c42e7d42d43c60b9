package gitstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// objects are the folders of objects that make up a repository: its own, and
// those that it borrows from. Safe for concurrent use, beside other processes
// that add packs or pack anew.
type objects struct {
	dirs []string

	mu    sync.Mutex // held while the list of packs is made anew
	packs atomic.Pointer[packList]
	hint  atomic.Pointer[pack] // where the last object was found
}

// packList is what the pack folders held at one time. It is never changed.
type packList struct {
	packs []*pack
	seen  map[string]time.Time // of each pack folder, when it last changed
	at    time.Time
	bad   error // of packs that could not be opened
}

// racy is how long after a folder's last change another one may bear the same
// time: file systems count in ticks.
const racy = 2 * time.Second

// refresh reads the pack folders again where they have changed, and tells
// whether they had.
func (o *objects) refresh(force bool) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	old := o.packs.Load()
	next := &packList{seen: map[string]time.Time{}, at: time.Now()}
	changed := force || old == nil
	for _, dir := range o.dirs {
		st, err := os.Stat(filepath.Join(dir, "pack"))
		if errors.Is(err, fs.ErrNotExist) {
			next.seen[dir] = time.Time{}
			continue
		}
		if err != nil {
			return false, fmt.Errorf("read packs: %w", err)
		}
		next.seen[dir] = st.ModTime()
		if old != nil && (!old.seen[dir].Equal(st.ModTime()) || old.at.Sub(st.ModTime()) < racy) {
			changed = true
		}
	}
	if !changed {
		return false, nil
	}
	known := map[string]*pack{}
	if old != nil {
		for _, p := range old.packs {
			known[p.path] = p
		}
	}
	for _, dir := range o.dirs {
		if err := next.list(filepath.Join(dir, "pack"), known); err != nil {
			return false, err
		}
	}
	// Packs that are gone are left to the collector, which closes their files
	// when the last reader is done with them.
	o.packs.Store(next)
	o.hint.Store(nil)
	return true, nil
}

// list opens the indexes of a folder, but for packs that are known and still of
// use.
func (l *packList) list(dir string, known map[string]*pack) error {
	es, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read packs: %w", err)
	}
	for _, e := range es {
		stem, ok := strings.CutSuffix(e.Name(), ".idx")
		if !ok || !strings.HasPrefix(stem, "pack-") {
			continue
		}
		if len(l.packs) == PacksLimit {
			return fmt.Errorf("read packs: %w: more than %d; run git gc in the repository", ErrLimit, PacksLimit)
		}
		path := filepath.Join(dir, stem+".pack")
		p := known[path]
		if p == nil || !p.usable() {
			if p, err = openPack(filepath.Join(dir, e.Name())); errors.Is(err, fs.ErrNotExist) {
				continue // gone since the folder was read
			}
		}
		if err != nil {
			l.bad = fmt.Errorf("%s: %w", e.Name(), err)
			continue
		}
		l.packs = append(l.packs, p)
	}
	return nil
}

// usable tells whether nothing was found to be wrong with the pack.
func (p *pack) usable() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err == nil
}

// add makes a pack that was just put in place known.
func (o *objects) add(p *pack) {
	o.mu.Lock()
	defer o.mu.Unlock()
	old := o.packs.Load()
	if slices.ContainsFunc(old.packs, func(k *pack) bool { return k.path == p.path && k.usable() }) {
		return // found in the folder meanwhile
	}
	next := *old
	next.packs = append(old.packs[:len(old.packs):len(old.packs)], p)
	o.packs.Store(&next)
}

// each calls fn with every pack that holds the object until fn returns true, and
// returns whether it did. The error is what hindered the search.
func (o *objects) each(id ID, fn func(p *pack, off int64) bool) (bool, error) {
	list := o.packs.Load()
	try := func(p *pack) (bool, error) {
		off, ok, err := p.idx.find(id)
		if !ok || err != nil {
			return false, err
		}
		if !fn(p, off) {
			return false, nil
		}
		o.hint.Store(p)
		return true, nil
	}
	hint := o.hint.Load()
	var bad error
	if hint != nil && slices.Contains(list.packs, hint) {
		done, err := try(hint)
		if done {
			return true, nil
		}
		bad = err
	}
	for _, p := range list.packs {
		if p == hint {
			continue
		}
		done, err := try(p)
		if done {
			return true, nil
		}
		if err != nil {
			bad = err
		}
	}
	return false, errors.Join(bad, list.bad)
}

// lookup calls inPack for every pack that holds the object and inDir for every
// folder that may hold it loose, until one of them returns nil. Where a pack has
// vanished, or nothing is found, it looks once more at what is there now.
func (o *objects) lookup(id ID, inPack func(p *pack, off int64) error, inDir func(dir string) error) error {
	for again := false; ; again = true {
		var bad error // of a copy that is here and cannot be read
		gone := false
		note := func(err error) bool {
			switch {
			case err == nil:
				return true
			case errors.Is(err, errPackGone):
				gone = true
			case !errors.Is(err, fs.ErrNotExist):
				bad = err
			}
			return false
		}
		done, err := o.each(id, func(p *pack, off int64) bool { return note(inPack(p, off)) })
		if done {
			return nil
		}
		for _, dir := range o.dirs {
			if note(inDir(dir)) {
				return nil
			}
		}
		if errors.Is(bad, ErrTooLarge) {
			return fmt.Errorf("object %s: %w", id, bad)
		}
		if !again {
			changed, rerr := o.refresh(gone)
			if rerr != nil {
				return rerr
			}
			if changed {
				continue
			}
		}
		switch {
		case bad != nil:
			return fmt.Errorf("object %s: %w", id, bad)
		case err != nil:
			return fmt.Errorf("object %s: %w", id, err)
		}
		return notFound(id)
	}
}

// object reads an object of at most limit bytes and checks its hash. A damaged
// copy is passed over where there is another one.
func (o *objects) object(id ID, limit int64) (t ObjectType, b []byte, err error) {
	c := cursors.Get().(*cursor)
	defer cursors.Put(c)
	return o.objectAt(c, id, limit)
}

func (o *objects) objectAt(c *cursor, id ID, limit int64) (t ObjectType, b []byte, err error) {
	checked := func(err error) error {
		if err == nil && hashObject(t, b) != id {
			return fmt.Errorf("%w: its content has another hash", ErrCorrupt)
		}
		return err
	}
	err = o.lookup(id, func(p *pack, off int64) (err error) {
		t, b, err = c.object(p, off, limit)
		return checked(err)
	}, func(dir string) (err error) {
		t, b, err = readLoose(dir, id, limit)
		return checked(err)
	})
	if err != nil {
		return 0, nil, err
	}
	return t, b, nil
}

// size returns an object's type and size; its hash is not checked.
func (o *objects) size(id ID) (t ObjectType, n int64, err error) {
	c := cursors.Get().(*cursor)
	defer cursors.Put(c)
	err = o.lookup(id, func(p *pack, off int64) (err error) {
		t, n, err = c.size(p, off)
		return err
	}, func(dir string) (err error) {
		t, n, err = looseSize(dir, id)
		return err
	})
	return t, n, err
}

// has tells whether the object is here; it is not read.
func (o *objects) has(id ID) bool {
	return o.lookup(id, func(*pack, int64) error { return nil }, func(dir string) error {
		_, err := os.Stat(loosePath(dir, id))
		return err
	}) == nil
}

func (o *objects) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.packs.Load().packs {
		p.close()
	}
}
