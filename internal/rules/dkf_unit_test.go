package rules

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// D26: with more than 200 members an association may have a second membership officer,
// and never a third; what holds when it has fewer again, the policy says.
func TestD26Threshold(t *testing.T) {
	w := open(t, "dkf")
	w.ok(w.grant("aksel", "egeby", "member-officer").complete().put())
	w.members("egeby", 200)
	w.refused(w.grant("signe", "egeby", "member-officer").complete().put(), "grant/seats")
	last := w.members("egeby", 1)[0]
	w.ok(w.grant("signe", "egeby", "member-officer").complete().put())
	w.readsIs(true, "signe", "egeby")
	w.refused(w.grant("bo", "egeby", "member-officer").complete().put(), "grant/seats")
	p := w.state().Policy
	o, _ := p.Office("member-officer")
	u, _ := p.Unit("egeby")
	if n, _, err := p.MaxSeats(o, policy.Facts{Unit: u, Members: 5000}.Env()); n != 2 || err != nil {
		t.Errorf("with 5000 members: %d, %v", n, err)
	}

	end := w.fork()
	end.ok(end.amend("access.yaml: falling-back: keep → falling-back: end"))
	for _, w := range []*world{w, end} {
		w.ok(w.commit("sec", files{memberPath("egeby", last): nil, closedPath("egeby", w.day().Month(), last): sealed()}, register.Message("close", 1, "egeby")))
	}
	w.ok(w.all())
	w.readsIs(true, "signe", "egeby")
	w.refused(w.grant("bo", "egeby", "member-officer").ends("signe").complete().put(), "grant/seats")
	end.refused(end.all(), "grant/seats")
}

// D27: chair, membership officer, treasurer and single persons reach their own
// association, and nothing of another opens with their identity.
func TestD27OwnAssociation(t *testing.T) {
	w := open(t, "dkf")
	for _, office := range []string{"chair", "member-officer", "treasurer", "extra-person"} {
		w.ok(w.grant(office, "egeby", office).complete().put())
	}
	id := w.members("lindehoej", 1)[0]
	w.members("egeby", 1)
	for _, name := range []string{"chair", "member-officer", "treasurer", "extra-person"} {
		for _, u := range []register.UnitID{"egeby", "lindehoej", "marehalm", district, secretariatUnit} {
			if own := u == "egeby"; w.reads(name, u) != own || w.opens(name, u) != own {
				t.Errorf("%s in %s: listed %v, opens %v", name, u, w.reads(name, u), w.opens(name, u))
			}
		}
		equal(t, w.edit(name, "lindehoej", id), "scope/act")
	}
}

// D29: the pack cannot be taken into use before it is decided within how many days
// drawn lists are destroyed.
func TestD29Period(t *testing.T) {
	const place = "lists.yaml:/destroy-after"
	pack, _ := policy.Pack("dkf")
	all := maps.Clone(decisions["dkf"])
	delete(all, place)
	undecided, problems := policy.Decide(pack, all)
	if problems != nil {
		t.Fatal(problems)
	}
	refusedBy(t, undecided, "lists.yaml", "not decided yet")
	if open := policy.Undecided(undecided); len(open) != 1 || open[0].Key() != place || !strings.Contains(open[0].Says, "30 dage") {
		t.Errorf("undecided: %+v", open)
	}
	p, problems := policy.Load(packFiles(t, "dkf"))
	if problems != nil || p.Lists.DestroyAfter != 30 || !slices.Equal(p.Lists.Attest, []string{"paper", "digital"}) {
		t.Errorf("with 30 days: %v", problems)
	}
}

// D30: no office of a district reads: a policy that says so is refused, and so is a
// grant that would.
func TestD30NoAccess(t *testing.T) {
	scope := "scope: none\n    may: [request]"
	for _, s := range []string{"own", "subtree"} {
		refusedBy(t, packFiles(t, "dkf", "access.yaml: "+scope+" → scope: "+s+"\n    may: [request, read]"), "access.yaml", "which has no access")
	}
	w := open(t, "dkf")
	w.refused(w.grant("karl", district, "chair").complete().put(), "grant/level")
	w.ok(w.grant("karl", district, "district-contact").complete().put())
	for _, u := range w.state().Policy.Units {
		if w.reads("karl", u.ID) || w.opens("karl", u.ID) {
			t.Errorf("a district's contact reads %s", u.ID)
		}
	}
	request := files{register.Path{Kind: register.Request, Unit: district, ID: register.NewRecordID()}.String(): sealed()}
	w.ok(w.propose("karl", request, register.Message("request", 1, district)))
}

// D35: the member secretariat controls all access within every 184 days, is reminded
// 14 days before, and names each grant as kept or ended; while it is late, changes wait.
func TestD35Control(t *testing.T) {
	w := open(t, "dkf")
	w.ok(w.grant("mette", "egeby", "chair").complete().put())
	w.ok(w.grant("inger", "lindehoej", "chair").complete().put())
	w.ok(w.grant("bodil", secretariatUnit, "staff").complete().put())
	last := register.Day("2026-03-02").Add(184)
	w.until(last.Add(-15))
	w.warned(w.all())
	w.until(last.Add(-14))
	w.warned(w.all(), "review/soon")
	w.until(last)
	w.warned(w.all(), "review/soon")

	id := access.GrantID{Unit: "lindehoej", Handle: handle("inger")}
	control := func(w *world, who string, kept, ended []access.GrantID) []string {
		v := &access.Review{Unit: secretariatUnit, Day: w.day(), Kept: kept, Ended: ended}
		fs := files{register.Path{Kind: register.Review, Unit: secretariatUnit, Day: w.day()}.String(): v.Encode()}
		for _, e := range ended {
			fs[register.Path{Kind: register.Grant, Unit: e.Unit, Handle: e.Handle}.String()] = nil
		}
		return named(w.commit(who, fs, register.Message("review", 1, secretariatUnit)).Findings)
	}
	every := w.state().ReviewNames(secretariatUnit)
	if len(every) != 4 {
		t.Fatalf("grants to control: %v", every)
	}
	others := slices.DeleteFunc(slices.Clone(every), func(x access.GrantID) bool { return x == id })

	late := w.fork()
	late.later(1)
	late.refused(late.all(), "review/overdue")
	late.refused(late.grant("aksel", "egeby", "member-officer").complete().put(), "review/overdue")
	equal(t, control(late, "sec", others, nil), "review/grants") // it leaves out one
	late.ok(late.commit("sec", files{register.Path{Kind: register.Grant, Unit: "lindehoej", Handle: handle("inger")}.String(): nil}, register.Message("revoke", 1, "lindehoej")))
	equal(t, control(late, "sec", others, nil))
	late.warned(late.all())
	late.ok(late.grant("aksel", "egeby", "member-officer").complete().put())

	equal(t, control(w.fork(), "bodil", every, nil), "review/by", "sign/secretariat")
	equal(t, control(w, "sec", others, []access.GrantID{id}))
	w.readsIs(false, "inger", "lindehoej")
	w.readsIs(true, "mette", "egeby")
	w.until(last.Add(184))
	w.warned(w.all(), "review/soon")
	w.later(1)
	w.refused(w.all(), "review/overdue")
}

// until lets time pass until a day.
func (w *world) until(d register.Day) {
	for w.day() < d {
		w.later(1)
	}
}

// D36: the district stands between secretariat and association, and access passes it
// by: it is the same as if there were no district.
func TestD36PassedBy(t *testing.T) {
	between := open(t, "dkf")
	flat := open(t, "dkf",
		"organisation.yaml: {id: association, under: district → {id: association, under: secretariat",
		"organisation.yaml: name: Egeby, under: fjordkredsen → name: Egeby, under: sekretariatet",
		"organisation.yaml: name: Lindehøj, under: fjordkredsen → name: Lindehøj, under: sekretariatet",
		"organisation.yaml: name: Marehalm, under: klitkredsen → name: Marehalm, under: sekretariatet")
	for _, w := range []*world{between, flat} {
		w.ok(w.grant("mette", "egeby", "chair").complete().put())
		w.ok(w.grant("bodil", secretariatUnit, "staff").complete().put())
		w.ok(w.grant("karl", district, "district-contact").complete().put())
		for name, reads := range map[string]bool{"sec": true, "bodil": true, "mette": true, "karl": false} {
			w.readsIs(reads, name, "egeby")
		}
		w.readsIs(false, "mette", district)
	}
	if a, b := between.state().Readers("egeby", between.day()), flat.state().Readers("egeby", flat.day()); !slices.Equal(a, b) {
		t.Errorf("readers with a district between: %v, without: %v", a, b)
	}
}
