// Package sheet takes member lists in and gives lists back: workbooks (.xlsx)
// and text files (.csv) as people really send them.
//
// To take a list in, call Read for the file's bytes, Recognise to find out what
// its columns hold, and Mapping.Results for what each row comes to. Where rows
// have faults, WriteRest makes a workbook of just those rows, with what is wrong
// and how to mend it beside each, that can be mended and read in again.
//
// What comes in is not trusted: everything is bounded, nothing is ever written
// to a temporary file, and no error, fault or notice holds the content of a
// cell. The one text of the file that they do repeat is a heading, and only
// where the row that it stands in is plainly a row of headings.
package sheet

import (
	"bytes"
	"strconv"
)

// The bounds of a list. A list beyond them is refused with ErrTooLarge.
const (
	FileLimit   = 25 << 20  // bytes of a file
	UnzipLimit  = 64 << 20  // bytes of all parts of a workbook, unpacked
	RowLimit    = 100_000   // number of the last row that holds something
	ColumnLimit = 100       // number of the last column that holds something
	CellLimit   = 2_000_000 // cells of a list: twenty columns of the most rows
	TextLimit   = 32_767    // characters of one cell, which is Excel's own bound
)

// columnLimit leaves room for the column that WriteRest adds to a list.
const columnLimit = ColumnLimit + 1

// A Table is a list as it stands in a file: headings, and the rows below them.
type Table struct {
	Format    string    // "xlsx" or "csv"
	Sheet     string    // the worksheet that was read; empty for a csv
	Notes     []Note    // how the file was read: encoding, separator, headings
	Header    []Heading // every column up to the last one with a heading, in order
	Rows      []Row     // every row below the headings that holds something
	HeaderRow int       // the row of the headings, as the spreadsheet numbers it
	Empty     int       // rows between the headings and the last of Rows that hold nothing

	unsure bool // the row taken for the headings does not look like one
}

// A Heading is the first cell of a column.
type Heading struct {
	Column int    // 1 for the first column
	Letter string // the column as a spreadsheet names it: "A"
	Text   string // without surrounding space; empty where a column has none
}

// A Row is one row of a list.
type Row struct {
	Number int    // as the spreadsheet numbers it: 1 for the first row of the file
	Cells  []Cell // up to the last cell that holds something; Cells[0] is column 1
}

// cell returns the row's cell in a column, counted from 1.
func (r *Row) cell(column int) Cell {
	if column > len(r.Cells) {
		return Cell{}
	}
	return r.Cells[column-1]
}

// A Cell is what stands in one cell, as text.
type Cell struct {
	Text string
	Kind CellKind
}

// CellKind says what a cell holds. A csv has only Empty, TextCell and Formula.
type CellKind uint8

// The kinds of cells, and what Cell.Text is for each.
const (
	Empty     CellKind = iota // ""; a cell of nothing but space is empty too
	TextCell                  // the text, as it stands
	Number                    // in digits, never in powers of ten: "46701234567", "0.25"
	Date                      // "2006-01-02", and " 15:04:05" behind it where the cell holds a time
	Formula                   // the formula: "=A1+1"; its result is not read
	ErrorCell                 // "#N/A" and its like
	Bool                      // "TRUE" or "FALSE"
)

var kindNames = [...]string{"empty", "text", "number", "date", "formula", "error", "bool"}

func (k CellKind) String() string { return kindNames[k] }

// Read reads a list. It goes by the content of b; name is only repeated in
// errors. An error is always an *Error.
func Read(name string, b []byte) (*Table, error) {
	t, err := read(b)
	if err != nil {
		err.Name = name
		return nil, err
	}
	return t, nil
}

func read(b []byte) (*Table, *Error) {
	if len(b) > FileLimit {
		return nil, tooLarge("the file is over " + strconv.Itoa(FileLimit>>20) + " MB")
	}
	switch text := bytes.TrimLeft(b, "\xef\xbb\xbf \t\r\n"); {
	case len(text) == 0:
		return nil, &Error{Reason: ErrEmpty, Hint: "choose the file that holds the list"}
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte("PK\x05\x06")):
		return readWorkbook(b)
	case bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return nil, refuseContainer(b)
	case bytes.HasPrefix(b, []byte("\x09\x08")), bytes.HasPrefix(b, []byte("\x09\x04")), bytes.HasPrefix(b, []byte("\x09\x02")):
		return nil, legacy()
	case text[0] == '<':
		return nil, notTable("this is a web page or an XML file, whatever its name says", "open it in a spreadsheet program and save it as .xlsx")
	case bytes.HasPrefix(text, []byte("%PDF-")):
		return nil, notTable("this is a PDF", "ask for the list as .xlsx or .csv")
	case bytes.HasPrefix(text, []byte(`{\rtf`)):
		return nil, notTable("this is a text document", "copy its table into a spreadsheet and save that as .xlsx")
	}
	return readCSV(b)
}

// letter returns the name of a column as spreadsheets write it: 1 is "A", 27 is "AA".
func letter(column int) string {
	var b [8]byte
	i := len(b)
	for ; column > 0; column = (column - 1) / 26 {
		i--
		b[i] = byte('A' + (column-1)%26)
	}
	return string(b[i:])
}
