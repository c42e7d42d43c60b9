package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// noTempDir is the folder that excelize is told to put its temporary files in.
// No path can hold a zero byte, so it can make none, and then keeps on writing
// in memory. A test watches over it: members must not end up in /tmp.
const noTempDir = "\x00"

// noCreator is what a workbook says of who made it: the name of the program, too, says
// of what a list is.
const noCreator = "-"

// WriteRest writes a workbook of the rows that have faults, as they stand in
// the list, every cell as text, a formula too. A first column says in the
// language of the list what is wrong and how to mend it. Read and Recognise take
// the mended file as any other list and leave that column out; where the list was
// a template, the file is one still.
//
// Nothing is written to w if there is an error: ErrTooLarge where the file would
// be too large to be read in again.
func WriteRest(w io.Writer, t *Table, results []Result, lang string) error {
	words := restWords[language(lang)]
	f := excelize.NewFile(excelize.Options{TmpDir: noTempDir})
	defer f.Close()
	if err := f.SetDocProps(&excelize.DocProperties{Creator: noCreator, LastModifiedBy: noCreator}); err != nil {
		return err
	}
	if err := f.SetSheetName("Sheet1", words.sheet); err != nil {
		return err
	}
	s, err := newRestSheet(f, words.sheet)
	if err != nil {
		return err
	}
	skip := restColumn(t)
	width := restWidth(t)
	head := []string{words.column}
	for column := 1; column <= width; column++ {
		if text := ""; column != skip {
			if column <= len(t.Header) {
				text = t.Header[column-1].Text
			}
			head = append(head, text)
		}
	}
	if err := s.write(head, s.head); err != nil {
		return err
	}
	next := 0
	for i := range results {
		if results[i].Good() {
			continue
		}
		for next < len(t.Rows) && t.Rows[next].Number < results[i].Row {
			next++
		}
		if next == len(t.Rows) || t.Rows[next].Number != results[i].Row {
			continue // not a result of this list
		}
		row := []string{explain(&results[i], language(lang))}
		for column := range t.Rows[next].Cells {
			if column+1 != skip {
				row = append(row, t.Rows[next].Cells[column].Text)
			}
		}
		if err := s.write(row, s.text); err != nil {
			return err
		}
	}
	if err := s.stream.Flush(); err != nil {
		return err
	}
	if t.Origin != nil {
		if _, err := f.NewSheet(originSheet); err != nil {
			return err
		}
		if err := writeOrigin(f, t.Origin); err != nil {
			return err
		}
	}
	return f.Write(w)
}

// restSheet writes the one sheet of the file.
type restSheet struct {
	stream           *excelize.StreamWriter
	head, text, says int // styles
	row, size        int // rows and about how many bytes so far
}

func newRestSheet(f *excelize.File, name string) (*restSheet, error) {
	s := &restSheet{}
	for style, look := range map[*int]*excelize.Style{
		&s.head: {NumFmt: asText, Font: &excelize.Font{Bold: true}},
		&s.text: {NumFmt: asText},
		&s.says: {NumFmt: asText, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}},
	} {
		id, err := f.NewStyle(look)
		if err != nil {
			return nil, err
		}
		*style = id
	}
	var err error
	if s.stream, err = f.NewStreamWriter(name); err != nil {
		return nil, err
	}
	const saysWidth, otherWidth = 70, 18 // characters
	if err := s.stream.SetColWidth(1, 1, saysWidth); err != nil {
		return nil, err
	}
	if err := s.stream.SetColWidth(2, columnLimit, otherWidth); err != nil {
		return nil, err
	}
	if err := s.stream.SetColStyle(2, columnLimit, s.text); err != nil {
		return nil, err
	}
	return s, s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// write writes one row, the first cell of which says what is wrong.
func (s *restSheet) write(texts []string, style int) error {
	const cellBytes, escaped = 60, 6 // of the tags around a text, and of one character at most
	cells := make([]any, len(texts))
	for i, text := range texts {
		if s.size += cellBytes + len(text); strings.ContainsAny(text, "<>&\"'\n\t") {
			s.size += escaped * strings.Count(text, "")
		}
		cells[i] = excelize.Cell{StyleID: style, Value: text}
		if i == 0 && s.row > 0 {
			cells[i] = excelize.Cell{StyleID: s.says, Value: text}
		}
	}
	if s.size > UnzipLimit-smallPart {
		return fmt.Errorf("write the rows with faults: %w: too many of them: divide the list in two, and read in one after the other", ErrTooLarge)
	}
	s.row++
	return s.stream.SetRow("A"+strconv.Itoa(s.row), cells)
}

// restColumn returns the column that an earlier WriteRest wrote, or 0.
func restColumn(t *Table) int {
	for _, h := range t.Header {
		if isRestHeading(h.Text) {
			return h.Column
		}
	}
	return 0
}

// isRestHeading tells whether a column of this heading was written by WriteRest.
func isRestHeading(text string) bool {
	key := headingKey(text)
	for _, w := range restWords {
		if key == headingKey(w.column) {
			return true
		}
	}
	return false
}

func restWidth(t *Table) int {
	n := len(t.Header)
	for i := range t.Rows {
		n = max(n, len(t.Rows[i].Cells))
	}
	return n
}

// explain says what is wrong with a row, a fault to a line.
func explain(r *Result, lang string) string {
	var lines []string
	for _, f := range r.Faults {
		msg, hint := f.In(lang)
		line := restWords[lang].row + " " + strconv.Itoa(f.Row)
		switch {
		case f.Heading != "":
			line += ", " + f.Heading
		case f.Letter != "":
			line += ", " + f.Letter
		}
		lines = append(lines, line+": "+msg+" – "+hint)
	}
	return strings.Join(lines, "\n")
}
