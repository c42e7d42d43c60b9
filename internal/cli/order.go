package cli

import (
	"slices"
	"strings"

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
	return record.SortKey(s.texts.lang, v)
}
