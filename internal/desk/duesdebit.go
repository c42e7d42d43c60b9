package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Errors of direct debit.
var (
	ErrDuesChanged = errors.New("what is owed, or who has a mandate, has changed since it was planned")
	ErrDuesAgain   = errors.New("it cannot be asked for again")
)

// DuesDebitOptions say what is asked of banks.
type DuesDebitOptions struct {
	Unit  register.UnitID // that collects; "": the only one for which the identity does
	Year  int
	Kind  string   // of direct debit: one of record.Mandates
	Again []string // payment references of claims that were asked for on an earlier day, and are to be once more; nil: claims that were not asked for yet
}

// DuesDebits is what is asked of banks.
type DuesDebits struct {
	Claims   []*dues.Claim
	Of       []*dues.Member // of each claim
	Mandates []string       // of each: the reference by which the bank names the mandate
	Sum      int64          // øre or öre
}

// PlanDuesDebits says what DebitDues would ask of banks, and writes nothing.
func (d *Desk) PlanDuesDebits(ctx context.Context, o DuesDebitOptions) (*DuesDebits, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	x, err := d.Dues(o.Unit)
	if err != nil {
		return nil, err
	}
	day, err := d.commitDay()
	if err != nil {
		return nil, err
	}
	return x.debits(o, day)
}

// DebitDues notes that what was planned is asked of the banks. ErrDuesChanged: something
// else would be asked by now, and nothing is noted.
func (d *Desk) DebitDues(ctx context.Context, o DuesDebitOptions, plan *DuesDebits) error {
	return d.duesAct(ctx, o.Unit, func(x *Dues, day register.Day) error {
		is, err := x.debits(o, day)
		if err != nil {
			return err
		}
		if !is.same(plan) {
			return ErrDuesChanged
		}
		for _, c := range is.Claims {
			e := dues.Entry{Do: dues.DoDebit, Payload: c.Payload}
			if err := x.Enter(e, day); err != nil {
				return err
			}
			x.enter(e)
		}
		return nil
	})
}

// same tells whether the same amounts are asked for the same claims under the same
// mandates.
func (p *DuesDebits) same(q *DuesDebits) bool {
	return slices.Equal(p.Mandates, q.Mandates) && slices.EqualFunc(p.Claims, q.Claims, func(c, e *dues.Claim) bool {
		return c.Payload == e.Payload && c.Left() == e.Left()
	})
}

// debits are the claims that are to be asked of the bank on a day.
func (x *Dues) debits(o DuesDebitOptions, day register.Day) (*DuesDebits, error) {
	out := &DuesDebits{}
	ask := func(c *dues.Claim) bool {
		m := x.Has(c.Payload)
		if c.Year != o.Year || c.Left() == 0 || m == nil || m.Left {
			return false
		}
		mandate, ok := x.mandate(x.at[c.Payload])
		if !ok || mandate.Kind != o.Kind {
			return false
		}
		out.Claims, out.Of, out.Mandates = append(out.Claims, c), append(out.Of, m), append(out.Mandates, x.Rules.MandateReference(mandate))
		out.Sum += c.Left()
		return true
	}
	if o.Again == nil {
		for _, c := range x.Order {
			if len(c.Debits) == 0 {
				ask(c)
			}
		}
		return out, nil
	}
	for i, ref := range o.Again {
		c, err := x.ByReference(ref)
		// What was asked for today no bank can have refused yet.
		if err == nil && (slices.Contains(out.Claims, c) || len(c.Debits) == 0 || c.Debits[len(c.Debits)-1] >= day || !ask(c)) {
			err = ErrDuesAgain
		}
		if err != nil {
			return nil, fmt.Errorf("claim %d of those that are to be asked for again: %w", i+1, err)
		}
	}
	return out, nil
}

// A DuesFailure is a direct debit that the bank did not carry out.
type DuesFailure struct {
	bankfile.Failure
	Claim  *dues.Claim  // nil: its reference is of none
	Member *dues.Member // nil: of nobody here
}

// failures finds whose the direct debits are that a file says were not paid.
func (x *Dues) failures(f *bankfile.File) []DuesFailure {
	var out []DuesFailure
	for _, failed := range f.Failed {
		y := DuesFailure{Failure: failed}
		for _, ref := range failed.References {
			if c, err := x.ByReference(ref); err == nil && y.Claim == nil {
				y.Claim, y.Member = c, x.Has(c.Payload)
			}
		}
		out = append(out, y)
	}
	return out
}

// elsewhere tells whether a file's account is another than the policy's. That of
// Betalingsservice is a creditor's number, which the policy has not.
func (x *Dues) elsewhere(f *bankfile.File, account string) bool {
	return !strings.HasPrefix(f.Format, "betalingsservice") && x.Rules.Elsewhere(account)
}

// mandates notes what a file says of mandates on the records of those whom it names by a
// reference of ours.
func (x *Dues) mandates(f *bankfile.File, day register.Day, out *DuesBooked) {
	list, kind := true, "" // whether it is a list of all mandates of a kind
	named := map[int]bool{}
	for _, m := range f.Mandates {
		if x.elsewhere(f, m.Account) {
			out.Passed++
			continue
		}
		list = list && m.Change == bankfile.Stands
		payload, err := x.Rules.Scheme.Payload(m.Reference)
		at, ok := x.at[payload]
		if err != nil || !ok {
			out.Strange++
			continue
		}
		line := x.Rules.MandateLine(m)
		old, has := x.mandate(at)
		same := has && old.Kind == line.Kind && old.Reference == line.Reference
		switch m.Change {
		case bankfile.Asked:
			out.Asked++
		case bankfile.Refused:
			out.Refused++
		case bankfile.Ended:
			if !same { // she has made another one since
				out.Over++
				continue
			}
			out.Mandates++
			x.setField(at, record.Mandate, record.Value{})
		default:
			named[at], kind = true, m.Kind
			switch {
			case m.Day != "":
			case same:
				line.Since = old.Since
			default:
				line.Since = day
			}
			out.Mandates++
			x.setField(at, record.Mandate, record.Text(line.String()))
		}
	}
	if !list {
		return
	}
	for i := range x.of {
		// A list of all mandates ends those that it does not name; one that names nobody
		// here is somebody else's.
		if old, has := x.mandate(i); has && old.Kind == kind && !named[i] && !x.Members[i].Moved {
			out.Mandates++
			x.setField(i, record.Mandate, record.Value{})
		}
	}
}

// mandate is a member's mandate, by what was set since the books were opened too.
func (x *Dues) mandate(at int) (record.MandateLine, bool) {
	v, ok := x.set[at][record.Mandate]
	if !ok {
		v = x.of[at].Record.Fields[record.Mandate]
	}
	return record.ParseMandate(v.String())
}
