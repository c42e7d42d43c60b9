package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// ErrNotProtected says that no unit of the policy is for members with protected
// identity, or that the one that was named is none.
var ErrNotProtected = errors.New("no unit for members with protected identity")

// ErrProtect says that nobody is just moved into such a unit: something of her would
// stay where she was.
var ErrProtect = errors.New("members are brought into a unit for protected identity by medlem subject protect")

// Protected says what protecting a member did.
type Protected struct {
	From, To register.UnitID // the same: she was there already, and only activities were left
	Left     []*Activity     // in other units, in which she takes part no more
	Lists    []*Drawn        // that named her and are not said to be destroyed
	Closed   int             // lists of her unit beside, whose names the identity cannot open
	Rejected []string        // topics of open proposals that held her
	Secret   string          // of her page, which has been made anew
	Server   bool            // the server has forgotten the replaced keyrings
	Hint     string          // what to ask the server's keeper where it has not
	Site     SiteFate        // what became of her page on the server
}

// Protect moves a member into a unit for members with protected identity: the one
// that is named or, where the policy has one alone, that ("" none named). Nothing of
// her stays where she was: she takes part in no activity of another unit, versions that are
// kept are dropped everywhere at once, her page has a new secret, open proposals that hold
// her are rejected, and the server is made to forget the replaced keyrings. Only the
// secretariat protects. Killed anywhere, the same call does what is left.
func (d *Desk) Protect(ctx context.Context, id register.RecordID, to register.UnitID) (*Protected, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	if _, err := d.secretariat(); err != nil {
		return nil, err
	}
	out := &Protected{}
	m, err := d.editable(id)
	if err != nil {
		return nil, err
	}
	at, err := d.protecting(m, to)
	there := errors.Is(err, ErrNothing)
	if err != nil && !there {
		return nil, err
	}
	out.From, out.To = m.Path.Unit, at.Unit
	// First, since the move is what says that all is done; a commit of its own, since the
	// check lets a move bring nothing else.
	if out.Left, err = d.leaveActivities(ctx, id, at.Unit); err != nil {
		return nil, err
	}
	switch {
	case !there:
		err = d.moveProtected(ctx, id, to, out)
	case len(out.Left) == 0:
		err = ErrNothing
	}
	if err != nil {
		return nil, err
	}
	out.Server, out.Hint = d.forgetOnServer(ctx)
	drawn, err := d.drawnMembers()
	if err != nil {
		return nil, err
	}
	out.Lists, out.Closed = drawn.of(id), drawn.closed[out.From]
	out.Lists = slices.DeleteFunc(out.Lists, func(x *Drawn) bool { return !x.Open() })
	return out, nil
}

// leaveActivities takes a member out of the activities of all units but one, with a commit
// for each unit, and keeps no older version of them.
func (d *Desk) leaveActivities(ctx context.Context, id register.RecordID, stays register.UnitID) ([]*Activity, error) {
	var out []*Activity
	for _, u := range slices.Sorted(maps.Keys(d.state.Units)) {
		var ops []activityOp
		err := d.withRetry(ctx, func() error {
			ops = nil
			if st := d.state.Units[u]; u == stays || st == nil || st.Keyring == nil {
				return nil
			}
			k, err := d.keyring(u)
			if err != nil {
				return err
			}
			if ops, err = d.activitiesNaming(u, k, []register.RecordID{id}, destroyed{}); err != nil || len(ops) == 0 {
				return err
			}
			a := newAct(register.Message("activity", len(ops), u))
			if err := d.withoutErased(a, u, ops); err != nil {
				return err
			}
			return d.commit(ctx, a)
		})
		if err != nil {
			return nil, fmt.Errorf("unit %q: %w", u, err)
		}
		for _, o := range ops {
			out = append(out, &Activity{Record: o.is, Path: o.to})
		}
	}
	return out, nil
}

// moveProtected moves a member, and drops what is left of her where she was.
func (d *Desk) moveProtected(ctx context.Context, id register.RecordID, to register.UnitID, out *Protected) error {
	return d.withRetry(ctx, func() error {
		if _, err := d.secretariat(); err != nil {
			return err
		}
		m, err := d.editable(id)
		if err != nil {
			return err
		}
		at, err := d.protecting(m, to)
		if err != nil {
			return err
		}
		out.From, out.To = m.Path.Unit, at.Unit
		a := newAct(register.Message("move", 1, at.Unit))
		if err := d.hide(a, m, at, out); err != nil {
			return err
		}
		if err := d.commit(ctx, a); err != nil {
			return err
		}
		out.Site = a.site
		return d.local.save()
	})
}

// protecting returns where a member goes who is to be protected; ErrNothing where she is
// there.
func (d *Desk) protecting(m *Member, to register.UnitID) (register.Path, error) {
	at := m.Path
	units := d.state.Policy.ProtectedUnits()
	switch {
	case len(units) == 0, to != "" && !slices.Contains(units, to):
		return at, ErrNotProtected
	case to == "" && len(units) > 1:
		return at, fmt.Errorf("%w is named, and the policy has %s", ErrNotProtected, listUnits(units))
	case to == "":
		to = units[0]
	}
	if at.Unit == to {
		return at, ErrNothing
	}
	for _, u := range []register.UnitID{at.Unit, to} {
		if err := d.may(policy.ActMove, u); err != nil {
			return at, err
		}
	}
	at.Unit = to
	next := m.next()
	next.Unit = to
	if fs := notHere(d.state.Policy, to, nil, next); len(fs) > 0 {
		return at, &FaultsError{fs}
	}
	return at, nil
}

func listUnits(units []register.UnitID) string {
	texts := make([]string, len(units))
	for i, u := range units {
		texts[i] = string(u)
	}
	return strings.Join(texts, ", ")
}

// hide fills the act.
func (d *Desk) hide(a *act, m *Member, to register.Path, out *Protected) error {
	id := m.Path.ID
	next := m.next()
	next.Unit = to.Unit
	if err := d.apply(a, []op{{verb: "move", from: m.Path, to: to, rec: next, was: m.Record, key: m.key}}); err != nil {
		return err
	}
	for u, st := range d.state.Units {
		if st.Keyring == nil {
			continue
		}
		k, err := d.keyring(u)
		if err != nil {
			return err
		}
		if a.keyrings[u] == nil && !holdsVersion(k, id) {
			continue
		}
		if k, err = d.change(a, u); err != nil {
			return err
		}
		for v := range k.Versions {
			if v.ID == id {
				delete(k.Versions, v)
			}
		}
	}
	k, err := d.change(a, to.Unit)
	if err != nil {
		return err
	}
	out.Secret = seal.NewViewSecret()
	k.Views[id] = out.Secret
	res := &Erased{}
	if err := d.rejectHolders(a, []register.RecordID{id}, res); err != nil {
		return err
	}
	out.Rejected = res.Rejected
	return nil
}

// holdsVersion tells whether a keyring keeps an older version of a record.
func holdsVersion(k *seal.Keyring, id register.RecordID) bool {
	for v := range k.Versions {
		if v.ID == id {
			return true
		}
	}
	return false
}

// away tells whether an officer's own changes of a record are to be forgotten: it was
// erased, or she does not read the protected unit in which it is now.
func (d *Desk) away(id register.RecordID) (bool, error) {
	if erased, err := d.erased(id); err != nil || erased {
		return erased, err
	}
	mine := d.readableUnits()
	for _, u := range d.state.Policy.ProtectedUnits() {
		if slices.Contains(mine, u) {
			continue
		}
		_, ok, err := gitstore.Find(d.repo, d.tree, register.Path{Kind: register.Member, Unit: u, ID: id}.String())
		if err == nil && !ok {
			_, _, ok, err = d.findClosed(u, id)
		}
		if err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

// OpenUnits returns the units that the identity reads without those that are protected and
// in which she has no office: nobody of such a unit is come upon, though the secretariat
// can look there.
func (d *Desk) OpenUnits() ([]register.UnitID, error) {
	me, err := d.officer()
	if err != nil {
		return nil, err
	}
	units, err := d.readable(nil)
	return slices.DeleteFunc(units, func(u register.UnitID) bool {
		return d.state.Policy.Protects(u) && (d.state.Units[u] == nil || d.state.Units[u].Grants[me] == nil)
	}), err
}
