package duestest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// A Mandate is what a bank says of a payer's standing agreement.
type Mandate struct {
	Reference string
	Ended     bool
	Listed    bool // in a list of all of them
}

// AvtaleGiro is a file of changes of AvtaleGiro mandates (Nets, "AvtaleGiro
// systemspesifikasjon", v. 3.3).
func AvtaleGiro(mandates ...Mandate) []byte { return AvtaleGiroOf("99991042764", mandates...) }

// AvtaleGiroOf is the same, for an account.
func AvtaleGiroOf(account string, mandates ...Mandate) []byte {
	var b strings.Builder
	line := func(text string) { fmt.Fprintf(&b, "%s%s\n", text, strings.Repeat("0", 80-len(text))) }
	line("NY00001000008080261122100123456")
	line("NY2124200000000000000001" + account)
	for i, m := range mandates {
		change := 1
		switch {
		case m.Ended:
			change = 2
		case m.Listed:
			change = 0
		}
		line(fmt.Sprintf("NY219470%07d%d%25sN", i+1, change, m.Reference))
	}
	n := len(mandates)
	line(fmt.Sprintf("NY212488%08d%08d", n, n+2))
	line(fmt.Sprintf("NY000089%08d%08d", n, n+4))
	return []byte(b.String())
}

// Nets is one transmission of both: payments of a day, and changes of mandates.
func Nets(day register.Day, payments []Payment, mandates []Mandate) []byte {
	in, of := bytes.SplitAfter(OCR(day, payments...), []byte("\n")), bytes.SplitAfter(AvtaleGiro(mandates...), []byte("\n"))
	const ends = 2 // what stands behind the assignments: the end record, and nothing
	all := append(in[:len(in)-ends], of[1:len(of)-ends]...)
	var sum int64
	for _, p := range payments {
		sum += p.Amount
	}
	return fmt.Appendf(bytes.Join(all, nil), "NY000089%08d%08d%017d%039d\n", len(payments)+len(mandates), len(all)+1, sum, 0)
}

// Betalingsservice is a delivery 0603 of changes of mandates, all of a day (Nets,
// "Betalingsservice og indbetalingskort, vejledning for dataleverandører").
func Betalingsservice(day register.Day, mandates ...Mandate) []byte {
	var b strings.Builder
	at := string(day[8:10]) + string(day[5:7]) + string(day[2:4])
	line := func(format string, args ...any) { fmt.Fprintf(&b, "%-128s\r\n", fmt.Sprintf(format, args...)) }
	line("BS00212345678BS10603%010d%19s%s", 2, "", at)
	line("BS012039856400212")
	for i, m := range mandates {
		code, end := "0231", "000000"
		if m.Ended {
			code, end = "0232", at
		}
		line("BS04203985640%s%08d%015s%09d%s%s", code, 1, m.Reference, i+1, at, end)
	}
	line("BS092039856400212%08d%6s%011d", 1, "", len(mandates))
	line("BS99212345678BS10603%011d%011d%s", 1, len(mandates), strings.Repeat("0", 86))
	return []byte(b.String())
}
