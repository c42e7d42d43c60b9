package gitstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// RefUpdate moves a ref from one value to another. A zero Old says that it must
// not exist yet; a zero New deletes it.
type RefUpdate struct {
	Name     string
	Old, New ID
}

// ErrStale is what a *StaleError is, for errors.Is.
var ErrStale = errors.New("ref has moved")

// StaleError says that a ref was not where the caller had seen it. Nothing was
// changed.
type StaleError struct {
	Name string
	Want ID // where the caller had seen it; zero: absent
	Have ID // where it is
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("ref %q has moved: it is at %s, not at %s", e.Name, short(e.Have), short(e.Want))
}

// Is makes errors.Is(err, ErrStale) true.
func (e *StaleError) Is(target error) bool { return target == ErrStale }

func short(id ID) string {
	if id.IsZero() {
		return "nothing"
	}
	return id.String()[:12]
}

// checkUpdates refuses a list of updates that no repository could take as one.
func checkUpdates(ups []RefUpdate) error {
	if len(ups) > RefsLimit {
		return fmt.Errorf("update refs: %w: more than %d", ErrLimit, RefsLimit)
	}
	names := make([]string, len(ups))
	for i, u := range ups {
		if err := checkRefName(u.Name); err != nil {
			return err
		}
		if u.Old.IsZero() && u.New.IsZero() {
			return fmt.Errorf("ref %q: neither an old nor a new value", u.Name)
		}
		names[i] = u.Name
	}
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return fmt.Errorf("ref %q: duplicate", names[i])
		}
	}
	return nil
}

// UpdateRefs moves all refs, or none and returns an error: a *StaleError where
// one is not at its old value, a *LockedError where another process holds one.
// The new values must be in the repository. Refs move durably and in the order
// given, deletions last: a process killed in between has moved the first ones
// only. Nothing is written to reflogs, which would keep alive what was erased.
func (r *Repo) UpdateRefs(ups []RefUpdate) error {
	if r.readOnly {
		return fmt.Errorf("update refs: %w", ErrReadOnly)
	}
	if err := checkUpdates(ups); err != nil {
		return err
	}
	for _, u := range ups {
		if u.New.IsZero() {
			continue
		}
		if _, _, err := r.Size(u.New); err != nil {
			return fmt.Errorf("ref %q: %w", u.Name, err)
		}
	}
	t := &refChange{r: r, ups: ups, locks: map[string]*lock{}}
	defer t.release()
	if err := t.prepare(); err != nil {
		return err
	}
	return t.commit()
}

// refChange is one call of UpdateRefs.
type refChange struct {
	r      *Repo
	ups    []RefUpdate
	locks  map[string]*lock // by name of the ref
	packed *lock            // of packed-refs, where something is deleted
}

func (t *refChange) release() {
	for _, l := range t.locks {
		l.release()
	}
	if t.packed != nil {
		t.packed.release()
	}
}

// prepare takes the locks, compares the old values and writes the new ones into
// the locks. Whatever can fail is to fail here.
func (t *refChange) prepare() error {
	sorted := slices.Clone(t.ups) // two processes that want the same locks take them in one order
	slices.SortFunc(sorted, func(a, b RefUpdate) int { return strings.Compare(a.Name, b.Name) })
	for _, u := range sorted {
		l, err := takeLock(t.r.refPath(u.Name))
		if err != nil {
			return fmt.Errorf("ref %q: %w", u.Name, err)
		}
		t.locks[u.Name] = l
		_, target, _, err := t.r.looseRef(u.Name)
		if err != nil {
			return err
		}
		if target != "" {
			return fmt.Errorf("ref %q names another ref and is not changed", u.Name)
		}
		have, _, err := t.r.Ref(u.Name)
		if err != nil {
			return err
		}
		if have != u.Old {
			return &StaleError{Name: u.Name, Want: u.Old, Have: have}
		}
		if !u.New.IsZero() {
			if err := l.write([]byte(u.New.String() + "\n")); err != nil {
				return fmt.Errorf("ref %q: %w", u.Name, err)
			}
		}
	}
	if err := t.checkConflicts(); err != nil {
		return err
	}
	return t.preparePacked()
}

// checkConflicts refuses a new ref in whose name another one is a folder, or the
// other way round.
func (t *refChange) checkConflicts() error {
	gone := map[string]bool{}
	var fresh []string
	for _, u := range t.ups {
		switch {
		case u.New.IsZero():
			gone[u.Name] = true
		case u.Old.IsZero():
			fresh = append(fresh, u.Name)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	have, err := t.r.Refs("refs/")
	if err != nil {
		return err
	}
	taken := map[string]string{} // folder → a ref in it
	for _, name := range fresh {
		have[name] = ZeroID
	}
	for name := range have {
		for dir := path.Dir(name); dir != "refs" && dir != "."; dir = path.Dir(dir) {
			if !gone[name] {
				taken[dir] = name
			}
		}
	}
	for name := range have {
		if other, ok := taken[name]; ok && !gone[name] && (slices.Contains(fresh, name) || slices.Contains(fresh, other)) {
			return fmt.Errorf("ref %q cannot be beside ref %q", name, other)
		}
	}
	for _, name := range fresh {
		// The file of a ref that goes in this same change is in the way until
		// it is gone, and it goes last.
		for dir := path.Dir(name); dir != "refs" && dir != "."; dir = path.Dir(dir) {
			if gone[dir] {
				return fmt.Errorf("ref %q cannot take the place of ref %q in one change", name, dir)
			}
		}
		if isDir(t.r.refPath(name)) {
			removeEmptyDirs(t.r.refPath(name))
		}
		if isDir(t.r.refPath(name)) {
			return fmt.Errorf("ref %q cannot take the place of a folder of refs in one change", name)
		}
	}
	return nil
}

// preparePacked locks packed-refs and writes it without the refs that go.
func (t *refChange) preparePacked() error {
	gone := map[string]bool{}
	for _, u := range t.ups {
		if u.New.IsZero() {
			gone[u.Name] = true
		}
	}
	if len(gone) == 0 {
		return nil
	}
	file := filepath.Join(t.r.dir, "packed-refs")
	l, err := takeLock(file)
	if err != nil {
		return fmt.Errorf("packed-refs: %w", err)
	}
	t.packed = l
	b, err := readFile(file, packedRefsLimit)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("packed-refs: %w", err)
	}
	kept, dropped := dropPacked(string(b), gone)
	if !dropped {
		return nil // the lock is held all the same, so that none of them is packed meanwhile
	}
	if err := l.write([]byte(kept)); err != nil {
		return fmt.Errorf("packed-refs: %w", err)
	}
	return nil
}

// commit renames the locks over the refs and removes those that go.
func (t *refChange) commit() error {
	dirs := map[string]bool{}
	for _, u := range t.ups {
		if u.New.IsZero() {
			continue
		}
		if err := t.locks[u.Name].commit(); err != nil {
			return fmt.Errorf("ref %q: %w", u.Name, err)
		}
		dirs[filepath.Dir(t.r.refPath(u.Name))] = true
	}
	if t.packed != nil && t.packed.f == nil { // it was written
		if err := t.packed.commit(); err != nil {
			return fmt.Errorf("packed-refs: %w", err)
		}
		dirs[t.r.dir] = true
	}
	for _, u := range t.ups {
		if !u.New.IsZero() {
			continue
		}
		file := t.r.refPath(u.Name)
		if err := os.Remove(file); err != nil && !isAbsent(err) {
			return fmt.Errorf("ref %q: %w", u.Name, err)
		}
		os.Remove(filepath.Join(t.r.dir, "logs", filepath.FromSlash(u.Name)))
		dirs[filepath.Dir(file)] = true
	}
	for dir := range dirs {
		if err := syncDir(dir); err != nil {
			return fmt.Errorf("update refs: %w", err)
		}
	}
	t.release()
	for _, u := range t.ups {
		if u.New.IsZero() {
			t.r.tidyRefDirs(u.Name)
		}
	}
	return nil
}

// tidyRefDirs removes the folders that the deletion of a ref left empty, but for
// refs/heads and its like.
func (r *Repo) tidyRefDirs(name string) {
	for dir := filepath.Dir(filepath.FromSlash(name)); strings.Count(filepath.ToSlash(dir), "/") >= 2; dir = filepath.Dir(dir) {
		if os.Remove(filepath.Join(r.dir, dir)) != nil {
			return
		}
	}
}

// removeEmptyDirs removes a folder that holds nothing but empty folders.
func removeEmptyDirs(dir string) {
	es, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range es {
		if e.IsDir() {
			removeEmptyDirs(filepath.Join(dir, e.Name()))
		}
	}
	os.Remove(dir)
}
