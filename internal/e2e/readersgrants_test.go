package e2e

import (
	"errors"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

// What is done to grants, each thing to the register and to the memory.

var branches = []string{"asker", "lillestrom", "karasjok"}

// giving is what the oracle says of a grant that comes in.
func (f *federation) giving(h *held, replace bool) (*memory, bool) {
	m := f.m.fork()
	if m.shown[h.who] == "" {
		m.shown[h.who] = f.ids[h.who].Recipient()
	}
	return m.give(h, replace, f.day())
}

// grant gives an office that asks for no paper.
func (f *federation) grant() bool {
	office := f.one([]string{"secretariat", "clerk", "county", "board", "keeper", "keeper", "keeper"})
	unit := f.one(branches)
	switch f.m.post(office).level {
	case "national":
		unit = "national"
	case "region":
		unit = "akershus"
	}
	h := &held{unit: unit, who: f.one(officers), office: office, from: f.day(), factor: f.m.post(office).factor, has: map[string]bool{}}
	sec := f.secretary(h.who)
	if was := f.m.grants[h.key()]; sec == "" || was != nil && was.office == office {
		return false
	}
	if f.chance(5) {
		h.from = h.from.Add(1 + f.r.IntN(20))
	}
	if office != "secretariat" && f.chance(3) {
		h.until = h.from.Add(10 + f.r.IntN(60))
	}
	replace := office != "secretariat" && f.chance(2)
	o := desk.GrantOptions{Unit: register.UnitID(unit), Terms: desk.Terms{Office: office, From: h.from, Until: h.until}, Replace: replace}
	o.Handle = f.handle(h.who)
	if f.m.shown[h.who] == "" {
		o.Officer = desk.OfficerOf(f.ids[h.who])
	}
	f.put(h, sec, o)
	return true
}

// put gives a grant as the options say, and remembers it where the oracle lets it
// in.
func (f *federation) put(h *held, sec string, o desk.GrantOptions) (ok bool) {
	f.before(sec)
	after, ok := f.giving(h, o.Replace)
	f.does(sec, ok, func(d *desk.Desk) error {
		given, err := d.Grant(f.t.Context(), o)
		if errors.Is(err, desk.ErrNothing) {
			return nil // the register has it already
		}
		if err == nil && (len(given.Lacks) > 0) != after.lacks(h, f.day()) {
			f.t.Errorf("%s: %s in %s lacks %v", f.what, h.office, h.unit, given.Lacks)
		}
		return err
	})
	if ok {
		f.m = after
	}
	return ok
}

// revoke ends somebody's grant, pending or not. There is always a secretariat.
func (f *federation) revoke() bool {
	all := f.m.all()
	h := all[f.r.IntN(len(all))]
	sec := f.secretary()
	if h.who == sec {
		sec = f.secretary(h.who)
	}
	if sec == "" {
		return false
	}
	f.does(sec, true, func(d *desk.Desk) error {
		return d.Revoke(f.t.Context(), register.UnitID(h.unit), f.handle(h.who))
	})
	delete(f.m.grants, h.key())
	return true
}

// revokeLast is refused: nobody would be left who merges.
func (f *federation) revokeLast() bool {
	sec := f.m.holders("secretariat", "national", f.day())
	if len(sec) > 1 {
		return false
	}
	f.does(sec[0], false, func(d *desk.Desk) error { return d.Revoke(f.t.Context(), "national", f.handle(sec[0])) })
	return true
}
