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
	Lumps   int   // sums of several payments that another file lists: they are not booked
	Lumped  int64 // what these come to
	Foreign int   // payments in another currency: they wait, and are in no sum
	Sum     int64 // of what was booked or waits, in øre or öre
	Ours    int64 // of it, for claims
	Total   int64 // all of the file's payments, without those in another currency
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
	amount, currency := p.Amount, r.foreign(p.Currency)
	if p.Reversal {
		amount = -amount
	}
	if currency == "" {
		out.Total += amount
	}
	switch {
	case p.Lump && currency == "":
		out.Lumps++
		out.Lumped += amount
		return to
	case p.Lump:
		out.Lumps++
		return to
	case b.keys[key] || p.Older != "" && b.keys[b.KeyOf(p.Older)]:
		out.Twice++
		return to
	case currency != "":
		out.Foreign++
	default:
		out.Sum += amount
	}
	if p.Reversal {
		out.Back++
	}
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
		digits := digitsOf(p.References)
		if digits == "" && c != nil { // a reference with letters
			digits = c.Payload
		}
		enter(Entry{Do: DoWait, Number: len(b.Waiting) + 1, Amount: sum, Why: why, Reference: digits, Line: p.Line, Currency: currency})
	}
	switch {
	case currency != "":
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
	case !asked && slices.ContainsFunc(m.Lines, func(l record.DuesLine) bool {
		return l.Year > c.Year && l.State != record.Cancelled && !c.remindedSince(l.Claimed)
	}):
		return c, OtherYear
	case !r.takes(string(p.Means), c.Kind):
		return c, WrongMeans
	case c.Left() == 0:
		return c, AlreadyPaid
	}
	return c, ""
}

// remindedSince tells whether a reminder of a day or later has told her this claim's
// reference: then it is what we asked of her that she pays, whatever else she owes.
func (c *Claim) remindedSince(day register.Day) bool {
	return c.Left() > 0 && len(c.Reminds) > 0 && c.Reminds[len(c.Reminds)-1].Day >= day
}

// foreign is the currency of a bank's file as the ledger has it, "" where it is the
// policy's.
func (r Rules) foreign(currency string) string {
	const none = "XXX" // of ISO 4217
	switch {
	case currency == "" || currency == r.Dues.Currency:
		return ""
	case isCurrency(currency):
		return currency
	}
	return none
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

// InQueue tells whether money waits that a member paid for a claim of hers, or for another
// one and as much as this claim wants: then a person books it before she is told that she
// owes.
func (b *Books) InQueue(r Rules, c *Claim, m *Member) bool {
	if b.names == nil {
		b.names = map[string][]*Waiting{}
	}
	for ; b.named < len(b.Waiting); b.named++ {
		w := b.Waiting[b.named]
		if payload := b.claimNamed(r, w.Reference); payload != "" {
			b.names[payload] = append(b.names[payload], w)
		}
	}
	var sum int64
	for _, l := range m.Lines {
		for _, w := range b.names[l.Payload] {
			switch {
			case w.Left > 0 && (l.Payload == c.Payload || w.Foreign()):
				return true
			case !w.Foreign():
				sum += w.Left
			}
		}
	}
	return sum > 0 && sum >= c.Left()
}

// claimNamed is the payload of the claim that the digits of money that waits name, "" for
// none.
func (b *Books) claimNamed(r Rules, digits string) string {
	if b.Claims[digits] != nil {
		return digits
	}
	if payload, err := r.Scheme.Payload(digits); err == nil {
		if payload, ok := tenDigits(payload); ok && b.Claims[payload] != nil {
			return payload
		}
	}
	return ""
}

// Settle makes the entry by which money that waits is for a claim, was sent back, or is
// no dues, and enters it. The amount, below zero or not, is what of it, all that fits where
// it is 0; of money in another currency, which has no part, it is what it came to in the
// policy's, and wanted where it is for a claim (ErrForeign).
func (b *Books) Settle(number int, how, payload, why string, amount int64, day register.Day) (Entry, error) {
	if number < 1 || number > len(b.Waiting) || b.Waiting[number-1].Left == 0 {
		return Entry{}, ErrNoWaiting
	}
	w := b.Waiting[number-1]
	c := b.Claims[payload]
	most := max(w.Left, -w.Left)
	switch {
	case w.Why == SumOfSeveral && how != SettleReturned:
		return Entry{}, ErrLump
	case amount < 0 && w.Left > 0:
		return Entry{}, ErrEntry
	case (w.Foreign() || w.Why == OtherCurrency) && how == SettleTo && amount == 0:
		return Entry{}, ErrForeign
	}
	amount = max(amount, -amount)
	if amount == 0 {
		amount = most
	}
	if how == SettleTo {
		switch {
		case c == nil:
			return Entry{}, ErrNoClaim
		case w.Left > 0 && c.Left() == 0:
			return Entry{}, ErrClaimPaid
		case w.Left < 0 && c.Paid == 0:
			return Entry{}, ErrNothingPaid
		case w.Foreign():
		case w.Left > 0:
			amount = min(amount, c.Left())
		default:
			amount = min(amount, c.Paid)
		}
	}
	if w.Left < 0 {
		amount = -amount
	}
	e := Entry{Do: DoSettle, Number: number, Amount: amount, How: how, Payload: payload, Why: why, Currency: w.Currency}
	return e, b.enter(&e, day)
}

// Unsettle makes the entry that takes the last settlement of a number back, and enters it.
func (b *Books) Unsettle(number int, why string, day register.Day) (Entry, error) {
	if number < 1 || number > len(b.Waiting) || len(b.Waiting[number-1].Settled) == 0 {
		return Entry{}, ErrNotSettled
	}
	all := b.Waiting[number-1].Settled
	e := all[len(all)-1]
	e.Amount, e.Why = -e.Amount, why
	return e, b.enter(&e, day)
}

// Reclaim makes the entry by which a claim that is claimed no more is claimed after all, and
// enters it.
func (b *Books) Reclaim(c *Claim, day register.Day) (Entry, error) {
	if c.Gone == "" {
		return Entry{}, ErrStands
	}
	e := Entry{Do: DoReclaim, Payload: c.Payload}
	return e, b.enter(&e, day)
}

// Again returns the claim of a member for a year that was cancelled because her membership
// had ended, or because no record was found; nil where there is none.
func (b *Books) Again(m *Member, year int) *Claim {
	l := m.line(year)
	if l == nil || m.Left {
		return nil
	}
	if c := b.Claims[l.Payload]; c != nil && (c.Gone == WhyLeft || c.Gone == WhyErased) {
		return c
	}
	return nil
}
