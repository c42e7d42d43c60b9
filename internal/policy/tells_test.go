package policy

import (
	"bytes"
	"slices"
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
// membership is a sensitive fact, or sendings.yaml hides it, a policy is refused whose
// payee tells, by a word of the organisation's name or by what it is called; one that
// says nothing is not.
func TestB18Payee(t *testing.T) {
	for payee, tells := range map[string]bool{"Nordkassen": false, "Kassen 2027": false, "Folkerørsla Prøve": true, "Folkerørslas kasse": true, "Medlemskassen": true, "Fagforeningskassen": true} {
		for _, x := range []struct {
			sensitivity, hide string
			hides             bool
		}{{"politics", "true", true}, {"politics", "false", true}, {"none", "true", true}, {"none", "false", false}} {
			files := full(t)
			for name, change := range map[string][2]string{
				"dues.yaml":         {"Nordkassen", payee},
				"organisation.yaml": {"sensitivity: politics", "sensitivity: " + x.sensitivity},
				"sendings.yaml":     {"hide-membership: true", "hide-membership: " + x.hide},
			} {
				if !bytes.Contains(files[name], []byte(change[0])) {
					t.Fatalf("%s has no %s", name, change[0])
				}
				files[name] = bytes.Replace(files[name], []byte(change[0]), []byte(change[1]), 1)
			}
			p, problems := Load(files)
			problems = slices.DeleteFunc(problems, func(q Problem) bool { return q.Path != "/payee/nb" }) // what else an organisation of no opinion may not have
			switch {
			case tells && x.hides && len(problems) != 1:
				t.Errorf("%s, %s, hide-membership %s: nothing is said of it", payee, x.sensitivity, x.hide)
			case !(tells && x.hides) && len(problems) > 0:
				t.Errorf("%s, %s, hide-membership %s: %v", payee, x.sensitivity, x.hide, problems)
			case p != nil && p.Hides() != x.hides:
				t.Errorf("%s, hide-membership %s: hides %v", x.sensitivity, x.hide, p.Hides())
			}
		}
	}
}
