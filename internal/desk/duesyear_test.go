package desk_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/dues/duestest"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/slow"
)

// duesYear is what the test itself knows of a year: what was paid, and who left.
type duesYear struct {
	*office
	money   country
	r       *rand.Rand
	ids     []register.RecordID
	payload map[register.RecordID]string
	owes    map[register.RecordID]int64
	paid    int64
	stray   int64
	gone    map[register.RecordID]bool
	number  int
}

// country is how payments are told of and known where an organisation is.
type country struct {
	name, currency string
	scheme         reference.Scheme
	file           func(register.Day, ...duestest.Payment) []byte
}

var countries = []country{
	{"Norway", "NOK", reference.KIDMod10, duestest.OCR},
	{"Sweden", "SEK", reference.OCR3, duestest.BgMax},
	{"Denmark", "DKK", reference.FIK71, func(day register.Day, ps ...duestest.Payment) []byte { return duestest.Camt("DKK", day, ps...) }},
	{"with RF", "NOK", reference.RF, func(day register.Day, ps ...duestest.Payment) []byte { return duestest.Camt("NOK", day, ps...) }},
}

// A year through the register, with each country's references and bank's files: claims,
// payments, reminders, people who leave, die and are erased. After each file of the bank
// the books and the records say what the test's own bookkeeping does, and nobody who paid
// or left is reminded.
func TestDuesYear(t *testing.T) {
	for i, c := range countries {
		t.Run(c.name, func(t *testing.T) {
			y := &duesYear{office: duesOffice(t), money: c, r: rand.New(rand.NewPCG(uint64(i), 2026)), payload: map[register.RecordID]string{}, owes: map[register.RecordID]int64{}, gone: map[register.RecordID]bool{}}
			if text := strings.NewReplacer("NOK", c.currency, "kid-mod10", string(c.scheme)).Replace(duesPolicy); text != duesPolicy {
				y.put("dues.yaml", text)
			}
			y.join("rut", "national", "secretariat")
			n := slow.Number(12, 40, 400)
			y.ids = append(y.crowd("asker", n/2), y.crowd("karasjok", n-n/2)...)
			y.claims()
			for range slow.Number(1, 9, 9) {
				y.now = y.now.AddDate(0, 0, 31)
				y.leaves()
				y.pays(n / 3)
				y.compare()
				y.now = y.now.AddDate(0, 0, 1)
				y.pays(n / 6)
				y.reminds()
				y.compare()
			}
		})
	}
}

// ref is the payment reference of a claim.
func (y *duesYear) ref(payload string) string {
	s, err := y.money.scheme.Make(payload)
	if err != nil {
		y.t.Fatal(err)
	}
	return s
}

func (y *duesYear) claims() {
	y.t.Helper()
	c := y.claim("sec", 2026)
	for i, m := range c.Of {
		y.payload[m.ID], y.owes[m.ID] = c.Claims[i].Payload, c.Claims[i].Amount
	}
	if len(c.Claims) != len(y.ids) {
		y.t.Fatalf("%d claims for %d members", len(c.Claims), len(y.ids))
	}
}

// leaves ends two memberships: one that is kept, and one that is erased at once.
func (y *duesYear) leaves() {
	y.t.Helper()
	for i := range 2 {
		id := y.ids[y.r.IntN(len(y.ids))]
		if y.gone[id] {
			continue
		}
		y.gone[id] = true
		reason := []string{"left", "died"}[i]
		y.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, id, reason, i == 1); return err })
		if i == 1 {
			y.do("sec", func(d *desk.Desk) error { _, err := d.Erase(ctx, []register.RecordID{id}); return err })
		}
	}
}

// pays books a file in which some pay: in full, in part, too much, twice, with no
// reference. It is booked at one desk or the other, and never twice.
func (y *duesYear) pays(n int) {
	y.t.Helper()
	day := register.DayOf(y.now).Add(-1)
	var ps []duestest.Payment
	for range n {
		id := y.ids[y.r.IntN(len(y.ids))]
		y.number++
		p := duestest.Payment{KID: y.ref(y.payload[id]), Amount: 35000, Number: y.number}
		switch y.r.IntN(6) {
		case 0:
			p.Amount = 20000
		case 1:
			p.KID = ""
		}
		ps = append(ps, p)
		fits := min(p.Amount, y.owes[id])
		if p.KID == "" || y.gone[id] {
			fits = 0
		}
		y.owes[id] -= fits
		y.paid += fits
		y.stray += p.Amount - fits
	}
	file := y.money.file(day, ps...)
	who := []string{"sec", "rut"}[y.r.IntN(2)]
	if _, err := y.bookFile(who, file); err != nil {
		y.t.Fatal(err)
	}
	for _, who := range []string{"sec", "rut"} {
		if _, err := y.bookFile(who, file); !errors.Is(err, dues.ErrBooked) {
			y.t.Errorf("booked again by %s: %v", who, err)
		}
	}
}

func (y *duesYear) reminds() {
	y.t.Helper()
	err := y.as("sec", func(d *desk.Desk) error {
		r, err := d.RemindDues(ctx, "")
		if err != nil {
			return err
		}
		for i, m := range r.Of {
			if y.gone[m.ID] || y.owes[m.ID] == 0 {
				y.t.Errorf("reminded by %s: left %v, owes %d", r.Channels[i], y.gone[m.ID], y.owes[m.ID])
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, desk.ErrNothing) {
		y.t.Fatal(err)
	}
}

// compare holds the books and every record to the test's own.
func (y *duesYear) compare() {
	y.t.Helper()
	y.books(func(x *desk.Dues) {
		var owed int64
		for id, n := range y.owes {
			if !y.gone[id] {
				owed += n
			}
		}
		s := x.Sums()
		if s.Paid != y.paid || s.Waits != y.stray || s.Claimed != s.Paid+s.Open+s.Cancelled {
			y.t.Errorf("%s: %+v; want %d paid, %d waiting", y.now.Format(time.DateOnly), s, y.paid, y.stray)
		}
		for _, m := range x.Members {
			for _, l := range m.Lines {
				want := map[bool]string{true: record.Paid, false: record.Open}[y.owes[m.ID] == 0]
				if y.owes[m.ID] > 0 && y.owes[m.ID] < 35000 {
					want = record.Part
				}
				if !m.Left && l.State != want {
					y.t.Errorf("a record says %s of a claim on which %d is owed", l.State, y.owes[m.ID])
				}
			}
		}
		if open := s.Open; open < owed {
			y.t.Errorf("%d open in the books, %d is owed", open, owed)
		}
	})
}
