package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Anonymous is whose name stands in the commit of a site that is published
// elsewhere than on the register's server: nobody's.
const Anonymous = "medlem"

// Publish puts the files of a site, by path, on the register's server, as a
// commit without history in [register.Pages], signed: the server's hook takes no
// other. It returns the commit, and ErrNothing where it lies there already.
func (d *Desk) Publish(ctx context.Context, files map[string][]byte, day register.Day) (gitstore.ID, error) {
	me, err := d.secretariat()
	if err != nil {
		return gitstore.ZeroID, err
	}
	remote, err := d.server()
	if err != nil {
		return gitstore.ZeroID, err
	}
	msg := register.Message("site", len(files), d.state.Policy.Root().ID)
	return publish(ctx, remote, register.Pages, files, d.spec(me, gitstore.ZeroID, nil, day.Time(), msg))
}

// PublishTo puts the files of a site into a ref of another repository, as a commit
// without history that is not signed and names nobody.
func PublishTo(ctx context.Context, remote *gitstore.Remote, ref string, files map[string][]byte, day register.Day) (gitstore.ID, error) {
	return publish(ctx, remote, ref, files, gitstore.CommitSpec{Name: Anonymous, Email: Anonymous + "@site.invalid", When: day.Time(), Message: "site\n"})
}

// publish replaces a ref by one commit. The same site on the same day is the same
// commit.
func publish(ctx context.Context, remote *gitstore.Remote, ref string, files map[string][]byte, spec gitstore.CommitSpec) (gitstore.ID, error) {
	mem := gitstore.NewMemory()
	var edits []gitstore.Edit
	for _, name := range slices.Sorted(maps.Keys(files)) {
		id, err := mem.Blob(files[name])
		if err != nil {
			return id, err
		}
		edits = append(edits, gitstore.Edit{Path: name, ID: id})
	}
	var err error
	if spec.Tree, err = mem.Tree(gitstore.ZeroID, edits); err != nil {
		return gitstore.ZeroID, err
	}
	c, err := mem.Commit(spec)
	if err != nil {
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
	err = remote.Push(ctx, mem, []gitstore.RefUpdate{{Name: ref, Old: old, New: c}})
	// A server on which refs only grow has judged the commit and refuses the
	// replacement alone: then the old one goes first.
	if r := (*gitstore.RejectedError)(nil); errors.As(err, &r) && !old.IsZero() && strings.Contains(r.Refs[ref], "non-fast-forward") {
		if err := remote.Push(ctx, mem, []gitstore.RefUpdate{{Name: ref, Old: old}}); err != nil {
			return c, err
		}
		err = remote.Push(ctx, mem, []gitstore.RefUpdate{{Name: ref, New: c}})
	}
	return c, err
}
