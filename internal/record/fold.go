package record

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters are those that Unicode does not take apart, and the Nordic ones, as
// Fold writes them.
var letters = map[rune]string{
	'æ': "a", 'ø': "o", 'œ': "o", 'đ': "d", 'ð': "d", 'ŋ': "n", 'ŧ': "t", 'þ': "t",
	'ß': "ss", 'ł': "l", 'ı': "i", 'ħ': "h", 'ĸ': "k",
}

// Fold returns the form of s for searching and for comparing names: lower case,
// without marks, with å, aa, ä, æ and ae all a, ö, ø and oe all o, and everything
// that is neither a letter nor a digit one space. "Åse Kvåle" and "aase kvale"
// fold to the same. It is never shown.
func Fold(s string) string {
	out := make([]byte, 0, len(s)+8)
	space := false
	add := func(r rune) {
		if space && len(out) > 0 {
			out = append(out, ' ')
		}
		n := len(out)
		if n > 0 && !space { // aa, ae and oe: the letter before stands for both
			if last := out[n-1]; last == 'a' && (r == 'a' || r == 'e') || last == 'o' && r == 'e' {
				return
			}
		}
		space = false
		out = utf8.AppendRune(out, r)
	}
	for _, r := range s {
		if r < utf8.RuneSelf {
			switch {
			case r >= 'A' && r <= 'Z':
				add(r + 'a' - 'A')
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
				add(r)
			default:
				space = true
			}
			continue
		}
		for _, r := range strings.ToLower(norm.NFKD.String(string(unicode.ToLower(r)))) {
			switch l, ok := letters[r]; {
			case ok:
				for _, r := range l {
					add(r)
				}
			case unicode.Is(unicode.Mn, r), stripped(r):
			case unicode.IsLetter(r), unicode.IsDigit(r):
				add(r)
			default:
				space = true
			}
		}
	}
	return string(out)
}
