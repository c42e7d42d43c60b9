package sheet

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Whatever the bytes, Read answers with a list within its bounds or with an
// error that has a reason and a way out, and every list can be taken further.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/medlem*")
	if err != nil || len(files) != 4 {
		f.Fatalf("%d seeds: %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(workbook(f, parts()))
	f.Add(withSheet(f, strCells(1, "Fornavn", "Etternavn")+strCells(3, "Åse", "Lie")))
	for _, s := range []string{"a;b\n\"c\"\"d\";e\n", "sep=,\na,b\n", "Navn\tBy\r=1\t'=2\r", "\xff\xfea\x00;\x00b\x00\n\x00", "a;b\nBj\xf8rn;\x9b\n", "a,b\n\"c"} {
		f.Add([]byte(s))
	}
	f.Add(odsFile(f, odsTable("Ark1", odsRow("Fornavn", "Etternavn"), odsRow("Åse", "Lie"))))
	for _, s := range []string{
		"BEGIN:VCARD\r\nVERSION:4.0\r\nN:Lie;Åse;;;\r\nTEL:tel:+4740000001\r\nEND:VCARD\r\n",
		"BEGIN:VCARD\nVERSION:2.1\nFN;QUOTED-PRINTABLE:=C3=85se=\n Lie\nEND:VCARD\n",
	} {
		f.Add([]byte(s))
	}
	p := standard(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		tab, err := Read("list", b)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Reason == nil || e.Hint == "" || tab != nil {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(tab.Header) == 0 || len(tab.Header) > columnLimit || len(tab.Rows) > RowLimit || tab.Empty < 0 {
			t.Fatalf("%d headings, %d rows, %d empty", len(tab.Header), len(tab.Rows), tab.Empty)
		}
		last := tab.HeaderRow
		for _, r := range tab.Rows {
			if r.Number <= last || len(r.Cells) == 0 || len(r.Cells) > columnLimit || r.Cells[len(r.Cells)-1].Kind == Empty {
				t.Fatalf("row %d after %d with %d cells", r.Number, last, len(r.Cells))
			}
			last = r.Number
			for _, c := range r.Cells {
				if (c.Kind == Empty) != (c.Text == "") {
					t.Fatalf("a cell of kind %v and %d bytes", c.Kind, len(c.Text))
				}
			}
		}
		m, _ := Recognise(tab, p)
		n := Count(tab, m.Results(tab, p))
		if n.Good+n.Faulty+n.Empty != len(tab.Rows)+tab.Empty {
			t.Fatalf("%+v of %d rows and %d empty ones", n, len(tab.Rows), tab.Empty)
		}
	})
}

// The parts that hold cells, which a fuzzer does not reach through a zip file.
func FuzzParts(f *testing.F) {
	p := parts()
	f.Add(p["xl/worksheets/sheet1.xml"], p["xl/sharedStrings.xml"], p["xl/styles.xml"])
	f.Add(sheetXML(`<row r="3" hidden="1"><c r="B3" s="1"><v>42410.5</v></c><c t="str"><f>A1</f><v></v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>1981-12-28</v></c></row>`), `<sst/>`, p["xl/styles.xml"])
	f.Add(sheetXML(strCells(1, "a_x0041_", "b")+`<row><c t="s"><v>0</v></c><c s="2"><v>1E5</v></c></row>`), `<sst><si><rPh><t>x</t></rPh><t>y</t></si></sst>`, `<s><numFmt numFmtId="1" formatCode="[$-414]d"/></s>`)
	f.Fuzz(func(t *testing.T, sheet, strs, styles string) {
		p := parts()
		p["xl/worksheets/sheet1.xml"], p["xl/sharedStrings.xml"], p["xl/styles.xml"] = sheet, strs, styles
		tab, err := Read("list", workbook(t, p))
		if (tab == nil) == (err == nil) {
			t.Fatal(err)
		}
	})
}

// The rest of any list has a row for each row with faults, with its cells as
// they were, and is read back.
func FuzzRest(f *testing.F) {
	f.Add("Fornavn;Etternavn\n;Lie\n", "nb")
	f.Add("Navn;By\n=A1;'=B1\n_x0041_;<&>\"\n", "da")
	f.Add("Fornavn,Etternavn\n\"a\nb\",\" c \"\n", "sv")
	p := standard(f)
	f.Fuzz(func(t *testing.T, list, lang string) {
		tab, err := Read("list", []byte(list))
		if err != nil {
			return
		}
		m, _ := Recognise(tab, p)
		res := m.Results(tab, p)
		again := table(t, writeRest(t, tab, res, lang))
		n := Count(tab, res)
		if len(again.Rows) != n.Faulty {
			t.Fatalf("%d rows, want %d", len(again.Rows), n.Faulty)
		}
		if restColumn(tab) != 0 || n.Faulty == 0 {
			return
		}
		next := 0
		for i, r := range slices.DeleteFunc(res, func(r Result) bool { return r.Good() }) {
			for tab.Rows[next].Number != r.Row {
				next++
			}
			for j, c := range tab.Rows[next].Cells {
				if got := again.Rows[i].cell(j + 2).Text; got != c.Text && printable(c.Text) {
					t.Fatalf("%s%d: %q came back as %q", letter(j+1), r.Row, c.Text, got)
				}
			}
		}
	})
}

// What a careful program guarded comes back unchanged.
func FuzzUnguard(f *testing.F) {
	for _, s := range []string{"", "=x", "'=x", "''=x", "'t Hooft", "+46 70", "＝1", "\t=1", "'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := unguard(guard(s)); got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}

// The part that holds an OpenDocument workbook's cells, which a fuzzer does not
// reach through a zip file.
func FuzzOpenDocument(f *testing.F) {
	for _, rows := range []string{
		odsRow("Fornavn", "Etternavn") + odsRow("Åse", "Lie"),
		`<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="150"><text:p>0150</text:p></table:table-cell></table:table-row>`,
		odsCells(`<table:table-cell table:formula="of:=A1" office:value-type="date" office:date-value="1981-12-28"><office:annotation><text:p>x</text:p></office:annotation><text:p>a<text:s text:c="3"/><text:span>b</text:span></text:p></table:table-cell>`),
	} {
		f.Add(odsHead + odsTable("Ark1", rows) + "</office:spreadsheet></office:body></office:document-content>")
	}
	f.Fuzz(func(t *testing.T, content string) {
		tab, err := Read("list", odsParts(t, content, ""))
		if (tab == nil) == (err == nil) {
			t.Fatal(err)
		}
		if tab != nil && (len(tab.Rows) > RowLimit || len(tab.Header) > columnLimit) {
			t.Fatalf("%d rows, %d headings", len(tab.Rows), len(tab.Header))
		}
	})
}

// Any two texts that a workbook can hold come back from a drawn list as they
// were, as xlsx and as csv.
func FuzzDraw(f *testing.F) {
	for _, s := range []string{"=1+1", "'=x", "+46 70 123 45 67", "_x0041_", " å ", "a\nb", "\t=1", "“x”;\"", "＝1"} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		s := TableSpec{Notice: "Slettes", Header: []string{"Fornavn", "Etternavn"}, Rows: slices.Values([][]string{{a, b}})}
		var xlsx, csv bytes.Buffer
		err := WriteTable(&xlsx, s)
		if again := WriteCSV(&csv, s); (err == nil) != (again == nil) {
			t.Fatalf("%v, %v", err, again)
		}
		if err != nil || blank(a) && blank(b) {
			return
		}
		for _, file := range [][]byte{xlsx.Bytes(), csv.Bytes()} {
			got := table(t, file).Rows
			if len(got) != 1 || got[0].cell(1) != textCell(a) || got[0].cell(2) != textCell(b) {
				t.Fatalf("%q, %q came back as %v", a, b, got)
			}
		}
	})
}

// A date that is rewritten has the form of one, and anything else stays.
func FuzzTextDate(f *testing.F) {
	for _, s := range []string{"24. september 1941", "24/9-1941", "d. 1 maj 1980", "x", "24-sep-1941"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := textDate(s); got != s && (len(got) != len("2006-01-02") || strings.Trim(got, "0123456789-") != "") {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
