package cli

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/medlem-register/medlem/internal/record"
)

// order is one key to sort by.
type order struct {
	key  string
	down bool
}

func (s *session) order(texts []string) ([]order, error) {
	var out []order
	for _, t := range texts {
		name, down := strings.CutPrefix(strings.TrimSpace(t), "-")
		keys, err := s.columns([]string{name})
		if err != nil {
			return nil, err
		}
		out = append(out, order{keys[0], down})
	}
	if len(out) > 0 {
		return out, nil
	}
	out = append(out, order{key: columnUnit})
	names := s.nameFields()
	slices.Reverse(names) // people look for family names first
	for _, k := range names {
		out = append(out, order{key: k})
	}
	return out, nil
}

func (s *session) sort(rows []*row, by []order) {
	keys := make(map[*row][]string, len(rows))
	for _, r := range rows {
		k := make([]string, len(by))
		for i, o := range by {
			k[i] = s.sortValue(r, o.key)
		}
		keys[r] = k
	}
	slices.SortStableFunc(rows, func(a, b *row) int {
		ka, kb := keys[a], keys[b]
		for i, o := range by {
			c := strings.Compare(ka[i], kb[i])
			if o.down {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return strings.Compare(string(a.Path.ID), string(b.Path.ID))
	})
}

// sortValue is text that sorts as the value does.
func (s *session) sortValue(r *row, key string) string {
	const digits = 20 // more than any number has
	v := s.columnText(r, key)
	f, ok := s.Policy().Field(key)
	if key == columnAge || ok && f.Type == record.TypeInteger {
		return strings.Repeat("0", max(0, digits-len(v))) + v
	}
	return sortKey(s.texts.lang, v)
}

// The letters after z, in the order of each language. The foreign form of a
// letter stands with the language's own.
var lastLetters = map[string]map[rune]rune{
	"sv": {'å': 1, 'ä': 2, 'æ': 2, 'ö': 3, 'ø': 3},
	"da": {'æ': 1, 'ä': 1, 'ø': 2, 'ö': 2, 'å': 3},
}

// sortKey turns text into what it sorts by, byte by byte: as a directory in the
// person's language sorts names.
func sortKey(lang, s string) string {
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
