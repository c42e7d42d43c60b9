package desk

import (
	"context"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// RotateRecovery puts a fresh recovery recipient in place of the present one,
// seals every keyring anew, and returns the new secret, for paper.
func (d *Desk) RotateRecovery(ctx context.Context) (secret string, err error) {
	recipient, secret, err := identity.Recovery()
	if err != nil {
		return "", err
	}
	return secret, d.recovery(ctx, "rotate", func(o *access.Officer) error {
		o.Recipients = []string{recipient}
		return nil
	})
}

// RetireRecovery states, under the secretariat's signature, that no copy of any
// former recovery identity exists any more: every paper but the newest has been
// destroyed.
func (d *Desk) RetireRecovery(ctx context.Context) error {
	return d.recovery(ctx, "retire", func(o *access.Officer) error {
		former, err := d.formerRecovery()
		if err != nil {
			return err
		}
		for _, id := range former {
			if !slices.ContainsFunc(o.Retired, func(r access.Retired) bool { return r.Recipient == id }) {
				o.Retired = append(o.Retired, access.Retired{Recipient: id, Day: d.Today()})
			}
		}
		return nil
	})
}

func (d *Desk) recovery(ctx context.Context, verb string, change func(*access.Officer) error) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	return d.withRetry(ctx, func() error {
		root := d.state.Policy.Root().ID
		if err := d.may(policy.ActPolicy, root); err != nil {
			return err
		}
		o := *d.state.Recovery
		o.Retired = slices.Clone(o.Retired)
		if err := change(&o); err != nil {
			return err
		}
		a := newAct(register.Message(verb, 1, root))
		a.files[register.Path{Kind: register.RecoveryFile, Handle: register.Recovery}.String()] = o.Encode()
		return d.commit(ctx, a)
	})
}

// formerRecovery returns every recipient that the recovery identity has had in
// main's history, without the present ones.
func (d *Desk) formerRecovery() ([]string, error) {
	chain, err := d.firstParents()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, c := range chain {
		s, err := d.loader.At(c.Tree)
		if err != nil {
			return nil, err
		}
		if s.Recovery == nil {
			continue
		}
		for _, r := range s.Recovery.Recipients {
			id := access.RecipientID(r)
			if !slices.Contains(d.state.Recovery.Recipients, r) && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out, nil
}
