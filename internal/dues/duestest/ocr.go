// Package duestest writes the files that a bank would send, for tests and for bench: no
// bank makes a file to order. Nothing of the program imports it.
package duestest

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// A Payment is one line of a bank's file.
type Payment struct {
	KID      string
	Amount   int64 // øre
	Number   int   // the bank's own, which no other payment has
	Reversal bool  // it is taken back
}

// OCR is a file of Norwegian OCR giro with the payments, all of a day (Nets, "System
// specification OCR giro").
func OCR(day register.Day, payments ...Payment) []byte {
	var b strings.Builder
	at := string(day[8:10]) + string(day[5:7]) + string(day[2:4])
	zeros := func(n int) string { return strings.Repeat("0", n) }
	b.WriteString("NY000010000080800170031000102" + zeros(51) + "\nNY090020001008566000000299991042764" + zeros(45) + "\n")
	var sum int64
	for i, p := range payments {
		sum += p.Amount // that of what is taken back, too
		typ := 15       // direct debit
		if p.Reversal {
			typ = 18
		}
		fmt.Fprintf(&b, "NY09%d30%07d%s1319101464%s%017d%25s000000\n", typ, i+1, at, "0", p.Amount, p.KID)
		fmt.Fprintf(&b, "NY09%d31%07d%010d%s%s%s%s\n", typ, i+1, p.Number, zeros(9), at, zeros(11)+zeros(15), zeros(11))
	}
	n := len(payments)
	fmt.Fprintf(&b, "NY090088%08d%08d%017d%s%s%s%s\n", n, 2*n+2, sum, at, at, at, zeros(21))
	fmt.Fprintf(&b, "NY000089%08d%08d%017d%s%s\n", n, 2*n+4, sum, at, zeros(33))
	return []byte(b.String())
}
