package register

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The clear files of a register (officers, grants, keyring digests, tombstones)
// are a small subset of YAML that has one form only: `key: value` lines and
// lists of `  - value`, ASCII tokens without quotes. There is nothing in it to
// disagree about between two parsers, and no place for free text.

// FlatLimit is the size in bytes of the largest clear file.
const FlatLimit = 256 << 10

// flatKeysLimit is the number of keys of a clear file: none has thirty.
const flatKeysLimit = 100

// FlatError says where a clear file is malformed.
type FlatError struct {
	Line, Col int
	Msg       string
}

func (e *FlatError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// Flat is a clear file being read or written. Its first line is `medlem: 1`.
type Flat struct {
	entries []flatEntry
}

type flatEntry struct {
	key    string
	value  string
	list   []string
	isList bool
	line   int
	taken  bool
}

// ParseFlat reads a clear file. Anything but the one canonical form is a
// *FlatError.
func ParseFlat(b []byte) (*Flat, error) { return ParseFlatWithin(b, FlatLimit) }

// ParseFlatWithin is ParseFlat for a file of another largest size, in bytes.
func ParseFlatWithin(b []byte, limit int) (*Flat, error) {
	if len(b) > limit {
		return nil, &FlatError{1, 1, fmt.Sprintf("file of %d bytes: want at most %d", len(b), limit)}
	}
	const usual = 16 // entries
	f := &Flat{entries: make([]flatEntry, 0, usual)}
	text := string(b) // once: what is kept of the file are parts of it
	for n := 1; text != ""; n++ {
		s, rest, ok := strings.Cut(text, "\n")
		if !ok {
			return nil, &FlatError{n, len(s) + 1, "missing end of line"}
		}
		text = rest
		if v, item := strings.CutPrefix(s, "  - "); item {
			k := len(f.entries) - 1
			if k < 0 || !f.entries[k].isList {
				return nil, &FlatError{n, 1, "list item outside a list"}
			}
			if !flatValue(v) {
				return nil, &FlatError{n, 5, "malformed value: want letters, digits and + / = : . _ - only"}
			}
			f.entries[k].list = append(f.entries[k].list, v)
			continue
		}
		key, value, found := strings.Cut(s, ":")
		if !found || !flatKey(key) {
			return nil, &FlatError{n, 1, "malformed line: want key: value"}
		}
		if i := slices.IndexFunc(f.entries, func(e flatEntry) bool { return e.key == key }); i >= 0 {
			return nil, &FlatError{n, 1, fmt.Sprintf("duplicate key %q, first on line %d", key, f.entries[i].line)}
		}
		if len(f.entries) == flatKeysLimit {
			return nil, &FlatError{n, 1, fmt.Sprintf("more than %d keys", flatKeysLimit)}
		}
		e := flatEntry{key: key, line: n}
		switch {
		case value == "":
			e.isList = true
		case value[0] == ' ' && flatValue(value[1:]):
			e.value = value[1:]
		default:
			return nil, &FlatError{n, len(key) + 3, "malformed value: want letters, digits and + / = : . _ - only"}
		}
		f.entries = append(f.entries, e)
	}
	for _, e := range f.entries {
		if e.isList && len(e.list) == 0 {
			return nil, &FlatError{e.line, 1, fmt.Sprintf("empty list %q", e.key)}
		}
	}
	if len(f.entries) == 0 || f.entries[0].key != "medlem" || f.entries[0].isList {
		return nil, &FlatError{1, 1, "malformed file: want medlem: 1 as the first line"}
	}
	if v := f.entries[0].value; v != "1" {
		return nil, &FlatError{1, 9, fmt.Sprintf("unknown format %q: a newer medlem wrote this; install that version", clip(v))}
	}
	f.entries[0].taken = true
	return f, nil
}

func flatKey(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func flatValue(s string) bool {
	if s == "" || !flatFirst[s[0]] || s[len(s)-1] == ' ' || s[len(s)-1] == ':' || strings.Contains(s, ": ") {
		return false
	}
	for i := range len(s) {
		if !flatSigns[s[i]] {
			return false
		}
	}
	return true
}

// flatSigns are the signs that a value may have, and flatFirst those with which
// it may begin. Values can be long, and a check reads a thousand files.
var (
	flatFirst = signSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
	flatSigns = signSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 +/=:._-")
)

func signSet(signs string) (set [256]bool) {
	for i := range len(signs) {
		set[signs[i]] = true
	}
	return set
}

// NewFlat starts a file to write.
func NewFlat() *Flat { return &Flat{entries: []flatEntry{{key: "medlem", value: "1"}}} }

// Set adds `key: value`; an empty value adds nothing.
func (f *Flat) Set(key, value string) {
	if value != "" {
		f.entries = append(f.entries, flatEntry{key: key, value: value})
	}
}

// SetList adds a list; an empty one adds nothing.
func (f *Flat) SetList(key string, list []string) {
	if len(list) > 0 {
		f.entries = append(f.entries, flatEntry{key: key, list: list, isList: true})
	}
}

// Encode returns the file's one form.
func (f *Flat) Encode() []byte {
	var b bytes.Buffer
	for _, e := range f.entries {
		b.WriteString(e.key)
		b.WriteByte(':')
		if !e.isList {
			b.WriteString(" " + e.value + "\n")
			continue
		}
		b.WriteByte('\n')
		for _, v := range e.list {
			b.WriteString("  - " + v + "\n")
		}
	}
	return b.Bytes()
}

// take finds an entry that must be the next not yet taken: the order of keys is
// part of the form.
func (f *Flat) take(key string) (*flatEntry, bool) {
	for i := range f.entries {
		e := &f.entries[i]
		if e.taken {
			continue
		}
		if e.key != key {
			return nil, false
		}
		e.taken = true
		return e, true
	}
	return nil, false
}

// Value takes the next entry, which must be key with a single value; where it
// is another key and need is false, the result is "".
func (f *Flat) Value(key string, need bool) (value string, line int, err error) {
	e, ok := f.take(key)
	if !ok {
		if need {
			return "", 0, f.unexpected(key)
		}
		return "", 0, nil
	}
	if e.isList {
		return "", 0, &FlatError{e.line, 1, fmt.Sprintf("key %q: want one value, not a list", key)}
	}
	return e.value, e.line, nil
}

// List takes the next entry, which must be key with a list. line is the key's.
func (f *Flat) List(key string, need bool) (list []string, line int, err error) {
	e, ok := f.take(key)
	if !ok {
		if need {
			return nil, 0, f.unexpected(key)
		}
		return nil, 0, nil
	}
	if !e.isList {
		return nil, 0, &FlatError{e.line, 1, fmt.Sprintf("key %q: want a list", key)}
	}
	return e.list, e.line, nil
}

// Uint takes the next entry, a number without leading zeros.
func (f *Flat) Uint(key string) (uint64, error) {
	s, line, err := f.Value(key, true)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, &FlatError{line, len(key) + 3, fmt.Sprintf("key %q: not a number", key)}
	}
	return n, nil
}

// End returns an error when something is left that nobody took.
func (f *Flat) End() error {
	for _, e := range f.entries {
		if !e.taken {
			return &FlatError{e.line, 1, fmt.Sprintf("unknown key %q here", e.key)}
		}
	}
	return nil
}

func (f *Flat) unexpected(key string) error {
	last := 1
	for _, e := range f.entries {
		if !e.taken {
			return &FlatError{e.line, 1, fmt.Sprintf("key %q where %q is expected", e.key, key)}
		}
		last = e.line
	}
	return &FlatError{last, 1, fmt.Sprintf("missing key %q", key)}
}
