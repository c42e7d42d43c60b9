package soak

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

// live is a day.
func (f *federation) live() {
	f.closeDesks()
	f.readersOfToday()
	f.officersLive()
	f.payments()
	f.lapse()
	f.membersLive()
	f.listsLive()
	f.erasures()
	f.control()
	f.monthly()
}

// expected is what a run of this length must have done, and how often at least.
func (f *federation) expected() map[string]int {
	out := map[string]int{}
	for _, what := range []string{"join", "join proposed", "edit proposed", "edit met another", "leave", "lapse", "move", "payment", "hand-over", "rotate", "destroy", "temporary over", "clone",
		"draw", "draw destroyed", "run", "run spared", "erased by run", "erased alone", "receipt", "rekey"} {
		out[what] = 1
	}
	if f.size.days >= year {
		for _, what := range []string{"reopen", "control", "ended by control", "tidy"} {
			out[what] = 1
		}
	}
	return out
}

// readersOfToday seals anew what the calendar has changed.
func (f *federation) readersOfToday() {
	f.what = "the readers of the day"
	changed := false
	for _, o := range f.officers {
		changed = changed || o.until != "" && o.until < f.day() && o.until >= f.day().Add(-f.gap)
	}
	err := f.sec().Readers(f.t.Context())
	if changed != (err == nil) && !errors.Is(err, desk.ErrNothing) {
		f.must(err)
	}
	if changed != (err == nil) {
		f.t.Errorf("day %d: keyrings sealed anew by the calendar: %v, want %v", f.n, err == nil, changed)
	}
	if changed {
		f.did["temporary over"]++
	}
}

// officersLive are the officers' hand-overs and new identities.
func (f *federation) officersLive() {
	for range f.due("hand-over", 120) {
		f.handOver()
	}
	if f.falls(91, 25) {
		f.what = "a clerk for a month"
		o := f.serve("national", "clerk")
		o.until = f.day().Add(30)
		_, err := f.sec().Grant(f.t.Context(), desk.GrantOptions{Unit: o.unit, Officer: desk.OfficerOf(o.id), Terms: desk.Terms{Office: o.office, From: f.day(), Until: o.until}})
		f.must(err)
	}
	for _, o := range slices.Clone(f.officers) {
		if !o.copied {
			continue
		}
		if o.id.Created().Add(rotateDays) < f.day() {
			f.rotate(o)
		} else if len(o.id.Old()) > 0 {
			f.destroy(o)
		}
	}
}

// handOver gives an office to somebody new, and takes it from whoever has had it for
// longest.
func (f *federation) handOver() {
	sec := f.secretary()
	for f.officers[f.turn%len(f.officers)] == sec || f.officers[f.turn%len(f.officers)].until != "" {
		f.turn++
	}
	i := f.turn % len(f.officers)
	f.turn += 7 // so that the offices take turns
	was := f.officers[i]
	f.what = "hand over " + was.office
	o := f.serve(was.unit, was.office)
	o.copied = was.copied
	f.officers = f.officers[:len(f.officers)-1]
	_, err := f.desk(sec).Grant(f.t.Context(), desk.GrantOptions{Unit: o.unit, Officer: desk.OfficerOf(o.id), Terms: desk.Terms{Office: o.office, From: f.day()}, End: []register.Handle{was.handle()}})
	f.must(err)
	f.officers[i] = o
	f.retire(was.id.Ages()...)
	if d := f.desks[was.handle()]; d != nil {
		d.Close()
		delete(f.desks, was.handle())
	}
	f.did["hand-over"]++
}

// retire notes identities that must open nothing from now on.
func (f *federation) retire(ids ...age.Identity) { f.replaced = append(f.replaced, ids...) }

// rotate gives an officer a new identity. The secretariat's next command takes it in.
func (f *federation) rotate(o *officer) {
	f.what = "a new identity"
	f.must(o.id.Rotate(f.day()))
	_, err := f.desk(o).Rotate(f.t.Context())
	f.must(err)
	_, err = f.sec().Sync(f.t.Context())
	f.must(err)
	f.retire(o.id.Ages()[1])
	f.did["rotate"]++
}

// destroy destroys the identities that an officer needs no more, and says so.
func (f *federation) destroy(o *officer) {
	f.what = "an old identity is destroyed"
	d := f.desk(o)
	_, err := d.Sync(f.t.Context())
	f.must(err)
	old, err := d.Retirable()
	f.must(err)
	if len(old) == 0 {
		f.t.Errorf("day %d: an officer's old identity is needed still", f.n)
		return
	}
	f.must(d.PlanRetire(old))
	for _, r := range old {
		f.must(o.id.Destroy(r))
	}
	f.must(d.Retire(f.t.Context()))
	f.did["destroy"]++
}

// drawn is a list that was taken out.
type drawn struct {
	by *officer
	id register.RecordID
	on int // the day on which it is to be destroyed
}

// listsLive are the lists that are drawn, and those that are destroyed.
func (f *federation) listsLive() {
	if keepers := f.keepers(); f.falls(5, 1) {
		o := f.secretary()
		u := branch(f.r.IntN(branchCount))
		if f.did["draw"]%2 == 0 && len(keepers) > 0 {
			o = keepers[f.r.IntN(len(keepers))]
			u = o.unit
		}
		f.draw(o, u)
	}
	for len(f.drawn) > 0 && f.drawn[0].on <= f.n {
		x := f.drawn[0]
		f.drawn = f.drawn[1:]
		f.what = "a list is destroyed"
		if !slices.Contains(f.officers, x.by) { // she has left: the secretariat says it
			x.by = f.secretary()
		}
		_, err := f.desk(x.by).DestroyDraw(f.t.Context(), string(x.id), []string{access.PartDigital})
		f.must(err)
		_, err = f.sec().Sync(f.t.Context())
		f.must(err)
		f.did["draw destroyed"]++
	}
}

func (f *federation) draw(o *officer, u register.UnitID) {
	f.what = "a list is drawn"
	members, _ := f.lists()
	if len(members[u]) == 0 {
		return
	}
	var named []register.RecordID
	t, err := f.desk(o).Draw(f.t.Context(), desk.DrawOptions{Units: []register.UnitID{u}, Purpose: "mailing", Form: access.FormList, Format: access.FormatCSV}, func(l *desk.List) ([]byte, error) {
		var b bytes.Buffer
		for i, row := range l.Rows {
			if l.Members[i] != nil {
				named = append(named, l.Members[i].Path.ID)
			}
			fmt.Fprintln(&b, strings.Join(row, ";"))
		}
		return b.Bytes(), nil
	})
	f.must(err)
	if !sameSet(named, members[u]) {
		f.t.Errorf("day %d: a list of %s names %d members, and the ledger has %d", f.n, u, len(named), len(members[u]))
	}
	_, err = f.sec().Sync(f.t.Context()) // takes the receipt in
	f.must(err)
	f.drawn = append(f.drawn, drawn{o, t.Receipt.ID, f.n + 9})
	f.did["draw"]++
}

// control is the control of access, twice a year. It ends the grants that are over.
func (f *federation) control() {
	if !f.falls(180, 170) {
		return
	}
	f.what = "a control of access"
	var ended []access.GrantID
	for _, o := range f.officers {
		if o.until != "" && o.until < f.day() {
			ended = append(ended, access.GrantID{Unit: o.unit, Handle: o.handle()})
			f.retire(o.id.Ages()...)
		}
	}
	_, err := f.sec().Controls(f.t.Context(), nil, ended)
	f.must(err)
	f.officers = slices.DeleteFunc(f.officers, func(o *officer) bool { return o.until != "" && o.until < f.day() })
	f.did["control"]++
	f.did["ended by control"] += len(ended)
}

// monthly is what the secretariat does once a month: what is past its period goes, and
// a unit is sealed anew.
func (f *federation) monthly() {
	if !f.falls(30, 29) {
		return
	}
	f.what = "what is past its period goes"
	if _, err := f.sec().Tidy(f.t.Context()); err == nil {
		f.did["tidy"]++
	} else if !errors.Is(err, desk.ErrNothing) {
		f.must(err)
	}
	f.what = "a unit is sealed anew"
	_, err := f.sec().Rekey(f.t.Context(), desk.RekeyOptions{Units: []register.UnitID{branch(f.n / 30 % branchCount)}})
	f.must(err)
	f.did["rekey"]++
}

func sameSet(a, b []register.RecordID) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
