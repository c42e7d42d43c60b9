package rules

import (
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// What the tests decide where Unionen's procedure is silent.
func init() {
	decisions["unionen"] = map[string]string{
		"retention.yaml:/kinds/0/keep":               "24",
		"retention.yaml:/kinds/1/keep":               "24",
		"retention.yaml:/kinds/2/keep":               "24",
		"retention.yaml:/activities/longest":         "12",
		"organisation.yaml:/contact":                 "klubb@unionen.example",
		"organisation.yaml:/controller":              "union",
		"access.yaml:/offices/0/seats/max":           "4",
		"access.yaml:/offices/1/seats/max":           "5",
		"access.yaml:/offices/1/guide/version":       `"1.0"`,
		"fields.yaml:/legal-bases/0/name":            "{sv: Avtalet om medlemskap}",
		"retention.yaml:/reasons/0/keep":             "3",
		"retention.yaml:/reasons/1/keep":             "1",
		"retention.yaml:/reasons/2/keep":             "0",
		"lists.yaml:/destroy-after":                  "14",
		"lists.yaml:/disclosure/introductions/shows": "count",
	}
}

func requestPath(u register.UnitID) string {
	return register.Path{Kind: register.Request, Unit: u, ID: register.NewRecordID()}.String()
}

// asks is what continuous integration says of an officer who asks the secretariat
// for something.
func (w *world) asks(who string, u register.UnitID) []string {
	w.t.Helper()
	return named(w.propose(who, files{requestPath(u): sealed()}, register.Message("request", 1, u)).Findings)
}

// U03: whatever is known of a participant is sealed, or it does not come in: not as
// a sealed file that is none, not beside the records, not in a name or a message.
func TestU03NothingInClear(t *testing.T) {
	w := open(t, "unionen")
	w.ok(w.grant("maja", "granvik", "representative").complete().put())
	equal(t, w.asks("maja", "granvik")) // sealed

	const person = "Maja Lind, maja.lind@example.org, +46 70 174 06 05, 19850312-0000\n"
	in := func(path string, b []byte) []string {
		return named(w.propose("maja", files{path: b}, register.Message("request", 1, "granvik")).Findings)
	}
	equal(t, in(requestPath("granvik"), []byte(person)), "seal/not-age")
	equal(t, in(requestPath("granvik"), append(sealed(), person...)), "seal/bucket")
	equal(t, in("data/granvik/deltagare.csv", []byte(person)), "layout/path")
	equal(t, in("data/granvik/maja.lind@example.org.yaml.age", sealed()), "layout/path")
	for _, kind := range []register.Kind{register.Activity, register.Member} {
		path := register.Path{Kind: kind, Unit: "granvik", Day: w.day().Add(14), ID: register.NewRecordID()}.String()
		if got := in(path, []byte(person)); !slices.Contains(got, "seal/not-age") {
			t.Errorf("%s in clear: %q", kind, got)
		}
		if got := in(path, sealed()); slices.Contains(got, "seal/not-age") {
			t.Errorf("%s, sealed: %q", kind, got)
		}
	}
	said := w.propose("maja", files{requestPath("granvik"): sealed()}, "request 1 in granvik from maja.lind@example.org\n")
	w.refused(said, "sign/message")

	g := w.grant("signe", "granvik", "representative").complete()
	with := files{g.path(): append(g.g.Encode(), "note: maja.lind@example.org\n"...),
		register.Path{Kind: register.Officer, Handle: handle("signe")}.String(): officerFile("signe").Encode()}
	w.refused(w.commit("sec", with, register.Message("grant", 1, "granvik")), "grant/malformed")
	w.ok(g.put())
}

// U05: a representative's grant is not active before she has signed that she has read
// the routine, and waits again when the routine gets a new major version.
func TestU05SignsTheRoutine(t *testing.T) {
	w := open(t, "unionen")
	appointed := func(but ...string) *appointment {
		return w.grant("maja", "granvik", "representative").complete(but...)
	}
	unread := w.fork()
	unread.ok(appointed("guide").on(unread).put())
	unread.lacksOnly("maja", "granvik", "guide acknowledged appointee")
	equal(t, unread.asks("maja", "granvik"), "scope/act")

	unsigned := w.fork() // the version stands there, and nobody has signed it
	unsigned.ok(appointed(access.MatterGuide).on(unsigned).put())
	equal(t, unsigned.asks("maja", "granvik"), "scope/act")

	other := w.fork() // nobody reads it for her
	other.refused(appointed(access.MatterGuide).on(other).signed("sec", access.MatterGuide, access.ActAcknowledged, policy.Appointee).put(), "grant/signature")
	ahead := w.fork()
	ahead.refused(ahead.grant("maja", "granvik", "representative").with(func(g *access.Grant) { g.Guide = "2.0" }).complete().put(), "grant/guide")

	w.ok(appointed().put())
	w.lacksOnly("maja", "granvik")
	equal(t, w.asks("maja", "granvik"))

	w.ok(w.amend(`access.yaml: version: "1.0" → version: "1.1"`)) // a detail: nothing to sign
	equal(t, w.asks("maja", "granvik"))
	w.ok(w.amend(`access.yaml: version: "1.1" → version: "2.0"`))
	w.lacksOnly("maja", "granvik", "guide acknowledged appointee")
	equal(t, w.asks("maja", "granvik"), "scope/act")

	g := *w.state().Units["granvik"].Grants[handle("maja")]
	g.Guide, g.Signatures = "2.0", nil
	again := &appointment{w: w, name: "maja", g: &g, docs: files{}}
	w.ok(again.signed("maja", access.MatterGuide, access.ActAcknowledged, policy.Appointee).put())
	equal(t, w.asks("maja", "granvik"))
}

// U08: who is a member is told to nobody. A rule by which members see each other
// without having agreed is no policy, and cannot come to main.
func TestU08Disclosure(t *testing.T) {
	w := open(t, "unionen")
	d := w.state().Policy.Lists.Disclosure
	if d.Default != "deny" || d.Introductions.Consent != policy.ConsentWritten {
		t.Errorf("disclosure %+v", d)
	}
	for _, r := range d.Rules {
		if r.To == policy.ToMember && r.Consent != policy.ConsentWritten {
			t.Errorf("the rule %q asks nobody", r.ID)
		}
	}
	for _, edit := range []string{
		"lists.yaml: to: member, consent: written} → to: member, consent: none}",
		"lists.yaml:   default: deny → default: allow",
		"lists.yaml:     consent: written\n → ",
	} {
		change, message := w.ruleChange(edit)
		w.refused(w.propose("sec", change, message), "policy/malformed")
		if p, _ := policy.Load(edited(t, w.policies, edit)); p != nil {
			t.Errorf("a policy with %q is in order", edit)
		}
	}
	// What the law demands is another matter, and so is a rule fewer.
	w.ok(w.amend("lists.yaml:   rules:\n →   rules:\n    - {id: law, name: {sv: Domstol}, to: authority, consent: none}\n"))
}

// U17: an office of a club or a group that opens records is no policy, until the
// organisation gives that level access; then its holder reads her own club.
func TestU17NoAccess(t *testing.T) {
	w := open(t, "unionen")
	w.ok(w.grant("maja", "granvik", "representative").complete().put())
	w.members("granvik", 1)
	w.readsIs(false, "maja", "granvik")
	if got := w.opened("maja"); len(got) > 0 {
		t.Errorf("she opens %q", got)
	}
	w.refused(w.sealing("granvik", []string{"maja"}, nil), "reader/readers")

	// The organisation's own tests say that clubs read nothing: they change first.
	w.ok(w.amend("tests.yaml:   - {says: En klubbs företrädare läser inga medlemmar i registret (U17), office: representative, at: {level: club-or-group, flags: [general-club]}, may: read, expect: no}\n → ",
		"tests.yaml:   - {says: inte heller en samverkansgrupps (U17), office: representative, at: {level: club-or-group, flags: [cooperation-group]}, may: read, expect: no}\n → ",
		"tests.yaml:   - {says: De tar inte ut några listor (U17), office: representative, at: {level: club-or-group}, may: draw, expect: no}\n → "))
	const may = "access.yaml: scope: none\n    may: [request] → scope: own\n    may: [request, "
	const reading = may + "read]"
	for _, act := range []string{"read", "draw", "send"} {
		change, message := w.ruleChange(may + act + "]")
		w.refused(w.propose("sec", change, message), "policy/malformed")
	}
	w.ok(w.amend(reading, "organisation.yaml: access: none, → "))
	w.readsIs(true, "maja", "granvik")
	w.readsIs(false, "maja", "tallasen")
}
