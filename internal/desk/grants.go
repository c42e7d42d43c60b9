package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

var errOfficerFile = errors.New("the officer file's handle does not follow from its signing key: ask her to print it again (medlem key show)")

// addOfficer puts an officer's file in the register, or sees that it is there.
func (d *Desk) addOfficer(a *act, o *access.Officer) error {
	if o.Handle != register.HandleOf(o.SigningKey()) && d.state.Officers[o.Handle] == nil {
		return errOfficerFile
	}
	known := d.state.Officers[o.Handle]
	if known == nil {
		a.files[register.Path{Kind: register.Officer, Handle: o.Handle}.String()] = o.Encode()
		return nil
	}
	if known.Signing != o.Signing {
		return fmt.Errorf("officer %s is known with another signing key", o.Handle)
	}
	if slices.Equal(known.Recipients, o.Recipients) {
		return nil
	}
	c := *known
	c.Recipients = o.Recipients
	a.files[register.Path{Kind: register.Officer, Handle: o.Handle}.String()] = c.Encode()
	return nil
}

// Revoke ends an officer's grant in a unit, at once: one commit, the keyrings
// that she read, and no record.
func (d *Desk) Revoke(ctx context.Context, u register.UnitID, h register.Handle) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	return d.withRetry(ctx, func() error {
		if err := d.may(policy.ActGrant, u); err != nil {
			return err
		}
		if st := d.state.Units[u]; st == nil || st.Grants[h] == nil {
			return fmt.Errorf("officer %s has no grant in unit %q", h, u)
		}
		a := newAct(register.Message("revoke", 1, u))
		a.files[register.Path{Kind: register.Grant, Unit: u, Handle: h}.String()] = nil
		return d.commit(ctx, a)
	})
}

// Readers seals anew every keyring whose readers are not those that policy and
// grants give today, such as after a grant's last day. ErrNothing: all are right.
func (d *Desk) Readers(ctx context.Context) error {
	res, err := d.fetched(ctx)
	if err != nil {
		return err
	}
	err = d.withRetry(ctx, func() error {
		if _, err := d.secretariat(); err != nil {
			return err
		}
		return d.commit(ctx, newAct(register.Message("readers", 0, d.state.Policy.Root().ID)))
	})
	if res.Joining > 0 && errors.Is(err, ErrNothing) {
		return nil // with the joining identities the fetch sealed them anew
	}
	return err
}
