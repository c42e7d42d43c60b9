package bankfile

import (
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// readNets reads what Nets sends in its old format: payments with KID and mandates of
// AvtaleGiro. Layouts: "System specification OCR giro" of 2003 and "AvtaleGiro
// systemspesifikasjon" v. 3.3 of 2016, both from Nets.
func readNets(r *reading, b []byte) error {
	n := &nets{reading: r}
	if err := records(b, 80, n.record); err != nil {
		return err
	}
	if n.state != netsEnded {
		return &FileError{Msg: "the file has no end record (type 89): it is cut short"}
	}
	if r.Format == "" {
		r.Format = "ocr-giro" // no payments came that day
	}
	return nil
}

type netsState int

const (
	netsNew    netsState = iota // before the transmission's start record
	netsOpen                    // between assignments
	netsWithin                  // within an assignment
	netsEnded                   // after the end record
)

// counts are what the records of an assignment or a transmission add up to.
type counts struct {
	transactions, records, sum int64
	days                       days
}

type nets struct {
	*reading
	state        netsState
	service      string // of the assignment: 09 OCR giro, 21 AvtaleGiro
	account      string
	all, section counts
	due          string // the record that must come next: 31, 32 or ""
	typ, number  string // of the transaction that is being read
	payment      Payment
	marks        []string
}

const (
	serviceOCR        = "09"
	serviceAvtaleGiro = "21"
)

func (n *nets) record(r *record) error {
	if n.state == netsEnded {
		return r.fail(1, "a record after the end record: two files in one")
	}
	if !r.is(1, "NY") {
		return r.fail(1, "no record of Nets: it must begin with NY")
	}
	n.all.records++
	n.section.records++
	typ := r.str(7, 8)
	switch {
	case n.state == netsNew && typ != "10":
		return r.fail(7, "the first record must be of type 10")
	case n.due != "" && typ != n.due:
		return r.fail(7, "a record of type %s must come here: the transaction is not whole", n.due)
	}
	switch typ {
	case "10":
		if n.state != netsNew {
			return r.fail(7, "a second start record: two files in one")
		}
		n.state = netsOpen
	case "20":
		return n.start(r)
	case "30":
		return n.first(r)
	case "31":
		return n.second(r)
	case "32":
		if n.due == "" {
			return r.fail(7, "a third amount item without the first two")
		}
		n.whole(r)
		n.payment.Note = r.trim(16, 55)
		n.book()
	case "70":
		return n.mandate(r)
	case "88":
		return n.end(r)
	case "89":
		if n.state != netsOpen {
			return r.fail(7, "the transmission ends within an assignment")
		}
		n.state = netsEnded
		r.same(9, 16, n.all.transactions, "transactions")
		r.same(17, 24, n.all.records, "records")
		r.same(25, 41, n.all.sum, "as the sum")
	default:
		return r.fail(7, "a record of a type that is not known")
	}
	return nil
}

func (n *nets) start(r *record) error {
	if n.state != netsOpen {
		return r.fail(7, "an assignment begins within another")
	}
	n.service = r.str(3, 4)
	if n.service != serviceOCR && !(n.service == serviceAvtaleGiro && r.is(5, "24")) {
		return r.fail(3, "an assignment that is neither OCR giro nor mandates of AvtaleGiro")
	}
	n.account = r.digits(25, 35)
	n.reading.account(n.account)
	n.section = counts{records: 1}
	n.state = netsWithin
	return nil
}

// first reads amount item 1.
func (n *nets) first(r *record) error {
	if n.state != netsWithin || !r.is(3, serviceOCR) || n.service != serviceOCR {
		return r.fail(3, "an amount item outside of an OCR giro assignment")
	}
	n.typ, n.number, n.due = r.str(5, 6), r.digits(9, 15), "31"
	p := Payment{Line: r.line, Column: 1, Account: n.account, Currency: "NOK", Day: r.day(16, ddmmyy), Amount: r.amount(33, 49), References: references(r.trim(50, 74))}
	switch n.typ {
	case "10", "11", "12", "13", "14", "16":
		p.Means = Bank
	case "15":
		p.Means, p.Mandate = DirectDebit, true // AvtaleGiro: under the KID of the mandate
	case "17":
		p.Means = Cash
	case "18", "20":
		p.Means, p.Reversal = Card, true
	case "19", "21":
		p.Means = Card
	default:
		return r.fail(5, "a transaction of a type that is not known")
	}
	switch r.str(32, 32) {
	case "-":
		if !p.Reversal {
			r.fail(32, "a payment with a sign that only a reversal has")
		}
	case "0", " ":
	default:
		return r.fail(32, "a sign that is neither 0 nor -")
	}
	n.section.transactions++
	n.section.sum += p.Amount // a reversal counts up too
	n.section.days.add(p.Day)
	// Centre, day, partial settlement and serial number, which Nets gives. The transaction's
	// number is only its place in this file.
	n.payment, n.marks = p, []string{"ocr-giro", n.typ, r.digits(22, 31)}
	return nil
}

// second reads amount item 2.
func (n *nets) second(r *record) error {
	if n.due == "" {
		return r.fail(7, "a second amount item without the first")
	}
	n.whole(r)
	n.marks = append(n.marks, r.str(16, 34)) // form, and agreement or archive reference
	n.payment.payerAccount(r.digits(48, 58), &n.marks)
	if n.typ == "20" || n.typ == "21" {
		n.due = "32"
		return nil
	}
	n.book()
	return nil
}

// payerAccount has the payer's account in the marks: nothing else of it is kept.
func (p *Payment) payerAccount(account string, marks *[]string) {
	if strings.Trim(account, "0 ") != "" {
		*marks = append(*marks, account)
	}
}

// whole fails where a record is not of the transaction that is being read.
func (n *nets) whole(r *record) {
	switch {
	case !r.is(3, serviceOCR) || !r.is(5, n.typ):
		r.fail(3, "a record of another kind within a transaction")
	case !r.is(9, n.number):
		r.fail(9, "the number of another transaction")
	}
}

func (n *nets) book() {
	n.Format, n.due = "ocr-giro", ""
	n.pay(n.payment, n.marks...)
}

// mandate reads a payer's standing agreement (FBO).
func (n *nets) mandate(r *record) error {
	if n.state != netsWithin || n.service != serviceAvtaleGiro || !r.is(3, serviceAvtaleGiro) || !r.is(5, "94") {
		return r.fail(3, "a mandate outside of an assignment of mandates")
	}
	n.section.transactions++
	m := Mandate{Line: r.line, Kind: "avtalegiro", Account: n.account, Reference: r.trim(17, 41)}
	switch r.str(16, 16) {
	case "0":
		m.Change = Stands
	case "1":
		m.Change = Given
	case "2":
		m.Change = Ended
	default:
		return r.fail(16, "a registration that is neither 0, 1 nor 2")
	}
	switch r.str(42, 42) {
	case "J":
		m.Notify = true
	case "N", " ":
	default:
		return r.fail(42, "a wish for notices that is neither J nor N")
	}
	r.digits(9, 15)
	if n.Format == "" {
		n.Format = "avtalegiro-mandates"
	}
	n.Mandates = append(n.Mandates, m)
	return nil
}

// end reads the end record of an assignment.
func (n *nets) end(r *record) error {
	if n.state != netsWithin || !r.is(3, n.service) {
		return r.fail(7, "an assignment ends that did not begin")
	}
	r.same(9, 16, n.section.transactions, "transactions")
	r.same(17, 24, n.section.records, "records")
	if n.service == serviceOCR {
		r.same(25, 41, n.section.sum, "as the sum")
		if n.section.transactions > 0 {
			n.days(r, 48, n.section.days.first, "first")
			n.days(r, 54, n.section.days.last, "last")
		}
	}
	n.all.transactions += n.section.transactions
	n.all.sum += n.section.sum
	n.state = netsOpen
	return nil
}

func (n *nets) days(r *record, at int, want register.Day, which string) {
	if d := r.day(at, ddmmyy); r.fault == nil && d != want {
		r.fail(at, "the %s day of the file is not that of its transactions", which)
	}
}
