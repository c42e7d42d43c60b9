package policy

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The interpreter of the schemas says yes and no where the full library does:
// over the standard files and each of the wrong ones.
func TestInterpreterAgreesWithLibrary(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.UseLoader(nil) // nothing is fetched
	entries, err := schemaFS.ReadDir("schema")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		f, err := schemaFS.Open(path.Join("schema", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(schemaBase+e.Name(), doc); err != nil {
			t.Fatal(err)
		}
	}
	library := map[string]*jsonschema.Schema{}
	for _, name := range AllFiles() {
		library[name] = c.MustCompile(schemaBase + strings.TrimSuffix(name, ".yaml") + ".json")
	}
	yes, no := 0, 0
	agree := func(what, name string, text []byte) {
		t.Helper()
		d := parseDocument(name, text)
		if len(d.problems) > 0 {
			return // it is not YAML that a schema could look at
		}
		want := library[name].Validate(d.value) == nil
		d.validate(schemaOf(name))
		if got := len(d.problems) == 0; got != want {
			t.Errorf("%s: %s: the interpreter says %v, the library %v: %v", what, name, got, want, d.problems)
		}
		if want {
			yes++
		} else {
			no++
		}
	}
	for name, text := range sample(t) {
		agree("standard", name, text)
	}
	for name, text := range full(t) {
		agree("full", name, text)
	}
	for what, w := range wrong {
		files := sample(t)
		change(t, files, w.file, w.old, w.new)
		agree(what, w.file, files[w.file])
	}
	for what, w := range wrongFull {
		files := full(t)
		change(t, files, w.file, w.old, w.new)
		agree(what, w.file, files[w.file])
	}
	// Every keyword of the schemas says no at least once.
	for what, text := range map[string]string{
		"type":                 "reasons: 1\nkeep-versions: 1\nrotate: 1\n",
		"required":             "keep-versions: 1\nrotate: 1\n",
		"additionalProperties": "reasons: []\nkeep-versions: 1\nrotate: 1\nmore: 1\n",
		"items":                "reasons: [1]\nkeep-versions: 1\nrotate: 1\n",
		"fraction":             "reasons: [{id: left, keep: 1.5, name: {en: x}}]\nkeep-versions: 1\nrotate: 1\n",
		"whole fraction":       "reasons: [{id: left, keep: 2.0, name: {en: x}}]\nkeep-versions: 1\nrotate: 1\n",
		"minProperties":        "reasons: [{id: left, keep: 1, name: {}}]\nkeep-versions: 1\nrotate: 1\n",
	} {
		agree(what, "retention.yaml", []byte(text))
	}
	// Where a place is a word or a block, and where keys are not named.
	for what, text := range map[string]string{
		"word":    "tests: [{says: x, office: o, expect: yes, at: asker}]\n",
		"block":   "tests: [{says: x, office: o, expect: yes, at: {level: branch}}]\n",
		"neither": "tests: [{says: x, office: o, expect: yes, at: [asker]}]\n",
		"number":  "tests: [{says: x, office: o, expect: yes, at: 5}]\n",
		"no word": "tests: [{says: x, office: o, expect: yes, at: Asker!}]\n",
		"empty":   "tests: [{says: x, office: o, expect: yes, at: {}}]\n",
		"other":   "tests: [{says: x, office: o, expect: yes, at: {level: branch, x: y}}]\n",
	} {
		agree(what, "tests.yaml", []byte(text))
	}
	if yes < 14 || no < 50 {
		t.Errorf("%d accepted and %d refused: too few to say anything", yes, no)
	}
	if !slices.Contains(Files(), "retention.yaml") {
		t.Error("retention.yaml has another name now")
	}
}
