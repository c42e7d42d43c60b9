package dues

import (
	"strings"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
)

// MandateReference is the reference by which the bank names a mandate. A record has digits
// alone: a KID whose check character is "-" stands there without it.
func (r Rules) MandateReference(m record.MandateLine) string {
	if r.Scheme == reference.KIDMod11 && len(m.Reference) == reference.PayloadDigits {
		return m.Reference + "-"
	}
	return m.Reference
}

// MandateLine is how a record has a mandate: MandateReference's inverse.
func (r Rules) MandateLine(m bankfile.Mandate) record.MandateLine {
	return record.MandateLine{Kind: m.Kind, Since: m.Day, Reference: strings.TrimSuffix(m.Reference, "-")}
}

// Elsewhere tells whether an account that a bank's file names is another than the policy's,
// where both are of one form: Norwegian numbers, giro numbers or IBANs. Of others it cannot
// be told.
func (r Rules) Elsewhere(account string) bool {
	form, ours := accountForm(r.Dues.Account)
	other, theirs := accountForm(account)
	return form == other && form != "" && ours != theirs
}

// accountForm is an account in one spelling, and of what form it is, "" for another one. A
// Norwegian IBAN is its number.
func accountForm(s string) (form, number string) {
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s))
	const norwegian, giro, head = 11, 8, 4 // digits; what an IBAN has before the number
	if strings.HasPrefix(s, "NO") && len(s) == head+norwegian {
		s = s[head:]
	}
	digits := strings.Trim(s, "0123456789") == ""
	switch short := strings.TrimLeft(s, "0"); {
	case digits && len(s) == norwegian:
		return "norwegian", s
	case digits && short != "" && len(short) <= giro:
		return "giro", short
	case len(s) > head && strings.Trim(s[:2], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "":
		return "iban", s
	}
	return "", ""
}

// underMandate returns what a direct debit can be for that has no reference but its
// mandate's, which is that of some claim of the member's: those of her claims that were
// asked of the bank and that the money fits. Where there is none it is what it says.
func (b *Books) underMandate(p *bankfile.Payment, payload string, m *Member) []string {
	var out []string
	if m != nil {
		for _, l := range m.Lines {
			c := b.Claims[l.Payload]
			if c != nil && len(c.Debits) > 0 && (!p.Reversal && c.Left() > 0 || p.Reversal && c.Paid >= p.Amount) {
				out = append(out, l.Payload)
			}
		}
	}
	if len(out) == 0 {
		out = append(out, payload)
	}
	return out
}
