// Package record holds the member record: what fields it may have, its
// canonical YAML, and what officers do with it: read values as people write
// them, compare, merge.
//
// Use [Schema.Normalise] for text that a person or a spreadsheet gave,
// [Schema.Validate] before a record is sealed and when a proposal is merged,
// [Schema.Encode] and [Schema.Decode] for the plaintext of a sealed file, and
// [Merge] when two people changed one record. A [Schema] comes from the policy.
//
// Nothing here does I/O or knows the day. No error, fault or notice of this
// package holds a value of a record: they name fields, lines and rules only, so
// they may be printed, logged and shown by CI.
package record

import (
	"slices"

	"github.com/medlem-register/medlem/internal/register"
)

// A Record is one member as her unit keeps her.
type Record struct {
	ID   register.RecordID
	Unit register.UnitID
	Rev  int // rises by one with every change; the first is 1
	// Fields holds what is known, by field key. A field that is not known is
	// absent. Besides the schema's own fields there may be Closed, Reason,
	// Restricted, Objects, Dues, Mandate and Bounced.
	Fields map[string]Value
}

// The fields that every record may have besides those of the schema.
const (
	Closed = "closed" // the day on which the membership was closed
	Reason = "reason" // why, a key of the policy's retention reasons

	Restricted = "restricted" // the day since which the record is kept and not used (GDPR art. 18)
	Objects    = "objects"    // to which uses she objects (art. 21): keys of purposes of lists, or ObjectsAll
)

// Clone returns a copy that shares nothing with r.
func (r *Record) Clone() *Record {
	c := *r
	c.Fields = make(map[string]Value, len(r.Fields))
	for k, v := range r.Fields {
		c.Fields[k] = v
	}
	return &c
}

// Set stores v as the field's value; an empty value removes the field.
func (r *Record) Set(key string, v Value) {
	if v.Empty() {
		delete(r.Fields, key)
		return
	}
	if r.Fields == nil {
		r.Fields = map[string]Value{}
	}
	r.Fields[key] = v
}

// Diff returns the keys of the fields that differ between a and b, sorted;
// [Schema.Sort] brings them into the order of the record. A nil record has no
// fields.
func Diff(a, b *Record) []string {
	var keys []string
	fa, fb := a.fields(), b.fields()
	for k, v := range fa {
		if v != fb[k] {
			keys = append(keys, k)
		}
	}
	for k, v := range fb {
		if _, ok := fa[k]; !ok && !v.Empty() {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

func (r *Record) fields() map[string]Value {
	if r == nil {
		return nil
	}
	return r.Fields
}
