package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/subject"
)

// What the tests decide where DKF's procedure is silent.
func init() {
	decisions["dkf"] = map[string]string{
		"retention.yaml:/kinds/0/keep":              "24",
		"retention.yaml:/kinds/1/keep":              "24",
		"retention.yaml:/kinds/2/keep":              "24",
		"retention.yaml:/kinds/3/keep":              "24",
		"organisation.yaml:/name":                   "Partiet Prøve",
		"organisation.yaml:/contact":                "medlem@prove.example",
		"organisation.yaml:/controller":             "secretariat",
		"organisation.yaml:/sensitivity":            "politics",
		"access.yaml:/offices/0/seats/max":          "6",
		"access.yaml:/offices/1/seats/max":          "20",
		"access.yaml:/offices/2/seats/max":          "4",
		"access.yaml:/offices/4/seats/falling-back": "keep",
		"access.yaml:/offices/6/tasks":              "[{id: call-round, name: {da: Ringe til medlemmerne}, columns: [given, family, phone]}]",
		"access.yaml:/offices/6/seats/max":          "10",
		"access.yaml:/offices/7/seats/max":          "10",
		"fields.yaml:/legal-bases/0/name":           "{da: Aftalen om medlemskab}",
		"fields.yaml:/categories/0/special":         "true",
		"retention.yaml:/reasons/0/keep":            "0",
		"retention.yaml:/reasons/1/keep":            "0",
		"retention.yaml:/reasons/2/keep":            "0",
		"lists.yaml:/destroy-after":                 "30",
		"lists.yaml:/small-counts":                  "5",
		"lists.yaml:/hand-outs/approved-by":         "[member-secretariat]",
		"review.yaml:/access/since":                 "2026-03-02",
		"review.yaml:/procedures/0/version":         `"1.0"`,
	}
}

const (
	secretariatUnit = "sekretariatet"
	district        = "fjordkredsen"
)

// refusedBy fails unless Load refuses the policy, at a line of the file that says so.
func refusedBy(t testing.TB, fs map[string][]byte, file, says string) {
	t.Helper()
	_, problems := policy.Load(fs)
	if !slices.ContainsFunc(problems, func(p policy.Problem) bool { return p.File == file && p.Line > 0 && strings.Contains(p.Msg, says) }) {
		t.Errorf("problems %v, want one of %s that says %q", problems, file, says)
	}
}

// D02: a member is in one place: the same record cannot be in two associations.
func TestD02OnePlace(t *testing.T) {
	w := open(t, "dkf")
	id := w.members("egeby", 1)[0]
	twin := files{memberPath("lindehoej", id): sealed()}
	w.refused(w.commit("sec", twin, register.Message("add", 1, "lindehoej")), "scope/id")
	w.head = w.write("sec", w.withKeyrings(w.tree(w.treeOf(w.head), twin), w.state()), register.Message("add", 1, "lindehoej"), w.head)
	w.refused(w.all(), "scope/place")
}

// D05: who has access can be listed from the register alone, without a key, and is
// exactly who can open it.
func TestD05AccessList(t *testing.T) {
	w := open(t, "dkf")
	w.ok(w.grant("mette", "egeby", "chair").complete().put())
	w.ok(w.grant("aksel", "egeby", "member-officer").complete().put())
	w.ok(w.grant("inger", "lindehoej", "treasurer").complete().put())
	w.ok(w.grant("bodil", secretariatUnit, "staff").complete().put())
	w.ok(w.grant("karl", district, "district-contact").complete().put())
	w.ok(w.grant("sofie", "egeby", "extra-person").complete().put())
	w.ok(w.grant("emil", "egeby", "extra-person").complete(access.MatterAppointment).put()) // waits
	w.ok(w.grant("asta", "egeby", "newsletter-person").complete().put())
	want := map[register.UnitID][]string{
		secretariatUnit: {"sec", "bodil"},
		district:        {"sec", "bodil"},
		"egeby":         {"sec", "bodil", "mette", "aksel", "sofie"},
		"lindehoej":     {"sec", "bodil", "inger"},
		"marehalm":      {"sec", "bodil"},
	}
	for u, names := range want {
		for _, name := range []string{"sec", "mette", "aksel", "inger", "bodil", "karl", "sofie", "emil", "asta"} {
			has := slices.Contains(names, name)
			if w.reads(name, u) != has || w.opens(name, u) != has {
				t.Errorf("%s in %s: listed %v, opens %v, want %v", name, u, w.reads(name, u), w.opens(name, u), has)
			}
		}
	}
	g := w.state().Grants(handle("bodil"), w.day())
	if len(g) != 1 || g[0].Office != "staff" || g[0].Position != "it" || g[0].Purpose == "" || g[0].From == "" {
		t.Errorf("what is listed of bodil: %+v", g)
	}
}

// D06: staff have access for a purpose that the policy names, and for no other.
func TestD06Purpose(t *testing.T) {
	w := open(t, "dkf")
	staff := func() *appointment { return w.grant("bodil", secretariatUnit, "staff") }
	w.refused(staff().complete(policy.NeedPurpose).put(), "grant/needs")
	w.refused(staff().with(func(g *access.Grant) { g.Purpose = "curiosity" }).complete().put(), "grant/purpose")
	w.ok(staff().complete().put())
	w.readsIs(true, "bodil", "egeby")
}

// D06: who could read a member is told with the purpose of each access; one that was
// given for another purpose afterwards is another.
func TestD06Readers(t *testing.T) {
	w := open(t, "dkf")
	staff, _ := w.state().Policy.Office("staff")
	if len(staff.Purposes) < 2 {
		t.Fatal("one purpose only")
	}
	id := w.members("egeby", 1)[0]
	first, second := staff.Purposes[0].ID, staff.Purposes[1].ID
	w.ok(w.grant("bodil", secretariatUnit, "staff").complete().put())
	w.later(3)
	w.ok(w.grant("bodil", secretariatUnit, "staff").with(func(g *access.Grant) { g.Purpose = second }).complete().put())
	past, err := subject.Follow(w.repo, w.head)
	w.must(err)
	why := map[string]bool{} // still
	for _, x := range past.Readers(id, w.day()) {
		if x.Office == "staff" {
			why[x.Why] = x.To == ""
		} else if x.Why != "" {
			t.Errorf("%s for %q", x.Office, x.Why)
		}
	}
	if still, ok := why[first]; len(why) != 2 || !why[second] || !ok || still {
		t.Errorf("purposes of staff, and whether still: %v", why)
	}
}

// D07: only positions with IT or member service carry access; who leaves such a
// position loses it in the same commit.
func TestD07Positions(t *testing.T) {
	w := open(t, "dkf")
	as := func(position string) *appointment {
		return w.grant("bodil", secretariatUnit, "staff").with(func(g *access.Grant) { g.Position = position }).complete()
	}
	w.refused(as("press").put(), "grant/position")
	w.refused(w.grant("bodil", secretariatUnit, "staff").complete(policy.NeedPosition).put(), "grant/needs")
	for _, position := range []string{"it", "member-service"} {
		w := w.fork()
		w.ok(as(position).on(w).put())
		w.readsIs(true, "bodil", "egeby")
	}
	it := as("it")
	w.ok(it.put())
	w.refused(as("press").put(), "grant/position")
	w.ok(w.commit("sec", files{it.path(): nil}, register.Message("revoke", 1, secretariatUnit)))
	w.readsIs(false, "bodil", "egeby")
	if w.opens("bodil", "egeby") {
		t.Error("the keyring still opens with her identity")
	}
}

// D08: an office that rests on no statute is refused, and so is one on a statute that
// there is not.
func TestD08Statutes(t *testing.T) {
	office := "scope: own\n    may: [read, request, draw]\n    statute: statutes\n"
	refusedBy(t, packFiles(t, "dkf", "access.yaml: "+office+" → "+strings.ReplaceAll(office, "    statute: statutes\n", "")), "access.yaml", "rests on no statute")
	refusedBy(t, packFiles(t, "dkf", "access.yaml: statute: statutes → statute: habit"), "access.yaml", `unknown statute "habit"`)
	open(t, "dkf")
}

// D11: no officer of an association ends a membership; the secretariat does.
func TestD11Closing(t *testing.T) {
	w := open(t, "dkf")
	id := w.members("egeby", 1)[0]
	for i, office := range []string{"chair", "member-officer", "treasurer", "extra-person"} {
		name := fmt.Sprint("egeby-", i)
		w.ok(w.grant(name, "egeby", office).complete().put())
		equal(t, w.closing(name, "egeby", id), "scope/act")
	}
	w.refused(w.propose("egeby-0", files{memberPath("egeby", id): nil}, register.Message("close", 1, "egeby")), "scope/gone")
	closed := files{memberPath("egeby", id): nil, closedPath("egeby", w.day().Month(), id): sealed()}
	w.ok(w.commit("sec", closed, register.Message("close", 1, "egeby")))
}

// D18: three posts of an association's board give access; no other post does.
func TestD18ThreePosts(t *testing.T) {
	w := open(t, "dkf")
	for _, office := range []string{"chair", "member-officer", "treasurer"} {
		w.ok(w.grant(office, "egeby", office).complete().put())
		w.readsIs(true, office, "egeby")
	}
	for _, office := range []string{"deputy-chair", "secretary"} {
		w.refused(w.grant(office, "egeby", office).put(), "grant/office")
	}
	var posts []string
	for _, o := range w.state().Policy.Offices {
		if o.Level == "association" && o.Can(policy.ActRead) && len(o.Tasks) == 0 {
			posts = append(posts, o.ID)
		}
	}
	if !slices.Equal(posts, []string{"chair", "member-officer", "treasurer"}) {
		t.Errorf("posts with access: %q", posts)
	}
}

// D19: access ends with the post: when its last day has passed the keyring must be
// sealed to the others, and nothing goes through in the association before it is.
func TestD19EndsWithThePost(t *testing.T) {
	w := open(t, "dkf")
	w.ok(w.grant("mette", "egeby", "chair").with(func(g *access.Grant) { g.Until = w.day().Add(10) }).complete().put())
	w.later(10)
	w.readsIs(true, "mette", "egeby")
	w.ok(w.all())
	w.later(1)
	w.refused(w.all(), "reader/readers")

	change := files{memberPath("egeby", register.NewRecordID()): sealed()}
	unsealed := w.write("sec", w.tree(w.treeOf(w.head), change), register.Message("add", 1, "egeby"), w.head)
	w.refused(w.direct(unsealed), "reader/readers", "reader/unchanged")
	w.ok(w.commit("sec", change, register.Message("add", 1, "egeby")))
	w.readsIs(false, "mette", "egeby")
	if w.opens("mette", "egeby") {
		t.Error("the keyring still opens with her identity")
	}
}
