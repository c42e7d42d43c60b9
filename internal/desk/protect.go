package desk

import (
	"context"
	"errors"
	"fmt"
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
	From, To register.UnitID
	Rejected []string // topics of open proposals that held her
	Secret   string   // of her page, which has been made anew
	Server   bool     // the server has forgotten the replaced keyrings
	Hint     string   // what to ask the server's keeper where it has not
	Site     SiteFate // what became of her page on the server
}

// Protect moves a member into a unit for members with protected identity: the one
// that is named or, where the policy has one alone, that ("" none named). Nothing of
// her stays where she was: versions that are kept are dropped everywhere at once, her
// page has a new secret, open proposals that hold her are rejected, and the server is
// made to forget the replaced keyrings. Only the secretariat protects.
func (d *Desk) Protect(ctx context.Context, id register.RecordID, to register.UnitID) (*Protected, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	out := &Protected{}
	err := d.withRetry(ctx, func() error {
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
	if err != nil {
		return nil, err
	}
	out.Server, out.Hint = d.forgetOnServer(ctx)
	return out, nil
}

// protecting returns where a member goes who is to be protected.
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
	if fs := notHere(d.state.Policy, to.Unit, nil, next); len(fs) > 0 {
		return &FaultsError{fs}
	}
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
