package desk

import (
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Movements is how many members joined and left, by month.
type Movements struct {
	Joined, Left map[register.Month]int
	Records      int // members whose record could say when; of the others, main does
}

// joinedField is the field that says since when somebody is a member.
const joinedField = "joined"

// Movements counts who joined units and who left them; who moves from one of them
// to another does neither. It needs no key: main's history says when each record
// came and went. What the identity may read says it better, since a record may come
// long after its member: there the day that she joined and the day that she left
// count, for as long as the record can be read.
func (d *Desk) Movements(units []register.UnitID) (*Movements, error) {
	chain, err := d.firstParents()
	if err != nil {
		return nil, err
	}
	t := &timeline{units: map[register.UnitID]bool{}, in: map[register.RecordID]register.UnitID{}, of: map[register.RecordID]*lifeIn{}}
	for _, u := range units {
		t.units[u] = true
	}
	for _, c := range chain {
		if err := t.add(d.repo, c); err != nil {
			return nil, err
		}
	}
	out := &Movements{Joined: map[register.Month]int{}, Left: map[register.Month]int{}}
	if out.Records, err = d.recordedDays(t, units); err != nil {
		return nil, err
	}
	for _, l := range t.of {
		for _, s := range l.steps {
			if s.joined {
				out.Joined[s.month]++
			} else {
				out.Left[s.month]++
			}
		}
	}
	return out, nil
}

// timeline follows which members were in some units.
type timeline struct {
	units map[register.UnitID]bool
	tree  gitstore.ID
	in    map[register.RecordID]register.UnitID // where each is a member now, any unit
	of    map[register.RecordID]*lifeIn
}

// lifeIn is one member's time in the units.
type lifeIn struct {
	steps []step
}

// step is a member's coming or going.
type step struct {
	month  register.Month
	joined bool
	own    bool // she joined or left the register, not only these units
}

// add follows one commit of main.
func (t *timeline) add(r gitstore.Reader, c *gitstore.Commit) error {
	was, is := map[register.RecordID]register.UnitID{}, map[register.RecordID]register.UnitID{}
	touched := map[register.RecordID]bool{}
	err := gitstore.Diff(r, t.tree, c.Tree, func(x gitstore.Change) error {
		p, err := register.ParsePath(x.Path)
		if err != nil || p.Kind != register.Member {
			return nil
		}
		switch {
		case x.Old.ID.IsZero():
			is[p.ID], touched[p.ID] = p.Unit, true
		case x.New.ID.IsZero():
			was[p.ID], touched[p.ID] = p.Unit, true
		}
		return nil
	})
	if err != nil {
		return err
	}
	month := register.DayOf(c.Committer.When).Month()
	for id := range touched {
		from, to := t.in[id], is[id]
		if to != "" {
			t.in[id] = to
		} else if was[id] == from {
			delete(t.in, id)
		}
		before, after := from != "" && t.units[from], to != "" && t.units[to]
		if before == after {
			continue
		}
		l := t.of[id]
		if l == nil {
			l = &lifeIn{}
			t.of[id] = l
		}
		l.steps = append(l.steps, step{month, after, from == "" || to == ""})
	}
	t.tree = c.Tree
	return nil
}

// recordedDays puts the days that records say in the place of those on which the
// records came and went, and returns how many records could say one.
func (d *Desk) recordedDays(t *timeline, units []register.UnitID) (int, error) {
	if d.id == nil {
		return 0, nil
	}
	mine, err := d.readable(nil)
	if err != nil {
		return 0, err
	}
	var read []register.UnitID
	for _, u := range units {
		if slices.Contains(mine, u) {
			read = append(read, u)
		}
	}
	if len(read) == 0 {
		return 0, nil
	}
	ms, err := d.Members(Query{Units: read, Closed: true, Main: true})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range ms {
		l := t.of[m.Path.ID]
		if l == nil || len(l.steps) == 0 {
			continue
		}
		said := false
		if s := &l.steps[0]; s.joined && s.own && d.FieldRight(m.Path.Unit, joinedField) >= policy.Read {
			if day, err := register.ParseDay(m.Record.Fields[joinedField].String()); err == nil {
				s.month, said = day.Month(), true
			}
		}
		if s := &l.steps[len(l.steps)-1]; m.Closed() && !s.joined && s.own {
			if day, err := register.ParseDay(m.Record.Fields[record.Closed].String()); err == nil {
				s.month, said = day.Month(), true
			}
		}
		if said {
			n++
		}
	}
	return n, nil
}
