package access

import (
	"fmt"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// demanding makes the membership officer's an office that asks for everything.
func demanding(t *testing.T) *tree {
	t.Helper()
	x := newTree(t)
	x.amend("access.yaml", officerSeats, officerSeats+`    appointed: {by: [board], at: [annual]}
    evidence:
      - {id: agreement, name: {en: Agreement}, signed-by: [appointee, board, national]}
      - {id: minutes, name: {en: Minutes}, signed-by: [board], attested-by: [board, national]}
    needs: [document]
    exceptions:
      - {id: elsewhere, name: {en: Lives elsewhere}, waives: [belongs], requested-by: [board], approved-by: [national], reason: true, months: 12}
    belongs: true
    guide: {version: "2.1", by: 2026-05-31}
    second-factor: [passphrase, plugin]
`)
	x.amend("access.yaml", "limits:", `meetings: [{id: annual, name: {en: Annual meeting}}]
signers:
  - {id: board, name: {en: The board}, offices: [chair], of: unit}
  - {id: national, name: {en: The secretariat}, offices: [secretariat], of: top}
limits:`)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	return x
}

// complete is a grant that has everything that such an office asks for.
func complete(name string) *Grant {
	g := &Grant{Unit: "asker", Handle: handle(name), Office: "member-officer", From: "2026-01-01", Meeting: "annual", Met: "2025-12-01",
		Exception: "elsewhere", Factor: "passphrase", Guide: "2.0"}
	for i, kind := range []string{"agreement", "minutes", policy.NeedReason, policy.NeedDocument} {
		g.Evidence = append(g.Evidence, Evidence{kind, register.RecordID("m4k7aaaaaaaa" + string(rune('a'+i))), digest, digest})
	}
	for _, s := range [][4]string{
		{MatterAppointment, ActSigned, "board", "ola"},
		{"agreement", ActSigned, policy.Appointee, name},
		{"agreement", ActSigned, "board", "ola"},
		{"agreement", ActSigned, "national", "sec"},
		{"minutes", ActSigned, "board", "ola"},
		{"minutes", ActAttested, "national", "sec"},
		{MatterException, ActRequested, "board", "ola"},
		{MatterException, ActApproved, "national", "sec"},
		{MatterFactor, ActAttested, policy.Appointee, name},
		{MatterGuide, ActAcknowledged, policy.Appointee, name},
	} {
		g.Signatures = append(g.Signatures, Signature{s[0], s[1], s[2], handle(s[3]), "2026-01-01", []byte("x")})
	}
	return g
}

func without(act string) func(*Grant) {
	return func(g *Grant) {
		g.Signatures = slices.DeleteFunc(g.Signatures, func(s Signature) bool { return s.Matter+" "+s.Act+" "+s.Signer == act })
	}
}

func withoutEvidence(kind string) func(*Grant) {
	return func(g *Grant) {
		g.Evidence = slices.DeleteFunc(g.Evidence, func(e Evidence) bool { return e.Kind == kind })
	}
}

// A grant is pending while one thing that its office asks for is missing, whatever
// it is; and it says which. It then gives no access.
func TestLacks(t *testing.T) {
	x := demanding(t)
	for _, c := range []struct {
		name   string
		change func(*Grant)
		day    register.Day
		want   []Lack
	}{
		{"complete", func(*Grant) {}, spring, nil},
		{"no appointment", without("appointment signed board"), spring, []Lack{{MatterAppointment, ActSigned, "board"}}},
		{"no agreement", withoutEvidence("agreement"), spring, []Lack{{"agreement", "", ""}}},
		{"not signed by her", without("agreement signed appointee"), spring, []Lack{{"agreement", ActSigned, policy.Appointee}}},
		{"not signed by the board", without("agreement signed board"), spring, []Lack{{"agreement", ActSigned, "board"}}},
		{"not signed by the secretariat", without("agreement signed national"), spring, []Lack{{"agreement", ActSigned, "national"}}},
		{"no minutes", withoutEvidence("minutes"), spring, []Lack{{"minutes", "", ""}}},
		{"minutes not attested", without("minutes attested national"), spring, []Lack{{"minutes", ActAttested, "board or national"}}},
		{"no document", withoutEvidence(policy.NeedDocument), spring, []Lack{{policy.NeedDocument, "", ""}}},
		{"not asked for", without("exception requested board"), spring, []Lack{{MatterException, ActRequested, "board"}}},
		{"not approved", without("exception approved national"), spring, []Lack{{MatterException, ActApproved, "national"}}},
		{"no reason", withoutEvidence(policy.NeedReason), spring, []Lack{{policy.NeedReason, "", ""}}},
		{"no exception, no reason", func(g *Grant) { g.Exception = ""; withoutEvidence(policy.NeedReason)(g) }, spring, nil},
		{"an exception that is not", func(g *Grant) { g.Exception = "other" }, spring, []Lack{{MatterException, "", ""}}},
		{"no second factor", func(g *Grant) { g.Factor = "" }, spring, []Lack{{MatterFactor, ActAttested, policy.Appointee}}},
		{"no word on the factor", without("factor attested appointee"), spring, []Lack{{MatterFactor, ActAttested, policy.Appointee}}},
		{"no guide", func(g *Grant) { g.Guide = "" }, spring, []Lack{{MatterGuide, ActAcknowledged, policy.Appointee}}},
		{"guide not acknowledged", without("guide acknowledged appointee"), spring, []Lack{{MatterGuide, ActAcknowledged, policy.Appointee}}},
		{"a newer guide", func(g *Grant) { g.Guide = "10.0" }, summer, nil},
		{"an older minor version", func(*Grant) {}, summer, nil},
		{"an older guide, still good", func(g *Grant) { g.Guide = "1.9" }, "2026-05-31", nil},
		{"an older guide, no longer", func(g *Grant) { g.Guide = "1.9" }, "2026-06-01", []Lack{{MatterGuide, ActAcknowledged, policy.Appointee}}},
		{"another signs as the appointee", func(g *Grant) {
			for i := range g.Signatures {
				if g.Signatures[i].Signer == policy.Appointee {
					g.Signatures[i].Handle = handle("sec")
				}
			}
		}, spring, []Lack{{"agreement", ActSigned, policy.Appointee}, {MatterFactor, ActAttested, policy.Appointee}, {MatterGuide, ActAcknowledged, policy.Appointee}}},
		{"a signature for another act", func(g *Grant) {
			for i := range g.Signatures {
				if g.Signatures[i].Act == ActApproved {
					g.Signatures[i].Act = ActSigned
				}
			}
		}, spring, []Lack{{MatterException, ActApproved, "national"}}},
		{"a signature of another matter", func(g *Grant) {
			for i := range g.Signatures {
				if g.Signatures[i].Act == ActAttested && g.Signatures[i].Matter == "minutes" {
					g.Signatures[i].Matter = "agreement"
				}
			}
		}, spring, []Lack{{"minutes", ActAttested, "board or national"}}},
		{"an unknown office asks for nothing", func(g *Grant) { g.Office, g.Evidence, g.Signatures = "king", nil, nil }, spring, nil},
		{"another office asks for nothing", func(g *Grant) { g.Office, g.Exception, g.Evidence, g.Signatures = "chair", "", nil, nil }, spring, nil},
		{"an exception from an office that has none", func(g *Grant) { g.Office, g.Evidence, g.Signatures = "chair", nil, nil }, spring, []Lack{{MatterException, "", ""}}},
	} {
		g := complete("kari")
		c.change(g)
		x.give(g)
		s := x.sound()
		got := s.Lacks(s.Units["asker"].Grants[g.Handle], c.day)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: lacks %q, want %q", c.name, got, c.want)
		}
		if _, known := s.Policy.Office(g.Office); known {
			may(t, s, "kari", policy.ActRead, "asker", c.day, len(c.want) == 0)
		}
	}
}

// Where the units of a level process for the controller, no officer of such a unit
// has access before its agreement stands in the policy; others do not wait.
func TestLacksTheProcessorAgreement(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("liv", "region-officer", "akershus", "2026-01-01", "")
	x.amend("organisation.yaml", "beside:", "controller: national\nprocessor: {level: branch, agreement: required}\nbeside:")
	s := x.sound()
	may(t, s, "kari", policy.ActRead, "asker", spring, false)
	may(t, s, "liv", policy.ActRead, "asker", spring, true)
	if got := s.Lacks(s.Units["asker"].Grants[handle("kari")], spring); fmt.Sprint(got) != fmt.Sprint([]Lack{{Matter: MatterAgreement}}) {
		t.Errorf("lacks %q", got)
	}
	x.amend("organisation.yaml", "{id: asker, level: branch, name: Asker, under: akershus}",
		"{id: asker, level: branch, name: Asker, under: akershus, agreement: m4k7aaaaaaaaa "+digest+"}")
	may(t, x.sound(), "kari", policy.ActRead, "asker", spring, true)
}
