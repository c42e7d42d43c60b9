package sheet

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func TestEncodingsAndSeparators(t *testing.T) {
	const list = "Namn;Ort;Telefon\nÅse Ødegård;Tromsø;+47 40 61 23 45\nBjörn Ängström;Västerås;070-123 45 67\nJürgen Lindé;Århus;+45 20 12 34 56\n"
	plain16 := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	for _, e := range []struct {
		name string
		enc  encoding.Encoding
		note string
	}{
		{"UTF-8", unicode.UTF8, "UTF-8"},
		{"UTF-8 with BOM", unicode.UTF8BOM, "UTF-8"},
		{"UTF-16 LE", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "UTF-16"},
		{"UTF-16 BE", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "UTF-16"},
		{"UTF-16 LE without BOM", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "UTF-16"},
		{"UTF-16 BE without BOM", plain16, "UTF-16"},
		{"Windows-1252", charmap.Windows1252, "Windows-1252"},
		{"CP865", charmap.CodePage865, "CP865"},
		{"Mac Roman", charmap.Macintosh, "Mac Roman"},
	} {
		for _, sep := range separators {
			for _, line := range []string{"\n", "\r\n", "\r"} {
				text := strings.NewReplacer(";", string(sep), "\n", line).Replace(list)
				b, err := e.enc.NewEncoder().Bytes([]byte(text))
				if err != nil {
					t.Fatal(e.name, err)
				}
				tab, err := Read("liste.csv", b)
				if err != nil {
					t.Errorf("%s, %q, %q: %v", e.name, sep, line, err)
					continue
				}
				want := []Note{{NoteEncoding, e.note, 0}, {NoteSeparator, string(sep), 0}, {NoteHeadings, "", 1}}
				if !slices.Equal(tab.Notes, want) ||
					len(tab.Header) != 3 || len(tab.Rows) != 3 || tab.Rows[0].Cells[0].Text != "Åse Ødegård" || tab.Rows[2].Cells[0].Text != "Jürgen Lindé" {
					t.Errorf("%s, %q, %q: got %d columns, %d rows, %v", e.name, sep, line, len(tab.Header), len(tab.Rows), tab.Notes)
				}
			}
		}
	}
}

// CP850 has the Icelandic letters that CP865 has not; of the others the two
// agree, and then there is no doubt to speak of.
func TestDOSCodePages(t *testing.T) {
	for text, want := range map[string]string{"Navn;By\nÁrni Þórsson;Tønder\n": "CP850", "Navn;By\nSøren Kjær;Skåne\n": "CP865"} {
		b, err := charmap.CodePage850.NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		tab := table(t, b)
		if got := "Navn;By\n" + tab.Rows[0].Cells[0].Text + ";" + tab.Rows[0].Cells[1].Text + "\n"; tab.Notes[0] != (Note{NoteEncoding, want, 0}) || got != text || tab.Notes[1].Kind == NoteFits {
			t.Errorf("got %q as %v", got, tab.Notes)
		}
	}
}

func TestCSVCells(t *testing.T) {
	for field, want := range map[string]Cell{
		"":                 {},
		" \t\u00a0\ufeff":  {},
		"Åse":              {"Åse", TextCell},
		" Åse ":            {" Åse ", TextCell},
		"=1+1":             {"=1+1", Formula},
		`=HYPERLINK("x")`:  {`=HYPERLINK("x")`, Formula},
		`="0150"`:          {"0150", TextCell},
		`=""`:              {},
		`="a"&"b"`:         {`="a"&"b"`, Formula},
		"'=1+1":            {"=1+1", TextCell},
		"''=1+1":           {"'=1+1", TextCell},
		"'+46":             {"+46", TextCell},
		"'＝1":              {"＝1", TextCell},
		"'t Hooft":         {"'t Hooft", TextCell},
		"'":                {"'", TextCell},
		"+46 70 123 45 67": {"+46 70 123 45 67", TextCell},
		"-":                {"-", TextCell},
		"TRUE":             {"TRUE", TextCell},
		"#N/A":             {"#N/A", TextCell},
	} {
		if got := csvCell(field); got != want {
			t.Errorf("field %q: got %v, want %v", field, got, want)
		}
	}
}

func TestCSVRows(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       [][]string
		numbers    []int
	}{
		{"empty rows count", "a;b\n\n;\nc;d\n", [][]string{{"a", "b"}, {"c", "d"}}, []int{1, 4}},
		{"no line end", "a;b\nc;d", [][]string{{"a", "b"}, {"c", "d"}}, []int{1, 2}},
		{"lone CR", "a;b\rc;d\r", [][]string{{"a", "b"}, {"c", "d"}}, []int{1, 2}},
		{"a line break in quotes is one row", "a;b\n\"c\nd\";e\nf;g\n", [][]string{{"a", "b"}, {"c\nd", "e"}, {"f", "g"}}, []int{1, 2, 3}},
		{"doubled quotes", "a;b\n\"c \"\"d\"\" e\";f\n", [][]string{{"a", "b"}, {`c "d" e`, "f"}}, []int{1, 2}},
		{"quotes inside", "a;b\nc \"d\" e;f\n", [][]string{{"a", "b"}, {`c "d" e`, "f"}}, []int{1, 2}},
		{"separator in quotes", "a,b\n\"c, d\" ,e\n", [][]string{{"a", "b"}, {"c, d", "e"}}, []int{1, 2}},
		{"Excel's line", "sep=,\r\na,b\r\n1;2;3,4;5;6\r\n", [][]string{{"a", "b"}, {"1;2;3", "4;5;6"}}, []int{1, 2}},
		{"Excel's line in quotes", "\"sep=;\"\r\na;b\r\n", [][]string{{"a", "b"}}, []int{1}},
		{"short and long rows", "a;b;c\nd;e;f\ng\nh;i;j;k\n", [][]string{{"a", "b", "c"}, {"d", "e", "f"}, {"g"}, {"h", "i", "j", "k"}}, []int{1, 2, 3, 4}},
		{"commas in names", "Namn;Ort\nLund, Eva;Umeå\nBäck, Ada;Umeå\n", [][]string{{"Namn", "Ort"}, {"Lund, Eva", "Umeå"}, {"Bäck, Ada", "Umeå"}}, []int{1, 2, 3}},
	} {
		tab := table(t, []byte(c.text))
		head := Row{Number: tab.HeaderRow}
		for _, h := range tab.Header {
			head.Cells = append(head.Cells, Cell{Text: h.Text})
		}
		rows := append([]Row{head}, tab.Rows...)
		var numbers []int
		for _, r := range rows {
			numbers = append(numbers, r.Number)
		}
		if got := cellTexts(rows); !reflect.DeepEqual(got, c.want) || !slices.Equal(numbers, c.numbers) {
			t.Errorf("%s: got %q in rows %v, want %q in %v", c.name, got, numbers, c.want, c.numbers)
		}
	}
}

func TestHeaderRow(t *testing.T) {
	for _, c := range []struct {
		name, text string
		row        int
		unsure     bool
	}{
		{"first row", "Fornavn;Etternavn;E-post\nÅse;Lie;a@example.no\n", 1, false},
		{"title above", "Medlemsliste Asker\n\nUtskrift 24.09.2026;;\nFornavn;Etternavn;E-post\nÅse;Lie;a@example.no\n", 4, false},
		{"year in a heading", "Navn;Kontingent 2026;E-post\nÅse;x;a@example.no\n", 1, false},
		{"years as headings", "Navn;2025;2026;E-post\nÅse;x;x;a@example.no\n", 1, false},
		{"none", "Åse;24.09.1941;a@example.no\nOla;24.09.1942;b@example.no\n", 1, true},
	} {
		tab := table(t, []byte(c.text))
		if tab.HeaderRow != c.row || tab.unsure != c.unsure {
			t.Errorf("%s: headings in row %d, unsure %v", c.name, tab.HeaderRow, tab.unsure)
		}
	}
}
