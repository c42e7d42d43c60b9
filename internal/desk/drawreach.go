package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Reach is whom a list that was taken out names, for whatever is to go to just these.
type Reach struct {
	Fresh   *Freshness
	Members []*Member // as their records are today, by id
	Where   string    // the condition for which they were chosen, as the officer wrote it; ""
}

// ErrDrawStale says that a list must be drawn anew before anything goes to those on it.
var ErrDrawStale = errors.New("this list is out of date")

// ReachOf returns whom a list names: it and nothing else says to whom something goes
// that is sent by it, so that its filter and its receipt are those of the list. A list
// that is out of date is refused with ErrDrawStale, and one that the identity cannot
// open with seal.ErrWrongKey.
func (d *Desk) ReachOf(ctx context.Context, id register.RecordID) (*Reach, error) {
	f, err := d.FreshDraw(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &Reach{Fresh: f}
	if f.Stale() {
		return out, ErrDrawStale
	}
	x, err := d.FindDraw(string(id))
	if err != nil {
		return nil, err
	}
	list, err := d.openList(x)
	if err != nil {
		return nil, err
	}
	out.Where = list.Where
	all, err := d.drawable(f.Draw.Units)
	if err != nil {
		return nil, err
	}
	all, _ = d.uses(all, f.Draw.Purpose, f.Draw.Form)
	for _, m := range all {
		if _, named := slices.BinarySearch(list.Members, m.Path.ID); named {
			out.Members = append(out.Members, m)
		}
	}
	if len(out.Members) != len(list.Members) {
		return out, ErrDrawStale
	}
	slices.SortFunc(out.Members, func(a, b *Member) int { return strings.Compare(string(a.Path.ID), string(b.Path.ID)) })
	return out, nil
}

// ConditionOf returns the condition by which the members of a list were chosen, as the
// officer wrote it; "" where there was none, or where the identity cannot open it.
func (d *Desk) ConditionOf(x *Drawn) string {
	list, err := d.openList(x)
	if err != nil {
		return ""
	}
	return list.Where
}

// DrawsOf returns the lists that named a member, those that are overdue first, and how
// many lists there are beside whose names the identity cannot open. It is the half of
// who has seen her that was written down; the other is who could (access.Readers).
func (d *Desk) DrawsOf(id register.RecordID) (named []*Drawn, closed int, err error) {
	all, err := d.Draws(nil)
	if err != nil {
		return nil, 0, err
	}
	for _, x := range all {
		list, err := d.openListOrNil(x)
		switch {
		case err != nil:
			return nil, 0, err
		case list == nil:
			closed++
		default:
			if _, ok := slices.BinarySearch(list.Members, id); ok {
				named = append(named, x)
			}
		}
	}
	return named, closed, nil
}

// openListOrNil opens whom a draw names, nil where the identity cannot.
func (d *Desk) openListOrNil(x *Drawn) (*record.DrawList, error) {
	me, err := d.me()
	if err != nil {
		return nil, nil
	}
	if st := d.state.Units[x.Receipt.Unit]; x.layer == nil && (st == nil || st.Keyring == nil || !slices.Contains(st.Keyring.Readers, me)) {
		return nil, nil
	}
	list, err := d.openList(x)
	if errors.Is(err, seal.ErrWrongKey) {
		return nil, nil
	}
	return list, err
}
