package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// GrantOptions say what access an officer gets.
type GrantOptions struct {
	Unit    register.UnitID
	Officer *access.Officer // as her tool printed it; nil: she is known already
	Handle  register.Handle // where Officer is nil
	Office  string
	From    register.Day // zero: today
	Until   register.Day // zero: no end
	Meeting string
	Replace bool // end the grants of those who hold the office in the unit
}

// Grant gives an officer dated access to a unit, in one commit with every
// keyring that she is to read. It returns the handles whose grants it ended.
func (d *Desk) Grant(ctx context.Context, o GrantOptions) (ended []register.Handle, err error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	err = d.withRetry(ctx, func() error {
		ended = ended[:0]
		if err := d.may(policy.ActGrant, o.Unit); err != nil {
			return err
		}
		a := newAct(register.Message("grant", 1, o.Unit))
		h := o.Handle
		if o.Officer != nil {
			h = o.Officer.Handle
			if err := d.addOfficer(a, o.Officer); err != nil {
				return err
			}
		} else if d.state.Officers[h] == nil {
			return fmt.Errorf("officer %s is not known: her officer file is needed", h)
		}
		if o.Replace {
			ended = d.replaceHolders(a, o.Unit, o.Office, h)
		}
		g := &access.Grant{Unit: o.Unit, Handle: h, Office: o.Office, From: o.From, Until: o.Until, Meeting: o.Meeting}
		if g.From == "" {
			g.From = d.Today()
		}
		a.files[register.Path{Kind: register.Grant, Unit: o.Unit, Handle: h}.String()] = g.Encode()
		return d.commit(ctx, a)
	})
	return ended, err
}

// addOfficer puts an officer's file in the register, or sees that it is there.
func (d *Desk) addOfficer(a *act, o *access.Officer) error {
	if o.Handle != register.HandleOf(o.SigningKey()) && d.state.Officers[o.Handle] == nil {
		return errors.New("the officer file's handle does not follow from its signing key: ask her to print it again (medlem key show)")
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

func (d *Desk) replaceHolders(a *act, u register.UnitID, office string, but register.Handle) []register.Handle {
	var out []register.Handle
	if st := d.state.Units[u]; st != nil {
		for h, g := range st.Grants {
			if g.Office == office && h != but {
				a.files[register.Path{Kind: register.Grant, Unit: u, Handle: h}.String()] = nil
				out = append(out, h)
			}
		}
	}
	slices.Sort(out)
	return out
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
	if err := d.begin(ctx); err != nil {
		return err
	}
	return d.withRetry(ctx, func() error {
		if _, err := d.secretariat(); err != nil {
			return err
		}
		return d.commit(ctx, newAct(register.Message("readers", 0, d.state.Policy.Root().ID)))
	})
}

// Policies replaces the policy files (name → content) and seals anew what
// follows from them.
func (d *Desk) Policies(ctx context.Context, files map[string][]byte) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	return d.withRetry(ctx, func() error {
		if err := d.may(policy.ActPolicy, d.state.Policy.Root().ID); err != nil {
			return err
		}
		a := newAct(register.Message("policy", len(files), d.state.Policy.Root().ID))
		for name, b := range files {
			a.files["policies/"+name] = b
		}
		return d.commit(ctx, a)
	})
}

// Rotate publishes the identity's present recipient in place of the former
// ones: at once for the secretariat, as a proposal for every other officer. The
// identity file must have been saved before.
func (d *Desk) Rotate(ctx context.Context) (*Submission, error) {
	return d.ownFile(ctx, "rotate", func(o *access.Officer) {
		old := d.id.Old()
		o.Recipients = slices.DeleteFunc(o.Recipients, func(r string) bool { return slices.Contains(old, r) })
		if !slices.Contains(o.Recipients, d.id.Recipient()) {
			o.Recipients = append(o.Recipients, d.id.Recipient())
		}
	})
}

// PlanRetire notes that identities are about to be destroyed, so that a command
// that is killed between destroying them and saying so is finished by the next.
func (d *Desk) PlanRetire(recipients []string) error {
	for _, r := range recipients {
		if id := access.RecipientID(r); !slices.Contains(d.local.retiring, id) {
			d.local.retiring = append(d.local.retiring, id)
		}
	}
	return d.local.save()
}

// Retire publishes, under the officer's signature, that the identities of
// PlanRetire which the identity file no longer holds do not exist any more. With
// nothing to state it does nothing.
func (d *Desk) Retire(ctx context.Context) error {
	var held []string
	for _, r := range append(d.id.Old(), d.id.Recipient()) {
		held = append(held, access.RecipientID(r))
	}
	var gone []string
	for _, id := range d.local.retiring {
		if !slices.Contains(held, id) {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	_, err := d.ownFile(ctx, "retire", func(o *access.Officer) {
		for _, id := range gone {
			if !slices.ContainsFunc(o.Retired, func(x access.Retired) bool { return x.Recipient == id }) {
				o.Retired = append(o.Retired, access.Retired{Recipient: id, Day: d.Today()})
			}
		}
	})
	if err != nil && !errors.Is(err, ErrNothing) {
		return err
	}
	d.local.retiring = slices.DeleteFunc(d.local.retiring, func(id string) bool { return slices.Contains(gone, id) })
	return d.local.save()
}

// ownFile changes the officer's own file.
func (d *Desk) ownFile(ctx context.Context, verb string, change func(*access.Officer)) (*Submission, error) {
	if _, err := d.Sync(ctx); err != nil {
		return nil, err
	}
	var s *Submission
	err := d.withRetry(ctx, func() error {
		me, err := d.me() // an ex-officer may still state what she destroyed
		if err != nil {
			return err
		}
		o := *d.state.Officers[me]
		o.Recipients, o.Retired = slices.Clone(o.Recipients), slices.Clone(o.Retired)
		change(&o)
		path := register.Path{Kind: register.Officer, Handle: me}.String()
		msg := register.Message(verb, 1, d.state.Policy.Root().ID)
		if d.Secretary() {
			a := newAct(msg)
			a.files[path] = o.Encode()
			return d.commit(ctx, a)
		}
		head, err := d.single(me, msg, map[string][]byte{path: o.Encode()})
		if err != nil {
			return err
		}
		l, err := d.layer("", head)
		if err != nil {
			return err
		}
		s, err = d.send(ctx, l)
		return err
	})
	return s, err
}

// Retirable returns the older identities' recipients that no keyring and no
// officer file needs any more: every keyring that the officer reads opens with
// the present one.
func (d *Desk) Retirable() ([]string, error) {
	me, err := d.me()
	if err != nil || len(d.id.Old()) == 0 {
		return nil, err
	}
	for _, r := range d.state.Officers[me].Recipients {
		if slices.Contains(d.id.Old(), r) {
			return nil, nil // not yet published
		}
	}
	if l, err := d.layers(); err != nil || len(l) > 0 {
		return nil, err // their envelopes may need it
	}
	if waits, err := d.envelopesNeedOld(); err != nil || waits {
		return nil, err
	}
	for u, st := range d.state.Units {
		if st.Keyring == nil || !slices.Contains(st.Keyring.Readers, me) {
			continue
		}
		file, ok, err := d.sealedKeyring(u, st.Keyring.SHA256)
		if err != nil || !ok {
			return nil, err
		}
		if _, err := seal.OpenKeyring(file, d.id.Ages()[:1]); err != nil {
			return nil, nil
		}
	}
	return d.id.Old(), nil
}

// envelopesNeedOld tells whether a proposal waits that the present identity
// alone cannot open.
func (d *Desk) envelopesNeedOld() (bool, error) {
	if !d.Secretary() {
		return false, nil
	}
	ps, err := d.inbox()
	if err != nil {
		return false, err
	}
	for _, p := range ps {
		_, cs, err := proposalDiff(d.repo, d.head, p.Head)
		if err != nil {
			continue
		}
		_, env, err := envelopeOf(cs)
		if err != nil || env.IsZero() {
			continue
		}
		file, err := d.repo.Blob(env, seal.EnvelopeLimit)
		if err != nil {
			continue
		}
		if _, err := seal.OpenEnvelope(file, d.id.Ages()); err != nil {
			continue // nor does an older one
		}
		if _, err := seal.OpenEnvelope(file, d.id.Ages()[:1]); err != nil {
			return true, nil
		}
	}
	return false, nil
}
