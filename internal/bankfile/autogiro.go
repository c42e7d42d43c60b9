package bankfile

import (
	"bytes"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// readAutogiro reads what Bankgirot sends of the Swedish Autogiro, in its new layout: the
// payment specification ("BET. SPEC & STOPP TK"), the mandate advice ("AG-MEDAVI") and the
// mandates that payers gave at their banks ("AG-EMEDGIV"). Layouts: Bankgirot, "Autogiro
// Technical Manual" of 2016 and 2019, chapters 7 and 8.
func readAutogiro(r *reading, b []byte) error {
	a := &autogiro{reading: r}
	line := b[:min(len(b), 80)]
	var do func(*record) error
	switch {
	case bytes.Contains(line, []byte("BET. SPEC & STOPP TK")):
		r.Format, do = "autogiro-payments", a.payments
	case bytes.Contains(line, []byte("AG-MEDAVI")):
		r.Format, do = "autogiro-mandates", a.mandates
	case bytes.Contains(line, []byte("AG-EMEDGIV")):
		r.Format, do = "autogiro-mandates", a.asked
	default:
		return &FileError{1, 1, "a file of Autogiro that is not read: give the payment specification, the mandate advice or the mandates from banks, in the new layout"}
	}
	err := records(b, 80, func(rec *record) error {
		if a.ended {
			return rec.fail(1, "a record after the end record: two files in one")
		}
		return do(rec)
	})
	if err == nil && !a.ended {
		err = &FileError{Msg: "the file has no end record: it is cut short"}
	}
	return err
}

type autogiro struct {
	*reading
	started, ended bool
	bankgiro       string
	section        *autogiroSection
	sections       [3]int64 // of the sections for money in, money out and refunds, how many
	records        [3]int64 // and how many records in each
	mandateCount   int64
	askedRecords   int64
}

// An autogiroSection is one of the payment specification. Its sum and count are of what
// was carried out.
type autogiroSection struct {
	kind       int    // 0 in, 1 out, 2 refunds
	record     string // of what type its records are
	day        register.Day
	serial     string
	count, sum int64 // what it says
	line       int
	n, total   int64 // what was found
}

func (a *autogiro) open(r *record) error {
	if a.started {
		return r.fail(1, "a second start record: two files in one")
	}
	a.started = true
	return nil
}

func (a *autogiro) payments(r *record) error {
	switch code := r.str(1, 2); code {
	case "01":
		a.bankgiro = giro(r.digits(71, 80))
		a.reading.account(a.bankgiro)
		return a.open(r)
	case "15", "16", "17":
		if err := a.close(r); err != nil {
			return err
		}
		kind := int(code[1] - '5')
		a.section = &autogiroSection{kind: kind, record: []string{"82", "32", "77"}[kind], day: r.day(38, yyyymmdd), serial: r.digits(46, 50), sum: r.num(51, 68), count: r.num(72, 79), line: r.line}
		a.sections[kind]++
	case "82", "32", "77":
		return a.payment(r, code)
	case "09":
		if err := a.close(r); err != nil {
			return err
		}
		a.ended = true
		at := 15
		for kind, what := range []string{"payments", "payments out", "refunds"} {
			r.same(at, at+5, a.sections[kind], "sections of "+what)
			r.same(at+6, at+17, a.records[kind], what+" carried out")
			at += 18
		}
	default:
		return r.fail(1, "a record of a type that is not known")
	}
	return nil
}

// close compares a section with what it says of itself.
func (a *autogiro) close(r *record) error {
	s := a.section
	a.section = nil
	switch {
	case !a.started:
		return r.fail(1, "the first record must be of type 01")
	case s == nil:
	case s.count != s.n:
		return &FileError{s.line, 72, "the section says another number of payments than it has"}
	case s.sum != s.total:
		return &FileError{s.line, 51, "the payments of the section add up to another sum than it says"}
	default:
		a.records[s.kind] += s.n
	}
	return nil
}

func (a *autogiro) payment(r *record, code string) error {
	s := a.section
	if s == nil || s.record != code {
		return r.fail(1, "a payment outside of a section of its kind")
	}
	p := Payment{Line: r.line, Column: 1, Account: a.bankgiro, Day: s.day, Amount: r.amount(32, 43), Currency: "SEK", Means: DirectDebit, Reversal: code == "77"}
	r.day(3, yyyymmdd)
	payer := r.trim(16, 31)
	status := r.str(80, 80)
	if code != "77" && status != "0" && status != " " {
		a.Skipped++
		if code == "82" {
			refs, _ := named(r.trim(54, 69), giro(payer))
			a.Failed = append(a.Failed, Failure{Line: r.line, Day: s.day, Amount: p.Amount, References: refs, Code: status})
		}
		return nil
	}
	s.n++
	s.total += p.Amount
	if code == "32" {
		a.Skipped++
		return nil
	}
	p.References, p.Mandate = named(r.trim(54, 69), payer, giro(payer))
	if r.fault == nil {
		a.add(p, p.marks(references(r.trim(54, 69), payer, giro(payer)), []string{"autogiro", r.str(3, 10), s.serial}), "")
	}
	return nil
}

// mandateStatus are the codes of the mandate advice that do not mean that Bankgirot
// refused.
var mandateStatus = map[string]Change{
	"32": Given, "12": Given,
	"01": Ended, "02": Ended, "06": Ended, "07": Ended, "11": Ended, "33": Ended, "98": Ended,
}

// mandates reads the mandate advice. The payer's account and personal number, which it
// repeats, are not kept.
func (a *autogiro) mandates(r *record) error {
	switch code := r.str(1, 2); {
	case code == "01":
		return a.open(r)
	case !a.started:
		return r.fail(1, "the first record must be of type 01")
	case code == "73":
		m := Mandate{Line: r.line, Account: giro(r.digits(3, 12)), Reference: giro(r.trim(13, 28)), Code: r.str(64, 65), Day: r.day(66, yyyymmdd)}
		r.num(64, 65)
		m.Change = mandateStatus[m.Code]
		if m.Change == "" {
			m.Change = Refused
		}
		a.mandate(m)
	case code == "09":
		a.ended = true
		r.same(15, 21, a.mandateCount, "mandates")
	default:
		return r.fail(1, "a record of a type that is not known")
	}
	return nil
}

// asked reads the mandates that payers gave in their banks, which wait for an answer.
func (a *autogiro) asked(r *record) error {
	code := r.str(1, 2)
	if code >= "52" && code <= "56" {
		a.askedRecords++
	}
	switch {
	case code == "51":
		return a.open(r)
	case !a.started:
		return r.fail(1, "the first record must be of type 51")
	case code == "52":
		a.mandate(Mandate{Line: r.line, Account: giro(r.digits(3, 12)), Reference: giro(r.trim(13, 28)), Change: Asked, Code: strings.TrimSpace(r.str(62, 62))})
	case code >= "53" && code <= "56": // information and address, not kept
		if a.mandateCount == 0 {
			return r.fail(1, "what belongs to a mandate stands before the first")
		}
	case code == "59":
		a.ended = true
		r.same(15, 21, a.askedRecords, "records")
	default:
		return r.fail(1, "a record of a type that is not known")
	}
	return nil
}

func (a *autogiro) mandate(m Mandate) {
	m.Kind = "autogiro"
	a.mandateCount++
	a.reading.account(m.Account)
	a.Mandates = append(a.Mandates, m)
}
