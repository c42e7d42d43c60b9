package procedures

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/gitstore"
)

// No page that anybody may read names a unit for members with protected identity:
// neither its id, nor its name, nor how many hold its offices.
func TestProtectedUnitIsNamedNowhere(t *testing.T) {
	files := pack(t, "")
	const unit = "{id: skjerm-7, level: branch, name: Hemmelig Lag, under: akershus"
	with := func(more string) *Site {
		text := strings.Replace(string(files["organisation.yaml"]), "units:\n", "units:\n  - "+unit+more+"}\n", 1)
		return assembled(t, map[string][]byte{"organisation.yaml": []byte(text), "access.yaml": files["access.yaml"], "fields.yaml": files["fields.yaml"],
			"retention.yaml": files["retention.yaml"], "lists.yaml": files["lists.yaml"], "pages.yaml": files["pages.yaml"]})
	}
	names := func(site *Site) (out []string) {
		for _, f := range site.Files {
			if bytes.Contains(f.Body, []byte("skjerm-7")) || bytes.Contains(f.Body, []byte("Hemmelig Lag")) {
				out = append(out, f.Name)
			}
		}
		return out
	}
	if got := names(with("")); len(got) == 0 {
		t.Fatal("nothing names a unit: this test cannot fail")
	}
	if got := names(with(", protected: true")); len(got) > 0 {
		t.Errorf("the protected unit is named in %q", got)
	}
}

// Nor does what is told of how the policy changed: that the unit came, what was said of
// it before it was protected, and that it went.
func TestProtectedUnitHasNoHistory(t *testing.T) {
	files := pack(t, "")
	mem := gitstore.NewMemory()
	tree := func(unit string) gitstore.ID {
		t.Helper()
		text := string(files["organisation.yaml"])
		if unit != "" {
			text = strings.Replace(text, "units:\n", "units:\n  - "+unit+"\n", 1)
		}
		var edits []gitstore.Edit
		for name, b := range files {
			if name == "organisation.yaml" {
				b = []byte(strings.Replace(text, "medlem@prove.example", "post"+string(rune('0'+len(unit)%7))+"@prove.example", 1))
			}
			id, err := mem.Blob(b)
			if err != nil {
				t.Fatal(err)
			}
			edits = append(edits, gitstore.Edit{Path: "policies/" + name, ID: id})
		}
		id, err := mem.Tree(gitstore.ZeroID, edits)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	const open, hidden = "{id: skjerm-7, level: branch, name: Hemmelig Lag, under: akershus}", "{id: skjerm-7, level: branch, name: Hemmelig Lag, under: akershus, protected: true}"
	for name, x := range map[string]struct{ was, is, now string }{
		"it comes":                   {"", hidden, hidden},
		"it is protected":            {open, hidden, hidden},
		"it goes":                    {hidden, "", ""},
		"it came, and was protected": {"", open, hidden},
	} {
		now, err := policyFiles(mem, tree(x.now))
		if err != nil {
			t.Fatal(err)
		}
		tell, err := newTelling(Input{Policies: now, Day: "2026-11-22", Commands: noHelp, Repo: mem})
		if err != nil {
			t.Fatal(err)
		}
		changes, err := tell.changes(tree(x.was), tree(x.is), editedJSON{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(changes)
		if err != nil || !bytes.Contains(b, []byte("organisation")) {
			t.Fatalf("%s: %v: nothing is told: this test cannot fail", name, err)
		}
		if bytes.Contains(b, []byte("skjerm-7")) || bytes.Contains(b, []byte("Hemmelig Lag")) {
			t.Errorf("%s: told in %s", name, b)
		}
	}
}
