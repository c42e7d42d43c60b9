package desk_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

// held returns the units in which an identity has grants, and the first days that come.
func (o *office) held(id register.Handle) (units []register.UnitID, from map[register.UnitID]register.Day) {
	from = map[register.UnitID]register.Day{}
	o.do("sec", func(d *desk.Desk) error {
		for u, st := range d.State().Units {
			if g := st.Grants[id]; g != nil {
				units = append(units, u)
				if g.From > d.Today() {
					from[u] = g.From
				}
			}
		}
		return nil
	})
	slices.Sort(units)
	return units, from
}

func (o *office) lost(as string, old register.Handle, who string) (r *desk.Returned, err error) {
	var file *access.Officer
	if who != "" {
		file = desk.OfficerOf(o.ids[who])
	}
	err = o.as(as, func(d *desk.Desk) error { r, err = d.IdentityLost(ctx, old, file, ""); return err })
	return r, err
}

// Who has many grants loses them a few in a commit, and has all of them again by her new
// identity: those of today, and one that begins later, no sooner, with the last day that it
// had. What was ended by itself stays ended. All under a guard, and when the server is lost
// in the middle.
func TestIdentityLostOfMany(t *testing.T) {
	o := newOffice(t)
	o.amend("\noffices:\n", "\nguards: {largest-removal: 25}\noffices:\n")
	day := register.DayOf(o.now)
	o.join("kari", "asker", "member-officer")
	old := o.ids["kari"].Handle()
	more := func(unit register.UnitID, t desk.Terms) {
		if _, err := o.grant(desk.GrantOptions{Unit: unit, Handle: old, Terms: t}); err != nil {
			o.t.Fatal(err)
		}
	}
	more("akershus", desk.Terms{Office: "region-officer"})
	more("alta", desk.Terms{Office: "member-officer"})
	more("finnmark", desk.Terms{Office: "region-officer"})
	more("lillestrom", desk.Terms{Office: "member-officer"})
	more("karasjok", desk.Terms{Office: "chair", From: day.Add(30), Until: day.Add(300)})
	ola := desk.GrantOptions{Unit: "karasjok", Officer: desk.OfficerOf(o.identity("ola")), Terms: desk.Terms{Office: "chair", Until: day.Add(29)}}
	if _, err := o.grant(ola); err != nil {
		t.Fatal(err)
	}
	// Her seat in Karasjok goes to Nils later than that.
	nils := desk.GrantOptions{Unit: "karasjok", Officer: desk.OfficerOf(o.identity("nils")), Terms: desk.Terms{Office: "chair", From: day.Add(200)}, Replace: true}
	if _, err := o.grant(nils); err != nil {
		t.Fatal(err)
	}
	o.do("sec", func(d *desk.Desk) error { return d.Revoke(ctx, "alta", old) })
	all := []register.UnitID{"akershus", "asker", "finnmark", "karasjok", "lillestrom"}

	o.do("sec", func(d *desk.Desk) error { _, err := d.Contain(ctx, desk.ContainOptions{Handle: old}); return err })
	if units, _ := o.held(old); len(units) > 0 {
		t.Fatalf("she still has %v", units)
	}
	o.identity("anew")
	r, err := o.lost("sec", old, "anew")
	if err != nil || len(r.Old) != 5 || len(r.Given) != 5 {
		t.Fatalf("%+v, %v", r, err)
	}
	units, from := o.held(o.ids["anew"].Handle())
	if !slices.Equal(units, all) || len(from) != 1 || from["karasjok"] != day.Add(30) {
		t.Errorf("given again: %v, later %v", units, from)
	}
	o.do("sec", func(d *desk.Desk) error {
		if g := d.State().Units["karasjok"].Grants[o.ids["anew"].Handle()]; g.Last() != day.Add(199) {
			t.Errorf("until %s: her successor begins the day after %s", g.Last(), day.Add(199))
		}
		return nil
	})
	if _, err := o.lost("sec", old, "anew"); !errors.Is(err, desk.ErrNothing) {
		t.Errorf("again: %v", err)
	}

	// The second time it is that identity that is lost, while it has its grants, and the
	// server with it: after one commit of three it takes nothing.
	old = o.ids["anew"].Handle()
	o.identity("third")
	hook := filepath.Join(o.host(), "hooks", "pre-receive")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ntest ! -e once && touch once\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := o.lost("sec", old, "third"); err == nil {
		t.Fatal("the server took everything")
	}
	was, _ := o.held(old)
	has, _ := o.held(o.ids["third"].Handle())
	if len(was) != 3 || len(has) != 2 {
		t.Errorf("in the middle: %v and %v", was, has)
	}
	if err := os.Remove(hook); err != nil {
		t.Fatal(err)
	}
	if _, err := o.lost("sec", old, "third"); err != nil {
		t.Fatal(err)
	}
	was, _ = o.held(old)
	units, from = o.held(o.ids["third"].Handle())
	if len(was) > 0 || !slices.Equal(units, all) || from["karasjok"] != day.Add(30) {
		t.Errorf("%v, and %v by the new one, later %v", was, units, from)
	}
}

// Nobody contains her own identity, and nothing of it is done; she gives her access to a
// new one first, her seat in the secretariat last.
func TestContainOwn(t *testing.T) {
	o := newOffice(t)
	o.amend("  - {id: karasjok", "  - {id: oslo, level: branch, name: Oslo, under: akershus}\n  - {id: karasjok")
	old := o.ids["sec"].Handle()
	o.join("tove", "national", "secretariat")
	for _, u := range []register.UnitID{"asker", "oslo"} {
		o.do("tove", func(d *desk.Desk) error {
			_, err := d.Grant(ctx, desk.GrantOptions{Unit: u, Handle: old, Terms: desk.Terms{Office: "member-officer"}})
			return err
		})
	}
	o.do("tove", func(d *desk.Desk) error { return d.Revoke(ctx, "national", o.ids["tove"].Handle()) })
	o.enter("asker", "Åse Hålien")
	before := o.refs()
	err := o.as("sec", func(d *desk.Desk) error { _, err := d.Contain(ctx, desk.ContainOptions{Handle: old}); return err })
	if !errors.Is(err, desk.ErrContainOwn) || o.refs() != before {
		t.Fatalf("her own: %v", err)
	}
	id := o.identity("anew")
	if r, err := o.lost("sec", old, "anew"); err != nil || len(r.Given) != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := desk.Clone(ctx, desk.CloneOptions{URL: o.host(), Dir: o.at("anew"), Identity: id, Now: o.clock}); err != nil {
		t.Fatal(err)
	}
	o.do("anew", func(d *desk.Desk) error {
		res, err := d.Contain(ctx, desk.ContainOptions{Handle: old})
		if err == nil && len(res.Rekeyed) == 0 {
			t.Error("nothing was sealed anew")
		}
		return err
	})
}
