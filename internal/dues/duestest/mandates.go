package duestest

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// A Mandate is what a bank says of a payer's standing agreement.
type Mandate struct {
	Reference string
	Ended     bool
}

// AvtaleGiro is a file of changes of AvtaleGiro mandates (Nets, "AvtaleGiro
// systemspesifikasjon", v. 3.3).
func AvtaleGiro(mandates ...Mandate) []byte {
	var b strings.Builder
	line := func(text string) { fmt.Fprintf(&b, "%s%s\n", text, strings.Repeat("0", 80-len(text))) }
	line("NY00001000008080261122100123456")
	line("NY212420000000000000000199991042764")
	for i, m := range mandates {
		change := 1
		if m.Ended {
			change = 2
		}
		line(fmt.Sprintf("NY219470%07d%d%25sN", i+1, change, m.Reference))
	}
	n := len(mandates)
	line(fmt.Sprintf("NY212488%08d%08d", n, n+2))
	line(fmt.Sprintf("NY000089%08d%08d", n, n+4))
	return []byte(b.String())
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
