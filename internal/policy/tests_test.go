package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestTestsFail: each test of the policy fails when it expects the opposite, at
// its own line and alone.
func TestTestsFail(t *testing.T) {
	base := full(t)
	lines := strings.SplitAfter(string(base["tests.yaml"]), "\n")
	n := 0
	for i, l := range lines {
		was, is := "expect: yes", "expect: no"
		if strings.Contains(l, "expect: no") {
			was, is = is, was
		}
		if !strings.Contains(l, was) || strings.Contains(l, "a recommendation") {
			continue // what is a recommendation has no opposite
		}
		n++
		changed := slices.Clone(lines)
		changed[i] = strings.Replace(l, was, is, 1)
		files := maps.Clone(base)
		files["tests.yaml"] = []byte(strings.Join(changed, ""))
		p, problems := Load(files)
		if p != nil || len(problems) != 1 || problems[0].Line != i+1 || !strings.Contains(problems[0].Msg, "because the") {
			t.Errorf("line %d: %v", i+1, problems)
		}
	}
	if n < 20 {
		t.Errorf("%d tests", n)
	}
}

// TestThresholdMoves: who changes 200 to 150 and nothing else is told by the
// policy's own test, in the numbers of the policy.
func TestThresholdMoves(t *testing.T) {
	files := full(t)
	change(t, files, "access.yaml", "unit.members > 200", "unit.members > 150")
	_, problems := Load(files)
	want := `tests.yaml:21:5: /tests/17: the test "200: one" expects no, the policy says yes: because the office "local-admin" has at most 2 seats there, by a condition`
	if len(problems) != 1 || problems[0].String() != want {
		t.Errorf("%v", problems)
	}
}

// TestWhy: what a failing test says is why the policy says otherwise.
func TestWhy(t *testing.T) {
	for test, want := range map[string]string{
		"office: district-chair, at: {level: district}, may: read, in: below, expect: yes":                                          `"district-chair" may not read`,
		"office: district-chair, at: {level: district}, may: request, in: other, expect: yes":                                       "reaches nothing but to ask in its own unit",
		"office: local-admin, at: {level: branch}, may: read, in: {level: branch}, expect: yes":                                     "reaches its own unit alone",
		"office: county-user, at: {level: county}, may: read, in: asker, expect: yes":                                               "its own unit and those below it alone",
		"office: county-user, at: akershus, may: read, in: above, expect: yes":                                                      "its own unit and those below it alone",
		"office: county-user, at: akershus, may: read, in: {level: county}, expect: yes":                                            "its own unit and those below it alone",
		"office: county-user, at: {level: county}, may: read, in: {level: branch}, expect: no":                                      "has the scope subtree and may read",
		"office: secretariat, at: {level: national}, may: read, in: asker, expect: no":                                              "has the scope all and may read",
		"office: secretariat, at: national, may: read, in: {level: branch, elsewhere: true}, expect: no":                            "has the scope all and may read",
		"office: county-user, at: akershus, may: read, field: fodselsnummer, in: asker, expect: yes":                                `does not see the field "fodselsnummer"`,
		"office: secretariat, at: national, may: edit, field: fodselsnummer, in: asker, expect: yes":                                `may only read the field "fodselsnummer"`,
		"office: secretariat, at: national, may: read, field: fodselsnummer, in: baerum, expect: yes":                               `"fodselsnummer" does not exist in such a unit`,
		"office: secretariat, at: national, may: edit, field: offices, choice: leader, in: {level: district}, expect: yes":          `the choice "leader" does not exist in a unit of the level "district"`,
		"office: secretariat, at: {level: national, flags: [bureau]}, may: edit, field: bureau-number, in: own, expect: no":         `may edit the field "bureau-number"`,
		"office: secretariat, unit: national, holders: 7, expect: yes":                                                              `"secretariat" has at most 6 seats`,
		"office: local-admin, unit: {level: branch, members: 1001, flags: [bureau], officers: 3}, holders: 4, expect: yes":          "has at most 3 seats there, by a condition",
		"office: county-user, at: akershus, may: edit, field: street, in: {level: branch, purposes: [bureau-number]}, expect: no":   `may edit the field "street"`,
		"office: local-admin, at: {level: branch, purposes: [bureau-number]}, may: edit, field: bureau-number, in: own, expect: no": `may edit the field "bureau-number"`,
	} {
		files := full(t)
		files["tests.yaml"] = fmt.Appendf(nil, "tests:\n  - {says: x, %s}\n", test)
		_, problems := Load(files)
		if len(problems) != 1 || !strings.Contains(problems[0].Msg, want) || problems[0].Line != 2 {
			t.Errorf("%s: %v, want %q", test, problems, want)
		}
	}
}

// TestMadeUpUnits: a pack of which only the top unit is known can be tested at all
// levels.
func TestMadeUpUnits(t *testing.T) {
	files := full(t)
	s := string(files["organisation.yaml"])
	first, rest, _ := strings.Cut(s, "  - {id: akershus")
	_, rest, _ = strings.Cut(rest, "controller:")
	files["organisation.yaml"] = []byte(first + "controller:" + rest)
	files["tests.yaml"] = []byte(`tests:
  - {says: a, office: county-user, at: {level: county}, may: read, in: below, expect: yes}
  - {says: b, office: county-user, at: {level: county}, may: read, in: {level: branch}, expect: yes}
  - {says: c, office: county-user, at: {level: county}, may: read, in: {level: branch, elsewhere: true}, expect: no}
  - {says: d, office: county-user, at: {level: county}, may: read, in: other, expect: no}
  - {says: e, office: county-user, at: {level: county}, may: read, in: above, expect: no}
  - {says: f, office: county-user, at: {level: county}, may: read, in: national, expect: no}
  - {says: g, office: secretariat, at: national, may: read, in: below, expect: yes}
  - {says: h, office: local-admin, at: {level: branch}, may: edit, field: offices, choice: leader, expect: yes}
`)
	p, problems := Load(files)
	if p == nil || len(p.Units) != 1 || len(p.Tests) != 8 {
		t.Fatal(problems)
	}
}
