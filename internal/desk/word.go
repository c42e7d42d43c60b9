package desk

import (
	"context"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// What an officer says of herself in her own grants (that she has read the guide,
// how her identity is protected) she writes there herself: at once for the
// secretariat, as a proposal that the secretariat's next command takes in for
// every other officer. She need not have access yet: a grant may wait for just
// this.

// Guide is what the guide of one's own office is, and what one has acknowledged.
type Guide struct {
	Unit         register.UnitID
	Office       string
	Version      string // in force
	Acknowledged string // "" none
	By           register.Day
	Holds        bool // what is acknowledged is enough today
}

// Guides returns the guides of the officer's own offices, by unit.
func (d *Desk) Guides() ([]Guide, error) {
	me, err := d.me()
	if err != nil {
		return nil, err
	}
	return d.guidesOf(me), nil
}

func (d *Desk) guidesOf(h register.Handle) []Guide {
	var out []Guide
	for _, g := range d.grantsOf(h) {
		o, ok := d.state.Policy.Office(g.Office)
		if !ok || o.Guide.Version == "" {
			continue
		}
		holds := !slices.ContainsFunc(d.state.Lacks(g, d.Today()), func(l access.Lack) bool { return l.Matter == access.MatterGuide })
		out = append(out, Guide{g.Unit, g.Office, o.Guide.Version, g.Guide, o.Guide.By, holds})
	}
	return out
}

// grantsOf returns an officer's grants that have not ended, pending or not, by
// unit.
func (d *Desk) grantsOf(h register.Handle) []*access.Grant {
	var out []*access.Grant
	for _, u := range d.state.Policy.Units {
		st := d.state.Units[u.ID]
		if st == nil || st.Grants[h] == nil {
			continue
		}
		if g := st.Grants[h]; g.Last() == "" || g.Last() >= d.Today() {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b *access.Grant) int { return strings.Compare(string(a.Unit), string(b.Unit)) })
	return out
}

// AcknowledgeGuides signs, in the officer's own grants, that she has read the
// guides of her offices in the version that is in force. ErrNothing: she has said
// so already. The submission is nil where it counts at once.
func (d *Desk) AcknowledgeGuides(ctx context.Context) (*Submission, []*access.Grant, error) {
	return d.ownGrants(ctx, func(g *access.Grant, o *policy.Office) (bool, error) {
		e := Endorsement{access.MatterGuide, access.ActAcknowledged, policy.Appointee}
		if o.Guide.Version == "" || g.Guide == o.Guide.Version && signedBy(g, e, g.Handle) {
			return false, nil
		}
		return true, addSignature(g, o.Guide.Version, d.id.Signer(), g.Handle, e, d.Today())
	})
}

// AttestFactor signs, in the officer's own grants, that her identity is protected
// in a way that her office asks for. The caller knows that it is. Where others have
// signed that it is protected in another way, the grant must be agreed anew.
func (d *Desk) AttestFactor(ctx context.Context, factor string) (*Submission, []*access.Grant, error) {
	return d.ownGrants(ctx, func(g *access.Grant, o *policy.Office) (bool, error) {
		e := Endorsement{access.MatterFactor, access.ActAttested, policy.Appointee}
		if !slices.Contains(o.SecondFactor, factor) || g.Factor == factor && signedBy(g, e, g.Handle) {
			return false, nil
		}
		if g.Factor != factor {
			if slices.ContainsFunc(g.Signatures, func(s access.Signature) bool {
				return s.Matter != access.MatterGuide && s.Matter != access.MatterFactor
			}) {
				return false, nil
			}
			if err := d.restate(g, factor); err != nil {
				return false, err
			}
		}
		return true, addSignature(g, "", d.id.Signer(), g.Handle, e, d.Today())
	})
}

// restate writes another factor into the officer's own grant. What she has signed
// of it is about the grant as a whole, so she signs that anew.
func (d *Desk) restate(g *access.Grant, factor string) error {
	guided := len(g.Signed(access.MatterGuide, access.ActAcknowledged)) > 0
	g.Factor, g.Signatures = factor, nil
	if !guided {
		return nil
	}
	return addSignature(g, g.Guide, d.id.Signer(), g.Handle, Endorsement{access.MatterGuide, access.ActAcknowledged, policy.Appointee}, d.Today())
}

func signedBy(g *access.Grant, e Endorsement, h register.Handle) bool {
	return slices.ContainsFunc(g.Signed(e.Matter, e.Act), func(s access.Signature) bool { return s.Signer == e.Signer && s.Handle == h })
}

// ownGrants changes the officer's own grants, and returns those that it changed.
func (d *Desk) ownGrants(ctx context.Context, change func(*access.Grant, *policy.Office) (bool, error)) (s *Submission, changed []*access.Grant, err error) {
	res, err := d.Sync(ctx)
	if err != nil {
		return nil, nil, err
	}
	if res.Offline {
		return nil, nil, gitstore.ErrUnreachable
	}
	err = d.withRetry(ctx, func() error {
		s, changed = nil, nil
		me, err := d.me()
		if err != nil {
			return err
		}
		waits, err := d.ownWords(me)
		if err != nil {
			return err
		}
		a := newAct("")
		for _, g := range d.grantsOf(me) {
			c := *g
			if w := waits.grants[g.Unit]; w != nil {
				c = *w
			}
			c.Signatures = slices.Clone(c.Signatures)
			o, ok := d.state.Policy.Office(g.Office)
			if !ok {
				continue
			}
			did, err := change(&c, o)
			if err != nil {
				return err
			}
			if did {
				changed = append(changed, &c)
			}
			if did || waits.grants[g.Unit] != nil {
				a.files[grantPath(&c)] = c.Encode()
			}
		}
		switch {
		case len(changed) == 0 && waits.there != nil:
			s = waits.there
			return nil
		case len(changed) == 0:
			return ErrNothing
		}
		return d.sendOwn(ctx, a, me, changed[0].Unit, waits, &s)
	})
	return s, changed, err
}

// sendOwn puts changes of one's own grants on main or sends them, in the place of
// what waits.
func (d *Desk) sendOwn(ctx context.Context, a *act, me register.Handle, unit register.UnitID, waits *words, s **Submission) error {
	a.message = register.Message("grant", len(a.files), unit)
	if d.Secretary() {
		if err := d.makeRoomFor(a); err != nil {
			return err
		}
		return d.commit(ctx, a)
	}
	head, err := d.single(me, a.message, a.files)
	if err != nil {
		return err
	}
	l, err := d.layer("", head)
	if err != nil {
		return err
	}
	if *s, err = d.send(ctx, l, waits.drop...); err != nil {
		return err
	}
	return d.repo.UpdateRefs(append(waits.local, gitstore.RefUpdate{Name: wordRefs + (*s).Topic, New: head}))
}

// words are one's own proposals about one's own grants that wait.
type words struct {
	grants      map[register.UnitID]*access.Grant // as they would have them, where main's are still those that they started from
	there       *Submission
	drop, local []gitstore.RefUpdate // take them away, on the server and here
}

func (d *Desk) ownWords(me register.Handle) (*words, error) {
	out := &words{grants: map[register.UnitID]*access.Grant{}}
	waiting, err := d.repo.Refs(wordRefs)
	if err != nil {
		return nil, err
	}
	for name, head := range waiting {
		topic := strings.TrimPrefix(name, wordRefs)
		ref := register.ProposalRef(me, topic)
		out.drop = append(out.drop, gitstore.RefUpdate{Name: ref, Old: head})
		out.local = append(out.local, gitstore.RefUpdate{Name: name, Old: head})
		_, cs, err := proposalDiff(d.repo, d.head, head)
		if err != nil {
			return nil, err
		}
		for _, c := range cs {
			p, err := register.ParsePath(c.Path)
			if err != nil || p.Kind != register.Grant || c.New.ID.IsZero() {
				continue
			}
			if now, ok, err := gitstore.Find(d.repo, d.tree, c.Path); err != nil || !ok || now.ID != c.Old.ID {
				continue
			}
			b, err := d.repo.Blob(c.New.ID, register.FlatLimit)
			if err != nil {
				return nil, err
			}
			if g, err := access.ParseGrant(p, b); err == nil {
				out.grants[p.Unit] = g
				out.there = &Submission{Topic: topic, Ref: ref, Count: len(cs), Waits: true}
			}
		}
	}
	return out, nil
}
