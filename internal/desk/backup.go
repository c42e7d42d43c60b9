package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// backupOfficers is how many officers of the secretariat open a backup beside the
// recovery recipient, where nobody says to whom.
const backupOfficers = 2

// backupTries is how often main and the keyrings are read until they belong together.
const backupTries = 5

// A Backup says what a backup is of and to whom it is sealed.
type Backup struct {
	Main    gitstore.ID
	Day     register.Day // on which it was made
	Units   int          // whose keyrings are in it
	To      []register.Handle
	Readers []Reader // every recipient: hers and the recovery recipient's
}

// Errors of a backup.
var (
	ErrBackupTo   = errors.New("a backup is sealed to officers of the secretariat and to the recovery recipient")
	ErrBackupRing = errors.New("a sealed keyring is not here: make backups from the server, a mirror of it, or a copy of the secretariat")
)

// PlanBackup chooses to whom a backup is sealed: the officers, or else the two of the
// secretariat who made a new identity last, since theirs will be there longest; and
// always the recovery recipient. It needs no key.
func (d *Desk) PlanBackup(to []register.Handle) (*Backup, error) {
	if d.state == nil {
		return nil, ErrNoRegister
	}
	today := d.Today()
	all := d.state.Secretariat(today)
	b := &Backup{Main: d.head, Day: today, To: slices.Clone(to)}
	for _, h := range to {
		if !slices.Contains(all, h) {
			return nil, fmt.Errorf("%s: %w", h, ErrBackupTo)
		}
	}
	if len(to) == 0 {
		chain, err := d.firstParents()
		if err != nil {
			return nil, err
		}
		_, rotated, err := d.traces(chain)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(all, func(x, y register.Handle) int {
			return cmp.Or(strings.Compare(string(rotated[y]), string(rotated[x])), strings.Compare(string(x), string(y)))
		})
		b.To = all[:min(len(all), backupOfficers)]
	}
	for _, h := range append(slices.Clone(b.To), register.Recovery) {
		for _, r := range d.state.Recipients([]register.Handle{h}) {
			b.Readers = append(b.Readers, Reader{h, r})
		}
	}
	if !slices.ContainsFunc(b.Readers, func(r Reader) bool { return r.Handle == register.Recovery }) {
		return nil, errors.New("the register has no recovery recipient")
	}
	return b, nil
}

// Backup streams the register to out, sealed as the plan says: a git bundle of main and
// of every keyring. It needs no key, and refuses to leave a keyring out.
func (d *Desk) Backup(ctx context.Context, b *Backup, out io.Writer) error {
	objects, refs, err := d.backupRefs()
	for try := 1; errors.Is(err, ErrBackupRing) && d.local.dir == "" && try < backupTries; try++ {
		if err := d.reload(); err != nil { // a server's refs move while they are read
			return err
		}
		objects, refs, err = d.backupRefs()
	}
	if err != nil {
		return err
	}
	b.Main, b.Units = d.head, len(refs)-1
	var recipients []string
	for _, r := range b.Readers {
		recipients = append(recipients, r.Recipient)
	}
	w, err := seal.SealBackup(out, recipients)
	if err != nil {
		return err
	}
	if err := gitstore.WriteBundle(ctx, w, objects, refs); err != nil {
		return err
	}
	return w.Close()
}

// backupRefs returns main and the keyrings as refs, and what has their objects. An
// officer's own copy keeps keyrings as files: their commits are made anew, signed where
// there is an identity. Nothing rests on that signature: main names the files.
func (d *Desk) backupRefs() (gitstore.Reader, map[string]gitstore.ID, error) {
	here, err := d.repo.Refs(register.KeyringRefs)
	if err != nil {
		return nil, nil, err
	}
	fresh := gitstore.NewMemory()
	objects := gitstore.Join(fresh, d.repo)
	refs := map[string]gitstore.ID{register.Main: d.head}
	for _, u := range sortedUnits(d.state) {
		k, ref := d.state.Units[u].Keyring, register.KeyringRef(u)
		if k == nil {
			continue
		}
		if id, ok := here[ref]; ok {
			if files, err := keyringFiles(d.repo, id); err == nil && isNamed(files, k) {
				refs[ref] = id
				continue
			}
		}
		if refs[ref], err = d.keyringAnew(fresh, u, k); err != nil {
			return nil, nil, err
		}
	}
	return objects, refs, nil
}

// keyringAnew makes the commit of a keyring from the sealed files that a copy keeps, in
// the name of the identity, or of whoever signed main last.
func (d *Desk) keyringAnew(mem *gitstore.Memory, u register.UnitID, k *access.KeyringFile) (gitstore.ID, error) {
	var files [2][]byte
	for i, digest := range []string{k.SHA256, k.Tokens} {
		if digest == "" {
			continue
		}
		ok := false
		if d.local.dir != "" || d.keyringFolder() != "" {
			var err error
			if files[i], ok, err = d.sealedKeyring(u, digest); err != nil {
				return gitstore.ZeroID, err
			}
		}
		if !ok {
			return gitstore.ZeroID, fmt.Errorf("unit %q: %w", u, ErrBackupRing)
		}
	}
	last, err := gitstore.ReadCommit(d.repo, d.head)
	if err != nil {
		return gitstore.ZeroID, err
	}
	when := last.Committer.When.UTC()
	if me, err := d.me(); err == nil {
		return d.keyringCommit(mem, me, u, k.Serial, files[0], files[1], when)
	}
	return keyringObjects(mem, files[0], files[1], gitstore.CommitSpec{Name: last.Committer.Name, Email: last.Committer.Email,
		When: when, Message: register.KeyringMessage(u, k.Serial)})
}
