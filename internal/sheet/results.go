package sheet

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// A Result is what one row of a list comes to. A row without faults is good:
// its fields make a record by the policy.
type Result struct {
	Row     int                     // as the spreadsheet numbers it
	Fields  map[string]record.Value // by field key; of a faulty row, those that could be read
	Faults  []Fault                 // in the order of the columns, those of the whole row first
	Notices []Fault                 // what was done or seen, likewise
	// SameAs is an earlier row of the list with the same person: one of the same
	// folded name and birth date, or of the same e-mail address. It comes with a
	// fault where the two are plainly one, and otherwise with a notice, for a
	// person to judge. 0 if there is none.
	SameAs int
	// Record is whose record the row is of, in a template of records; else "".
	Record register.RecordID
}

// Good tells whether the row can be taken in.
func (r *Result) Good() bool { return len(r.Faults) == 0 }

// Results reads the rows of the list that m was made for. Rows in which nothing
// stands in any column that holds a field are left out, as empty ones are.
func (m *Mapping) Results(t *Table, p *policy.Policy) []Result {
	r := newRowReader(m, t, p)
	out := make([]Result, 0, len(t.Rows))
	seen := newPeople(r.schema)
	records := map[register.RecordID]int{} // → row
	for i := range t.Rows {
		res, ok := r.read(&t.Rows[i])
		if !ok {
			continue
		}
		if m.records > 0 {
			r.record(&res, t.Rows[i].cell(m.records), records)
		} else if f, certain := seen.add(&res); f.Rule != "" {
			if certain {
				res.Faults = append(res.Faults, f)
			} else {
				res.Notices = append(res.Notices, f)
			}
		}
		byColumn(res.Faults)
		byColumn(res.Notices)
		out = append(out, res)
	}
	return out
}

func byColumn(f []Fault) {
	slices.SortStableFunc(f, func(a, b Fault) int { return a.Column - b.Column })
}

// A Tally counts what the rows of a list came to: Good + Faulty + Empty are all
// rows from the headings to the last that holds something.
type Tally struct{ Good, Faulty, Empty int }

// Count counts the results of a list.
func Count(t *Table, results []Result) Tally {
	n := Tally{Empty: t.Empty + len(t.Rows) - len(results)}
	for i := range results {
		if results[i].Good() {
			n.Good++
		} else {
			n.Faulty++
		}
	}
	return n
}

// record reads whose record a row is of.
func (r *rowReader) record(res *Result, c Cell, seen map[register.RecordID]int) {
	id, err := register.ParseRecordID(strings.ToLower(trim(c.Text)))
	switch row, twice := seen[id]; {
	case c.Kind == Empty:
		res.Faults = append(res.Faults, Fault{Row: res.Row, Rule: ruleNoRecord}.worded())
	case err != nil || c.Kind != TextCell:
		res.Faults = append(res.Faults, Fault{Row: res.Row, Rule: RuleStranger}.worded())
	case twice:
		res.Faults = append(res.Faults, Fault{Row: res.Row, Rule: ruleTwice, row: row}.worded())
	default:
		res.Record, seen[id] = id, res.Row
	}
}

// rowReader reads rows by a mapping.
type rowReader struct {
	mapping *Mapping
	policy  *policy.Policy
	schema  *record.Schema
	columns []*Column // by place
	order   []*Column // in the order of reading: country and postal code before phone
	types   map[string]record.Type
	dates   map[int]dateOrder // of columns with dates, by column
	commas  map[int]bool      // columns of whole names in which a comma stands somewhere
	turned  map[int]bool      // columns of whole names whose heading names the family name first
	abroad  map[string]*record.Schema
}

func newRowReader(m *Mapping, t *Table, p *policy.Policy) *rowReader {
	r := &rowReader{mapping: m, policy: p, schema: p.Schema(), types: map[string]record.Type{},
		dates: map[int]dateOrder{}, commas: map[int]bool{}, turned: map[int]bool{}, abroad: map[string]*record.Schema{}}
	for i := range r.schema.Fields {
		r.types[r.schema.Fields[i].Key] = r.schema.Fields[i].Type
	}
	for i := range m.Columns {
		c := &m.Columns[i]
		r.columns = append(r.columns, c)
		if len(c.Fields) == 0 {
			continue
		}
		r.order = append(r.order, c)
		switch {
		case len(c.Fields) == 2:
			r.commas[c.Column] = hasCommas(t, c.Column)
			r.turned[c.Column] = familyFirst(p, c.Text)
		case r.types[c.Fields[0]] == record.TypeDate:
			r.dates[c.Column] = orderOfDates(t, c.Column)
		}
	}
	rank := func(c *Column) int {
		switch r.types[c.Fields[0]] {
		case record.TypeCountry:
			return 0
		case record.TypePostcode:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(r.order, func(a, b *Column) int { return rank(a) - rank(b) })
	return r
}

// read reads one row; false if it holds nothing that is a field.
func (r *rowReader) read(row *Row) (Result, bool) {
	something := false
	for _, c := range r.order {
		something = something || row.cell(c.Column).Kind != Empty
	}
	if !something {
		return Result{}, false
	}
	v := reading{rowReader: r, row: row, schema: r.schema, res: Result{Row: row.Number, Fields: make(map[string]record.Value, len(r.order))}}
	for _, c := range r.order {
		v.column(c)
	}
	v.beside()
	if r.mapping.records == 0 { // else what is still missing stays so
		v.required()
	}
	return v.res, true
}

// reading is one row being read.
type reading struct {
	*rowReader
	row    *Row
	schema *record.Schema // of the country that the row names
	guess  *record.Schema // of the country that its postal code shows, or nil
	res    Result
}

func (v *reading) fault(rule string, c *Column, field string) {
	v.res.Faults = append(v.res.Faults, in(rule, v.row.Number, c, field, ""))
}

// beside finds what stands in columns without headings. What stands in a column
// that was left out by name is none of ours.
func (v *reading) beside() {
	for i, cell := range v.row.Cells {
		if cell.Kind == Empty || i < len(v.columns) && (v.columns[i].Text != "" || v.columns[i].ignored) {
			continue
		}
		c := &Column{Heading: Heading{Column: i + 1, Letter: letter(i + 1)}}
		v.fault(ruleBeside, c, "")
	}
}

// required finds the fields that every member must have and this row has not.
// One that has a fault already is not missing too.
func (v *reading) required() {
	for i := range v.schema.Fields {
		f := &v.schema.Fields[i]
		if !f.Required || !v.res.Fields[f.Key].Empty() {
			continue
		}
		c := v.columnOf(f.Key)
		if !slices.ContainsFunc(v.res.Faults, func(x Fault) bool { return x.Field == f.Key || c != nil && x.Column == c.Column }) {
			v.fault(ruleRequired, c, f.Key)
		}
	}
}

func (v *reading) columnOf(field string) *Column {
	for _, c := range v.order {
		if slices.Contains(c.Fields, field) {
			return c
		}
	}
	return nil
}

// country remembers a schema of another country.
func (r *rowReader) country(code string) *record.Schema {
	s, ok := r.abroad[code]
	if !ok {
		s = r.schema.In(code)
		r.abroad[code] = s
	}
	return s
}

// guessCountry takes the country off a postal code of another country, which
// record writes with that country's letters in front.
func (v *reading) guessCountry(postcode string) {
	if code, _, ok := strings.Cut(postcode, "-"); ok && len(code) == 2 {
		v.guess = v.country(code)
	}
}
