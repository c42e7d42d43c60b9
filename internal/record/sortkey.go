package record

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// The letters after z, in the order of each language. The foreign form of a
// letter stands with the language's own.
var lastLetters = map[string]map[rune]rune{
	"sv": {'å': 1, 'ä': 2, 'æ': 2, 'ö': 3, 'ø': 3},
	"da": {'æ': 1, 'ä': 1, 'ø': 2, 'ö': 2, 'å': 3},
}

// SortKey turns text into what it sorts by, byte by byte: as a directory in a
// language sorts names.
func SortKey(lang, s string) string {
	last := lastLetters["da"] // and Norwegian
	if strings.HasPrefix(lang, "sv") || strings.HasPrefix(lang, "fi") {
		last = lastLetters["sv"]
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(strings.ToLower(s)) {
		if n, ok := last[r]; ok {
			b.WriteByte('z' + byte(n))
			continue
		}
		switch r {
		case 'đ', 'ð':
			b.WriteByte('d')
		case 'þ':
			b.WriteString("th")
		case 'ŋ':
			b.WriteByte('n')
		case 'ŧ':
			b.WriteByte('t')
		case 'ß':
			b.WriteString("ss")
		default:
			if r >= 0x80 {
				r = []rune(norm.NFD.String(string(r)))[0] // without its marks
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
