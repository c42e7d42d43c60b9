package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// asText is the number format "@": what is typed stays as typed.
const asText = 49

// A TableSpec is a list that leaves the register.
type TableSpec struct {
	Sheet   string // the name of the sheet
	Notice  string // the first row: what the list is for, and when it must be destroyed; never empty
	Header  []string
	Rows    iter.Seq[[]string]     // as many texts as there are headings, or fewer
	Columns map[string]ColumnWidth // by heading; what is not named is of middle width
}

// ColumnWidth is how wide a column is shown, in characters.
type ColumnWidth int

// The bounds of a list that leaves the register. They are those of a list that
// comes in, so that what was drawn can be read again.
const drawRows = RowLimit - 2 // rows below the notice and the headings

// WriteTable writes a workbook: the notice, the headings, and the rows, every
// cell a text and none ever a formula, whatever it begins with. The same spec
// gives the same bytes. Nothing is written to w if there is an error, and nothing
// to any file: the workbook is in the clear until the caller protects it.
func WriteTable(w io.Writer, s TableSpec) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	f := excelize.NewFile(excelize.Options{TmpDir: noTempDir})
	defer f.Close()
	d := drawSheet{file: f, spec: &s, name: sheetName(s.Sheet, "1")}
	if err := d.write(); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	return f.Write(w)
}

var errNotice = errors.New("a list needs its notice")

func (s *TableSpec) check() error {
	switch {
	case blank(s.Notice):
		return errNotice
	case len(s.Header) == 0:
		return errors.New("it has no columns")
	case len(s.Header) > ColumnLimit:
		return fmt.Errorf("%w: over %d columns", ErrTooLarge, ColumnLimit)
	case tooLong(s.Notice):
		return fmt.Errorf("%w: the notice is over %d characters", ErrTooLarge, TextLimit)
	}
	return nil
}

// checkRow refuses what a cell cannot hold: it would be cut off without a word.
func (s *TableSpec) checkRow(row []string, number int) error {
	switch {
	case number > drawRows:
		return fmt.Errorf("%w: over %d rows", ErrTooLarge, drawRows)
	case len(row) > len(s.Header):
		return fmt.Errorf("row %d has more cells than there are columns", number)
	}
	for i, text := range row {
		switch {
		case tooLong(text):
			return fmt.Errorf("%w: row %d, column %s holds over %d characters", ErrTooLarge, number, letter(i+1), TextLimit)
		case !printable(text):
			return fmt.Errorf("row %d, column %s holds a character that no workbook can hold", number, letter(i+1))
		}
	}
	return nil
}

// drawSheet writes the one sheet.
type drawSheet struct {
	file   *excelize.File
	spec   *TableSpec
	name   string
	stream *excelize.StreamWriter

	notice, head, text int // styles
}

func (d *drawSheet) write() error {
	for _, step := range []func() error{d.look, d.open, d.rows} {
		if err := step(); err != nil {
			return err
		}
	}
	return d.stream.Flush()
}

// look makes the styles, and has every printed page begin with the notice and
// the headings.
func (d *drawSheet) look() error {
	if err := d.file.SetDocProps(&excelize.DocProperties{Creator: noCreator, LastModifiedBy: noCreator}); err != nil {
		return err
	}
	if err := d.file.SetSheetName("Sheet1", d.name); err != nil {
		return err
	}
	for _, x := range []struct {
		id   *int
		look excelize.Style
	}{
		{&d.notice, excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
		{&d.head, excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}}},
		{&d.text, excelize.Style{NumFmt: asText}},
	} {
		id, err := d.file.NewStyle(&x.look)
		if err != nil {
			return err
		}
		*x.id = id
	}
	landscape, a4, wide := "landscape", 9, 1
	fit := true
	if err := d.file.SetPageLayout(d.name, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &wide, FitToHeight: new(int)}); err != nil {
		return err
	}
	if err := d.file.SetSheetProps(d.name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	return d.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + strings.ReplaceAll(d.name, "'", "''") + "'!$1:$2", Scope: d.name})
}

func (d *drawSheet) open() error {
	const middle = 18 // characters
	var err error
	if d.stream, err = d.file.NewStreamWriter(d.name); err != nil {
		return err
	}
	for i, h := range d.spec.Header {
		width := d.spec.Columns[h]
		if width <= 0 {
			width = middle
		}
		if err := d.stream.SetColWidth(i+1, i+1, float64(width)); err != nil {
			return err
		}
	}
	return d.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 2, TopLeftCell: "A3", ActivePane: "bottomLeft"})
}

func (d *drawSheet) rows() error {
	const lineHeight, lineLength = 15, 18 // points; characters of a column
	lines := 1 + utf8.RuneCountInString(d.spec.Notice)/(lineLength*len(d.spec.Header)) + strings.Count(d.spec.Notice, "\n")
	if err := d.stream.SetRow("A1", []any{excelize.Cell{StyleID: d.notice, Value: d.spec.Notice}}, excelize.RowOpts{Height: float64(lineHeight * min(lines, 20))}); err != nil {
		return err
	}
	if n := len(d.spec.Header); n > 1 {
		if err := d.stream.MergeCell("A1", letter(n)+"1"); err != nil {
			return err
		}
	}
	if err := d.row(2, d.spec.Header, d.head); err != nil {
		return err
	}
	number := 0
	for row := range d.spec.Rows {
		number++
		if err := d.spec.checkRow(row, number); err != nil {
			return err
		}
		if err := d.row(number+2, row, d.text); err != nil {
			return err
		}
	}
	return nil
}

func (d *drawSheet) row(number int, texts []string, style int) error {
	cells := make([]any, len(texts))
	for i, text := range texts {
		if text != "" {
			cells[i] = excelize.Cell{StyleID: style, Value: text}
		}
	}
	return d.stream.SetRow("A"+strconv.Itoa(number), cells)
}

// tooLong tells whether a text is longer than a cell may hold: UTF-16 units, as
// Excel counts.
func tooLong(s string) bool {
	if len(s) <= TextLimit {
		return false
	}
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n > TextLimit
}

// printable tells whether XML 1.0 (section 2.2) can hold a text as it is.
func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' || r == utf8.RuneError || r&0xfffe == 0xfffe
	}) < 0
}

// sheetName makes a name that a sheet may have of text, or else of fallback.
func sheetName(text, fallback string) string {
	const longest = 31 // UTF-16 units, Excel's bound
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) || r < ' ' || r == utf8.RuneError || r > 0xffff {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > longest {
		text = strings.TrimSpace(string(r[:longest]))
	}
	if text == "" || ownSheet(strings.ToLower(text)) || strings.EqualFold(text, "History") {
		return fallback
	}
	return text
}
