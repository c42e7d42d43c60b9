package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// What the tests decide where KomMed's procedure is silent.
func init() {
	decisions["kommed"] = map[string]string{
		"retention.yaml:/kinds/0/keep":               "24",
		"retention.yaml:/kinds/1/keep":               "24",
		"retention.yaml:/kinds/2/keep":               "24",
		"organisation.yaml:/name":                    "Föreningen Prov",
		"organisation.yaml:/contact":                 "medlem@prov.example",
		"organisation.yaml:/sensitivity":             "politics",
		"access.yaml:/offices/0/seats/max":           "6",
		"access.yaml:/offices/1/seats/min":           "0",
		"access.yaml:/offices/1/exceptions/0/seats":  "1",
		"access.yaml:/offices/1/exceptions/0/months": "12",
		"access.yaml:/offices/2/seats/max":           "4",
		"fields.yaml:/legal-bases/0/name":            "{sv: Avtalet om medlemskap}",
		"fields.yaml:/categories/2/special":          "true",
		"retention.yaml:/reasons/0/keep":             "3",
		"retention.yaml:/reasons/1/keep":             "1",
		"retention.yaml:/reasons/2/keep":             "0",
		"review.yaml:/access":                        "{per-year: 1, by: [national-office], of: all, since: 2026-03-02}",
	}
}

const (
	localAdmin = "local-admin"
	board      = "branch-board-motala-0" // who signs for Motala first, as world.holder names her
)

// kommed makes a register under the pack, in which every branch has its processor
// agreement.
func kommed(t *testing.T, edits ...string) *world {
	t.Helper()
	policies := packFiles(t, "kommed")
	documents := files{}
	for _, u := range []register.UnitID{"motala", "ystad", "lulea"} {
		b, id := sealed(), register.NewRecordID()
		documents[register.Path{Kind: register.Evidence, Unit: u, ID: id}.String()] = b
		line := "{id: " + string(u) + ","
		policies = edited(t, policies, "organisation.yaml: "+line+" → "+line+` agreement: "`+string(id)+" "+digest(b)+`",`)
	}
	return openFiles(t, edited(t, policies, edits...), documents)
}

func (w *world) admin(name string, u register.UnitID) *appointment {
	return w.grant(name, u, localAdmin)
}

// lacks tells what an officer's grant is still waiting for, as "matter act signer".
func (w *world) lacks(name string, u register.UnitID) []string {
	w.t.Helper()
	var out []string
	for _, l := range w.state().Lacks(w.state().Units[u].Grants[handle(name)], w.day()) {
		out = append(out, strings.Join(strings.Fields(l.Matter+" "+l.Act+" "+l.Signer), " "))
	}
	return out
}

func (w *world) lacksOnly(name string, u register.UnitID, want ...string) {
	w.t.Helper()
	if got := w.lacks(name, u); !slices.Equal(got, want) {
		w.t.Errorf("lacks %q, want %q", got, want)
	}
}

// readsIs fails unless it is so that the officer reads the unit.
func (w *world) readsIs(want bool, name string, u register.UnitID) {
	w.t.Helper()
	if w.reads(name, u) != want {
		w.t.Errorf("%s reads %s: %v, want %v", name, u, !want, want)
	}
}

func (w *world) edit(who string, u register.UnitID, id register.RecordID) []string {
	w.t.Helper()
	return named(w.propose(who, files{memberPath(u, id): sealed()}, register.Message("edit", 1, u)).Findings)
}

func (w *world) closing(who string, u register.UnitID, id register.RecordID) []string {
	w.t.Helper()
	return named(w.propose(who, files{memberPath(u, id): nil, closedPath(u, w.day().Month(), id): sealed()}, register.Message("close", 1, u)).Findings)
}

// equal fails unless exactly these rules were named; none is none.
func equal(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("rules %q, want %q", got, want)
	}
}

// K01: a local administrator corrects addresses of her own branch, and of no other.
func TestK01OwnBranch(t *testing.T) {
	w := kommed(t)
	w.ok(w.admin("ylva", "motala").complete().put())
	here, there := w.members("motala", 1)[0], w.members("lulea", 1)[0]
	equal(t, w.edit("ylva", "motala", here))
	equal(t, w.edit("ylva", "lulea", there), "scope/act")
	for _, f := range []string{"street", "postcode", "city"} {
		if r := w.state().FieldRight(handle("ylva"), f, "motala", w.day()); r != policy.Edit {
			t.Errorf("%s in her own branch: %s", f, r)
		}
		if r := w.state().FieldRight(handle("ylva"), f, "lulea", w.day()); r != policy.Hidden {
			t.Errorf("%s in another branch: %s", f, r)
		}
	}
}

// K02: she takes members in and ends memberships in her branch; under DKF's rules an
// association's officer does neither.
func TestK02Memberships(t *testing.T) {
	w := kommed(t)
	w.ok(w.admin("ylva", "motala").complete().put())
	here, there := w.members("motala", 1)[0], w.members("lulea", 1)[0]
	equal(t, w.closing("ylva", "motala", here))
	equal(t, w.closing("ylva", "lulea", there), "scope/act")
	add := files{memberPath("motala", register.NewRecordID()): sealed()}
	w.ok(w.propose("ylva", add, register.Message("add", 1, "motala")))

	d := open(t, "dkf")
	d.ok(d.grant("mette", "egeby", "chair").complete().put())
	theirs := d.members("egeby", 1)[0]
	equal(t, d.closing("mette", "egeby", theirs), "scope/act")
}

// K03: she registers who sits on the board, and gives nobody access: for that the
// national organisation signs.
func TestK03Assignments(t *testing.T) {
	w := kommed(t)
	w.ok(w.admin("ylva", "motala").complete().put())
	f, _ := w.state().Policy.Field("offices")
	if _, ok := f.Choice("board-member"); !ok || w.state().FieldRight(handle("ylva"), "offices", "motala", w.day()) != policy.Edit {
		t.Error("the local administrator may not register a board member")
	}
	equal(t, w.edit("ylva", "motala", w.members("motala", 1)[0]))

	next := w.admin("rut", "motala").ends("ylva").complete()
	w.refused(w.propose("ylva", next.files(), register.Message("grant", 1, "motala")), "scope/act")

	unsigned := w.admin("rut", "lulea").complete("agreement").document("agreement").
		signed("rut", "agreement", access.ActSigned, policy.Appointee).
		signed(w.holder("branch", "lulea", 0), "agreement", access.ActSigned, "branch")
	w.ok(unsigned.put())
	w.lacksOnly("rut", "lulea", "agreement signed national")
	w.readsIs(false, "rut", "lulea")
	w.later(1)
	w.ok(unsigned.signed("sec", "agreement", access.ActSigned, "national").put())
	w.readsIs(true, "rut", "lulea")
}

// K08: a members' meeting or a board meeting chooses her, on a day that is given.
func TestK08Meeting(t *testing.T) {
	w := kommed(t)
	w.holder("branch", "motala", 0)
	w.refused(w.admin("ylva", "motala").complete("meeting").put(), "grant/meeting")
	w.refused(w.admin("ylva", "motala").complete("met").put(), "grant/meeting")
	w.refused(w.admin("ylva", "motala").with(func(g *access.Grant) { g.Meeting = "coffee" }).complete().put(), "grant/meeting")
	for u, kind := range map[register.UnitID]string{"motala": "member-meeting", "lulea": "board-meeting"} {
		w.ok(w.admin("ylva", u).with(func(g *access.Grant) { g.Meeting = kind }).complete().put())
		w.readsIs(true, "ylva", u)
	}
}

// K09: no officer of a branch reads anything without the branch's signed processor
// agreement with the national organisation, which answers for the data.
func TestK09ProcessorAgreement(t *testing.T) {
	w := kommed(t)
	if p := w.state().Policy; p.Controller != "national" || p.Processor.Level != "branch" {
		t.Errorf("controller %q, processor %q", p.Controller, p.Processor.Level)
	}
	w.ok(w.admin("ylva", "motala").complete().put())
	w.readsIs(true, "ylva", "motala")

	u, _ := w.state().Policy.Unit("motala")
	line := ` agreement: "` + u.Agreement + `",`
	without := "organisation.yaml: " + line + " → "
	after := w.fork()
	after.ok(after.amend(without))
	lost := after.head
	after.readsIs(false, "ylva", "motala")
	after.lacksOnly("ylva", "motala", access.MatterAgreement)
	id, b := register.NewRecordID(), sealed()
	signed := strings.Replace(string(w.policies["organisation.yaml"]), u.Agreement, string(id)+" "+digest(b), 1)
	arrived := files{register.Path{Kind: register.Evidence, Unit: "motala", ID: id}.String(): b, "policies/organisation.yaml": []byte(signed)}
	gives := after.effect(after.tree(after.treeOf(after.head), arrived))
	after.ok(after.commit("sec", arrived, register.WithEffect(register.Message("policy", 1, "motala"), gives)))
	after.readsIs(true, "ylva", "motala")

	// With the keyring as it was she would read on: that is refused.
	kept := w.tree(w.treeOf(lost), files{keyringPath("motala"): w.file(w.head, keyringPath("motala"))})
	message := register.WithEffect(register.Message("policy", 1, "national"), w.effect(kept))
	w.refused(w.direct(w.write("sec", kept, message, w.head)), "reader/readers")

	// The agreement that the policy names must be there.
	w.refused(w.amend(without+strings.Replace(line, u.Agreement[:13], string(register.NewRecordID()), 1)), "grant/evidence")
}

// K10: one person in a branch has access, unless an exception was approved.
func TestK10One(t *testing.T) {
	w := kommed(t)
	w.ok(w.admin("ylva", "motala").complete().put())
	w.refused(w.admin("rut", "motala").complete().put(), "grant/seats")
	w.ok(w.admin("rut", "lulea").complete().put()) // another branch has its own
}
