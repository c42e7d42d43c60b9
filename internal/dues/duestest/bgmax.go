package duestest

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// BgMax is a file of Swedish payments, one deposit, all of a day (Bankgirot, "Bankgiro
// Inbetalningar", layout 01).
func BgMax(day register.Day, payments ...Payment) []byte {
	var b strings.Builder
	at := strings.ReplaceAll(string(day), "-", "")
	line := func(format string, args ...any) { fmt.Fprintf(&b, "%-80s\r\n", fmt.Sprintf(format, args...)) }
	line("01%-20s01%s173035000000P", "BGMAX", at)
	line("05%010d%10sSEK", 9912346, "")
	var sum int64
	back := 0
	for _, p := range payments {
		typ := 20
		if sum += p.Amount; p.Reversal {
			typ, sum, back = 21, sum-2*p.Amount, back+1
		}
		code := 2 // a reference that was checked
		if p.KID == "" {
			code = 4 // none
		}
		line("%d%010d%-25s%018d%d1%012d0", typ, 3783511, p.KID, p.Amount, code, p.Number)
	}
	line("15%035d%s%05d%018dSEK%08d0", 5000, at, 1, sum, len(payments))
	line("70%08d%08d%08d%08d", len(payments)-back, back, 0, 1)
	return []byte(b.String())
}
