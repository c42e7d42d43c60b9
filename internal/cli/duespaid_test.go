package cli

import (
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/dues/duestest"
	"github.com/medlem-register/medlem/internal/register"
)

// paid writes what a bank would send: paid FILE DAY NUMBER:REFERENCE=AMOUNT…, where the
// number is the bank's own of a payment and the amount is in øre. A mandate:REFERENCE is in
// the same file.
func paid(ts *testscript.TestScript, _ bool, args []string) {
	var ps []duestest.Payment
	var ms []duestest.Mandate
	for _, a := range args[2:] {
		if ref, ok := strings.CutPrefix(a, "mandate:"); ok {
			ms = append(ms, duestest.Mandate{Reference: ref})
			continue
		}
		n, rest, _ := strings.Cut(a, ":")
		ref, amount, _ := strings.Cut(rest, "=")
		number, err := strconv.Atoi(n)
		ts.Check(err)
		sum, err := strconv.ParseInt(amount, 10, 64)
		ts.Check(err)
		ps = append(ps, duestest.Payment{KID: ref, Amount: sum, Number: number})
	}
	file := duestest.OCR(register.Day(args[1]), ps...)
	if ms != nil {
		file = duestest.Nets(register.Day(args[1]), ps, ms)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), file, 0o600))
}

// mandated writes what a bank says of mandates: mandated KIND FILE DAY REFERENCE…, where a
// minus before a reference says that its mandate has ended.
func mandated(ts *testscript.TestScript, _ bool, args []string) {
	var ms []duestest.Mandate
	for _, a := range args[3:] {
		ref, ended := strings.CutPrefix(a, "-")
		ms = append(ms, duestest.Mandate{Reference: ref, Ended: ended})
	}
	file := duestest.AvtaleGiro(ms...)
	if args[0] == "betalingsservice" {
		file = duestest.Betalingsservice(register.Day(args[2]), ms...)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), file, 0o600))
}
