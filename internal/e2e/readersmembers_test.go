package e2e

import (
	"errors"
	"slices"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// What is done to members: it moves the thresholds, and every merge seals anew.

// most is the largest number of members that there are at a time.
const most = 10

func (f *federation) total() (n int) {
	for _, u := range branches {
		n += len(f.m.members[u])
	}
	return n
}

func (f *federation) people(n int) []map[string]record.Value {
	var out []map[string]record.Value
	for range n {
		out = append(out, f.person())
	}
	return out
}

// bring takes a list of members into a branch.
func (f *federation) bring() bool {
	n, unit := 1+f.r.IntN(3), f.one(branches)
	if f.total()+n > most {
		return false
	}
	f.does(f.secretary(), true, func(d *desk.Desk) error {
		ids, err := d.Add(f.t.Context(), register.UnitID(unit), "import", f.people(n))
		f.m.members[unit] = append(f.m.members[unit], ids...)
		return err
	})
	return true
}

// free is a member of whom no proposal waits, and her branch.
func (f *federation) free() (id register.RecordID, unit string) {
	unit = f.one(branches)
	ids := slices.DeleteFunc(slices.Clone(f.m.members[unit]), func(id register.RecordID) bool {
		return slices.ContainsFunc(f.sent, func(s *sent) bool { return s.id == id })
	})
	if len(ids) == 0 {
		return "", ""
	}
	return ids[f.r.IntN(len(ids))], unit
}

func (f *federation) left(unit string, id register.RecordID) {
	f.m.members[unit] = slices.DeleteFunc(f.m.members[unit], func(x register.RecordID) bool { return x == id })
	f.m.closed[unit] = append(f.m.closed[unit], id)
}

// closeSome ends a membership.
func (f *federation) closeSome() bool {
	id, unit := f.free()
	if id == "" {
		return false
	}
	f.does(f.secretary(), true, func(d *desk.Desk) error {
		_, _, err := d.CloseMember(f.t.Context(), id, "left", false)
		return err
	})
	f.left(unit, id)
	return true
}

// move takes a member to another branch.
func (f *federation) move() bool {
	id, unit := f.free()
	if id == "" {
		return false
	}
	to := f.one(but(branches, unit))
	f.does(f.secretary(), true, func(d *desk.Desk) error {
		_, err := d.Move(f.t.Context(), id, register.UnitID(to))
		return err
	})
	f.left(unit, id)
	f.m.closed[unit] = f.m.closed[unit][:len(f.m.closed[unit])-1]
	f.m.members[to] = append(f.m.members[to], id)
	return true
}

// sent is an officer's proposal that waits.
type sent struct {
	who, unit, verb string
	n               int               // new members
	id              register.RecordID // "" of new ones
}

// mayPropose are those who may do something in a branch and not merge it.
func (f *federation) mayPropose(who, unit, verb string) bool {
	keeper, admin := f.m.in(who, "keeper", unit, f.day()), f.m.in(who, "admin", unit, f.day())
	return keeper || admin && verb != "close" // an admin asks for it
}

// propose sends something of a branch's officer to the secretariat.
func (f *federation) propose() bool {
	unit, verb := f.one(branches), f.one([]string{"add", "add", "edit", "close"})
	var can []string
	for _, who := range f.known() {
		waits := slices.ContainsFunc(f.sent, func(s *sent) bool { return s.who == who })
		if !waits && f.mayPropose(who, unit, verb) && !f.m.in(who, "secretariat", "national", f.day()) {
			can = append(can, who)
		}
	}
	s := &sent{who: f.one(can), unit: unit, verb: verb}
	if s.who == "" {
		return false
	}
	if verb == "add" {
		if s.n = 1 + f.r.IntN(2); f.total()+s.n > most {
			return false
		}
	} else if id, at := f.free(); at != unit {
		return false
	} else {
		s.id = id
	}
	f.does(s.who, true, func(d *desk.Desk) error {
		var err error
		for err == nil { // what was sent back to her is a draft again
			_, _, _, err = d.Undo()
		}
		if !errors.Is(err, desk.ErrNothing) {
			return err
		}
		switch verb {
		case "add":
			_, err = d.Add(f.t.Context(), register.UnitID(unit), "add", f.people(s.n))
		case "edit":
			_, err = d.Edit(f.t.Context(), s.id, map[string]record.Value{"family": record.Text(f.one([]string{"Lunde", "Myhre"}) + "-" + f.one([]string{"Næss", "Juuso"}))})
		case "close":
			_, _, err = d.CloseMember(f.t.Context(), s.id, "left", false)
		}
		if err != nil {
			return err
		}
		_, err = d.Submit(f.t.Context())
		return err
	})
	f.sent = append(f.sent, s)
	return true
}

// merge judges a proposal. Where its author has lost her office it is refused, and
// sent back.
func (f *federation) merge() bool {
	if len(f.sent) == 0 {
		return false
	}
	i := f.r.IntN(len(f.sent))
	s := f.sent[i]
	if f.m.in(s.who, "secretariat", "national", f.day()) {
		return false // a draft of hers would be no proposal any more
	}
	ok := f.mayPropose(s.who, s.unit, s.verb)
	if ok { // her tool seals it anew where the secretariat is another than it was
		f.does(s.who, true, func(d *desk.Desk) error { return nil })
	}
	name := ""
	f.does(f.secretary(), ok, func(d *desk.Desk) error {
		ps, err := d.Inbox(f.t.Context())
		if err != nil {
			return err
		}
		for _, p := range ps {
			r, err := d.Review(f.t.Context(), string(p.Handle)+"/"+p.Topic)
			clear := err == nil && len(r.Changes) > 0 && r.Changes[0].Is == nil && r.Changes[0].Request == nil
			if p.Handle == f.handle(s.who) && !clear {
				name = string(p.Handle) + "/" + p.Topic
			}
		}
		_, err = d.Merge(f.t.Context(), name, nil)
		return err
	})
	if ok {
		f.merged(s)
	} else {
		f.does(f.secretary(), true, func(d *desk.Desk) error {
			_, err := d.Reject(f.t.Context(), name, "You hold the office no more.")
			return err
		})
	}
	f.sent = slices.Delete(f.sent, i, i+1)
	return true
}

// merged remembers what a proposal has brought. The ids of new members are those
// that main has and the memory has not.
func (f *federation) merged(s *sent) {
	switch s.verb {
	case "close":
		f.left(s.unit, s.id)
	case "add":
		for _, id := range f.onMain(s.unit) {
			if !slices.Contains(f.m.members[s.unit], id) {
				f.m.members[s.unit] = append(f.m.members[s.unit], id)
			}
		}
	}
}
