package accounts

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

func book(currency string) Book {
	return Book{
		Organisation: `Föreningen "Prøve"`, Number: "802000-0000", Contact: Person{"Åse", "Prøve"}, Currency: currency,
		From: "2026-01-01", To: "2026-12-31", Made: "2027-01-10", Version: "1.2.3", Journal: "Membership dues",
		Accounts: []Account{{Number: "1510", Name: "Medlemsfordringar", Kind: Receivable, Opening: 5000}, {Number: "1930", Name: "Bank", Kind: Bank}, {Number: "3890", Name: "Årsavgifter", Kind: Income}, {Number: "6350", Name: "Förluster", Kind: Losses}},
		Entries: []Entry{
			{Number: 1, Day: "2026-01-05", Made: "2026-01-06", Text: "Krav 2026", Lines: []Line{{"1510", 600_000, ""}, {"3890", -600_000, ""}}},
			{Number: 2, Day: "2026-02-01", Text: "=Inbetalningar", Lines: []Line{{"1930", 570_050, ""}, {"1510", -570_050, "20 betalningar"}}},
			{Number: 4, Day: "2026-12-31", Text: "Avskrivet", Lines: []Line{{"6350", 29_950, ""}, {"1510", -29_900, ""}, {"1510", -50, ""}}},
		},
	}
}

func TestSIE(t *testing.T) {
	b := book("SEK")
	b.Organisation = `Föreningen "Pröve"`
	got, err := SIE(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(got, []byte("F\x94reningen \\\"Pr\x94ve\\\"")) || !bytes.Contains(got, []byte("\x8frsavgifter")) {
		t.Error("ö and Å are not those of code page 437")
	}
	text, _ := charmap.CodePage437.NewDecoder().String(string(got))
	const want = `#FLAGGA 0
#PROGRAM "medlem" "1.2.3"
#FORMAT PC8
#GEN 20270110
#SIETYP 4
#ORGNR "802000-0000"
#FNAMN "Föreningen \"Pröve\""
#RAR 0 20260101 20261231
#KONTO 1510 "Medlemsfordringar"
#KONTO 1930 "Bank"
#KONTO 3890 "Årsavgifter"
#KONTO 6350 "Förluster"
#VER "M" "1" 20260105 "Krav 2026" 20260106
{
#TRANS 1510 {} 6000.00 20260105 "Krav 2026"
#TRANS 3890 {} -6000.00 20260105 "Krav 2026"
}
#VER "M" "2" 20260201 "=Inbetalningar" 20260201
{
#TRANS 1930 {} 5700.50 20260201 "=Inbetalningar"
#TRANS 1510 {} -5700.50 20260201 "20 betalningar"
}
#VER "M" "4" 20261231 "Avskrivet" 20261231
{
#TRANS 6350 {} 299.50 20261231 "Avskrivet"
#TRANS 1510 {} -299.00 20261231 "Avskrivet"
#TRANS 1510 {} -0.50 20261231 "Avskrivet"
}
`
	if got := strings.ReplaceAll(text, "\r\n", "\n"); got != want {
		t.Errorf("got\n%s", got)
	}
	if _, err := SIE(book("SEK")); err == nil || !strings.Contains(err.Error(), "ø") {
		t.Errorf("a letter that PC8 lacks: %v", err)
	}
	if _, err := SIE(book("NOK")); err == nil {
		t.Error("SIE in NOK")
	}
}

// The file has the elements of the schema in its order, what it says of itself is what it
// holds, and the balances move by the entries. Where Skatteetaten's schema and xmllint are
// at hand (MEDLEM_SAFT_XSD), they judge it too.
func TestSAFT(t *testing.T) {
	b := book("NOK")
	got, err := SAFT(b)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		XMLName xml.Name
		Header  struct {
			Version string `xml:"AuditFileVersion"`
			Company struct{ RegistrationNumber, Name string }
		}
		Accounts []struct {
			ID     string `xml:"AccountID"`
			Open   string `xml:"OpeningDebitBalance"`
			Debit  string `xml:"ClosingDebitBalance"`
			Credit string `xml:"ClosingCreditBalance"`
		} `xml:"MasterFiles>GeneralLedgerAccounts>Account"`
		Entries struct {
			N           int                                                                   `xml:"NumberOfEntries"`
			Debit       string                                                                `xml:"TotalDebit"`
			Credit      string                                                                `xml:"TotalCredit"`
			Transaction []struct{ TransactionID, Period, PeriodYear, SystemEntryDate string } `xml:"Journal>Transaction"`
		} `xml:"GeneralLedgerEntries"`
	}
	if err := xml.Unmarshal(got, &f); err != nil {
		t.Fatal(err)
	}
	if f.XMLName.Space != "urn:StandardAuditFile-Taxation-Financial:NO" || f.Header.Version != "1.30" || f.Header.Company.Name != b.Organisation {
		t.Errorf("%+v", f.Header)
	}
	if f.Entries.N != 3 || f.Entries.Debit != "12000.00" || f.Entries.Credit != "12000.00" || f.Entries.Transaction[0].SystemEntryDate != "2026-01-06" || f.Entries.Transaction[2].Period != "12" {
		t.Errorf("%+v", f.Entries)
	}
	var balances []string
	for _, a := range f.Accounts {
		balances = append(balances, fmt.Sprintf("%s %s %s/%s", a.ID, a.Open, a.Debit, a.Credit))
	}
	if want := []string{"1510 50.00 50.00/", "1930 0.00 5700.50/", "3890 0.00 /6000.00", "6350 0.00 299.50/"}; !slices.Equal(balances, want) {
		t.Errorf("%q", balances)
	}
	order := strings.Fields(`AuditFile Header AuditFileVersion AuditFileCountry AuditFileDateCreated SoftwareCompanyName SoftwareID SoftwareVersion
		Company RegistrationNumber Name Contact ContactPerson FirstName LastName DefaultCurrencyCode SelectionCriteria SelectionStartDate SelectionEndDate TaxAccountingBasis
		MasterFiles GeneralLedgerAccounts Account AccountID AccountDescription GroupingCategory GroupingCode AccountType OpeningDebitBalance ClosingDebitBalance`)
	order = append(order, "GeneralLedgerEntries", "NumberOfEntries", "TotalDebit", "TotalCredit", "Journal", "JournalID", "Description", "Type", "Transaction", "TransactionID", "Period", "PeriodYear", "TransactionDate", "Description", "SystemEntryDate", "GLPostingDate", "Line", "RecordID", "AccountID", "Description", "DebitAmount", "Amount")
	at := 0
	for _, e := range order {
		i := strings.Index(string(got[at:]), "<"+e)
		if i < 0 {
			t.Fatalf("<%s> is not there, or not in its place", e)
		}
		at += i + 1
	}
	for name, b := range map[string]Book{
		"no number": func() Book { b := book("NOK"); b.Number = ""; return b }(),
		"nobody":    func() Book { b := book("NOK"); b.Contact = Person{}; return b }(),
		"no kind":   func() Book { b := book("NOK"); b.Accounts[1].Kind = ""; return b }(),
	} {
		if _, err := SAFT(b); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	xsd := os.Getenv("MEDLEM_SAFT_XSD")
	if xsd == "" {
		t.Log("MEDLEM_SAFT_XSD names no schema: the file was not validated")
		return
	}
	path := filepath.Join(t.TempDir(), "saft.xml")
	if err := os.WriteFile(path, got, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("xmllint", "--noout", "--nonet", "--schema", xsd, path).CombinedOutput(); err != nil {
		t.Errorf("xmllint: %v\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
}

func TestCSV(t *testing.T) {
	got, err := CSV(book("DKK"), "da")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got, []byte("\xef\xbb\xbfBilag;Dato;Tekst;Konto;Kontonavn;Debet;Kredit;Valuta\r\n")) {
		t.Errorf("%.80s", got)
	}
	r := csv.NewReader(bytes.NewReader(got))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 8 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, want := range map[int]string{1: "1|2026-01-05|Krav 2026|1510|Medlemsfordringar|6000,00||DKK", 3: "2|2026-02-01|'=Inbetalningar|1930|Bank|5700,50||DKK", 4: "2|2026-02-01|20 betalningar|1510|Medlemsfordringar||5700,50|DKK", 7: "4|2026-12-31|Avskrivet|1510|Medlemsfordringar||0,50|DKK"} {
		if got := strings.Join(rows[i], "|"); got != want {
			t.Errorf("row %d: %s", i, got)
		}
	}
	for _, l := range []string{"nb", "sv", "en"} {
		if _, err := CSV(book("NOK"), l); err != nil {
			t.Error(err)
		}
	}
	if _, err := CSV(book("NOK"), "fi"); err == nil {
		t.Error("a language without words")
	}
}

// What does not balance, or is not an entry, is written in no format.
func TestRefuses(t *testing.T) {
	for name, change := range map[string]func(*Book){
		"no name":                func(b *Book) { b.Organisation = " " },
		"no currency":            func(b *Book) { b.Currency = "" },
		"days the wrong way":     func(b *Book) { b.To = "2025-12-31" },
		"no day":                 func(b *Book) { b.Made = "" },
		"an öre too much":        func(b *Book) { b.Entries[0].Lines[0].Amount++ },
		"one line":               func(b *Book) { b.Entries[0].Lines = b.Entries[0].Lines[:1] },
		"nothing":                func(b *Book) { b.Entries[0].Lines[0].Amount, b.Entries[0].Lines[1].Amount = 0, 0 },
		"another account":        func(b *Book) { b.Entries[0].Lines[0].Account = "9999" },
		"an account twice":       func(b *Book) { b.Accounts[1].Number = "1510" },
		"an account of words":    func(b *Book) { b.Accounts[1].Number = "19 30" },
		"a nameless account":     func(b *Book) { b.Accounts[1].Name = "" },
		"another year":           func(b *Book) { b.Entries[0].Day = "2025-12-31" },
		"a number twice":         func(b *Book) { b.Entries[1].Number = 1 },
		"a line break":           func(b *Book) { b.Entries[0].Text = "a\n#TRANS" },
		"a long text":            func(b *Book) { b.Entries[0].Text = strings.Repeat("x", 257) },
		"a day that is none":     func(b *Book) { b.Entries[0].Made = "2026-02-30" },
		"an amount too large":    func(b *Book) { b.Entries[0].Lines[0].Amount, b.Entries[0].Lines[1].Amount = 1e13, -1e13 },
		"bytes that are no text": func(b *Book) { b.Journal = "\xff" },
		"too many entries":       func(b *Book) { b.Entries = make([]Entry, EntriesLimit+1) },
	} {
		b := book("SEK")
		b.Organisation = "Föreningen"
		change(&b)
		_, err1 := SIE(b)
		b.Currency = strings.Replace(b.Currency, "SEK", "NOK", 1)
		_, err2 := SAFT(b)
		_, err3 := CSV(b, "da")
		if err1 == nil || err2 == nil || err3 == nil {
			t.Errorf("%s: %v, %v, %v", name, err1, err2, err3)
		}
	}
}
