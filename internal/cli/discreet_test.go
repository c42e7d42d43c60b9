package cli

import (
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
)

// B18: what the program itself writes around what it sends (subjects, and the rows that
// an SMS shows to whoever sees the telephone) says in no language that somebody is a
// member, or of what.
func TestB18OwnWords(t *testing.T) {
	p := &policy.Policy{}
	p.Name = "Lyktan i Norden"
	n := 0
	for _, lang := range append([]string{"en"}, catalogued...) {
		own := &app{texts: newTexts(lang)}
		for _, text := range []string{
			own.duesSubject(access.SendingClaim), own.duesSubject(access.SendingReminder), own.duesSubject(""), own.askSubject(),
			own.tr("To: {{.Name}}", "Name", "x"), own.tr("Amount: {{.Sum}}", "Sum", "1"), own.tr("Amount: as on the invoice that you had before"),
			own.tr("Account: {{.Number}}", "Number", "1"), own.tr("Payment reference: {{.Number}}", "Number", "1"), own.tr("Due: {{.Day}}", "Day", "2027-01-01"),
		} {
			n++
			if p.Tells(text) || text == "" {
				t.Errorf("%s: %q tells", lang, text)
			}
		}
	}
	if n < 40 || !p.Tells("Medlemsavgift") {
		t.Errorf("%d texts were looked at", n)
	}
}
