package rules

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// D20: an association gives one named person access, by its own board's signature and
// no other's; it cannot give it to a group.
func TestD20ExtraPerson(t *testing.T) {
	w := open(t, "dkf")
	w.ok(w.grant("mette", "egeby", "chair").complete().put())
	w.ok(w.grant("inger", "lindehoej", "chair").complete().put())
	extra := func() *appointment { return w.grant("sofie", "egeby", "extra-person") }
	by := func(who string) *appointment {
		return extra().complete(access.MatterAppointment).signed(who, access.MatterAppointment, access.ActSigned, "board")
	}
	w.refused(by("inger").put(), "grant/signature")
	w.refused(by("sec").put(), "grant/signature")
	w.refused(by("sofie").put(), "grant/attested", "grant/signature")
	waits := w.fork()
	waits.ok(extra().complete(access.MatterAppointment).on(waits).put())
	waits.lacksOnly("sofie", "egeby", "appointment signed board")
	waits.readsIs(false, "sofie", "egeby")
	group := files{"data/egeby/grants/newsletter-group.yaml": by("mette").g.Encode()}
	w.refused(w.commit("sec", group, register.Message("grant", 1, "egeby")), "layout/path")

	w.ok(by("mette").put())
	w.readsIs(true, "sofie", "egeby")
}

// D21: such access says its task, why it needs the data, which, and until when: within
// twelve months.
func TestD21Task(t *testing.T) {
	w := open(t, "dkf")
	w.holder("board", "egeby", 0)
	extra := func(w *world) *appointment { return w.grant("sofie", "egeby", "extra-person") }
	for _, need := range []string{policy.NeedTask, policy.NeedColumns} {
		w.refused(extra(w).complete(need).put(), "grant/needs")
	}
	w.refused(extra(w).complete(policy.NeedUntil).put(), "grant/needs", "grant/term")
	without := w.fork()
	without.ok(extra(without).complete(policy.NeedReason).put())
	without.lacksOnly("sofie", "egeby", "reason")
	without.readsIs(false, "sofie", "egeby")

	until := func(d register.Day) *appointment {
		return extra(w).with(func(g *access.Grant) { g.Until = d }).complete()
	}
	w.refused(extra(w).with(func(g *access.Grant) { g.Task = "whatever" }).complete().put(), "grant/task")
	w.refused(extra(w).with(func(g *access.Grant) { g.Columns = []string{"given", "street"} }).complete().put(), "grant/columns")
	w.refused(until(w.day().AddMonths(12).Add(1)).put(), "grant/term")
	w.ok(until(w.day().AddMonths(12)).put())
	w.readsIs(true, "sofie", "egeby")
}

// D22: it has a reason of its own: without one it gives nothing, and another's cannot
// serve again.
func TestD22Reason(t *testing.T) {
	w := open(t, "dkf")
	first := w.grant("sofie", "egeby", "extra-person").complete()
	w.ok(first.put())
	reason, _ := first.g.Document(policy.NeedReason)
	copied := func(change func(*access.Evidence)) *appointment {
		a := w.grant("emil", "egeby", "extra-person").complete(policy.NeedReason).document(policy.NeedReason)
		change(&a.g.Evidence[len(a.g.Evidence)-1])
		return a
	}
	w.refused(copied(func(e *access.Evidence) { e.Digest = reason.Digest }).put(), "grant/evidence-reused")
	w.refused(w.grant("emil", "egeby", "extra-person").with(func(g *access.Grant) { g.Evidence = []access.Evidence{reason} }).complete(policy.NeedReason).put(), "grant/evidence-reused")
	w.ok(copied(func(*access.Evidence) {}).put())
	w.readsIs(true, "emil", "egeby")
}

// D23: the document lies in the association's own folder.
func TestD23Document(t *testing.T) {
	w := open(t, "dkf")
	w.holder("board", "egeby", 0)
	without := w.fork()
	without.ok(without.grant("sofie", "egeby", "extra-person").complete(policy.NeedDocument).put())
	without.lacksOnly("sofie", "egeby", "document")
	without.readsIs(false, "sofie", "egeby")

	a := w.grant("sofie", "egeby", "extra-person").complete()
	elsewhere := *a
	elsewhere.docs = files{}
	doc, _ := a.g.Document(policy.NeedDocument)
	for path, b := range a.docs {
		if strings.Contains(path, string(doc.ID)) {
			path = register.Path{Kind: register.Evidence, Unit: "lindehoej", ID: doc.ID}.String()
		}
		elsewhere.docs[path] = b
	}
	w.refused(elsewhere.put(), "grant/evidence", "scope/evidence")
	w.ok(a.put())
	w.readsIs(true, "sofie", "egeby")
}

// D24: whoever sends newsletters gets the columns for it and never the records.
func TestD24Newsletter(t *testing.T) {
	w := open(t, "dkf")
	w.holder("board", "egeby", 0)
	person := func(columns ...string) *appointment {
		return w.grant("asta", "egeby", "newsletter-person").with(func(g *access.Grant) { g.Columns = columns }).complete()
	}
	w.refused(person("given", "email", "phone").put(), "grant/columns")
	w.refused(person("given", "street").put(), "grant/columns")
	w.ok(person("given", "family", "email").put())
	if !w.state().InForce(w.state().Units["egeby"].Grants[handle("asta")], w.day()) || !w.state().May(handle("asta"), policy.ActDraw, "egeby", w.day()) {
		t.Error("she may not draw her list")
	}
	w.readsIs(false, "asta", "egeby")
	if w.opens("asta", "egeby") {
		t.Error("her identity opens the keyring")
	}
	for _, f := range w.state().Policy.Fields {
		if r := w.state().FieldRight(handle("asta"), f.Key, "egeby", w.day()); r != policy.Hidden {
			t.Errorf("field %s of a record: %s", f.Key, r)
		}
	}
}

// D25: no task can be approved beforehand: the policy has no word for it.
func TestD25NeverApproved(t *testing.T) {
	task := "columns: [given, family, email]}\n    term"
	for _, key := range []string{"approved", "auto-approve"} {
		refusedBy(t, packFiles(t, "dkf", "access.yaml: "+task+" → "+strings.Replace(task, "}", ", "+key+": true}", 1)), "access.yaml", key)
	}
	for _, o := range open(t, "dkf").state().Policy.Offices {
		if len(o.Tasks) > 0 && len(o.Appointed.By) == 0 {
			t.Errorf("a grant of %q needs nobody's signature", o.ID)
		}
	}
}
