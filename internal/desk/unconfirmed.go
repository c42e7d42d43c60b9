package desk

import (
	"errors"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// ErrNeverAsked says that the policy asks no member by a message whether what is kept
// about her is right.
var ErrNeverAsked = errors.New("the policy asks members by no message whether what is kept about them is right (policies/sendings.yaml, confirm-every)")

// confirmMonths is for how many months what a member has confirmed counts as right: what
// is said of messages goes before what is said of her page. 0: nobody is asked.
func confirmMonths(p *policy.Policy) int {
	switch {
	case p.Sendings.ConfirmEvery > 0:
		return p.Sendings.ConfirmEvery
	case p.Pages != nil && p.Pages.Confirm.Field != "":
		return p.Pages.Confirm.Every
	}
	return 0
}

// confirmUntil returns the last day before a member is to be asked whether what is kept
// about her is right: so many months after she last confirmed it, joined, or was asked,
// the latest of them. asked is the day of the message that asked her last, "" none. Of
// whom none of it is known, it is the day before today's.
func (d *Desk) confirmUntil(m *Member, asked, today register.Day) register.Day {
	p := d.state.Policy
	last := asked
	said := func(key string) {
		if day, err := register.ParseDay(m.Record.Fields[key].String()); err == nil {
			last = max(last, day)
		}
	}
	if p.Pages != nil && p.Pages.Confirm.Field != "" {
		said(p.Pages.Confirm.Field)
	}
	if p.Sendings.ConfirmEvery > 0 {
		said(joinedField)
	}
	if last == "" {
		return today.Add(-1)
	}
	return last.AddMonths(confirmMonths(p))
}

// Unconfirmed returns the members of units who are to be asked today whether what is kept
// about them is right: active on main, and neither confirmed, joined nor asked within the
// months of the policy, as far as the identity can open it; by id. below adds the units
// below. ErrNeverAsked where the policy asks nobody.
func (d *Desk) Unconfirmed(units []register.UnitID, below bool) ([]*Member, error) {
	p := d.state.Policy
	if p.Sendings.ConfirmEvery == 0 {
		return nil, ErrNeverAsked
	}
	var in []register.UnitID
	for _, u := range units {
		if _, ok := p.Unit(u); !ok {
			return nil, d.unknownUnit(u)
		}
	}
	for i := range p.Units {
		u := p.Units[i].ID
		if d.state.Units[u] != nil && slices.ContainsFunc(units, func(top register.UnitID) bool { return u == top || below && p.Below(u, top) }) {
			in = append(in, u)
		}
	}
	if len(in) == 0 {
		return nil, nil
	}
	asked, err := d.Reached(access.SendingConfirm)
	if err != nil {
		return nil, err
	}
	all, err := d.Members(Query{Units: in, Main: true})
	if err != nil {
		return nil, err
	}
	today := d.Today()
	out := slices.DeleteFunc(all, func(m *Member) bool { return d.confirmUntil(m, asked[m.Path.ID], today) >= today })
	slices.SortFunc(out, func(a, b *Member) int { return strings.Compare(string(a.Path.ID), string(b.Path.ID)) })
	return out, nil
}
