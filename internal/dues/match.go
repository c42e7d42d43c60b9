package dues

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// A Booking is what booking one bank's file comes to.
type Booking struct {
	Entries []Entry
	Paid    int   // claims that are paid by it in full
	Parts   int   // payments that left something to pay
	Back    int   // payments that went back
	Waits   int   // of money that nobody can tell the claim of
	Twice   int   // payments that were booked from another file before
	Sum     int64 // of what was booked or waits, in øre or öre
	Ours    int64 // of it, for claims
}

// Book matches the payments of a file with the claims, each by its reference alone, and
// enters what follows into the books. now returns who has a claim; a claim that nobody
// has belonged to somebody who was erased. ErrBooked: the file was booked before.
func (b *Books) Book(r Rules, f *bankfile.File, has func(payload string) *Member) (*Booking, error) {
	digest := hex.EncodeToString(f.Digest[:])
	if b.Booked(digest) {
		return nil, ErrBooked
	}
	out := &Booking{}
	head := Entry{Do: DoFile, Key: digest, Format: f.Format, Number: len(f.Payments), Amount: f.Sum}
	all := []Entry{head}
	for i := range f.Payments {
		all = b.payment(r, &f.Payments[i], has, all, out)
	}
	out.Entries = all
	b.files[digest] = true
	return out, nil
}

// payment adds the entries that a payment makes, and enters them.
func (b *Books) payment(r Rules, p *bankfile.Payment, has func(string) *Member, to []Entry, out *Booking) []Entry {
	key := b.KeyOf(p.Key)
	if b.keys[key] || p.Older != "" && b.keys[b.KeyOf(p.Older)] {
		out.Twice++
		return to
	}
	amount := p.Amount
	if p.Reversal {
		amount = -amount
		out.Back++
	}
	out.Sum += amount
	c, why := b.claimOf(r, p, has)
	enter := func(e Entry) {
		e.Day, e.Means, e.Key = p.Day, string(p.Means), key
		// What this package makes fits what it made before: a fault would be a bug, and
		// the file that is written is opened again before it counts.
		if err := b.enter(&e, p.Day); err != nil {
			panic("dues: " + err.Error())
		}
		to = append(to, e)
	}
	wait := func(sum int64, why string) {
		out.Waits++
		enter(Entry{Do: DoWait, Number: len(b.Waiting) + 1, Amount: sum, Why: why, Reference: digitsOf(p.References), Line: p.Line})
	}
	switch {
	case p.Lump:
		wait(amount, SumOfSeveral)
	case p.Currency != "" && p.Currency != r.Dues.Currency:
		wait(amount, OtherCurrency)
	case c == nil:
		wait(amount, why)
	case p.Reversal && c.Paid < p.Amount:
		wait(amount, MoneyBack)
	case p.Reversal:
		out.Ours += amount
		enter(Entry{Do: DoReverse, Payload: c.Payload, Amount: p.Amount})
	case why != "":
		wait(amount, why)
	default:
		paid := min(p.Amount, c.Left())
		out.Ours += paid
		enter(Entry{Do: DoPay, Payload: c.Payload, Amount: paid})
		if c.Left() > 0 {
			out.Parts++
		} else {
			out.Paid++
		}
		if over := p.Amount - paid; over > 0 {
			wait(over, TooMuch)
		}
	}
	return to
}

// claimOf finds the claim that a payment names, and why it is not booked for it; no claim
// where it names none, or several.
func (b *Books) claimOf(r Rules, p *bankfile.Payment, has func(string) *Member) (*Claim, string) {
	var found []string
	seen := map[string]bool{}
	for _, ref := range p.References {
		if payload, err := r.Scheme.Payload(ref); err == nil {
			if payload, ok := tenDigits(payload); ok && !seen[payload] {
				found, seen[payload] = append(found, payload), true
			}
		}
	}
	if p.Mandate && len(found) == 1 {
		found = b.underMandate(p, found[0], has(found[0]))
	}
	known := slices.DeleteFunc(slices.Clone(found), func(x string) bool { return b.Claims[x] == nil })
	switch {
	case len(p.References) == 0:
		return nil, NoReference
	case len(found) == 0:
		return nil, BadReference
	case len(known) == 0:
		return nil, UnknownReference
	case len(found) > 1:
		return nil, SeveralClaims
	}
	c := b.Claims[known[0]]
	m := has(c.Payload)
	asked := p.Means == bankfile.DirectDebit && len(c.Debits) > 0 // of the bank, by us: whatever the year
	switch {
	case c.Gone != "" || m != nil && m.Left: // who has left is claimed no more, even where that is not written yet
		return c, CancelledClaim
	case m == nil:
		return c, UnknownMember
	case !asked && slices.ContainsFunc(m.Lines, func(l record.DuesLine) bool { return l.Year > c.Year && l.State != record.Cancelled }):
		return c, OtherYear
	case !r.takes(string(p.Means), c.Kind):
		return c, WrongMeans
	case c.Left() == 0:
		return c, AlreadyPaid
	}
	return c, ""
}

// takes tells whether the policy lets a claim of the kind be paid in that way. What the
// bank's file does not say came by the bank.
func (r Rules) takes(means, kind string) bool {
	if len(r.Dues.Means) == 0 {
		return true
	}
	if means == "" {
		means = "bank"
	}
	for _, m := range r.Dues.Means {
		if m.ID == means {
			return slices.Contains(m.For, kind)
		}
	}
	return false
}

// tenDigits brings a payload to its full length: some schemes drop leading zeros.
func tenDigits(s string) (string, bool) {
	const n = 10
	if len(s) < n {
		s = strings.Repeat("0", n-len(s)) + s
	}
	return s, record.IsPayload(s)
}

// digitsOf is the first of the references that is digits alone, to be looked at: anything
// else may be the payer's words.
func digitsOf(refs []string) string {
	for _, s := range refs {
		if s != "" && len(s) <= referenceLimit && strings.Trim(s, "0123456789") == "" {
			return s
		}
	}
	return ""
}

// Settle makes the entry by which money that waits is for a claim, was sent back, or is
// no dues, and enters it; amount is what of it, all that fits where it is 0.
func (b *Books) Settle(number int, how, payload, why string, amount int64, day register.Day) (Entry, error) {
	if number < 1 || number > len(b.Waiting) || b.Waiting[number-1].Left == 0 {
		return Entry{}, ErrNoWaiting
	}
	w := b.Waiting[number-1]
	if amount == 0 {
		amount = w.Left
	}
	if how == SettleTo {
		c := b.Claims[payload]
		switch {
		case c == nil:
			return Entry{}, ErrNoClaim
		case amount > 0 && c.Left() == 0:
			return Entry{}, ErrClaimPaid
		}
		amount = min(amount, c.Left())
	}
	e := Entry{Do: DoSettle, Number: number, Amount: amount, How: how, Payload: payload, Why: why}
	return e, b.enter(&e, day)
}
