package record

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// A DecodeError says where a plaintext is not what it should be. It never holds
// a value: what yaml.v3 says is withheld, since it quotes what it read.
type DecodeError struct {
	Line  int    // from 1; 0 = the whole
	Field string // "" where none can be told
	Msg   string
}

func (e *DecodeError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Field != "" {
		fmt.Fprintf(&b, "field %q: ", e.Field)
	}
	b.WriteString(e.Msg)
	return b.String()
}

// Decode reads the plaintext of a record, without its padding: the canonical
// form, fast, or YAML that a person wrote, strictly. It checks the form only: a
// date that does not exist or a choice that the policy no longer has decodes,
// and is Validate's to find. Every error is a *DecodeError.
func (s *Schema) Decode(b []byte) (*Record, error) {
	var room [24]entry // enough for nearly every record, and on the stack
	entries, err := parse(b, room[:0])
	if err != nil {
		return nil, err
	}
	r := &Record{Fields: make(map[string]Value, len(entries))}
	head := 0
	for i := range entries {
		e := &entries[i]
		switch e.key {
		case "rev":
			n, err := strconv.Atoi(e.text)
			if e.kind != kindInteger || err != nil || n < 1 || n > RevLimit {
				return nil, e.fault("want a whole number from 1")
			}
			r.Rev = n
			continue
		case "medlem", "id", "unit":
			head++
			if err := e.head(&r.ID, &r.Unit); err != nil {
				return nil, err
			}
			continue
		}
		f, ok := s.Field(e.key)
		if !ok {
			return nil, e.fault(unknown)
		}
		v, err := e.value(f.Type)
		if err != nil {
			return nil, err
		}
		if !v.Empty() {
			r.Fields[f.Key] = v
		}
	}
	if err := complete(entries, "medlem", "id", "unit", "rev"); err != nil {
		return nil, err
	}
	return r, nil
}

const unknown = "no such field"

// A kind is how YAML wrote a value.
type kind uint8

const (
	kindText    kind = iota // quoted, or plain text, a date, a fraction
	kindInteger             // plain digits
	kindBool                // true or false
	kindList
)

// An entry is one line of a plaintext, or a key and the lines of its list.
type entry struct {
	key   string
	line  int
	kind  kind
	text  string
	items []string
}

func (e *entry) fault(msg string) *DecodeError {
	return &DecodeError{Line: e.line, Field: e.key, Msg: msg}
}

// head reads one of the lines that every plaintext begins with.
func (e *entry) head(id *register.RecordID, unit *register.UnitID) error {
	if e.kind == kindList {
		return e.fault("want one value")
	}
	var err error
	switch e.key {
	case "medlem":
		n, bad := strconv.Atoi(e.text)
		if bad != nil || e.kind != kindInteger || n < 1 {
			return e.fault("want the version of the format, " + strconv.Itoa(Version))
		}
		if n != Version {
			return e.fault("written by a newer medlem: update this one")
		}
	case "id":
		*id, err = register.ParseRecordID(e.text)
	case "unit":
		*unit, err = register.ParseUnitID(e.text)
	}
	if err != nil {
		return e.fault("malformed") // err quotes what it read
	}
	return nil
}

// value returns what e holds for a field of type t.
func (e *entry) value(t Type) (Value, error) {
	if t == TypeChoices {
		if e.kind != kindList {
			return Value{}, e.fault("want a list, one line for each, with a hyphen first")
		}
		for _, item := range e.items {
			if item == "" {
				return Value{}, e.fault("an empty item in the list")
			}
			if _, err := CheckText(item, false); err != nil {
				return Value{}, e.fault(err.Error())
			}
		}
		return List(e.items...), nil
	}
	if e.kind == kindList {
		return Value{}, e.fault("a list, want one value")
	}
	switch t {
	case TypeYesNo:
		if e.kind != kindBool {
			return Value{}, e.fault("want true or false, without quotes")
		}
	case TypeInteger:
		if e.kind != kindInteger || !isInteger(e.text) {
			return Value{}, e.fault("want a whole number in plain digits, without quotes")
		}
	default:
		if e.kind == kindBool {
			return Value{}, e.fault("want text: put it in quotes")
		}
		if _, err := CheckText(e.text, t == TypeNote); err != nil {
			return Value{}, e.fault(err.Error())
		}
	}
	return Text(e.text), nil
}

// complete returns an error unless each of the keys is among the entries.
func complete(entries []entry, keys ...string) error {
	for _, k := range keys {
		if !has(entries, k) {
			return &DecodeError{Field: k, Msg: "missing"}
		}
	}
	return nil
}

func has(entries []entry, key string) bool {
	for i := range entries {
		if entries[i].key == key {
			return true
		}
	}
	return false
}

// parse takes a plaintext apart, into room if that suffices: the canonical form by
// parseLines, any other YAML by parseYAML, which also has the say on everything
// that is wrong.
func parse(b []byte, room []entry) ([]entry, error) {
	if len(b) > FileLimit {
		return nil, &DecodeError{Msg: fmt.Sprintf("%d bytes, more than %d", len(b), FileLimit)}
	}
	if bytes.Contains(b, []byte("\r\n")) { // an editor on Windows
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	}
	s := string(b)
	if off, err := CheckText(s, true); err != nil {
		line := 1 + strings.Count(s[:off], "\n")
		return nil, &DecodeError{Line: line, Field: keyOfLine(s, line), Msg: err.Error()}
	}
	if entries, ok := parseLines(s, room); ok {
		return entries, nil
	}
	return parseYAML(s)
}

// keyOfLine returns the key that a line begins with, or "" if it does not look
// like one.
func keyOfLine(s string, line int) string {
	for i := 1; i < line; i++ {
		_, s, _ = strings.Cut(s, "\n")
	}
	s, _, _ = strings.Cut(s, "\n")
	key, _, ok := strings.Cut(s, ":")
	if !ok || !isEntryKey(key) {
		return ""
	}
	return key
}

// isEntryKey tells whether a line may begin with key: the key of a field, or the
// word of a request for setting one and the key. No schema has the latter.
func isEntryKey(key string) bool { return isKey(strings.TrimPrefix(key, setMark)) }
