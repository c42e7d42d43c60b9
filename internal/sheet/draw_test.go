package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// drawn is a list with everything that a spreadsheet would like to run.
func drawn() TableSpec {
	return TableSpec{Sheet: "Ringeliste: Asker / Bærum", Notice: "Til ringerunden. Slettes senest 2026-12-24.",
		Header: []string{"Fornavn", "Etternavn", "Postnr", "Telefon", "Merknad"},
		Rows: slices.Values([][]string{
			{"Åse", "Čállo", "0150", "+47 406 12 345", "=HYPERLINK(\"http://example.no\")"},
			{"-Ola", "@SUM(A1)", "0484", "+1+1", "\t=1"},
			{"'Kari", "＝1", "", "1E5", "to\nlinjer _x0041_ <&>"},
			{" Per ", "TRUE"},
		})}
}

func writeTable(t testing.TB, s TableSpec) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteTable(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every cell of a drawn list is a text in the file itself, and no cell a formula,
// whatever it begins with.
func TestDrawnCellsAreTexts(t *testing.T) {
	b := writeTable(t, drawn())
	z, bad := openZip(b)
	if bad != nil {
		t.Fatal(bad)
	}
	part, bad := z.read(z.parts["xl/worksheets/sheet1.xml"], UnzipLimit)
	if bad != nil {
		t.Fatal(bad)
	}
	cells := 0
	for dec := xml.NewDecoder(bytes.NewReader(part)); ; {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(xml.StartElement); ok {
			el := element{s.Name.Local, s.Attr}
			switch {
			case el.name == "f":
				t.Error("a formula")
			case el.name == "c" && el.attr("t") != "inlineStr" && el.attr("t") != "s":
				t.Errorf("the cell %s is of type %q", el.attr("r"), el.attr("t"))
			case el.name == "c":
				cells++
			}
		}
	}
	if cells != 1+5+5+5+4+2 {
		t.Errorf("%d cells", cells)
	}
	tab := table(t, b)
	if tab.HeaderRow != 2 || tab.Sheet != "Ringeliste Asker Bærum" {
		t.Errorf("headings in row %d, sheet %q", tab.HeaderRow, tab.Sheet)
	}
	i := 0
	for want := range drawn().Rows {
		for j, text := range want {
			if got := tab.Rows[i].cell(j + 1); got != (textCell(text)) {
				t.Errorf("%s%d: got %v, want %q", letter(j+1), tab.Rows[i].Number, got, text)
			}
		}
		i++
	}
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	notice, err := f.GetCellValue(tab.Sheet, "A1")
	if err != nil || notice != drawn().Notice {
		t.Errorf("the first row says %q, %v", notice, err)
	}
	if names := f.GetDefinedName(); len(names) != 1 || !strings.HasSuffix(names[0].RefersTo, "!$1:$2") {
		t.Errorf("what every printed page begins with: %+v", names)
	}
	if !bytes.Equal(b, writeTable(t, drawn())) {
		t.Error("the same list has other bytes")
	}
}

// A csv of the list comes back as it was, and nothing in it begins like a
// formula but plain telephone numbers.
func TestDrawnCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, drawn()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "\ufeff") || strings.Count(b.String(), "\r\n") != 6 {
		t.Errorf("got %q", b.String())
	}
	tab := table(t, b.Bytes())
	i := 0
	for want := range drawn().Rows {
		for j, text := range want {
			if got := tab.Rows[i].cell(j + 1); got != textCell(text) {
				t.Errorf("%s%d: got %v, want %q", letter(j+1), tab.Rows[i].Number, got, text)
			}
		}
		i++
	}
	p := csvReader{text: strings.TrimPrefix(b.String(), "\ufeff"), sep: ';'}
	for {
		fields, ok, err := p.next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		for _, f := range fields {
			if f != "" && strings.ContainsRune(runnable, []rune(f)[0]) && !plainPhone(f) {
				t.Errorf("%q would be run", f)
			}
		}
	}
}

func TestDrawnRefused(t *testing.T) {
	rows := func(r ...[]string) iter.Seq[[]string] { return slices.Values(r) }
	head := []string{"a", "b"}
	for name, c := range map[string]struct {
		s      TableSpec
		reason error
	}{
		"no notice":      {TableSpec{Header: head, Rows: rows()}, errNotice},
		"a blank notice": {TableSpec{Notice: " \n", Header: head, Rows: rows()}, errNotice},
		"no columns":     {TableSpec{Notice: "x", Rows: rows()}, nil},
		"many columns":   {TableSpec{Notice: "x", Header: make([]string, ColumnLimit+1), Rows: rows()}, ErrTooLarge},
		"a wide row":     {TableSpec{Notice: "x", Header: head, Rows: rows([]string{"1", "2", "3"})}, nil},
		"a long text":    {TableSpec{Notice: "x", Header: head, Rows: rows([]string{strings.Repeat("😀", TextLimit/2+1)})}, ErrTooLarge},
		"a long notice":  {TableSpec{Notice: strings.Repeat("x", TextLimit+1), Header: head, Rows: rows()}, ErrTooLarge},
		"a control":      {TableSpec{Notice: "x", Header: head, Rows: rows([]string{"Kanari\x01"})}, nil},
		"no UTF-8":       {TableSpec{Notice: "x", Header: head, Rows: rows([]string{"Kanari\xff"})}, nil},
		"too many rows": {TableSpec{Notice: "x", Header: head, Rows: func(yield func([]string) bool) {
			for yield(head) {
			}
		}}, ErrTooLarge},
	} {
		var b bytes.Buffer
		err := WriteTable(&b, c.s)
		if err == nil || b.Len() > 0 || c.reason != nil && !errors.Is(err, c.reason) || strings.Contains(err.Error(), "Kanari") {
			t.Errorf("%s: %d bytes, %v", name, b.Len(), err)
		}
		if err := WriteCSV(io.Discard, c.s); err == nil || c.reason != nil && !errors.Is(err, c.reason) {
			t.Errorf("%s: as csv: %v", name, err)
		}
	}
}

// large is a list of n rows and 8 columns.
func large(n int) TableSpec {
	s := TableSpec{Sheet: "Liste", Notice: "Slettes senest 2026-12-24.", Header: []string{"Fornavn", "Etternavn", "Adresse", "Postnr", "Poststed", "Telefon", "E-post", "Innmeldt"}}
	s.Rows = func(yield func([]string) bool) {
		for i := range n {
			if !yield([]string{"Åse", "Ødegård", fmt.Sprint("Storgata ", i), "0150", "Tromsø", "+47 406 12 345", fmt.Sprint(i, "@example.no"), "2016-02-10"}) {
				return
			}
		}
	}
	return s
}

// No member who is drawn may end up in a temporary folder, on the way of a list
// that is larger than what the writer keeps in memory by itself.
func TestDrawnNothingOnDisk(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	if os.TempDir() != tmp {
		t.Fatal("the temporary folder is not the one that is watched")
	}
	const rows = 50_000 // over 30 MB of sheet: the writer would spill from 16 MB on
	w := &watcher{t: t, dir: tmp}
	s := large(rows)
	inner, n := s.Rows, 0
	s.Rows = func(yield func([]string) bool) {
		for row := range inner {
			if n++; n%1000 == 0 {
				w.look()
			}
			if !yield(row) {
				return
			}
		}
	}
	if err := WriteTable(w, s); err != nil {
		t.Fatal(err)
	}
	w.look()
	if n != rows {
		t.Errorf("%d rows", n)
	}
}

func BenchmarkDraw50000(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := WriteTable(io.Discard, large(50_000)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSheetNames(t *testing.T) {
	for text, want := range map[string]string{"Asker": "Asker", "": "x", "  ": "x", "[]:*?/\\'": "x", "a/b": "a b", "Medlem": "x", "history": "x", strings.Repeat("ø", 40): strings.Repeat("ø", 31), "Ås\x00😀": "Ås"} {
		if got := sheetName(text, "x"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
