package record

import (
	"encoding/json"
	"strings"
)

// A Value is what a field holds: one text, or a list of texts. The zero Value
// is empty. Values are compared with ==.
//
// A yes-or-no field holds "true" or "false", an integer its decimal digits, a
// date YYYY-MM-DD, a choice the id of the choice.
type Value struct {
	text string // the items of a list are joined by separator
	list bool
}

// separator cannot stand in an item of a list: CheckText refuses it.
const separator = "\x00"

// Text returns the value that holds s.
func Text(s string) Value { return Value{text: s} }

// List returns the value that holds items, in that order. No items give the
// empty value.
func List(items ...string) Value {
	if len(items) == 0 {
		return Value{}
	}
	return Value{text: strings.Join(items, separator), list: true}
}

// Empty tells whether there is nothing in v.
func (v Value) Empty() bool { return v.text == "" && !v.list }

// IsList tells whether v is a list.
func (v Value) IsList() bool { return v.list }

// List returns the items of v: none for the empty value, one for a text.
func (v Value) List() []string {
	if v.Empty() {
		return nil
	}
	if !v.list {
		return []string{v.text}
	}
	return strings.Split(v.text, separator)
}

// String returns the text, or the items of a list with ", " between.
func (v Value) String() string {
	if !v.list {
		return v.text
	}
	return strings.ReplaceAll(v.text, separator, ", ")
}

// MarshalJSON writes a text as a string, a list as an array of strings and the
// empty value as null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case v.Empty():
		return []byte("null"), nil
	case v.list:
		return json.Marshal(v.List())
	}
	return json.Marshal(v.text)
}
