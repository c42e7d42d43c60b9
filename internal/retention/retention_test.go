package retention

import (
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// A file may lie until the last day that its path names, and no longer; what bears no
// such day lies as long as it likes. medlem due is told in cli's script of that name.
func TestUntil(t *testing.T) {
	by := &policy.Policy{Retention: policy.Retention{Activities: policy.Activities{Keep: 3}}}
	for path, want := range map[string]register.Day{
		"data/asker/erase/2028-02/m4k7aaaaaaaaa.yaml.age":         "2028-02-29",
		"data/asker/erase/2027-12/m4k7aaaaaaaaa.yaml.age":         "2027-12-31",
		"data/asker/activities/2026-11-22/m4k7aaaaaaaaa.yaml.age": "2026-11-25",
		"data/asker/members/m/m4k7aaaaaaaaa.yaml.age":             "",
		"data/asker/draws/2026-11-22/m4k7aaaaaaaaa.yaml":          "", // its receipt stays
		"data/asker/keyring.yaml":                                 "",
	} {
		p, err := register.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := Until(p, by); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", path, got, ok, want)
		}
	}
}

// What is due on its last day is in order, and overdue from the next; the order is
// that of units, then kinds as Kinds has them, then days.
func TestItems(t *testing.T) {
	i := Item{Closed, "asker", "2027-02-28", "a"}
	if i.Overdue("2027-02-28") || !i.Overdue("2027-03-01") {
		t.Error("the last day is not the last")
	}
	want := []Item{{Closed, "asker", "2027-01-31", "z"}, i, {Grant, "asker", "2026-01-01", "o-a"}, {Closed, "baerum", "2020-01-31", "a"}}
	got := []Item{want[3], want[2], want[1], want[0]}
	slices.SortFunc(got, Item.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
