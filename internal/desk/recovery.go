package desk

import (
	"context"
	"errors"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Paper is given a new recovery secret when nothing is left but the push by which
// the register comes to depend on it. It must return only when the secret has
// been shown or written: it is nowhere else. An error ends the act; nothing has
// moved then.
type Paper func(secret string) error

// PaperError is why an act failed that had given a recovery secret to Paper.
type PaperError struct {
	Err  error
	Void bool // the register does not know the secret and never will; else it may
}

func (e *PaperError) Error() string { return e.Err.Error() }
func (e *PaperError) Unwrap() error { return e.Err }

// handover gives a recovery secret to Paper once, however often an act is tried.
type handover struct {
	to     Paper
	secret string
	given  bool
}

func (h *handover) give() error {
	if h.given || h.to == nil {
		return nil
	}
	if err := h.to(h.secret); err != nil {
		return err
	}
	h.given = true
	return nil
}

// explain says of an act's error what it means for the secret. Where the server
// has not said no, the push may have reached it.
func (h *handover) explain(err error) error {
	if err == nil || !h.given {
		return err
	}
	var stale *gitstore.StaleError
	var rejected *gitstore.RejectedError
	void := errors.As(err, &stale) || errors.As(err, &rejected) || errors.Is(err, gitstore.ErrNoAtomic) || errors.Is(err, gitstore.ErrDenied)
	return &PaperError{err, void}
}

// RotateRecovery puts a fresh recovery recipient in place of the present one,
// whose secret it gives to Paper, and seals every keyring anew.
func (d *Desk) RotateRecovery(ctx context.Context, to Paper) error {
	recipient, secret, err := identity.Recovery()
	if err != nil {
		return err
	}
	h := &handover{to: to, secret: secret}
	return h.explain(d.recovery(ctx, "rotate", h.give, func(o *access.Officer) error {
		o.Recipients = []string{recipient}
		return nil
	}))
}

// RetireRecovery states, under the secretariat's signature, that no copy of any
// former recovery identity exists any more: every paper but the newest has been
// destroyed.
func (d *Desk) RetireRecovery(ctx context.Context) error {
	return d.recovery(ctx, "retire", nil, func(o *access.Officer) error {
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

func (d *Desk) recovery(ctx context.Context, verb string, before func() error, change func(*access.Officer) error) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	if d.news.Offline {
		return gitstore.ErrUnreachable
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
		a.before = before
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
