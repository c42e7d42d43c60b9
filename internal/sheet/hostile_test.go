package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ATTACK: a file that a stranger mails to an officer. At stake: her machine's
// memory, and members' data in a temporary folder. Each must be refused for the
// right reason, with a way out, and without repeating what stands in a cell.
func TestRefused(t *testing.T) {
	change := func(part, text string) []byte {
		p := parts()
		p[part] = text
		return workbook(t, p)
	}
	without := func(part string) []byte {
		p := parts()
		delete(p, part)
		return workbook(t, p)
	}
	good := workbook(t, parts())
	ole := func(stream string) []byte {
		return append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 600)), utf16LE(stream)...)
	}
	many := map[string]string{}
	for i := range partCount + 1 {
		many[strconv.Itoa(i)] = ""
	}
	const sheet1 = "xl/worksheets/sheet1.xml"
	for _, c := range []struct {
		name   string
		b      []byte
		reason error
		says   string
	}{
		{"protected sample", fixture(t, "medlemmar-lokalgrupp-protected.xlsx"), ErrProtected, "protected by a password: save it without one, or "},
		{"old Excel", ole("Workbook"), ErrLegacy, "save it as .xlsx"},
		{"older Excel", ole("Book"), ErrLegacy, "save it as .xlsx"},
		{"oldest Excel", []byte("\x09\x04\x06\x00\x00\x00\x10\x00"), ErrLegacy, "save it as .xlsx"},
		{"Word of old", ole("WordDocument"), ErrNotTable, "not a workbook"},
		{"nothing", nil, ErrEmpty, "choose the file"},
		{"only space", []byte("\xef\xbb\xbf \r\n"), ErrEmpty, "choose the file"},
		{"large file", make([]byte, FileLimit+1), ErrTooLarge, "over 25 MB"},
		{"page named xlsx", []byte("<html><table><tr><td>Kanari Fugl</td></tr></table>"), ErrNotTable, "web page"},
		{"page with BOM", []byte("\xef\xbb\xbf\n<!DOCTYPE html>"), ErrNotTable, "web page"},
		{"PDF", []byte("%PDF-1.7\n"), ErrNotTable, "PDF"},
		{"RTF", []byte(`{\rtf1 Kanari}`), ErrNotTable, "text document"},
		{"picture", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), ErrNotTable, "not text"},
		{"controls", []byte(strings.Repeat("\x01\x02Kanari;", 20)), ErrNotTable, "not text"},
		{"cut short", good[:len(good)/2], ErrDamaged, "does not end like one"},
		{"first bytes only", []byte("PK\x03\x04"), ErrDamaged, "does not end like one"},
		{"empty zip", []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), ErrNotTable, "zip file"},
		{"zip of files", workbook(t, map[string]string{"Kanari.txt": "x"}), ErrNotTable, "zip file"},
		{"OpenDocument without content", workbook(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), ErrDamaged, "is missing"},
		{"OpenDocument text", workbook(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}), ErrNotTable, "not a workbook"},
		{"binary workbook", change("xl/workbook.bin", "x"), ErrNotTable, ".xlsb"},
		{"Word", change("word/document.xml", "x"), ErrNotTable, "text document"},
		{"Numbers", workbook(t, map[string]string{"Index/Document.iwa": "x"}), ErrNotTable, "Numbers"},
		{"no workbook part", without("xl/workbook.xml"), ErrNotTable, "not a workbook"},
		{"no relations", without("_rels/.rels"), ErrNotTable, "not a workbook"},
		{"no sheet part", without(sheet1), ErrDamaged, "is missing"},
		{"no shared texts", without("xl/sharedStrings.xml"), ErrDamaged, "the cell A1 refers"},
		{"no rows", change(sheet1, sheetXML("")), ErrEmpty, "nothing stands"},
		{"sheet cut short", change(sheet1, "<worksheet><sheetData>"+strCells(1, "a", "b")), ErrDamaged, "cut short"},
		{"row cut short", change(sheet1, `<worksheet><sheetData><row r="1"><c r="A1">`), ErrDamaged, "cut short"},
		{"not XML", change(sheet1, "<worksheet><Kanari"), ErrDamaged, "is not XML"},
		{"not XML in a row", change(sheet1, "<worksheet><row><c><Kanari"), ErrDamaged, "cut short"},
		{"document type", change(sheet1, `<!DOCTYPE x [<!ENTITY a "Kanari">]><worksheet/>`), ErrDamaged, "is not XML"},
		{"entity", change(sheet1, `<worksheet><row><c t="str"><v>&a;</v></c></row></worksheet>`), ErrDamaged, "cut short"},
		{"other encoding", change("xl/workbook.xml", `<?xml version="1.0" encoding="UTF-7"?><workbook/>`), ErrDamaged, "is not XML"},
		{"rows out of order", change(sheet1, sheetXML(strCells(2, "a")+strCells(1, "b"))), ErrDamaged, "rows are not in order"},
		{"cells out of order", change(sheet1, sheetXML(`<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`)), ErrDamaged, "row 1 are not in order"},
		{"row of no number", change(sheet1, sheetXML(`<row r="x"/>`)), ErrDamaged, "rows are not in order"},
		{"far corner", change(sheet1, sheetXML(strCells(1, "a")+`<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>`)), ErrTooLarge, "the cell XFD1048576"},
		{"far row", change(sheet1, sheetXML(strCells(1, "a")+`<row r="100001"><c t="str"><v>x</v></c></row>`)), ErrTooLarge, "the cell A100001"},
		{"far column", change(sheet1, sheetXML(strCells(1, "a")+`<row r="2"><c r="CX2" t="str"><v>x</v></c></row>`)), ErrTooLarge, "the cell CX2"},
		{"long cell", change(sheet1, sheetXML(strCells(1, strings.Repeat("ø", TextLimit+1)))), ErrTooLarge, "the cell A1 holds over 32767"},
		{"endless tag", change(sheet1, `<worksheet><row `+strings.Repeat(`a="1" `, tokenLimit/5)+`/></worksheet>`), ErrDamaged, "is not XML"},
		{"endless text", change("xl/sharedStrings.xml", `<sst><si>`+strings.Repeat(`<t>`+strings.Repeat("x", tokenLimit/2)+`</t>`, 3)+`</si></sst>`), ErrDamaged, "is not XML"},
		{"endless value", change(sheet1, `<worksheet><row><c>`+strings.Repeat(`<v>`+strings.Repeat("1", tokenLimit/2)+`</v>`, 3)), ErrDamaged, "cut short"},
		{"nested tags", change(sheet1, `<worksheet>`+strings.Repeat("<a>", 1<<20)), ErrDamaged, "cut short"},
		{"a text in a million pieces", change(sheet1, `<worksheet><row><c><v>`+strings.Repeat(`1<!---->`, tokenLimit+1)+`</v></c></row></worksheet>`), ErrDamaged, "cut short"},
		{"many texts", change("xl/sharedStrings.xml", `<sst>`+strings.Repeat(`<si/>`, stringLimit+1)+`</sst>`), ErrTooLarge, "over 2000000 texts"},
		{"many parts", workbook(t, many), ErrTooLarge, "parts"},
		{"large styles", change("xl/styles.xml", strings.Repeat(" ", smallPart+1)), ErrTooLarge, "xl/styles.xml"},
		{"many styles", change("xl/styles.xml", `<s><cellXfs>`+strings.Repeat(`<xf/>`, styleLimit+1)+`</cellXfs></s>`), ErrTooLarge, "cell styles"},
		{"bomb", bomb(t, 65<<20, sheet1), ErrTooLarge, "over 64 MB"},
		{"bomb in two parts", bomb(t, 33<<20, sheet1, "xl/sharedStrings.xml"), ErrTooLarge, "over 64 MB"},
		{"bomb that lies", lie(bomb(t, 66<<20, sheet1), 1<<10), ErrDamaged, "does not unpack"},
		{"size beyond counting", lie(good, 1<<32-1), ErrTooLarge, "over 64 MB"},
		{"one column of text", []byte("Kanari\nFugl\n"), ErrNotTable, "no columns"},
		{"open quotation mark", []byte("a;b\nKanari;\"Fugl\nc;d\n"), ErrDamaged, "row 2, column B: a quotation mark opens and never closes"},
		{"text behind quotes", []byte("a;b\n\"Kanari\" Fugl;b\n"), ErrDamaged, "row 2, column A: text stands behind"},
		{"many csv rows", []byte(strings.Repeat("a;b\n", RowLimit+1)), ErrTooLarge, "the cell B100001"},
		{"many csv cells", []byte(strings.Repeat(strings.Repeat("x;", ColumnLimit)+"\n", CellLimit/ColumnLimit+1)), ErrTooLarge, "over 2000000 cells"},
		{"many csv columns", []byte("a;b\n" + strings.Repeat(";", columnLimit) + "x\n"), ErrTooLarge, "the cell CX2"},
		{"a row of separators", []byte("a;b\n" + strings.Repeat(";", FileLimit-10)), ErrTooLarge, "the cell XFE2"},
		{"half UTF-8", []byte("a;Åse\nb;Bj\xf8rn\nc;Sjögren\n"), ErrDamaged, "not from line 2 on"},
		{"half UTF-8 with BOM", []byte("\xef\xbb\xbfa;b\nBj\xf8rn;b\n"), ErrDamaged, "not from line 2 on"},
		{"half UTF-16", []byte("\xff\xfea\x00;\x00b"), ErrDamaged, "half a character"},
		{"UTF-16 of nothing", []byte("\xff\xfea\x00;\x00\x00\x00"), ErrNotTable, "not text"},
	} {
		tab, err := Read("liste.xlsx", c.b)
		var e *Error
		switch {
		case tab != nil || !errors.As(err, &e) || !errors.Is(err, c.reason):
			t.Errorf("%s: got %v, want %v", c.name, err, c.reason)
		case !strings.Contains(err.Error(), c.says) || e.Hint == "" || !strings.HasPrefix(err.Error(), `read list "liste.xlsx": `):
			t.Errorf("%s: got %q, want it to say %q", c.name, err, c.says)
		case strings.Contains(err.Error(), "Kanari") && c.name != "zip of files", strings.Contains(err.Error(), "Fugl"):
			t.Errorf("%s: the error repeats the file: %v", c.name, err)
		}
	}
}

// bomb packs a workbook in which some parts unpack to size bytes of nothing.
func bomb(t *testing.T, size int, large ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts() {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
		if !slices.Contains(large, name) {
			continue
		}
		block := bytes.Repeat([]byte(" "), 1<<20)
		for range size >> 20 {
			w.Write(block)
		}
	}
	z.Close()
	return b.Bytes()
}

// lie changes the size that a zip file declares for its largest part.
func lie(b []byte, size uint32) []byte {
	b = bytes.Clone(b)
	const header, sizeAt = "PK\x01\x02", 24
	best, most := 0, uint32(0)
	for i := 0; ; i++ {
		n := bytes.Index(b[i:], []byte(header))
		if n < 0 {
			break
		}
		i += n
		if s := binary.LittleEndian.Uint32(b[i+sizeAt:]); s >= most {
			best, most = i, s
		}
	}
	binary.LittleEndian.PutUint32(b[best+sizeAt:], size)
	return b
}

// No member may end up in a temporary folder, where nobody looks after her.
func TestNothingOnDisk(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	t.Setenv("TEMP", tmp)
	if os.TempDir() != tmp {
		t.Fatal("the temporary folder is not the one that is watched")
	}
	var rows strings.Builder
	rows.WriteString(strCells(1, "Fornavn", "Etternavn", "Fødselsdato"))
	for i := 2; rows.Len() < 20<<20; i++ {
		rows.WriteString(strCells(i, "Kanari "+strconv.Itoa(i), strings.Repeat("Fugl", 60), "31.02.1980"))
	}
	tab := table(t, withSheet(t, rows.String()))
	var results []Result
	for _, r := range tab.Rows {
		results = append(results, Result{Row: r.Number, Faults: []Fault{in(ruleDate, r.Number, &Column{Heading: tab.Header[2]}, "born", "")}})
	}
	rest := &watcher{t: t, dir: tmp}
	rest.look()
	if err := WriteRest(rest, tab, results, "nb"); err != nil {
		t.Fatal(err)
	}
	rest.look()
	again := table(t, rest.Bytes())
	if len(again.Rows) != len(tab.Rows) {
		t.Errorf("got %d rows back, want %d", len(again.Rows), len(tab.Rows))
	}
	rest.look()
	if size := rows.Len(); size < 20<<20 {
		t.Errorf("a sheet of only %d bytes", size)
	}
}

// watcher looks into a folder whenever something is written to it: at that
// moment a temporary file of the writer would still be there.
type watcher struct {
	bytes.Buffer
	t   *testing.T
	dir string
}

func (w *watcher) Write(p []byte) (int, error) {
	w.look()
	return w.Buffer.Write(p)
}

func (w *watcher) look() {
	w.t.Helper()
	if files, err := os.ReadDir(w.dir); err != nil || len(files) > 0 {
		w.t.Errorf("%d files in the temporary folder %v", len(files), err)
	}
}
