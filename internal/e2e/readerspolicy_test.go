package e2e

import (
	"fmt"
	"slices"
	"strings"
)

// The policy that the oracle's posts describe, as files.

const readersFields = `purposes: [{id: membership, name: {en: Know who is a member}}]
legal-bases: [{id: agreement, name: {en: The agreement on membership}}]
categories: [{id: identity, name: {en: Name}}]
fields:
  - {key: given, name: {en: Given name}, type: name, required: true, category: identity, purpose: membership, legal-basis: agreement}
  - {key: family, name: {en: Family name}, type: name, required: true, category: identity, purpose: membership, legal-basis: agreement}
`

const readersRetention = `reasons: [{id: left, keep: 3, name: {en: Has left}}]
keep-versions: 30
rotate: 31
`

// posts are the offices as the register begins.
func posts() []post {
	return []post{
		{id: "secretariat", level: "national", scope: "all", reads: true, seats: 3},
		{id: "clerk", level: "national", scope: "all", reads: true, seats: 2},
		{id: "county", level: "region", scope: "subtree", reads: true, seats: 2},
		{id: "board", level: "branch", scope: "none", seats: 4},
		{id: "keeper", level: "branch", scope: "own", reads: true, seats: 1, more: 3, over: 3},
		{id: "admin", level: "branch", scope: "own", reads: true, seats: 1, everyone: true, guide: 1, needs: []string{
			"agreement", "agreement signed appointee", "agreement signed branch", "agreement signed national",
			"minutes", "minutes signed branch", "minutes attested"}},
	}
}

// policyFiles are the policy files that say what the posts are.
func policyFiles(ps []post) map[string][]byte {
	return map[string][]byte{"organisation.yaml": organisationFile(), "access.yaml": accessFile(ps),
		"fields.yaml": []byte(readersFields), "retention.yaml": []byte(readersRetention)}
}

func organisationFile() []byte {
	out := "name: Folkerørsla Prøve\ncontact: medlem@prove.example\ncountry: \"NO\"\nlanguages: [en]\nlevels:\n" +
		"  - {id: national, name: {en: National}}\n  - {id: region, under: national, name: {en: Region}}\n  - {id: branch, under: region, name: {en: Branch}}\nunits:\n"
	for _, p := range places {
		under := ""
		if p.under != "" {
			under = ", under: " + p.under
		}
		out += fmt.Sprintf("  - {id: %s, level: %s, name: Unit%s}\n", p.id, p.level, under)
	}
	return []byte(out)
}

// may is what an office may do beside reading.
var may = map[string]string{
	"secretariat": "add, edit, move, close, reopen, request, merge, grant, policy, erase",
	"clerk":       "request",
	"county":      "request",
	"board":       "request",
	"keeper":      "add, edit, close, request",
	"admin":       "add, edit, request",
}

func accessFile(ps []post) []byte {
	var b strings.Builder
	b.WriteString("signers:\n  - {id: branch, name: {en: The branch}, offices: [board], of: unit}\n" +
		"  - {id: national, name: {en: The national organisation}, offices: [secretariat], of: top}\n" +
		"meetings: [{id: board-meeting, name: {en: Meeting of the board}}]\noffices:\n")
	for _, p := range ps {
		acts, least := may[p.id], 0
		if p.reads {
			acts = "read, " + acts
		}
		if p.id == "secretariat" {
			least = 1
		}
		fmt.Fprintf(&b, "  - id: %s\n    name: {en: Office}\n    level: %s\n    scope: %s\n    may: [%s]\n", p.id, p.level, p.scope, acts)
		fmt.Fprintf(&b, "    seats: {min: %d, max: %d%s}\n", least, p.seats, p.moreSeats())
		if slices.Contains(p.needs, "minutes") {
			b.WriteString("    appointed: {at: [board-meeting]}\n    evidence:\n" +
				"      - {id: agreement, name: {en: Agreement}, signed-by: [appointee, branch, national]}\n" +
				"      - {id: minutes, name: {en: Minutes}, signed-by: [branch], attested-by: [branch, national]}\n")
		}
		if p.everyone {
			b.WriteString("    lists-everyone: true\n")
		}
		if p.guide > 0 {
			by := ""
			if p.guideBy != "" {
				by = ", by: " + string(p.guideBy)
			}
			fmt.Fprintf(&b, "    guide: {version: \"%d.0\"%s}\n", p.guide, by)
		}
		if p.factor {
			b.WriteString("    second-factor: [passphrase]\n")
		}
		if p.id == "keeper" {
			b.WriteString("    exceptions: [{id: extra, name: {en: One more}, seats: 1, approved-by: [national], reason: true}]\n")
		}
	}
	b.WriteString("limits: {files: 1000}\n")
	return []byte(b.String())
}

func (p *post) moreSeats() string {
	if p.more == 0 {
		return ""
	}
	back := "end"
	if p.keeps {
		back = "keep"
	}
	return fmt.Sprintf(", more: [{max: %d, when: unit.members > %d}], falling-back: %s", p.more, p.over, back)
}
