package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
)

// A Mapping says which field each column of a list holds.
type Mapping struct {
	Columns []Column // as in the list, those that are left out too
	Unused  []string // of what was said, the columns that the list does not have; sorted

	records int // the column of record ids, of a template that is OfRecords; else 0
}

// RecordColumn is the column that says whose record each row is of, in a template
// of records; else 0.
func (m *Mapping) RecordColumn() int { return m.records }

// Said is what a person says of columns, each by its heading or its letter: the
// key of the field that it holds, WholeName, or LeftOut.
type Said map[string]string

const (
	WholeName = familyKey + "+" + givenKey // whole names, as a column of them is read
	LeftOut   = ""
)

// A Column is one column of a list.
type Column struct {
	Heading
	// Fields are the keys of what the column holds: one field, or family and
	// given for a column of whole names, or none if it is left out.
	Fields []string

	Said    bool // a person said so
	ignored bool // by name or letter, or because WriteRest wrote it
}

// Recognise finds out what the columns of a list hold, by their headings in any
// language that the policy has names or headings in. A column is left out if
// ignore names it, by its heading or its letter, or if its heading is unknown
// and nothing stands below. With faults the mapping is what could be recognised,
// to show; the rows of such a list are not to be taken in.
func Recognise(t *Table, p *policy.Policy, ignore ...string) (*Mapping, []Fault) {
	said := Said{}
	for _, name := range ignore {
		said[name] = LeftOut
	}
	return RecogniseAs(t, p, said)
}

// RecogniseAs is Recognise where a person has said what some columns hold. The
// fields that are named are fields of the policy.
func RecogniseAs(t *Table, p *policy.Policy, said Said) (*Mapping, []Fault) {
	r := recogniser{table: t, policy: p, said: map[string]string{}, used: map[string]bool{}, taken: map[string]*Column{}}
	for name := range said {
		for _, k := range []string{strings.ToLower(trim(name)), headingKey(name)} {
			if k != "" {
				r.said[k] = name
			}
		}
	}
	r.fields = said
	m, faults := r.run()
	for name := range said {
		if !r.used[name] {
			m.Unused = append(m.Unused, name)
		}
	}
	slices.Sort(m.Unused)
	return m, faults
}

type recogniser struct {
	table  *Table
	policy *policy.Policy
	said   map[string]string // heading or letter, as compared → as it was said
	fields Said
	used   map[string]bool    // of what was said
	taken  map[string]*Column // by field
	faults []Fault
}

// told returns what a person said of a column: by its heading, else by its letter.
func (r *recogniser) told(c *Column) (field string, ok bool) {
	for _, k := range []string{headingKey(c.Text), strings.ToLower(c.Text), strings.ToLower(c.Letter)} {
		if name, said := r.said[k]; said && k != "" {
			r.used[name] = true
			return r.fields[name], true
		}
	}
	return "", false
}

func (r *recogniser) run() (*Mapping, []Fault) {
	p, filled := r.policy, columnsFilled(r.table)
	m := &Mapping{Columns: make([]Column, max(len(filled), len(r.table.Header)))}
	var whole, empty []*Column
	var unknown []Fault
	headed, recognised := 0, 0
	for i := range m.Columns {
		c := &m.Columns[i]
		c.Heading = Heading{Column: i + 1, Letter: letter(i + 1)}
		if i < len(r.table.Header) {
			c.Heading = r.table.Header[i]
		}
		told, said := r.told(c)
		c.Said = said
		if c.ignored = isRestHeading(c.Text) || said && told == LeftOut; c.ignored {
			continue
		}
		if r.table.Origin.OfRecords() && m.records == 0 && r.table.Origin.key(c.Text) == RecordKey {
			m.records = c.Column
			headed++
			recognised++
			continue
		}
		if said {
			if headed++; !r.table.unsure || r.said[headingKey(c.Text)] != "" {
				recognised++ // a letter says nothing of what stands in the first row
			}
			if told == WholeName {
				whole = append(whole, c)
			} else {
				r.take(c, told)
			}
			continue
		}
		if i >= len(filled) || filled[i] == 0 {
			empty = append(empty, c)
			continue
		}
		field, isWhole := fieldOf(r.table, p, c.Text)
		if c.Text != "" {
			headed++
		}
		switch {
		case headingKey(c.Text) == "":
			// A note beside the list is a fault of its row; half a column of them is
			// one of the list.
			if filled[i] > 2 && 2*filled[i] >= len(r.table.Rows) {
				unknown = append(unknown, r.fault(ruleNoHeading, c, "", ""))
			}
		case isWhole && r.splits():
			whole = append(whole, c)
			recognised++
		case field != "":
			r.take(c, field)
			recognised++
		default:
			unknown = append(unknown, r.fault(ruleUnknown, c, "", nearest(p, c.Text)))
		}
	}
	for _, c := range whole {
		r.takeWhole(c)
	}
	for _, c := range empty { // taken last: another column may hold the field
		if field, _ := fieldOf(r.table, p, c.Text); field != "" && r.taken[field] == nil {
			r.take(c, field)
			if len(r.table.Rows) == 0 { // nothing is filled in yet
				headed++
				recognised++
			}
		}
	}
	// Where hardly any heading is known, what was taken for headings may be a
	// member: nothing of it is repeated.
	if recognised < 2 && 2*recognised < headed || r.table.unsure && 2*recognised < headed || recognised == 0 {
		return m, []Fault{Fault{Row: r.table.HeaderRow, Rule: ruleHeadings}.worded()}
	}
	r.faults = append(r.faults, unknown...)
	if m.records == 0 {
		r.missing()
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return a.Column - b.Column })
	return m, r.faults
}

// columnsFilled counts the cells of each column that hold something.
func columnsFilled(t *Table) []int {
	n := make([]int, columnLimit)
	last := 0
	for i := range t.Rows {
		for j := range t.Rows[i].Cells {
			if j < len(n) && t.Rows[i].Cells[j].Kind != Empty {
				n[j]++
				last = max(last, j+1)
			}
		}
	}
	return n[:last]
}

// splits tells whether the policy has the fields that whole names hold.
func (r *recogniser) splits() bool {
	_, given := r.policy.Field(givenKey)
	_, family := r.policy.Field(familyKey)
	return given && family
}

func (r *recogniser) take(c *Column, field string) {
	if other := r.taken[field]; other != nil {
		r.faults = append(r.faults, r.fault(ruleTwoColumns, c, field, other.Letter+", "+c.Letter))
		return
	}
	r.taken[field] = c
	c.Fields = append(c.Fields, field)
}

// takeWhole takes a column of whole names, unless the list has a column for
// either part: then it is for a person to say what this one holds.
func (r *recogniser) takeWhole(c *Column) {
	for _, field := range []string{givenKey, familyKey} {
		if other := r.taken[field]; other != nil {
			r.faults = append(r.faults, r.fault(ruleTwoColumns, c, field, other.Letter+", "+c.Letter))
			return
		}
	}
	r.take(c, familyKey)
	r.take(c, givenKey)
}

// missing adds a fault for each required field that no column holds, once the
// columns that are not known have been named.
func (r *recogniser) missing() {
	for i := range r.policy.Fields {
		if f := &r.policy.Fields[i]; f.Required && r.taken[f.Key] == nil {
			r.faults = append(r.faults, r.fault(ruleMissing, nil, f.Key, ""))
		}
	}
}

func (r *recogniser) fault(rule string, c *Column, field, with string) Fault {
	f := in(rule, r.table.HeaderRow, c, field, with)
	f.label = label(r.policy, field)
	return f.worded()
}

// Headings returns what the headings of the list are known again by, 64
// hexadecimal digits; false where the row taken for them may be a member. The rows
// with faults of a list, as WriteRest writes them, have the headings of the list.
func (t *Table) Headings() (digest string, ok bool) {
	h := sha256.New()
	for _, c := range t.Header {
		if isRestHeading(c.Text) {
			continue
		}
		fmt.Fprintf(h, "%s\x00", headingKey(c.Text))
	}
	return hex.EncodeToString(h.Sum(nil)), !t.unsure && len(t.Header) > 0
}
