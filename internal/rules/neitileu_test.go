package rules

import (
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// What the tests decide where Nei til EU's procedure is silent.
func init() {
	decisions["neitileu"] = map[string]string{
		"retention.yaml:/kinds/0/keep":                "24",
		"retention.yaml:/kinds/1/keep":                "24",
		"retention.yaml:/kinds/2/keep":                "24",
		"retention.yaml:/kinds/3/keep":                "60",
		"organisation.yaml:/controller":               "national",
		"organisation.yaml:/sensitivity":              "politics",
		"access.yaml:/offices/0/seats/max":            "4",
		"access.yaml:/offices/1/guide/version":        `"1.0"`,
		"access.yaml:/offices/2/seats/max":            "3",
		"access.yaml:/offices/3/seats/max":            "2",
		"fields.yaml:/legal-bases/0/name":             "{nb: Avtalen om medlemskap}",
		"retention.yaml:/reasons/0/keep":              "3",
		"retention.yaml:/reasons/1/keep":              "1",
		"retention.yaml:/reasons/2/keep":              "6",
		"retention.yaml:/reasons/3/keep":              "0",
		"lists.yaml:/destroy-after":                   "7",
		"sendings.yaml:/confirm-every":                "12",
		"sendings.yaml:/plan-window":                  "7",
		"sendings.yaml:/email/attachments/kilobytes":  "100",
		"sendings.yaml:/email/attachments/recipients": "20",
		"sendings.yaml:/sms/per-month":                "3",
		"dues.yaml:/new-member-days":                  "5",
		"dues.yaml:/lapse/clock":                      "claims",
	}
}

const countyUser = "county-user"

// county makes a register under the pack in which ingrid is the county user of
// Akershus.
func county(t *testing.T, edits ...string) *world {
	t.Helper()
	w := open(t, "neitileu", edits...)
	w.ok(w.grant("ingrid", "akershus", countyUser).complete().put())
	return w
}

// N02: for each kind of work a level answers. One that is left out, or that the
// organisation does not have, is no policy.
func TestN02Responsible(t *testing.T) {
	w := open(t, "neitileu")
	p := w.state().Policy
	for _, area := range policy.Areas {
		if !slices.ContainsFunc(p.Levels, func(l policy.Level) bool { return l.ID == p.Responsible[area] }) {
			t.Errorf("nobody answers for %s", area)
		}
		line := "  " + area + ": " + p.Responsible[area] + "\n"
		for _, instead := range []string{"", "  " + area + ": everybody\n"} {
			change, message := w.ruleChange("access.yaml: " + line + " → " + instead)
			w.refused(w.propose("sec", change, message), "policy/malformed")
		}
	}
}

// N03: there is one register. A county's change of an address is in it when it is
// merged, and a copy of the county's own is accepted nowhere.
func TestN03OneRegister(t *testing.T) {
	w := county(t)
	id := w.members("asker", 1)[0]
	message := register.WithFields(register.Message("edit", 1, "asker"), []string{"street"})
	before := w.file(w.head, memberPath("asker", id))
	w.ok(w.merge("sec", "ingrid", files{memberPath("asker", id): sealed()}, message))
	if string(w.file(w.head, memberPath("asker", id))) == string(before) || !w.opens("sec", "asker") {
		t.Error("the change is not in the central register")
	}
	add := register.WithFields(register.Message("add", 1, "akershus"), []string{"street"})
	w.ok(w.propose("ingrid", files{memberPath("akershus", register.NewRecordID()): sealed()}, add))
	w.refused(w.propose("ingrid", files{memberPath("akershus", id): sealed()}, add), "scope/id") // the same member again
	for _, path := range []string{"data/akershus/medlemsliste.age", "data/akershus/lister/" + string(id) + ".yaml.age", "akershus/members/" + string(id) + ".yaml.age"} {
		w.refused(w.propose("ingrid", files{path: sealed()}, register.Message("add", 1, "akershus")), "layout/path")
	}
}

// N11: the secretariat collects dues. A county writes nothing about them, and cannot
// be made to collect without being given that act.
func TestN11Dues(t *testing.T) {
	w := county(t)
	id := w.members("asker", 1)[0]
	equal(t, w.edits("ingrid", "asker", id, "paid"), "scope/field")
	equal(t, w.edits("ingrid", "asker", id, "phone"))
	dues := files{"data/asker/dues/2026/" + string(id) + ".yaml.age": sealed()}
	w.refused(w.propose("ingrid", dues, register.Message(register.VerbDues, 1, "asker")), "dues/act")
	for name, want := range map[string]bool{"sec": true, "ingrid": false} {
		if got := w.state().May(handle(name), policy.ActDues, "asker", w.day()); got != want {
			t.Errorf("%s may collect dues: %v", name, got)
		}
	}
	change, message := w.ruleChange("dues.yaml: collected-by: national → collected-by: county")
	w.refused(w.propose("sec", change, message), "policy/malformed")
}

// N12: a county changes its fields, and no other; the secretariat changes all.
func TestN12SecretariatsFields(t *testing.T) {
	w := county(t)
	id := w.members("asker", 1)[0]
	counted := map[policy.Right]int{}
	for _, f := range w.state().Policy.Fields {
		right := w.state().FieldRight(handle("ingrid"), f.Key, "asker", w.day())
		counted[right]++
		if right == policy.Edit {
			equal(t, w.edits("ingrid", "asker", id, f.Key))
		} else {
			equal(t, w.edits("ingrid", "asker", id, f.Key), "scope/field")
		}
		equal(t, w.edits("sec", "asker", id, f.Key))
	}
	if counted[policy.Read] != 2 || counted[policy.Hidden] != 0 {
		t.Errorf("rights %v", counted)
	}
	equal(t, w.closing("ingrid", "asker", id), "scope/act")
}

// N28: a county's user reads and changes her own county's members; those of another
// county she neither changes nor can open.
func TestN28OwnCounty(t *testing.T) {
	w := county(t)
	for u, own := range map[register.UnitID]bool{"akershus": true, "asker": true, "nesodden": true, "troms": false, "senja": false, "national": false} {
		id := w.members(u, 1)[0]
		w.readsIs(own, "ingrid", u)
		if w.opens("ingrid", u) != own {
			t.Errorf("her identity opens %s: %v", u, !own)
		}
		if own {
			equal(t, w.edits("ingrid", u, id, "street"))
		} else {
			equal(t, w.edits("ingrid", u, id, "street"), "scope/act", "scope/field")
		}
	}
}

// N29: the county's board names one or two. A third is refused, and so is whoever
// another county's board has named.
func TestN29OneOrTwo(t *testing.T) {
	w := county(t)
	another := w.holder("county-board", "troms", 0)
	made := func(name string) *appointment {
		return w.grant(name, "akershus", countyUser).complete(access.MatterAppointment)
	}
	foreign := made("lars").signed(another, access.MatterAppointment, access.ActSigned, "county-board")
	w.refused(foreign.put(), "grant/signature")
	w.ok(w.grant("lars", "akershus", countyUser).complete().put())
	w.refused(w.grant("siri", "akershus", countyUser).complete().put(), "grant/seats")
	w.ok(w.grant("siri", "troms", countyUser).complete().put())

	unsigned := county(t)
	unsigned.ok(unsigned.grant("lars", "akershus", countyUser).complete(access.MatterAppointment).put())
	unsigned.lacksOnly("lars", "akershus", "appointment signed county-board")
	unsigned.readsIs(false, "lars", "akershus")
}

// N31: the board asks, the secretariat makes the user. Nobody makes herself one, nor
// does one county user make another.
func TestN31NotByHerself(t *testing.T) {
	w := county(t)
	board := w.holder("county-board", "troms", 0)
	a := w.grant("lars", "troms", countyUser).complete()
	message := register.Message("grant", 1, "troms")
	w.refused(w.propose("lars", a.files(), message), "sign/unknown-key")
	w.refused(w.propose("ingrid", a.files(), message), "scope/act")
	w.refused(w.propose(board, a.files(), message), "scope/act")
	w.refused(w.commit(board, a.files(), message), "scope/act", "sign/secretariat")
	w.ok(a.put())
	w.readsIs(true, "lars", "troms")

	// She does not widen what she has either.
	more := *w.state().Units["troms"].Grants[handle("lars")]
	more.Unit, more.Signatures = "akershus", nil
	w.refused(w.propose("lars", files{(&appointment{g: &more}).path(): more.Encode()}, register.Message("grant", 1, "akershus")), "scope/act", "grant/self")
}

// N34: a county's user says which fields she changes: addresses and telephone numbers
// are accepted, what was paid and when somebody joined is not, nor is silence.
func TestN34AddressAndPhone(t *testing.T) {
	w := county(t)
	id := w.members("asker", 1)[0]
	equal(t, w.edits("ingrid", "asker", id, "street", "postcode", "city"))
	equal(t, w.edits("ingrid", "asker", id, "phone", "email"))
	equal(t, w.edits("ingrid", "asker", id, "joined"), "scope/field")
	equal(t, w.edits("ingrid", "asker", id, "paid", "street"), "scope/field")
	equal(t, w.edits("ingrid", "asker", id), "scope/field")
	equal(t, w.edits("ingrid", "asker", id, "shoe-size"), "scope/field")

	silent := county(t, "access.yaml: declare-fields: true → declare-fields: false")
	equal(t, silent.edits("ingrid", "asker", silent.members("asker", 1)[0]))
}

// N36: the guide comes with the grant, which is active when she has signed that she
// has read it, and again after a new major version; where the organisation gives time
// for that, the old one holds until then.
func TestN36Guide(t *testing.T) {
	w := open(t, "neitileu")
	w.ok(w.grant("lars", "troms", countyUser).complete(access.MatterGuide).put())
	w.lacksOnly("lars", "troms", "guide acknowledged appointee")
	w.readsIs(false, "lars", "troms")
	w.ok(w.grant("ingrid", "akershus", countyUser).complete().put())
	w.readsIs(true, "ingrid", "asker")

	w.later(1)
	minor := w.fork()
	minor.ok(minor.amend(`access.yaml: version: "1.0" → version: "1.7"`))
	minor.readsIs(true, "ingrid", "asker")

	timed := w.fork()
	timed.ok(timed.amend(`access.yaml: version: "1.0" → version: "2.0"` + "\n      by: " + string(w.day().Add(30))))
	timed.readsIs(true, "ingrid", "asker")
	timed.later(31)
	timed.members("asker", 1)
	timed.readsIs(false, "ingrid", "asker")

	w.ok(w.amend(`access.yaml: version: "1.0" → version: "2.0"`))
	w.readsIs(false, "ingrid", "asker")
	w.lacksOnly("ingrid", "akershus", "guide acknowledged appointee")
}

// N38: the access belongs to the office of membership adviser in a county: a local
// branch has no such office, nor does a county have that of a branch.
func TestN38OfficeOfTheCounty(t *testing.T) {
	w := county(t)
	if o, _ := w.state().Policy.Office(countyUser); o.Name["nb"] == "" || o.Level != "county" {
		t.Errorf("office %+v", o)
	}
	at := func(u register.UnitID, office string) *appointment {
		a := w.grant("lars", u, office)
		a.g.Factor, a.g.Guide = "", ""
		return a
	}
	w.refused(at("asker", countyUser).put(), "grant/level")
	w.refused(at("akershus", "local-leader").put(), "grant/level")
	w.refused(at("akershus", "friend").put(), "grant/office")
	w.ok(at("asker", "local-leader").put())
	w.readsIs(false, "lars", "asker")
}

// N40: a county's user says under her signature how her identity is protected: with a
// passphrase or in hardware. Without that word she has no access; with another
// protection she is refused. Who reads nobody's data is not asked.
func TestN40SecondFactor(t *testing.T) {
	w := open(t, "neitileu")
	protected := func(by string) *appointment {
		return w.grant("lars", "troms", countyUser).with(func(g *access.Grant) { g.Factor = by })
	}
	w.refused(protected("ssh-key").complete().put(), "grant/factor")
	for _, by := range []string{"passphrase", "plugin"} {
		w := w.fork()
		w.ok(protected(by).complete().on(w).put())
		w.readsIs(true, "lars", "troms")
	}
	unsaid := w.fork()
	unsaid.ok(protected("passphrase").complete(access.MatterFactor).on(unsaid).put())
	unsaid.lacksOnly("lars", "troms", "factor attested appointee")
	unsaid.readsIs(false, "lars", "troms")
	forHer := protected("plugin").complete(access.MatterFactor).signed("sec", access.MatterFactor, access.ActAttested, policy.Appointee)
	w.refused(forHer.put(), "grant/signature")

	// So does everybody else who opens records; who opens none is not asked.
	for _, o := range w.state().Policy.Offices {
		if o.Can(policy.ActRead) != (len(o.SecondFactor) > 0) {
			t.Errorf("%s: reads %v, factors %q", o.ID, o.Can(policy.ActRead), o.SecondFactor)
		}
	}
	w.ok(w.grant("liv", "national", "secretariat").put())
	w.lacksOnly("liv", "national", "factor attested appointee")
	w.readsIs(false, "liv", "asker")
	w.ok(w.grant("berit", "asker", "local-leader").put())
	equal(t, w.asks("berit", "asker"))
}

// N60: a county proposes a new member; she is one when the secretariat has signed the
// merge, and not before: until then no count and no list has her.
func TestN60LookedAt(t *testing.T) {
	w := county(t)
	members := func() int {
		n, err := w.state().Members("asker")
		w.must(err)
		return n
	}
	id := register.NewRecordID()
	join := files{memberPath("asker", id): sealed()}
	message := register.WithFields(register.Message("add", 1, "asker"), []string{"given", "family", "email"})
	w.ok(w.propose("ingrid", join, message))
	w.refused(w.merge("ingrid", "ingrid", join, message), "sign/secretariat")
	w.refused(w.commit("ingrid", join, message), "sign/secretariat")
	if members() != 0 {
		t.Fatal("a pending member counts")
	}
	w.ok(w.merge("sec", "ingrid", join, message))
	if members() != 1 {
		t.Error("the member whom the secretariat accepted does not count")
	}
}

// N67: a local branch asks for lists and opens nothing: an office there that reads is
// no policy. Where the organisation lets branches have access, it is.
func TestN67BranchesOrder(t *testing.T) {
	w := county(t)
	w.ok(w.grant("berit", "asker", "local-leader").put())
	w.members("asker", 1)
	w.readsIs(false, "berit", "asker")
	equal(t, w.asks("berit", "asker"))
	equal(t, w.asks("berit", "nesodden"), "scope/act")
	if r := w.state().Policy.Lists.Requests; !slices.ContainsFunc(r, func(x policy.ListRequest) bool {
		return slices.Contains(x.By, "local-leader") && x.Of == policy.RequestOwn
	}) {
		t.Error("a branch asks for no list of its own members")
	}

	const reading = "access.yaml: level: local\n    scope: none\n    may: [request] → level: local\n    scope: own\n    may: [read, request]"
	w.ok(w.amend("tests.yaml:   - {says: Et lokallag åpner ikke registeret (N67), office: local-leader, at: {level: local}, may: read, expect: no}\n → "))
	change, message := w.ruleChange(reading)
	w.refused(w.propose("sec", change, message), "policy/malformed")
	w.ok(w.amend(reading, "organisation.yaml: under: county, access: none, → under: county, "))
	w.readsIs(true, "berit", "asker")
	w.readsIs(false, "berit", "nesodden")
}
