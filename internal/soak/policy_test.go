package soak

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// The federation: a national unit, five regions, and 34 branches in turn under them.

const (
	regionCount = 5
	branchCount = 34
)

func regions() (out []register.UnitID) {
	for i := range regionCount {
		out = append(out, register.UnitID(fmt.Sprintf("region-%d", i)))
	}
	return out
}

func branches() (out []register.UnitID) {
	for i := range branchCount {
		out = append(out, branch(i))
	}
	return out
}

func branch(i int) register.UnitID {
	return register.UnitID(fmt.Sprintf("branch-%d-%d", i%regionCount, i))
}

// regionOf is the region of a branch; "" of another unit.
func regionOf(u register.UnitID) register.UnitID {
	if p := strings.Split(string(u), "-"); p[0] == "branch" {
		return register.UnitID("region-" + p[1])
	}
	return ""
}

func policies() map[string][]byte {
	var units strings.Builder
	units.WriteString("  - {id: national, level: national, name: Folkerørsla Prøve}\n")
	for _, u := range regions() {
		fmt.Fprintf(&units, "  - {id: %s, level: region, name: %s, under: national}\n", u, u)
	}
	for _, u := range branches() {
		fmt.Fprintf(&units, "  - {id: %s, level: branch, name: %s, under: %s}\n", u, u, regionOf(u))
	}
	return map[string][]byte{
		"policies/organisation.yaml": []byte(organisationPolicy + units.String()),
		"policies/access.yaml":       []byte(accessPolicy),
		"policies/fields.yaml":       []byte(fieldsPolicy),
		"policies/retention.yaml":    []byte(retentionPolicy),
		"policies/lists.yaml":        []byte(listsPolicy),
		"policies/review.yaml":       []byte(reviewPolicy),
	}
}

const organisationPolicy = `name: Folkerørsla Prøve
contact: medlem@prove.example
country: "NO"
languages: [en]
levels:
  - {id: national, name: {en: National}}
  - {id: region, under: national, name: {en: Region}}
  - {id: branch, under: region, name: {en: Branch}}
units:
`

const accessPolicy = `offices:
  - id: secretariat
    name: {en: The secretariat}
    level: national
    scope: all
    may: [read, add, edit, move, close, reopen, request, merge, grant, policy, erase, activity, draw]
    seats: {min: 1, max: 3}
  - {id: clerk, name: {en: Clerk}, level: national, scope: all, may: [read, request], seats: {min: 0, max: 8}}
  - {id: county, name: {en: County officer}, level: region, scope: subtree, may: [read, add, edit, move, request], seats: {min: 0, max: 2}}
  - {id: chair, name: {en: Chair}, level: branch, scope: own, may: [read, request], seats: {min: 0, max: 1}}
  - {id: keeper, name: {en: Keeper}, level: branch, scope: own, may: [read, add, edit, close, request, draw], seats: {min: 0, max: 1}}
  - {id: treasurer, name: {en: Treasurer}, level: branch, scope: own, may: [read, request], seats: {min: 0, max: 1}}
limits: {files: 20000}
`

const fieldsPolicy = `purposes: [{id: membership, name: {en: Know who is a member}}]
legal-bases: [{id: agreement, name: {en: The agreement on membership}}]
categories: [{id: identity, name: {en: Name}}]
fields:
  - {key: given, name: {en: Given name}, type: name, required: true, category: identity, purpose: membership, legal-basis: agreement}
  - {key: family, name: {en: Family name}, type: name, required: true, category: identity, purpose: membership, legal-basis: agreement}
  - {key: email, name: {en: E-mail}, type: email, category: identity, purpose: membership, legal-basis: agreement}
  - {key: paid, name: {en: Paid last on}, type: date, category: identity, purpose: membership, legal-basis: agreement}
`

// versionDays and rotateDays are those of the policy.
const (
	versionDays = 30
	rotateDays  = 92
)

const retentionPolicy = `reasons:
  - {id: left, keep: 3, name: {en: Has left}}
  - {id: unpaid, keep: 2, name: {en: Has not paid}}
  - {id: died, keep: 1, name: {en: Has died}}
brakes: {share: 5, signers: 2, quarantine: 14}
keep-versions: 30
rotate: 92
kinds:
  - {id: draws, keep: 6, name: {en: Receipts of lists}, after: {en: the day on which the list was destroyed}, basis: {en: We must be able to show what left the register.}}
  - {id: receipts, keep: 12, name: {en: Receipts of erasures}, after: {en: the day of the erasure}, basis: {en: Whoever has left must be able to show it.}}
  - {id: reviews, keep: 24, name: {en: Controls of who has access}, after: {en: the day of the control}}
`

const listsPolicy = `purposes:
  - {id: mailing, name: {en: Mailing}, columns: [given, family, email]}
other-columns: reason
destroy-after: 30
printed: true
attest: [paper, digital]
`

const reviewPolicy = `access: {per-year: 2, by: [secretariat], of: all, notice: 14, since: "2026-01-05"}
`
