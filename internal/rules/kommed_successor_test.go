package rules

import (
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
)

// K20: the commit in which a successor's agreement and minutes are both there ends
// her predecessor's grant and seals the branch's keyring anew; both cannot stay.
func TestK20Successor(t *testing.T) {
	w := kommed(t)
	w.ok(w.admin("ylva", "motala").complete().put())
	w.refused(w.admin("rut", "motala").complete().put(), "grant/seats")

	serial := w.state().Units["motala"].Keyring.Serial
	w.ok(w.admin("rut", "motala").ends("ylva").complete().put())
	w.readsIs(false, "ylva", "motala")
	w.readsIs(true, "rut", "motala")
	if w.state().Units["motala"].Keyring.Serial != serial+1 {
		t.Error("the keyring was not sealed anew")
	}
	if w.opens("ylva", "motala") || !w.opens("rut", "motala") {
		t.Error("the keyring opens with the predecessor's identity, or not with the successor's")
	}
}

// K21: while only the minutes have come the appointment waits for the agreement, and
// the predecessor keeps her access; so it is the other way round.
func TestK21BothReceived(t *testing.T) {
	w := kommed(t)
	w.ok(w.admin("ylva", "motala").complete().put())
	for _, missing := range []string{"agreement", "minutes"} {
		w := w.fork()
		w.ok(w.admin("rut", "motala").complete(missing).put())
		w.lacksOnly("rut", "motala", missing)
		w.readsIs(true, "ylva", "motala")
		w.readsIs(false, "rut", "motala")
	}

	a := w.admin("rut", "motala").with(lists("rut")).complete("agreement")
	w.ok(a.put())
	w.later(3)
	a.document("agreement").signed("rut", "agreement", access.ActSigned, policy.Appointee).
		signed(board, "agreement", access.ActSigned, "branch").signed("sec", "agreement", access.ActSigned, "national")
	w.refused(a.put(), "grant/names", "grant/seats") // both at once
	w.ok(a.ends("ylva").put())
	w.readsIs(false, "ylva", "motala")
	w.readsIs(true, "rut", "motala")
}

// lists lets a grant name these and nobody else.
func lists(names ...string) func(*access.Grant) {
	return func(g *access.Grant) {
		for _, n := range names {
			g.Names = append(g.Names, handle(n))
		}
		slices.Sort(g.Names)
	}
}

// K22: each new agreement lists everybody with access; whoever is not listed loses it
// in the same commit.
func TestK22ListsEveryone(t *testing.T) {
	w := kommed(t)
	more := func(g *access.Grant) { g.Exception, g.Until = "more-than-one", g.From.AddMonths(6) }
	w.ok(w.admin("ylva", "motala").complete().put())
	w.ok(w.admin("rut", "motala").with(more).complete().put())
	w.later(1)

	successor := func(names ...string) *appointment { return w.admin("frej", "motala").with(lists(names...)) }
	w.refused(successor("frej").ends("ylva").complete().put(), "grant/names")                // rut keeps access, unlisted
	w.refused(successor("frej", "ylva", "rut").ends("ylva").complete().put(), "grant/names") // ylva is listed and goes
	w.refused(successor("rut").ends("ylva").complete().put(), "grant/names")                 // it does not list frej

	kept := w.fork()
	kept.ok(kept.admin("frej", "motala").with(lists("frej", "rut")).ends("ylva").complete().put())
	kept.readsIs(true, "rut", "motala")
	w.ok(successor("frej").ends("ylva", "rut").complete().put())
	w.readsIs(true, "frej", "motala")
	w.readsIs(false, "rut", "motala")
	w.readsIs(false, "ylva", "motala")
}
