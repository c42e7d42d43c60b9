package sheet

import (
	"strconv"
	"strings"
)

// dateOrder says how the dates of a column with slashes are written. 03/04 is
// the third of April here; where the same column has a 03/14, it may not be.
type dateOrder int

const (
	orderUnknown dateOrder = iota
	dayFirst
	monthFirst
)

// orderOfDates looks for dates of a column that can be read one way only.
func orderOfDates(t *Table, column int) dateOrder {
	days, months := 0, 0
	for i := range t.Rows {
		cell := t.Rows[i].cell(column)
		if cell.Kind != TextCell {
			continue
		}
		switch first, second, ok := slashed(cell.Text); {
		case !ok:
		case first > 12 && second <= 12:
			days++
		case second > 12 && first <= 12:
			months++
		}
	}
	switch {
	case days > months:
		return dayFirst
	case months > 0:
		return monthFirst
	}
	return orderUnknown
}

// eitherWay tells whether s is a date with slashes that is a day with the day
// first and another with the month first.
func eitherWay(s string) bool {
	first, second, ok := slashed(s)
	return ok && first <= 12 && second <= 12 && first != second
}

// slashed takes a date such as 28/02/1980 apart.
func slashed(s string) (first, second int, ok bool) {
	parts := strings.Split(trim(s), "/")
	if len(parts) != 3 || len(parts[0]) > 2 || len(parts[1]) > 2 || len(parts[2]) != 4 {
		return 0, 0, false
	}
	first, err1 := strconv.Atoi(parts[0])
	second, err2 := strconv.Atoi(parts[1])
	return first, second, err1 == nil && err2 == nil
}
