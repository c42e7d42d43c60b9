package bankfile

import (
	"errors"
	"fmt"

	"github.com/medlem-register/medlem/internal/register"
)

// Betalingsservice is a delivery 0601, section 0112, to the Danish Betalingsservice: claims
// on payers with a mandate, and payment forms to those without. Layout: Nets,
// "Betalingsservice og indbetalingskort, vejledning for dataleverandører", delivery 0601,
// January 2012, as a free program writes it; we have seen the manual's table of contents
// and not its tables. A test delivery must be accepted before it is used.
type Betalingsservice struct {
	Supplier string       // 8 digits: the CVR number of who delivers
	System   string       // 3 characters, "BS1"
	Serial   string       // at most 10 digits, never the same twice
	Creditor string       // 8 digits: our number with Betalingsservice
	Group    string       // at most 5 digits: the debtor group
	User     string       // at most 15 characters: our name with the supplier
	Bank     string       // at most 4 digits: the bank's registration number
	Account  string       // at most 10 digits: ours
	Headline string       // at most 60 characters, above each claim
	Day      register.Day // when the file is written
}

// A BetalingsserviceClaim is one claim. The format has the payer's name and address in it.
type BetalingsserviceClaim struct {
	Customer  string // at most 15 digits: the number that we gave the payer
	Mandate   string // 9 digits; "" where Betalingsservice shall find it
	Day       register.Day
	Amount    int64    // øre
	Reference string   // at most 30 characters, comes back with the payment
	Text      []string // lines of 60 characters
	Name      string   // at most 35 characters
	Address   []string // at most 4 lines of 35 characters
	PostCode  string   // 4 digits
}

const betalingsserviceLines = 99_999 // of text: the width of their number

// Write makes the delivery, in ISO 8859-1 with CR LF.
func (b Betalingsservice) Write(claims []BetalingsserviceClaim) ([]byte, error) {
	if len(claims) == 0 || len(claims) > LinesLimit {
		return nil, errors.New("write bank file: nothing to write, or too much")
	}
	w := &writer{width: 128}
	supplier, creditor, group := w.exact("supplier", b.Supplier, 8), w.exact("creditor", b.Creditor, 8), w.digits("debtor group", b.Group, 5)
	w.add("BS002", supplier, w.text("system", b.System, 3), "0601", w.digits("serial", b.Serial, 10), blanks(19), w.day("day of the file", b.Day, ddmmyy))
	w.add("BS012", creditor, "0112", blanks(5), group, w.text("user", b.User, 15), blanks(4), w.day("day of the file", b.Day, ddmmyyyy),
		w.digits("bank", b.Bank, 4), w.digits("account", b.Account, 10), w.text("headline", b.Headline, 60))
	var sum int64
	var names, texts int
	for i, c := range claims {
		what := fmt.Sprintf("claim %d", i+1)
		if c.Mandate == "" {
			c.Mandate = zeros(9)
		}
		who := group + w.digits(what+", customer", c.Customer, 15) + w.exact(what+", mandate", c.Mandate, 9)
		if len(c.Address) > 4 || len(c.Text) > betalingsserviceLines {
			w.fail("%s: too many lines", what)
		}
		line := 0
		for _, s := range append([]string{c.Name}, c.Address...) {
			line++
			w.add("BS022", creditor, "0240", number(line, 5), who, w.text(what+", name or address", s, 35))
		}
		w.add("BS022", creditor, "0240", number(9, 5), who, blanks(15), w.exact(what+", post code", c.PostCode, 4), "DK ")
		names += line + 1
		w.add("BS042", creditor, "0280", zeros(5), who, w.day(what, c.Day, ddmmyyyy), "1", w.amount(what, c.Amount, 13), w.text(what+", reference", c.Reference, 30), "00")
		sum += c.Amount
		for l, s := range c.Text {
			w.add("BS052", creditor, "0241", number(l+1, 5), who, " ", w.text(what+", text", s, 60))
		}
		texts += len(c.Text)
	}
	w.add("BS092", creditor, "0112", zeros(5), group, blanks(4), number(len(claims), 11), number(sum, 15), number(texts, 11), blanks(15), number(names, 11))
	w.add("BS992", supplier, w.text("system", b.System, 3), "0601", number(1, 11), number(len(claims), 11), number(sum, 15), number(texts, 11), zeros(15), number(names, 11), zeros(34))
	return w.bytes()
}
