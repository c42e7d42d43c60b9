package desk

import (
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/duplicate"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Alike is a member who looks like somebody that is to be entered.
type Alike struct {
	Member *Member
	duplicate.Match
}

// Alikes returns the members, among those that the officer reads in all her units,
// those who have left included, who look like the person with these fields, the
// likest first: at [duplicate.Ask] somebody must say whether they are one person,
// below that they are for looking at. The secretariat, which reads everybody, opens
// of other units only the records that have a token in common with her.
func (d *Desk) Alikes(u register.UnitID, fields map[string]record.Value) ([]Alike, error) {
	known, err := d.knownLike(u, fields)
	if err != nil {
		return nil, err
	}
	var out []Alike
	for _, m := range known.find(personOf(u, fields)) {
		out = append(out, Alike{Member: known.byID[register.RecordID(m.ID)], Match: m})
	}
	return out, nil
}

// crowd is the members that the officer reads, ready to be compared with.
type crowd struct {
	members []*Member
	byID    map[register.RecordID]*Member
	index   *duplicate.Index
}

// candidatesLimit is how many records of other units are opened for one person.
const candidatesLimit = 50

// knownLike returns the members who may be somebody of the unit.
func (d *Desk) knownLike(u register.UnitID, fields map[string]record.Value) (*crowd, error) {
	if !d.Secretary() || slices.ContainsFunc(d.readableUnits(), func(u register.UnitID) bool {
		st := d.state.Units[u]
		return st.Keyring != nil && st.Keyring.Tokens == ""
	}) {
		return d.known()
	}
	ms, err := d.Members(Query{Units: []register.UnitID{u}, Closed: true})
	if err != nil {
		return nil, err
	}
	b, err := d.tokens()
	if err != nil {
		return nil, err
	}
	f := newFinder()
	f.want("", tokenList(&record.Record{Unit: u, Fields: fields}, b.secret))
	var others []Twin
	b.meet(f, func(_ int, t Twin) {
		if t.Unit != u {
			others = append(others, t)
		}
	})
	slices.SortFunc(others, likest)
	for _, t := range others[:min(len(others), candidatesLimit)] {
		m, err := d.Find(t.ID)
		if err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	return newCrowd(ms), nil
}

// readableUnits returns the units that the identity reads; none where it reads none.
func (d *Desk) readableUnits() []register.UnitID {
	units, _ := d.readable(nil)
	return units
}

func (d *Desk) known() (*crowd, error) {
	ms, err := d.Members(Query{Closed: true})
	if err != nil {
		return nil, err
	}
	return newCrowd(ms), nil
}

func newCrowd(ms []*Member) *crowd {
	c := &crowd{members: ms, byID: make(map[register.RecordID]*Member, len(ms)), index: duplicate.NewIndex(len(ms))}
	for _, m := range ms {
		c.byID[m.Path.ID] = m
		c.index.Add(duplicate.Of(m.Record))
	}
	return c
}

func (c *crowd) add(p duplicate.Person) { c.index.Add(p) }

func (c *crowd) find(p duplicate.Person) []duplicate.Match { return c.index.Find(p) }

// personOf is somebody of the unit who is not in the register yet.
func personOf(u register.UnitID, fields map[string]record.Value) duplicate.Person {
	return duplicate.Of(&record.Record{Unit: u, Fields: fields})
}

// rowMark begins what stands for a row of a list in an index. No record's id has
// it, and rows come after the records that are as like.
const rowMark = "~row "

func rowID(i int) string { return rowMark + strconv.Itoa(i) }

func rowOf(id string) (int, bool) {
	s, ok := strings.CutPrefix(id, rowMark)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(s)
	return i, err == nil
}
