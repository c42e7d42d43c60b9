package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
)

// A Giro is what a payment form says, in no language: to whom, how much, until when, and
// under which reference. It names no payer.
type Giro struct {
	Payee     string // as it may be known to whoever sees the form
	Number    string // the payee's registration number; may be empty
	Country   string // NO, SE, DK or FI: where the account is
	Kind      AccountKind
	Account   string // digits, with or without hyphens and blanks; an IBAN with its letters
	BIC       string // for an IBAN; may be empty
	Reference string
	Amount    int64 // minor units; 0: the payer writes it
	Currency  string
	Issued    string // YYYY-MM-DD
	Due       string // YYYY-MM-DD
}

// AccountKind is what sort of number an account has.
type AccountKind string

const (
	Bankgiro AccountKind = "BG"
	Plusgiro AccountKind = "PG"
	BBAN     AccountKind = "BBAN" // the number within the country
	IBAN     AccountKind = "IBAN"
)

var errGiro = errors.New("payment form: a field is missing or malformed")

// SwedishLine is the line for machines at the foot of a Swedish payment form: reference,
// amount with its check digit, account, and the form's type. It goes like this on forms
// that banks take; a specification of the columns was not at hand, and a bank must approve
// a form before it is used. So the type ("41" on forms for a Bankgiro with OCR) is the
// caller's to give, as the bank tells it.
func (g Giro) SwedishLine(form string) (string, error) {
	account := onlyDigits(g.Account)
	if !isDigits(g.Reference) || len(g.Reference) > longest || account == "" || len(account) > 12 || len(form) != 2 || !isDigits(form) || g.Amount < 0 || g.Amount > 9_999_999_999 {
		return "", errGiro
	}
	kronor, öre, check := "", "", " "
	if g.Amount > 0 {
		kronor, öre = fmt.Sprint(g.Amount/100), fmt.Sprintf("%02d", g.Amount%100)
		check = string(mod10(kronor + öre))
	}
	return fmt.Sprintf("# %25s #%8s %2s   %s >%14s#%s#", g.Reference, kronor, öre, check, account, form), nil
}

// UsingQR is the content of a QR code that banks' apps in Sweden read from an invoice:
// version 1 of the format that Visma published as UsingQR in 2014 for anybody to use.
func (g Giro) UsingQR() (string, error) {
	if g.Payee == "" || g.Account == "" || g.Reference == "" || g.Amount <= 0 || len(g.Currency) != 3 || len(g.Country) != 2 {
		return "", errGiro
	}
	switch g.Kind {
	case Bankgiro, Plusgiro, BBAN, IBAN:
	default:
		return "", errGiro
	}
	due, err := compactDay(g.Due)
	if err != nil {
		return "", err
	}
	issued, err := compactDay(g.Issued)
	if err != nil {
		return "", err
	}
	out, err := json.Marshal(struct {
		Version   int         `json:"uqr"`
		Type      int         `json:"tp"` // 1: an invoice
		Payee     string      `json:"nme"`
		Country   string      `json:"cc"`
		Number    string      `json:"cid,omitempty"`
		Reference string      `json:"iref"`
		Issued    string      `json:"idt"`
		Due       string      `json:"ddt"`
		Amount    json.Number `json:"due"`
		Currency  string      `json:"cur"`
		Kind      string      `json:"pt"`
		Account   string      `json:"acc"`
	}{1, 1, g.Payee, g.Country, g.Number, g.Reference, issued, due, json.Number(decimal(g.Amount)), g.Currency, string(g.Kind), strings.ReplaceAll(g.Account, " ", "")})
	return ascii(string(out)), err
}

// ascii writes what is beyond ASCII in JSON's other way: readers of QR codes disagree about
// how it is encoded.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, u := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	return b.String()
}

// EPC is the content of a QR code for a transfer in euro with an RF reference: European
// Payments Council, EPC069-12, version 002. Banks in Finland read it; it is for euro alone.
func (g Giro) EPC() (string, error) {
	if _, err := RF.Payload(g.Reference); err != nil {
		return "", err
	}
	account := strings.ToUpper(strings.ReplaceAll(g.Account, " ", ""))
	if g.Kind != IBAN || len(account) < 15 || len(account) > 34 || !isAlphanumeric(account) || mod97(account[4:]+account[:4]) != 1 {
		return "", errGiro
	}
	if n := len([]rune(g.Payee)); g.Currency != "EUR" || n == 0 || n > 70 || strings.ContainsAny(g.Payee, "\r\n") || g.Amount <= 0 || g.Amount > 99_999_999_999 {
		return "", errGiro
	}
	if n := len(g.BIC); n != 0 && n != 8 && n != 11 || n > 0 && !isAlphanumeric(g.BIC) {
		return "", errGiro
	}
	return strings.Join([]string{"BCD", "002", "1", "SCT", g.BIC, g.Payee, account, "EUR" + decimal(g.Amount), "", g.Reference}, "\n"), nil
}

func decimal(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }

func compactDay(s string) (string, error) {
	d := strings.ReplaceAll(s, "-", "")
	if len(s) != 10 || len(d) != 8 || !isDigits(d) {
		return "", errGiro
	}
	return d, nil
}

func onlyDigits(s string) string {
	s = strings.NewReplacer(" ", "", "-", "").Replace(s)
	if !isDigits(s) {
		return ""
	}
	return s
}
