package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/record"
)

// sample returns a policy to change: one that does not change when the standard
// one does.
func sample(t testing.TB) map[string][]byte {
	t.Helper()
	return read(t, filepath.Join("testdata", "policy"))
}

// change replaces the one place in a file where old stands.
func change(t testing.TB, files map[string][]byte, name, old, new string) {
	t.Helper()
	s := string(files[name])
	if n := strings.Count(s, old); n != 1 {
		t.Fatalf("%s: %q stands %d times", name, old, n)
	}
	files[name] = []byte(strings.Replace(s, old, new, 1))
}

func TestSyntax(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
		msg  string
	}{
		"nothing":         {"", 1, "empty"},
		"only comments":   {"# x\n", 1, "empty"},
		"open bracket":    {"name: x\nlanguages: [nb,\n", 0, "not well-formed YAML"},
		"open quote":      {"name: \"x\ncountry: NO\n", 0, "not well-formed YAML"},
		"no colon":        {"name: x\ncountry\nlanguages: [nb]\n", 2, "not well-formed YAML"},
		"bad indent":      {"name: x\n  country: NO\n", 2, "not well-formed YAML"},
		"stray item":      {"levels:\n  - id: a\n - id: b\n", 3, "not well-formed YAML"},
		"unknown alias":   {"name: *x\n", 0, "not well-formed YAML"},
		"tab":             {"name: x\n\tcountry: NO\n", 2, "a tab"},
		"NUL":             {"name: x\x00\n", 1, "control character"},
		"not UTF-8":       {"name: x\nname: \xe5\n", 2, "not UTF-8"},
		"lost character":  {"name: \ufffd\n", 1, "was lost"},
		"direction":       {"name: a\u202eb\n", 1, "control character"},
		"second document": {"name: x\n---\nname: y\n", 2, "a second document"},
		"after the end":   {"name: x\n...\nname: y\n", 3, "a second document"},
		"a list":          {"- x\n", 1, "a list where a block of keys belongs"},
		"a word":          {"x\n", 1, "a text where a block of keys belongs"},
		"too large":       {strings.Repeat("#\n", FileLimit/2+1), 0, "more than 1048576"},
		"deep":            {"name: " + strings.Repeat("[", 20000), 0, "not well-formed YAML"},
		"bomb":            {"a: &a [x, x]\nb: &b [*a, *a]\n", 1, "anchors"},
	} {
		files := sample(t)
		files["organisation.yaml"] = []byte(c.text)
		p, problems := Load(files)
		if p != nil || len(problems) == 0 {
			t.Errorf("%s: accepted", name)
			continue
		}
		x := problems[0]
		if x.File != "organisation.yaml" || c.line != 0 && x.Line != c.line || !strings.Contains(x.Msg, c.msg) {
			t.Errorf("%s: %s\n\twant line %d, %q", name, x, c.line, c.msg)
		}
	}
}

func TestFiles(t *testing.T) {
	files := sample(t)
	delete(files, "access.yaml")
	files["acess.yaml"] = []byte("x")
	_, problems := Load(files)
	var got []string
	for _, x := range problems {
		got = append(got, x.String()+" | "+x.Hint)
	}
	want := []string{
		"access.yaml: missing | every register has this file: medlem init writes one",
		`acess.yaml: no such policy file | did you mean "access.yaml"?`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, problems := Load(nil); len(problems) != len(Files()) {
		t.Errorf("no files: %v", problems)
	}
}

// TestSeveralProblems: everything that is wrong is said at once, sorted, as it
// is shown.
func TestSeveralProblems(t *testing.T) {
	files := sample(t)
	change(t, files, "retention.yaml", "keep: 6", "kep: 6")
	change(t, files, "organisation.yaml", "contact: medlem@prove.example", "contact:\ncontry: NO")
	change(t, files, "fields.yaml", "key: joined", "key: rev")
	change(t, files, "fields.yaml", "    legal-basis: interest", "    legal-basis: habit")
	_, problems := Load(files)
	var got []string
	for _, x := range problems {
		got = append(got, x.String())
	}
	want := []string{
		`fields.yaml:107:18: /fields/2/legal-basis: unknown legal basis "habit"`,
		`fields.yaml:218:10: /fields/12/key: the key "rev" is the register's own`,
		`organisation.yaml:13:9: /contact: empty`,
		`organisation.yaml:14:1: /contry: unknown key "contry"`,
		`retention.yaml:23:5: /reasons/2: missing keep`,
		`retention.yaml:24:5: /reasons/2/kep: unknown key "kep"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTooManyProblems(t *testing.T) {
	for name, text := range map[string]string{
		"wrong values": "reasons:\n" + strings.Repeat("  - x\n", 500),
		"unknown keys": "reasons: []\n" + numbered("k%d: 1\n", 500),
		"parents":      "name: N\ncountry: \"NO\"\nlanguages: [en]\ncontact: x\nlevels: [{id: a, name: {en: A}}, {id: b, under: a, name: {en: B}}]\nunits:\n" + numbered("  - {id: u%d, level: b, name: U, under: v}\n", 5000),
	} {
		files := sample(t)
		file := "retention.yaml"
		if name == "parents" {
			file = "organisation.yaml"
		}
		files[file] = []byte(text)
		_, problems := Load(files)
		if n := len(problems); n != problemsLimit+1 || problems[n-1].Msg != "and more problems from here on" {
			t.Errorf("%s: %d problems, the last %s", name, n, problems[n-1])
		}
	}
}

// numbered returns n lines with their number in each.
func numbered(line string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

func TestUnitCycle(t *testing.T) {
	files := sample(t)
	// Levels that may hold each other cannot be written, so a cycle shows as a
	// unit under one of a level that is not above it, and once as itself.
	change(t, files, "organisation.yaml", "name: Akershus, under: national", "name: Akershus, under: asker")
	_, problems := Load(files)
	var msgs []string
	for _, x := range problems {
		msgs = append(msgs, x.Msg)
	}
	if !slices.ContainsFunc(msgs, func(m string) bool { return strings.Contains(m, "is below itself") }) {
		t.Errorf("no word of the cycle: %v", msgs)
	}
}

func TestProblemText(t *testing.T) {
	for _, c := range []struct {
		p    Problem
		want string
	}{
		{Problem{File: "a.yaml", Line: 3, Col: 5, Path: "/x", Msg: "m"}, "a.yaml:3:5: /x: m"},
		{Problem{File: "a.yaml", Line: 3, Msg: "m"}, "a.yaml:3: m"},
		{Problem{File: "a.yaml", Msg: "m"}, "a.yaml: m"},
	} {
		if got := c.p.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestSchemasSayWhatTheCodeDoes: the words of the schemas, which editors read,
// are those of the code.
func TestSchemasSayWhatTheCodeDoes(t *testing.T) {
	enum := func(file string, path ...string) []string {
		b, err := schemaFS.ReadFile("schema/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		for _, p := range path {
			v = v.(map[string]any)[p]
		}
		var out []string
		if m, ok := v.(map[string]any); ok {
			for k := range m {
				out = append(out, k)
			}
			slices.SortFunc(out, func(a, b string) int {
				return cmp.Compare(slices.Index(Languages, a), slices.Index(Languages, b))
			})
			return out
		}
		for _, w := range v.([]any) {
			out = append(out, w.(string))
		}
		return out
	}
	var acts, types []string
	for _, a := range Acts {
		acts = append(acts, string(a))
	}
	for _, y := range record.Types {
		types = append(types, string(y))
	}
	for _, c := range []struct{ schema, code []string }{
		{enum("access.json", "properties", "offices", "items", "properties", "may", "items", "enum"), acts},
		{enum("access.json", "properties", "offices", "items", "properties", "scope", "enum"), []string{ScopeOwn, ScopeSubtree, ScopeAll, ScopeNone}},
		{enum("fields.json", "properties", "fields", "items", "properties", "type", "enum"), types},
		{enum("common.json", "$defs", "names", "properties"), Languages},
		{enum("organisation.json", "properties", "languages", "items", "enum"), Languages},
		{enum("organisation.json", "properties", "sensitivity", "enum"), Sensitivities},
		{enum("access.json", "properties", "offices", "items", "properties", "needs", "items", "enum"), []string{NeedPurpose, NeedPosition, NeedTask, NeedReason, NeedColumns, NeedUntil, NeedDocument}},
		{enum("access.json", "properties", "offices", "items", "properties", "second-factor", "items", "enum"), Factors},
		{enum("access.json", "properties", "offices", "items", "properties", "exceptions", "items", "properties", "waives", "items", "enum"), Waivable},
		{enum("access.json", "properties", "responsible", "required"), Areas},
		{enum("sendings.json", "properties", "channels", "items", "enum"), Channels},
		{enum("sendings.json", "properties", "audiences", "items", "enum"), Audiences},
		{enum("tests.json", "properties", "tests", "items", "properties", "may", "enum"), acts},
	} {
		if !slices.Equal(c.schema, c.code) {
			t.Errorf("the schema says %v, the code %v", c.schema, c.code)
		}
	}
	for p := range patterns {
		found := false
		for _, f := range append(AllFiles(), "common.yaml") {
			b, _ := schemaFS.ReadFile("schema/" + strings.TrimSuffix(f, ".yaml") + ".json")
			found = found || strings.Contains(string(b), `"`+p+`"`)
		}
		if !found {
			t.Errorf("no schema has the pattern %s", p)
		}
	}
}

// The policy that uses every key does.
func TestFullIsFull(t *testing.T) {
	for name, text := range full(t) {
		d := parseDocument(name, text)
		used := map[string]bool{}
		for path := range d.keys {
			used[path[strings.LastIndexByte(path, '/')+1:]] = true
		}
		for _, key := range schemaOf(name).keys {
			if !used[key] && !slices.Contains(Languages, key) {
				t.Errorf("%s: %s is not there", name, key)
			}
		}
	}
}

func TestSuggest(t *testing.T) {
	list := []string{"read", "edit", "region-officer"}
	for word, want := range map[string]string{
		"raed": `did you mean "read"?`, "Edit": `did you mean "edit"?`, "regionofficer": `did you mean "region-officer"?`,
		"xyz": "write one of read, edit, region-officer", "": "write one of read, edit, region-officer",
		strings.Repeat("read", 20): "write one of read, edit, region-officer",
	} {
		if got := suggest(word, list); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
	if got := near("xyz", list); got != "" {
		t.Errorf("near: %s", got)
	}
}
