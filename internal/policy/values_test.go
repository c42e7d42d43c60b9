package policy

import (
	"slices"
	"strings"
	"testing"
)

// Every place of the full policy is listed once, where it stands; with what it
// leaves out it is what a page may ask for.
func TestValues(t *testing.T) {
	files := map[string][]byte{
		"retention.yaml": []byte("reasons:\n  - {id: left, name: {sv: Har slutat, nb: Har sluttet}, keep: 3}\n  - id: died\n    keep: not_stated\n    name: not_stated\n"),
		"lists.yaml":     []byte("purposes:\n  - {id: mailing, name: {sv: Utskick}, columns: [given, email]}\ndestroy-after: 30\nattest: not_stated\nbulk-import: {until: 2026-12-31, single: 3}\n"),
		"dues.yaml":      []byte("collected-by: national\nmeans:\n  - {id: cash, for: [], says: {sv: Nej}}\n"),
	}
	got := map[string]Value{}
	for _, v := range Values(files) {
		if _, twice := got[v.Path]; twice {
			t.Errorf("%s twice", v.Path)
		}
		got[v.Path] = v
	}
	for path, want := range map[string]Value{
		"retention.reasons":           {File: "retention.yaml", Line: 1, Place: "retention.reasons", List: []string{"left", "died"}},
		"retention.reasons.left.keep": {File: "retention.yaml", Line: 2, Place: "retention.reasons.*.keep", Plain: int64(3)},
		"retention.reasons.died.keep": {File: "retention.yaml", Line: 4, Place: "retention.reasons.*.keep", Open: true},
		"lists.purposes.mailing":      {File: "lists.yaml", Line: 2, Place: "lists.purposes.*", List: []string{"id", "name", "columns"}},
		"lists.bulk-import.until":     {File: "lists.yaml", Line: 5, Place: "lists.bulk-import.until", Plain: "2026-12-31", Day: true},
		"lists.attest":                {File: "lists.yaml", Line: 4, Place: "lists.attest", Open: true},
		"dues.means.cash.for":         {File: "dues.yaml", Line: 3, Place: "dues.means.*.for"},
	} {
		v := got[path]
		if v.File != want.File || v.Line != want.Line || v.Place != want.Place || v.Plain != want.Plain || v.Open != want.Open || v.Day != want.Day || !slices.Equal(v.List, want.List) {
			t.Errorf("%s: %+v, want %+v", path, v, want)
		}
	}
	if n := got["retention.reasons.left.name"].Names; n["sv"] != "Har slutat" || n["nb"] != "Har sluttet" {
		t.Errorf("names %v", n)
	}
	out := Absent(files)
	for _, path := range []string{"sendings", "sendings.email.images", "lists.sharing", "lists.disclosure.introductions.days", "dues.means.swish", "dues.means.swish.says", "dues.lapse", "retention.rotate", "organisation.site"} {
		if !slices.Contains(out, path) {
			t.Errorf("%s is not said to be absent", path)
		}
	}
	for _, path := range out {
		if _, there := got[path]; there {
			t.Errorf("%s is there", path)
		}
		if strings.HasSuffix(path, ".nb") || strings.HasPrefix(path, "organisation.units.") {
			t.Errorf("%s is no place that pages ask for", path)
		}
	}
	for range 5 { // maps have no order
		if again := Values(files); !slices.EqualFunc(again, Values(files), func(a, b Value) bool { return a.Path == b.Path && slices.Equal(a.List, b.List) }) {
			t.Fatal("the order changes")
		}
	}
}
