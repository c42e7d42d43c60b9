package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Errors of activities that a caller acts on.
var (
	ErrActivityOver = errors.New("this activity is over: it can only be erased")
	ErrActivityEnd  = errors.New("the last day is not within the policy's months")
	ErrTakesPart    = errors.New("takes part already")
	ErrTakesNoPart  = errors.New("does not take part")
)

// AddActivity enters an activity of a unit.
func (d *Desk) AddActivity(ctx context.Context, u register.UnitID, a record.Activity) (*Activity, error) {
	if err := d.beginDraft(ctx); err != nil {
		return nil, err
	}
	a.ID, a.Unit, a.Rev = register.NewRecordID(), u, 1
	a.Tidy()
	out := &Activity{Record: &a, Path: activityPath(&a)}
	err := d.withRetry(ctx, func() error {
		if err := d.mayEnter(policy.ActActivity, u); err != nil {
			return err
		}
		if err := d.lastDay(a.Ends); err != nil {
			return err
		}
		return d.performActivity(ctx, activityOp{to: out.Path, is: &a})
	})
	return out, err
}

func activityPath(a *record.Activity) register.Path {
	return register.Path{Kind: register.Activity, Unit: a.Unit, Day: a.Ends, ID: a.ID}
}

// lastDay returns an error unless an activity that is entered or postponed today may end
// on the day.
func (d *Desk) lastDay(day register.Day) error {
	last := d.Today().AddMonths(d.state.Policy.Activities.Longest)
	if day < d.Today() || day > last {
		return fmt.Errorf("%w: from %s to %s", ErrActivityEnd, d.Today(), last)
	}
	return nil
}

// ChangeActivity changes an activity: change gets a copy, and an error of it ends the
// change. Where the day changes, the activity is postponed.
func (d *Desk) ChangeActivity(ctx context.Context, id register.RecordID, change func(*record.Activity) error) (*Activity, error) {
	if err := d.beginDraft(ctx); err != nil {
		return nil, err
	}
	var out *Activity
	err := d.withRetry(ctx, func() error {
		a, err := d.Activity(id)
		if err != nil {
			return err
		}
		switch {
		case a.Status == Submitted:
			return ErrWaiting
		case d.Until(a) < d.Today():
			return ErrActivityOver
		}
		if err := d.may(policy.ActActivity, a.Path.Unit); err != nil {
			return err
		}
		if a.Record.Round != nil {
			me, err := d.officer()
			if err != nil {
				return err
			}
			if err := d.introduces(me, a.Path.Unit); err != nil {
				return err
			}
		}
		next := *a.Record
		next.Members, next.Guests = slices.Clone(a.Record.Members), slices.Clone(a.Record.Guests)
		if err := change(&next); err != nil {
			return err
		}
		next.Rev++
		next.Tidy()
		if next.Ends != a.Record.Ends {
			if a.Path.Day < d.Today() {
				return ErrActivityOver
			}
			if err := d.lastDay(next.Ends); err != nil {
				return err
			}
		}
		o := activityOp{from: a.Path, to: activityPath(&next), is: &next, was: a.Record, key: a.key}
		out = &Activity{Record: &next, Path: o.to}
		return d.performActivity(ctx, o)
	})
	return out, err
}

// JoinActivity enters a member, whom the officer must be able to read, as a participant.
func (d *Desk) JoinActivity(ctx context.Context, id, member register.RecordID) (*Activity, error) {
	return d.ChangeActivity(ctx, id, func(a *record.Activity) error {
		m, err := d.Find(member)
		if err != nil {
			return err
		}
		if m.Closed() {
			return ErrEnded
		}
		if slices.Contains(a.Members, member) {
			return ErrTakesPart
		}
		a.Members = append(a.Members, member)
		return nil
	})
}

// JoinGuest enters somebody from outside, by what was typed, and returns the id of her
// participation. A *FaultsError says what is wrong with what was typed.
func (d *Desk) JoinGuest(ctx context.Context, id register.RecordID, name, email, phone string) (*Activity, register.RecordID, error) {
	g, bad := record.NewGuest(name, email, phone, d.state.Policy.Country)
	if bad != nil {
		return nil, "", &FaultsError{[]record.Fault{*bad}}
	}
	a, err := d.ChangeActivity(ctx, id, func(a *record.Activity) error {
		if slices.ContainsFunc(a.Guests, func(x record.Guest) bool { return x.Name == g.Name && x.Email == g.Email && x.Phone == g.Phone }) {
			return ErrTakesPart
		}
		a.Guests = append(a.Guests, g)
		return nil
	})
	return a, g.ID, err
}

// LeaveActivity takes a member or a guest out.
func (d *Desk) LeaveActivity(ctx context.Context, id, who register.RecordID) (*Activity, error) {
	return d.ChangeActivity(ctx, id, func(a *record.Activity) error {
		if a.Round != nil {
			without, had := a.Without([]register.RecordID{who})
			if *a = *without; !had {
				return ErrTakesNoPart
			}
			return nil
		}
		n := len(a.Members) + len(a.Guests)
		a.Members = slices.DeleteFunc(a.Members, func(x register.RecordID) bool { return x == who })
		a.Guests = slices.DeleteFunc(a.Guests, func(x record.Guest) bool { return x.ID == who })
		if len(a.Members)+len(a.Guests) == n {
			return ErrTakesNoPart
		}
		return nil
	})
}
