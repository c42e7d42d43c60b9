package bankfile

import (
	"errors"
	"fmt"

	"github.com/medlem-register/medlem/internal/register"
)

// Autogiro is a file to Bankgirot: Swedish direct debit. Layout: Bankgirot, "Autogiro
// Technical Manual" of 2016 and 2019, chapter 7. A file has one kind of content.
type Autogiro struct {
	Customer string       // 6 digits: the customer number with Bankgirot
	Bankgiro string       // ours, without a hyphen
	Day      register.Day // when the file is written
}

// An AutogiroPayment is one amount to be drawn.
type AutogiroPayment struct {
	Payer     string       // at most 16 digits: the payer's number, which we gave her mandate
	Day       register.Day // "": as soon as can be
	Amount    int64        // öre
	Reference string       // at most 16 characters, comes back with the payment
}

// Payments makes a file of amounts to be drawn (TK82), each once.
func (a Autogiro) Payments(payments []AutogiroPayment) ([]byte, error) {
	w, err := a.begin(len(payments))
	if err != nil {
		return nil, err
	}
	for i, p := range payments {
		what := fmt.Sprintf("payment %d", i+1)
		day := "GENAST  "
		if p.Day != "" {
			day = w.day(what, p.Day, yyyymmdd)
		}
		w.add("82", day, "0", blanks(4), w.digits(what, p.Payer, 16), w.amount(what, p.Amount, 12), w.digits("bankgiro", a.Bankgiro, 10), w.text(what, p.Reference, 16))
	}
	return w.bytes()
}

// Cancel makes a file that takes back one amount for each payment that was asked for
// (TK25). A payment asked for "as soon as can be" cannot be taken back.
func (a Autogiro) Cancel(payments []AutogiroPayment) ([]byte, error) {
	w, err := a.begin(len(payments))
	if err != nil {
		return nil, err
	}
	for i, p := range payments {
		what := fmt.Sprintf("payment %d", i+1)
		w.add("25", w.digits("bankgiro", a.Bankgiro, 10), w.digits(what, p.Payer, 16), w.day(what, p.Day, yyyymmdd), w.amount(what, p.Amount, 12), "82", blanks(8), w.text(what, p.Reference, 16))
	}
	return w.bytes()
}

// An AutogiroMandate is what we tell Bankgirot of a mandate.
type AutogiroMandate struct {
	Payer string // at most 16 digits
	Order AutogiroOrder

	// For Register alone: whom Bankgirot shall ask. They are in no other file of ours.
	Account string // clearing number and account, at most 16 digits
	ID      string // 12 digits: personal number, or 00 and an organisation's number
}

// AutogiroOrder is what shall become of a mandate.
type AutogiroOrder string

const (
	AutogiroRegister AutogiroOrder = "register" // one that came on paper (TK04)
	AutogiroAccept   AutogiroOrder = "accept"   // one that came from the payer's bank (TK04)
	AutogiroReject   AutogiroOrder = "reject"   // the same, and we do not want it (TK04, AV)
	AutogiroEnd      AutogiroOrder = "end"      // she left (TK03)
)

// Mandates makes a file about mandates.
func (a Autogiro) Mandates(mandates []AutogiroMandate) ([]byte, error) {
	w, err := a.begin(len(mandates))
	if err != nil {
		return nil, err
	}
	for i, m := range mandates {
		what := fmt.Sprintf("mandate %d", i+1)
		head := w.digits("bankgiro", a.Bankgiro, 10) + w.digits(what, m.Payer, 16)
		switch m.Order {
		case AutogiroEnd:
			w.add("03", head)
		case AutogiroAccept:
			w.add("04", head)
		case AutogiroReject:
			w.add("04", head, blanks(48), "AV")
		case AutogiroRegister:
			w.add("04", head, w.digits(what+", account", m.Account, 16), w.exact(what+", personal number", m.ID, 12))
		default:
			w.fail("%s: an unknown order", what)
		}
	}
	return w.bytes()
}

func (a Autogiro) begin(n int) (*writer, error) {
	if n == 0 || n > LinesLimit {
		return nil, errors.New("write bank file: nothing to write, or too much")
	}
	w := &writer{width: 80}
	w.add("01", w.day("day of the file", a.Day, yyyymmdd), "AUTOGIRO", blanks(44), w.exact("customer number", a.Customer, 6), w.digits("bankgiro", a.Bankgiro, 10))
	return w, nil
}
