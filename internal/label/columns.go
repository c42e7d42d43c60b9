package label

import (
	"strings"
	"unicode"
)

// A column is where the text of its cells begins, and how wide it may be, in mm.
type column struct{ x, w float64 }

// spread gives each column its width: what its cells need, and where that is more
// than there is, at least what their longest word needs. The type is made smaller
// only where that is not enough.
func (t *table) spread(headings []string, width float64) bool {
	n := len(headings)
	whole, word := make([]int32, n), make([]int32, n)
	measure := func(f *face, j int, text string) {
		for _, line := range paragraphLines(text) {
			whole[j] = max(whole[j], f.units(line))
			if unbroken(line) {
				word[j] = max(word[j], f.units(line))
				continue
			}
			for line != "" {
				var first string
				first, line = cutWord(line)
				word[j] = max(word[j], f.units(trim(first)))
			}
		}
	}
	for j, h := range headings {
		measure(bold(), j, h)
	}
	for _, row := range t.rows {
		for j, c := range row {
			measure(regular(), j, c)
		}
	}
	for t.size = listSizeMax; t.size >= listSizeMin; t.size -= 0.5 {
		need, least, pads := 0.0, 0.0, float64(n)*2*cellPad
		wide, narrow := make([]float64, n), make([]float64, n)
		for j := range n {
			wide[j] = float64(whole[j])/1000*t.size*mm + 0.01
			narrow[j] = min(float64(word[j])/1000*t.size*mm+0.01, wordMax)
			wide[j] = max(wide[j], narrow[j], 4)
			narrow[j] = max(narrow[j], 4)
			need += wide[j]
			least += narrow[j]
		}
		room := width - pads
		if least > room {
			continue
		}
		share := 1.0
		if need > room {
			share = (room - least) / (need - least)
		}
		x := listMargin
		t.columns = t.columns[:0]
		for j := range n {
			w := narrow[j] + share*(wide[j]-narrow[j])
			if need < room { // what is left goes between the columns, a little to each
				w += min((room-need)/float64(n), 6)
			}
			t.columns = append(t.columns, column{x + cellPad, w})
			x += w + 2*cellPad
		}
		return true
	}
	return false
}

// unbroken reports whether a line is better left whole: a date, a number of a
// telephone, a postal code.
func unbroken(line string) bool {
	return len(line) <= 8 || len(line) <= 20 && !strings.ContainsFunc(line, unicode.IsLetter)
}

// wrap breaks a text of several lines to a width.
func wrap(f *face, text string, size, width float64) []string {
	var out []string
	for _, s := range paragraphLines(text) {
		out = append(out, breakLine(f, s, size, width, 0, true)...)
	}
	return out
}
