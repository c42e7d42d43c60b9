package sheet

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func TestCells(t *testing.T) {
	rows := strCells(1, "A", "B") +
		`<row r="3"><c r="A3" t="s"><v>1</v></c><c t="str"><v>r_x0041__x005F_x</v></c><c r="D3"><v>5003</v></c><c r="E3" s="1"><v>42410</v></c></row>` +
		`<row r="4"><c r="A4" s="2"><v>150</v></c><c r="B4"><v>4.6701234567E10</v></c><c r="C4" t="b"><v>1</v></c><c r="D4" t="e"><v>#N/A</v></c><c r="E4" t="d"><v>1981-12-28T00:00:00</v></c></row>` +
		`<row r="5"><c r="A5" t="str"><f>CONCATENATE("a","b")</f><v>ab</v></c><c r="B5" s="3"><v>1.5</v></c><c r="C5" s="3"><v>60</v></c><c r="D5" s="3"><v>59</v></c><c r="E5" s="3"><v>0.5</v></c></row>` +
		`<row r="6"><c r="A6" t="str"><f>IF(1,"","")</f><v></v></c><c r="B6" t="inlineStr"><is><t> </t></is></c></row>` +
		`<row r="7"><c r="A7" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c><c r="B7" s="9"><v>0.25</v></c><c r="C7" t="str"><f>IF(1,"","")</f><v></v></c></row>` +
		`<row r="8"><c r="A8"/><c r="B8" t="s"/><c r="C8" t="e"><v> </v></c><c r="D8" t="b"><v/></c></row>`
	tab := table(t, withSheet(t, rows))
	want := []Row{
		{3, []Cell{{"Etternavn", TextCell}, {"rA_x", TextCell}, {}, {"5003", Number}, {"2016-02-10", Date}}},
		{4, []Cell{{"0150", Number}, {"46701234567", Number}, {"TRUE", Bool}, {"#N/A", ErrorCell}, {"1981-12-28", Date}}},
		{5, []Cell{{`=CONCATENATE("a","b")`, Formula}, {"1900-01-01 12:00:00", Date}, {"60", Number}, {"1900-02-28", Date}, {"0.5", Number}}},
		{7, []Cell{{" x ", TextCell}, {"0.25", Number}, {`=IF(1,"","")`, Formula}}},
	}
	if !reflect.DeepEqual(tab.Rows, want) {
		t.Errorf("got\n%v\nwant\n%v", tab.Rows, want)
	}
	if tab.Empty != 2 || tab.HeaderRow != 1 || tab.Format != Workbook || tab.Sheet != "Ark1" {
		t.Errorf("got %d empty rows, headings in %d, %s, %q", tab.Empty, tab.HeaderRow, tab.Format, tab.Sheet)
	}
}

func TestDateSystems(t *testing.T) {
	want := time.Date(1981, 12, 28, 0, 0, 0, 0, time.UTC)
	for _, old := range []bool{false, true} {
		f := excelize.NewFile()
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &old}); err != nil {
			t.Fatal(err)
		}
		f.SetSheetRow("Sheet1", "A1", &[]string{"Fornavn", "Født"})
		f.SetSheetRow("Sheet1", "A2", &[]any{"Åse", want})
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		if got := table(t, b.Bytes()).Rows[0].Cells[1]; got != (Cell{"1981-12-28", Date}) {
			t.Errorf("1904 system %v: got %v", old, got)
		}
	}
}

func TestNumberFormats(t *testing.T) {
	for code, date := range map[string]bool{
		"General": false, "0.00E+00": false, "@": false, "#,##0 [$kr-414]": false, `0 "dager"`: false, `0\d`: false, "[Red]0": false, "hh:mm": false, "mm:ss": false, "": false, `"unclosed y`: false, "[unclosed y": false,
		"yyyy-mm-dd": true, `dd/mm/yy`: true, "[$-414]d. mmmm yyyy;@": true, "YYYY": true, `yyyy\-mm\-dd`: true, "m/d/yy h:mm": true,
	} {
		if got := formatStyle(code).date; got != date {
			t.Errorf("format %q: date is %v, want %v", code, got, date)
		}
	}
}

// What excelize reads as the stored values of a file made by LibreOffice, we
// read too; dates and the one formula apart, which it does not tell from others.
func TestSecondOpinion(t *testing.T) {
	for _, name := range []string{"medlemmer-akershus.xlsx", "medlemmer-forening.xlsx"} {
		b := fixture(t, name)
		f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := f.GetRows(f.GetSheetName(0))
		if err != nil {
			t.Fatal(err)
		}
		ours := table(t, b)
		if len(ours.Rows) != len(theirs)-1 {
			t.Fatalf("%s: got %d rows, excelize %d", name, len(ours.Rows), len(theirs)-1)
		}
		compared := 0
		for i, r := range ours.Rows {
			for j, c := range r.Cells {
				if c.Kind == Date || c.Kind == Formula {
					continue
				}
				if compared++; c.Text != theirs[i+1][j] {
					t.Errorf("%s: %s%d differs", name, letter(j+1), r.Number)
				}
			}
		}
		if compared < 1500 {
			t.Errorf("%s: only %d cells compared", name, compared)
		}
	}
}

func TestSheets(t *testing.T) {
	p := parts()
	p["xl/workbook.xml"] = `<workbook><sheets><sheet name="Lister" state="hidden" r:id="r4"/><sheet name="Tom" r:id="r5"/><sheet name="Graf" r:id="r6"/><sheet name="Medlemmer" r:id="r1"/></sheets></workbook>`
	p["xl/_rels/workbook.xml.rels"] = strings.Replace(p["xl/_rels/workbook.xml.rels"], "</Relationships>",
		`<Relationship Id="r4" Type="x/worksheet" Target="worksheets\Sheet2.xml"/><Relationship Id="r5" Type="x/worksheet" Target="worksheets/sheet3.xml"/><Relationship Id="r6" Type="x/chartsheet" Target="charts/1.xml"/></Relationships>`, 1)
	p["xl/worksheets/sheet1.xml"] = sheetXML(strCells(1, "Fornavn", "Etternavn") + strings.Replace(strCells(2, "Åse", "Lie"), `r="2"`, `r="2" hidden="1"`, 1))
	p["xl/worksheets/sheet2.xml"] = sheetXML(strCells(1, "leder", "kasserer"))
	p["xl/worksheets/sheet3.xml"] = sheetXML(`<row r="1" s="2"/><row r="1048576"><c r="XFD1048576" s="1"/></row>`)
	tab := table(t, workbook(t, p))
	if tab.Sheet != "Medlemmer" || len(tab.Rows) != 1 {
		t.Errorf("read %q with %d rows", tab.Sheet, len(tab.Rows))
	}
	want := []Note{{NoteSheets, "Medlemmer", 3}, {NoteHidden, "", 1}, {NoteHeadings, "", 1}}
	if !slices.Equal(tab.Notes, want) {
		t.Errorf("got notes %v, want %v", tab.Notes, want)
	}
}

// A part that stands for a thousand sheets would be gone through a thousand times.
func TestSheetsOfOnePart(t *testing.T) {
	p := parts()
	p["xl/workbook.xml"] = "<workbook>" + strings.Repeat(`<sheet name="x" r:id="r1"/>`, 1000) + "</workbook>"
	z, err := openZip(workbook(t, p))
	if err != nil {
		t.Fatal(err)
	}
	k, err := openBook(z)
	if err != nil || len(k.sheets) != 1 {
		t.Errorf("got %d sheets, %v", len(k.sheets), err)
	}
}

func TestColumnNames(t *testing.T) {
	for n, want := range map[int]string{1: "A", 26: "Z", 27: "AA", 100: "CV", 702: "ZZ", 703: "AAA", 16384: "XFD"} {
		if got := letter(n); got != want || columnOf(want+"7") != n || columnOf(strings.ToLower(want)+"7") != n {
			t.Errorf("column %d: got %q and back %d", n, got, columnOf(want+"7"))
		}
	}
	for _, bad := range []string{"", "7", "A", "ABCDE1", "Å1"} {
		if n := columnOf(bad); n != 0 {
			t.Errorf("column of %q is %d", bad, n)
		}
	}
}

func TestEmptyRows(t *testing.T) {
	var rows strings.Builder
	rows.WriteString(strCells(1, "Fornavn", "Etternavn"))
	for i := 2; i <= 1000; i += 2 {
		fmt.Fprintf(&rows, `<row r="%d"><c r="B%d" t="s"><v>0</v></c></row>`, i, i)
	}
	tab := table(t, withSheet(t, rows.String()))
	if len(tab.Rows) != 500 || tab.Empty != 499 || tab.Rows[499].Number != 1000 {
		t.Errorf("got %d rows and %d empty, the last is %d", len(tab.Rows), tab.Empty, tab.Rows[len(tab.Rows)-1].Number)
	}
}
