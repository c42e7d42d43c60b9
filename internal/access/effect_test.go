package access

import (
	"slices"
	"strings"
	"testing"
)

func effect(t *testing.T, before, after *State) *Effect {
	t.Helper()
	e, err := EffectOf(before, after, spring)
	if err != nil {
		t.Fatal(err)
	}
	back, err := EffectOf(after, before, spring)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Lines()) != len(e.Lines()) || back.Units != e.Units || !e.Empty() && back.Digest() == e.Digest() {
		t.Errorf("back again: %q in %d units; there: %q in %d", back.Lines(), back.Units, e.Lines(), e.Units)
	}
	if !slices.IsSorted(e.Lines()) || e.Empty() != (len(e.Lines()) == 0) {
		t.Errorf("lines %q, empty: %v", e.Lines(), e.Empty())
	}
	return e
}

// What a policy change does, before it is merged: who gains and loses what, over
// how many records in how many units.
func TestEffect(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("liv", "region-officer", "akershus", "2026-01-01", "")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("ola", "chair", "karasjok", "2026-01-01", "")
	x.members("asker", 20, 3)
	x.members("lillestrom", 100, 0)
	x.members("karasjok", 50, 7)
	x.members("akershus", 1, 1)
	before := x.sound()
	if e := effect(t, before, before); !e.Empty() || e.Units != 0 || e.Records != 0 {
		t.Errorf("nothing changed: %+v", e)
	}

	// A policy that says the same in other words has no effect.
	x.amend("access.yaml", "Membership officer of the branch", "Officer")
	same := x.sound()
	if e := effect(t, before, same); !e.Empty() {
		t.Errorf("another name: %q", e.Lines())
	}

	// The region no longer reaches its branches.
	x.amend("access.yaml", "scope: subtree", "scope: own")
	own := x.sound()
	e := effect(t, before, own)
	want := []string{"- asker " + string(handle("liv")), "- lillestrom " + string(handle("liv"))}
	if got := e.Lines(); !slices.Equal(got, want) || e.Units != 2 || e.Records != 123 {
		t.Errorf("the region's scope: %q, %d records in %d units", got, e.Records, e.Units)
	}

	// The chair may only ask, and so has no field; the treasurer may take lists out.
	x.amend("access.yaml", "may: [read, add, edit, close, reopen, request]", "may: [request]")
	x.amend("access.yaml", "may: [read, request]", "may: [read, request, draw]")
	e = effect(t, own, x.sound())
	want = []string{"- karasjok " + string(handle("ola")), "~ chair add yes no", "~ chair close yes no", "~ chair edit yes no",
		"~ chair family edit hidden", "~ chair given edit hidden", "~ chair read yes no", "~ chair reopen yes no", "~ treasurer draw no yes"}
	if got := e.Lines(); !slices.Equal(got, want) || e.Units != 1 || e.Records != 57 {
		t.Errorf("the chair: %q, %d records in %d units", got, e.Records, e.Units)
	}
}

// A grant that becomes pending because the policy asks for more loses its access,
// and so it is an effect.
func TestEffectOfAsking(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	before := x.sound()
	x.amend("access.yaml", officerSeats, officerSeats+"    second-factor: [plugin]\n")
	if got := effect(t, before, x.sound()).Lines(); !slices.Equal(got, []string{"- asker " + string(handle("kari"))}) {
		t.Errorf("effect %q", got)
	}
}

// Units that come and go, and fields that exist in some of them.
func TestEffectOfUnitsAndFields(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.members("asker", 4, 0)
	x.members("karasjok", 5, 0)
	before := x.sound()

	gone := "  - {id: karasjok, level: branch, name: Kárášjohka, under: finnmark}\n"
	x.amend("organisation.yaml", gone, "")
	e := effect(t, before, before.With(x.state().Policy))
	if got := e.Lines(); !slices.Equal(got, []string{"- karasjok " + string(handle("sec"))}) || e.Records != 5 {
		t.Errorf("a unit gone: %q, %d records", got, e.Records)
	}
	x.members("karasjok", 0, 0)
	if e = effect(t, before, x.sound()); e.Records != 5 || e.Units != 1 {
		t.Errorf("a unit gone with its folder: %d records in %d units", e.Records, e.Units)
	}
	x.amend("organisation.yaml", "beside:", gone+"beside:")

	born := "  - {key: born, name: {en: Born}, type: date, category: identity, purpose: membership, legal-basis: agreement}\n"
	x.amend("fields.yaml", "  - key: family", born+"  - key: family")
	all := x.sound()
	var offices []string
	for _, l := range effect(t, before, all).Lines() {
		if !strings.HasPrefix(l, "~ ") || !strings.Contains(l, " born hidden ") {
			t.Errorf("another field: %q", l)
		}
		offices = append(offices, strings.Fields(l)[1])
	}
	if want := []string{"chair", "member-officer", "region-officer", "registrar", "secretariat", "treasurer"}; !slices.Equal(offices, want) {
		t.Errorf("another field for %q", offices)
	}

	x.amend("fields.yaml", "key: born,", "key: born, where: 'unit.level == \"branch\" && unit.id != \"asker\"',")
	want := []string{"~ akershus born exists absent", "~ asker born exists absent", "~ finnmark born exists absent", "~ national born exists absent"}
	some := x.sound()
	if got := effect(t, all, some).Lines(); !slices.Equal(got, want) {
		t.Errorf("the field in some units: %q", got)
	}
	if r := some.FieldRight(handle("sec"), "born", "asker", spring); r != 0 {
		t.Errorf("the secretariat has right %d over a field that Asker does not have", r)
	}
	if r := some.FieldRight(handle("sec"), "born", "karasjok", spring); r == 0 {
		t.Error("the secretariat has no right over a field that Karasjok has")
	}
}

// Without a policy there is nothing to compare.
func TestEffectWithoutPolicy(t *testing.T) {
	x := newTree(t)
	s := x.sound()
	x.put("policies/access.yaml", []byte("offices: []\n"))
	for _, c := range [][2]*State{{s, x.state()}, {x.state(), s}} {
		if e, err := EffectOf(c[0], c[1], spring); err == nil {
			t.Errorf("effect %+v", e)
		}
	}
}
