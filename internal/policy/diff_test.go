package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestDiff: what two policies say differently is told by its place, what is
// written differently is not told at all.
func TestDiff(t *testing.T) {
	for name, c := range map[string]struct {
		changes []string
		want    []string
	}{
		"nothing":       {nil, nil},
		"a comment":     {[]string{"access.yaml", "statutes-required: true", "# why\nstatutes-required: true # because"}, nil},
		"quotes":        {[]string{"organisation.yaml", `country: "NO"`, `country: 'NO'`}, nil},
		"order of keys": {[]string{"access.yaml", "seats: {min: 1, max: 6}", "seats: {max: 6, min: 1}"}, nil},
		"order of acts": {[]string{"access.yaml", "may: [read, edit, request, draw, send]", "may: [send, read, edit, request, draw]"}, nil},
		"order of items": {[]string{"access.yaml", "  - {id: board-meeting, name: {nb: Styremøte}}\n  - {id: member-meeting, name: {nb: Medlemsmøte}}\n",
			"  - {id: member-meeting, name: {nb: Medlemsmøte}}\n  - {id: board-meeting, name: {nb: Styremøte}}\n"}, nil},
		"an amount":         {[]string{"access.yaml", "seats: {min: 1, max: 6}", "seats: {min: 1, max: 7}"}, []string{"access.yaml:21 /offices/secretariat/seats/max: 6 → 7"}},
		"a condition":       {[]string{"access.yaml", "unit.members > 200", "unit.members > 150"}, []string{"access.yaml:59 /offices/local-admin/seats/more/0/when: unit.members > 200 → unit.members > 150"}},
		"an act":            {[]string{"access.yaml", "may: [read, edit, request, draw, send]", "may: [read, edit, request, draw]"}, []string{"access.yaml:30 /offices/county-user/may: [read, edit, request, draw, send] → [read, edit, request, draw]"}},
		"order of channels": {[]string{"dues.yaml", "channels: [email, sms, letter]", "channels: [sms, email, letter]"}, []string{"dues.yaml:7 /channels: [email, sms, letter] → [sms, email, letter]"}},
		"a key gone":        {[]string{"access.yaml", "    term: {months: 24, notice: 60}\n", ""}, []string{"access.yaml:49 /offices/local-admin/term: {months: 24, notice: 60} → "}},
		"a key come":        {[]string{"access.yaml", "    belongs: true\n", "    belongs: true\n    guide: {version: \"1.0\"}\n"}, []string{"access.yaml:73 /offices/local-admin/guide:  → {version: 1.0}"}},
		"an item gone":      {[]string{"retention.yaml", "  - {id: left, keep: 3, name: {nb: Har meldt seg ut}}\n", ""}, []string{"retention.yaml:3 /reasons/left: {id: left, keep: 3, name: {nb: Har meldt seg ut}} → "}},
		"an item come":      {[]string{"retention.yaml", "reasons:\n", "reasons:\n  - {id: died, keep: 1, name: {nb: Død}}\n"}, []string{"retention.yaml:4 /reasons/died:  → {id: died, keep: 1, name: {nb: Død}}"}},
		"a field":           {[]string{"fields.yaml", "    max: 11\n", "    max: 12\n"}, []string{"fields.yaml:17 /fields/fodselsnummer/max: 11 → 12"}},
		"a test":            {[]string{"tests.yaml", "holders: 3, expect: no", "holders: 4, expect: no"}, []string{"tests.yaml:23 /tests/201: not three/holders: 3 → 4"}},
		"undecided":         {[]string{"retention.yaml", "keep: 30", "keep: not_stated"}, []string{"retention.yaml:5 /reasons/unpaid/keep: 30 → not_stated"}},
		"a list for a word": {[]string{"organisation.yaml", "beside: [docs]", "beside: docs"}, []string{"organisation.yaml:46 /beside: [docs] → docs"}},
	} {
		a, b := full(t), full(t)
		for i := 0; i < len(c.changes); i += 3 {
			change(t, b, c.changes[i], c.changes[i+1], c.changes[i+2])
		}
		var got []string
		for _, d := range Diff(a, b) {
			got = append(got, fmt.Sprintf("%s:%d %s: %s → %s", d.File, d.Line, d.Path, d.Was, d.Is))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// Texts that begin alike are shown from where they differ.
func TestTell(t *testing.T) {
	const start = "a list is destroyed when it has been used, and not later than "
	for _, c := range []struct{ a, b, was, is string }{
		{"a", "b", "a", "b"},
		{start + "a month", start + "two months", "…a month", "…two months"},
		{start + strings.Repeat("x", 30) + "y", start + strings.Repeat("x", 30) + "z", "…y", "…z"},
		{start + "a month", start + "a month after", "…month", "…month after"},
	} {
		if was, is := tell(c.a, c.b); was != c.was || is != c.is {
			t.Errorf("%q, %q", was, is)
		}
	}
}

// A file that is not there is told by its keys; one that cannot be read is left
// out.
func TestDiffFiles(t *testing.T) {
	a, b := full(t), full(t)
	delete(b, "review.yaml")
	b["dues.yaml"] = []byte("a: [")
	got := Diff(a, b)
	if len(got) != 2 || got[0].Path != "/access" || got[1].Path != "/procedures" || got[0].Line != 0 || got[0].Is != "" || got[0].Was == "" {
		t.Errorf("%+v", got)
	}
	got = Diff(b, a)
	if len(got) != 2 || got[0].Line != 3 || got[0].Was != "" {
		t.Errorf("%+v", got)
	}
}

// A policy differs from another where the other differs from it.
func TestDiffBothWays(t *testing.T) {
	n := 0
	for name, c := range wrongFull {
		a, b := full(t), full(t)
		change(t, b, c.file, c.old, c.new)
		one, two := map[string]bool{}, map[string]bool{}
		for _, d := range Diff(a, b) {
			one[d.File+d.Path] = true
		}
		for _, d := range Diff(b, a) {
			two[d.File+d.Path] = true
		}
		if !maps.Equal(one, two) {
			t.Errorf("%s: %v, and back %v", name, one, two)
		}
		n += len(one)
	}
	if n < 80 {
		t.Errorf("%d differences", n)
	}
}
