package policy

import "testing"

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
