package policy

import (
	"bytes"
	"testing"
)

// What a file is called tells, or it does not: in the languages of the packs, whatever
// stands around the word and however it is written.
func TestTells(t *testing.T) {
	p := &Policy{}
	p.Name = "Lyktan i Norden"
	for text, want := range map[string]bool{
		"medlemmar-2026.xlsx": true, "Medlemsliste": true, "members.csv": true, "fackklubben": true, "partimedlemmer": true, "lyktan.xlsx": true, "Kyrkan_i_Ås": true,
		"fagforening": true, "klub-vest": true, "valgerforening": true, "vælgerforening": true, "kirkemedlemmer": true,
		"lista-1.xlsx": false, "labels.pdf.age": false, "utskick mars": false, "asker.xlsx": false, "i-norden-1": true, "k3f7a2b9.csv.age": false, "klubba": true, "": false,
	} {
		if got := p.Tells(text); got != want {
			t.Errorf("Tells(%q) = %v", text, got)
		}
	}
	for s, want := range map[string]bool{"": false, "none": false, "not_stated": false, "union": true, "politics": true, "religion": true} {
		if p.Sensitivity = s; p.Reveals() != want {
			t.Errorf("sensitivity %q reveals: %v", s, !want)
		}
	}
}

// B18: whom a claim is paid to stands on the letter, in the SMS and on her account. Where
// membership is hidden a policy is refused whose payee tells, by a word of the
// organisation's name or by what it is called; one that says nothing is not.
func TestB18Payee(t *testing.T) {
	for payee, tells := range map[string]bool{"Nordkassen": false, "Kassen 2027": false, "Folkerørsla Prøve": true, "Folkerørslas kasse": true, "Medlemskassen": true, "Fagforeningskassen": true} {
		for _, hides := range []bool{true, false} {
			files := full(t)
			files["dues.yaml"] = bytes.Replace(files["dues.yaml"], []byte("Nordkassen"), []byte(payee), 1)
			if !hides {
				files["sendings.yaml"] = bytes.Replace(files["sendings.yaml"], []byte("hide-membership: true"), []byte("hide-membership: false"), 1)
			}
			p, problems := Load(files)
			switch {
			case tells && hides && (len(problems) != 1 || problems[0].Path != "/payee/nb"):
				t.Errorf("%s: %v", payee, problems)
			case (!tells || !hides) && problems != nil:
				t.Errorf("%s, hidden %v: %v", payee, hides, problems)
			case problems == nil && p.Hides() != (hides || p.Reveals()):
				t.Errorf("hidden %v: %v", hides, p.Hides())
			}
		}
	}
}
