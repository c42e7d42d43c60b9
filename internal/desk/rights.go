package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// What a member may ask to be done with her record, other than to correct it: that it
// is kept and not used (GDPR art. 18), and that it is not used for something (art. 21).
// Both stand in the record, so that they follow her wherever she moves.

// Errors of members' rights.
var (
	// ErrOwnRights says that the policy has fields of its own by the names that the
	// register keeps members' rights under.
	ErrOwnRights = errors.New("the policy has a field named restricted or objects of its own, where members' rights would stand")
	// ErrObjectTo says that there is no such purpose to object to.
	ErrObjectTo = errors.New("no such purpose in policies/lists.yaml, no such channel, and not all")
)

// Restrict notes that a record is kept and not used from today on, or lifts that.
func (d *Desk) Restrict(ctx context.Context, id register.RecordID, lift bool) error {
	return d.right(ctx, id, func(r *record.Record) error {
		switch has := !r.Fields[record.Restricted].Empty(); {
		case has != lift:
			return ErrNothing
		case lift:
			delete(r.Fields, record.Restricted)
		default:
			r.Set(record.Restricted, record.Text(string(d.Today())))
		}
		return nil
	})
}

// Errors of PutOff.
var (
	// ErrNotRestricted says that the erasure of a record is put off that is not kept for
	// its member's sake.
	ErrNotRestricted = errors.New("only the erasure of a restricted record is put off")
	// ErrNotEnded says that a record is not to be erased by any month.
	ErrNotEnded = errors.New("this membership has not ended: nothing is to be erased")
)

// A MonthError is a refusal of a month for an erasure.
type MonthError struct{ First, Last register.Month }

func (e *MonthError) Error() string {
	return fmt.Sprintf("the month of an erasure: from %s to %s", e.First, e.Last)
}

// PutOff sets the month by which a closed record that is restricted is erased, as late as
// the policy keeps any. Without it the check, which cannot see that the record is kept,
// finds it overdue.
func (d *Desk) PutOff(ctx context.Context, id register.RecordID, month register.Month) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	return d.withRetry(ctx, func() error {
		m, err := d.editable(id)
		switch {
		case err != nil:
			return err
		case !m.Closed():
			return ErrNotEnded
		case d.state.Policy.Schema().Restriction(m.Record) == "":
			return ErrNotRestricted
		}
		if err := d.may(policy.ActErase, m.Path.Unit); err != nil {
			return err
		}
		first, last := d.Today().Month(), d.Today().AddMonths(d.state.Policy.LongestKeep()).Month()
		if month < first || month > last {
			return &MonthError{first, last}
		}
		return d.reschedule(ctx, []*Member{m}, month)
	})
}

// Object notes to which purposes a member objects (record.ObjectsAll: to all), or
// to which she no longer does.
func (d *Desk) Object(ctx context.Context, id register.RecordID, purposes []string, withdrawn bool) error {
	return d.right(ctx, id, func(r *record.Record) error {
		if !withdrawn {
			if err := mayObject(d.state.Policy, purposes); err != nil {
				return err
			}
		}
		r.Set(record.Objects, record.Object(r.Fields[record.Objects], purposes, withdrawn))
		return nil
	})
}

// mayObject returns ErrObjectTo unless a member can object to all of the purposes. To be
// written to by a channel she can always object to.
func mayObject(p *policy.Policy, purposes []string) error {
	for _, id := range purposes {
		if _, channel := record.ObjectedChannel(id); channel {
			continue
		}
		if id != record.ObjectsAll && !slices.ContainsFunc(p.Lists.Purposes, func(l policy.ListPurpose) bool { return l.ID == id }) {
			return ErrObjectTo
		}
	}
	return nil
}

// right changes what a record says of its member's rights, whether her membership
// has ended or not.
func (d *Desk) right(ctx context.Context, id register.RecordID, change func(*record.Record) error) error {
	if err := d.beginDraft(ctx); err != nil {
		return err
	}
	return d.withRetry(ctx, func() error {
		m, err := d.editable(id)
		if err != nil {
			return err
		}
		if !d.state.Policy.Schema().HasRights() {
			return ErrOwnRights
		}
		act := policy.ActEdit
		if m.Closed() {
			act = policy.ActClose
		}
		if err := d.may(act, m.Path.Unit); err != nil {
			return err
		}
		next := m.next()
		if err := change(next); err != nil {
			return err
		}
		if len(record.Diff(m.Record, next)) == 0 {
			return ErrNothing
		}
		if fs := d.Faults(m.Path.Unit, m.Record, next); len(fs) > 0 {
			return &FaultsError{fs}
		}
		if err := d.mayFields(m.Path.Unit, m.Record, next, policy.Edit); err != nil {
			return err
		}
		return d.perform(ctx, "edit", m.Path.Unit, []op{{verb: "edit", from: m.Path, to: m.Path, rec: next, was: m.Record, key: m.key}})
	})
}

// uses returns the members who may be on what is made for a purpose of lists, in a form of
// access.DrawForms, and how many may not, since their record is restricted or they object:
// to the purpose, or to letters where it is for the post. Whatever takes members out of the
// register, or reaches them, asks it.
func (d *Desk) uses(ms []*Member, purpose, form string) (used []*Member, left int) {
	schema := d.state.Policy.Schema()
	post := form == access.FormLetters || form == access.FormLabels
	used = slices.DeleteFunc(ms, func(m *Member) bool {
		return schema.LeavesOut(m.Record, purpose) || post && slices.Contains(schema.Objections(m.Record), record.ObjectsBy(policy.ChannelLetter))
	})
	return used, len(ms) - len(used)
}

// Holding is a list that still exists and named a member: whoever got it has what
// she was then, and is told of a correction (GDPR art. 19).
type Holding struct {
	*Drawn
	Corrected []string // columns of the list among the fields that were corrected, in the order of the list
}

// Holdings returns the lists that named a member, have one of the fields and are not
// said to be destroyed; and of how many more it cannot be seen whom they named.
func (d *Desk) Holdings(id register.RecordID, fields []string) (out []Holding, closed int, err error) {
	all, err := d.Draws(nil)
	if err != nil {
		return nil, 0, err
	}
	for _, x := range all {
		h := Holding{Drawn: x}
		for _, c := range x.Receipt.Columns {
			if slices.Contains(fields, c) {
				h.Corrected = append(h.Corrected, c)
			}
		}
		if !x.Open() || len(h.Corrected) == 0 {
			continue
		}
		list, err := d.openListOrNil(x)
		switch {
		case err != nil:
			return nil, 0, err
		case list == nil:
			closed++
		default:
			if _, named := slices.BinarySearch(list.Members, id); named {
				out = append(out, h)
			}
		}
	}
	return out, closed, nil
}
