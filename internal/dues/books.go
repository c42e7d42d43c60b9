package dues

import (
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Books are what the files of a ledger add up to.
type Books struct {
	Files   []*File // in their order
	Serial  int     // of the last; 0: there is none
	Last    string  // the digest of its text
	Series  string  // the key of the payment references; "": none was made yet
	Next    uint64
	Claims  map[string]*Claim // by payload
	Order   []*Claim          // as they were made
	Waiting []*Waiting        // by number, from 1; those that are settled too

	files map[string]bool       // digests of the banks' files that were booked
	keys  map[string]bool       // of payments
	names map[string][]*Waiting // by the payload of the claim that each names
	named int                   // how many of Waiting names holds
}

// A Claim is what one member owes for one year.
type Claim struct {
	Entry                // as it was made
	Claimed register.Day // the day of that act
	Paid    int64
	Since   register.Day // of the last payment or of the cancellation
	Gone    string       // why it is claimed no more; ""
	Reminds []Reminder
	Debits  []register.Day // on which it was asked of the bank
	moves   []move
}

// A move is what an act took off what is owed on a claim, by the day of the act.
type move struct {
	day    register.Day
	amount int64
}

// A Reminder was sent on a day, in a channel.
type Reminder struct {
	Day     register.Day
	Channel string
}

// pay books money for the claim, or below zero money that went back. What is owed again of
// a claim that is claimed no more is written off again.
func (c *Claim) pay(amount int64, since, day register.Day) {
	c.Paid, c.Since = c.Paid+amount, since
	c.moves = append(c.moves, move{day, amount})
	if c.Gone != "" {
		c.moves = append(c.moves, move{day, -amount})
	}
}

// Left is what is still owed, 0 where nothing is.
func (c *Claim) Left() int64 {
	if c.Gone != "" {
		return 0
	}
	return max(c.Amount-c.Paid, 0)
}

// State is the claim's state as the member's record has it.
func (c *Claim) State() string {
	switch {
	case c.Gone != "" && c.Paid < c.Amount:
		return record.Cancelled
	case c.Paid >= c.Amount:
		return record.Paid
	case c.Paid > 0:
		return record.Part
	}
	return record.Open
}

// Line is the claim as the member's record has it: amounts only where they may be seen by
// whoever reads her.
func (c *Claim) Line(amounts bool) record.DuesLine {
	l := record.DuesLine{Year: c.Year, Kind: c.Kind, Payload: c.Payload, Claimed: c.Claimed, Due: c.Due, State: c.State(), Since: c.Since}
	if l.State == record.Open {
		l.Since = ""
	}
	if amounts {
		l.Amount = c.Amount
	}
	return l
}

// Waiting is money of which nobody can tell the claim.
type Waiting struct {
	Entry           // as it came
	Left    int64   // of it; 0: it is settled. Negative: money that went back
	Settled []Entry // by which, in their order; without those that were taken back
}

// Foreign tells whether it is money in another currency than the books': its amount is in
// no sum and on no account.
func (w *Waiting) Foreign() bool { return w.Currency != "" }

// gone tells that the act by which it came is kept no more.
func (w *Waiting) gone() bool { return w.Number == 0 }

// Why money waits.
const (
	NoReference      = "no-reference"      // it came without one
	BadReference     = "bad-reference"     // a check digit does not match
	UnknownReference = "unknown-reference" // no claim of this register has it
	SeveralClaims    = "several-claims"    // it names more than one claim
	OtherYear        = "other-year"        // that member has been claimed for a later year since, and not reminded of this one
	CancelledClaim   = "cancelled"
	UnknownMember    = "unknown-member" // no record has the claim: she was erased
	AlreadyPaid      = "already-paid"
	TooMuch          = "too-much" // what is over
	WrongMeans       = "wrong-means"
	OtherCurrency    = "other-currency"
	MoneyBack        = "money-back"     // a reversal of what was not booked so
	SumOfSeveral     = "sum-of-several" // which another file lists: earlier versions entered it, and it stands on the bank's account
)

// Reasons are why money waits.
var Reasons = []string{NoReference, BadReference, UnknownReference, SeveralClaims, OtherYear, CancelledClaim, UnknownMember,
	AlreadyPaid, TooMuch, WrongMeans, OtherCurrency, MoneyBack, SumOfSeveral}

// What becomes of money that waits.
const (
	SettleTo       = "to"       // it is for a claim
	SettleReturned = "returned" // it was sent back
	SettleDropped  = "dropped"  // it is no dues: a gift, or another account's
)

// Settlements are why: what is known now. They are words, so that nobody is named.
var Settlements = []string{"payer-said", "bank-said", "misread", "other-year", "gift", "not-ours", "corrects"}

// Why a claim is claimed no more.
const (
	WhyLeft   = "left"   // the membership ended
	WhyErased = "gone"   // no record here has it: she was erased
	WhyWaived = "waived" // the secretariat let it go
)

// Errors of the books.
var (
	// ErrChain says that a ledger is not whole: a file is missing, twice or another.
	ErrChain = errors.New("the ledger of dues is not whole: its files do not follow each other")
	// ErrBooked says that a bank's file was booked before.
	ErrBooked = errors.New("this file was booked before")
)

// Text is a ledger file and the text that it was read from.
type Text struct {
	*File
	Text []byte
}

// Open adds up files, in any order. Each must follow the one before it; the first may
// follow one that is gone, since what is older than the policy keeps is taken away.
func Open(files []Text) (*Books, error) {
	b := &Books{Claims: map[string]*Claim{}, files: map[string]bool{}, keys: map[string]bool{}}
	slices.SortFunc(files, func(x, y Text) int { return x.Serial - y.Serial })
	for i, f := range files {
		if i > 0 && (f.Serial != b.Serial+1 || f.Before != b.Last || f.Series != b.Series || f.Next < b.Next) {
			return nil, ErrChain
		}
		if err := b.Add(f.File); err != nil {
			return nil, err
		}
		b.Last = Digest(f.Text)
	}
	return b, nil
}

// Add adds the entries of a file that follows.
func (b *Books) Add(f *File) error {
	b.Files, b.Serial, b.Series, b.Next = append(b.Files, f), f.Serial, f.Series, f.Next
	for i := range f.Entries {
		if err := b.enter(&f.Entries[i], f.Day); err != nil {
			// Not %w: what is wrong with a ledger is no answer to what somebody asked for.
			return fmt.Errorf("ledger %s, entry %d: %v", f.ID, i+1, err)
		}
	}
	return nil
}

// Enter adds an entry that is made on a day and not written yet.
func (b *Books) Enter(e Entry, day register.Day) error { return b.enter(&e, day) }

// ErrEntry says that an entry's amount is more than there is, or that what it is about is
// not so.
var ErrEntry = errors.New("it does not fit what stands before it")

// enter carries one entry of an act of that day out. Entries about claims that are gone
// with an older file say nothing any more.
func (b *Books) enter(e *Entry, day register.Day) error {
	c := b.Claims[e.Payload]
	older := len(b.Files) > 0 && b.Files[0].Serial > 1
	switch e.Do {
	case DoClaim:
		if c != nil {
			return ErrEntry
		}
		c = &Claim{Entry: *e, Claimed: day}
		b.Claims[e.Payload] = c
		b.Order = append(b.Order, c)
	case DoFile:
		if b.files[e.Key] {
			return ErrBooked
		}
		b.files[e.Key] = true
	case DoWait:
		for len(b.Waiting) < e.Number-1 && older {
			b.Waiting = append(b.Waiting, &Waiting{})
		}
		if e.Number != len(b.Waiting)+1 {
			return ErrEntry
		}
		b.Waiting = append(b.Waiting, &Waiting{Entry: *e, Left: e.Amount})
		b.keys[e.Key] = true
	case DoSettle:
		return b.settle(e, c, day, older)
	default:
		if c == nil {
			if older {
				return nil
			}
			return ErrEntry
		}
		return b.change(e, c, day)
	}
	return nil
}

// change carries out what happens to a claim.
func (b *Books) change(e *Entry, c *Claim, day register.Day) error {
	switch e.Do {
	case DoPay:
		if e.Amount > c.Left() {
			return ErrEntry
		}
		c.pay(e.Amount, e.Day, day)
		b.keys[e.Key] = true
	case DoReverse:
		if e.Amount > c.Paid {
			return ErrEntry
		}
		c.pay(-e.Amount, e.Day, day)
		b.keys[e.Key] = true
	case DoCancel:
		if c.Gone != "" || c.Left() == 0 {
			return ErrEntry
		}
		c.moves = append(c.moves, move{day, c.Left()})
		c.Gone, c.Since = e.Why, day
	case DoReclaim:
		if c.Gone == "" {
			return ErrEntry
		}
		c.Gone, c.Since = "", day
		c.moves = append(c.moves, move{day, -c.Left()})
	case DoRemind:
		c.Reminds = append(c.Reminds, Reminder{day, e.Channel})
	case DoDebit:
		c.Debits = append(c.Debits, day)
	}
	return nil
}

// settle carries out what became of money that waits. An amount with the other sign than
// the money takes an earlier settlement back. Where the act by which the money came, or the
// claim, is gone with an older file, the rest is carried out.
func (b *Books) settle(e *Entry, c *Claim, day register.Day, older bool) error {
	var w *Waiting
	if e.Number >= 1 && e.Number <= len(b.Waiting) && !b.Waiting[e.Number-1].gone() {
		w = b.Waiting[e.Number-1]
	}
	to := e.How == SettleTo
	switch {
	case e.Amount == 0, w == nil && !older, to && c == nil && !older, to && c != nil && (e.Amount > c.Left() || c.Paid+e.Amount < 0):
		return ErrEntry
	}
	if w != nil {
		if err := w.settle(e); err != nil {
			return err
		}
	}
	if to && c != nil {
		c.pay(e.Amount, day, day)
	}
	return nil
}

// settle takes what an entry settles off what is left, or puts back what it takes back.
func (w *Waiting) settle(e *Entry) error {
	if w.Currency != e.Currency {
		return ErrEntry
	}
	if (e.Amount > 0) != (w.Amount > 0) { // it takes one back
		at := slices.IndexFunc(w.Settled, func(x Entry) bool {
			return x.Amount == -e.Amount && x.How == e.How && x.Payload == e.Payload
		})
		if at < 0 {
			return ErrEntry
		}
		w.Settled = slices.Delete(w.Settled, at, at+1)
		if w.Left -= e.Amount; w.Foreign() {
			w.Left = w.Amount
		}
		return nil
	}
	switch {
	case w.Left == 0, !w.Foreign() && max(e.Amount, -e.Amount) > max(w.Left, -w.Left), w.Foreign() && e.How != SettleTo && e.Amount != w.Left:
		return ErrEntry
	}
	w.Settled = append(w.Settled, *e)
	if w.Left -= e.Amount; w.Foreign() {
		w.Left = 0
	}
	return nil
}

// Booked tells whether a bank's file of that digest was booked.
func (b *Books) Booked(digest string) bool { return b.files[digest] }

// Sums are what the books come to, in øre or öre.
type Sums struct {
	Claims    int
	Claimed   int64
	Paid      int64 // for claims, what went back deducted
	Cancelled int64 // is claimed no more
	Open      int64 // is still owed
	Waits     int64 // in the queue, without what is in another currency
	Returned  int64 // was sent back from it
	Dropped   int64 // was no dues
}

// Sums adds everything up. Claimed is Paid, Cancelled and Open together.
func (b *Books) Sums() Sums {
	var s Sums
	for _, c := range b.Order {
		s.Claims++
		s.Claimed += c.Amount
		s.Paid += c.Paid
		s.Open += c.Left()
		if c.Gone != "" {
			s.Cancelled += c.Amount - c.Paid
		}
	}
	for _, w := range b.Waiting {
		if !w.Foreign() {
			s.Waits += w.Left
		}
	}
	for _, f := range b.Files {
		for i := range f.Entries {
			e := &f.Entries[i]
			switch {
			case e.Currency != "":
			case e.Do == DoSettle && e.How == SettleReturned:
				s.Returned += e.Amount
			case e.Do == DoSettle && e.How == SettleDropped:
				s.Dropped += e.Amount
			}
		}
	}
	return s
}
