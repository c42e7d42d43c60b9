package bankfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The files in testdata are made up, by the layouts that the readers name: no bank wrote
// them, and nobody paid.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t testing.TB, name string) *File {
	t.Helper()
	f, err := Read(sample(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

// line is a payment in the words of the tests.
func line(p Payment) string {
	sign := ""
	if p.Reversal {
		sign = "-"
	}
	s := fmt.Sprintf("%d %s %s %s%d %s %q", p.Line, p.Account, p.Day, sign, p.Amount, p.Currency, p.References)
	if p.Means != Unknown {
		s += " " + string(p.Means)
	}
	if p.Mandate {
		s += " under the mandate"
	}
	if p.Lump {
		s += " lump"
	}
	return s
}

// Each sample gives just these payments.
func TestRead(t *testing.T) {
	for name, want := range map[string]struct {
		format         string
		sum            int64
		failed, passed int
		payments       []string
	}{
		"ocr-giro.txt": {"ocr-giro", 170000, 0, 0, []string{
			`3 99991042764 2026-11-19 30000 NOK ["48291037561"] bank`,
			`5 99991042764 2026-11-19 30000 NOK ["77500182330"] direct-debit under the mandate`,
			`7 99991042764 2026-11-20 15000 NOK ["10938475620"] bank`,
			`9 99991042764 2026-11-20 30000 NOK ["66002139856"] cash`,
			`11 99991042764 2026-11-21 30000 NOK ["48291037561"] bank`,
			`13 99991042764 2026-11-21 30000 NOK ["48291037561"] bank`,
			`17 99991042772 2026-11-20 -30000 NOK ["77500182330"] card`,
			`19 99991042772 2026-11-20 5000 NOK [] card`,
			`22 99991042772 2026-11-21 30000 NOK ["000006-"] bank`,
		}},
		"bgmax.txt": {"bgmax", 147000, 0, 0, []string{
			`3 9912346 2026-11-20 30000 SEK ["482910375625"] bank`,
			`8 9912346 2026-11-20 -15000 SEK ["482910375625"] bank`,
			`9 9912346 2026-11-20 60000 SEK ["775001823324 109384756226" "775001823324" "109384756226"] bank`,
			`16 9912346 2026-11-20 12000 SEK [] bank`,
			`18 9912346 2026-11-20 30000 SEK ["660021398525"] direct-debit`,
			`19 9912346 2026-11-20 30000 SEK ["660021398525"] direct-debit`,
		}},
		"camt054-v02-no.xml": {"camt.054.001.02", 65000, 0, 0, []string{
			`15 99991042764 2026-11-20 30000 NOK ["48291037561"] bank`,
			`15 99991042764 2026-11-20 30000 NOK ["77500182330"] bank`,
			`38 99991042764 2026-11-20 5000 NOK [] bank`,
		}},
		"camt053-v08-se-dk.xml": {"camt.053.001.08", 52450, 0, 2, []string{
			`9 DK5000400440116243 2026-11-20 60000 DKK ["71000010938475620" "000066002139856"] bank`,
			`27 DK5000400440116243 2026-11-20 -7550 DKK [] bank lump`,
		}},
		"autogiro-payments.txt": {"autogiro-payments", 30000, 1, 2, []string{
			`3 9912346 2026-11-20 30000 SEK ["482910375625"] direct-debit`,
			`4 9912346 2026-11-20 30000 SEK ["775001823324"] direct-debit`,
			`9 9912346 2026-11-20 -30000 SEK ["660021398525"] direct-debit`,
		}},
		"betalingsservice-0602.txt": {"betalingsservice-payments", 30000, 1, 1, []string{
			`4 03985640 2026-11-20 30000 DKK ["000048291037561"] direct-debit`,
			`6 03985640 2026-11-20 -30000 DKK ["000010938475620"] direct-debit`,
			`9 03985640 2026-11-20 30000 DKK ["000066002139856"] bank`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, name)
			if f.Format != want.format || f.Sum != want.sum || len(f.Failed) != want.failed || f.Skipped != want.passed {
				t.Errorf("%s, sum %d, %d failed, %d passed over", f.Format, f.Sum, len(f.Failed), f.Skipped)
			}
			if f.Digest != sha256.Sum256(sample(t, name)) {
				t.Error("another digest than the file's")
			}
			var got []string
			for _, p := range f.Payments {
				got = append(got, line(p))
			}
			if !slices.Equal(got, want.payments) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want.payments, "\n"))
			}
		})
	}
	if f := read(t, "bgmax.txt"); !f.Test || f.Payments[2].Note != "Kalles Plåt AB\nBetalning för två" {
		t.Errorf("test %v, note %q", f.Test, f.Payments[2].Note)
	}
	if f := read(t, "ocr-giro.txt"); f.Payments[7].Note != "Kontingent for Åse" || f.Account != "99991042764" || len(f.Accounts) != 2 {
		t.Errorf("%q %s %v", f.Payments[7].Note, f.Account, f.Accounts)
	}
}

// A direct debit without a reference of its own is known by its mandate's number alone.
func TestByMandateAlone(t *testing.T) {
	for name, c := range map[string]struct{ before, own, want string }{
		"autogiro-payments.txt":     {"", "482910375625", `3 9912346 2026-11-20 30000 SEK ["0000004829103756" "4829103756"] direct-debit under the mandate`},
		"betalingsservice-0602.txt": {"0000000030000", "000048291037561", `4 03985640 2026-11-20 30000 DKK ["000004829103756" "4829103756"] direct-debit under the mandate`},
	} {
		b := bytes.Replace(sample(t, name), []byte(c.before+c.own), []byte(c.before+strings.Repeat(" ", len(c.own))), 1)
		f, err := Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := line(f.Payments[0]); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestReadMandates(t *testing.T) {
	for name, want := range map[string][]string{
		"avtalegiro-mandates.txt":   {"99991042764 48291037561 stands true", "99991042764 77500182330 given false", "99991042764 10938475620 ended false"},
		"autogiro-mandates.txt":     {"9912346 4829103756 given false 2026-11-20 32", "9912346 7750018233 ended false 2026-11-20 02", "9912346 1093847562 refused false 2026-11-20 23"},
		"autogiro-asked.txt":        {"9912346 4829103756 asked false 0"},
		"betalingsservice-0603.txt": {"03985640 000004829103756 given false 2026-11-01 0231 123456789", "03985640 000007750018233 ended false 2026-11-30 0232 123456789"},
	} {
		f := read(t, name)
		var got []string
		for _, m := range f.Mandates {
			s := fmt.Sprintf("%s %s %s %v %s %s %s", m.Account, m.Reference, m.Change, m.Notify, m.Day, m.Code, m.Number)
			got = append(got, strings.Join(strings.Fields(s), " "))
		}
		if !slices.Equal(got, want) || len(f.Payments) > 0 {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// The keys are written into the accounts: they must be the same in all versions of the
// program, or a payment could be booked once by each. Where a version gives another one it
// knows the older one too.
func TestKeyVectors(t *testing.T) {
	if len(keyVectors) < 6 {
		t.Fatal("vectors are missing")
	}
	for name, want := range keyVectors {
		f := read(t, name)
		h, is := sha256.New(), sha256.New()
		seen := map[string]bool{}
		older := func(p Payment) string {
			if p.Older != "" {
				return p.Older
			}
			return p.Key
		}
		for _, p := range f.Payments {
			if len(older(p)) != 32 || len(p.Key) != 32 || seen[p.Key] {
				t.Errorf("%s: line %d: a key that is not its own", name, p.Line)
			}
			seen[p.Key] = true
			h.Write([]byte(older(p)))
			is.Write([]byte(p.Key))
		}
		if got := fmt.Sprintf("%s %x", older(f.Payments[0]), h.Sum(nil)[:8]); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if own := transactionVectors[name]; own != "" {
			want = own
		}
		if got := fmt.Sprintf("%s %x", f.Payments[0].Key, is.Sum(nil)[:8]); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A notice says more of a payment than the statement: it is the same one where the bank
// gave it a reference of its own. One reference for several transactions is no such.
func TestNoticeInDetail(t *testing.T) {
	notice := string(sample(t, "camt054-v02-no.xml"))
	key := func(s string, i int) string {
		t.Helper()
		f, err := Read([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return f.Payments[i].Key
	}
	more := strings.NewReplacer(
		"<AcctSvcrRef>T-1</AcctSvcrRef>", "<AcctSvcrRef>T-1</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId><TxId>7</TxId>",
		"</Dbtr></RltdPties>", "</Dbtr><DbtrAcct><Id><IBAN>NO5411112222333</IBAN></Id></DbtrAcct></RltdPties>",
		"<Othr><Id>99991042764</Id></Othr>", "<IBAN>NO2599991042764</IBAN>",
		"<Ref>48291037561</Ref></CdtrRefInf></Strd>", "<Ref>48291037561</Ref></CdtrRefInf></Strd><Strd><RfrdDocInf><Nb>9</Nb></RfrdDocInf></Strd>").Replace(notice)
	if key(more, 0) != key(notice, 0) {
		t.Error("a payment of which more is said is another")
	}
	if key(more, 2) == key(notice, 2) {
		t.Error("a payment without a reference of its own is known by less than everything")
	}
	for name, other := range map[string]string{
		"amount":    strings.NewReplacer("300.00", "310.00", "600.00", "620.00", "650.00", "670.00").Replace(notice),
		"day":       strings.ReplaceAll(notice, "2026-11-20", "2026-11-21"),
		"reference": strings.ReplaceAll(notice, "T-1", "T-9"),
		"currency":  strings.ReplaceAll(notice, "NOK", "EUR"),
	} {
		if key(other, 0) == key(notice, 0) {
			t.Errorf("another %s, and the same payment", name)
		}
	}
	shared := strings.ReplaceAll(notice, "T-2", "T-1")
	if key(shared, 0) == key(strings.ReplaceAll(shared, "48291037561", "77500182330"), 0) {
		t.Error("one reference for two transactions is taken for each one's own")
	}
}

// A payment with as many references as a file holds takes no longer for it.
func TestManyReferences(t *testing.T) {
	const n = 60_000
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprint(i, " ", i)
	}
	start := time.Now()
	if got := len(references(fields...)); got != 2*n {
		t.Errorf("%d references", got)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

// However a file was treated on its way, its payments have the same keys.
func TestSameKeysAnotherWay(t *testing.T) {
	keys := func(b []byte) []string {
		t.Helper()
		f, err := Read(b)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, p := range f.Payments {
			out = append(out, p.Key)
		}
		return out
	}
	for _, name := range []string{"ocr-giro.txt", "bgmax.txt", "autogiro-payments.txt", "betalingsservice-0602.txt"} {
		b := sample(t, name)
		want := keys(b)
		lf := bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
		var short [][]byte
		for l := range bytes.Lines(lf) {
			short = append(short, append(bytes.TrimRight(l, " \n"), '\n'))
		}
		for way, b := range map[string][]byte{
			"LF":                     lf,
			"blanks lost":            bytes.Join(short, nil),
			"UTF-8":                  []byte(latin1(string(b))),
			"UTF-8 and its mark":     append([]byte("\xef\xbb\xbf"), latin1(string(b))...),
			"the end of old systems": append(bytes.Clone(b), "\x1a"...),
			"empty lines":            append(append(bytes.Clone(b), "\r\n\r\n"...), "   \r\n"...),
			"no end of line":         bytes.TrimRight(b, "\r\n"),
		} {
			if !slices.Equal(keys(b), want) {
				t.Errorf("%s: other keys with %s", name, way)
			}
		}
	}
	// The transactions come again in another file, where they have other numbers.
	lines := strings.SplitAfter(string(sample(t, "ocr-giro.txt")), "\n")
	want := keys([]byte(strings.Join(lines, "")))
	for i, l := range lines {
		if len(l) > 8 && l[6] == '3' {
			lines[i] = l[:8] + "4" + l[9:]
		}
	}
	if !slices.Equal(keys([]byte(strings.Join(lines, ""))), want) {
		t.Error("payments have other keys under other numbers")
	}
	// A statement and a notice of the same entry.
	notice := string(sample(t, "camt054-v02-no.xml"))
	statement := strings.NewReplacer("camt.054", "camt.053", "BkToCstmrDbtCdtNtfctn", "BkToCstmrStmt", "Ntfctn>", "Stmt>", "<Id>N1</Id>", "<Id>S9</Id>").Replace(notice)
	if !slices.Equal(keys([]byte(notice)), keys([]byte(statement))) {
		t.Error("the notice and the statement of a payment give it two keys")
	}
}

func TestReadRefuses(t *testing.T) {
	camt := string(sample(t, "camt053-v08-se-dk.xml"))
	deep := strings.Replace(camt, "<ns2:Id>S1</ns2:Id>", strings.Repeat("<a>", 100)+strings.Repeat("</a>", 100), 1)
	doctype := func(d string) string { return strings.Replace(camt, "<ns2:Document", d+"<ns2:Document", 1) }
	for name, in := range map[string]string{
		"nothing":             "",
		"a list":              "name;amount\nA;1\n",
		"a PDF":               "%PDF-1.4",
		"HTML":                "<html><body>NY</body></html>",
		"other XML":           `<?xml version="1.0"?><a/>`,
		"a report in the day": strings.ReplaceAll(camt, "camt.053", "camt.052"),
		"an old camt":         strings.ReplaceAll(camt, "001.08", "001.01"),
		"a camt to come":      strings.ReplaceAll(camt, "001.08", "001.15"),
		"no namespace":        strings.ReplaceAll(camt, ` xmlns:ns2="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"`, ""),
		"deep":                deep,
		"a document type":     doctype(`<!DOCTYPE x>`),
		"an entity":           doctype(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>`),
		"an unknown entity":   strings.Replace(camt, "Kalles", "&a;", 1),
		"an unknown encoding": strings.Replace(camt, "ISO-8859-1", "UTF-7", 1),
		"claims, not read":    "NY000010555555551000081000080800000000000000000000000000000000000000000000000000\nNY210020000000000400008688888888888000000000000000000000000000000000000000000000\n",
		"Autogiro, old":       "0120041027AUTOGIRO9900",
		"too many lines":      string(sample(t, "bgmax.txt")) + strings.Repeat("\n", LinesLimit),
		"a long line":         strings.Replace(string(sample(t, "bgmax.txt")), "26Berits Garn", "26Berits Garn"+strings.Repeat(" x", 80), 1),
		"a control character": strings.Replace(string(sample(t, "bgmax.txt")), "26Berits", "26\x00erits", 1),
		"too large":           string(make([]byte, SizeLimit+1)),
	} {
		_, err := Read([]byte(in))
		var fault *FileError
		if !errors.As(err, &fault) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%-20s %v", name, err)
	}
}

// A statement in a file that says more than its own: two statements are both read.
func TestTwoStatements(t *testing.T) {
	s := string(sample(t, "camt054-v02-no.xml"))
	from, to := strings.Index(s, "    <Ntfctn>"), strings.Index(s, "  </BkToCstmrDbtCdtNtfctn>")
	two := s[:to] + strings.NewReplacer("99991042764", "99991042772", ">E-", ">F-", ">T-", ">U-").Replace(s[from:to]) + s[to:]
	f, err := Read([]byte(two))
	if err != nil || len(f.Payments) != 6 || f.Sum != 130000 || len(f.Accounts) != 2 {
		t.Fatalf("%+v %v", f, err)
	}
	if _, err := Read([]byte(s + s)); err == nil {
		t.Error("two documents in one file were read")
	}
}
