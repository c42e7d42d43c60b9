package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Mend brings everything that main reaches into r once more, as if r had nothing, with
// what other refs of both have in common, and removes the damaged copies of objects
// that are then there whole. What was only ever here cannot come back. Its errors are
// those of Fetch.
func (m *Remote) Mend(ctx context.Context, r *Repo, main string, faults []Fault) error {
	here, err := r.Refs("refs/")
	if err != nil {
		here = nil // a ref that cannot be read is no reason to bring less of main
	}
	known := slices.Collect(maps.Values(here))
	tmp, err := os.MkdirTemp(r.dir, "mend-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	fresh, err := Init(filepath.Join(tmp, "r"))
	if err != nil {
		return err
	}
	_, err = m.Fetch(ctx, fresh, func(refs map[string]ID) []ID {
		var out []ID
		for name, id := range refs {
			if name == main || slices.Contains(known, id) {
				out = append(out, id)
			}
		}
		return out
	}, nil)
	if err := errors.Join(err, fresh.Close()); err != nil {
		return err
	}
	if err := r.takePacks(filepath.Join(fresh.Dir(), "objects", "pack")); err != nil {
		return err
	}
	return r.dropDamaged(faults)
}

// takePacks moves the packs of a folder into the repository, an index last: what has
// one is whole. One of the same name as a pack that is here takes its place: the name
// says what is in it.
func (r *Repo) takePacks(dir string) error {
	packs, err := filepath.Glob(filepath.Join(dir, "pack-*.pack"))
	if err != nil {
		return err
	}
	for _, p := range packs {
		idx := strings.TrimSuffix(p, "pack") + "idx"
		for _, f := range []string{p, idx} {
			if err := os.Rename(f, filepath.Join(r.dir, "objects", "pack", filepath.Base(f))); err != nil {
				return fmt.Errorf("take packs: %w", err)
			}
		}
	}
	_, err = r.objs.refresh(true)
	return err
}

// dropDamaged removes files with damaged objects where every object that should be in
// them is elsewhere.
func (r *Repo) dropDamaged(faults []Fault) error {
	own := filepath.Join(r.dir, "objects")
	done := map[string]bool{}
	for _, f := range faults {
		path := filepath.Join(r.dir, filepath.FromSlash(f.File))
		if f.File == "" || done[f.File] || !strings.HasPrefix(path, own+string(filepath.Separator)) {
			continue
		}
		done[f.File] = true
		stem, packed := strings.CutSuffix(path, ".pack")
		if stem2, ok := strings.CutSuffix(path, ".idx"); ok {
			stem, packed = stem2, true
		}
		if !packed {
			if !f.ID.IsZero() && r.elsewhere(f.ID, path) {
				if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
			continue
		}
		if !r.packElsewhere(stem) {
			continue
		}
		for _, ext := range []string{".idx", ".pack", ".rev"} {
			if err := os.Remove(stem + ext); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	_, err := r.objs.refresh(true)
	return err
}

// DropAdrift removes what is damaged and led to by no ref, as an audit found it: nothing
// of the repository needs it.
func (r *Repo) DropAdrift(faults []Fault) error {
	gone := map[ID]bool{}
	for _, f := range faults {
		if f.Adrift {
			gone[f.ID] = true
		}
	}
	if r.readOnly || r.precious || len(gone) == 0 {
		return nil
	}
	return r.dropObjects(gone)
}

// elsewhere tells whether another file than this one holds the object whole.
func (r *Repo) elsewhere(id ID, file string) bool {
	c := &cursor{window: oneWindow}
	whole, _ := r.objs.each(id, func(p *pack, off int64) bool {
		if p.path == file {
			return false
		}
		t, b, err := c.object(p, off, ObjectLimit)
		return err == nil && hashObject(t, b) == id
	})
	if whole {
		return true
	}
	own := filepath.Join(r.dir, "objects")
	if loosePath(own, id) == file {
		return false
	}
	t, b, err := readLoose(own, id, ObjectLimit)
	return err == nil && hashObject(t, b) == id
}

// packElsewhere tells whether all that a pack's index names is whole in other files. Of
// an index that cannot be read that is not known, and its pack stays.
func (r *Repo) packElsewhere(stem string) bool {
	x, err := openIndex(stem + ".idx")
	if err != nil {
		return false
	}
	defer x.f.Close()
	all, err := x.all()
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(all, func(e packed) bool { return !r.elsewhere(e.id, stem+".pack") })
}
