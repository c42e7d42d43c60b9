package desk

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// ErrOwnBounced says that the policy has a field of its own by a name under which the
// register notes that an address does not receive.
var ErrOwnBounced = errors.New("the policy has a field named dues, mandate or bounced of its own")

// Bounced is what came of marking addresses that do not receive.
type Bounced struct {
	Marked []register.RecordID // noted now, or in the draft of an officer who is not the secretariat
	Before int                 // noted already
	Gone   int                 // has left, or has another address by now
	Passed []register.RecordID // passed over: a change of hers waits, or she is not the officer's to correct
}

// MarkBounced notes in members' records that what is sent to them by a channel comes
// back. stands tells of each whether she still has the address that it was sent to. It is
// an edit of each record: of main by the secretariat, else in the officer's draft.
func (d *Desk) MarkBounced(ctx context.Context, channel string, ids []register.RecordID, stands func(*Member) bool) (*Bounced, error) {
	if err := d.beginDraft(ctx); err != nil {
		return nil, err
	}
	schema := d.state.Policy.Schema()
	if !schema.HasDues() {
		return nil, ErrOwnBounced
	}
	out := &Bounced{}
	err := d.withRetry(ctx, func() error {
		out.Before, out.Gone, out.Passed = 0, 0, nil
		units := map[register.UnitID][]op{}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			if slices.Contains(out.Marked, id) {
				continue // by a try before this one
			}
			m, err := d.editable(id)
			switch {
			case errors.Is(err, ErrNoRecord), err == nil && (m.Closed() || !stands(m)):
				out.Gone++
				continue
			case errors.Is(err, ErrWaiting), err == nil && d.may(policy.ActEdit, m.Path.Unit) != nil:
				out.Passed = append(out.Passed, id)
				continue
			case err != nil:
				return err
			}
			if schema.BouncedIn(m.Record, channel) != "" {
				out.Before++
				continue
			}
			next := m.next()
			next.Set(record.Bounced, record.Bounce(next.Fields[record.Bounced], channel, d.Today()))
			if d.mayFields(m.Path.Unit, m.Record, next, policy.Edit) != nil {
				out.Passed = append(out.Passed, id)
				continue
			}
			units[m.Path.Unit] = append(units[m.Path.Unit], op{verb: "edit", from: m.Path, to: m.Path, rec: next, was: m.Record, key: m.key})
		}
		for _, u := range slices.Sorted(maps.Keys(units)) {
			if err := d.perform(ctx, "edit", u, units[u]); err != nil {
				return err
			}
			for _, o := range units[u] {
				out.Marked = append(out.Marked, o.to.ID)
			}
		}
		return nil
	})
	return out, err
}
