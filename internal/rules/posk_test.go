package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// What the tests decide where POSK's procedure is silent.
func init() {
	decisions["posk"] = map[string]string{
		"retention.yaml:/kinds/0/keep":         "24",
		"retention.yaml:/kinds/1/keep":         "24",
		"retention.yaml:/kinds/2/keep":         "24",
		"organisation.yaml:/controller":        "each-unit",
		"organisation.yaml:/sensitivity":       "politics",
		"organisation.yaml:/decided/on":        "2020-03-12",
		"organisation.yaml:/decided/reference": "§ 14",
		"access.yaml:/offices/0/seats/max":     "3",
		"access.yaml:/offices/1/seats/max":     "4",
		"access.yaml:/offices/4/seats/max":     "3",
		"access.yaml:/offices/5/seats/max":     "3",
		"fields.yaml:/legal-bases/0/name":      "{sv: Avtalet om medlemskap}",
		"fields.yaml:/legal-bases/1/name":      "{sv: Samtycke}",
		"retention.yaml:/reasons/0/keep":       "3",
		"retention.yaml:/reasons/1/keep":       "1",
		"retention.yaml:/reasons/2/keep":       "0",
		"lists.yaml:/destroy-after":            "14",
		"lists.yaml:/bulk-import/single":       "10",
	}
}

// posk makes a register under the pack in which astrid sits on the national board.
func posk(t *testing.T, edits ...string) *world {
	t.Helper()
	w := open(t, "posk", edits...)
	w.ok(w.grant("astrid", "national", "national-board").put())
	return w
}

// officer gives a membership officer her office, by her own board.
func (w *world) officer(name string, u register.UnitID) {
	w.t.Helper()
	unit, _ := w.state().Policy.Unit(u)
	w.ok(w.grant(name, u, unit.Level+"-officer").complete().put())
}

// edits is what continuous integration says of an officer's change of these fields
// of a member.
func (w *world) edits(who string, u register.UnitID, id register.RecordID, fields ...string) []string {
	w.t.Helper()
	message := register.WithFields(register.Message("edit", 1, u), fields)
	return named(w.propose(who, files{memberPath(u, id): sealed()}, message).Findings)
}

// P01: the rules change only when somebody of the national board has signed the
// change; the office that does not decide is told which does.
func TestP01NationalBoard(t *testing.T) {
	w := posk(t)
	w.ok(w.grant("liv", "national", "national-office").put())
	w.officer("ida", "alvesta")
	const longer = "retention.yaml: keep: 3 → keep: 4"
	change, message := w.ruleChange(longer)

	direct := w.amend(longer)
	w.refused(direct, "policy/amend")
	if !says(direct, "national-board") {
		t.Error("it is not said whose signature is missing")
	}
	w.refused(w.propose("liv", change, message), "policy/amend")
	w.refused(w.merge("sec", "liv", change, message), "policy/amend")
	w.refused(w.propose("ida", change, message), "policy/amend", "scope/act")

	// Nor does the secretariat slip in another change when it merges the board's.
	more, _ := w.ruleChange("lists.yaml: destroy-after: 14 → destroy-after: 30")
	w.refused(w.merge("sec", "astrid", change, message, more), "policy/amend")

	w.ok(w.propose("astrid", change, message))
	w.ok(w.merge("sec", "astrid", change, message))
	if r, _ := w.state().Policy.Reason("left"); r.Keep != 4 {
		t.Errorf("closed records are kept for %d months", r.Keep)
	}
	if by := w.state().Policy.Decided; by.By["sv"] == "" || by.On != "2020-03-12" || by.Reference != "§ 14" {
		t.Errorf("decided by %+v", by)
	}

	// Where the policy does not reserve it, the secretariat changes it.
	free := open(t, "posk", "access.yaml: amend: {by: [national-board]} → ")
	free.ok(free.amend(longer))
}

// P10: one or two membership officers is a wish: a third is warned about and so is a
// unit without any, and neither is refused. As a rule a third is refused.
func TestP10OneOrTwo(t *testing.T) {
	for _, u := range []register.UnitID{"alvesta", "vaxjo"} {
		w := posk(t)
		unit, _ := w.state().Policy.Unit(u)
		appoint := func(name string) *appointment { return w.grant(name, u, unit.Level+"-officer").complete() }
		w.warned(appoint("ida").put())
		w.warned(appoint("nils").put())
		w.warned(appoint("rut").put(), "grant/recommended")
		if !w.reads("rut", u) {
			t.Error("the third has no access")
		}
		for _, name := range []string{"rut", "nils"} {
			w.ok(w.revoke(name, u))
		}
		last := w.revoke("ida", u)
		w.ok(last)
		if !slices.Contains(named(last.Warnings), "grant/recommended") {
			t.Errorf("%s has no membership officer, and nothing is said: %q", u, named(last.Warnings))
		}
	}
	const office = "access.yaml: scope: own\n    may: [read, add, edit, request, draw, send]\n    seats: "
	w := untested(t, "posk", office+"{min: 1, max: 2, as: recommendation} → "+office[len("access.yaml: "):]+"{min: 1, max: 2}")
	w.officer("ida", "alvesta")
	w.officer("nils", "alvesta")
	w.refused(w.grant("rut", "alvesta", "local-officer").complete().put(), "grant/seats")
}

// P11: the unit's own board appoints. Another unit's board cannot, nor can the board
// of the diocese above, nor the officer herself.
func TestP11OwnBoard(t *testing.T) {
	w := posk(t)
	own, other, above := w.holder("board", "alvesta", 0), w.holder("board", "vimmerby", 0), w.holder("board", "vaxjo", 0)
	made := func() *appointment {
		return w.grant("ida", "alvesta", "local-officer").complete(access.MatterAppointment)
	}
	by := func(who string) *appointment {
		return made().signed(who, access.MatterAppointment, access.ActSigned, "board")
	}
	w.refused(by(other).put(), "grant/signature")
	w.refused(by(above).put(), "grant/signature")
	w.refused(by("ida").put(), "grant/attested", "grant/signature")
	w.refused(by(own).with(func(g *access.Grant) { g.Until = g.From.AddMonths(1) }).put(), "grant/signature")

	unsigned := w.fork()
	unsigned.ok(made().on(unsigned).put())
	unsigned.readsIs(false, "ida", "alvesta")
	unsigned.lacksOnly("ida", "alvesta", "appointment signed board")

	w.ok(by(own).put())
	w.readsIs(true, "ida", "alvesta")
}

// P12: she reads from the day on which her grant begins to the day on which it ends,
// and nothing but a grant makes anybody a reader.
func TestP12GrantAlone(t *testing.T) {
	w := posk(t)
	w.ok(w.grant("ida", "alvesta", "local-officer").with(func(g *access.Grant) { g.From, g.Until = w.day().Add(10), w.day().Add(40) }).complete().put())
	w.members("alvesta", 1)
	w.readsIs(false, "ida", "alvesta")
	w.refused(w.sealing("alvesta", []string{"ida"}, nil), "reader/readers")

	w.later(10)
	id := w.members("alvesta", 1)[0]
	w.readsIs(true, "ida", "alvesta")
	if !w.opens("ida", "alvesta") {
		t.Error("the keyring is not sealed to her")
	}
	equal(t, w.edits("ida", "alvesta", id, "phone"))
	w.refused(w.sealing("alvesta", nil, []string{"ida"}), "reader/readers")

	w.later(31)
	w.members("alvesta", 1)
	w.readsIs(false, "ida", "alvesta")
	if w.opens("ida", "alvesta") {
		t.Error("the keyring is still sealed to her")
	}
	equal(t, w.edits("ida", "alvesta", id, "phone"), "scope/act", "scope/field")

	// An officer's file gives nothing by itself.
	file := files{register.Path{Kind: register.Officer, Handle: handle("frej")}.String(): officerFile("frej").Encode()}
	w.ok(w.commit("sec", file, register.Message("grant", 1, "national")))
	w.refused(w.sealing("alvesta", []string{"frej"}, nil), "reader/readers")
}

// P13: an officer sees and edits; one whose office only sees is refused the same
// change.
func TestP13SeeAndEdit(t *testing.T) {
	change := func(w *world) []string {
		w.officer("ida", "alvesta")
		id := w.members("alvesta", 1)[0]
		w.readsIs(true, "ida", "alvesta")
		return w.edits("ida", "alvesta", id, "email")
	}
	equal(t, change(posk(t)))
	only := untested(t, "posk", "access.yaml: scope: own\n    may: [read, add, edit, → scope: own\n    may: [read,")
	equal(t, change(only), "scope/act", "scope/field")
}

// P15: a diocese's officers read and edit all its local groups, a new one from its
// first record; officers of another diocese are no readers of it.
func TestP15NewGroupAtOnce(t *testing.T) {
	w := posk(t)
	w.officer("ida", "vaxjo")
	w.officer("nils", "harnosand")
	for _, u := range []register.UnitID{"alvesta", "vetlanda", "vimmerby"} {
		id := w.members(u, 1)[0]
		w.readsIs(true, "ida", u)
		w.readsIs(false, "nils", u)
		equal(t, w.edits("ida", u, id, "street"))
		equal(t, w.edits("nils", u, id, "street"), "scope/act", "scope/field")
	}
	change, message := w.ruleChange("organisation.yaml:   - {id: harnosand, →   - {id: tranas, level: local, name: Tranås, under: vaxjo}\n  - {id: harnosand,")
	w.ok(w.merge("sec", "astrid", change, message))
	w.readsIs(true, "ida", "tranas")
	w.refused(w.sealing("tranas", nil, []string{"ida"}), "reader/readers")
	w.refused(w.sealing("tranas", []string{"nils"}, nil), "reader/readers")
	w.ok(w.sealing("tranas", nil, nil))
	id := w.members("tranas", 1)[0]
	if !w.opens("ida", "tranas") || w.opens("nils", "tranas") {
		t.Error("the new group's keyring opens to the wrong diocese")
	}
	equal(t, w.edits("ida", "tranas", id, "street"))
}

// P16: a local officer reaches her own group: her changes of any other are refused,
// her key is no reader's there, and her identity opens one keyring of all.
func TestP16OwnGroupOnly(t *testing.T) {
	w := posk(t)
	w.officer("ida", "alvesta")
	units := []register.UnitID{"national", "vaxjo", "vetlanda", "vimmerby", "harnosand", "are"}
	for _, u := range units {
		id := w.members(u, 1)[0]
		w.readsIs(false, "ida", u)
		equal(t, w.edits("ida", u, id, "phone"), "scope/act", "scope/field")
	}
	equal(t, w.edits("ida", "alvesta", w.members("alvesta", 1)[0], "phone"))
	if got := w.opened("ida"); !slices.Equal(got, []register.UnitID{"alvesta"}) {
		t.Errorf("her identity opens the keyrings of %q", got)
	}
	if got := w.opened("sec"); len(got) != len(units)+1 {
		t.Errorf("the secretariat opens %d keyrings", len(got)) // so the test opens what can be opened
	}

	file := w.state().Units["vimmerby"].Keyring
	with := *file
	with.Readers = append(slices.Clone(file.Readers), handle("ida"))
	slices.Sort(with.Readers)
	w.refused(w.propose("ida", files{keyringPath("vimmerby"): with.Encode()}, register.Message("readers", 1, "vimmerby")), "scope/keyring")
	w.refused(w.sealing("vimmerby", []string{"ida"}, nil), "reader/readers")
}

// P17: three levels; a unit without a parent, under itself or above its level is no
// policy, and cannot come to main.
func TestP17Levels(t *testing.T) {
	w := posk(t)
	var levels []string
	for _, l := range w.state().Policy.Levels {
		levels = append(levels, l.ID+" "+l.Under)
	}
	if want := []string{"national ", "diocese national", "local diocese"}; !slices.Equal(levels, want) {
		t.Errorf("levels %q, want %q", levels, want)
	}
	const line = "organisation.yaml: {id: alvesta, level: local, name: Alvesta, under: vaxjo}"
	for what, unit := range map[string]string{
		"no parent":       "{id: alvesta, level: local, name: Alvesta}",
		"unknown parent":  "{id: alvesta, level: local, name: Alvesta, under: lund}",
		"under itself":    "{id: alvesta, level: local, name: Alvesta, under: alvesta}",
		"under its equal": "{id: alvesta, level: local, name: Alvesta, under: vimmerby}",
	} {
		change, message := w.ruleChange(line + " → " + unit)
		if r := w.propose("astrid", change, message); !slices.Equal(named(r.Findings), []string{"policy/malformed"}) {
			t.Errorf("%s: %q", what, named(r.Findings))
		}
	}
	change, message := w.ruleChange("organisation.yaml: {id: vaxjo, level: diocese, name: Växjö, under: national} → {id: vaxjo, level: diocese, name: Växjö, under: alvesta}")
	w.refused(w.propose("astrid", change, message), "policy/malformed")
	change, message = w.ruleChange(line + " → {id: alvesta, level: local, name: Alvesta, under: harnosand}")
	w.ok(w.propose("astrid", change, message))
}

// P19: a group that uses the service bureau has the identity number, and another has
// it not: there nobody sees it, and a change that declares it is refused.
func TestP19ServiceBureau(t *testing.T) {
	w := posk(t)
	w.officer("ida", "vetlanda")
	w.officer("nils", "alvesta")
	with, without := w.members("vetlanda", 1)[0], w.members("alvesta", 1)[0]
	equal(t, w.edits("ida", "vetlanda", with, "personnummer"))
	equal(t, w.edits("nils", "alvesta", without, "personnummer"), "scope/field")
	for name, u := range map[string]register.UnitID{"nils": "alvesta", "sec": "alvesta"} {
		if r := w.state().FieldRight(handle(name), "personnummer", u, w.day()); r != policy.Hidden {
			t.Errorf("%s: %s of a number in %s", name, r, u)
		}
	}
	change, message := w.ruleChange("organisation.yaml: under: vaxjo, flags: [service-bureau]} → under: vaxjo}")
	w.ok(w.merge("sec", "astrid", change, message))
	equal(t, w.edits("ida", "vetlanda", with, "personnummer"), "scope/field")
}

// P20: a postal address may be recorded in every group, and must be in none.
func TestP20PostalAddress(t *testing.T) {
	w := posk(t)
	for _, u := range w.state().Policy.Units {
		for _, key := range []string{"street", "postcode", "city", "country"} {
			f, _ := w.state().Policy.Field(key)
			if !w.state().Policy.FieldIn(u.ID, key) || f.Required {
				t.Errorf("%s in %s: required %v, exists %v", key, u.ID, f.Required, w.state().Policy.FieldIn(u.ID, key))
			}
		}
	}
	for _, u := range []register.UnitID{"vetlanda", "alvesta"} {
		w.officer("ida", u)
		equal(t, w.edits("ida", u, w.members(u, 1)[0], "street", "postcode", "city"))
	}
}

// P21: without a purpose of the group's own the identity number does not exist there;
// with one it does, and the purpose is what the member reads.
func TestP21Purpose(t *testing.T) {
	w := posk(t)
	w.officer("ida", "alvesta")
	id := w.members("alvesta", 1)[0]
	equal(t, w.edits("ida", "alvesta", id, "personnummer"), "scope/field")

	const says = "Vi anmäler kandidater, och då krävs det."
	change, message := w.ruleChange("organisation.yaml: name: Alvesta, under: vaxjo} → name: Alvesta, under: vaxjo, purposes: {personnummer: \"" + says + "\"}}")
	w.ok(w.merge("sec", "astrid", change, message))
	equal(t, w.edits("ida", "alvesta", id, "personnummer"))
	if u, _ := w.state().Policy.Unit("alvesta"); u.Purposes["personnummer"] != says {
		t.Error("the purpose is not there to be read")
	}
	equal(t, w.edits("sec", "vimmerby", w.members("vimmerby", 1)[0], "personnummer"), "scope/field") // another group stated none
}

// P32: a field without a legal basis or a purpose, or with one that is not said, is
// no policy, and cannot come to main.
func TestP32LegalBasis(t *testing.T) {
	w := posk(t)
	for _, f := range w.state().Policy.Fields {
		if f.LegalBasis == "" || f.Purpose == "" {
			t.Errorf("the field %s has no basis or no purpose", f.Key)
		}
	}
	for _, edit := range []string{
		"fields.yaml:     legal-basis: number\n → ",
		"fields.yaml:     purpose: service-bureau\n → ",
		"fields.yaml:     legal-basis: number → legal-basis: habit",
		"fields.yaml:     purpose: service-bureau → purpose: curiosity",
		"fields.yaml:     name: {sv: Samtycke} → name: not_stated",
	} {
		change, message := w.ruleChange(edit)
		w.refused(w.propose("astrid", change, message), "policy/malformed")
	}
}

// P33: as long as it is not decided how long data are kept, there is no register: a
// period that is not stated is named, and refused in force.
func TestP33PeriodNotStated(t *testing.T) {
	pack, _ := policy.Pack("posk")
	periods := []string{"retention.yaml:/reasons/0/keep", "retention.yaml:/reasons/1/keep", "retention.yaml:/reasons/2/keep", "lists.yaml:/destroy-after"}
	var open []string
	for _, o := range policy.Undecided(pack) {
		open = append(open, o.Key())
	}
	for _, period := range periods {
		if !slices.Contains(open, period) {
			t.Errorf("the pack says a period at %s", period)
		}
		rest := map[string]string{}
		for key, value := range decisions["posk"] {
			if key != period {
				rest[key] = value
			}
		}
		fs, problems := policy.Decide(pack, rest)
		if problems != nil {
			t.Fatal(problems)
		}
		p, problems := policy.Load(fs)
		if p != nil || len(problems) != 1 || problems[0].File+":"+problems[0].Path != period {
			t.Errorf("%s open, and Load says %v", period, problems)
		}
	}
	w := posk(t)
	change, message := w.ruleChange("retention.yaml: keep: 3 → keep: not_stated")
	r := w.propose("astrid", change, message)
	w.refused(r, "policy/malformed")
	if !strings.HasPrefix(r.Findings[0].Path, "policies/retention.yaml") {
		t.Errorf("found in %s", r.Findings[0].Path)
	}
}
