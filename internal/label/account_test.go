package label

import (
	"fmt"
	"strings"
	"testing"
)

// An account goes on over as many pages as it takes, says every word that it was given
// in its order, and leaves nothing out that the font lacks.
func TestPrintAccount(t *testing.T) {
	a := Account{Title: "Hva som er lagret om deg", Under: "Folkerørsla Prøve\n22. november 2026", Attached: []Attachment{{Name: "copy.json", Content: []byte(`{"a": 1}`)}}}
	s := Section{Heading: "Opplysninger", Text: "Hva de brukes til.", Headings: []string{"Felt", "Verdi", "Formål"}}
	for i := range 90 {
		s.Rows = append(s.Rows, []string{fmt.Sprintf("Felt-%03d", i), strings.Repeat("ord ", i%30), "Medlemskap"})
	}
	s.Rows = append(s.Rows, []string{"Merknad", strings.Repeat("lang tekst ", 900)}, []string{"Navn", "Þór 東京"})
	a.Sections = []Section{s, {Heading: "Til slutt", Text: "Ingenting."}, {Heading: "Tomt", Headings: []string{"x"}}}
	pdf := must(t)(PrintAccount(when, a))
	n := pages(pdf)
	if n < 4 {
		t.Errorf("%d pages", n)
	}
	text := strings.Join(strings.Fields(tool(t, pdf, "pdftotext", "-layout", "IN", "-")), " ")
	at := 0
	for _, want := range []string{"Hva som er lagret om deg", "Folkerørsla Prøve", "Opplysninger", "Hva de brukes til.", "Felt-000", "Felt-089", "Merknad", "Þór __ [U+4EAC U+6771]", "Til slutt", "Ingenting.", "Tomt", fmt.Sprintf("%d (%d)", n, n)} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("%q is not there, or not in its place", want)
		}
		at += i
	}
	if got := strings.Count(text, "lang tekst"); got != 900 {
		t.Errorf("%d of 900 words", got)
	}
	if got := strings.Count(text, "Felt Verdi Formål"); got < n-1 {
		t.Errorf("the headings stand on %d of %d pages", got, n)
	}
	if again := must(t)(PrintAccount(when, a)); string(again) != string(pdf) {
		t.Error("the same input gave other bytes")
	}
}

func TestPrintAccountRefuses(t *testing.T) {
	for name, a := range map[string]Account{
		"more cells than headings": {Sections: []Section{{Heading: "x", Headings: []string{"a"}, Rows: [][]string{{"b", "c"}}}}},
		"a name that is a path":    {Attached: []Attachment{{Name: "../x"}}},
		"no name":                  {Attached: []Attachment{{}}},
	} {
		if _, err := PrintAccount(when, a); err == nil {
			t.Errorf("%s: printed", name)
		}
	}
}
