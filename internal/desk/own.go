package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Rotate publishes the identity's present recipient in place of the former
// ones: at once for the secretariat, as a proposal for every other officer. Where
// a proposal waits that does so, it sends no other and returns that one. The
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
	res, err := d.Sync(ctx)
	if err != nil {
		return nil, err
	}
	if res.Offline {
		return nil, gitstore.ErrUnreachable
	}
	var s *Submission
	err = d.withRetry(ctx, func() error {
		me, err := d.me() // an ex-officer may still state what she destroyed
		if err != nil {
			return err
		}
		msg := register.Message(verb, 1, d.state.Policy.Root().ID)
		if d.Secretary() {
			o := copyOfficer(d.state.Officers[me])
			change(o)
			a := newAct(msg)
			a.files[officerPath(me)] = o.Encode()
			return d.commit(ctx, a)
		}
		s, err = d.proposeOwn(ctx, me, msg, change)
		return err
	})
	return s, err
}

func copyOfficer(o *access.Officer) *access.Officer {
	c := *o
	c.Recipients, c.Retired = slices.Clone(o.Recipients), slices.Clone(o.Retired)
	return &c
}

func officerPath(h register.Handle) string {
	return register.Path{Kind: register.Officer, Handle: h}.String()
}

// proposeOwn sends a change of the officer's own file. One such proposal waits at
// a time, and the next takes its place with what both change: the later of two
// would undo the earlier.
func (d *Desk) proposeOwn(ctx context.Context, me register.Handle, msg string, change func(*access.Officer)) (*Submission, error) {
	waiting, err := d.repo.Refs(ownRefs)
	if err != nil {
		return nil, err
	}
	o := copyOfficer(d.state.Officers[me])
	var there *Submission
	var drop, local []gitstore.RefUpdate
	for name, head := range waiting {
		topic := strings.TrimPrefix(name, ownRefs)
		ref := register.ProposalRef(me, topic)
		drop = append(drop, gitstore.RefUpdate{Name: ref, Old: head})
		local = append(local, gitstore.RefUpdate{Name: name, Old: head})
		was, err := d.ownProposal(me, head)
		if err != nil {
			return nil, err
		}
		if was != nil {
			o, there = was, &Submission{Topic: topic, Ref: ref, Count: 1, Waits: true}
		}
	}
	was := string(o.Encode())
	change(o)
	if there != nil && string(o.Encode()) == was {
		return there, nil
	}
	head, err := d.single(me, msg, map[string][]byte{officerPath(me): o.Encode()})
	if err != nil {
		return nil, err
	}
	l, err := d.layer("", head)
	if err != nil {
		return nil, err
	}
	s, err := d.send(ctx, l, drop...)
	if err != nil {
		return nil, err
	}
	return s, d.repo.UpdateRefs(append(local, gitstore.RefUpdate{Name: ownRefs + s.Topic, New: head}))
}

// ownProposal returns the officer's file as a proposal of her own would have it,
// or nil where main's is no longer the one that it started from.
func (d *Desk) ownProposal(me register.Handle, head gitstore.ID) (*access.Officer, error) {
	_, cs, err := proposalDiff(d.repo, d.head, head)
	if err != nil {
		return nil, err
	}
	now, ok, err := gitstore.Find(d.repo, d.tree, officerPath(me))
	if err != nil || !ok || len(cs) != 1 || cs[0].Path != officerPath(me) || cs[0].Old.ID != now.ID {
		return nil, err
	}
	b, err := d.repo.Blob(cs[0].New.ID, register.FlatLimit)
	if err != nil {
		return nil, err
	}
	return access.ParseOfficer(b, seal.RecipientShape)
}

// settleOwn forgets the proposals of the officer's own file and grants that wait
// no longer: they are on main, or the secretariat has refused them, or the server has lost
// them. The last two are sent again by whoever asks for the same again.
func (d *Desk) settleOwn(refs map[string]gitstore.ID) error {
	me, err := d.me()
	if err != nil {
		return nil // nobody's proposals are here
	}
	var ups []gitstore.RefUpdate
	for _, prefix := range []string{ownRefs, wordRefs} {
		waiting, err := d.repo.Refs(prefix)
		if err != nil {
			return err
		}
		for name, id := range waiting {
			if refs[register.ProposalRef(me, strings.TrimPrefix(name, prefix))] != id {
				ups = append(ups, gitstore.RefUpdate{Name: name, Old: id})
			}
		}
	}
	if len(ups) == 0 {
		return nil
	}
	return d.repo.UpdateRefs(ups)
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
	mine, err := d.repo.Refs(submittedRefs)
	if err != nil {
		return nil, err
	}
	if _, draft, err := d.repo.Ref(draftRef); err != nil || draft || len(mine) > 0 {
		return nil, nil // their envelopes may need it
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
		if opens, err := d.opensTokens(u, st.Keyring); err != nil || !opens {
			return nil, err
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
