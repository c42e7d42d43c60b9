package sheet

import (
	"slices"
	"testing"
)

// Dates as people write them are read where no doubt is left.
func TestTextDates(t *testing.T) {
	for text, want := range map[string]string{
		"24. september 1941": "1941-09-24", "24 sept. 1941": "1941-09-24", "den 24 september 1941": "1941-09-24", "d. 24. sep 1941": "1941-09-24",
		"24:e september 1941": "1941-09-24", "24-sep-1941": "1941-09-24", "1 MAJ 1980": "1980-05-01", "1. mai 1980": "1980-05-01", "3 mar 1980": "1980-03-03",
		"6. toukokuuta 1980": "1980-05-06", "6. njukčamánnu 1980": "1980-03-06", "24/9-1941": "1941-09-24", "d. 4/5 1980": "1980-05-04", "4/5–1980": "1980-05-04",
		"3 ma 1980": "3 ma 1980", "3 smarch 1980": "3 smarch 1980", "24. september 41": "24. september 41", "24/9-41": "24/9-41", "24.09.1941": "24.09.1941", "": "",
	} {
		if got := textDate(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	const heads = "Fornavn;Etternavn;Fødselsdato"
	for text, want := range map[string]string{"24. september 1941": "1941-09-24", "31. februar 1980": "", "24/13-1941": "", "24/9-1941": "1941-09-24"} {
		r := one(t, heads, "Åse;Lie;"+text)
		if got := r.Fields["born"].String(); got != want || r.Good() != (want != "") {
			t.Errorf("%q: got %q, %v", text, got, pins([]Result{r}, faults))
		}
	}
}

// What a spreadsheet has changed beyond repair is refused, and nothing else.
func TestLostBeyondRepair(t *testing.T) {
	const heads = "Fornavn;Etternavn;Telefon;Postnr;Adresse;Merknad"
	for row, want := range map[string][]string{
		"Åse;Lie;4,67E+10":            {"C2 list/lost-digits phone"},
		"Åse;Lie;1.0E+10":             {"C2 list/lost-digits phone"},
		"Åse;Lie;;1,5E+2":             {"D2 list/lost-digits postcode"},
		"Åse;Lie;;;Blokk 5E+":         nil,
		"Åse;Lie;;;;1,0E+10 i merket": nil,
		"Åse;Lie;;;;1,0E+10":          nil,
	} {
		if got := pins([]Result{one(t, heads, row)}, faults); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", row, got, want)
		}
	}
	rows := strCells(1, "Fornavn", "Etternavn", "Telefon", "Adresse", "Fødselsdato", "Merknad") +
		`<row r="2"><c t="str"><v>Åse</v></c><c t="str"><v>Lie</v></c><c><v>4.6701234567890123E16</v></c><c s="1"><v>46364</v></c><c s="1"><v>29948</v></c><c s="1"><v>29948</v></c></row>`
	res := results(t, table(t, withSheet(t, rows)))
	if got, want := pins(res, faults), []string{"C2 list/lost-digits phone", "D2 list/became-date street"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A heading that names the family name first says how two words are read.
func TestHeadingOfWholeNames(t *testing.T) {
	for heading, want := range map[string]string{"Etternavn og fornavn": "Eva Lund", "Etternavn fornavn": "Eva Lund", "Efternamn, förnamn": "Eva Lund", "Fornavn og etternavn": "Lund Eva", "Navn": "Lund Eva", "För- och efternamn": "Lund Eva"} {
		r := one(t, `"`+heading+`";Ort`, "Lund Eva;Umeå")
		if got := r.Fields["given"].String() + " " + r.Fields["family"].String(); got != want || len(notices(&r)) != 1 {
			t.Errorf("%s: got %q, %v", heading, got, pins([]Result{r}, notices))
		}
	}
}
