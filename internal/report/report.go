// Package report counts: tables of how many members there are, by unit, class or
// age, and how many joined and left. It knows no member: who calls it counts, and
// gives numbers.
//
// Use NewTable, count into it with Add, and end with Sum. Before a table is
// published, Hide takes out the small counts, and as many others as it takes to
// keep them from being computed. Chart draws bars as SVG.
package report

import (
	"slices"
)

// A Line names a row or a column of a table.
type Line struct {
	Key  string // for programs: the id of a unit or a choice, a month
	Name string // for people
}

// A Count is a number of members, and whether it may be shown.
type Count struct {
	N      int
	Hidden bool
}

// A Table is counts with what they add up to.
type Table struct {
	Rows, Columns []Line
	Cells         [][]Count // by row and column
	RowTotals     []Count
	ColumnTotals  []Count
	Total         Count

	// Difference tables have two columns, of those who came and those who left,
	// and a row's total is the first without the second. It is never published,
	// but Hide takes it as known to everybody: the numbers of members before and
	// after tell it. Nor are the columns' totals: those of two periods that overlap
	// would tell of the months between them.
	Difference bool

	published bool
}

// NewTable returns a table of zeros.
func NewTable(rows, columns []Line) *Table {
	t := &Table{Rows: rows, Columns: columns, RowTotals: make([]Count, len(rows)), ColumnTotals: make([]Count, len(columns))}
	for range rows {
		t.Cells = append(t.Cells, make([]Count, len(columns)))
	}
	return t
}

// Add counts n more in the row and the column of these keys; keys that the table
// does not have are not counted, and it says so.
func (t *Table) Add(row, column string, n int) bool {
	r, c := index(t.Rows, row), index(t.Columns, column)
	if r < 0 || c < 0 {
		return false
	}
	t.Cells[r][c].N += n
	return true
}

func index(lines []Line, key string) int {
	return slices.IndexFunc(lines, func(l Line) bool { return l.Key == key })
}

// Sum adds up the rows, the columns and the whole.
func (t *Table) Sum() {
	clear(t.RowTotals)
	clear(t.ColumnTotals)
	t.Total = Count{}
	for r, row := range t.Cells {
		for c, x := range row {
			t.RowTotals[r].N += t.sign(c) * x.N
			t.ColumnTotals[c].N += x.N
			t.Total.N += t.sign(c) * x.N
		}
	}
}

// sign is how a column counts in the total of a row.
func (t *Table) sign(column int) int {
	if t.Difference && column == 1 {
		return -1
	}
	return 1
}

// Shown is how many of the numbers that a reader sees are there, and Hidden how
// many are not.
func (t *Table) Shown() (shown, hidden int) {
	count := func(cs ...Count) {
		for _, c := range cs {
			if c.Hidden {
				hidden++
			} else {
				shown++
			}
		}
	}
	for _, row := range t.Cells {
		count(row...)
	}
	if t.HasRowTotals() {
		count(t.RowTotals...)
	}
	if t.HasColumnTotals() {
		count(t.ColumnTotals...)
		if t.HasRowTotals() {
			count(t.Total)
		}
	}
	return shown, hidden
}

// HasRowTotals tells whether a row's total says more than its cells.
func (t *Table) HasRowTotals() bool { return len(t.Columns) > 1 && !(t.Difference && t.published) }

// HasColumnTotals tells whether a column's total says more than its cells.
func (t *Table) HasColumnTotals() bool { return len(t.Rows) > 1 && !(t.Difference && t.published) }
