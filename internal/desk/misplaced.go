package desk

import (
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// misplacedLeast is how many others must have a post code, all with other places, for a
// place to look wrong: one may be wrong herself.
const misplacedLeast = 2

// Whereabouts tells whether a post code and a place do not fit, as far as the members of main
// tell that the identity reads: some have that post code, and none of them this place.
// There is no table of post codes here: they change, and the members know theirs.
type Whereabouts struct {
	code, city string                          // the fields; "" the policy has none
	people     map[string]map[string]int       // by post code and folded place
	own        map[register.RecordID][2]string // the post code and the folded place of each
}

// Whereabouts reads the post codes and places of the members.
func (d *Desk) Whereabouts() (*Whereabouts, error) {
	p := &Whereabouts{people: map[string]map[string]int{}, own: map[register.RecordID][2]string{}}
	for _, f := range d.state.Policy.Fields {
		switch {
		case f.Type == record.TypePostcode && p.code == "":
			p.code = f.Key
		case f.Type == record.TypeCity && p.city == "":
			p.city = f.Key
		}
	}
	if p.code == "" || p.city == "" {
		return p, nil
	}
	all, err := d.Members(Query{Main: true})
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		code, place := p.of(m.Record.Fields)
		if code == "" || place == "" {
			continue
		}
		if p.people[code] == nil {
			p.people[code] = map[string]int{}
		}
		p.people[code][place]++
		p.own[m.Path.ID] = [2]string{code, place}
	}
	return p, nil
}

func (p *Whereabouts) of(fields map[string]record.Value) (code, place string) {
	return fields[p.code].String(), record.Fold(fields[p.city].String())
}

// Odd tells whether the post code and the place of a record do not fit those of the
// others. id is her own, "" where she is new.
func (p *Whereabouts) Odd(id register.RecordID, fields map[string]record.Value) bool {
	if p.code == "" || p.city == "" {
		return false
	}
	code, place := p.of(fields)
	if code == "" || place == "" {
		return false
	}
	others := 0
	for other, n := range p.people[code] {
		if p.own[id] == [2]string{code, other} {
			n--
		}
		if other == place && n > 0 {
			return false
		}
		others += n
	}
	return others >= misplacedLeast
}
