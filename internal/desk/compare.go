package desk

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/duplicate"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// CompareStatus says what a row of a list is to the register.
type CompareStatus string

const (
	CompareNew     CompareStatus = "new"     // nobody like her
	CompareSame    CompareStatus = "same"    // surely a member of this unit, and the row says nothing new
	CompareChanged CompareStatus = "changed" // surely a member of this unit, and the row has other values
	CompareAsk     CompareStatus = "ask"     // likely somebody who is there: somebody must say
	CompareList    CompareStatus = "list"    // perhaps: to be looked at
)

// Comparison is what one row of a list is to the records that the officer reads,
// and to the rows before it.
type Comparison struct {
	Status  CompareStatus
	ID      register.RecordID // of the record that it is, or looks like most; "" where it looks like an earlier row
	Unit    register.UnitID   // of that record
	Closed  bool              // that membership has ended
	Changes map[string]record.Value
	Score   float64
	Reasons []duplicate.Reason
	Row     int // an earlier row of the list, from 0, or -1
}

// weakRows is how many rows a list may have for weak likenesses to be told one by
// one: in a list of thousands, those who share a mailbox or are namesakes in one
// town would hide the others. See [duplicate.Match].
const weakRows = 100

// Compare says of each row of a list for the unit what it is to the records that
// the officer reads, in all her units, those who have left included, and to the
// rows before it. Rows hold what [record.Schema.Normalise] returns.
//
// A row is surely a member of the unit where the names, folded, and the day of
// birth are hers, or the names and the e-mail address, with no other day of birth.
// Changes are then the values of the row that she has not; a field that the row
// does not have, or has empty, is no change. Where two records are surely her, or
// hers has ended, or the row is surely an earlier one with other values, it asks.
// Nothing is ever changed here.
func (d *Desk) Compare(u register.UnitID, rows []map[string]record.Value) ([]Comparison, error) {
	if _, ok := d.state.Policy.Unit(u); !ok {
		return nil, d.unknownUnit(u)
	}
	known, err := d.known()
	if err != nil {
		return nil, err
	}
	return known.compare(u, rows), nil
}

func (c *crowd) compare(u register.UnitID, rows []map[string]record.Value) []Comparison {
	x := &comparer{crowd: c, unit: u, rows: rows, sure: map[string][]int{}, earlier: map[string]int{}, weak: len(rows) <= weakRows}
	for i, m := range c.members {
		if m.Path.Unit == u {
			for _, k := range sureKeys(m.Record.Fields) {
				x.sure[k] = append(x.sure[k], i)
			}
		}
	}
	out := make([]Comparison, len(rows))
	for i, row := range rows {
		out[i] = x.row(row)
		p := personOf(u, row)
		p.ID = rowID(i)
		c.add(p)
		for _, k := range sureKeys(row) {
			if _, ok := x.earlier[k]; !ok {
				x.earlier[k] = i
			}
		}
	}
	return out
}

// comparer compares the rows of one list, in their order.
type comparer struct {
	*crowd
	unit    register.UnitID
	rows    []map[string]record.Value
	sure    map[string][]int // sureKeys → places among the members
	earlier map[string]int   // sureKeys → the first row
	weak    bool             // tell weak likenesses as well
}

func (c *comparer) row(row map[string]record.Value) Comparison {
	is := Comparison{Status: CompareNew, Row: -1}
	keys := sureKeys(row)
	var found []int
	for _, k := range keys {
		for _, j := range c.sure[k] {
			if !slices.Contains(found, j) && !otherDay(row, c.members[j].Record.Fields) {
				found = append(found, j)
			}
		}
	}
	first := -1
	for _, k := range keys {
		if j, ok := c.earlier[k]; ok && !otherDay(row, c.rows[j]) && (first < 0 || j < first) {
			first = j
		}
	}
	switch {
	case len(found) > 0:
		m := c.members[found[0]]
		is.ID, is.Unit, is.Closed, is.Row = m.Path.ID, m.Path.Unit, m.Closed(), first
		is.Score, is.Reasons = duplicate.Score(personOf(c.unit, row), duplicate.Of(m.Record))
		is.Changes = changesOf(row, m.Record.Fields)
		switch {
		case len(found) > 1, is.Closed, first >= 0 && len(changesOf(row, c.rows[first])) > 0:
			is.Status = CompareAsk
		case len(is.Changes) > 0 && first < 0:
			is.Status = CompareChanged
		default:
			is.Status = CompareSame
		}
		return is
	case first >= 0:
		is.Row, is.Unit = first, c.unit
		is.Score, is.Reasons = duplicate.Score(personOf(c.unit, row), personOf(c.unit, c.rows[first]))
		is.Changes = changesOf(row, c.rows[first])
		is.Status = CompareSame
		if len(is.Changes) > 0 {
			is.Status = CompareAsk
		}
		return is
	}
	for _, m := range c.find(personOf(c.unit, row)) {
		if m.Score < duplicate.Ask && !c.weak && (m.Household() || m.Namesake()) {
			continue
		}
		is.Status = CompareList
		if m.Score >= duplicate.Ask {
			is.Status = CompareAsk
		}
		is.Unit, is.Score, is.Reasons = m.Unit, m.Score, m.Reasons
		if j, ok := rowOf(m.ID); ok {
			is.Row = j
		} else {
			is.ID = register.RecordID(m.ID)
			is.Closed = c.byID[is.ID].Closed()
		}
		break // the likest comes first
	}
	return is
}

// changesOf returns the values of the row that fields has not.
func changesOf(row, fields map[string]record.Value) map[string]record.Value {
	out := map[string]record.Value{}
	for k, v := range row {
		if !v.Empty() && v != fields[k] {
			out[k] = v
		}
	}
	return out
}

// sureKeys returns what makes two records of one unit surely one person's: names
// and day of birth, names and e-mail address.
func sureKeys(f map[string]record.Value) []string {
	given, family := record.Fold(f["given"].String()), record.Fold(f["family"].String())
	if given == "" || family == "" {
		return nil
	}
	name := given + "\x00" + family
	var out []string
	if b := f["born"]; !b.Empty() {
		out = append(out, "b\x00"+name+"\x00"+b.String())
	}
	if e := f["email"]; !e.Empty() {
		out = append(out, "e\x00"+name+"\x00"+strings.ToLower(e.String()))
	}
	return out
}

// otherDay tells whether both days of birth are known and differ: then it is a
// father and his son.
func otherDay(a, b map[string]record.Value) bool {
	return !a["born"].Empty() && !b["born"].Empty() && a["born"] != b["born"]
}
