package access

import (
	"fmt"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

func names(gs []*Grant) []GrantID {
	var out []GrantID
	for _, g := range gs {
		out = append(out, g.ID())
	}
	return out
}

func idsOf(unit register.UnitID, who ...string) []GrantID {
	var out []GrantID
	for _, n := range who {
		out = append(out, GrantID{unit, handle(n)})
	}
	return out
}

func same(t *testing.T, what string, got, want []GrantID) {
	t.Helper()
	if fmt.Sprint(sortedIDs(got)) != fmt.Sprint(sortedIDs(want)) {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// Ola follows Kari in an office of one seat that asks for two documents (rules K20,
// K21): nothing happens to her before both are there.
func TestPredecessor(t *testing.T) {
	x := seated(t, `    seats: {min: 1, max: 1}
    evidence:
      - {id: agreement, name: {en: Agreement}, signed-by: [appointee]}
      - {id: minutes, name: {en: Minutes}, signed-by: [appointee]}
`)
	grant := func(name string, from register.Day, kinds ...string) *Grant {
		g := &Grant{Unit: "asker", Handle: handle(name), Office: "member-officer", From: from}
		for i, k := range kinds {
			g.Evidence = append(g.Evidence, Evidence{k, register.RecordID("m4k7aaaaaaaa" + string(rune('a'+i))), digest, digest})
			g.Signatures = append(g.Signatures, Signature{k, ActSigned, "appointee", g.Handle, from, []byte("x")})
		}
		return g
	}
	x.give(grant("kari", "2026-01-01", "agreement", "minutes"))
	before := x.sound()
	reads(t, before, "asker", spring, "sec", "kari")

	x.give(grant("ola", "2026-03-01", "minutes"))
	s := x.sound()
	same(t, "activated by the minutes alone", names(s.Activated(before, spring)), nil)
	if p, n, err := s.Predecessors(s.Units["asker"].Grants[handle("ola")], spring); p != nil || n != 0 || err != nil {
		t.Errorf("a pending grant has the predecessors %v", p)
	}
	reads(t, s, "asker", spring, "sec", "kari")
	before = s

	ola := grant("ola", "2026-03-01", "agreement", "minutes")
	x.give(ola)
	s = x.sound()
	same(t, "activated", names(s.Activated(before, spring)), idsOf("asker", "ola"))
	p, n, err := s.Predecessors(ola, spring)
	if same(t, "predecessors", names(p), idsOf("asker", "kari")); n != 1 || err != nil {
		t.Errorf("%d must end, %v", n, err)
	}
	same(t, "activated by nothing", names(s.Activated(s, spring)), nil)

	// Once Kari's has ended, there is none.
	kari := grant("kari", "2026-01-01", "agreement", "minutes")
	kari.Ended = "2026-02-28"
	x.give(kari)
	s = x.sound()
	if p, _, err := s.Predecessors(ola, spring); p != nil || err != nil {
		t.Errorf("predecessors %v, %v", p, err)
	}
	reads(t, s, "asker", spring, "sec", "ola")
	reads(t, s, "asker", "2026-02-28", "sec", "kari")

	// A grant for later comes into force later, and is seen when it is given.
	before = s
	x.give(grant("tor", "2026-09-01", "agreement", "minutes"))
	s = x.sound()
	later := s.Activated(before, spring)
	same(t, "activated from September", names(later), idsOf("asker", "tor"))
	if d := later[0].Starts(spring); d != "2026-09-01" {
		t.Errorf("it starts on %s", d)
	}
	same(t, "activated by nothing, for later", names(s.Activated(s, spring)), nil)
	p, n, err = s.Predecessors(later[0], "2026-09-01")
	if same(t, "predecessors in September", names(p), idsOf("asker", "ola")); n != 1 || err != nil {
		t.Errorf("%d must end, %v", n, err)
	}
}

// Who has another office from now on is new in it.
func TestActivatedByAnotherOffice(t *testing.T) {
	x := newTree(t)
	x.grant("kari", "treasurer", "asker", "2026-01-01", "")
	x.grant("ola", "chair", "asker", "2026-01-01", "")
	before := x.sound()
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("ola", "chair", "asker", "2026-01-01", "2026-12-31") // only shorter
	same(t, "activated", names(x.sound().Activated(before, spring)), idsOf("asker", "kari"))
}

// Of several holders, somebody has to say who goes; who holds an extra seat is not
// one of them.
func TestPredecessorsOfSeveral(t *testing.T) {
	x := seated(t, `    seats: {min: 1, max: 2}
    exceptions: [{id: more, name: {en: One more}, seats: 1, approved-by: [national]}]
`)
	x.amend("access.yaml", "limits:", "signers:\n  - {id: national, name: {en: The secretariat}, offices: [secretariat], of: top}\nlimits:")
	x.grant("kari", "member-officer", "asker", "2026-02-01", "")
	x.grant("ola", "member-officer", "asker", "2026-01-01", "")
	x.give(&Grant{Unit: "asker", Handle: handle("liv"), Office: "member-officer", From: "2025-01-01", Exception: "more",
		Signatures: []Signature{{MatterException, ActApproved, "national", handle("sec"), "2025-01-01", []byte("x")}}})
	before := x.sound()
	x.grant("tor", "member-officer", "asker", "2026-03-01", "")
	s := x.sound()
	p, n, err := s.Predecessors(s.Activated(before, spring)[0], spring)
	if want := append(idsOf("asker", "ola"), idsOf("asker", "kari")...); !slices.Equal(names(p), want) || n != 1 || err != nil {
		t.Errorf("predecessors %s, %d must end, %v; want %s, the longest first", names(p), n, err, want)
	}
}

// Each new agreement lists everyone with access in the unit (rule K22); whom it
// does not name goes, in whatever office.
func TestListsEveryone(t *testing.T) {
	x := seated(t, "    seats: {min: 1, max: 2}\n    lists-everyone: true\n")
	x.amend("access.yaml", "limits:\n", `  - id: board
    name: {en: Board of the branch}
    level: branch
    scope: none
    may: [request]
    seats: {min: 0, max: 9}
limits:
`)
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("tor", "treasurer", "asker", "2026-01-01", "")
	x.grant("liv", "region-officer", "akershus", "2026-01-01", "")
	x.grant("sec", "board", "asker", "2026-01-01", "")
	g := &Grant{Unit: "asker", Handle: handle("ola"), Office: "member-officer", From: "2026-03-01"}
	for _, c := range []struct {
		listed, unlisted, vain []string
	}{
		{[]string{"ola", "kari", "tor"}, nil, nil},
		{[]string{"ola", "kari"}, []string{"tor"}, nil},
		{[]string{"ola"}, []string{"kari", "tor"}, nil},
		{[]string{"kari", "tor"}, nil, nil},
		{[]string{"ola", "kari", "tor", "liv"}, nil, []string{"liv"}}, // her grant is the region's
		{[]string{"ola", "kari", "tor", "sec"}, nil, []string{"sec"}}, // the board opens nothing
	} {
		g.Names = nil
		for _, n := range c.listed {
			g.Names = append(g.Names, handle(n))
		}
		slices.Sort(g.Names)
		x.give(g)
		s := x.sound()
		same(t, fmt.Sprintf("%s listed, unlisted", c.listed), names(s.Unlisted(g, spring)), idsOf("asker", c.unlisted...))
		var vain []GrantID
		for _, h := range s.ListedInVain(g, spring) {
			vain = append(vain, GrantID{"asker", h})
		}
		same(t, fmt.Sprintf("%s listed, in vain", c.listed), vain, idsOf("asker", c.vain...))
	}

	// An office that does not ask for the list ends nobody by it.
	g.Office, g.Names = "chair", nil
	x.give(g)
	if s := x.sound(); s.Unlisted(g, spring) != nil || s.ListedInVain(g, spring) != nil {
		t.Error("a chair's grant ends others")
	}
}
