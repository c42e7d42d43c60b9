// Package sheet takes member lists in and gives lists back: workbooks (.xlsx and
// .ods), text files (.csv) and address cards (vCard) as people really send them.
//
// To take a list in, call Read for the file's bytes, or ReadWith where it may be
// protected, Recognise to find out what its columns hold, and Mapping.Results for
// what each row comes to. Where rows have faults, WriteRest makes a workbook of
// just those rows, with what is wrong and how to mend it beside each, that can be
// mended and read in again.
//
// To ask for a list, call Template: a workbook to fill in, which comes back to
// the same columns whatever the headings have become since. To give one out, call
// WriteTable or WriteCSV. What they write is in the clear: protect it before it
// reaches a disk.
//
// What comes in is not trusted: everything is bounded, nothing is ever written
// to a temporary file, and no error, fault or notice holds the content of a
// cell. The one text of the file that they do repeat is a heading, and only
// where the row that it stands in is plainly a row of headings.
package sheet

import "errors"

// The bounds of a list. A list beyond them is refused with ErrTooLarge.
const (
	FileLimit   = 25 << 20  // bytes of a file
	UnzipLimit  = 64 << 20  // bytes of all parts of a workbook, unpacked
	RowLimit    = 100_000   // number of the last row that holds something
	ColumnLimit = 100       // number of the last column that holds something
	CellLimit   = 2_000_000 // cells of a list: twenty columns of the most rows
	TextLimit   = 32_767    // characters of one cell, which is Excel's own bound
	TotalLimit  = 128 << 20 // bytes of all cells: a small file may repeat one text in each
)

// columnLimit leaves room for the column that WriteRest adds to a list.
const columnLimit = ColumnLimit + 1

// A Table is a list as it stands in a file: headings, and the rows below them.
type Table struct {
	Format    Kind      // Workbook, OpenDocument, TextFile or Cards
	Sheet     string    // the worksheet that was read; empty for a text
	Notes     []Note    // how the file was read: encoding, separator, headings
	Header    []Heading // every column up to the last one with a heading, in order
	Rows      []Row     // every row below the headings that holds something
	HeaderRow int       // the row of the headings, as the spreadsheet numbers it
	Empty     int       // rows between the headings and the last of Rows that hold nothing
	Protected bool      // the file had a password
	Origin    *Origin   // of what Template it is; nil for any other list
	LeftOut   []string  // properties of the cards that are not read, "NOTE"; sorted

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

// Read reads a list that needs no options: ReadWith of none. An error is always
// an *Error.
func Read(name string, b []byte) (*Table, error) { return ReadWith(name, b, Options{}) }

// ReadWith reads a list. It goes by the content of b; name is only repeated in
// errors. An error is an *Error, or what Options.Password returned.
func ReadWith(name string, b []byte, o Options) (*Table, error) {
	t, err := o.read(b)
	if bad := (*Error)(nil); errors.As(err, &bad) {
		bad.Name = name
	}
	if err != nil {
		return nil, err
	}
	return t, nil
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
