package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Count is how many active members there are in a unit, of one choice of a field.
type Count struct {
	Unit    register.UnitID
	Choice  string // "" where no field was named, or where the record says nothing
	Members int
}

// Counts is how many members there are. Somebody who is a member of two units
// counts in each of them, and once in the whole.
type Counts struct {
	Rows    []Count // by unit and choice
	Whole   []Count // of all these units together, by choice, each person once
	Persons int
}

// Count counts active members of units, all that the identity reads where none is
// named, by the choices of a field where one is named.
func (d *Desk) Count(units []register.UnitID, field string) (*Counts, error) {
	if field != "" {
		f, ok := d.state.Policy.Field(field)
		if !ok || f.Type != record.TypeChoice && f.Type != record.TypeChoices {
			return nil, fmt.Errorf("field %q: members are counted by fields with choices only", field)
		}
	}
	ms, err := d.Members(Query{Units: units})
	if err != nil {
		return nil, err
	}
	of := map[Count]int{}
	p := newPersons()
	whole := map[string]map[int]bool{} // choice → persons
	for _, m := range ms {
		if field != "" && d.FieldRight(m.Path.Unit, field) < policy.Read {
			return nil, fmt.Errorf("field %q in unit %q: %w", field, m.Path.Unit, ErrNotAllowed)
		}
		who := p.add(m.Record)
		for _, c := range choicesOf(m.Record, field) {
			of[Count{Unit: m.Path.Unit, Choice: c}]++
			if whole[c] == nil {
				whole[c] = map[int]bool{}
			}
			whole[c][who] = true
		}
	}
	out := &Counts{Persons: p.count()}
	for c, n := range of {
		c.Members = n
		out.Rows = append(out.Rows, c)
	}
	for c, who := range whole {
		persons := map[int]bool{}
		for i := range who {
			persons[p.find(i)] = true
		}
		out.Whole = append(out.Whole, Count{Choice: c, Members: len(persons)})
	}
	order := func(a, b Count) int { return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Choice, b.Choice)) }
	slices.SortFunc(out.Rows, order)
	slices.SortFunc(out.Whole, order)
	return out, nil
}

func choicesOf(r *record.Record, field string) []string {
	v := r.Fields[field]
	switch {
	case field == "" || v.Empty():
		return []string{""}
	case v.IsList():
		return v.List()
	}
	return []string{v.String()}
}

// persons puts records of one person together: those of one name that have a birth
// date or an e-mail address in common. A household has one address for several.
type persons struct {
	up   []int // of each record, another of the same person, or itself
	seen map[string]int
}

func newPersons() *persons { return &persons{seen: map[string]int{}} }

func (p *persons) add(r *record.Record) int {
	i := len(p.up)
	p.up = append(p.up, i)
	name := record.Fold(r.Fields["given"].String() + " " + r.Fields["family"].String())
	if strings.TrimSpace(name) == "" {
		return i
	}
	for _, key := range []string{"born", "email"} {
		v := strings.ToLower(r.Fields[key].String())
		if v == "" {
			continue
		}
		k := key + " " + name + " " + v
		if j, ok := p.seen[k]; ok {
			p.up[p.find(i)] = p.find(j)
		} else {
			p.seen[k] = i
		}
	}
	return i
}

func (p *persons) find(i int) int {
	for p.up[i] != i {
		i = p.up[i]
	}
	return i
}

func (p *persons) count() int {
	n := 0
	for i := range p.up {
		if p.up[i] == i {
			n++
		}
	}
	return n
}
