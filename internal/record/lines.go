package record

import "strings"

// parseLines reads the canonical form: lines of a key and a value in double
// quotes, a whole number, true or false, or of a key alone with the lines of its
// list below; in any order, since a policy may reorder its fields; and comment
// lines. It returns false for anything else, right or wrong: YAML has the say
// then. Where it returns true, parseYAML returns the same entries (FuzzParsers).
//
// It exists because an officer's tool opens thousands of records at a time, and
// general YAML costs ten times as much.
func parseLines(s string, entries []entry) ([]entry, bool) {
	for line := 1; s != ""; line++ {
		l, rest, ok := strings.Cut(s, "\n")
		if !ok {
			return nil, false
		}
		s = rest
		if strings.HasPrefix(l, "#") {
			continue
		}
		if item, ok := strings.CutPrefix(l, "  - "); ok {
			if len(entries) == 0 {
				return nil, false
			}
			e := &entries[len(entries)-1]
			text, ok := unquote(item)
			if !ok || e.kind != kindList || len(e.items) == ListLimit {
				return nil, false
			}
			e.items = append(e.items, text)
			continue
		}
		key, value, ok := strings.Cut(l, ":")
		if !ok || CheckKey(strings.TrimPrefix(key, setMark)) != nil || has(entries, key) || len(entries) == linesLimit {
			return nil, false
		}
		if n := len(entries); n > 0 && entries[n-1].kind == kindList && entries[n-1].items == nil {
			return nil, false
		}
		e := entry{key: key, line: line}
		switch {
		case value == "":
			e.kind = kindList
		case value[0] != ' ':
			return nil, false
		case isBool(value[1:]):
			e.kind, e.text = kindBool, value[1:]
		case isInteger(value[1:]):
			e.kind, e.text = kindInteger, value[1:]
		default:
			if e.text, ok = unquote(value[1:]); !ok {
				return nil, false
			}
		}
		entries = append(entries, e)
	}
	if n := len(entries); n == 0 || entries[n-1].kind == kindList && entries[n-1].items == nil {
		return nil, false
	}
	return entries, true
}

// unquote returns the text between double quotes, where it has no other escapes
// than appendQuoted writes.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	s = s[1 : len(s)-1]
	if !strings.ContainsAny(s, `"\`) {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			return "", false
		}
		if c == '\\' {
			if i++; i == len(s) {
				return "", false
			}
			switch c = s[i]; c {
			case '"', '\\':
			case 'n':
				c = '\n'
			default:
				return "", false
			}
		}
		b = append(b, c)
	}
	return string(b), true
}
