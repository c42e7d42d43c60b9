package soak

import (
	"slices"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// What happens to members.

// How many a year, in percent of the members. As many join as go. Where there are few
// members it is some of each all the same.
const (
	leaving = 5.0
	dying   = 2.0
	moving  = 2.0
	lapsing = 3.0 // do not pay

	returning = 0.5 // are members again before they are erased
)

// join takes new members into a branch by the secretariat's hand.
func (f *federation) join(by *officer, u register.UnitID, verb string, n int) {
	f.what = "join"
	ps, fields := f.invent(n)
	ids, err := f.desk(by).Add(f.t.Context(), u, verb, fields)
	f.must(err)
	f.enter(u, ids, ps)
	f.did["join"] += n
}

// membersLive is a day of the members: some join, leave, die and move, and in the
// branches whose keepers have a copy it is they who say so.
func (f *federation) membersLive() {
	keepers := f.keepers()
	leave, die, back := max(30, f.share(leaving)), max(40, f.share(dying)), max(3, f.share(returning))
	for range f.due("join", leave+die+f.share(lapsing)-back) {
		if f.joined++; f.joined%2 == 0 && len(keepers) > 0 {
			f.proposesJoin(keepers[f.r.IntN(len(keepers))])
		} else {
			f.join(f.secretary(), branch(f.r.IntN(branchCount)), "add", 1)
		}
	}
	for range f.due("leave", leave) {
		f.leaves("left")
	}
	for range f.due("die", die) {
		f.leaves("died")
	}
	for range f.due("move", max(6, f.share(moving))) {
		f.moves()
	}
	for range f.due("reopen", back) {
		f.reopens()
	}
	if len(keepers) > 0 {
		f.proposesEdit(keepers[f.did["edit proposed"]%len(keepers)])
	}
}

// keepers are the officers of branches who have a copy of their own.
func (f *federation) keepers() []*officer {
	return slices.DeleteFunc(f.holding("keeper"), func(o *officer) bool { return !o.copied })
}

func (f *federation) proposesJoin(o *officer) {
	f.what = "a keeper enters a member"
	ps, fields := f.invent(1)
	d := f.desk(o)
	ids, err := d.Add(f.t.Context(), o.unit, "add", fields)
	f.must(err)
	f.merge(o, d)
	f.enter(o.unit, ids, ps)
	f.did["join proposed"]++
}

func (f *federation) proposesEdit(o *officer) {
	f.what = "a keeper corrects a member"
	id := f.memberOf(o.unit)
	if id == "" {
		return
	}
	f.names++
	d := f.desk(o)
	_, err := d.Edit(f.t.Context(), id, map[string]record.Value{"family": record.Text(name(f.names))})
	f.must(err)
	if f.did["edit proposed"]%3 == 0 && f.people[id].paid != f.day().Add(-1) { // the secretariat has changed another field meanwhile
		_, err := f.sec().Edit(f.t.Context(), id, map[string]record.Value{"paid": record.Text(string(f.day().Add(-1)))})
		f.must(err)
		f.people[id].paid = f.day().Add(-1)
		f.did["edit met another"]++
	}
	f.merge(o, d)
	f.people[id].family = name(f.names)
	f.did["edit proposed"]++
}

// merge lets an officer submit her draft, and the secretariat take it in.
func (f *federation) merge(o *officer, d *desk.Desk) {
	s, err := d.Submit(f.t.Context())
	f.must(err)
	_, err = f.sec().MergeWith(f.t.Context(), string(o.handle())+"/"+s.Topic, desk.MergeOptions{KeepDuplicates: true})
	f.must(err)
}

// memberOf picks a member of a unit.
func (f *federation) memberOf(u register.UnitID) register.RecordID {
	members, _ := f.lists()
	return f.one(members[u])
}

func (f *federation) leaves(reason string) {
	f.what = "a member leaves"
	f.ends(f.one(f.active), reason)
	f.did["leave"]++
}

func (f *federation) ends(id register.RecordID, reason string) {
	_, month, err := f.sec().CloseMember(f.t.Context(), id, reason, false)
	f.must(err)
	f.leave(id, f.day(), reason)
	if want := f.people[id].month; month != want {
		f.t.Errorf("day %d: a membership that ended on %s (%s) is kept until %s, want %s", f.n, f.day(), reason, month, want)
	}
}

func (f *federation) moves() {
	f.what = "a member moves"
	id, to := f.one(f.active), branch(f.r.IntN(branchCount))
	if f.people[id].unit == to {
		return
	}
	_, err := f.sec().Move(f.t.Context(), id, to)
	f.must(err)
	f.people[id].unit = to
	f.did["move"]++
}

func (f *federation) reopens() {
	f.what = "a member comes back"
	id := f.one(f.closed)
	if id == "" {
		return
	}
	_, err := f.sec().Reopen(f.t.Context(), id)
	f.must(err)
	f.comeBack(id)
	f.did["reopen"]++
}

// payments of a branch come in as a list, on its day of the year. Who is not on it
// lapses a month later.
func (f *federation) payments() {
	for i := range branchCount {
		if !f.falls(year, i*year/branchCount) {
			continue
		}
		f.what = "payments come in"
		members, _ := f.lists()
		var updates []desk.Update
		var late []register.RecordID
		for _, id := range members[branch(i)] {
			if f.owed["lapse"] += lapsing / 100; f.owed["lapse"] >= 1 {
				f.owed["lapse"]--
				late = append(late, id)
				continue
			}
			updates = append(updates, desk.Update{ID: id, Set: map[string]record.Value{"paid": record.Text(string(f.day()))}})
		}
		f.lapses[f.n+30] = late
		d := f.sec()
		f.must(d.Prepare(f.t.Context()))
		updates = slices.DeleteFunc(updates, func(u desk.Update) bool { return f.people[u.ID].paid == f.day() })
		if len(updates) == 0 {
			continue
		}
		_, err := d.TakeIn(f.t.Context(), branch(i), nil, updates, nil)
		f.must(err)
		for _, u := range updates {
			f.people[u.ID].paid = f.day()
		}
		f.did["payment"] += len(updates)
	}
}

// lapse ends the memberships of those who have not paid since.
func (f *federation) lapse() {
	for on := f.n - f.gap + 1; on <= f.n; on++ {
		for _, id := range f.lapses[on] {
			if p := f.people[id]; p.reason == "" && p.paid < f.day().Add(-30) {
				f.what = "a membership lapses"
				f.ends(id, "unpaid")
				f.did["lapse"]++
			}
		}
		delete(f.lapses, on)
	}
}
