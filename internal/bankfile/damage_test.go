package bankfile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var samples = []string{"ocr-giro.txt", "avtalegiro-mandates.txt", "bgmax.txt", "camt054-v02-no.xml", "camt053-v08-se-dk.xml", "autogiro-payments.txt", "autogiro-mandates.txt", "autogiro-asked.txt", "betalingsservice-0602.txt", "betalingsservice-0603.txt"}

// secrets are words of the samples that no error may repeat.
var secrets = []string{"Kalles", "Berits", "TESTMANN", "Åse", "48291037", "77500182", "99991042", "03985640", "9912346", "5001000001000020"}

// harmless compares what was read of a damaged file with the file: the same amounts, in
// the same order, to the same accounts, and no reference that was not there. What
// guards the references themselves are their check digits.
func harmless(t *testing.T, f, whole *File, what string, lost bool) {
	t.Helper()
	if f.Sum != whole.Sum || len(f.Payments) != len(whole.Payments) || len(f.Mandates) != len(whole.Mandates) {
		t.Errorf("%s: read as %d payments of %d and %d mandates", what, len(f.Payments), f.Sum, len(f.Mandates))
		return
	}
	for i, p := range f.Payments {
		w := whole.Payments[i]
		if p.Amount != w.Amount || p.Reversal != w.Reversal {
			t.Errorf("%s: payment %d became %d", what, i+1, p.Amount)
		}
		for _, r := range p.References {
			if lost && !slices.Contains(w.References, r) {
				t.Errorf("%s: payment %d got a reference that was not there", what, i+1)
			}
		}
	}
}

// refused asserts that an error says where, and repeats nothing of the file.
func refused(t *testing.T, err error, what string) {
	t.Helper()
	var fault *FileError
	if !errors.As(err, &fault) || fault.Line > 0 && fault.Column < 1 {
		t.Errorf("%s: no place in the error: %v", what, err)
		return
	}
	for _, s := range secrets {
		if strings.Contains(err.Error(), s) {
			t.Errorf("%s: the error repeats the file", what)
		}
	}
}

// Whatever line is lost, whatever digit is another or a letter, and wherever the file is
// cut: it is refused, or every amount is as it was.
func TestDamaged(t *testing.T) {
	for _, name := range samples {
		t.Run(name, func(t *testing.T) {
			b := sample(t, name)
			whole := read(t, name)
			noticed, passed := 0, 0
			try := func(in []byte, what string, lost bool) {
				f, err := Read(in)
				if err != nil {
					refused(t, err, what)
					noticed++
					return
				}
				harmless(t, f, whole, what, lost)
				passed++
			}
			all := bytes.SplitAfter(b, []byte("\n"))
			for i := range all {
				if bytes.Contains(all[i], []byte("<ns2:RvslInd>")) {
					continue // nothing else in a statement tells money taken back from money spent
				}
				try(bytes.Join(slices.Delete(slices.Clone(all), i, i+1), nil), fmt.Sprintf("line %d lost", i+1), true)
				try(bytes.Join(slices.Insert(slices.Clone(all), i, all[i]), nil), fmt.Sprintf("line %d twice", i+1), true)
			}
			n := 0
			for i, c := range b {
				if c < '0' || c > '9' {
					continue
				}
				n++
				if known(name, b, i) {
					continue
				}
				for _, other := range []byte{'0' + (c-'0'+1)%10, '0' + (c-'0'+5)%10, 'O', ' ', '-'} {
					in := bytes.Clone(b)
					in[i] = other
					try(in, fmt.Sprintf("byte %d: %c instead of %c", i, other, c), false)
				}
			}
			for i := range b {
				if f, err := Read(b[:i]); err == nil {
					harmless(t, f, whole, fmt.Sprintf("cut after %d bytes", i), false)
				} else {
					refused(t, err, "cut")
				}
			}
			if _, err := Read(append(bytes.Clone(b), b...)); err == nil {
				t.Error("two in one were read")
			}
			if noticed < n || passed == 0 {
				t.Errorf("of %d digits, %d changes were noticed and %d did nothing", n, noticed, passed)
			}
		})
	}
}

// known is what cannot be noticed in a delivery 0602, since we do not know what its sums
// count: whether a payment was carried out, its sign, and the amount of one by form.
func known(name string, b []byte, i int) bool {
	start := bytes.LastIndexByte(b[:i], '\n') + 1
	if name != "betalingsservice-0602.txt" || !bytes.HasPrefix(b[start:], []byte("BS042")) {
		return false
	}
	slip := bytes.HasPrefix(b[start+13:], []byte("0297"))
	column := i - start + 1
	return column >= 14 && column <= 17 || !slip && column == 56 || slip && column >= 116
}

// The damages that happen, and where they are said to be.
func TestDamagedWhere(t *testing.T) {
	replace := func(name, from, to string) []byte {
		s := string(sample(t, name))
		if !strings.Contains(s, from) {
			t.Fatalf("%s has no %q", name, from)
		}
		return []byte(strings.Replace(s, from, to, 1))
	}
	upTo := func(name, from string, n int) []byte {
		b := sample(t, name)
		return b[:bytes.LastIndex(b, []byte(from))+n]
	}
	for _, c := range []struct {
		what, want string
		in         []byte
	}{
		{"an amount changed", "line 15, column 25: the file says 165000 as the sum, and there are 165001", replace("ocr-giro.txt", "000000015000", "000000015001")},
		{"a letter in an amount", "line 7, column 48: columns 33 to 49 hold something else than digits", replace("ocr-giro.txt", "0000000150 00"[:10]+"00", "00000001500O"[:10]+"O0")},
		{"a record lost", "line 8, column 7: a record of type 31 must come here: the transaction is not whole", dropLine(t, "ocr-giro.txt", 8)},
		{"cut", "the file has no end record (type 89): it is cut short", dropLine(t, "ocr-giro.txt", 25)},
		{"the last line cut", "line 25, column 36: the line is cut short: it has 35 of 80 characters", upTo("ocr-giro.txt", "NY000089", 35)},
		{"a line cut in a day", "line 24, column 51: the line is cut short: it has 50 of 80 characters", upTo("ocr-giro.txt", "NY090088", 50)},
		{"two in one", "line 26, column 1: a record after the end record: two files in one", append(sample(t, "ocr-giro.txt"), sample(t, "ocr-giro.txt")...)},
		{"BgMax, an amount", "line 14, column 51: the file says 75000 as the deposit, and there are 85000", replace("bgmax.txt", "000000000000030000", "000000000000040000")},
		{"BgMax, a record lost", "line 9, column 1: a further reference of another kind than its payment", dropLine(t, "bgmax.txt", 9)},
		{"BgMax, the end", "the file has no end record (70): it is cut short", dropLine(t, "bgmax.txt", 22)},
		{"camt, a part", "line 9, column 11: an entry whose transactions add up to another amount", replace("camt053-v08-se-dk.xml", "\n<ns2:Amt Ccy=\"DKK\">600.00</ns2:Amt>\n<ns2:CdtDbtInd>CRDT</ns2:CdtDbtInd>\n<ns2:Rltd", "\n<ns2:Amt Ccy=\"DKK\">600.10</ns2:Amt>\n<ns2:CdtDbtInd>CRDT</ns2:CdtDbtInd>\n<ns2:Rltd")},
		{"camt, an entry's end", "malformed XML, or cut short", replace("camt054-v02-no.xml", "      </Ntry>\n", "")},
		{"camt, the balance", "the balances of the statement differ by another sum than its entries", replace("camt053-v08-se-dk.xml", "1474.50", "1474.60")},
		{"camt, its sum", "the entries of the statement add up to 65000, and it says another sum", replace("camt054-v02-no.xml", "650.00", "651.00")},
		{"camt, its count", "the statement says another number of entries than the 2 that it has", replace("camt054-v02-no.xml", "<NbOfNtries>2", "<NbOfNtries>3")},
		{"Autogiro, an amount", "line 2, column 51: the payments of the section add up to another sum than it says", replace("autogiro-payments.txt", "000000030000000", "000000040000000")},
		{"Betalingsservice, what was paid", "line 4, column 116: the amount that was paid is not that of the payment", replace("betalingsservice-0602.txt", "2011260000000030000", "2011260000000040000")},
	} {
		_, err := Read(c.in)
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.what, err, c.want)
		}
	}
}

func dropLine(t *testing.T, name string, n int) []byte {
	t.Helper()
	all := bytes.SplitAfter(sample(t, name), []byte("\n"))
	return bytes.Join(slices.Delete(all, n-1, n), nil)
}
