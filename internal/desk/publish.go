package desk

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Anonymous is whose name stands in the commit of a site that is published
// elsewhere than on the register's server: nobody's.
const Anonymous = "medlem"

// Pages are the files of a site, by path.
type Pages struct {
	Files map[string][]byte
	// More has further files, sealed ones, which are put one after the other; nil: none.
	// They do not all fit into memory, so they go through a repository of their own in
	// the temporary folder, which is removed.
	More func(put func(name string, body []byte) error) error
}

// Publish puts a site on the register's server, as a commit without history in
// [register.Pages], signed: the server's hook takes no other. It returns the commit,
// and ErrNothing where it lies there already.
func (d *Desk) Publish(ctx context.Context, x Pages, day register.Day) (gitstore.ID, error) {
	me, err := d.secretariat()
	if err != nil {
		return gitstore.ZeroID, err
	}
	remote, err := d.server()
	if err != nil {
		return gitstore.ZeroID, err
	}
	msg := register.Message("site", len(x.Files), d.state.Policy.Root().ID)
	return publish(ctx, remote, register.Pages, x, d.spec(me, gitstore.ZeroID, nil, day.Time(), msg))
}

// PublishTo puts a site into a ref of another repository, as a commit without history
// that is not signed and names nobody.
func PublishTo(ctx context.Context, remote *gitstore.Remote, ref string, x Pages, day register.Day) (gitstore.ID, error) {
	return publish(ctx, remote, ref, x, gitstore.CommitSpec{Name: Anonymous, Email: Anonymous + "@site.invalid", When: day.Time(), Message: "site\n"})
}

// pageStore takes the objects of a site.
type pageStore interface {
	gitstore.Reader
	Blob(content []byte) (gitstore.ID, error)
	Tree(root gitstore.ID, edits []gitstore.Edit) (gitstore.ID, error)
	Commit(s gitstore.CommitSpec) (gitstore.ID, error)
}

// store opens where the objects of a site are collected. done makes them readable,
// drop removes what is on a disk.
func (x Pages) store() (s pageStore, done func() error, drop func(), err error) {
	if x.More == nil {
		return gitstore.NewMemory(), func() error { return nil }, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "medlem-pages-*")
	if err != nil {
		return nil, nil, nil, err
	}
	drop = func() { _ = os.RemoveAll(dir) }
	repo, err := gitstore.Init(dir)
	if err != nil {
		drop()
		return nil, nil, nil, err
	}
	b, err := repo.Begin()
	if err != nil {
		_ = repo.Close()
		drop()
		return nil, nil, nil, err
	}
	return b, b.Close, func() { b.Abort(); _ = repo.Close(); _ = os.RemoveAll(dir) }, nil
}

// publish replaces a ref by one commit. The same site on the same day is the same
// commit, where nothing in it is sealed.
func publish(ctx context.Context, remote *gitstore.Remote, ref string, x Pages, spec gitstore.CommitSpec) (gitstore.ID, error) {
	objects, done, drop, err := x.store()
	if err != nil {
		return gitstore.ZeroID, err
	}
	defer drop()
	c, err := x.commit(objects, spec)
	if err != nil {
		return c, err
	}
	if err := done(); err != nil {
		return c, err
	}
	refs, err := remote.Refs(ctx)
	if err != nil {
		return c, err
	}
	old := refs[ref]
	if old == c {
		return c, ErrNothing
	}
	err = remote.Push(ctx, objects, []gitstore.RefUpdate{{Name: ref, Old: old, New: c}})
	// A server on which refs only grow has judged the commit and refuses the
	// replacement alone: then the old one goes first.
	if r := (*gitstore.RejectedError)(nil); errors.As(err, &r) && !old.IsZero() && strings.Contains(r.Refs[ref], "non-fast-forward") {
		if err := remote.Push(ctx, objects, []gitstore.RefUpdate{{Name: ref, Old: old}}); err != nil {
			return c, err
		}
		err = remote.Push(ctx, objects, []gitstore.RefUpdate{{Name: ref, New: c}})
	}
	return c, err
}

// commit adds the files of a site and the commit of them.
func (x Pages) commit(objects pageStore, spec gitstore.CommitSpec) (gitstore.ID, error) {
	var edits []gitstore.Edit
	put := func(name string, body []byte) error {
		id, err := objects.Blob(body)
		edits = append(edits, gitstore.Edit{Path: name, ID: id})
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(x.Files)) {
		if err := put(name, x.Files[name]); err != nil {
			return gitstore.ZeroID, err
		}
	}
	if x.More != nil {
		if err := x.More(put); err != nil {
			return gitstore.ZeroID, err
		}
	}
	var err error
	if spec.Tree, err = objects.Tree(gitstore.ZeroID, edits); err != nil {
		return gitstore.ZeroID, err
	}
	return objects.Commit(spec)
}
