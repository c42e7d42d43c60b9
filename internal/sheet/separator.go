package sheet

import (
	"slices"
	"strings"
)

// separators are what csv files from this part of the world separate their
// columns with.
var separators = []byte(";\t,|")

// sampleRows is how many rows are looked at to find the separator.
const sampleRows = 50

// separator finds what separates the columns of text, and takes off the line
// "sep=;" that Excel understands. Where two signs divide the rows equally well,
// nobody can know, and it asks.
func separator(text string) (byte, string, *Error) {
	if s, rest := excelLine(text); s != 0 {
		return s, rest, nil
	}
	var fits []fit
	for _, s := range separators {
		if f := fitOf(text, s); f.rows > 0 {
			fits = append(fits, f)
		}
	}
	if len(fits) == 0 { // quotation marks that the reader will refuse and name
		line, _, _ := strings.Cut(text, "\n")
		for _, s := range separators {
			if n := strings.Count(line, string(s)); n > 0 {
				fits = append(fits, fit{sep: s, rows: 1, columns: n})
			}
		}
	}
	if len(fits) == 0 {
		return 0, "", notTable("no columns: neither semicolon, tab, comma nor vertical bar stands between any", "save the list as .xlsx")
	}
	slices.SortStableFunc(fits, func(a, b fit) int { return b.compare(a) })
	if len(fits) > 1 && fits[0].compare(fits[1]) == 0 {
		var which []string
		for _, f := range fits {
			if f.compare(fits[0]) == 0 {
				which = append(which, string(f.sep))
			}
		}
		return 0, "", ambiguous("what stands between the columns is either "+strings.Join(signNames(which), " or "),
			"say which, or save the list as .xlsx", which)
	}
	return fits[0].sep, text, nil
}

// excelLine takes the line "sep=;" off a text; 0 where there is none.
func excelLine(text string) (byte, string) {
	line, rest, _ := strings.Cut(text, "\n")
	line = strings.Trim(line, "\r\"")
	if len(line) == len("sep=;") && strings.EqualFold(line[:4], "sep=") && slices.Contains(separators, line[4]) {
		return line[4], rest
	}
	return 0, text
}

// A fit is how well a separator divides the first rows of a text.
type fit struct {
	sep           byte
	rows, columns int // the most rows that have the same number of columns, over one
}

// compare orders fits: more even rows are better, then more columns.
func (f fit) compare(g fit) int {
	if f.rows != g.rows {
		return f.rows - g.rows
	}
	return f.columns - g.columns
}

// fitOf divides the first rows by s. A comma before a space is one of a text
// ("Lund, Eva"), and one between two digits a decimal one: rows in which every
// comma is of these are not divided by it.
func fitOf(text string, s byte) fit {
	p, best := csvReader{text: text, sep: s}, fit{sep: s}
	counts := map[int]int{}
	for p.row < sampleRows {
		before := p.text
		fields, ok, err := p.next()
		if err != nil || !ok {
			break
		}
		if len(fields) > 1 && (s != ',' || divides(before[:len(before)-len(p.text)])) {
			counts[len(fields)]++
		}
	}
	for columns, rows := range counts {
		if f := (fit{s, rows, columns}); f.compare(best) > 0 {
			best = f
		}
	}
	return best
}

// divides tells whether any comma of a row stands neither before a space nor
// between digits; or, where other signs are there to divide it, none does.
func divides(row string) bool {
	if !strings.ContainsAny(row, ";\t|") {
		return true
	}
	for i := 0; i < len(row); i++ {
		if row[i] != ',' {
			continue
		}
		last := i+1 == len(row)
		digits := i > 0 && isDigit(row[i-1]) && !last && isDigit(row[i+1])
		if !digits && (last || row[i+1] != ' ') {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func signNames(signs []string) []string {
	names := map[string]string{";": "a semicolon", ",": "a comma", "\t": "a tab", "|": "a vertical bar"}
	out := make([]string, len(signs))
	for i, s := range signs {
		out[i] = names[s]
	}
	return out
}
