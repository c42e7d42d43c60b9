package bankfile

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// AvtaleGiro is a shipment of claims, or of their cancellations, to Nets: Norwegian direct
// debit. Layout: Nets, "AvtaleGiro systemspesifikasjon" v. 3.3 of 2016, chapter 2.
type AvtaleGiro struct {
	Sender     string // 8 digits: the customer's id with Nets
	Shipment   string // 7 digits, never the same twice
	Assignment string // 7 digits, not used for the account within 12 months and a day
	Account    string // 11 digits: ours
	Cancel     bool   // the claims are taken back

	Day register.Day // when the file is written
}

// An AvtaleGiroClaim is one amount to be drawn. Nets needs the KID and the amount alone:
// Name and Reference may be empty, and leaving them so tells it nothing more.
type AvtaleGiroClaim struct {
	KID       string
	Due       register.Day // at most avtaleGiroAhead after the file's day
	Amount    int64        // øre
	Name      string       // at most 10 characters
	Reference string       // at most 25 characters, shown to the payer

	// Whether her bank tells the payer of the claim. Where it does not, we do, in the time
	// that the agreement has.
	BankNotifies bool
	Notice       []string // what the bank then says: at most 42 lines of 80 characters
}

// AvtaleGiroLimit is how many claims a shipment may hold, as its counters are cut.
const AvtaleGiroLimit = 9_999_999

// avtaleGiroAhead is how many months ahead a claim may be due, by the same chapter.
const avtaleGiroAhead = 12

// Write makes the file of claims, in ISO 8859-1 with CR LF.
func (a AvtaleGiro) Write(claims []AvtaleGiroClaim) ([]byte, error) {
	if len(claims) == 0 || len(claims) > AvtaleGiroLimit {
		return nil, fmt.Errorf("write bank file: %d claims: want 1 to %d", len(claims), AvtaleGiroLimit)
	}
	if _, err := register.ParseDay(string(a.Day)); err != nil {
		return nil, fmt.Errorf("write bank file: the day on which it is written: %w", err)
	}
	w := &writer{width: 80}
	kind := "00"
	if a.Cancel {
		kind = "36"
	}
	w.add("NY000010", w.exact("sender", a.Sender, 8), w.exact("shipment", a.Shipment, 7), "00008080", zeros(49))
	w.add("NY21", kind, "20", zeros(9), w.exact("assignment", a.Assignment, 7), w.exact("account", a.Account, 11), zeros(45))
	var sum int64
	var due days
	for i, c := range claims {
		sum += c.Amount
		due.add(c.Due)
		a.claim(w, c, i+1)
	}
	first, last := w.day("due day", due.first, ddmmyy), w.day("due day", due.last, ddmmyy)
	w.add("NY21", kind, "88", number(len(claims), 8), number(len(w.lines), 8), number(sum, 17), first, last, zeros(27))
	w.add("NY000089", number(len(claims), 8), number(len(w.lines)+1, 8), number(sum, 17), first, zeros(33))
	return w.bytes()
}

func (a AvtaleGiro) claim(w *writer, c AvtaleGiroClaim, i int) {
	kind := "02"
	switch {
	case a.Cancel:
		kind = "93"
	case c.BankNotifies:
		kind = "21"
	}
	what := fmt.Sprintf("claim %d", i)
	if last := a.Day.AddMonths(avtaleGiroAhead); c.Due > last {
		w.fail("%s: due on %s, more than %d months ahead: want a day until %s", what, c.Due, avtaleGiroAhead, last)
	}
	n := number(i, 7)
	if len(c.KID) < 2 || len(c.KID) > 25 || !allDigits(strings.TrimSuffix(c.KID, "-")) {
		w.fail("%s: a malformed KID", what)
	}
	w.add("NY21", kind, "30", n, w.day(what, c.Due, ddmmyy), blanks(11), w.amount(what, c.Amount, 17), w.right(what, c.KID, 25), zeros(6))
	w.add("NY21", kind, "31", n, w.text(what, c.Name, 10), blanks(25), w.text(what, c.Reference, 25), zeros(5))
	if kind != "21" {
		return
	}
	if len(c.Notice) > 42 {
		w.fail("%s: more than 42 lines of notice", what)
	}
	for l, text := range c.Notice {
		text = w.text(what, text, 80)
		for column, part := range []string{text[:40], text[40:]} {
			if strings.TrimSpace(part) != "" { // an empty one must not be sent
				w.add("NY212149", n, "4", number(l+1, 3), number(column+1, 1), part, zeros(20))
			}
		}
	}
}
