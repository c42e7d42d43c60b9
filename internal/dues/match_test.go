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
		"a sum of several": {func() bankfile.Payment {
			p := w.pays(w.claimOf(old[3], 2026), 35000, bankfile.Bank)
			p.Lump = true
			return p
		}, SumOfSeveral},
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
