package bankfile

import (
	"strings"
)

// readBgMax reads Bankgirot's file of received payments, "Bankgiro Inbetalningar" (BgMax).
// Layout: Bankgirot's manual of the same name, and its example file of 2004.
func readBgMax(r *reading, b []byte) error {
	g := &bgmax{reading: r}
	if err := records(b, 80, g.record); err != nil {
		return err
	}
	if !g.ended {
		return &FileError{Msg: "the file has no end record (70): it is cut short"}
	}
	return nil
}

type bgmax struct {
	*reading
	started, ended                       bool
	open                                 bool // within a deposit
	account, currency                    string
	payments, deductions, more, deposits int64
	count, sum                           int64 // of the deposit
	pending                              []*bgmaxPayment
}

// A bgmaxPayment waits for the end of its deposit, which has the day.
type bgmaxPayment struct {
	Payment
	fields, texts []string
	name          string
	marks         []string
}

func (g *bgmax) record(r *record) error {
	code := r.str(1, 2)
	switch {
	case g.ended:
		return r.fail(1, "a record after the end record: two files in one")
	case !g.started && code != "01":
		return r.fail(1, "the first record must be of type 01")
	case !g.open && code != "01" && code != "05" && code != "70":
		return r.fail(1, "a record outside of a deposit")
	}
	switch code {
	case "01":
		if g.started {
			return r.fail(1, "a second start record: two files in one")
		}
		if !r.is(23, "01") {
			return r.fail(23, "a version of the layout that is not known")
		}
		g.started, g.Format, g.Test = true, "bgmax", r.is(45, "T")
	case "05":
		if g.open {
			return r.fail(1, "a deposit begins within another")
		}
		g.open, g.account, g.currency, g.count, g.sum, g.pending = true, giro(r.digits(3, 12)), r.trim(23, 25), 0, 0, nil
		g.reading.account(g.account)
		if g.currency != "SEK" && g.currency != "EUR" {
			return r.fail(23, "a currency that is neither SEK nor EUR")
		}
	case "20", "21":
		g.payment(r, code == "21")
	case "22", "23":
		return g.further(r)
	case "25", "26":
		if len(g.pending) == 0 {
			return r.fail(1, "what belongs to a payment stands before the first")
		}
		if p := g.pending[len(g.pending)-1]; code == "25" {
			p.texts = append(p.texts, r.trim(3, 52))
		} else {
			p.name = r.trim(3, 37)
		}
	case "15":
		g.deposit(r)
	case "70":
		if g.open {
			return r.fail(1, "the file ends within a deposit")
		}
		g.ended = true
		r.same(3, 10, g.payments, "payments")
		r.same(11, 18, g.deductions, "deductions")
		r.same(19, 26, g.more, "further references")
		r.same(27, 34, g.deposits, "deposits")
	} // 27 to 29 are the payer's address and number, not kept; the manual asks to pass over others
	return nil
}

// giro is a giro number without the zeros before it.
func giro(s string) string { return strings.TrimLeft(s, "0") }

func (g *bgmax) payment(r *record, deduction bool) {
	p := &bgmaxPayment{Payment: Payment{Line: r.line, Column: 1, Account: g.account, Currency: g.currency, Amount: r.amount(38, 55), Reversal: deduction, Means: Bank}}
	if r.is(57, "4") { // channel: 1 bank, 2 supplier payments, 3 form, 4 Autogiro
		p.Means = DirectDebit
	}
	p.fields = []string{r.trim(13, 37)}
	// The serial number alone is not unique: two payments of Bankgirot's own example share one.
	p.marks = []string{"bgmax", r.digits(3, 12), r.str(58, 69)}
	g.count++
	if deduction {
		g.deductions++
		g.sum -= p.Amount
	} else {
		g.payments++
		g.sum += p.Amount
	}
	g.pending = append(g.pending, p)
}

// further reads a reference more of the payment before it.
func (g *bgmax) further(r *record) error {
	g.more++
	if len(g.pending) == 0 {
		return r.fail(1, "a further reference before the first payment")
	}
	p := g.pending[len(g.pending)-1]
	if p.Reversal != r.is(1, "23") {
		return r.fail(1, "a further reference of another kind than its payment")
	}
	p.fields = append(p.fields, r.trim(13, 37))
	return nil
}

// deposit reads the end of a deposit, and books what is in it.
func (g *bgmax) deposit(r *record) {
	day, serial := r.day(38, yyyymmdd), r.digits(46, 50)
	sum := g.sum
	if sum < 0 {
		r.fail(51, "deductions of more than the payments")
	}
	r.same(51, 68, sum, "as the deposit")
	r.same(72, 79, g.count, "payments in the deposit")
	if !r.is(69, g.currency) {
		r.fail(69, "another currency than the deposit began with")
	}
	if r.fault != nil {
		return
	}
	for _, p := range g.pending {
		p.Day = day
		p.References = references(p.fields...)
		p.Note = note(append([]string{p.name}, p.texts...)...)
		g.pay(p.Payment, append(p.marks, serial)...)
	}
	g.deposits++
	g.open, g.pending = false, nil
}
