package desk_test

import (
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

// ATTACK: a statement of an erasure is made by a changed program: it leaves out who could
// still open the record, speaks of a main that suits it, or is signed when the signer's
// access was over, as of a main on which it was not. None of it is taken for true. Honest
// twin: a statement that was true when it was signed stays true, whatever comes later.
func TestStatementsThatLie(t *testing.T) {
	o := newOffice(t)
	id := o.crowd("asker", 1)[0]
	o.join("kari", "asker", "member-officer")
	o.do("sec", func(d *desk.Desk) error {
		if _, _, err := d.CloseMember(ctx, id, "left", true); err != nil {
			return err
		}
		_, err := d.Erase(ctx, []register.RecordID{id})
		return err
	})
	o.sync("kari")
	state := func(change ...func(*access.ErasureStatement)) (x *access.ErasureStatement) {
		o.do("kari", func(d *desk.Desk) (err error) {
			x, err = d.StateErasure(id)
			return err
		})
		for _, f := range change {
			f(x)
		}
		return x
	}
	holds := func(what string, x *access.ErasureStatement, want ...desk.ErasureFault) {
		t.Helper()
		o.do("sec", func(d *desk.Desk) error {
			c, err := d.CheckErasure(x, o.ids["kari"].Signer().PublicKey().Marshal())
			if err == nil && !slices.Equal(c.Faults, want) {
				t.Errorf("%s: %v, want %v", what, c.Faults, want)
			}
			return err
		})
	}
	honest := state()
	if len(honest.Waiting) < 3 {
		t.Fatalf("waiting for %v", honest.Waiting)
	}
	holds("honest", honest)
	holds("nobody waits", state(func(x *access.ErasureStatement) { x.Waiting = nil }), desk.FaultWaiting)
	holds("one is left out", state(func(x *access.ErasureStatement) { x.Waiting = x.Waiting[1:] }), desk.FaultWaiting)
	holds("before the erasure", state(func(x *access.ErasureStatement) { x.Main = x.Genesis }), desk.FaultMain)
	holds("before there was a register", state(func(x *access.ErasureStatement) { x.Issued = "2026-01-01" }), desk.FaultSigner)

	o.day(3)
	o.crowd("asker", 1)
	o.day(1)
	holds("a day late", state())
	o.day(3)
	holds("of an old main", state(), desk.FaultOld)
	o.sync("kari")
	holds("of the newest", state())

	last := state()
	o.day(1)
	o.do("sec", func(d *desk.Desk) error { return d.Revoke(ctx, "asker", o.ids["kari"].Handle()) })
	last.Issued = register.DayOf(o.now)
	holds("signed when her access was over", last, desk.FaultSigner)
	last.Issued = last.Issued.Add(10)
	holds("signed long after", last, desk.FaultSigner, desk.FaultOld)
	holds("honest, later", honest)
}
