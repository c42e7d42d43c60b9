package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// list is the receipt of a list that an officer draws today of one unit for
// herself, to be destroyed after some days.
func (w *world) list(by string, u register.UnitID, purpose string, days int, columns ...string) *access.Draw {
	return &access.Draw{Unit: u, Day: w.day().Add(days), ID: register.NewRecordID(), Purpose: purpose, Drawn: w.day(), By: handle(by), For: handle(by),
		Units: []register.UnitID{u}, Columns: columns, Count: 1, Form: access.FormList, Format: access.FormatXLSX, Main: w.head.String()}
}

// drawing is what is said of a receipt with its sealed list, as a proposal of an
// officer or, of sec, as an act of the secretariat; that one stays on main.
func (w *world) drawing(by string, d *access.Draw) *check.Report {
	w.t.Helper()
	b, err := seal.SealEvidence(seal.NewKey(), []byte("medlem: 1\n"))
	w.must(err)
	fs := files{d.Path().String(): d.Encode(), d.ListPath().String(): b}
	if by == "sec" {
		return w.commit("sec", fs, register.Message("draw", 1, d.Unit))
	}
	return w.propose(by, fs, register.Message("draw", 1, d.Unit))
}

// attested is what is said of a receipt on which sec attests that parts are gone.
func (w *world) attested(d *access.Draw, parts ...string) *check.Report {
	w.t.Helper()
	for _, p := range parts {
		d.Destroyed = append(d.Destroyed, access.Destruction{Part: p, Day: w.day(), Handle: handle("sec")})
	}
	return w.commit("sec", files{d.Path().String(): d.Encode()}, register.Message("attest", 1, d.Unit))
}

// D10: a hand-out has a day by which it is destroyed, within the policy's period;
// one without such a day, or with a later one, is refused.
func TestD10HandOutHasItsDay(t *testing.T) {
	w := open(t, "dkf")
	w.members("egeby", 1)
	handOut := func(days int) *access.Draw {
		d := w.list("sec", "egeby", "newsletter", days, "given", "family", "email")
		d.For, d.HandOut = "", "minister"
		return d
	}
	d := handOut(30)
	none := files{"data/egeby/draws/" + string(d.ID) + ".yaml": d.Encode(), d.ListPath().String(): sealed()}
	w.refused(w.commit("sec", none, register.Message("draw", 1, "egeby")), "layout/path", "draw/pair")
	w.refused(w.drawing("sec", handOut(31)), "draw/until")
	w.ok(w.drawing("sec", handOut(30)))

	// A shorter period for hand-outs binds them alone.
	short := open(t, "dkf", "lists.yaml: hand-outs:\n → hand-outs:\n  days: 7\n")
	short.members("egeby", 1)
	d = short.list("sec", "egeby", "newsletter", 8, "given")
	d.For, d.HandOut = "", "employee"
	short.refused(short.drawing("sec", d), "draw/until")
	short.ok(short.drawing("sec", short.list("sec", "egeby", "newsletter", 8, "given")))
}

// D24: whoever sends newsletters gets a list with the columns of her task, and none
// with more.
func TestD24NewsletterList(t *testing.T) {
	w := open(t, "dkf")
	w.members("egeby", 1)
	w.ok(w.grant("mette", "egeby", "chair").complete().put())
	w.ok(w.grant("asta", "egeby", "newsletter-person").with(func(g *access.Grant) { g.Columns = []string{"given", "email"} }).complete().put())
	to := func(purpose string, columns ...string) *access.Draw {
		d := w.list("mette", "egeby", purpose, 30, columns...)
		d.For = handle("asta")
		return d
	}
	w.ok(w.drawing("mette", to("newsletter", "given", "email")))
	w.refused(w.drawing("mette", to("newsletter", "given", "family", "email")), "draw/receiver")
	w.refused(w.drawing("mette", to("invitation", "given", "street")), "draw/receiver")
}

// D29: a list of which nobody has said within 30 days that it is destroyed, on paper
// and in files, fails the check of its unit on day 31. (That no pack is taken into use
// before the days are decided: TestD29Period.)
func TestD29Overdue(t *testing.T) {
	w := open(t, "dkf")
	w.members("egeby", 1)
	w.refused(w.drawing("sec", w.list("sec", "egeby", "newsletter", 31, "given", "email")), "draw/until")
	d := w.list("sec", "egeby", "newsletter", 30, "given", "email")
	d.Copies = 2
	w.ok(w.drawing("sec", d))
	w.later(30)
	w.ok(w.all())
	w.later(1)
	late := w.all()
	w.refused(late, "retention/draw")
	if f := late.Findings[0]; f.Unit != "egeby" || !strings.Contains(f.Message, "paper, digital") {
		t.Errorf("unit %q: %s", f.Unit, f.Message)
	}
	w.ok(w.attested(d, access.PartDigital))
	w.refused(w.all(), "retention/draw") // the paper is still there
	d.Destroyed = d.Destroyed[:1]
	w.ok(w.attested(d, access.PartPaper))
	w.ok(w.all())
}

// N45: columns beyond those of the purpose are told in the receipt, as the policy
// wants a reason for them; a policy that does not, lets nobody take them. (That the
// reason is there is seen where the sealed list is opened.)
func TestN45Columns(t *testing.T) {
	w := county(t)
	w.members("akershus", 1)
	more := func(w *world, beyond ...string) *access.Draw {
		d := w.list("ingrid", "akershus", "phone-round", 7, "given", "family", "phone", "email")
		d.Beyond = beyond
		return d
	}
	w.refused(w.drawing("ingrid", more(w)), "draw/columns")
	w.ok(w.drawing("ingrid", more(w, "email")))
	w.refused(w.drawing("ingrid", more(w, "email", "phone")), "draw/form") // in another order than they stand
	w.ok(w.drawing("ingrid", w.list("ingrid", "akershus", "phone-round", 7, "phone", "given")))

	strict := county(t, "lists.yaml: other-columns: reason → other-columns: refuse")
	strict.members("akershus", 1)
	strict.refused(strict.drawing("ingrid", more(strict, "email")), "draw/columns")
	strict.refused(strict.drawing("ingrid", more(strict)), "draw/columns")

	// For a branch or a county: as far as her office reaches.
	units := w.state().Policy.Units
	i := slices.IndexFunc(units, func(u policy.Unit) bool { return u.Under == "akershus" })
	d := w.list("ingrid", units[i].ID, "mailing", 7, "given", "email")
	d.Count = 0
	w.ok(w.drawing("ingrid", d))
	elsewhere := slices.IndexFunc(units, func(u policy.Unit) bool { return u.Level == "county" && u.ID != "akershus" })
	d = w.list("ingrid", units[elsewhere].ID, "mailing", 7, "given", "email")
	d.Count = 0
	w.refused(w.drawing("ingrid", d), "draw/by", "draw/columns", "draw/receiver")
}
