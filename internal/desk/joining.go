package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Where the policy has pages.yaml, each unit's keyring holds a joining identity,
// and keyring.yaml its recipient: what members and strangers seal to. It is
// replaced when the keyring is sealed anew after so many days, and at once when a
// reader leaves.

// hasJoining tells whether a keyring.yaml has a joining recipient where the policy
// wants one, and none where it does not.
func hasJoining(k *access.KeyringFile, p *policy.Policy) bool {
	return (k.Joining != "") == (p.Pages != nil)
}

// renewJoining brings the joining identities of a keyring, which is about to be
// sealed to readers on a day, to what the policy wants, and returns the recipient
// of the one that counts. old is what main says of the keyring so far; nil: it is
// new.
func renewJoining(k *seal.Keyring, old *access.KeyringFile, p *policy.Policy, readers []register.Handle, day register.Day) (string, error) {
	k.DropJoining(day, p.Pages == nil)
	if p.Pages == nil {
		return "", nil
	}
	left := old != nil && slices.ContainsFunc(old.Readers, func(h register.Handle) bool { return !slices.Contains(readers, h) })
	if left || joiningDue(k, p.Pages, day) {
		if err := k.RenewJoining(day, day.Add(p.Pages.Keep)); err != nil {
			return "", err
		}
	}
	return k.JoiningRecipient()
}

// joiningDue tells whether a keyring's joining identity is older than the policy
// lets it be, or missing.
func joiningDue(k *seal.Keyring, g *policy.Pages, day register.Day) bool {
	return k.Joining == "" || k.Made == "" || k.Made.Add(g.Rotate) < day
}

// JoiningDue lists the units whose joining identity is to be replaced. This copy
// notes when the oldest that it saw was made: until that is too old, it opens no
// keyring to find out.
func (d *Desk) JoiningDue() ([]register.UnitID, error) {
	g := d.state.Policy.Pages
	if g == nil || d.local.joining != "" && d.local.joining.Add(g.Rotate) >= d.Today() {
		return nil, nil
	}
	if _, err := d.secretariat(); err != nil {
		return nil, nil // others cannot replace it
	}
	var due []register.UnitID
	oldest := d.Today()
	for _, u := range d.readableUnits() {
		k, err := d.keyring(u)
		if err != nil {
			continue // whoever opens it replaces it
		}
		if joiningDue(k, g, d.Today()) {
			due = append(due, u)
		} else {
			oldest = min(oldest, k.Made)
		}
	}
	if len(due) > 0 {
		return due, nil
	}
	d.local.joining = oldest
	return nil, d.local.save()
}

// RenewJoining seals the keyrings anew whose joining identity is to be replaced, in
// one commit of main, and returns how many there were. What was sealed to the old
// ones still opens for the days that the policy says.
func (d *Desk) RenewJoining(ctx context.Context) (int, error) {
	if err := d.begin(ctx); err != nil {
		return 0, err
	}
	if _, err := d.secretariat(); err != nil {
		return 0, err
	}
	n := 0
	err := d.withRetry(ctx, func() error {
		var err error
		n, err = d.renewAll(ctx)
		return err
	})
	return n, err
}

func (d *Desk) renewAll(ctx context.Context) (int, error) {
	due, err := d.JoiningDue()
	if err != nil || len(due) == 0 {
		return 0, err
	}
	a := newAct(register.Message("readers", 0, d.state.Policy.Root().ID))
	for i, u := range due {
		if _, err := d.change(a, u); err != nil {
			return 0, fmt.Errorf("unit %q: %w", u, err)
		}
		d.progress("sealing", i+1, len(due))
	}
	return len(due), d.commit(ctx, a)
}

// keepJoining replaces the joining identities that are due, as every command of the
// secretariat does that fetches. What goes wrong with it stops nothing: the next
// one tries again, and the home page says that it is due.
func (d *Desk) keepJoining(ctx context.Context, res *SyncResult) error {
	if d.local.remote == "" && d.keyringFolder() == "" {
		return nil
	}
	n, err := d.renewAll(ctx)
	var findings *FindingsError
	var stale *gitstore.StaleError
	switch {
	case errors.As(err, &findings), errors.As(err, &stale), errors.Is(err, gitstore.ErrUnreachable):
		return nil
	case err != nil:
		return err
	}
	res.Joining = n
	return nil
}
