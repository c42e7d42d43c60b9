package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// begin makes the new copy, with main and the sealed keyrings, and no server yet.
func (x *restoring) begin(ctx context.Context, base gitstore.ID) (*Desk, error) {
	d, err := create(x.work("copy"), "", x.o.Identity, x.o.Now)
	if err != nil {
		return nil, err
	}
	if x.o.Progress != nil {
		d.progress = x.o.Progress
	}
	d.paper, d.trusted = x.o.Paper, x.o.Today
	if err := x.fill(ctx, d, base); err != nil {
		d.remove()
		d.Close()
		return nil, err
	}
	return d, nil
}

// fill puts main and the sealed keyrings into the new copy.
func (x *restoring) fill(ctx context.Context, d *Desk, base gitstore.ID) error {
	if err := copyObjects(ctx, d.repo, x.scratch, map[string]gitstore.ID{register.Main: base}); err != nil {
		return err
	}
	s, err := x.stateOf(base)
	if err != nil {
		return err
	}
	if s.Policy.Organisation.Keyrings.Folder != "" {
		return errors.New("the register keeps its keyrings in a folder, which no push changes together with main: restore by hand, as docs/recovery.md says")
	}
	for _, u := range sortedUnits(s) {
		ring, tokens, ok, err := x.sealed(u, s.Units[u].Keyring)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("the backup lacks the keyring of unit %q, or has another one than its main names", u)
		}
		for _, b := range [][]byte{ring, tokens} {
			if b == nil {
				continue
			}
			if err := d.local.putKeyring(u, b); err != nil {
				return err
			}
		}
	}
	if err := d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: register.Main, New: base}}); err != nil {
		return err
	}
	d.local.verified, d.local.genesis = base, x.out.Genesis
	if err := d.local.save(); err != nil {
		return err
	}
	return d.reload()
}

// send erases again what was erased since, ends the access that ended since, and pushes.
func (x *restoring) send(ctx context.Context, d *Desk, remote *gitstore.Remote) error {
	later, err := x.later(d)
	if err != nil {
		return err
	}
	if len(later)+len(x.endings(d.state, d.Today())) > 0 && !d.Secretary() {
		return ErrReplay
	}
	if len(later) > 0 {
		if x.out.Erased, err = d.eraseAgain(ctx, later); err != nil {
			return err
		}
	}
	if d.Secretary() && !slices.Contains(d.state.Officers[d.id.Handle()].Recipients, d.id.Recipient()) {
		if err := d.publishOwn(ctx); err != nil {
			return err
		}
	}
	if d.Secretary() {
		if err := x.catchUp(ctx, d); err != nil {
			return err
		}
	}
	err = x.push(ctx, d, remote)
	x.sent = err == nil || !errors.As(err, new(*gitstore.RejectedError)) // the answer may be what was lost
	return err
}

// later are the erasures that main does not know.
func (x *restoring) later(d *Desk) (map[register.RecordID]access.ErasedRecord, error) {
	known, err := erasedIn(d.repo, d.tree)
	if err != nil {
		return nil, err
	}
	out := map[register.RecordID]access.ErasedRecord{}
	for _, c := range x.copies {
		for _, e := range c.erased {
			out[e.ID] = e
		}
	}
	for _, e := range known {
		delete(out, e.ID)
	}
	return out, nil
}

// publishOwn puts the identity's present recipient in the place of the one that the
// backup's time had.
func (d *Desk) publishOwn(ctx context.Context) error {
	me, err := d.me()
	if err != nil {
		return err
	}
	o := copyOfficer(d.state.Officers[me])
	o.Recipients = []string{d.id.Recipient()}
	a := newAct(register.Message("rotate", 1, d.state.Policy.Root().ID))
	a.files[officerPath(me)] = o.Encode()
	return d.commit(ctx, a)
}

// push pushes main and every keyring to the empty server. A keyring's commit that was
// read is pushed as it was.
func (x *restoring) push(ctx context.Context, d *Desk, remote *gitstore.Remote) error {
	objects, refs, err := d.backupRefs()
	if err != nil {
		return err
	}
	for u, st := range d.state.Units {
		ref := register.KeyringRef(u)
		if id, ok := x.rings[ref]; ok && st.Keyring != nil {
			if files, err := keyringFiles(x.scratch, id); err == nil && isNamed(files, st.Keyring) {
				refs[ref] = id
			}
		}
	}
	var ups []gitstore.RefUpdate
	for name, id := range refs {
		ups = append(ups, gitstore.RefUpdate{Name: name, New: id})
	}
	slices.SortFunc(ups, func(a, b gitstore.RefUpdate) int { return strings.Compare(a.Name, b.Name) })
	return remote.Push(ctx, gitstore.Join(objects, x.scratch), ups)
}
