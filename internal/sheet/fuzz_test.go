package sheet

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
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
				if got := again.Rows[i].cell(j + 2).Text; got != c.Text && validXML(c.Text) {
					t.Fatalf("%s%d: %q came back as %q", letter(j+1), r.Row, c.Text, got)
				}
			}
		}
	})
}

// validXML tells whether XML can hold s as it is; a line break is one character there.
func validXML(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' || r == utf8.RuneError || r&0xfffe == 0xfffe
	}) < 0
}

// guard is what a careful program does to a text before it writes it to a csv.
func guard(s string) string {
	if s != "" && unguard("'"+s) == s {
		return "'" + s
	}
	return s
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
