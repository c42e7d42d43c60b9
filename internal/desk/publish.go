package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// Anonymous is whose name stands in the commit of a site that is published
// elsewhere than on the register's server: nobody's.
const Anonymous = "medlem"

// SealedRecord is the file of a site that says on which day its sealed files were made,
// which can be before the rest of it was.
const SealedRecord = "sealed.txt"

// SealedDay is the content of SealedRecord.
func SealedDay(day register.Day) []byte { return []byte("day " + string(day) + "\n") }

// ParseSealedDay reads what SealedDay made.
func ParseSealedDay(b []byte) (register.Day, error) {
	s, ok := strings.CutPrefix(string(b), "day ")
	s, ok2 := strings.CutSuffix(s, "\n")
	day, err := register.ParseDay(s)
	if !ok || !ok2 || err != nil {
		return "", fmt.Errorf("%s: not what medlem writes there", SealedRecord)
	}
	return day, nil
}

// Pages are the files of a site, by path.
type Pages struct {
	Files map[string][]byte
	// More has further files, sealed ones, which are put one after the other; nil: none.
	// They do not all fit into memory, so they go through a repository of their own in
	// the temporary folder, which is removed.
	More func(put func(name string, body []byte) error) error
	// Keep, where it is not nil, asks for the sealed files that are published now to
	// stay as they are, and says afterwards what stayed. It goes without More.
	Keep *Kept
}

// Kept says which sealed files of a site stayed when it was published anew.
type Kept struct {
	Members int          // members' own pages
	Offices int          // officers' views
	Day     register.Day // on which they were made; "" where the site does not say
	Dropped int          // that have not the form of sealed files, or that no page of the site opens any more
}

// KeepFile counts a file of a site that is published now, and tells whether it stays:
// a sealed file, by its name and by its form, as long as the new site has the page that
// opens such files. Other files are no part of the count. read reads it, and is called
// for sealed files alone.
func (x Pages) KeepFile(name string, read func(limit int) ([]byte, error)) (bool, error) {
	kind, err := seal.SiteKindOf(name)
	if err != nil {
		x.Keep.Dropped++
		return false, nil
	}
	var n *int
	var opens string
	switch kind {
	case seal.SitePage:
		n, opens = &x.Keep.Members, "me/index.html"
	case seal.SiteOffice:
		n, opens = &x.Keep.Offices, "office/index.html"
	default:
		return false, nil
	}
	if _, ok := x.Files[opens]; !ok {
		x.Keep.Dropped++
		return false, nil
	}
	file, err := read(seal.SiteFileLimit)
	switch {
	case errors.Is(err, gitstore.ErrTooLarge):
		x.Keep.Dropped++
		return false, nil
	case err != nil:
		return false, err
	case seal.CheckSiteFile(kind, file) != nil:
		x.Keep.Dropped++
		return false, nil
	}
	*n++
	return true, nil
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
	return publish(ctx, remote, register.Pages, x, d.spec(me, gitstore.ZeroID, nil, day.Time(), msg), d.head)
}

// PublishTo puts a site into a ref of another repository, as a commit without history
// that is not signed and names nobody.
func PublishTo(ctx context.Context, remote *gitstore.Remote, ref string, x Pages, day register.Day) (gitstore.ID, error) {
	return publish(ctx, remote, ref, x, gitstore.CommitSpec{Name: Anonymous, Email: Anonymous + "@site.invalid", When: day.Time(), Message: "site\n"}, gitstore.ZeroID)
}

// pageStore takes the objects of a site.
type pageStore interface {
	gitstore.Reader
	Blob(content []byte) (gitstore.ID, error)
	Tree(root gitstore.ID, edits []gitstore.Edit) (gitstore.ID, error)
	Commit(s gitstore.CommitSpec) (gitstore.ID, error)
}

// store opens where the objects of a site are collected, with the commit that is there
// now where its sealed files stay. done makes them readable, drop removes what is on a
// disk.
func (x Pages) store(ctx context.Context, remote *gitstore.Remote, old gitstore.ID) (s pageStore, done func() error, drop func(), err error) {
	if x.More == nil && (x.Keep == nil || old.IsZero()) {
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
	drop = func() { _ = repo.Close(); _ = os.RemoveAll(dir) }
	if x.Keep != nil {
		if _, err := remote.Fetch(ctx, repo, func(map[string]gitstore.ID) []gitstore.ID { return []gitstore.ID{old} }, nil); err != nil {
			drop()
			return nil, nil, nil, err
		}
	}
	b, err := repo.Begin()
	if err != nil {
		drop()
		return nil, nil, nil, err
	}
	return b, b.Close, func() { b.Abort(); _ = repo.Close(); _ = os.RemoveAll(dir) }, nil
}

// publishTries bounds how often a site that keeps what is published is made again
// because another one came in between.
const publishTries = 3

// publish replaces a ref by one commit. The same site on the same day is the same
// commit, where nothing in it is sealed anew. What the server has is looked up first:
// whoever published or erased meanwhile must not be overwritten. head is the main that
// the server must have, zero for any.
func publish(ctx context.Context, remote *gitstore.Remote, ref string, x Pages, spec gitstore.CommitSpec, head gitstore.ID) (gitstore.ID, error) {
	for i := 1; ; i++ {
		c, err := publishOnce(ctx, remote, ref, x, spec, head)
		stale := (*gitstore.StaleError)(nil)
		if x.More != nil || i == publishTries || !errors.As(err, &stale) || stale.Name != ref {
			return c, err
		}
		if x.Keep != nil {
			*x.Keep = Kept{}
		}
	}
}

func publishOnce(ctx context.Context, remote *gitstore.Remote, ref string, x Pages, spec gitstore.CommitSpec, head gitstore.ID) (gitstore.ID, error) {
	refs, err := remote.Refs(ctx)
	if err != nil {
		return gitstore.ZeroID, err
	}
	if main := refs[register.Main]; x.More != nil && !head.IsZero() && main != head {
		return gitstore.ZeroID, &gitstore.StaleError{Name: register.Main, Want: head, Have: main}
	}
	old := refs[ref]
	objects, done, drop, err := x.store(ctx, remote, old)
	if err != nil {
		return gitstore.ZeroID, err
	}
	defer drop()
	c, err := x.commit(objects, spec, old)
	if err != nil {
		return c, err
	}
	if err := done(); err != nil {
		return c, err
	}
	if old == c {
		return c, ErrNothing
	}
	up := gitstore.RefUpdate{Name: ref, Old: old, New: c}
	ups := []gitstore.RefUpdate{up}
	if x.More != nil && !head.IsZero() { // who was erased while the pages were made must not come back
		ups = append(ups, gitstore.RefUpdate{Name: register.Main, Old: head, New: head})
	}
	err = remote.Push(ctx, objects, ups)
	// A server on which refs only grow has judged the commit and refuses the
	// replacement alone: then the old one goes first.
	if !old.IsZero() && onlyGrows(err, ref) {
		_, err = remote.Replace(ctx, objects, up)
	}
	return c, err
}

// onlyGrows tells whether a push was refused since a ref may only go forward there.
func onlyGrows(err error, ref string) bool {
	r := (*gitstore.RejectedError)(nil)
	return errors.As(err, &r) && strings.Contains(r.Refs[ref], "non-fast-forward")
}

// commit adds the files of a site and the commit of them. old is the commit of the
// site that is there now.
func (x Pages) commit(objects pageStore, spec gitstore.CommitSpec, old gitstore.ID) (gitstore.ID, error) {
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
	if x.Keep != nil && !old.IsZero() {
		kept, err := x.kept(objects, old)
		if err != nil {
			return gitstore.ZeroID, err
		}
		edits = append(edits, kept...)
	}
	var err error
	if spec.Tree, err = objects.Tree(gitstore.ZeroID, edits); err != nil {
		return gitstore.ZeroID, err
	}
	return objects.Commit(spec)
}

// kept are the sealed files of a site, as they are.
func (x Pages) kept(objects pageStore, old gitstore.ID) ([]gitstore.Edit, error) {
	c, err := gitstore.ReadCommit(objects, old)
	if err != nil {
		return nil, err
	}
	var edits []gitstore.Edit
	var record gitstore.ID
	err = gitstore.DiffAtMost(objects, gitstore.ZeroID, c.Tree, sitepipe.OutFiles, func(f gitstore.Change) error {
		if f.Path == SealedRecord && f.New.Mode == gitstore.ModeFile {
			record = f.New.ID
		}
		if f.New.Mode != gitstore.ModeFile {
			return nil
		}
		stays, err := x.KeepFile(f.Path, func(limit int) ([]byte, error) { return blob(objects, f.New.ID, limit) })
		if stays {
			edits = append(edits, gitstore.Edit{Path: f.Path, ID: f.New.ID})
		}
		return err
	})
	if err != nil || len(edits) == 0 || record.IsZero() {
		return edits, err
	}
	b, err := blob(objects, record, sealedRecordLimit)
	if err == nil {
		x.Keep.Day, err = ParseSealedDay(b)
	}
	if err == nil {
		edits = append(edits, gitstore.Edit{Path: SealedRecord, ID: record})
	}
	return edits, nil // a day that cannot be read is not known
}

const sealedRecordLimit = 100 // bytes

// blob reads a file of at most limit bytes, else the error wraps ErrTooLarge.
func blob(r gitstore.Reader, id gitstore.ID, limit int) ([]byte, error) {
	_, b, err := r.Object(id)
	if err == nil && len(b) > limit {
		err = gitstore.ErrTooLarge
	}
	return b, err
}
