package sheet

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A budget holds a list under its bounds while it is read.
type budget struct{ cells, bytes int }

// add appends a row, without the empty cells at its end, unless nothing is left
// of it.
func (b *budget) add(rows []Row, r Row) ([]Row, *Error) {
	n := len(r.Cells)
	for n > 0 && r.Cells[n-1].Kind == Empty {
		n--
	}
	if n == 0 {
		return rows, nil
	}
	r.Cells = r.Cells[:n:n]
	if n > columnLimit || r.Number > RowLimit {
		return nil, outside(n, r.Number)
	}
	for i := range r.Cells {
		b.bytes += len(r.Cells[i].Text)
		if len(r.Cells[i].Text) > TextLimit && utf8.RuneCountInString(r.Cells[i].Text) > TextLimit {
			return nil, tooLarge("the cell " + letter(i+1) + strconv.Itoa(r.Number) + " holds over " + strconv.Itoa(TextLimit) + " characters")
		}
	}
	if b.cells += n; b.cells > CellLimit {
		return nil, tooLarge("over " + strconv.Itoa(CellLimit) + " cells")
	}
	if b.bytes > TotalLimit {
		return nil, tooLarge("its cells hold over " + strconv.Itoa(TotalLimit>>20) + " MB of text")
	}
	return append(rows, r), nil
}

// outside refuses a cell beyond the bounds of a list.
func outside(column, row int) *Error {
	return &Error{Reason: ErrTooLarge,
		Detail: "something stands in the cell " + letter(column) + strconv.Itoa(row) + ", and a list has at most " +
			strconv.Itoa(RowLimit) + " rows and " + strconv.Itoa(ColumnLimit) + " columns",
		Hint: "delete what stands outside the list, or divide the list, and save it again"}
}

// headerRows is how many rows, from the first that holds something, may be the
// one with the headings: titles and addresses stand above some lists.
const headerRows = 30

// newTable finds the row of the headings and makes a table of the rows below.
func newTable(rows []Row) (*Table, *Error) {
	if len(rows) == 0 {
		return nil, &Error{Reason: ErrEmpty, Hint: "choose the file that holds the list"}
	}
	at, found := headings(rows)
	head := rows[at]
	t := &Table{HeaderRow: head.Number, Rows: rows[at+1:], unsure: !found}
	for i, c := range head.Cells {
		t.Header = append(t.Header, Heading{Column: i + 1, Letter: letter(i + 1), Text: strings.Join(strings.FieldsFunc(c.Text, invisible), " ")})
	}
	if n := len(t.Rows); n > 0 {
		t.Empty = t.Rows[n-1].Number - head.Number - n
	}
	kind := NoteHeadings
	if !found {
		kind = NoteUnsure
	}
	t.Notes = []Note{{Kind: kind, N: head.Number}}
	return t, nil
}

// headings returns the index of the first row that looks like headings: at
// least half as wide as the widest, and of nothing but short words.
func headings(rows []Row) (int, bool) {
	rows = rows[:min(len(rows), headerRows)]
	widest := 0
	for i := range rows {
		widest = max(widest, filled(&rows[i]))
	}
	for i := range rows {
		if n := filled(&rows[i]); 2*n >= widest && (n > 1 || widest == 1) && words(&rows[i]) {
			return i, true
		}
	}
	return 0, false
}

func filled(r *Row) int {
	n := 0
	for _, c := range r.Cells {
		if c.Kind != Empty {
			n++
		}
	}
	return n
}

// words tells whether every cell of a row could be a heading: no date, address
// or number longer than a year.
func words(r *Row) bool {
	const headingLength = 80 // characters of the longest heading
	for _, c := range r.Cells {
		if c.Kind != Empty && c.Kind != TextCell && c.Kind != Number {
			return false
		}
		digits := 0
		for _, d := range c.Text {
			if unicode.IsDigit(d) {
				digits++
			}
		}
		if digits > 4 || strings.Contains(c.Text, "@") || utf8.RuneCountInString(c.Text) > headingLength {
			return false
		}
	}
	return true
}
