package accounts

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// SAFT writes a file of the Norwegian SAF-T Financial, version 1.30 (Skatteetaten,
// Norwegian_SAF-T_Financial_Schema_v_1.30.xsd, which periods from 2025 on have): the header,
// the accounts and the entries, and nobody as customer. It is for reading into a
// bookkeeping program: the file that the tax authority may ask for is that program's.
func SAFT(b Book) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	if b.Number == "" || b.Contact.First == "" || b.Contact.Last == "" {
		return nil, fmt.Errorf("write SAF-T: give the organisation's number, and the first and last name of who answers for the file")
	}
	f := saft{
		Namespace: "urn:StandardAuditFile-Taxation-Financial:NO",
		Header: saftHeader{Version: "1.30", Country: "NO", Created: string(b.Made), Maker: "medlem", Software: "medlem", SoftwareVersion: cut(b.Version, 18),
			Company:  saftCompany{Number: cut(b.Number, 35), Name: b.Organisation, First: cut(b.Contact.First, 35), Last: cut(b.Contact.Last, 70)},
			Currency: b.Currency, From: string(b.From), To: string(b.To), Basis: "A"},
		Entries: saftEntries{Count: len(b.Entries), Journal: saftJournal{ID: "MEDLEM", Description: orWord(b.Journal, "medlem"), Type: "GL"}},
	}
	closing := map[string]int64{}
	var debit, credit int64
	for _, e := range b.Entries {
		t := saftTransaction{ID: strconv.Itoa(e.Number), Period: monthOf(string(e.Day)), Year: e.Day.Year(), Date: string(e.Day), Description: orWord(e.Text, "-"), Entered: string(e.Made), Posted: string(e.Day)}
		if t.Entered == "" {
			t.Entered = string(e.Day)
		}
		for i, l := range e.Lines {
			line := saftLine{ID: strconv.Itoa(i + 1), Account: l.Account, Description: orWord(l.words(e), "-")}
			closing[l.Account] += l.Amount
			if l.Amount > 0 {
				debit += l.Amount
				line.Debit = &saftAmount{Money(l.Amount)}
			} else {
				credit -= l.Amount
				line.Credit = &saftAmount{Money(-l.Amount)}
			}
			t.Lines = append(t.Lines, line)
		}
		f.Entries.Journal.Transactions = append(f.Entries.Journal.Transactions, t)
	}
	f.Entries.Debit, f.Entries.Credit = Money(debit), Money(credit)
	for _, a := range b.Accounts {
		category, code := a.Category, a.Code
		if category == "" {
			g, ok := saftGroups[a.Kind]
			if !ok {
				return nil, fmt.Errorf("write SAF-T: account %s: an unknown kind, and no grouping", a.Number)
			}
			category, code = g[0], g[1]
		}
		x := saftAccount{ID: a.Number, Description: a.Name, Category: category, Code: code, Type: "GL"}
		x.OpeningDebit, x.OpeningCredit = sides(a.Opening)
		x.ClosingDebit, x.ClosingCredit = sides(a.Opening + closing[a.Number])
		f.Accounts = append(f.Accounts, x)
	}
	out, err := xml.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write SAF-T: %w", err)
	}
	return append([]byte(xml.Header), append(out, '\n')...), nil
}

// saftGroups are the groupings of the kinds, of the list "naeringsspesifikasjon": trade
// receivables, bank deposits, other operating income, losses on receivables.
var saftGroups = map[Kind][2]string{
	Receivable: {"balanseverdiForOmloepsmiddel", "1500"},
	Bank:       {"balanseverdiForOmloepsmiddel", "1920"},
	Income:     {"annenDriftsinntekt", "3900"},
	Losses:     {"annenDriftskostnad", "7830"},
}

// sides are a balance as the one of debit and credit that it is.
func sides(balance int64) (debit, credit *string) {
	s := Money(max(balance, -balance))
	if balance < 0 {
		return nil, &s
	}
	return &s, nil
}

func monthOf(day string) string { return strings.TrimLeft(day[5:7], "0") }

func orWord(s, word string) string {
	if strings.TrimSpace(s) == "" {
		return word
	}
	return s
}

// cut is the first n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// The elements that are written, in the order of the schema.
type (
	saft struct {
		XMLName   xml.Name      `xml:"AuditFile"`
		Namespace string        `xml:"xmlns,attr"`
		Header    saftHeader    `xml:"Header"`
		Accounts  []saftAccount `xml:"MasterFiles>GeneralLedgerAccounts>Account"`
		Entries   saftEntries   `xml:"GeneralLedgerEntries"`
	}
	saftHeader struct {
		Version         string      `xml:"AuditFileVersion"`
		Country         string      `xml:"AuditFileCountry"`
		Created         string      `xml:"AuditFileDateCreated"`
		Maker           string      `xml:"SoftwareCompanyName"`
		Software        string      `xml:"SoftwareID"`
		SoftwareVersion string      `xml:"SoftwareVersion"`
		Company         saftCompany `xml:"Company"`
		Currency        string      `xml:"DefaultCurrencyCode"`
		From            string      `xml:"SelectionCriteria>SelectionStartDate"`
		To              string      `xml:"SelectionCriteria>SelectionEndDate"`
		Basis           string      `xml:"TaxAccountingBasis"`
	}
	saftCompany struct {
		Number string `xml:"RegistrationNumber"`
		Name   string `xml:"Name"`
		First  string `xml:"Contact>ContactPerson>FirstName"`
		Last   string `xml:"Contact>ContactPerson>LastName"`
	}
	saftAccount struct {
		ID            string  `xml:"AccountID"`
		Description   string  `xml:"AccountDescription"`
		Category      string  `xml:"GroupingCategory"`
		Code          string  `xml:"GroupingCode"`
		Type          string  `xml:"AccountType"`
		OpeningDebit  *string `xml:"OpeningDebitBalance"`
		OpeningCredit *string `xml:"OpeningCreditBalance"`
		ClosingDebit  *string `xml:"ClosingDebitBalance"`
		ClosingCredit *string `xml:"ClosingCreditBalance"`
	}
	saftEntries struct {
		Count   int         `xml:"NumberOfEntries"`
		Debit   string      `xml:"TotalDebit"`
		Credit  string      `xml:"TotalCredit"`
		Journal saftJournal `xml:"Journal"`
	}
	saftJournal struct {
		ID           string            `xml:"JournalID"`
		Description  string            `xml:"Description"`
		Type         string            `xml:"Type"`
		Transactions []saftTransaction `xml:"Transaction"`
	}
	saftTransaction struct {
		ID          string     `xml:"TransactionID"`
		Period      string     `xml:"Period"`
		Year        string     `xml:"PeriodYear"`
		Date        string     `xml:"TransactionDate"`
		Description string     `xml:"Description"`
		Entered     string     `xml:"SystemEntryDate"`
		Posted      string     `xml:"GLPostingDate"`
		Lines       []saftLine `xml:"Line"`
	}
	saftLine struct {
		ID          string      `xml:"RecordID"`
		Account     string      `xml:"AccountID"`
		Description string      `xml:"Description"`
		Debit       *saftAmount `xml:"DebitAmount"`
		Credit      *saftAmount `xml:"CreditAmount"`
	}
	saftAmount struct {
		Amount string `xml:"Amount"`
	}
)
