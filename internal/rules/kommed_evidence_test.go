package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
)

// K11: she, the branch and the national organisation have all signed the agreement,
// in any order; without one of them she has no access, and nobody signs for another.
func TestK11ThreeSigners(t *testing.T) {
	w := kommed(t)
	branch := w.holder("branch", "motala", 0)
	w.holder("branch", "motala", 1)
	elsewhere := w.holder("branch", "lulea", 0)
	who := map[string]string{policy.Appointee: "ylva", "branch": branch, "national": "sec"}
	made := func(signers ...string) *appointment {
		a := w.admin("ylva", "motala").complete("agreement").document("agreement")
		for _, s := range signers {
			a.signed(who[s], "agreement", access.ActSigned, s)
		}
		return a
	}
	for _, missing := range []string{policy.Appointee, "branch", "national"} {
		w := w.fork() // every signature but one
		w.ok(made(slices.DeleteFunc([]string{policy.Appointee, "branch", "national"}, func(s string) bool { return s == missing })...).on(w).put())
		w.lacksOnly("ylva", "motala", "agreement signed "+missing)
		w.readsIs(false, "ylva", "motala")
	}
	w.refused(made(policy.Appointee, "national").signed(elsewhere, "agreement", access.ActSigned, "branch").put(), "grant/signature")
	w.refused(made(policy.Appointee, "branch").signed(branch, "agreement", access.ActSigned, "national").put(), "grant/signature")
	w.refused(made("branch", "national").signed("sec", "agreement", access.ActSigned, policy.Appointee).put(), "grant/signature")
	changed := made(policy.Appointee, "branch", "national").with(func(g *access.Grant) { g.Until = g.From.AddMonths(1) })
	w.refused(changed.put(), "grant/signature")

	w.ok(made("national", policy.Appointee, "branch").put())
	w.readsIs(true, "ylva", "motala")
}

// K12: the extract of the minutes is signed, and attested by somebody who neither
// signed it nor is appointed; it lies sealed in the branch, and the grant has its
// digest.
func TestK12Minutes(t *testing.T) {
	w := kommed(t)
	first, second := w.holder("branch", "motala", 0), w.holder("branch", "motala", 1)
	w.ok(w.grant("tor", "national", "national-office").put())
	made := func(name string) *appointment {
		return w.admin(name, "motala").complete("minutes").document("minutes").signed(first, "minutes", access.ActSigned, "branch")
	}
	attested := func(a *appointment, by, as string) *appointment {
		return a.signed(by, "minutes", access.ActAttested, as)
	}
	w.refused(attested(made("ylva"), first, "branch").put(), "grant/attested")
	w.refused(attested(made("tor"), "tor", "national").put(), "grant/attested")
	w.refused(attested(made("ylva"), w.holder("branch", "lulea", 0), "branch").put(), "grant/signature")

	a := attested(made("ylva"), second, "branch")
	bare := *a
	bare.docs = files{}
	w.refused(bare.put(), "grant/evidence")
	other, open := *a, *a
	other.docs, open.docs = files{}, files{}
	minutes, _ := a.g.Document("minutes")
	for path, b := range a.docs {
		other.docs[path], open.docs[path] = sealed(), b
		if strings.Contains(path, string(minutes.ID)) {
			open.docs[path] = []byte("The board chose Ylva.\n")
		}
	}
	w.refused(other.put(), "grant/evidence") // other documents than those signed
	w.refused(open.put(), "grant/evidence", "seal/not-age")

	pending := w.fork()
	pending.ok(made("ylva").on(pending).put())
	pending.lacksOnly("ylva", "motala", "minutes attested branch or national")
	pending.readsIs(false, "ylva", "motala")

	w.ok(a.put())
	w.readsIs(true, "ylva", "motala")
	w.ok(attested(w.admin("rut", "lulea").complete("minutes").document("minutes").
		signed(w.holder("branch", "lulea", 0), "minutes", access.ActSigned, "branch"), "sec", "national").put())
	w.readsIs(true, "rut", "lulea")
}

// K13: her assignment runs until a successor is chosen: after three years she still
// has access, and stands in the control.
func TestK13UntilSuccessor(t *testing.T) {
	w := kommed(t)
	w.ok(w.admin("ylva", "motala").complete().put())
	w.later(3*365 + 1)
	w.members("motala", 1) // the keyring is sealed anew
	w.readsIs(true, "ylva", "motala")
	w.refused(w.all(), "review/overdue")
	if !slices.Contains(w.state().ReviewNames("motala"), access.GrantID{Unit: "motala", Handle: handle("ylva")}) {
		t.Error("the control does not name her")
	}
}
