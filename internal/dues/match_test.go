package dues

import (
	"errors"
	"testing"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/record"
)

// N17, N18, N19, N23, N62, N63: a payment is booked for the claim that its reference names
// exactly, or it waits for a person with the reason. It is never guessed.
func TestN62NeverAGuess(t *testing.T) {
	w := newWorld(t)
	old := w.join("2010-01-01", 8)
	w.claim(2025, "2025-01-03")
	fresh := w.join("2025-12-20", 3)
	if n := w.claim(2026, "2026-01-03"); n != 11 {
		t.Fatalf("%d claims, want 11", n)
	}
	other, err := rulesOf(t).Scheme.Make("1234567890")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pay  func() bankfile.Payment
		want string // the reason for which it waits; "" it is booked
	}{
		"exact": {func() bankfile.Payment { c := w.claimOf(old[0], 2026); return w.pays(c, c.Amount, bankfile.Bank) }, ""},
		"direct debit (N21)": {func() bankfile.Payment {
			c := w.claimOf(old[1], 2026)
			return w.pays(c, c.Amount, bankfile.DirectDebit)
		}, ""},
		"sms for a renewal (N23)": {func() bankfile.Payment { c := w.claimOf(old[2], 2026); return w.pays(c, c.Amount, bankfile.SMS) }, ""},
		"sms when joining":        {func() bankfile.Payment { return w.pays(w.claimOf(fresh[0], 2026), 100, bankfile.SMS) }, WrongMeans},
		"vipps when joining (N63)": {func() bankfile.Payment {
			c := w.claimOf(fresh[1], 2026)
			return w.pays(c, c.Amount, bankfile.Vipps)
		}, ""},
		"vipps for a renewal (N63)": {func() bankfile.Payment { return w.pays(w.claimOf(old[3], 2026), 100, bankfile.Vipps) }, WrongMeans},
		"cash (N19)":                {func() bankfile.Payment { return w.pays(w.claimOf(old[3], 2026), 100, bankfile.Cash) }, WrongMeans},
		"no reference (N17)": {func() bankfile.Payment {
			p := w.pays(w.claimOf(old[3], 2026), 35000, bankfile.Bank)
			p.References = nil
			return p
		}, NoReference},
		"a digit misread (N18)": {func() bankfile.Payment {
			p := w.pays(w.claimOf(old[3], 2026), 35000, bankfile.Bank)
			r := []byte(p.References[0])
			r[4] = '0' + (r[4]-'0'+1)%10
			p.References = []string{string(r)}
			return p
		}, BadReference},
		"another register's": {func() bankfile.Payment {
			p := w.pays(w.claimOf(old[3], 2026), 35000, bankfile.Bank)
			p.References = []string{other}
			return p
		}, UnknownReference},
		"two claims": {func() bankfile.Payment {
			p, q := w.pays(w.claimOf(old[3], 2026), 35000, bankfile.Bank), w.pays(w.claimOf(old[4], 2026), 35000, bankfile.Bank)
			p.References = append(p.References, q.References...)
			return p
		}, SeveralClaims},
		"last year's (N62)": {func() bankfile.Payment { return w.pays(w.claimOf(old[3], 2025), 35000, bankfile.Bank) }, OtherYear},
		"euro": {func() bankfile.Payment {
			p := w.pays(w.claimOf(old[3], 2026), 35000, bankfile.Bank)
			p.Currency = "EUR"
			return p
		}, OtherCurrency},
		"a reversal of nothing": {func() bankfile.Payment {
			p := w.pays(w.claimOf(old[3], 2026), 35000, bankfile.Bank)
			p.Reversal = true
			return p
		}, MoneyBack},
	} {
		p := c.pay()
		waits := len(w.books.Waiting)
		b, err := w.book("2026-01-20", w.file("2026-01-19", p))
		if err != nil {
			t.Fatal(err)
		}
		if c.want == "" {
			if len(w.books.Waiting) != waits || b.Paid != 1 {
				t.Errorf("%s: %+v", name, b)
			}
			continue
		}
		if len(w.books.Waiting) != waits+1 || w.books.Waiting[waits].Why != c.want {
			t.Errorf("%s: waits for %+v, want %s", name, w.books.Waiting[waits:], c.want)
		}
		if w.claimOf(old[3], 2026).Paid != 0 {
			t.Errorf("%s: was booked for a claim", name)
		}
	}
}

// What is paid in two parts, twice, or too much; what comes back; who left or was erased.
func TestParts(t *testing.T) {
	w := newWorld(t)
	m := w.join("2010-01-01", 4)
	w.claim(2026, "2026-01-03")
	c := w.claimOf(m[0], 2026)
	state := func(want string, paid int64) {
		t.Helper()
		if c.State() != want || c.Paid != paid || m[0].Lines[0].State != want {
			t.Errorf("%s, %d paid, the record says %s; want %s, %d", c.State(), c.Paid, m[0].Lines[0].State, want, paid)
		}
	}
	pay := func(p bankfile.Payment) *Booking {
		t.Helper()
		b, err := w.book("2026-02-01", w.file("2026-02-01", p))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	state(record.Open, 0)
	pay(w.pays(c, 10000, bankfile.Bank))
	state(record.Part, 10000)
	if b := pay(w.pays(c, 30000, bankfile.Bank)); b.Paid != 1 || b.Waits != 1 || b.Ours != 25000 {
		t.Errorf("5000 too much: %+v", b)
	}
	state(record.Paid, 35000)
	if over := w.books.Waiting[0]; over.Why != TooMuch || over.Left != 5000 {
		t.Errorf("waits: %+v", over)
	}
	pay(w.pays(c, 35000, bankfile.Bank))
	if twice := w.books.Waiting[1]; twice.Why != AlreadyPaid {
		t.Errorf("waits: %+v", twice)
	}
	back := w.pays(c, 30000, bankfile.Bank)
	back.Reversal = true
	pay(back)
	state(record.Part, 5000)

	// A person books what waits for it, no more than is owed and no more than waits.
	if _, err := w.books.Settle(2, SettleTo, c.Payload, "payer-said", 0, "2026-02-02"); err != nil {
		t.Fatal(err)
	}
	if c.Paid != 35000 || w.books.Waiting[1].Left != 5000 {
		t.Errorf("%d paid, %d left", c.Paid, w.books.Waiting[1].Left)
	}
	if _, err := w.books.Settle(2, SettleTo, c.Payload, "payer-said", 0, "2026-02-02"); !errors.Is(err, ErrClaimPaid) {
		t.Errorf("settled for a paid claim: %v", err)
	}
	if _, err := w.books.Settle(1, SettleReturned, "", "payer-said", 5001, "2026-02-02"); err == nil {
		t.Error("more was sent back than waits")
	}
	if _, err := w.books.Settle(9, SettleReturned, "", "payer-said", 0, "2026-02-02"); !errors.Is(err, ErrNoWaiting) {
		t.Errorf("settled what does not wait: %v", err)
	}

	gone, erased := w.claimOf(m[1], 2026), w.claimOf(m[2], 2026)
	if err := w.books.Enter(Entry{Do: DoCancel, Payload: gone.Payload, Why: WhyLeft}, "2026-02-02"); err != nil {
		t.Fatal(err)
	}
	delete(w.has, erased.Payload)
	pay(w.pays(gone, 35000, bankfile.Bank))
	pay(w.pays(erased, 35000, bankfile.Bank))
	if a, b := w.books.Waiting[2], w.books.Waiting[3]; a.Why != CancelledClaim || b.Why != UnknownMember {
		t.Errorf("waits: %s, %s", a.Why, b.Why)
	}
}

// The same file, and the same payment in another file, are booked once.
func TestBookedOnce(t *testing.T) {
	w := newWorld(t)
	m := w.join("2010-01-01", 2)
	w.claim(2026, "2026-01-03")
	p := w.pays(w.claimOf(m[0], 2026), 10000, bankfile.Bank)
	f := w.file("2026-02-01", p)
	if _, err := w.book("2026-02-01", f); err != nil {
		t.Fatal(err)
	}
	if _, err := w.book("2026-02-01", f); !errors.Is(err, ErrBooked) {
		t.Errorf("the same file: %v", err)
	}
	b, err := w.book("2026-02-01", w.file("2026-02-01", p))
	if err != nil || b.Twice != 1 || b.Sum != 0 || w.claimOf(m[0], 2026).Paid != 10000 {
		t.Errorf("the same payment in another file: %+v, %v", b, err)
	}
	b, err = w.book("2026-02-01", w.file("2026-02-01", p, p))
	if err != nil || b.Twice != 2 {
		t.Errorf("twice in one file: %+v, %v", b, err)
	}
	// Booked by an earlier version, which knew it by another key.
	q := p
	q.Key, q.Older = "of today", p.Key
	b, err = w.book("2026-02-01", w.file("2026-02-01", q))
	if err != nil || b.Twice != 1 || w.claimOf(m[0], 2026).Paid != 10000 {
		t.Errorf("booked under an older key: %+v, %v", b, err)
	}
}

// A sum of several payments that another file lists is told and is no money here: its parts
// are.
func TestLump(t *testing.T) {
	w := newWorld(t)
	m := w.join("2010-01-01", 2)
	w.claim(2026, "2026-01-03")
	lump := w.pays(w.claimOf(m[0], 2026), 70000, bankfile.Bank)
	lump.Lump, lump.References = true, nil
	b, err := w.book("2026-02-01", w.file("2026-02-01", lump))
	if err != nil || b.Lumps != 1 || b.Lumped != 70000 || b.Waits != 0 || b.Sum != 0 {
		t.Errorf("the sum: %+v, %v", b, err)
	}
	if _, err := w.book("2026-02-01", w.file("2026-02-01", w.pays(w.claimOf(m[0], 2026), 35000, bankfile.Bank), w.pays(w.claimOf(m[1], 2026), 35000, bankfile.Bank))); err != nil {
		t.Fatal(err)
	}
	if s := w.books.Sums(); s.Paid != 70000 || s.Waits != 0 {
		t.Errorf("%+v", s)
	}
	checkVouchers(t, w, 2026)

	// One that an earlier version entered stands on the bank's account: it is taken off that.
	old := Entry{Do: DoWait, Number: 1, Day: "2026-02-01", Amount: 70000, Key: "00000000000000000000000000000000", Why: SumOfSeveral}
	if err := w.books.Enter(old, "2026-02-01"); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{SettleTo, SettleDropped} {
		if _, err := w.books.Settle(1, how, w.claimOf(m[0], 2026).Payload, "bank-said", 0, "2026-02-02"); !errors.Is(err, ErrLump) {
			t.Errorf("%s: %v", how, err)
		}
	}
	e, err := w.books.Settle(1, SettleReturned, "", "bank-said", 0, "2026-02-02")
	if err != nil {
		t.Fatal(err)
	}
	w.write("2026-02-02", []Entry{old, e})
	checkVouchers(t, w, 2026)
}

// Money in another currency waits in it, is in no sum and on no account, and is for a claim
// by what it came to.
func TestForeign(t *testing.T) {
	w := newWorld(t)
	m := w.join("2010-01-01", 1)
	w.claim(2026, "2026-01-03")
	c := w.claimOf(m[0], 2026)
	p := w.pays(c, 3000, bankfile.Bank)
	p.Currency = "EUR"
	b, err := w.book("2026-02-01", w.file("2026-02-01", p))
	if err != nil || b.Foreign != 1 || b.Sum != 0 || b.Total != 0 {
		t.Fatalf("%+v, %v", b, err)
	}
	if x := w.books.Waiting[0]; x.Currency != "EUR" || w.books.Sums().Waits != 0 || len(w.books.Vouchers(2026)) != 1 {
		t.Errorf("%+v, %+v", x, w.books.Sums())
	}
	if _, err := w.books.Settle(1, SettleTo, c.Payload, "bank-said", 0, "2026-02-02"); !errors.Is(err, ErrForeign) {
		t.Errorf("without what it came to: %v", err)
	}
	e, err := w.books.Settle(1, SettleTo, c.Payload, "bank-said", 34000, "2026-02-02")
	if err != nil {
		t.Fatal(err)
	}
	w.write("2026-02-02", []Entry{e})
	if c.Paid != 34000 || w.books.Waiting[0].Left != 0 {
		t.Errorf("%d paid, %d left", c.Paid, w.books.Waiting[0].Left)
	}
	checkVouchers(t, w, 2026)
	if e, err = w.books.Unsettle(1, "misread", "2026-02-03"); err != nil {
		t.Fatal(err)
	}
	w.write("2026-02-03", []Entry{e})
	if c.Paid != 0 || w.books.Waiting[0].Left != 3000 {
		t.Errorf("taken back: %d paid, %d left", c.Paid, w.books.Waiting[0].Left)
	}
	checkVouchers(t, w, 2026)
	if _, err = w.books.Settle(1, SettleDropped, "", "not-ours", 100, "2026-02-03"); !errors.Is(err, ErrEntry) {
		t.Errorf("a part of it: %v", err)
	}
	if e, err = w.books.Settle(1, SettleDropped, "", "not-ours", 0, "2026-02-03"); err != nil {
		t.Fatal(err)
	}
	w.write("2026-02-03", []Entry{e})
	checkVouchers(t, w, 2026)
}

// What of a reversal was booked for a claim is taken off that claim, the rest is noted as
// what it is.
func TestReversalOfTooMuch(t *testing.T) {
	w := newWorld(t)
	m := w.join("2010-01-01", 1)
	w.claim(2026, "2026-01-03")
	c := w.claimOf(m[0], 2026)
	back := w.pays(c, 40000, bankfile.Bank)
	back.Reversal = true
	if _, err := w.book("2026-02-01", w.file("2026-02-01", w.pays(c, 40000, bankfile.Bank), back)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.books.Settle(1, SettleReturned, "", "bank-said", -5000, "2026-02-02"); !errors.Is(err, ErrEntry) {
		t.Errorf("below zero of what came in: %v", err)
	}
	e, err := w.books.Settle(2, SettleTo, c.Payload, "bank-said", 0, "2026-02-02")
	if err != nil || e.Amount != -35000 || c.Left() != 35000 || w.books.Waiting[1].Left != -5000 {
		t.Fatalf("%+v, %v; %d owed, %d left", e, err, c.Left(), w.books.Waiting[1].Left)
	}
	if _, err := w.books.Settle(2, SettleTo, c.Payload, "bank-said", 0, "2026-02-02"); !errors.Is(err, ErrNothingPaid) {
		t.Errorf("of a claim of which nothing is paid: %v", err)
	}
	over, err := w.books.Settle(1, SettleReturned, "", "bank-said", 5000, "2026-02-02")
	if err != nil {
		t.Fatal(err)
	}
	rest, err := w.books.Settle(2, SettleReturned, "", "bank-said", 5000, "2026-02-02")
	if err != nil {
		t.Fatal(err)
	}
	w.write("2026-02-02", []Entry{e, over, rest})
	if s := w.books.Sums(); s.Waits != 0 || s.Paid != 0 {
		t.Errorf("%+v", s)
	}
	checkVouchers(t, w, 2026)
}

// What was settled wrongly waits again, and what was cancelled is claimed after all; the
// accounts follow. What goes back of a claim that is claimed no more is not owed again.
func TestWaysBack(t *testing.T) {
	w := newWorld(t)
	m := w.join("2010-01-01", 2)
	w.claim(2026, "2026-01-03")
	c, other := w.claimOf(m[0], 2026), w.claimOf(m[1], 2026)
	must := func(e Entry, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		w.write("2026-02-05", []Entry{e})
		checkVouchers(t, w, 2026)
	}
	cancel := func(c *Claim, why string) {
		t.Helper()
		e := Entry{Do: DoCancel, Payload: c.Payload, Why: why}
		must(e, w.books.Enter(e, "2026-02-05"))
	}
	p := w.pays(c, 20000, bankfile.Bank)
	p.References = nil
	if _, err := w.book("2026-02-01", w.file("2026-02-01", p)); err != nil {
		t.Fatal(err)
	}
	must(w.books.Settle(1, SettleTo, other.Payload, "payer-said", 0, "2026-02-05"))
	must(w.books.Unsettle(1, "misread", "2026-02-05"))
	if other.Paid != 0 || w.books.Waiting[0].Left != 20000 {
		t.Errorf("taken back: %d paid, %d waiting", other.Paid, w.books.Waiting[0].Left)
	}
	if _, err := w.books.Unsettle(1, "misread", "2026-02-05"); !errors.Is(err, ErrNotSettled) {
		t.Errorf("taken back twice: %v", err)
	}
	must(w.books.Settle(1, SettleReturned, "", "bank-said", 15000, "2026-02-05"))
	must(w.books.Settle(1, SettleTo, c.Payload, "payer-said", 0, "2026-02-05"))
	if c.Paid != 5000 {
		t.Errorf("%d paid, want the rest", c.Paid)
	}

	// Waived, and then the money goes back: nothing is owed.
	cancel(c, WhyWaived)
	must(w.books.Unsettle(1, "misread", "2026-02-05"))
	if s := w.books.Sums(); s.Open != 35000 || s.Cancelled != 35000 || leftOn(c, "2026-12-31") != 0 {
		t.Errorf("%+v, %d left at the year's end", s, leftOn(c, "2026-12-31"))
	}
	if w.books.Again(m[0], 2026) != nil {
		t.Error("what was waived is claimed again by itself")
	}
	must(w.books.Reclaim(c, "2026-02-06"))
	if _, err := w.books.Reclaim(c, "2026-02-06"); !errors.Is(err, ErrStands) {
		t.Errorf("claimed after all, twice: %v", err)
	}
	if s := w.books.Sums(); s.Open != 70000 || s.Cancelled != 0 || leftOn(c, "2026-12-31") != 35000 {
		t.Errorf("%+v, %d left at the year's end", s, leftOn(c, "2026-12-31"))
	}

	// Left with a part paid, which goes back at the bank; and is a member again.
	half := w.pays(other, 10000, bankfile.Bank)
	if _, err := w.book("2026-02-07", w.file("2026-02-07", half)); err != nil {
		t.Fatal(err)
	}
	cancel(other, WhyLeft)
	half = w.pays(other, 10000, bankfile.Bank)
	half.Reversal = true
	if _, err := w.book("2026-02-08", w.file("2026-02-08", half)); err != nil {
		t.Fatal(err)
	}
	if other.Left() != 0 || other.Paid != 0 || leftOn(other, "2026-12-31") != 0 {
		t.Errorf("%d owed of who has left", leftOn(other, "2026-12-31"))
	}
	checkVouchers(t, w, 2026)
	m[1].Left = true
	if w.books.Again(m[1], 2026) != nil {
		t.Error("claimed again of who has left")
	}
	m[1].Left = false
	if w.books.Again(m[1], 2026) != other || w.books.Again(m[1], 2027) != nil {
		t.Error("not claimed again of who is back")
	}
}

// Who has money in the queue is not told that she owes it; what a reminder told her to pay
// is booked when she pays it, though a later year is claimed.
func TestMoneyInQueue(t *testing.T) {
	for _, scheme := range []string{"kid-mod10", "kid-mod11", "ocr-3", "fik-71", "rf"} {
		w := newWorld(t, "scheme: kid-mod10 → scheme: "+scheme)
		m := w.join("2010-01-01", 12)
		w.claim(2025, "2025-01-03")
		w.claim(2026, "2026-01-03")
		pay := func(m *Member, year int, amount int64) *Waiting {
			t.Helper()
			if _, err := w.book("2026-03-01", w.file("2026-03-01", w.pays(w.claimOf(m, year), amount, bankfile.Bank))); err != nil {
				t.Fatal(err)
			}
			if len(w.books.Waiting) == 0 {
				return nil
			}
			return w.books.Waiting[len(w.books.Waiting)-1]
		}
		reminded := func(m *Member, year int) Unreminded {
			_, why := w.books.Remind(w.rules, w.claimOf(m, year), m, "2026-04-01")
			return why
		}
		// As many as the schemes' check characters are different.
		for _, x := range m[:10] {
			if q := pay(x, 2025, 35000); q.Why != OtherYear {
				t.Fatalf("%s: waits for %s", scheme, q.Why)
			}
			if a, b := reminded(x, 2025), reminded(x, 2026); a != HasPaid || b != HasPaid {
				t.Errorf("%s: reminded of 2025 %q, of 2026 %q, with the money in the queue", scheme, a, b)
			}
		}
		// A little money for one year does not keep the other from being asked for.
		if pay(m[10], 2025, 100); reminded(m[10], 2025) != HasPaid || reminded(m[10], 2026) != IsOwed {
			t.Errorf("%s: a part: %q, %q", scheme, reminded(m[10], 2025), reminded(m[10], 2026))
		}
		if _, err := w.books.Settle(len(w.books.Waiting), SettleReturned, "", "bank-said", 0, "2026-03-02"); err != nil {
			t.Fatal(err)
		}
		if reminded(m[10], 2025) != IsOwed {
			t.Errorf("%s: not reminded of what was sent back", scheme)
		}
		c := w.claimOf(m[11], 2025)
		if err := w.books.Enter(Entry{Do: DoRemind, Payload: c.Payload, Channel: "email"}, "2026-02-10"); err != nil {
			t.Fatal(err)
		}
		if pay(m[11], 2025, c.Amount); c.Left() != 0 {
			t.Errorf("%s: what a reminder asked her for waits: %+v", scheme, w.books.Waiting[len(w.books.Waiting)-1])
		}
	}
}
