package soak

import (
	"errors"
	"slices"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

// running is a run of erasures that waits.
type running struct {
	id      register.RecordID
	names   []register.RecordID
	months  map[register.RecordID]register.Month // as they were when it was proposed
	stopped []register.RecordID
}

// erasures are those of the month's run, and of one who asks to be forgotten at once.
func (f *federation) erasures() {
	switch d := f.now.Day(); {
	case d == proposing:
		f.propose()
	case d == finishing:
		var stopped []register.RecordID
		if f.run != nil {
			stopped = f.run.stopped
			f.finish()
		}
		for _, id := range append(stopped, f.one(f.closed)) { // what was to be asked of her has been answered
			f.forget(id)
		}
	case f.run != nil && f.run.stopped == nil && len(f.run.names) > 1:
		f.spare()
	}
}

// propose proposes a run, which must name those whose month is over, and lets another
// of the secretariat sign it. It is not to be finished before its time.
func (f *federation) propose() {
	f.what = "a run is proposed"
	over := f.over(f.day())
	x, plan, err := f.sec().ProposeRun(f.t.Context())
	if len(over) == 0 && errors.Is(err, desk.ErrNothing) {
		return
	}
	f.must(err)
	var names []register.RecordID
	months := map[register.RecordID]register.Month{}
	for _, r := range plan.Records {
		names = append(names, r.ID)
		months[r.ID] = f.people[r.ID].month
	}
	most := max(1, (len(f.active)+len(f.closed))*5/100)
	if len(over) <= most && !slices.Equal(names, over) || len(over) > most && len(names) != most || len(plan.Records)+plan.Left != len(over) {
		f.t.Errorf("day %d: a run names %d and leaves %d; the ledger has %d whose month is over, of whom %d may go at once", f.n, len(names), plan.Left, len(over), most)
	}
	for _, id := range names {
		if !slices.Contains(over, id) {
			f.t.Errorf("day %d: a run names a record whose time is not over", f.n)
		}
	}
	f.what = "a run is signed"
	_, err = f.desk(f.another()).SignRun(f.t.Context(), x.ID, func(*desk.OpenedRun) error { return nil })
	f.must(err)
	var unripe *desk.UnripeError
	if _, err := f.sec().FinishRun(f.t.Context(), "", func(int) error { return nil }, nil); !errors.As(err, &unripe) {
		f.t.Errorf("day %d: a run is finished on the day on which it was proposed: %v", f.n, err)
	}
	f.run = &running{id: x.ID, names: names, months: months}
}

// spare lets the secretariat stop the erasure of one of them.
func (f *federation) spare() {
	f.what = "a member is spared"
	id := f.one(f.run.names)
	_, err := f.sec().StopRun(f.t.Context(), id)
	f.must(err)
	f.run.stopped = append(f.run.stopped, id)
}

func (f *federation) finish() {
	f.what = "a run is finished"
	var want, spared []register.RecordID
	for _, id := range f.run.names {
		p := f.people[id]
		if slices.Contains(f.run.stopped, id) || p.gone != "" || p.reason == "" || p.month != f.run.months[id] {
			spared = append(spared, id)
		} else {
			want = append(want, id)
		}
	}
	receipts := 0
	x, err := f.sec().FinishRun(f.t.Context(), f.run.id, func(int) error { return nil }, func(rs []*desk.ErasureReceipt) error { receipts = len(rs); return nil })
	f.must(err)
	if !sameSet(x.IDs, want) || !sameSet(x.Run.Spared, spared) || receipts != len(want) {
		f.t.Errorf("day %d: a run erases %d with %d receipts, and spares %d; want %d and %d", f.n, len(x.IDs), receipts, len(x.Run.Spared), len(want), len(spared))
	}
	if !x.Server {
		f.t.Errorf("day %d: the server has not forgotten what was replaced: %s", f.n, x.Hint)
	}
	for _, id := range want {
		f.erase(id, f.day())
	}
	f.run = nil
	f.did["run"]++
	f.did["run spared"] += len(spared)
	f.did["erased by run"] += len(want)
	f.did["receipt"] += receipts
}

// forget erases one who has left at once, without a run.
func (f *federation) forget(id register.RecordID) {
	if !slices.Contains(f.closed, id) {
		return
	}
	f.what = "one is erased at once"
	x, err := f.sec().EraseFor(f.t.Context(), []register.RecordID{id}, func(rs []*desk.ErasureReceipt) error { f.did["receipt"] += len(rs); return nil })
	f.must(err)
	if !x.Server {
		f.t.Errorf("day %d: the server has not forgotten what was replaced: %s", f.n, x.Hint)
	}
	f.erase(id, f.day())
	f.did["erased alone"]++
}
