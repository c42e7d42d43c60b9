package sheet

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/record"
)

// pins returns "E3 list/zero postcode" for each fault, sorted by row.
func pins(results []Result, of func(*Result) []Fault) []string {
	var out []string
	for i := range results {
		for _, f := range of(&results[i]) {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s%d %s %s", f.Letter, f.Row, f.Rule, f.Field)))
		}
	}
	return out
}

func faults(r *Result) []Fault { return r.Faults }

// notices leaves out which series of phone numbers are in use: that changes.
func notices(r *Result) []Fault {
	return slices.DeleteFunc(slices.Clone(r.Notices), func(f Fault) bool { return f.Rule == ruleUnused })
}

// results reads a list whose columns must all be recognised.
func results(t testing.TB, tab *Table) []Result {
	t.Helper()
	p := standard(t)
	m, wrong := Recognise(tab, p)
	if len(wrong) > 0 {
		t.Fatalf("the headings: %+v", wrong)
	}
	return m.Results(tab, p)
}

// The county's list as its officer sent it; testdata has what LibreOffice wrote.
func TestNorwegianList(t *testing.T) {
	tab := table(t, fixture(t, "medlemmer-akershus.xlsx"))
	res := results(t, tab)
	want := []string{
		"195 list/repeated",       // the member of row 5 once more
		"C198 list/date born",     // born on 31 February
		"H199 list/email email",   // not an address
		"A200 list/formula given", // =HYPERLINK(…)
	}
	if got := pins(res, faults); !slices.Equal(got, want) {
		t.Errorf("got faults\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got, want := Count(tab, res), (Tally{Good: 195, Faulty: 4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	byRow := map[int]*Result{}
	zeros := 0
	for i := range res {
		byRow[res[i].Row] = &res[i]
		for _, n := range notices(&res[i]) {
			switch {
			case n.Rule == ruleZero && n.Letter == "E":
				zeros++
			case n.Rule != rulePerhaps:
				t.Errorf("row %d: notice %s", n.Row, n.Rule)
			}
		}
	}
	if zeros != 73 {
		t.Errorf("a zero was put back in %d rows, want 73", zeros)
	}
	if r := byRow[195]; r.SameAs != 5 || r.Faults[0].Msg != "the same person as row 5" {
		t.Errorf("row 195: the same as %d: %s", r.SameAs, r.Faults[0].Msg)
	}
	// Spelled otherwise, an older address: for a person to judge.
	if r := byRow[196]; r.SameAs != 9 || !r.Good() || len(notices(r)) != 1 || notices(r)[0].Msg != "perhaps the same as row 9" {
		t.Errorf("row 196: the same as %d: %v %v", r.SameAs, r.Faults, r.Notices)
	}
	for row, field := range map[int]map[string]string{
		2:   {"given": "Håkon", "family": "Kvåle", "born": "1941-09-24", "street": "Sjøgata 34", "postcode": "5003", "city": "Bergen", "phone": "+47 409 88 670", "email": "hakon.kvale.505@example.no", "joined": "2016-02-10", "offices": ""},
		3:   {"postcode": "0150", "joined": "2019-02-22"},
		24:  {"family": "Čállo"},
		197: {"email": "", "postcode": "2010"},
		199: {"postcode": "0150", "email": ""},
		200: {"given": "", "family": "Lunde"},
	} {
		for key, want := range field {
			if got := byRow[row].Fields[key].String(); got != want {
				t.Errorf("row %d, field %q: not what the list has", row, key)
			}
		}
	}
	if v := byRow[3].Fields["offices"]; !v.IsList() || len(v.List()) != 1 {
		t.Errorf("row 3, field offices: %d of them", len(v.List()))
	}
	schema := standard(t).Schema()
	for i := range res {
		if bad := schema.Validate(&record.Record{Fields: res[i].Fields}); res[i].Good() && len(bad) > 0 {
			t.Errorf("row %d is good, and the schema says %v", res[i].Row, bad)
		}
	}
}

// The same list saved as csv comes to the same, fault for fault.
func TestNorwegianListAsCSV(t *testing.T) {
	tab := table(t, fixture(t, "medlemmer-akershus.xlsx"))
	var b strings.Builder
	for _, h := range tab.Header {
		b.WriteString(h.Text + ";")
	}
	for _, r := range tab.Rows {
		b.WriteString("\r\n")
		for _, c := range r.Cells {
			b.WriteString(`"` + strings.ReplaceAll(c.Text, `"`, `""`) + `";`)
		}
	}
	xlsx, csv := results(t, tab), results(t, table(t, []byte(b.String())))
	if !reflect.DeepEqual(xlsx, csv) {
		t.Errorf("the csv comes to\n%v\nthe workbook to\n%v", pins(csv, faults), pins(xlsx, faults))
	}
}

// Both forms of the Danish list hold the same members: no zero is lost in it,
// and no row has a fault.
func TestDanishList(t *testing.T) {
	xlsx, csv := table(t, fixture(t, "medlemmer-forening.xlsx")), table(t, fixture(t, "medlemmer-forening.csv"))
	if csv.Notes[0] != (Note{NoteEncoding, "Windows-1252", 0}) || csv.Notes[1] != (Note{NoteSeparator, ";", 0}) {
		t.Errorf("the csv was read as %v", csv.Notes)
	}
	a, b := results(t, xlsx), results(t, csv)
	if !reflect.DeepEqual(a, b) {
		t.Errorf("the two forms differ: %v, %v", pins(a, faults), pins(b, faults))
	}
	if got, want := Count(csv, b), (Tally{Good: 230}); got != want || len(pins(b, notices)) > 0 {
		t.Errorf("got %+v, want %+v: %v %v", got, want, pins(b, faults), pins(b, notices))
	}
	for i, want := range map[int]map[string]string{
		0:   {"given": "Lærke", "family": "Sørensen", "street": "Algade 64", "postcode": "6270", "city": "Tønder", "phone": "+45 20 40 65 27", "born": "1935-07-09", "joined": "2010-02-11"},
		229: {"given": "Vagn", "family": "Østergaard", "city": "Aarhus C", "born": "1984-10-11", "joined": "2011-09-08"},
	} {
		for key, text := range want {
			if b[i].Fields[key].String() != text {
				t.Errorf("row %d, field %q: not what the list has", b[i].Row, key)
			}
		}
	}
}

// A fault of each kind put into both forms of the Danish list is found in the
// same cell of both.
func TestDanishListSpoilt(t *testing.T) {
	spoil := func(tab *Table) {
		set := func(row, column int, c Cell) { tab.Rows[row-2].Cells[column-1] = c }
		set(10, 1, Cell{"@Jørgen", TextCell})
		set(20, 2, Cell{})
		set(30, 4, Cell{"800", TextCell})
		set(40, 6, Cell{"se under mor", TextCell})
		set(50, 7, Cell{"a@example.dk; b@example.dk", TextCell})
		set(60, 8, Cell{"29-02-2001", TextCell})
		set(70, 9, Cell{"10128", TextCell})
		copy(tab.Rows[80-2].Cells, tab.Rows[12-2].Cells)
		set(90, 2, Cell{"?gidius", TextCell})
		set(95, 1, Cell{"=A1", Formula})
		for i := range 9 {
			set(100, i+1, Cell{})
		}
	}
	want := []string{"A10 list/sign given", "B20 list/required family", "F40 list/phone phone", "G50 list/email email",
		"H60 list/date born", "I70 list/date-number joined", "80 list/repeated", "B90 list/lost-letter family", "A95 list/formula given"}
	for _, name := range []string{"medlemmer-forening.xlsx", "medlemmer-forening.csv"} {
		tab := table(t, fixture(t, name))
		spoil(tab)
		res := results(t, tab)
		if got := pins(res, faults); !slices.Equal(got, want) {
			t.Errorf("%s: got faults\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got, want := pins(res, notices), []string{"D30 list/zero postcode"}; !slices.Equal(got, want) {
			t.Errorf("%s: got notices %v, want %v", name, got, want)
		}
		if got, want := Count(tab, res), (Tally{Good: 220, Faulty: 9, Empty: 1}); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}
