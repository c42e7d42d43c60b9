package dues

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/dues/duestest"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/slow"
)

// own is a bookkeeping of the test's own: what each claim should have come to, kept by
// the money that the test itself made, and by nothing of the package.
type own struct {
	owed   map[*Claim]int64 // still
	paid   map[*Claim]int64
	strays int64 // money that belongs to no claim
	gone   map[*Member]bool
	paidOn map[*Member]register.Day
}

// A year of 20,000 members: claims in January and for those who join later, payments of
// every kind, reminders every other month, people who leave or die, money that comes back.
// Every day the books say what the test's own bookkeeping says; nobody is reminded who has
// paid, or left, or died; nobody has more than the policy's reminders.
//
// What is paid comes in the files of each country's banks, and is told by its references.
func TestYear(t *testing.T) {
	for i, c := range []country{
		{"Norway", "NOK", "kid-mod10", duestest.OCR},
		{"Sweden", "SEK", "ocr-3", duestest.BgMax},
		{"Denmark", "DKK", "fik-71", func(day register.Day, ps ...duestest.Payment) []byte { return duestest.Camt("DKK", day, ps...) }},
		{"with RF", "NOK", "rf", func(day register.Day, ps ...duestest.Payment) []byte { return duestest.Camt("NOK", day, ps...) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			members := 20_000
			if i > 0 {
				members = slow.Number(1_000, 20_000, 20_000)
			}
			aYear(t, c, members)
		})
	}
}

// country is how payments are told of and known where an organisation is.
type country struct {
	name, currency, scheme string
	file                   func(register.Day, ...duestest.Payment) []byte
}

func aYear(t *testing.T, money country, members int) {
	const year = 2026
	w := newWorld(t, "currency: NOK → currency: "+money.currency, "scheme: kid-mod10 → scheme: "+money.scheme)
	r := rand.New(rand.NewPCG(2026, 7))
	w.join("2015-04-01", members)
	o := &own{owed: map[*Claim]int64{}, paid: map[*Claim]int64{}, gone: map[*Member]bool{}, paidOn: map[*Member]register.Day{}}
	var open []*Claim
	claim := func(day register.Day) {
		before := len(w.books.Order)
		w.claim(year, day)
		for _, c := range w.books.Order[before:] {
			m := w.has[c.Payload]
			want := int64(35000)
			switch age := yearsOld(m, day); {
			case age < 26:
				want = 10000
			case m.Joined() >= "2026-07-01":
				want = 20000
			}
			if c.Amount != want {
				t.Fatalf("%s claims %d of somebody who joined %s, want %d", day, c.Amount, m.Joined(), want)
			}
			o.owed[c] = want
			open = append(open, c)
		}
	}
	reminded := map[*Member]int{}
	channels := map[string]int{}
	for at := time.Date(year, 1, 2, 0, 0, 0, 0, time.UTC); at.Year() == year; at = at.AddDate(0, 0, 1) {
		day := register.DayOf(at)
		if at.YearDay() == 3 {
			claim(day)
			if n := w.claim(year, day); n != 0 {
				t.Fatalf("claimed twice: %d", n)
			}
		}
		if at.Weekday() == time.Monday && at.YearDay() > 10 {
			w.join(day, 20)
			claim(day.Add(0))
		}
		leave(w, o, r, 3, day)
		pay(w, o, r, &open, day, money)
		if at.Day() == 15 && at.Month()%2 == 1 || at.Day() == 28 && at.Month() == 12 {
			remind(t, w, o, day, reminded, channels)
		}
		var owed, paid int64
		for c, n := range o.owed {
			owed, paid = owed+n, paid+o.paid[c]
		}
		s := w.books.Sums()
		if s.Open != owed || s.Paid != paid || s.Waits != o.strays {
			t.Fatalf("%s: the books have %d open, %d paid, %d waiting; want %d, %d, %d", day, s.Open, s.Paid, s.Waits, owed, paid, o.strays)
		}
		if s.Claimed != s.Open+s.Paid+s.Cancelled {
			t.Fatalf("%s: %+v does not add up", day, s)
		}
	}
	if channels["email"] == 0 || channels["sms"] == 0 || channels["letter"] == 0 {
		t.Errorf("reminders by channel: %v", channels)
	}
	checkVouchers(t, w, year)

	// What was written, read again from its text alone, is the same books.
	var texts []Text
	for _, f := range w.books.Files {
		text, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(text)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, Text{again, text})
	}
	b, err := Open(texts)
	if err != nil {
		t.Fatal(err)
	}
	if b.Sums() != w.books.Sums() || len(b.Order) != len(w.books.Order) {
		t.Errorf("read again: %+v, were %+v", b.Sums(), w.books.Sums())
	}
}

func yearsOld(m *Member, day register.Day) int {
	born, _ := register.ParseDay(m.Fields["born"].String())
	b, d := born.Time(), day.Time()
	if d.Month() < b.Month() || d.Month() == b.Month() && d.Day() < b.Day() {
		return d.Year() - b.Year() - 1
	}
	return d.Year() - b.Year()
}

// leave lets some leave or die, and cancels what they owe.
func leave(w *world, o *own, r *rand.Rand, n int, day register.Day) {
	var es []Entry
	for range n {
		m := w.members[r.IntN(len(w.members))]
		if m.Left {
			continue
		}
		m.Left, o.gone[m] = true, true
		for _, l := range m.Lines {
			c := w.books.Claims[l.Payload]
			if c.Left() == 0 {
				continue
			}
			e := Entry{Do: DoCancel, Payload: c.Payload, Why: WhyLeft}
			if err := w.books.Enter(e, day); err != nil {
				w.t.Fatal(err)
			}
			o.owed[c] = 0
			es = append(es, e)
		}
	}
	if len(es) > 0 {
		w.write(day, es)
	}
}

// pay makes the day's file of the bank: in full, in part, too much, twice, with no
// reference, and last what is taken back.
func pay(w *world, o *own, r *rand.Rand, open *[]*Claim, day register.Day, money country) {
	w.t.Helper()
	type paying struct {
		duestest.Payment
		of *Claim
	}
	var all []paying
	for range min(80, len(*open)) {
		c := (*open)[r.IntN(len(*open))]
		ref, err := w.rules.Scheme.Make(c.Payload)
		if err != nil {
			w.t.Fatal(err)
		}
		w.digests++
		p := paying{duestest.Payment{KID: ref, Amount: c.Amount, Number: w.digests}, c}
		switch r.IntN(20) {
		case 0:
			p.Amount = c.Amount / 2
		case 1:
			p.Amount = c.Amount + 5000
		case 2:
			p.KID = ""
		case 3:
			p.Reversal = true
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b paying) int {
		switch {
		case a.Reversal == b.Reversal:
			return 0
		case a.Reversal:
			return 1
		}
		return -1
	})
	var ps []duestest.Payment
	for _, p := range all {
		c := p.of
		switch {
		case p.KID == "":
			o.strays += p.Amount
		case p.Reversal && o.paid[c] >= p.Amount:
			o.paid[c] -= p.Amount
			if c.Gone == "" {
				o.owed[c] += p.Amount
			}
			delete(o.paidOn, w.has[c.Payload])
		case p.Reversal:
			o.strays -= p.Amount
		case c.Gone != "" || o.gone[w.has[c.Payload]]:
			o.strays += p.Amount
		default:
			fits := min(p.Amount, o.owed[c])
			o.paid[c] += fits
			o.owed[c] -= fits
			o.strays += p.Amount - fits
			if o.owed[c] == 0 {
				o.paidOn[w.has[c.Payload]] = day
			}
		}
		ps = append(ps, p.Payment)
	}
	if len(ps) == 0 {
		return
	}
	f, err := bankfile.Read(money.file(day, ps...))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.book(day, f); err != nil {
		w.t.Fatal(err)
	}
}

// remind reminds everybody who is to be, and looks at who was.
func remind(t *testing.T, w *world, o *own, day register.Day, n map[*Member]int, channels map[string]int) {
	t.Helper()
	var es []Entry
	owing := 0
	for _, c := range w.books.Order {
		m := w.has[c.Payload]
		if o.owed[c] > 0 && c.Due < day && !m.Left {
			owing++
		}
		channel, why := w.books.Remind(w.rules, c, m, day)
		if why != IsOwed {
			continue
		}
		if o.gone[m] || o.paidOn[m] != "" || o.owed[c] == 0 {
			t.Fatalf("%s: somebody is reminded who paid on %q, left: %v, owes %d", day, o.paidOn[m], o.gone[m], o.owed[c])
		}
		if n[m]++; n[m] > w.rules.Dues.Reminders.Max {
			t.Fatalf("%s: reminded %d times in a year", day, n[m])
		}
		channels[channel]++
		e := Entry{Do: DoRemind, Payload: c.Payload, Channel: channel}
		if err := w.books.Enter(e, day); err != nil {
			t.Fatal(err)
		}
		es = append(es, e)
	}
	if owing > 0 && len(es) == 0 && day < "2026-10-01" {
		t.Fatalf("%s: %d owe and nobody is reminded", day, owing)
	}
	if len(es) > 0 {
		w.write(day, es)
	}
}

// checkVouchers compares the bookkeeping's accounts with the books.
func checkVouchers(t *testing.T, w *world, year int) {
	t.Helper()
	sums := map[string]int64{}
	for _, v := range w.books.Vouchers(year) {
		if v.Amount <= 0 || v.Debit == v.Credit {
			t.Errorf("voucher %+v", v)
		}
		sums[v.Debit] += v.Amount
		sums[v.Credit] -= v.Amount
	}
	s := w.books.Sums()
	for account, want := range map[string]int64{Receivable: s.Open - s.Waits, Income: -s.Claimed, Bank: s.Paid + s.Waits, Losses: s.Cancelled} {
		if sums[account] != want {
			t.Errorf("the account %s comes to %d, want %d", account, sums[account], want)
		}
	}
}

// N15, N16: at most as many reminders in a calendar year as the policy has, none after a
// payment or an exit, each in the first channel that she has and in which she is reached;
// who had fewer than the least is told at the end of the year.
func TestN15RemindersN16Channels(t *testing.T) {
	w := newWorld(t)
	m := w.join("2015-01-01", 3)
	w.claim(2026, "2026-01-03")
	c := w.claimOf(m[0], 2026)
	say := func(day register.Day) (string, Unreminded) {
		ch, why := w.books.Remind(w.rules, c, m[0], day)
		if why == IsOwed {
			e := Entry{Do: DoRemind, Payload: c.Payload, Channel: ch}
			if err := w.books.Enter(e, day); err != nil {
				t.Fatal(err)
			}
		}
		return ch, why
	}
	for day, want := range map[register.Day]Unreminded{"2026-01-20": NotDue} {
		if _, why := say(day); why != want {
			t.Errorf("%s: %s", day, why)
		}
	}
	for i, day := range []register.Day{"2026-03-01", "2026-05-01", "2026-07-01"} {
		if ch, why := say(day); why != IsOwed || ch != "email" {
			t.Errorf("reminder %d: %s %s", i, ch, why)
		}
		if _, why := say(day); why != JustNow {
			t.Errorf("again the same day: %q", why)
		}
	}
	if got := w.books.Fewer(w.rules.Policy, w.members, 2026); len(got) != 3 {
		t.Errorf("%d had fewer than four, want all three", len(got))
	}
	m[0].Fields[record.Bounced] = record.Bounce(record.Value{}, "email", "2026-08-01")
	m[0].Fields["phone"] = record.Text("+47 400 00 001")
	if ch, _ := say("2026-09-01"); ch != "sms" {
		t.Errorf("by %q where e-mail came back, want sms", ch)
	}
	if got := w.books.Fewer(w.rules.Policy, w.members, 2026); len(got) != 2 {
		t.Errorf("%d had fewer than four, want two", len(got))
	}
	say("2026-10-01")
	if _, why := say("2026-12-01"); why != Enough {
		t.Errorf("a sixth: %q", why)
	}
	if ch, why := say("2027-01-10"); why != IsOwed || ch != "sms" {
		t.Errorf("in the next year: %s %q", ch, why)
	}
	if ch, _ := w.books.Remind(w.rules, w.claimOf(m[1], 2026), m[1], "2026-03-01"); ch != "sms" {
		t.Errorf("without e-mail by %q", ch)
	}
	if ch, _ := w.books.Remind(w.rules, w.claimOf(m[2], 2026), m[2], "2026-03-01"); ch != "letter" {
		t.Errorf("without either by %q", ch)
	}
	m[1].Left = true
	if _, why := w.books.Remind(w.rules, w.claimOf(m[1], 2026), m[1], "2026-03-01"); why != MemberLeft {
		t.Errorf("somebody who left: %q", why)
	}
	if _, err := w.book("2027-02-01", w.file("2027-02-01", w.pays(c, c.Amount, bankfile.Bank))); err != nil {
		t.Fatal(err)
	}
	if _, why := say("2027-03-01"); why != NotOwed {
		t.Errorf("after the payment: %q", why)
	}
}

// N24: after two unpaid years, by either clock; paid one day before, not.
func TestN24Lapse(t *testing.T) {
	w := newWorld(t)
	m := w.join("2015-01-01", 2)
	w.claim(2024, "2024-01-03") // due on 2024-02-02
	w.claim(2025, "2025-01-03") // due on 2025-02-02
	both := func(day register.Day, claims, dueDate bool) {
		t.Helper()
		for clock, want := range map[string]bool{policy.ClockClaims: claims, policy.ClockDueDate: dueDate} {
			got := w.books.Lapsed(policy.Lapse{UnpaidYears: 2, Clock: clock}, m[0], day) != nil
			if got != want {
				t.Errorf("%s, clock %s: lapsed is %v", day, clock, got)
			}
		}
	}
	both("2025-02-02", false, false)
	both("2025-02-03", true, false)
	both("2026-02-02", true, false)
	both("2026-02-03", true, true)
	if w.books.Lapsed(policy.Lapse{}, m[0], "2030-01-01") != nil {
		t.Error("lapsed by a policy that never does")
	}
	c := w.claimOf(m[0], 2025)
	if _, err := w.book("2025-02-02", w.file("2025-02-02", w.pays(c, c.Amount, bankfile.Bank))); err != nil {
		t.Fatal(err)
	}
	both("2025-02-03", false, false) // paid one day before
	if w.books.Lapsed(policy.Lapse{UnpaidYears: 2, Clock: policy.ClockClaims}, m[1], "2025-02-03") == nil {
		t.Error("the other, who paid nothing, has not lapsed")
	}
	m[1].Left = true
	if w.books.Lapsed(policy.Lapse{UnpaidYears: 2, Clock: policy.ClockClaims}, m[1], "2025-02-03") != nil {
		t.Error("somebody who left lapses")
	}
}

// N13, N14: one claim for each active member; new members within the policy's days.
func TestN13ClaimsN14NewMembers(t *testing.T) {
	w := newWorld(t)
	m := w.join("2015-01-01", 3)
	m[2].Left = true
	if n := w.claim(2026, "2026-01-03"); n != 2 {
		t.Errorf("%d claims, want 2", n)
	}
	if n := w.claim(2026, "2026-01-09"); n != 0 {
		t.Errorf("a second run made %d", n)
	}
	fresh := w.join("2026-03-01", 1)[0]
	for day, want := range map[register.Day]bool{"2026-03-06": false, "2026-03-07": true, "2027-06-01": false} {
		if got := w.rules.Late(fresh, day); got != want {
			t.Errorf("%s: the claim of who joined on 2026-03-01 is late: %v", day, got)
		}
	}
	w.claim(2026, "2026-03-02")
	if w.rules.Late(fresh, "2026-03-20") || w.claimOf(fresh, 2026).Kind != record.Join {
		t.Errorf("claimed, and late still; or no first claim: %s", w.claimOf(fresh, 2026).Kind)
	}
	if w.rules.Late(m[0], "2026-03-20") {
		t.Error("an old member is late")
	}
}
