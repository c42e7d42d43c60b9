package bankfile

import (
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// readBetalingsservice reads deliveries of the Danish Betalingsservice: 0602 (payments)
// and 0603 (mandates). Layouts: Nets, "Betalingsservice og indbetalingskort, vejledning for
// dataleverandører", deliveries 0602 and 0603, January 2012, as two free programs read
// them; the end records' counts are where delivery 0601 has them.
//
// Counts are checked, and that the sections' sums add up to the delivery's. Which payments a
// section's sum counts is not in what we have, so that it is not compared with them; but a
// payment that was carried out has its amount twice, and both must be the same.
func readBetalingsservice(r *reading, b []byte) error {
	s := &betalingsservice{reading: r}
	if err := records(b, 128, s.record); err != nil {
		return err
	}
	if !s.ended {
		return &FileError{Msg: "the delivery has no end record (BS992): it is cut short"}
	}
	return nil
}

type betalingsservice struct {
	*reading
	started, ended bool
	delivery       string // 0602 or 0603
	section        string
	creditor       string
	sections       int64
	n, total       int64 // records 042 of the section and of the delivery
	sum            int64 // what the sections say
	envelope       int   // records of the transmission around the delivery (PBCNET)
}

func (s *betalingsservice) record(r *record) error {
	if r.is(1, "PBCNET") { // the envelope of the transmission
		if r.is(7, "00") && s.envelope == 0 || r.is(7, "90") && s.ended && s.envelope == 1 {
			s.envelope++
			return nil
		}
		return r.fail(1, "an envelope within the delivery, or two")
	}
	if s.ended {
		return r.fail(1, "a record after the end record: two files in one")
	}
	kind := r.str(1, 5)
	if !s.started && kind != "BS002" {
		return r.fail(1, "the first record must be BS002")
	}
	switch kind {
	case "BS002":
		if s.started {
			return r.fail(1, "a second start record: two files in one")
		}
		s.started, s.delivery = true, r.str(17, 20)
		switch s.delivery {
		case "0602":
			s.Format = "betalingsservice-payments"
		case "0603":
			s.Format = "betalingsservice-mandates"
		default:
			return r.fail(17, "a delivery that is neither 0602 nor 0603")
		}
	case "BS012":
		if s.section != "" {
			return r.fail(1, "a section begins within another")
		}
		s.section, s.creditor, s.n = r.digits(14, 17), r.digits(6, 13), 0
		s.reading.account(s.creditor)
		s.sections++
	case "BS042":
		if s.section == "" || !r.is(6, s.creditor) {
			return r.fail(6, "a record outside of a section, or of another creditor")
		}
		s.n++
		return s.read(r)
	case "BS092":
		if s.section == "" || !r.is(14, s.section) {
			return r.fail(14, "a section ends that did not begin")
		}
		r.same(32, 42, s.n, "records")
		s.total += s.n
		if s.delivery == "0602" {
			s.sum += r.num(43, 57)
		}
		s.section = ""
	case "BS992":
		if s.section != "" {
			return r.fail(1, "the delivery ends within a section")
		}
		s.ended = true
		r.same(21, 31, s.sections, "sections")
		r.same(32, 42, s.total, "records")
		if s.delivery == "0602" {
			r.same(43, 57, s.sum, "as the sum of the sections")
		}
	default: // texts and addresses, which are not kept
		if s.section == "" || !strings.HasPrefix(kind, "BS0") {
			return r.fail(1, "a record of a type that is not known")
		}
	}
	return nil
}

func (s *betalingsservice) read(r *record) error {
	switch s.section {
	case "0211":
		return s.automatic(r)
	case "0215":
		return s.slip(r)
	case "0210", "0212":
		return s.mandate(r)
	}
	s.Skipped++
	return nil
}

// automatic reads a payment by Betalingsservice.
func (s *betalingsservice) automatic(r *record) error {
	code := r.str(14, 17)
	p := Payment{Line: r.line, Column: 1, Account: s.creditor, Currency: "DKK", Means: DirectDebit, Amount: r.amount(57, 69), Reversal: code == "0239"}
	field, customer := r.trim(70, 99), r.trim(26, 40)
	p.References, p.Mandate = named(field, customer, giro(customer))
	switch code {
	case "0236", "0239":
		if n := r.amount(116, 128); r.fault == nil && n != p.Amount {
			r.fail(116, "the amount that was paid is not that of the payment")
		}
		p.Day = s.booked(r)
		if !r.is(56, "1") && !r.is(56, "2") && !r.is(56, "0") {
			r.fail(56, "a sign that is not known")
		}
		if r.is(56, "2") { // an amount paid out
			s.Skipped++
			return nil
		}
	case "0237", "0238":
		s.Skipped++
		s.Failed = append(s.Failed, Failure{Line: r.line, Day: r.day(50, ddmmyy), Amount: p.Amount, References: p.References, Code: code})
		return nil
	default:
		return r.fail(14, "a transaction that is not known")
	}
	if r.fault == nil {
		s.add(p, p.marks(references(field, customer, giro(customer)), []string{"betalingsservice", code, r.str(41, 55)}), "")
	}
	return nil
}

// slip reads a payment by payment form.
func (s *betalingsservice) slip(r *record) error {
	code := r.str(14, 17)
	if code != "0297" && code != "0299" {
		return r.fail(14, "a transaction that is not known")
	}
	p := Payment{Line: r.line, Column: 1, Account: s.creditor, Currency: "DKK", Means: Bank, Amount: r.amount(116, 128), Reversal: code == "0299", Day: s.booked(r)}
	p.References = references(r.trim(30, 44), r.trim(73, 81))
	if r.fault == nil {
		s.pay(p, "betalingsservice", code, r.trim(82, 103))
	}
	return nil
}

// booked is the day of bookkeeping.
func (s *betalingsservice) booked(r *record) register.Day { return r.day(110, ddmmyy) }

var betalingsserviceChange = map[string]Change{"0230": Stands, "0231": Given, "0232": Ended, "0233": Ended, "0234": Ended}

func (s *betalingsservice) mandate(r *record) error {
	m := Mandate{Line: r.line, Kind: "betalingsservice", Account: s.creditor, Reference: r.trim(26, 40), Code: r.str(14, 17), Day: r.day(50, ddmmyy)}
	if m.Change = betalingsserviceChange[m.Code]; m.Change == "" {
		return r.fail(14, "a transaction that is not known")
	}
	if m.Change == Ended && !r.is(56, "000000") {
		m.Day = r.day(56, ddmmyy)
	}
	m.Number = r.digits(41, 49)
	s.Mandates = append(s.Mandates, m)
	return nil
}
