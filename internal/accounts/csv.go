package accounts

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
)

// csvHeads are the columns of the table, in the languages of the program.
var csvHeads = map[string][]string{
	"da": {"Bilag", "Dato", "Tekst", "Konto", "Kontonavn", "Debet", "Kredit", "Valuta"},
	"nb": {"Bilag", "Dato", "Tekst", "Konto", "Kontonavn", "Debet", "Kredit", "Valuta"},
	"sv": {"Verifikation", "Datum", "Text", "Konto", "Kontonamn", "Debet", "Kredit", "Valuta"},
	"en": {"Voucher", "Date", "Text", "Account", "Account name", "Debit", "Credit", "Currency"},
}

// CSV writes a table with a line for each line of each entry, in the language da, nb, sv or
// en. It is ours and no standard: semicolons between the columns, a comma before the
// decimals, days as YYYY-MM-DD, UTF-8 with its mark, which Excel needs to see that it is,
// and CR LF.
func CSV(b Book, language string) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	head, ok := csvHeads[language]
	if !ok {
		return nil, fmt.Errorf("write accounts: unknown language %q: want da, nb, sv or en", language)
	}
	names := map[string]string{}
	for _, a := range b.Accounts {
		names[a.Number] = a.Name
	}
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = ';', true
	rows := [][]string{head}
	for _, e := range b.Entries {
		for _, l := range e.Lines {
			debit, credit := "", ""
			if l.Amount > 0 {
				debit = comma(l.Amount)
			} else {
				credit = comma(-l.Amount)
			}
			rows = append(rows, []string{fmt.Sprint(e.Number), string(e.Day), plain(l.words(e)), l.Account, plain(names[l.Account]), debit, credit, b.Currency})
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write accounts: %w", err)
	}
	return out.Bytes(), nil
}

func comma(minor int64) string { return strings.Replace(Money(minor), ".", ",", 1) }

// plain is a text that no spreadsheet takes for a formula.
func plain(s string) string {
	if s != "" && strings.ContainsAny(s[:1], "=+-@\t") {
		return "'" + s
	}
	return s
}
