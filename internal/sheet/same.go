package sheet

import (
	"strings"

	"github.com/medlem-register/medlem/internal/record"
)

// bornKey is the field of the birth date.
const bornKey = "born"

// sameLimit is how many earlier rows of the same name and birth date, or of the
// same address, a row is compared with: an association's own address may stand
// in every row.
const sameLimit = 8

// people are the persons of the rows so far.
type people struct {
	contacts []string // keys of the fields by which a person is reached: e-mail first
	email    string
	byName   map[string][]*person // folded name and birth date
	byEmail  map[string][]*person
}

type person struct {
	row     int
	spelled string // name in lower case
	born    string
	reach   []string // by contacts
}

func newPeople(s *record.Schema) *people {
	p := &people{byName: map[string][]*person{}, byEmail: map[string][]*person{}}
	for _, kind := range []record.Type{record.TypeEmail, record.TypePhone, record.TypeStreet} {
		for i := range s.Fields {
			if s.Fields[i].Type != kind {
				continue
			}
			p.contacts = append(p.contacts, s.Fields[i].Key)
			if kind == record.TypeEmail && p.email == "" {
				p.email = s.Fields[i].Key
			}
		}
	}
	return p
}

// add looks for an earlier row with the person of res, and sets SameAs. The
// fault is certain where both are plainly one.
func (p *people) add(res *Result) (f Fault, certain bool) {
	given, family := res.Fields[givenKey].String(), res.Fields[familyKey].String()
	x := &person{row: res.Row, born: res.Fields[bornKey].String(), spelled: strings.ToLower(given + "\n" + family)}
	for _, key := range p.contacts {
		x.reach = append(x.reach, strings.ToLower(res.Fields[key].String()))
	}
	var candidates []*person
	if name := record.Fold(given + " " + family); name != "" && x.born != "" {
		key := name + "\n" + x.born
		candidates = append(candidates, p.byName[key]...)
		remember(p.byName, key, x)
	}
	if email := strings.ToLower(res.Fields[p.email].String()); email != "" {
		candidates = append(candidates, p.byEmail[email]...)
		remember(p.byEmail, email, x)
	}
	for _, c := range candidates {
		one := c.plainly(x)
		if res.SameAs == 0 || one && !certain || one == certain && c.row < res.SameAs {
			res.SameAs, certain = c.row, one
		}
	}
	if res.SameAs == 0 {
		return Fault{}, false
	}
	f = Fault{Row: res.Row, Rule: rulePerhaps, row: res.SameAs}
	if certain {
		f.Rule = ruleRepeated
	}
	return f.worded(), certain
}

func remember(m map[string][]*person, key string, x *person) {
	if len(m[key]) < sameLimit {
		m[key] = append(m[key], x)
	}
}

// plainly tells whether two rows of the same name and birth date, or the same
// e-mail address, are one person beyond doubt: the names are spelled alike, the
// birth dates do not differ, and where both tell how the person is reached, some
// of it is the same. Two of a name may share a birthday, and a family a mailbox.
func (x *person) plainly(y *person) bool {
	if x.spelled != y.spelled || x.born != "" && y.born != "" && x.born != y.born {
		return false
	}
	both := false
	for i := range x.reach {
		if x.reach[i] == "" || y.reach[i] == "" {
			continue
		}
		if x.reach[i] == y.reach[i] {
			return true
		}
		both = true
	}
	return !both
}
