package dues

import (
	"testing"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
	"github.com/medlem-register/medlem/internal/register"
)

// asks notes that a claim was asked of the bank.
func (w *world) asks(c *Claim, day register.Day) {
	w.t.Helper()
	e := Entry{Do: DoDebit, Payload: c.Payload}
	if err := w.books.Enter(e, day); err != nil {
		w.t.Fatal(err)
	}
	w.write(day, []Entry{e})
}

// N21: what the bank pays under the reference of a mandate, which is that of the claim by
// which it was made, is for the one claim that was asked of the bank. Where that may be
// more than one it waits, and what she pays by hand is as any other payment.
func TestN21UnderTheMandate(t *testing.T) {
	w := newWorld(t)
	m := w.join("2010-01-01", 4)
	w.claim(2026, "2026-01-03")
	for _, x := range m {
		c := w.claimOf(x, 2026)
		w.asks(c, "2026-01-04")
		if x == m[1] {
			continue // the bank did not pay
		}
		p := w.pays(c, c.Amount, bankfile.DirectDebit)
		p.Mandate = true
		if b, err := w.book("2026-01-20", w.file("2026-01-19", p)); err != nil || b.Paid != 1 {
			t.Fatalf("the first year: %+v, %v", b, err)
		}
	}
	w.claim(2027, "2027-01-03")
	for _, x := range m[:3] {
		w.asks(w.claimOf(x, 2027), "2027-01-04")
	}
	for name, c := range map[string]struct {
		member *Member
		means  bankfile.Means
		waits  string // "": it is booked for the claim of 2027
	}{
		"the second year":       {m[0], bankfile.DirectDebit, ""},
		"two that were asked":   {m[1], bankfile.DirectDebit, SeveralClaims},
		"by hand":               {m[2], bankfile.Bank, OtherYear},
		"not asked of the bank": {m[3], bankfile.DirectDebit, AlreadyPaid},
	} {
		p := w.pays(w.claimOf(c.member, 2026), 35000, c.means)
		p.Mandate = c.means == bankfile.DirectDebit
		waits := len(w.books.Waiting)
		b, err := w.book("2027-01-20", w.file("2027-01-19", p))
		if err != nil {
			t.Fatal(err)
		}
		if is := w.claimOf(c.member, 2027); c.waits == "" && (b.Paid != 1 || is.State() != record.Paid) {
			t.Errorf("%s: %+v, %s", name, b, is.State())
		}
		if c.waits != "" && (len(w.books.Waiting) != waits+1 || w.books.Waiting[waits].Why != c.waits) {
			t.Errorf("%s: waits for %+v, want %s", name, w.books.Waiting[waits:], c.waits)
		}
	}
	// With a reference of its own it is for that claim, of whichever year.
	old := w.claimOf(m[1], 2026)
	if b, err := w.book("2027-02-01", w.file("2027-01-31", w.pays(old, old.Amount, bankfile.DirectDebit))); err != nil || b.Paid != 1 {
		t.Errorf("an earlier year's that was asked: %+v, %v", b, err)
	}
	// Money that goes back under it is that of the one claim that it was paid for.
	back := w.pays(w.claimOf(m[2], 2026), 35000, bankfile.DirectDebit)
	back.Mandate, back.Reversal = true, true
	if b, err := w.book("2027-02-01", w.file("2027-01-31", back)); err != nil || b.Ours != -35000 || w.claimOf(m[2], 2026).Paid != 0 {
		t.Errorf("money back: %+v, %v", b, err)
	}
	both := w.pays(w.claimOf(m[0], 2026), 35000, bankfile.DirectDebit)
	both.Mandate, both.Reversal = true, true
	if b, err := w.book("2027-02-01", w.file("2027-01-31", both)); err != nil || b.Waits != 1 {
		t.Errorf("money back of one of two: %+v, %v", b, err)
	}
}

// The mandate's claim is gone with an older year's accounts: her record still has it.
func TestMandateOfAGoneYear(t *testing.T) {
	w := newWorld(t)
	m := w.join("2010-01-01", 1)[0]
	w.claim(2026, "2026-01-03")
	first := w.claimOf(m, 2026)
	w.claim(2032, "2032-01-03")
	w.asks(w.claimOf(m, 2032), "2032-01-04")
	p := w.pays(first, 35000, bankfile.DirectDebit)
	p.Mandate = true
	delete(w.books.Claims, first.Payload)
	if b, err := w.book("2032-02-01", w.file("2032-01-31", p)); err != nil || b.Paid != 1 {
		t.Errorf("%+v, %v", b, err)
	}
}

// A record has digits alone: a KID of modulus 11 that ends in "-" comes back whole.
func TestMandateReference(t *testing.T) {
	r := Rules{Scheme: reference.KIDMod11}
	for _, kid := range []string{"1000000006-", "10000000014"} {
		line := r.MandateLine(bankfile.Mandate{Kind: "avtalegiro", Day: "2026-11-20", Reference: kid})
		if _, ok := record.ParseMandate(line.String()); !ok || r.MandateReference(line) != kid {
			t.Errorf("%s: %q, %q", kid, line, r.MandateReference(line))
		}
	}
}

func TestElsewhere(t *testing.T) {
	for _, c := range []struct {
		ours, theirs string
		want         bool
	}{
		{"9999 10 42764", "99991042764", false}, {"9999 10 42764", "12345678911", true},
		{"NO25 9999 1042 764", "99991042764", false}, {"NO25 9999 1042 764", "12345678911", true},
		{"991-2346", "9912346", false}, {"991-2346", "0009912346", false}, {"991-2346", "SE3550000000054910000003", false},
		{"991-2346", "5050-1055", true}, {"SE3550000000054910000003", "SE3550000000054910000011", true}, {"85396410", "30000003963610", false},
		{"", "99991042764", false}, {"9999 10 42764", "", false},
	} {
		r := rulesOf(t)
		r.Dues.Account = c.ours
		if r.Elsewhere(c.theirs) != c.want {
			t.Errorf("%q and %q: %v", c.ours, c.theirs, !c.want)
		}
	}
}
