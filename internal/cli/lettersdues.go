package cli

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/label"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
	"github.com/medlem-register/medlem/internal/register"
)

// claimLetters has letters go to those alone who owe something for a year, and returns the
// payment part of each, by record.
func (s *session) claimLetters(o *letterFlags) (map[register.RecordID]*label.Giro, error) {
	all, err := s.AllDues()
	if err != nil {
		return nil, err
	}
	owes := fmt.Sprintf(`("%d %s" in dues or "%d %s" in dues)`, o.dues, record.Open, o.dues, record.Part)
	if o.where != "" {
		owes = "(" + o.where + ") and " + owes
	}
	o.where = owes
	out := map[register.RecordID]*label.Giro{}
	for _, books := range all {
		for _, c := range books.Order {
			m := books.Has(c.Payload)
			if m == nil || c.Year != o.dues || c.Left() <= 0 {
				continue
			}
			if out[m.ID], err = s.paymentPart(c, m.Fields, o.form); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// paymentPart is what the foot of a letter says of a claim, in its member's language: rows
// that she can pay by, and what a machine reads where the country has it.
func (s *session) paymentPart(c *dues.Claim, fields map[string]record.Value, form string) (*label.Giro, error) {
	own, p := s.inLanguageOf(fields), s.Policy()
	said := &session{app: own, Desk: s.Desk}
	scheme, err := reference.ParseScheme(p.Dues.ReferenceForm.Scheme)
	if err != nil {
		return nil, dues.ErrNoClaims
	}
	ref, err := scheme.Make(c.Payload)
	if err != nil {
		return nil, err
	}
	g := reference.Giro{Payee: p.Label(p.Dues.Payee, own.texts.lang), Country: p.Country, Kind: accountKind(p.Dues.Account), Account: p.Dues.Account,
		Reference: ref, Amount: c.Left(), Currency: p.Dues.Currency, Issued: string(c.Claimed), Due: string(c.Due)}
	out := &label.Giro{Title: own.tr("Payment")}
	row := func(name, value string) {
		if value != "" {
			out.Rows = append(out.Rows, label.GiroRow{Name: name, Value: value})
		}
	}
	row(own.tr("Payee"), g.Payee)
	row(own.tr("Account"), g.Account)
	row(schemeWord(scheme), ref)
	row(own.tr("Amount"), said.money(g.Amount))
	row(own.tr("Pay by"), longDay(c.Due, own.texts.lang))
	switch word := schemeWord(scheme); {
	case word == "OCR" && form != "":
		out.Line, err = g.SwedishLine(form)
	case word == "FIK":
		var slip reference.Slip
		slip, err = reference.NewSlip(scheme, ref, strings.NewReplacer(" ", "", "-", "", ".", "").Replace(g.Account))
		out.Line = slip.String()
	}
	if err != nil {
		return nil, refused(s.tr("no line for machines can be made with the account of policies/dues.yaml: {{.What}}", "What", err.Error()), s.tr("see docs/payments.md"))
	}
	// A code is a help to whose bank reads it: where none can be made, the rows have it all.
	code := func(content func() (string, error)) {
		if out.Code, err = content(); err == nil {
			out.CodeSay = own.tr("for your bank's app")
		}
	}
	switch {
	case schemeWord(scheme) == "OCR" && p.Country == "SE":
		code(g.UsingQR)
	case scheme == reference.RF:
		code(g.EPC)
	}
	return out, nil
}

// schemeWord is what people call a reference of the scheme, in every language here.
func schemeWord(s reference.Scheme) string {
	word, _, _ := strings.Cut(strings.ToUpper(string(s)), "-")
	return word
}

// accountKind tells by how it is written what sort of number an account has: a Bankgiro
// has its hyphen before four digits, a Plusgiro before one.
func accountKind(account string) reference.AccountKind {
	_, after, hyphen := strings.Cut(account, "-")
	switch letters := strings.ContainsAny(account, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"); {
	case letters:
		return reference.IBAN
	case hyphen && len(after) == 4:
		return reference.Bankgiro
	case hyphen && len(after) == 1:
		return reference.Plusgiro
	}
	return reference.BBAN
}
