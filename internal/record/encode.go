package record

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Version is the version of the record format, the number of its first line.
const Version = 1

// The limits of a record's plaintext.
const (
	FileLimit  = 64 << 10      // 64 KiB
	RevLimit   = 1_000_000_000 // the highest revision
	ListLimit  = 100           // items of one list
	linesLimit = 200           // keys of one plaintext
)

// Encode returns the canonical YAML of r: what Decode returns r from, the same
// bytes on every machine and in every year (docs/format.md, Records). The error
// names a field that cannot be written; it never holds a value.
func (s *Schema) Encode(r *Record) ([]byte, error) {
	b, err := appendHead(make([]byte, 0, 1024), string(r.ID), string(r.Unit))
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	if r.Rev < 1 || r.Rev > RevLimit {
		return nil, fmt.Errorf("encode record: revision %d: want 1 to %d", r.Rev, RevLimit)
	}
	b = append(b, "rev: "...)
	b = strconv.AppendInt(b, int64(r.Rev), 10)
	b = append(b, '\n')
	keys := make([]string, 0, len(r.Fields))
	for k, v := range r.Fields {
		if !v.Empty() {
			keys = append(keys, k)
		}
	}
	s.Sort(keys)
	for _, k := range keys {
		f, ok := s.Field(k)
		if !ok {
			return nil, fmt.Errorf("encode record: field %q: not in the schema", k)
		}
		if b, err = appendField(b, f, r.Fields[k]); err != nil {
			return nil, fmt.Errorf("encode record: field %q: %w", k, err)
		}
	}
	if len(b) > FileLimit {
		return nil, fmt.Errorf("encode record: %d bytes, more than %d", len(b), FileLimit)
	}
	return b, nil
}

// appendHead writes the lines that every sealed file of the register begins
// with.
func appendHead(b []byte, id, unit string) ([]byte, error) {
	if _, err := register.ParseRecordID(id); err != nil {
		return nil, err
	}
	if _, err := register.ParseUnitID(unit); err != nil {
		return nil, err
	}
	b = append(b, "medlem: "...)
	b = strconv.AppendInt(b, Version, 10)
	b = append(b, "\nid: \""...)
	b = append(b, id...)
	b = append(b, "\"\nunit: \""...)
	b = append(b, unit...)
	return append(b, "\"\n"...), nil
}

func appendField(b []byte, f Field, v Value) ([]byte, error) {
	if v.IsList() != (f.Type == TypeChoices) {
		if v.IsList() {
			return nil, errors.New("a list, want one value")
		}
		return nil, errors.New("one value, want a list")
	}
	b = append(b, f.Key...)
	b = append(b, ':')
	switch f.Type {
	case TypeChoices:
		items := v.List()
		if len(items) > ListLimit {
			return nil, fmt.Errorf("%d items, at most %d", len(items), ListLimit)
		}
		b = append(b, '\n')
		for _, item := range items {
			if item == "" {
				return nil, errors.New("an empty item")
			}
			if _, err := CheckText(item, false); err != nil {
				return nil, err
			}
			b = append(b, "  - "...)
			b = append(appendQuoted(b, item), '\n')
		}
		return b, nil
	case TypeYesNo:
		if !isBool(v.text) {
			return nil, errors.New("want true or false")
		}
		b = append(b, ' ')
		b = append(b, v.text...)
	case TypeInteger:
		if !isInteger(v.text) {
			return nil, errors.New("want a whole number")
		}
		b = append(b, ' ')
		b = append(b, v.text...)
	default:
		if _, err := CheckText(v.text, f.Type == TypeNote); err != nil {
			return nil, err
		}
		b = append(b, ' ')
		b = appendQuoted(b, v.text)
	}
	return append(b, '\n'), nil
}

// appendQuoted writes s, which CheckText has accepted, between double quotes.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	if !strings.ContainsAny(s, "\"\\\n") {
		b = append(b, s...)
		return append(b, '"')
	}
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

func isBool(s string) bool { return s == "true" || s == "false" }

// integerDigits bounds integers so that every reader, a browser's doubles
// included, holds them exactly.
const integerDigits = 15

// isInteger tells whether s is a whole number in its one canonical form.
func isInteger(s string) bool {
	d := strings.TrimPrefix(s, "-")
	if d == "" || len(d) > integerDigits || d[0] == '0' && s != "0" {
		return false
	}
	for i := range len(d) {
		if d[i] < '0' || d[i] > '9' {
			return false
		}
	}
	return true
}
