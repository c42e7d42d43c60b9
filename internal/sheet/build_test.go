package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixture returns a file of testdata.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// table reads a list that must be readable.
func table(t testing.TB, b []byte) *Table {
	t.Helper()
	tab, err := Read("list", b)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// parts are those of the smallest workbook; tests change single ones.
func parts() map[string]string {
	return map[string]string{
		"[Content_Types].xml":        `<Types/>`,
		"_rels/.rels":                `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook><sheets><sheet name="Ark1" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="x/styles" Target="/xl/styles.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   sheetXML(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>`),
		"xl/sharedStrings.xml":       `<sst><si><t>Fornavn</t></si><si><r><t>Etter</t></r><r><t>navn</t></r><rPh><t>x</t></rPh></si></sst>`,
		"xl/styles.xml":              `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="0000"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
	}
}

func sheetXML(rows string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="x"><sheetData>` + rows + `</sheetData></worksheet>`
}

// workbook packs parts.
func workbook(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withSheet packs a workbook with other rows.
func withSheet(t testing.TB, rows string) []byte {
	p := parts()
	p["xl/worksheets/sheet1.xml"] = sheetXML(rows)
	return workbook(t, p)
}

// strCells returns a row of cells with text.
func strCells(row int, texts ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, row)
	for i, s := range texts {
		if s != "" {
			fmt.Fprintf(&b, `<c r="%s%d" t="inlineStr"><is><t>%s</t></is></c>`, letter(i+1), row, s)
		}
	}
	return b.String() + "</row>"
}

// cellTexts returns the texts of the cells of each row.
func cellTexts(rows []Row) [][]string {
	var out [][]string
	for _, r := range rows {
		var line []string
		for _, c := range r.Cells {
			line = append(line, c.Text)
		}
		out = append(out, line)
	}
	return out
}
