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

// MostClosed is how many memberships one act may end.
const MostClosed = 200

// ErrNotTogether is why memberships cannot be ended in one act.
var ErrNotTogether = errors.New("some of these memberships have ended already, or are another office's to end: name those apart")

// CloseMember is CloseMembers of one.
func (d *Desk) CloseMember(ctx context.Context, id register.RecordID, reason string, now bool) (request bool, month register.Month, err error) {
	return d.CloseMembers(ctx, []register.RecordID{id}, reason, now)
}

// CloseMembers ends memberships for a reason of the policy, in one commit: all of them
// or none, at most MostClosed. Where the officer's office may only ask, it makes
// requests; the result says so, or else by which month the records are to be erased. now
// sets that month to the present one instead of the policy's, also for memberships that
// have ended already. What would take two commits is ErrNotTogether: memberships that
// stand and others that have ended, or some that the office ends and some that it asks
// about.
func (d *Desk) CloseMembers(ctx context.Context, ids []register.RecordID, reason string, now bool) (request bool, month register.Month, err error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 {
		return false, "", ErrNothing
	}
	if len(ids) > MostClosed {
		return false, "", fmt.Errorf("%d memberships at once: at most %d", len(ids), MostClosed)
	}
	if err := d.beginDraft(ctx); err != nil {
		return false, "", err
	}
	err = d.withRetry(ctx, func() error {
		var ended int
		ms := make([]*Member, len(ids))
		for i, id := range ids {
			m, err := d.editable(id)
			if err != nil {
				return err
			}
			if m.Closed() && !now {
				return fmt.Errorf("record %s: %w", id, ErrEnded)
			}
			if m.Closed() {
				ended++
			}
			ms[i] = m
		}
		switch ended {
		case 0:
			request, month, err = d.closeAll(ctx, ms, reason, now)
			return err
		case len(ms):
			month = d.Today().Month()
			return d.reschedule(ctx, ms, month)
		}
		return ErrNotTogether
	})
	return request, month, err
}

// closeAll ends memberships that stand, or asks that they be ended.
func (d *Desk) closeAll(ctx context.Context, ms []*Member, reason string, now bool) (request bool, month register.Month, err error) {
	why, ok := d.state.Policy.Reason(reason)
	if !ok {
		return false, "", fmt.Errorf("unknown reason %q: the reasons are %s", reason, d.reasons())
	}
	var ops []op
	var asks []record.Request
	for _, m := range ms {
		if d.may(policy.ActClose, m.Path.Unit) != nil {
			asks = append(asks, record.Request{Kind: record.RequestClose, Unit: m.Path.Unit, Member: m.Path.ID, Reason: reason})
			continue
		}
		if now && d.may(policy.ActErase, m.Path.Unit) != nil {
			return false, "", fmt.Errorf("erase at once: %w", ErrSecretariat)
		}
		o := d.closing(m.Path, m.Record, m.key, why, now)
		month = o.to.Month
		ops = append(ops, o)
	}
	switch {
	case len(asks) == 0:
		return false, month, d.perform(ctx, "close", ms[0].Path.Unit, ops)
	case now:
		return true, "", fmt.Errorf("erase at once: %w", ErrSecretariat)
	case len(ops) > 0:
		return false, "", ErrNotTogether
	}
	return true, "", d.requestAll(asks)
}

// reschedule moves the erasure of closed records to another month. Those that are to be
// erased by it already stay as they are.
func (d *Desk) reschedule(ctx context.Context, ms []*Member, month register.Month) error {
	var ops []op
	for _, m := range ms {
		if d.may(policy.ActErase, m.Path.Unit) != nil {
			return fmt.Errorf("erase at once: %w", ErrSecretariat)
		}
		to := m.Path
		to.Month = month
		if to != m.Path {
			ops = append(ops, op{verb: "reschedule", from: m.Path, to: to, rec: m.next(), was: m.Record, key: m.key})
		}
	}
	if len(ops) == 0 {
		return ErrNothing
	}
	return d.perform(ctx, "reschedule", ops[0].to.Unit, ops)
}
