package cli

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"github.com/medlem-register/medlem/internal/officecrypt"
)

// sheets is where the lists are that LibreOffice wrote.
const sheets = "../sheet/testdata"

// sample copies such a list: sample NAME.
func sample(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		b, err := os.ReadFile(filepath.Join(sheets, name))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(name), b, 0o600))
	}
}

// cells opens a workbook as somebody with a spreadsheet program does, with its
// password in a file where it has one ("-": none), changes cells of its first sheet
// and saves it under the same password: cells IN PASSWORDFILE OUT B2=text …. It
// prints all cells, tabs between them, and what each sheet hides.
func cells(ts *testscript.TestScript, _ bool, args []string) {
	b := []byte(ts.ReadFile(args[0]))
	password := ""
	if args[1] != "-" {
		password = strings.TrimSuffix(ts.ReadFile(args[1]), "\n")
		if !bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0")) || bytes.Contains(b, []byte("xl/worksheets")) {
			ts.Fatalf("%s is not protected", args[0])
		}
		var err error
		b, err = officecrypt.Open(b, password)
		ts.Check(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b))
	ts.Check(err)
	defer f.Close()
	first := f.GetSheetName(0)
	for _, a := range args[3:] {
		cell, text, _ := strings.Cut(a, "=")
		ts.Check(f.SetCellStr(first, cell, text))
	}
	var out strings.Builder
	for _, name := range f.GetSheetList() {
		visible, err := f.GetSheetVisible(name)
		ts.Check(err)
		fmt.Fprintf(&out, "[%s visible=%v]\n", name, visible)
		rows, err := f.GetRows(name)
		ts.Check(err)
		for _, r := range rows {
			fmt.Fprintln(&out, strings.Join(r, "\t"))
		}
	}
	a, err := f.GetColVisible(first, "A")
	ts.Check(err)
	fmt.Fprintf(&out, "first column visible=%v\n", a)
	ts.Check(os.WriteFile(ts.MkAbs("cells"), []byte(out.String()), 0o600))
	var saved bytes.Buffer
	ts.Check(f.Write(&saved))
	content := saved.Bytes()
	if password != "" {
		content, err = officecrypt.Encrypt(content, password)
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), content, 0o600))
}

// hostile makes a file that nobody should have sent: hostile KIND FILE.
func hostile(ts *testscript.TestScript, _ bool, args []string) {
	var b []byte
	switch kind := args[0]; kind {
	case "bomb": // a workbook whose sheet unpacks to 200 MB
		b = workbookOf(ts, func(w *zip.Writer) {
			f, err := w.Create("xl/worksheets/sheet1.xml")
			ts.Check(err)
			_, err = f.Write([]byte(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`))
			ts.Check(err)
			blank := bytes.Repeat([]byte("x"), 1<<20)
			for range 200 {
				_, err = f.Write(blank)
				ts.Check(err)
			}
			_, err = f.Write([]byte(`</t></is></c></row></sheetData></worksheet>`))
			ts.Check(err)
		})
	case "rows": // 100,001 rows of people
		var t strings.Builder
		t.WriteString("Fornavn;Etternavn\r\n")
		for i := range 100_001 {
			t.WriteString("Canarita;Rad" + strconv.Itoa(i) + "\r\n")
		}
		b = []byte(t.String())
	case "xls": // an old workbook: a compound file that holds a stream Workbook
		b = make([]byte, 4096)
		copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
		copy(b[1024:], "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00")
	case "html":
		b = []byte("<html><body><table><tr><td>Fornavn</td><td>Etternavn</td></tr><tr><td>Canarita</td><td>Lie</td></tr></table></body></html>")
	default:
		ts.Fatalf("unknown kind %q", kind)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}

func workbookOf(ts *testscript.TestScript, sheet func(w *zip.Writer)) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"xl/workbook.xml":            `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Ark1" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"_rels/.rels":                `<Relationships><Relationship Id="r0" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
	} {
		f, err := w.Create(name)
		ts.Check(err)
		_, err = f.Write([]byte(text))
		ts.Check(err)
	}
	sheet(w)
	ts.Check(w.Close())
	return out.Bytes()
}

// half cuts a file: half IN OUT.
func half(ts *testscript.TestScript, _ bool, args []string) {
	b := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b[:len(b)/2]), 0o600))
}
