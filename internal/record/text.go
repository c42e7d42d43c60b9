package record

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The reasons for which text is refused, everywhere in this package.
var (
	errUTF8    = errors.New("not UTF-8 text")
	errLost    = errors.New("a character was lost when the text was converted")
	errControl = errors.New("a control character or an invisible one")
	errBreak   = errors.New("a line break")
)

// CheckText returns an error unless every character of s may stand in a record:
// no control characters, nothing invisible that changes how the rest is shown,
// nothing that YAML would have to escape. A line break may stand where lines is
// set. The offset, in bytes, is that of the character. Policy files are held to
// the same.
func CheckText(s string, lines bool) (offset int, err error) {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			switch {
			case c == '\n' && !lines:
				return i, errBreak
			case c < ' ' && c != '\n' || c == 0x7f:
				return i, errControl
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return i, errUTF8
		case r == utf8.RuneError:
			return i, errLost
		case unicode.IsControl(r), stripped(r), r == '\u2028', r == '\u2029', r&0xfffe == 0xfffe:
			return i, errControl
		}
		i += n
	}
	return 0, nil
}

// stripped tells whether r is an invisible character that comes along when text
// is copied from a page, a phone's contacts or a document: a byte order mark, a
// soft hyphen, a zero-width space, a mark of writing direction. The last can
// make a name read as another. (The zero-width joiners stay: some scripts need
// them.)
func stripped(r rune) bool {
	switch {
	case r == '\ufeff', r == '\u00ad', r == '\u200b', r == '\u200e', r == '\u200f', r == '\u061c':
		return true
	}
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2060' && r <= '\u2069'
}

// tidy takes invisible characters off, brings s to Unicode form NFC, makes every
// run of spaces one space, and trims. Where lines is set, line breaks stay, with
// no spaces around them and at most one empty line in a row.
func tidy(s string, lines bool) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if plain(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case stripped(r):
			return -1
		case r == '\n', r == '\u2028', r == '\u2029':
			return '\n'
		case r == '\t', unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, s)
	s = norm.NFC.String(s)
	if !lines {
		return collapse(strings.TrimSpace(s))
	}
	var out []string
	for _, l := range strings.Split(s, "\n") {
		l = collapse(strings.Trim(l, " "))
		if l == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, l)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

// collapse makes every run of spaces one space and leaves line breaks alone.
func collapse(s string) string {
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}

// plain tells whether tidy has nothing to do: nearly all text is so.
func plain(s string) bool {
	if s == "" || s[0] == ' ' || s[len(s)-1] == ' ' {
		return s == ""
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == ' ' && s[i+1] == ' ' {
			return false
		}
	}
	return true
}

// CheckKey returns an error unless s may be the key of a field, a choice or a
// reason: a-z, 0-9 and hyphens, a letter first, at most 40 characters, and no
// word that YAML takes for something else than text.
func CheckKey(s string) error {
	if !isKey(s) {
		return errors.New("want a-z, 0-9 and hyphens, a letter first, at most 40 characters")
	}
	switch s {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return errors.New("YAML does not read this word as text; choose another")
	}
	return nil
}

const keyLimit = 40

func isKey(s string) bool {
	if s == "" || len(s) > keyLimit || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
