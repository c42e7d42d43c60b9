package sheet

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// writeRest writes the rest of a list and returns the file.
func writeRest(t testing.TB, tab *Table, res []Result, lang string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteRest(&b, tab, res, lang); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The rows with faults of the Norwegian list come out as they were, say what is
// wrong, and are found at fault again when the file is read back unmended.
func TestRest(t *testing.T) {
	tab := table(t, fixture(t, "medlemmer-akershus.xlsx"))
	b := writeRest(t, tab, results(t, tab), "nb")
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows("Skal rettes")
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]string{
		{"Hva som er galt, og hvordan det rettes", "Fornavn"},
		{"Rad 195: samme person som rad 5 – slett en av de to radene", "Bjørg"},
		{"Rad 198, Fødselsdato: ikke en dag som finnes i kalenderen – skriv den som 28.02.1980", "Ingrid"},
		{"Rad 199, E-post: ikke en e-postadresse – skriv én adresse, som navn@example.org", "Bjørn"},
		{"Rad 200, Fornavn: her står det en formel – skriv verdien", `=HYPERLINK("http://example.test","x")`},
	}
	for i, w := range want {
		if i >= len(rows) || rows[i][0] != w[0] || rows[i][1] != w[1] {
			t.Errorf("row %d differs from %q", i+1, w)
		}
	}
	if len(rows) != len(want) {
		t.Errorf("got %d rows, want %d", len(rows), len(want))
	}
	for i, text := range tab.Rows[199-2].Cells {
		if rows[3][i+1] != text.Text {
			t.Errorf("row 199, column %s: not as it was", letter(i+1))
		}
	}
	if formula, err := f.GetCellFormula("Skal rettes", "B5"); err != nil || formula != "" {
		t.Errorf("the formula stayed one: %q %v", formula, err)
	}
	if kind, err := f.GetCellType("Skal rettes", "F2"); err != nil || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
		t.Errorf("a postal code is of type %v, want text", kind)
	}
	props, err := f.GetDocProps()
	if err != nil || props.Creator != noCreator {
		t.Errorf("the file names %q as its creator", props.Creator)
	}

	again := table(t, b)
	res := results(t, again)
	// Row 5 is not in this file, so the repeated member stands alone.
	if got, want := pins(res, faults), []string{"D3 list/date born", "I4 list/email email", "B5 list/sign given"}; !slices.Equal(got, want) {
		t.Errorf("read back: got %v, want %v", got, want)
	}
	if got := res[0].Fields["joined"].String(); got != "2024-10-12" {
		t.Errorf("read back: a date cell came to %q", got)
	}
}

// A rest that is mended in part is written once more, with one column of faults.
func TestRestOfARest(t *testing.T) {
	tab := table(t, []byte("Fornavn;Etternavn;E-post\nÅse;;a\nOla;;b@example.no\n"))
	first := table(t, writeRest(t, tab, results(t, tab), "sv"))
	second := table(t, writeRest(t, first, results(t, first), "da"))
	for _, rest := range []*Table{first, second} { // what was said of the columns of the list holds for it
		was, _ := tab.Headings()
		if is, sure := rest.Headings(); is != was || !sure {
			t.Errorf("the rest is not known again by its headings")
		}
	}
	var heads []string
	for _, h := range second.Header {
		heads = append(heads, h.Text)
	}
	if want := []string{"Hvad der er galt, og hvordan det rettes", "Fornavn", "Etternavn", "E-post"}; !slices.Equal(heads, want) {
		t.Errorf("got headings %q, want %q", heads, want)
	}
	cell := second.Rows[0].Cells[0].Text
	if lines := strings.Split(cell, "\n"); len(lines) != 2 || !strings.HasPrefix(lines[0], "Række 2, Etternavn: her står ingenting") || !strings.HasPrefix(lines[1], "Række 2, E-post: ") {
		t.Errorf("got %q", cell)
	}
	if got, want := pins(results(t, second), faults), []string{"C2 list/required family", "D2 list/email email", "C3 list/required family"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Every language's file is read back with its column left out, at the bound of
// columns too.
func TestRestLanguages(t *testing.T) {
	heads, cells := "Fornavn;Etternavn", ";Lie"
	for i := 3; i <= ColumnLimit; i++ {
		heads, cells = heads+";"+letter(i)+"-kolonne", cells+";x"
	}
	tab := table(t, []byte(heads+"\n"+cells+"\n"))
	var ignore []string
	for _, h := range tab.Header[2:] {
		ignore = append(ignore, h.Text)
	}
	p := standard(t)
	m, wrong := Recognise(tab, p, ignore...)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	res := m.Results(tab, p)
	for lang, name := range map[string]string{"sv": "Att rätta", "da": "Skal rettes", "nb": "Skal rettes", "nn": "Skal rettes", "en": "To mend", "en-GB": "To mend", "xx": "To mend", "": "To mend"} {
		again := table(t, writeRest(t, tab, res, lang))
		if again.Sheet != name {
			t.Errorf("%s: the sheet is called %q, want %q", lang, again.Sheet, name)
		}
		if m, wrong := Recognise(again, p, ignore...); len(wrong) > 0 || fields(m) != "B given, C family" {
			t.Errorf("%s: got %s, %v", lang, fields(m), wrong)
		}
	}
}

func TestRestOfNothing(t *testing.T) {
	tab := table(t, []byte("Fornavn;Etternavn\nÅse;Lie\n"))
	again := table(t, writeRest(t, tab, results(t, tab), "en"))
	if len(again.Rows) != 0 {
		t.Errorf("got %d rows", len(again.Rows))
	}
}

// What could not be read in again is not written either.
func TestRestTooLarge(t *testing.T) {
	row := Row{Cells: []Cell{{strings.Repeat("x", TextLimit), TextCell}}}
	tab := &Table{Header: []Heading{{1, "A", "Fornavn"}}}
	var res []Result
	for i := range UnzipLimit / TextLimit {
		row.Number = i + 2
		tab.Rows = append(tab.Rows, row)
		res = append(res, Result{Row: row.Number, Faults: []Fault{in(ruleFormula, row.Number, nil, "", "")}})
	}
	var b bytes.Buffer
	if err := WriteRest(&b, tab, res, "en"); !errors.Is(err, ErrTooLarge) || b.Len() > 0 {
		t.Errorf("got %v and %d bytes", err, b.Len())
	}
}
