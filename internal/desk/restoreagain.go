package desk

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// A restoration works in a folder beside the new copy, and is that copy when the server
// has everything. One that was killed before its push, or lost the connection, has left
// nothing but this folder: the next begins anew. One that was killed after it finds on
// the server what lies here, and goes on from there.
//
//	<Dir>.restoring/read   what the backup and newer copies hold
//	<Dir>.restoring/copy   the new copy

func (x *restoring) work(part string) string {
	return filepath.Join(filepath.Clean(x.o.Dir)+".restoring", part)
}

// arrived tells whether the server has what an interrupted restoration pushed: one push
// carries all of it or nothing.
func (x *restoring) arrived(refs map[string]gitstore.ID) bool {
	repo, err := gitstore.Open(x.work("copy"))
	if err != nil {
		return false
	}
	defer repo.Close()
	main, ok, err := repo.Ref(register.Main)
	return err == nil && ok && main == refs[register.Main]
}

// sweep removes what an interrupted restoration left, but for the copy that arrived.
func (x *restoring) sweep(arrived bool) error {
	if err := os.RemoveAll(x.work("read")); err != nil {
		return err
	}
	if !arrived {
		if err := os.RemoveAll(x.work("copy")); err != nil {
			return err
		}
	}
	return os.MkdirAll(x.work(""), 0o700)
}

// resume opens the copy that an interrupted restoration has pushed.
func (x *restoring) resume() (*Desk, error) {
	d, err := Open(Options{Dir: x.work("copy"), Identity: x.o.Identity, Now: x.o.Now})
	if err != nil || x.out.Copy != "" {
		return d, err
	}
	if x.out.Erased, err = x.erasedSince(d); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// erasedSince are the erasures that the copy knows and the backup does not.
func (x *restoring) erasedSince(d *Desk) ([]register.RecordID, error) {
	c, err := gitstore.ReadCommit(x.scratch, x.out.Backup)
	if err != nil {
		return nil, err
	}
	was, err := erasedIn(x.scratch, c.Tree)
	if err != nil {
		return nil, err
	}
	is, err := erasedIn(d.repo, d.tree)
	var out []register.RecordID
	for _, e := range is {
		if !slices.ContainsFunc(was, func(w access.ErasedRecord) bool { return w.ID == e.ID }) {
			out = append(out, e.ID)
		}
	}
	return out, err
}

// finish has the new copy know its server.
func (x *restoring) finish(d *Desk, remote *gitstore.Remote) error {
	x.sent = true
	x.out.Main, x.out.Units = d.head, len(d.state.Units)
	d.local.remote = x.o.To
	if _, local := remote.Local(); local {
		var err error
		if d.local.remote, err = filepath.Abs(x.o.To); err != nil {
			return err
		}
	}
	return d.local.save()
}

// place makes the new copy the folder that was asked for.
func (x *restoring) place() error {
	if err := os.Remove(x.o.Dir); err != nil && !os.IsNotExist(err) { // it is empty
		return err
	}
	return os.Rename(x.work("copy"), x.o.Dir)
}

// done removes what was read, sealed keyrings that are to be forgotten among it; and a
// copy that the server certainly does not have.
func (x *restoring) done() {
	for _, c := range x.close {
		_ = c.Close()
	}
	if x.scratch != nil {
		_ = x.scratch.Close()
	}
	_ = os.RemoveAll(x.work("read"))
	if !x.sent {
		_ = os.RemoveAll(x.work("copy"))
	}
	_ = os.Remove(x.work("")) // unless the copy is in it
}
