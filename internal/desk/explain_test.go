package desk

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Every rule that is said to come from a place of the policy files exists, and
// every place is one that some policy has.
func TestRuleSources(t *testing.T) {
	var all []map[string][]byte
	for _, n := range policy.Packs() {
		files, _ := policy.Pack(n)
		all = append(all, files)
	}
	if len(all) == 0 {
		t.Fatal("there are no packs")
	}
	standard := map[string][]byte{}
	for _, n := range policy.Files() {
		b, err := os.ReadFile("../../policies/" + n)
		if err != nil {
			t.Fatal(err)
		}
		standard[n] = b
	}
	all = append(all, standard)
	rare := []string{"organisation.yaml:/units/*/agreement", "access.yaml:/guards/largest-removal", "lists.yaml:/hand-outs/days", "organisation.yaml:/units/*/protected", "organisation.yaml:/units/*/dissolved"} // a policy can have them
	for rule, sources := range ruleSources {
		if !slices.ContainsFunc(check.Rules(), func(r check.Rule) bool { return r.ID == rule }) {
			t.Errorf("no rule %q", rule)
		}
		for _, s := range sources {
			file, place, _ := strings.Cut(s, ":")
			if !slices.Contains(policy.AllFiles(), file) {
				t.Errorf("%s: no file %q", rule, file)
			}
			found := slices.ContainsFunc(all, func(files map[string][]byte) bool { return len(sourcesIn(file, files[file], place)) > 0 })
			if !found && !slices.Contains(rare, s) {
				t.Errorf("%s: no policy has %s", rule, s)
			}
		}
	}
}

// Each kind of path names rules that exist, and has an explanation.
func TestKindRules(t *testing.T) {
	for k := register.Policy; k <= register.Mail; k++ {
		if len(kindRules[k]) == 0 {
			t.Errorf("%s: no rules", k)
		}
		for _, r := range kindRules[k] {
			known := slices.ContainsFunc(check.Rules(), func(x check.Rule) bool {
				area, _, _ := strings.Cut(x.ID, "/")
				return x.ID == r || area == r
			})
			if !known {
				t.Errorf("%s: no rule or area %q", k, r)
			}
		}
	}
}

// TestSourcesIn proves that places are found with their lines, whatever the form.
func TestSourcesIn(t *testing.T) {
	text := "# a comment\noffices:\n  - id: chair\n    seats: {min: 0, max: 1}\n  - {id: treasurer, seats: {min: 0, max: 2}}\n"
	got := sourcesIn("access.yaml", []byte(text), "/offices/*/seats")
	want := []Source{{"access.yaml", 4, "/offices/chair/seats", "{min: 0, max: 1}"}, {"access.yaml", 5, "/offices/treasurer/seats", "{min: 0, max: 2}"}}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	for _, none := range []string{"/offices/*/term", "/nothing", "/offices/seats"} {
		if got := sourcesIn("access.yaml", []byte(text), none); got != nil {
			t.Errorf("%s: %v", none, got)
		}
	}
}

// TestWithAgreement proves that one line changes, whatever the form it has.
func TestWithAgreement(t *testing.T) {
	const value = "m4k7q2x5zt3ab 00"
	for was, want := range map[string]string{
		"units:\n  - {id: asker, name: Kárášjohka}\n":                       "units:\n  - {id: asker, agreement: \"" + value + "\", name: Kárášjohka}\n",
		"units:\n  - {name: Kárášjohka, id: asker} # a comment\n":           "units:\n  - {name: Kárášjohka, id: asker, agreement: \"" + value + "\"} # a comment\n",
		"units:\n  - {id: asker, agreement: \"x y\", name: Asker}\n":        "units:\n  - {id: asker, agreement: \"" + value + "\", name: Asker}\n",
		"units:\n  - id: oslo\n  - id: asker\n    name: Asker\nflags: []\n": "units:\n  - id: oslo\n  - id: asker\n    agreement: \"" + value + "\"\n    name: Asker\nflags: []\n",
		"units:\n  - name: Asker\n    id: 'asker'\n":                        "units:\n  - name: Asker\n    id: 'asker'\n    agreement: \"" + value + "\"\n",
	} {
		got, err := withUnitKey([]byte(was), "asker", "agreement", value)
		if err != nil || string(got) != want {
			t.Errorf("%q became %q, %v", was, got, err)
		}
	}
	if _, err := withUnitKey([]byte("units:\n  - {id: oslo}\n"), "asker", "agreement", value); err == nil {
		t.Error("a unit that is not there")
	}
}
