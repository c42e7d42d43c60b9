package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// ErrBulkClosed says that whole lists are taken in no more.
var ErrBulkClosed = errors.New("whole lists are no longer taken in")

// ruleExpected is the rule of a record.Fault about a field without which only the
// secretariat enters anybody.
const ruleExpected = "expected"

// Update is what a list says otherwise of a record.
type Update struct {
	ID  register.RecordID
	Set map[string]record.Value // as Edit takes it
}

// Prepare fetches where the server answers, so that what a list is compared with
// is what TakeIn writes to, and refuses when the officer's access has ended.
func (d *Desk) Prepare(ctx context.Context) error { return d.beginDraft(ctx) }

// BulkClosed returns the last day on which whole lists were taken in, where that
// is over.
func (d *Desk) BulkClosed() (until register.Day, closed bool) {
	until = d.state.Policy.Lists.BulkImport.Until
	return until, until != "" && d.Today() > until
}

// TakeIn takes in a list of the unit: what it says otherwise of records that are
// there, and new members; it returns the ids of these. Everything is judged before
// anything is written, and an officer's draft gets all of it or nothing. The
// secretariat's own comes to main in two steps, the updates first: whoever takes
// the same list in again after a failure between them does no harm. Prepare comes
// before. rows, which may be nil, is what became of the list's rows; the commit that
// brings the new members says it for ever.
func (d *Desk) TakeIn(ctx context.Context, u register.UnitID, members []map[string]record.Value, updates []Update, rows *register.Rows) ([]register.RecordID, error) {
	if _, closed := d.BulkClosed(); closed && len(members) > 0 {
		return nil, ErrBulkClosed
	}
	if len(members) == 0 && len(updates) == 0 {
		return nil, ErrNothing
	}
	var ids []register.RecordID
	updated := false
	err := d.withRetry(ctx, func() error {
		var edits, adds []op
		var err error
		if len(updates) > 0 && !updated {
			if edits, err = d.updates(u, updates); err != nil {
				return err
			}
		}
		if len(members) > 0 {
			if adds, ids, err = d.additions(u, "import", members); err != nil {
				return err
			}
		}
		if len(edits) > 0 {
			if err := d.perform(ctx, "edit", u, edits); err != nil {
				return err
			}
			updated = true
		}
		if len(adds) == 0 {
			return nil
		}
		err = d.performList(ctx, u, adds, rows)
		if err != nil && len(edits) > 0 && !d.Secretary() {
			_, _, _, back := d.Undo()
			return errors.Join(err, back)
		}
		return err
	})
	return ids, err
}

// performList carries out the ops that bring the new members of a list.
func (d *Desk) performList(ctx context.Context, u register.UnitID, adds []op, rows *register.Rows) error {
	msg := register.Message("import", len(adds), u)
	if !d.Secretary() {
		return d.draftSaying(register.WithRows(d.declaring(msg, adds), rows), u, func(secret seal.Key) (map[string][]byte, error) {
			return d.draftFiles(adds, secret)
		})
	}
	a := newAct(register.WithRows(msg, rows))
	if err := d.apply(a, adds); err != nil {
		return err
	}
	return d.commit(ctx, a)
}

// additions are the ops that make new members, with their ids.
func (d *Desk) additions(u register.UnitID, verb string, members []map[string]record.Value) ([]op, []register.RecordID, error) {
	if err := d.mayEnter(policy.ActAdd, u); err != nil {
		return nil, nil, err
	}
	me, err := d.officer()
	if err != nil {
		return nil, nil, err
	}
	ids := make([]register.RecordID, 0, len(members))
	ops := make([]op, 0, len(members))
	for _, fields := range members {
		r := &record.Record{ID: register.NewRecordID(), Unit: u, Rev: 1, Fields: maps.Clone(fields)}
		d.date(u, nil, r)
		if fs := append(d.Faults(u, nil, r), d.expected(me, u, fields)...); len(fs) > 0 {
			return nil, nil, &FaultsError{fs}
		}
		if err := d.mayFields(u, nil, r, policy.Read); err != nil {
			return nil, nil, err
		}
		ids = append(ids, r.ID)
		ops = append(ops, op{verb: verb, to: register.Path{Kind: register.Member, Unit: u, ID: r.ID}, rec: r})
	}
	return ops, ids, nil
}

// updates are the ops that change records of the unit.
func (d *Desk) updates(u register.UnitID, list []Update) ([]op, error) {
	if err := d.may(policy.ActEdit, u); err != nil {
		return nil, err
	}
	ms, err := d.Members(Query{Units: []register.UnitID{u}})
	if err != nil {
		return nil, err
	}
	byID := make(map[register.RecordID]*Member, len(ms))
	for _, m := range ms {
		byID[m.Path.ID] = m
	}
	var ops []op
	for _, x := range list {
		m := byID[x.ID]
		switch {
		case m == nil:
			return nil, fmt.Errorf("%w: %s", ErrNoRecord, x.ID)
		case m.Status == Submitted:
			return nil, fmt.Errorf("record %s: %w", x.ID, ErrWaiting)
		}
		next := m.next()
		for k, v := range x.Set {
			next.Set(k, v)
		}
		d.date(u, m.Record, next)
		if len(record.Diff(m.Record, next)) == 0 {
			continue
		}
		if fs := d.Faults(u, m.Record, next); len(fs) > 0 {
			return nil, fmt.Errorf("record %s: %w", x.ID, &FaultsError{fs})
		}
		if err := d.mayFields(u, m.Record, next, policy.Edit); err != nil {
			return nil, fmt.Errorf("record %s: %w", x.ID, err)
		}
		ops = append(ops, op{verb: "edit", from: m.Path, to: m.Path, rec: next, was: m.Record, key: m.key})
	}
	return ops, nil
}

// Expected returns the fields of a new member of the unit that only the
// secretariat may leave empty, and that the officer left empty.
func (d *Desk) Expected(u register.UnitID, fields map[string]record.Value) []record.Fault {
	me, err := d.me()
	if err != nil {
		return nil
	}
	return d.expected(me, u, fields)
}

// expected judges a new member by who enters her. A field that the officer does
// not see is not hers to fill in.
func (d *Desk) expected(h register.Handle, u register.UnitID, fields map[string]record.Value) []record.Fault {
	if d.state.MayMerge(h, d.Today()) {
		return nil
	}
	var out []record.Fault
	for _, f := range d.state.Policy.FieldsIn(u) {
		if f.Expected == policy.ExpectedEntry && fields[f.Key].Empty() && d.state.FieldRight(h, f.Key, u, d.Today()) >= policy.Read {
			out = append(out, record.Fault{Field: f.Key, Rule: ruleExpected, Msg: "is missing, and only the secretariat enters a member without",
				Hint: "write it, or send what you have to the secretariat: " + d.IntakeAddress()})
		}
	}
	return out
}

// IntakeAddress is where officers send what only the secretariat enters.
func (d *Desk) IntakeAddress() string {
	if a := d.state.Policy.Lists.Intake.Address; a != "" {
		return a
	}
	return d.state.Policy.Organisation.Contact
}
