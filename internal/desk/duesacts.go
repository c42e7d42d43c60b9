package desk

import (
	"context"
	"errors"
	"slices"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Errors of acts of dues.
var (
	ErrDuesYear     = errors.New("dues are claimed for this year or the next one")
	ErrDuesTestFile = errors.New("the bank says that this file is a test")
	ErrDuesNothing  = errors.New("the file holds neither payments nor mandates")
	ErrDuesAccount  = errors.New("the file is of another account than that of policies/dues.yaml")
)

// DuesClaims is what a run of claims makes.
type DuesClaims struct {
	Claims  []*dues.Claim
	Of      []*dues.Member         // of each claim
	Again   int                    // claims besides, which were cancelled when their members had left, and are claimed after all
	LeftOut map[dues.Unclaimed]int // how many of the members get none, by reason
	Sum     int64                  // øre or öre
	Outside bool                   // the day is outside the policy's days for the yearly claim
}

// DuesClaimOptions say what is claimed.
type DuesClaimOptions struct {
	Unit    register.UnitID // that collects; "": the only one for which the identity does
	Year    int
	On      register.Day        // from which the days to pay count, and the age; "" today
	Members []register.RecordID // only these; nil: everybody
}

// claims makes the claims of a run in the books.
func (d *Desk) claims(x *Dues, o DuesClaimOptions, day register.Day) (*DuesClaims, error) {
	if !x.Rules.Dues.Claims() {
		return nil, dues.ErrNoClaims
	}
	if y := day.Time().Year(); o.Year < y || o.Year > y+1 {
		return nil, ErrDuesYear
	}
	on := o.On
	if on == "" {
		on = day
	}
	next, err := x.Payloads()
	if err != nil {
		return nil, err
	}
	out := &DuesClaims{LeftOut: map[dues.Unclaimed]int{}}
	if c := d.state.Policy.Dues.Claim; c.From != "" {
		at := string(on[5:])
		out.Outside = at < c.From || at > c.To
	}
	for _, m := range x.Members {
		if o.Members != nil && !slices.Contains(o.Members, m.ID) {
			continue
		}
		if c := x.Again(m, o.Year); c != nil {
			e, err := x.Reclaim(c, day)
			if err != nil {
				return nil, err
			}
			x.enter(e)
			out.Again++
			continue
		}
		e, why := x.Rules.Claim(m, o.Year, on)
		if why != "" {
			if !m.Left && !m.Moved {
				out.LeftOut[why]++
			}
			continue
		}
		e.Payload = next.Payload()
		if err := x.claim(m, e, day); err != nil {
			return nil, err
		}
		out.Claims, out.Of = append(out.Claims, x.Claims[e.Payload]), append(out.Of, m)
		out.Sum += e.Amount
	}
	x.Next = next.Next
	return out, nil
}

// PlanDuesClaims says what ClaimDues would claim, and writes nothing.
func (d *Desk) PlanDuesClaims(ctx context.Context, o DuesClaimOptions) (*DuesClaims, error) {
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
	return d.claims(x, o, day)
}

// ClaimDues claims a year's dues of everybody who has no claim of that year yet, and those
// that were cancelled because their members had left who are members again.
// ErrNothing: everybody has one that stands.
func (d *Desk) ClaimDues(ctx context.Context, o DuesClaimOptions) (*DuesClaims, error) {
	var out *DuesClaims
	err := d.duesAct(ctx, o.Unit, func(x *Dues, day register.Day) error {
		var err error
		out, err = d.claims(x, o, day)
		return err
	})
	return out, err
}

// DuesBooked is what a bank's file came to.
type DuesBooked struct {
	*dues.Booking
	File      *bankfile.File
	Mandates  int           // that were noted, or whose end was
	Asked     int           // mandates that wait for our answer to the bank: nothing is noted
	Refused   int           // mandates that the bank refused: nothing is noted
	Over      int           // ends of mandates that are not noted here, or no longer
	Strange   int           // mandates of nobody here
	Passed    int           // mandates for another account, passed over
	Elsewhere int           // payments that came to another account
	Failed    []DuesFailure // direct debits that were not paid
}

// BookDues books a bank's file: each payment for the claim that its reference names, or
// else it waits for a person. What the file says of mandates is noted on the records.
// dues.ErrBooked: it was booked before; a *bankfile.FileError: it is damaged.
func (d *Desk) BookDues(ctx context.Context, named register.UnitID, file []byte) (*DuesBooked, error) {
	f, err := bankfile.Read(file)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Test:
		return nil, ErrDuesTestFile
	case len(f.Payments)+len(f.Mandates)+f.Skipped == 0:
		return nil, ErrDuesNothing
	}
	var out *DuesBooked
	err = d.duesAct(ctx, named, func(x *Dues, day register.Day) error {
		if x.Rules.Scheme == "" {
			return dues.ErrNoClaims
		}
		if x.Series == "" {
			x.Series = dues.NewSeries()
		}
		b, err := x.Book(x.Rules, f, x.Has)
		if err != nil {
			return err
		}
		x.enter(b.Entries...)
		out = &DuesBooked{Booking: b, File: f, Failed: x.failures(f)}
		for i := range f.Payments {
			if x.elsewhere(f, f.Payments[i].Account) {
				out.Elsewhere++
			}
		}
		x.mandates(f, day, out)
		if out.Passed > 0 && out.Passed == len(f.Mandates) && len(f.Payments) == 0 {
			return ErrDuesAccount
		}
		return nil
	})
	return out, err
}

func (x *Dues) setField(at int, key string, v record.Value) {
	if x.set[at] == nil {
		x.set[at] = map[string]record.Value{}
	}
	x.set[at][key] = v
}

// DuesSettlement is what becomes of money that waits.
type DuesSettlement struct {
	Unit      register.UnitID
	Number    int    // of what waits
	How       string // dues.SettleTo, dues.SettleReturned or dues.SettleDropped
	Reference string // of the claim, for dues.SettleTo
	Why       string // of dues.Settlements
	Amount    int64  // of it; 0: all that fits. Of money in another currency what it came to
	Back      bool   // the last settlement of the number is taken back; only Why is wanted
}

// SettleDues books money that waits by a person's word.
func (d *Desk) SettleDues(ctx context.Context, s DuesSettlement) (*dues.Claim, dues.Entry, error) {
	var claim *dues.Claim
	var done dues.Entry
	err := d.duesAct(ctx, s.Unit, func(x *Dues, day register.Day) error {
		if s.Back {
			e, err := x.Unsettle(s.Number, s.Why, day)
			if err == nil {
				done = e
				x.enter(e)
			}
			return err
		}
		payload := ""
		if s.How == dues.SettleTo {
			c, err := x.ByReference(s.Reference)
			if err != nil {
				return err
			}
			claim, payload = c, c.Payload
		}
		e, err := x.Settle(s.Number, s.How, payload, s.Why, s.Amount, day)
		if err != nil {
			return err
		}
		done = e
		x.enter(e)
		return nil
	})
	return claim, done, err
}

// ByReference finds a claim by the payment reference of it.
func (x *Dues) ByReference(ref string) (*dues.Claim, error) {
	payload, err := x.Rules.Scheme.Payload(ref)
	if err != nil {
		return nil, err
	}
	if c := x.Claims[payload]; c != nil {
		return c, nil
	}
	return nil, dues.ErrNoClaim
}

// WaiveDues claims no more what is left of a claim.
func (d *Desk) WaiveDues(ctx context.Context, named register.UnitID, ref string) (*dues.Claim, error) {
	var out *dues.Claim
	err := d.duesAct(ctx, named, func(x *Dues, day register.Day) error {
		c, err := x.ByReference(ref)
		if err != nil {
			return err
		}
		if c.Left() == 0 {
			return dues.ErrClaimPaid
		}
		e := dues.Entry{Do: dues.DoCancel, Payload: c.Payload, Why: dues.WhyWaived}
		if err := x.Enter(e, day); err != nil {
			return err
		}
		out = c
		x.enter(e)
		return nil
	})
	return out, err
}

// ReclaimDues claims after all what was waived, or cancelled because its member had left,
// who is a member now (ErrEnded).
func (d *Desk) ReclaimDues(ctx context.Context, named register.UnitID, ref string) (*dues.Claim, error) {
	var out *dues.Claim
	err := d.duesAct(ctx, named, func(x *Dues, day register.Day) error {
		c, err := x.ByReference(ref)
		if err != nil {
			return err
		}
		if m := x.Has(c.Payload); m == nil || m.Left {
			return ErrEnded
		}
		e, err := x.Reclaim(c, day)
		if err != nil {
			return err
		}
		out = c
		x.enter(e)
		return nil
	})
	return out, err
}

// DuesReminders is who is reminded, of what and how.
type DuesReminders struct {
	Claims   []*dues.Claim
	Of       []*dues.Member
	Channels []string // of each
	LeftOut  map[dues.Unreminded]int
}

// reminders finds who is to be reminded on a day: of each member the oldest claim on which
// something is owed.
func (x *Dues) reminders(day register.Day) *DuesReminders {
	out := &DuesReminders{LeftOut: map[dues.Unreminded]int{}}
	said, queued := map[*dues.Member]bool{}, map[*dues.Member]bool{}
	for _, c := range x.Order {
		if c.Left() == 0 {
			continue
		}
		m := x.Has(c.Payload)
		if m != nil && said[m] {
			continue
		}
		channel, why := x.Remind(x.Rules, c, m, day)
		if why == dues.HasPaid && queued[m] { // she counts once, and of a year that she has not paid she may be told
			continue
		}
		queued[m] = queued[m] || why == dues.HasPaid
		if why != dues.IsOwed {
			out.LeftOut[why]++
			continue
		}
		said[m] = true
		out.Claims, out.Of, out.Channels = append(out.Claims, c), append(out.Of, m), append(out.Channels, channel)
	}
	return out
}

// PlanDuesReminders says who would be reminded on a day, and writes nothing.
func (d *Desk) PlanDuesReminders(ctx context.Context, named register.UnitID, on register.Day) (*DuesReminders, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	x, err := d.Dues(named)
	if err != nil {
		return nil, err
	}
	if on == "" {
		on = d.Today()
	}
	return x.reminders(on), nil
}

// RemindDues notes a reminder of today to everybody who is to have one. What is noted
// counts, whether it was sent or not: so nobody is reminded twice when it is run again.
func (d *Desk) RemindDues(ctx context.Context, named register.UnitID) (*DuesReminders, error) {
	var out *DuesReminders
	err := d.duesAct(ctx, named, func(x *Dues, day register.Day) error {
		out = x.reminders(day)
		for i, c := range out.Claims {
			e := dues.Entry{Do: dues.DoRemind, Payload: c.Payload, Channel: out.Channels[i]}
			if err := x.Enter(e, day); err != nil {
				return err
			}
			x.enter(e)
		}
		return nil
	})
	return out, err
}

// DuesLapse is somebody whose membership ends by what she has not paid.
type DuesLapse struct {
	Member *dues.Member
	Unpaid []*dues.Claim
}

// PlanDuesLapse returns whose membership ends on a day by the policy's clock, and how many
// would be among them if there were not money of theirs in the queue.
func (d *Desk) PlanDuesLapse(ctx context.Context, named register.UnitID) (out []DuesLapse, queued int, err error) {
	if err := d.begin(ctx); err != nil {
		return nil, 0, err
	}
	x, err := d.Dues(named)
	if err != nil {
		return nil, 0, err
	}
	for _, m := range x.Members {
		unpaid := x.Lapsed(d.state.Policy.Dues.Lapse, m, d.Today())
		switch {
		case unpaid == nil:
		case slices.ContainsFunc(unpaid, func(c *dues.Claim) bool { return x.InQueue(x.Rules, c, m) }):
			queued++
		default:
			out = append(out, DuesLapse{m, unpaid})
		}
	}
	return out, queued, nil
}
