package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/breach"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// ErrRecoveryLost is a refusal to revoke what has no grants: the recovery identity is
// replaced.
var ErrRecoveryLost = errors.New("the recovery identity has no grants")

// ErrContainOwn is a refusal to contain one's own identity: it would end in the middle,
// with the access that the rest needs.
var ErrContainOwn = errors.New("nobody contains her own identity")

// ErrNoGrants says of an officer that she has had no grant, as far as history goes.
var ErrNoGrants = errors.New("no grant of this officer, now or before")

// ContainOptions say what is done about a loss.
type ContainOptions struct {
	Handle register.Handle
	Units  []register.UnitID // to seal anew; nil: all of which she could open anything that main still has
	Pages  bool              // new secrets for members' own pages there
}

// Contained is what was done.
type Contained struct {
	Revoked []*access.Grant
	Rekeyed []Rekeyed
	Extent  *breach.Extent // afterwards
}

// revokedAtOnce is how many grants one commit ends: as many as no guard of a policy
// refuses.
const revokedAtOnce = 2

// Extent says what an officer's identities could open, from main's history. It needs
// no key.
func (d *Desk) Extent(l breach.Loss) (*breach.Extent, error) {
	if d.state == nil {
		return nil, ErrNoRegister
	}
	return breach.Of(d.repo, d.head, l)
}

// Contain ends every grant of an officer whose identity is in other hands, and then
// seals anew, and without older versions, every unit of which she could open something
// that main still has. Killed anywhere, the same call does what is left.
func (d *Desk) Contain(ctx context.Context, o ContainOptions) (*Contained, error) {
	if o.Handle == register.Recovery {
		return nil, ErrRecoveryLost
	}
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	if me, err := d.me(); err != nil {
		return nil, err
	} else if me == o.Handle {
		return nil, ErrContainOwn
	}
	out := &Contained{}
	for {
		gs, err := d.revokeSome(ctx, o.Handle)
		if err != nil {
			return out, err
		}
		if out.Revoked = append(out.Revoked, gs...); len(gs) == 0 {
			break
		}
	}
	units, err := d.openedBy(o.Handle)
	if err != nil {
		return out, err
	}
	if o.Units != nil {
		units = o.Units
	}
	if len(units) > 0 {
		if out.Rekeyed, err = d.Rekey(ctx, RekeyOptions{Units: units, Forget: true, Pages: o.Pages}); err != nil {
			return out, err
		}
	}
	out.Extent, err = d.Extent(breach.Loss{Handle: o.Handle})
	return out, err
}

// openedBy returns the units of which an officer could, at any time, open something that
// stands on main today.
func (d *Desk) openedBy(h register.Handle) ([]register.UnitID, error) {
	e, err := d.Extent(breach.Loss{Handle: h})
	if err != nil {
		return nil, err
	}
	var out []register.UnitID
	for _, u := range e.Units {
		if u.Left > 0 {
			out = append(out, u.ID)
		}
	}
	return out, nil
}

// revokeSome ends a few grants of an officer, in one commit; none are left when it
// returns none.
func (d *Desk) revokeSome(ctx context.Context, h register.Handle) ([]*access.Grant, error) {
	var gs []*access.Grant
	err := d.withRetry(ctx, func() error {
		gs = d.allGrants(h)
		gs = gs[:min(len(gs), revokedAtOnce)]
		if len(gs) == 0 {
			return nil
		}
		a := newAct(register.Message("revoke", len(gs), gs[0].Unit))
		for _, g := range gs {
			if err := d.may(policy.ActGrant, g.Unit); err != nil {
				return err
			}
			a.files[grantPath(g)] = nil
		}
		return d.commit(ctx, a)
	})
	return gs, err
}

// allGrants returns an officer's grants as main has them, pending and over ones too, by
// unit.
func (d *Desk) allGrants(h register.Handle) []*access.Grant { return grantsIn(d.state, h) }

func grantsIn(s *access.State, h register.Handle) []*access.Grant {
	var out []*access.Grant
	for _, u := range s.Units {
		if g := u.Grants[h]; g != nil {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, byUnit)
	return out
}

// Returned is what an officer who lost her identity has again.
type Returned struct {
	Old   []*access.Grant // that ended, now or when access was taken before
	Given []*Given        // to her new identity; none where no officer file was given
}

// IdentityLost ends every grant of an identity that is lost and, where the same person
// has made a new one, gives that the same grants, from today on or from a first day that is
// to come. What an office asks for (documents, signatures, the guide) is asked for again: a
// grant that lacks it is pending. member is her own record, where an office asks that she
// belongs to the unit. A commit ends a few grants and gives these again; killed anywhere,
// the same call does what is left.
func (d *Desk) IdentityLost(ctx context.Context, old register.Handle, officer *access.Officer, member register.RecordID) (*Returned, error) {
	if old == register.Recovery {
		return nil, ErrRecoveryLost
	}
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	gs, err := d.lastGrants(old)
	if err != nil {
		return nil, err
	}
	top := d.state.Policy.Root().ID
	slices.SortStableFunc(gs, func(a, b *access.Grant) int { // whoever ends her own goes on as long as she must
		switch {
		case a.Unit == top:
			return 1
		case b.Unit == top:
			return -1
		}
		return 0
	})
	out, done := &Returned{Old: gs}, false
	for some := range slices.Chunk(gs, revokedAtOnce) {
		var given []*Given
		err := d.withRetry(ctx, func() error {
			a, x, err := d.returning(some, old, officer, member)
			if err != nil || a == nil {
				return err
			}
			given, done = x, true
			return d.commit(ctx, a)
		})
		if err != nil {
			return out, err
		}
		out.Given = append(out.Given, given...)
	}
	if !done {
		return nil, ErrNothing
	}
	return out, nil
}

// returning makes the act that ends some of the grants and gives them again; nil where
// nothing is left to do.
func (d *Desk) returning(gs []*access.Grant, old register.Handle, officer *access.Officer, member register.RecordID) (*act, []*Given, error) {
	a := newAct("")
	var ends []*access.Grant
	for _, g := range gs {
		if st := d.state.Units[g.Unit]; st == nil || st.Grants[old] == nil {
			continue
		}
		if err := d.may(policy.ActGrant, g.Unit); err != nil {
			return nil, nil, err
		}
		ends = append(ends, g)
	}
	var given []*Given
	if officer != nil {
		var err error
		if given, err = d.givenAgain(a, gs, old, officer, member); err != nil {
			return nil, nil, err
		}
	}
	for _, g := range ends {
		a.files[grantPath(g)] = nil
	}
	switch {
	case len(given) > 0:
		a.message = register.Message("grant", len(given), given[0].Grant.Unit)
	case len(ends) > 0:
		a.message = register.Message("revoke", len(ends), ends[0].Unit)
	default:
		return nil, nil, nil
	}
	return a, given, nil
}

// givenAgain adds to an act the grants of an officer, to her new identity.
func (d *Desk) givenAgain(a *act, gs []*access.Grant, old register.Handle, officer *access.Officer, member register.RecordID) ([]*Given, error) {
	var out []*Given
	for _, g := range gs {
		if last := g.Last(); last != "" && last < d.Today() {
			continue
		}
		if st := d.state.Units[g.Unit]; st == nil || st.Grants[officer.Handle] != nil {
			continue // she has it already
		}
		o := GrantOptions{Unit: g.Unit, Officer: officer, Handle: officer.Handle, Member: member, Terms: Terms{
			Office: g.Office, From: max(g.From, d.Today()), Until: g.Last(), Meeting: g.Meeting, Met: g.Met, Position: g.Position, Purpose: g.Purpose, Task: g.Task,
			Exception: g.Exception, Factor: g.Factor, Belongs: g.Belongs != "", Columns: g.Columns,
			Names: slices.DeleteFunc(slices.Clone(g.Names), func(h register.Handle) bool { return h == old })}}
		if d.state.Officers[officer.Handle] != nil {
			o.Officer = nil // known from an earlier attempt
		}
		if d.state.Units[g.Unit].Grants[old] != nil {
			o.End = []register.Handle{old}
		}
		x, given, err := d.granting(o)
		if err != nil {
			return nil, fmt.Errorf("unit %q: %w", g.Unit, err)
		}
		for path, b := range x.files {
			a.files[path] = b
		}
		out = append(out, given)
	}
	return out, nil
}

// containDays bounds how long after a commit that took some of an officer's grants another
// one may take more and still be the same act, which had been interrupted.
const containDays = 7

// lastGrants returns the grants that an officer has and those that were taken from her, a
// few at a time as Contain and IdentityLost do, before these or, where she has none any
// more, before the last ones. One that was ended by itself before is not among them.
func (d *Desk) lastGrants(h register.Handle) ([]*access.Grant, error) {
	last := grantsIn(d.state, h)
	now, since := last, d.Today()
	for id := d.head; ; {
		c, err := gitstore.ReadCommit(d.repo, id)
		if err != nil {
			return nil, err
		}
		if day := register.DayOf(c.Committer.When); len(c.Parents) == 0 || len(last) > 0 && day.Add(containDays) < since {
			break
		}
		p, err := gitstore.ReadCommit(d.repo, c.Parents[0])
		if err != nil {
			return nil, err
		}
		s, err := d.loader.At(p.Tree)
		if err != nil {
			return nil, err
		}
		was := grantsIn(s, h)
		if len(elsewhere(now, was)) > 0 {
			break // she was given one here: what she lost before is another matter
		}
		taken := elsewhere(was, now)
		m, err := register.ParseMessage(c.Message)
		few := err == nil && m.Verb == "revoke" && m.N == uint64(len(taken)) && len(taken) > 1
		if len(taken) > 0 && (few || len(last) == 0) {
			last, since = append(last, taken...), register.DayOf(c.Committer.When)
		}
		id, now = c.Parents[0], was
	}
	if len(last) == 0 {
		return nil, fmt.Errorf("%s: %w", h, ErrNoGrants)
	}
	slices.SortFunc(last, byUnit)
	return last, nil
}

// elsewhere returns the grants in units in which there is none of the others.
func elsewhere(gs, others []*access.Grant) []*access.Grant {
	return slices.DeleteFunc(slices.Clone(gs), func(g *access.Grant) bool {
		return slices.ContainsFunc(others, func(o *access.Grant) bool { return o.Unit == g.Unit })
	})
}

func byUnit(a, b *access.Grant) int { return strings.Compare(string(a.Unit), string(b.Unit)) }
