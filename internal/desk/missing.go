package desk

import (
	"slices"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Incomplete is a record that lacks what its policy says every member should have.
type Incomplete struct {
	Member *Member
	Lacks  []string // fields, in their order: those that the officer may fill in
	Others int      // fields that it lacks besides, which are not hers
}

// Missing is what the members of one unit still lack.
type Missing struct {
	Unit     register.UnitID
	Members  int          // active ones; of a unit that the officer does not read, as main counts them
	Readable bool         // she reads the unit: only then is known what its members lack
	Records  []Incomplete // by id
	Kept     int          // records that lack something and are kept and not used; they are not in Records
}

// Missing says what the active members of the units lack: fields that are
// required, or expected, in their unit. No unit named, it is of every unit that
// has members; of those that the officer does not read it says their number only. A
// restricted record is kept and not used: nobody is asked for what it lacks.
func (d *Desk) Missing(units []register.UnitID) ([]Missing, error) {
	mine, err := d.readable(nil)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		if _, ok := d.state.Policy.Unit(u); !ok {
			return nil, d.unknownUnit(u)
		}
	}
	var out []Missing
	for i := range d.state.Policy.Units {
		u := d.state.Policy.Units[i].ID
		if len(units) > 0 && !slices.Contains(units, u) {
			continue
		}
		m := Missing{Unit: u, Readable: slices.Contains(mine, u)}
		if !m.Readable {
			if m.Members, err = d.state.Members(u); err != nil {
				return nil, err
			}
		} else {
			ms, err := d.Members(Query{Units: []register.UnitID{u}})
			if err != nil {
				return nil, err
			}
			m.Members = len(ms)
			for _, x := range ms {
				in := d.incomplete(x)
				switch {
				case len(in.Lacks)+in.Others == 0:
				case d.state.Policy.Schema().Restriction(x.Record) != "":
					m.Kept++
				default:
					m.Records = append(m.Records, in)
				}
			}
		}
		if m.Members > 0 || len(units) > 0 {
			out = append(out, m)
		}
	}
	return out, nil
}

// incomplete says what a record lacks.
func (d *Desk) incomplete(m *Member) Incomplete {
	in := Incomplete{Member: m}
	u := m.Path.Unit
	for _, key := range wanted(d.state.Policy, u) {
		switch {
		case !m.Record.Fields[key].Empty():
		case d.FieldRight(u, key) >= policy.Edit:
			in.Lacks = append(in.Lacks, key)
		default:
			in.Others++
		}
	}
	return in
}

// wanted returns the fields that every member of the unit should have.
func wanted(p *policy.Policy, u register.UnitID) []string {
	var out []string
	for _, f := range p.FieldsIn(u) {
		if f.Required || f.Expected != "" {
			out = append(out, f.Key)
		}
	}
	return out
}

// gaps returns the values of set that fill what the record lacks, and the fields
// in which it has something else already.
func (in *Incomplete) gaps(set map[string]record.Value) (fill map[string]record.Value, filled []string) {
	fill = map[string]record.Value{}
	for key, v := range set {
		switch has := in.Member.Record.Fields[key]; {
		case v.Empty() || v == has:
		case has.Empty() && slices.Contains(in.Lacks, key):
			fill[key] = v
		default:
			filled = append(filled, key)
		}
	}
	slices.Sort(filled)
	return fill, filled
}

// Fill compares the rows of a template of records with the records of the unit, by
// id: what each row fills in, and where the register has something else already.
// A record that the unit does not have gives nil.
func (d *Desk) Fill(u register.UnitID, ids []register.RecordID, rows []map[string]record.Value) ([]*Filling, error) {
	ms, err := d.Members(Query{Units: []register.UnitID{u}})
	if err != nil {
		return nil, err
	}
	byID := make(map[register.RecordID]*Member, len(ms))
	for _, m := range ms {
		byID[m.Path.ID] = m
	}
	out := make([]*Filling, len(ids))
	for i, id := range ids {
		m := byID[id]
		if m == nil {
			continue
		}
		in := d.incomplete(m)
		out[i] = &Filling{Waits: m.Status == Submitted}
		out[i].Set, out[i].Filled = in.gaps(rows[i])
	}
	return out, nil
}

// Filling is what a row of a template of records says of its record.
type Filling struct {
	Set    map[string]record.Value // what it fills in
	Filled []string                // fields in which the record has something else, or that were not asked for
	Waits  bool                    // a change of the record waits for the secretariat
}
