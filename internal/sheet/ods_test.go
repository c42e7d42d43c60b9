package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const odsHead = `<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:automatic-styles><style:style style:name="ta1" style:family="table"><style:table-properties table:display="true"/></style:style><style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet>`

// odsFile packs the smallest OpenDocument workbook of tables.
func odsFile(t testing.TB, tables ...string) []byte {
	return odsParts(t, odsHead+strings.Join(tables, "")+`</office:spreadsheet></office:body></office:document-content>`, "")
}

func odsParts(t testing.TB, content, manifest string) []byte {
	t.Helper()
	p := map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content}
	if manifest != "" {
		p["META-INF/manifest.xml"] = manifest
	}
	return workbook(t, p)
}

func odsTable(name string, rows ...string) string {
	return `<table:table table:name="` + name + `" table:style-name="ta1"><table:table-column table:number-columns-repeated="16384"/>` + strings.Join(rows, "") + `</table:table>`
}

// odsRow returns a row of cells with text.
func odsRow(texts ...string) string {
	var b strings.Builder
	for _, s := range texts {
		fmt.Fprintf(&b, `<table:table-cell office:value-type="string"><text:p>%s</text:p></table:table-cell>`, s)
	}
	return odsCells(b.String())
}

func odsCells(cells string) string { return "<table:table-row>" + cells + "</table:table-row>" }

func TestOpenDocumentCells(t *testing.T) {
	tab := table(t, odsFile(t, odsTable("Ark1", odsRow("A", "B", "C", "D"),
		`<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>`,
		odsCells(`<table:table-cell office:value-type="float" office:value="150"><text:p>0150</text:p></table:table-cell>`+
			`<table:table-cell office:value-type="float" office:value="46701234567"><text:p>4,67E+010</text:p></table:table-cell>`+
			`<table:table-cell office:value-type="date" office:date-value="1981-12-28"><text:p>28.12.81</text:p></table:table-cell>`+
			`<table:table-cell office:value-type="date" office:date-value="1981-12-28T13:30:00"><text:p>x</text:p></table:table-cell>`),
		odsCells(`<table:table-cell table:formula="of:=CONCATENATE(&quot;a&quot;;&quot;b&quot;)" office:value-type="string" calcext:value-type="string"><text:p>ab</text:p></table:table-cell>`+
			`<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>SANN</text:p></table:table-cell>`+
			`<table:table-cell office:value-type="percentage" office:value="0.25"><text:p>25 %</text:p></table:table-cell>`+
			`<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>`),
		odsCells(`<table:table-cell office:value-type="string"><office:annotation><dc:date>x</dc:date><text:p>merknad</text:p></office:annotation><text:p>Åse<text:s text:c="2"/><text:span>L<text:a>i</text:a>e</text:span><office:annotation><text:p>skjult</text:p></office:annotation></text:p><text:p>linje<text:tab/>to<text:line-break/>tre</text:p></table:table-cell>`+
			`<table:covered-table-cell/><table:table-cell office:value-type="string" table:number-columns-repeated="2"><text:p>x</text:p></table:table-cell>`),
		odsCells(`<table:table-cell table:formula="of:=IF(1;&quot;&quot;)" office:value-type="string"><text:p/></table:table-cell>`),
		`<table:table-row table:number-rows-repeated="1048000" table:visibility="collapse"><table:table-cell/></table:table-row>`)))
	want := []Row{
		{5, []Cell{{"0150", Number}, {"46701234567", Number}, {"1981-12-28", Date}, {"1981-12-28 13:30:00", Date}}},
		{6, []Cell{{`=CONCATENATE("a";"b")`, Formula}, {"TRUE", Bool}, {"0.25", Number}, {"=1/0", Formula}}},
		{7, []Cell{{"Åse  Lie\nlinje\tto\ntre", TextCell}, {}, {"x", TextCell}, {"x", TextCell}}},
	}
	if !reflect.DeepEqual(tab.Rows, want) {
		t.Errorf("got\n%v\nwant\n%v", tab.Rows, want)
	}
	if tab.Format != OpenDocument || tab.Sheet != "Ark1" || tab.HeaderRow != 1 || tab.Empty != 3 {
		t.Errorf("got %s, %q, headings in %d, %d empty", tab.Format, tab.Sheet, tab.HeaderRow, tab.Empty)
	}
}

func TestOpenDocumentSheets(t *testing.T) {
	hidden := strings.Replace(odsTable("Lister", odsRow("leder", "kasserer")), "ta1", "ta2", 1)
	row := strings.Replace(odsRow("Åse", "Lie"), "<table:table-row", `<table:table-row table:number-rows-repeated="2" table:visibility="filter"`, 1)
	tab := table(t, odsFile(t, hidden, odsTable("Tom"), odsTable("Medlemmer", odsRow("Fornavn", "Etternavn"), row), odsTable("Andre", odsRow("x", "y"))))
	if tab.Sheet != "Medlemmer" || len(tab.Rows) != 2 || tab.Rows[1].Number != 3 {
		t.Errorf("read %q with rows %v", tab.Sheet, tab.Rows)
	}
	if want := []Note{{NoteSheets, "Medlemmer", 4}, {NoteHidden, "", 2}, {NoteHeadings, "", 1}}; !slices.Equal(tab.Notes, want) {
		t.Errorf("got notes %v, want %v", tab.Notes, want)
	}
}

// ATTACK: an .ods whose few bytes say that they stand for a great many cells, or
// that unpacks to more than a machine holds. At stake: the officer's memory. The
// honest twin, a row repeated a few times, is in TestOpenDocumentSheets.
func TestOpenDocumentRefused(t *testing.T) {
	cell := func(attr string) string {
		return odsCells(`<table:table-cell office:value-type="string" ` + attr + `><text:p>Kanari</text:p></table:table-cell>`)
	}
	rows := func(attr string) string {
		return strings.Replace(odsRow("Kanari"), "<table:table-row", "<table:table-row "+attr, 1)
	}
	long := strings.Repeat("x", 30_000)
	for _, c := range []struct {
		name   string
		b      []byte
		reason error
		says   string
	}{
		{"a cell in every column", odsFile(t, odsTable("a", cell(`table:number-columns-repeated="16384"`))), ErrTooLarge, "XFD1"},
		{"a cell without end", odsFile(t, odsTable("a", cell(`table:number-columns-repeated="2000000000"`))), ErrDamaged, "row 1 are repeated"},
		{"a cell of no times", odsFile(t, odsTable("a", cell(`table:number-columns-repeated="0"`))), ErrDamaged, "row 1 are repeated"},
		{"a cell of minus times", odsFile(t, odsTable("a", cell(`table:number-columns-repeated="-1"`))), ErrDamaged, "row 1 are repeated"},
		{"a million rows", odsFile(t, odsTable("a", rows(`table:number-rows-repeated="1048576"`))), ErrTooLarge, "A100001"},
		{"row 100,001", odsFile(t, odsTable("a", rows(`table:number-rows-repeated="100000"`), odsRow("x"))), ErrTooLarge, "A100001"},
		{"rows without end", odsFile(t, odsTable("a", rows(`table:number-rows-repeated="99999999999999999999"`))), ErrDamaged, "rows are repeated"},
		{"empty rows without end", odsFile(t, odsTable("a", strings.Repeat(`<table:table-row table:number-rows-repeated="16777216"/>`, 3))), ErrDamaged, "rows are repeated"},
		{"one text in every cell", odsFile(t, odsTable("a", strings.Replace(cell(`table:number-columns-repeated="90"`), "<table:table-row", `<table:table-row table:number-rows-repeated="90000"`, 1))), ErrTooLarge, "over 2000000 cells"},
		{"a long text repeated", odsFile(t, odsTable("a", `<table:table-row table:number-rows-repeated="9000"><table:table-cell table:number-columns-repeated="10" office:value-type="string"><text:p>`+long+`</text:p></table:table-cell></table:table-row>`)), ErrTooLarge, "over 128 MB of text"},
		{"spaces without end", odsFile(t, odsTable("a", odsCells(`<table:table-cell><text:p>`+strings.Repeat(`<text:s text:c="2000000000"/>`, 100)+`</text:p></table:table-cell>`))), ErrDamaged, "cut short"},
		{"a table in a table", odsFile(t, odsTable("a", odsTable("b"))), ErrDamaged, "a table inside"},
		{"many sheets", odsFile(t, strings.Repeat(`<table:table></table:table>`, partCount+1)), ErrTooLarge, "sheets"},
		{"nested marks", odsParts(t, odsHead+`<table:table><table:table-row><table:table-cell>`+strings.Repeat("<a>", 1<<20), ""), ErrDamaged, "cut short"},
		{"cut short in a cell", odsParts(t, odsHead+`<table:table><table:table-row><table:table-cell><text:p>Kanari`, ""), ErrDamaged, "cut short"},
		{"cut short behind the sheet", odsParts(t, odsHead+odsTable("a", odsRow("a", "b"), odsRow("c", "d")), ""), ErrDamaged, "cut short"},
		{"document type", odsParts(t, `<!DOCTYPE x [<!ENTITY a "Kanari">]>`+odsHead, ""), ErrDamaged, "is not XML"},
		{"entity", odsFile(t, odsTable("a", odsRow("&Kanari;"))), ErrDamaged, "cut short"},
		{"nothing in it", odsFile(t, odsTable("a")), ErrEmpty, "nothing stands"},
		{"protected", odsParts(t, "Kanari", `<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>`), ErrProtected, "save it as .xlsx"},
		{"bomb", odsBomb(t, 65<<20), ErrTooLarge, "over 64 MB"},
		{"bomb that lies", lie(odsBomb(t, 66<<20), 1<<10), ErrDamaged, "does not unpack"},
		{"cut short", odsFile(t, odsTable("a", odsRow("a", "b")))[:300], ErrDamaged, "does not end like one"},
	} {
		tab, err := Read("liste.ods", c.b)
		var e *Error
		if tab != nil || !errors.As(err, &e) || !errors.Is(err, c.reason) || !strings.Contains(err.Error(), c.says) || e.Hint == "" || strings.Contains(err.Error(), "Kanari") {
			t.Errorf("%s: got %v, want %v that says %q", c.name, err, c.reason, c.says)
		}
	}
}

func odsBomb(t *testing.T, size int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"mimetype", "content.xml"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "mimetype" {
			w.Write([]byte("application/vnd.oasis.opendocument.spreadsheet"))
			continue
		}
		for range size >> 20 {
			w.Write(bytes.Repeat([]byte(" "), 1<<20))
		}
	}
	z.Close()
	return b.Bytes()
}
