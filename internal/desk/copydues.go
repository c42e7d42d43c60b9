package desk

import (
	"slices"

	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// AboutClaim is one claim of dues of a member, and what became of it.
type AboutClaim struct {
	record.DuesLine             // as her record has it
	Booked          *dues.Claim // nil: the books that have it are gone, or not the identity's to open
	Payments        []AboutPayment
}

// AboutPayment is money that was booked for a claim.
type AboutPayment struct {
	Day    register.Day // at the bank; where a person told the claim of it, of that act
	Amount int64        // in hundredths of the currency; below zero: it went back
	Means  string       // "": not known
}

// claimsOf returns what was claimed of a member, and whether there are books of dues that
// the identity's office does not open.
func (d *Desk) claimsOf(r *record.Record) (out []AboutClaim, closed bool, err error) {
	p := d.state.Policy
	if p.Dues.CollectedBy == "" || !p.Schema().HasDues() {
		return nil, false, nil
	}
	var all []*dues.Books
	for i := range p.Units {
		u := &p.Units[i]
		switch {
		case u.Level != p.Dues.CollectedBy:
		case d.may(policy.ActDues, u.ID) != nil || !slices.Contains(d.readableUnits(), u.ID):
			closed = true
		default:
			b, err := d.openLedger(u.ID)
			if err != nil {
				return nil, false, err
			}
			all = append(all, b)
		}
	}
	for _, l := range p.Schema().DuesOf(r) {
		x := AboutClaim{DuesLine: l}
		for _, b := range all {
			if c := b.Claims[l.Payload]; c != nil {
				x.Booked, x.Payments = c, paymentsOf(b, l.Payload)
			}
		}
		out = append(out, x)
	}
	return out, closed, nil
}

func paymentsOf(b *dues.Books, payload string) (out []AboutPayment) {
	for _, f := range b.Files {
		for _, e := range f.Entries {
			switch {
			case e.Payload != payload:
			case e.Do == dues.DoPay:
				out = append(out, AboutPayment{e.Day, e.Amount, e.Means})
			case e.Do == dues.DoReverse:
				out = append(out, AboutPayment{e.Day, -e.Amount, e.Means})
			case e.Do == dues.DoSettle && e.How == dues.SettleTo:
				x := AboutPayment{Day: f.Day, Amount: e.Amount}
				if e.Number <= len(b.Waiting) {
					x.Means = b.Waiting[e.Number-1].Means
				}
				out = append(out, x)
			}
		}
	}
	return out
}
