package record

import (
	"cmp"
	"slices"
)

// A Type says what a field may hold and how text becomes its value.
type Type string

// The types of fields.
const (
	TypeText     Type = "text"     // one line
	TypeName     Type = "name"     // a person's name
	TypeDate     Type = "date"     // YYYY-MM-DD
	TypeEmail    Type = "email"    // one address
	TypePhone    Type = "phone"    // +47 400 00 001
	TypeStreet   Type = "street"   // street and number, one line
	TypePostcode Type = "postcode" // as the country writes it; of another country with its prefix, SE-291 31
	TypeCity     Type = "city"     // one line
	TypeCountry  Type = "country"  // ISO 3166-1 alpha-2, NO
	TypeChoice   Type = "choice"   // the id of one choice
	TypeChoices  Type = "choices"  // the ids of choices, a list
	TypeYesNo    Type = "yesno"    // true, false
	TypeInteger  Type = "integer"  // decimal digits
	TypeNote     Type = "note"     // text of several lines
)

// Types lists the types of fields.
var Types = []Type{TypeText, TypeName, TypeDate, TypeEmail, TypePhone, TypeStreet, TypePostcode, TypeCity,
	TypeCountry, TypeChoice, TypeChoices, TypeYesNo, TypeInteger, TypeNote}

// A Field is one field of a record.
type Field struct {
	Key      string
	Type     Type
	Required bool
	Choices  []string          // the ids of a choice's choices
	Words    map[string]string // other words for them, each as Fold returns it → id
	Max      int               // runes; 0 = the type's default
}

// A Schema is the fields that a record may have, in the order of the record.
type Schema struct {
	Fields  []Field
	Country string // ISO 3166-1 alpha-2: where phones and postal codes are from when they do not say
}

// reserved are the fields of every schema, in the order in which they stand
// behind its own.
var reserved = [...]Field{{Key: Closed, Type: TypeDate}, {Key: Reason, Type: TypeText}, {Key: Restricted, Type: TypeDate}, {Key: Objects, Type: TypeChoices},
	{Key: Dues, Type: TypeChoices, Max: 100}, {Key: Mandate, Type: TypeText}, {Key: Bounced, Type: TypeChoices}}

// IsReserved tells whether records have the field whatever the policy says.
func IsReserved(key string) bool {
	return slices.ContainsFunc(reserved[:], func(f Field) bool { return f.Key == key })
}

// Field returns the field of that key: one of the schema's own, or of those that
// every record may have.
func (s *Schema) Field(key string) (Field, bool) {
	for i := range s.Fields {
		if s.Fields[i].Key == key {
			return s.Fields[i], true
		}
	}
	for i := range reserved {
		if reserved[i].Key == key {
			return reserved[i], true
		}
	}
	return Field{}, false
}

// In returns the schema for records of another country: phones and postal codes
// are read as that country's. An empty or unknown country changes nothing.
func (s *Schema) In(country string) *Schema {
	c := *s
	if IsCountry(country) {
		c.Country = country
	}
	return &c
}

// Sort brings keys into the order of the record, keys that the schema does not
// know last.
func (s *Schema) Sort(keys []string) {
	slices.SortStableFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.place(a), s.place(b)), cmp.Compare(a, b))
	})
}

func (s *Schema) place(key string) int {
	for i := range s.Fields {
		if s.Fields[i].Key == key {
			return i
		}
	}
	for i := range reserved {
		if reserved[i].Key == key {
			return len(s.Fields) + i
		}
	}
	return len(s.Fields) + len(reserved)
}
