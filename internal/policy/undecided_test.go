package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// full returns a policy that uses every key that there is.
func full(t testing.TB) map[string][]byte {
	t.Helper()
	return read(t, "testdata/full")
}

var index = regexp.MustCompile(`/\d+`)

// TestAnythingMayBeUndecided: whatever value of a policy is not decided yet, Load
// refuses the policy at that place and says nothing else of it, and a pack may
// leave it open, its other values judged as they were.
func TestAnythingMayBeUndecided(t *testing.T) {
	files := full(t)
	seen := map[string]bool{}
	for _, name := range AllFiles() {
		d := parseDocument(name, files[name])
		for _, path := range slices.Sorted(maps.Keys(d.values)) {
			shape := name + index.ReplaceAllString(path, "/#")
			last := shape[strings.LastIndexByte(shape, '/')+1:]
			if path == "" || seen[shape] || last == "id" || last == "key" && name == "fields.yaml" {
				continue // what has no id cannot be referred to
			}
			seen[shape] = true
			open := maps.Clone(files)
			open[name] = withOpen(t, files[name], d.values[path])
			list := Undecided(open)
			if len(list) != 1 || list[0].Path != path {
				t.Fatalf("%s%s: open are %v", name, path, list)
			}
			p, problems := LoadPack(open)
			if p == nil {
				t.Errorf("%s%s: the pack is refused: %s", name, path, problems)
			}
			// The other files make no difference to that, and cost time.
			p, problems = Load(map[string][]byte{name: open[name]})
			if p != nil || !slices.ContainsFunc(problems, func(x Problem) bool {
				return x.File == name && x.Path == path && x.Msg == "not decided yet" && x.Line == list[0].Line && x.Col == list[0].Col
			}) {
				t.Errorf("%s%s: in force: %v", name, path, problems)
			}
		}
	}
	if len(seen) < 250 {
		t.Errorf("%d places tried, want at least 250", len(seen))
	}
}

// withOpen returns a file with not_stated in the place of a value.
func withOpen(t *testing.T, text []byte, n *yaml.Node) []byte {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(*yaml.Node) bool
	walk = func(x *yaml.Node) bool {
		if x.Line == n.Line && x.Column == n.Column && x.Kind == n.Kind {
			*x = yaml.Node{Kind: yaml.ScalarNode, Value: notStated}
			return true
		}
		return slices.ContainsFunc(x.Content, walk)
	}
	if !walk(doc.Content[0]) {
		t.Fatal("the value is not there")
	}
	b, err := yaml.Marshal(&doc)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestUndecided: what is open is listed in the order of the files, with the
// comment above it.
func TestUndecided(t *testing.T) {
	files := full(t)
	change(t, files, "retention.yaml", "  - {id: unpaid, keep: 30,", "  # How long, when the dues\n  #   are not paid?\n  - {id: unpaid, keep: not_stated,")
	change(t, files, "access.yaml", "      falling-back: keep\n", "\n      # May they stay?\n      #\n      # keep or end.\n      falling-back: not_stated  # for now\n")
	change(t, files, "access.yaml", "guards: {largest-removal: 25}", "guards: not_stated")
	change(t, files, "organisation.yaml", "reference: sak 12/26", `reference: "not_stated"`)
	var got []string
	for _, o := range Undecided(files) {
		got = append(got, fmt.Sprintf("%s at %d:%d: %s", o.Key(), o.Line, o.Col, o.Says))
	}
	want := []string{
		"access.yaml:/guards at 7:9: ",
		"access.yaml:/offices/4/seats/falling-back at 68:21: May they stay? keep or end.",
		"retention.yaml:/reasons/1/keep at 7:24: How long, when the dues are not paid?",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if list := Undecided(map[string][]byte{"access.yaml": []byte("a: [not_stated")}); list != nil {
		t.Errorf("of no YAML: %v", list)
	}
}

// TestPackIsJudged: what is not undecided is judged in a pack as in force.
func TestPackIsJudged(t *testing.T) {
	files := full(t)
	change(t, files, "retention.yaml", "keep: 30", "keep: not_stated")
	change(t, files, "access.yaml", "falling-back: keep", "falling-back: not_stated")
	change(t, files, "access.yaml", `"unit.members > 200"`, `"unit.membrs > 200"`)
	change(t, files, "lists.yaml", "to: member, consent: written", "to: member, consent: none")
	change(t, files, "retention.yaml", "keep: 3,", "keep: three,")
	_, problems := LoadPack(files)
	var got []string
	for _, x := range problems {
		got = append(got, x.File+x.Path)
	}
	want := []string{"access.yaml/offices/4/seats/more/0/when", "lists.yaml/disclosure/rules/2/consent", "retention.yaml/reasons/0/keep"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestDecide: what was decided stands in the place of the word, and all else is
// as it was, byte for byte.
func TestDecide(t *testing.T) {
	before := full(t)
	files := full(t)
	change(t, files, "retention.yaml", "keep: 30", "keep: not_stated")
	change(t, files, "access.yaml", "{min: 1, max: 2, as: recommendation}", "{min: 1, max: not_stated, as: not_stated}")
	change(t, files, "access.yaml", "second-factor: [passphrase, ssh-key, plugin]", "second-factor: not_stated # ask")
	change(t, files, "organisation.yaml", "name: {nb: Lokallag}", "name: {nb: not_stated}")
	change(t, files, "organisation.yaml", `url: "https://prove.example/vedtekter"`, "url: not_stated")
	change(t, files, "organisation.yaml", "reference: sak 12/26", "reference: not_stated")
	files["lists.yaml"] = []byte(strings.ReplaceAll(string(files["lists.yaml"]), "\n", "\r\n"))
	change(t, files, "lists.yaml", "destroy-after: 30", "destroy-after: not_stated")
	before["lists.yaml"] = []byte(strings.Replace(string(files["lists.yaml"]), "not_stated", "30", 1))

	out, problems := Decide(files, map[string]string{
		"retention.yaml:/reasons/1/keep":       "30",
		"access.yaml:/offices/1/seats/max":     " 2 ",
		"access.yaml:/offices/1/seats/as":      "recommendation",
		"access.yaml:/offices/1/second-factor": "[passphrase, ssh-key, plugin]",
		"organisation.yaml:/levels/3/name/nb":  "Lokallag",
		"organisation.yaml:/statutes/0/url":    "https://prove.example/vedtekter",
		"organisation.yaml:/decided/reference": "sak: 12/26, #4}",
		"lists.yaml:/destroy-after":            "30",
	})
	if problems != nil {
		t.Fatal(problems)
	}
	change(t, before, "access.yaml", "second-factor: [passphrase, ssh-key, plugin]", "second-factor: [passphrase, ssh-key, plugin] # ask")
	change(t, before, "organisation.yaml", "reference: sak 12/26", `reference: "sak: 12/26, #4}"`)
	change(t, before, "organisation.yaml", `url: "https://prove.example/vedtekter"`, "url: https://prove.example/vedtekter")
	for name, want := range before {
		if string(out[name]) != string(want) {
			t.Errorf("%s is now\n%s", name, out[name])
		}
	}
	if _, problems := Load(out); problems != nil {
		t.Error(problems)
	}
}

// TestDecideByPlace: a number that stands where text belongs gets the quotes that a
// shell took off, and a text where each language has one is the organisation's own.
func TestDecideByPlace(t *testing.T) {
	files := full(t)
	change(t, files, "organisation.yaml", "reference: sak 12/26", "reference: not_stated")
	change(t, files, "organisation.yaml", "name: {nb: Lokallag}", "name: not_stated")
	for value, want := range map[string]string{"1.0": `"1.0"`, "true": `"true"`, `"1.0"`: `"1.0"`, "sak 3": "sak 3"} {
		out, problems := Decide(files, map[string]string{"organisation.yaml:/decided/reference": value, "organisation.yaml:/levels/3/name": "Lag: her"})
		if problems != nil {
			t.Fatal(problems)
		}
		text := string(out["organisation.yaml"])
		if !strings.Contains(text, "reference: "+want) || !strings.Contains(text, `name: {nb: "Lag: her"}`) {
			t.Errorf("%s: %s", value, text)
		}
		if _, problems := Load(out); problems != nil {
			t.Error(value, problems)
		}
	}
	out, problems := Decide(files, map[string]string{"organisation.yaml:/levels/3/name": "{sv: Lag}"})
	if problems != nil || !strings.Contains(string(out["organisation.yaml"]), "name: {sv: Lag}") {
		t.Error(problems)
	}
}

// TestDecideWrongly: a decision about nothing, or that is none, changes nothing.
func TestDecideWrongly(t *testing.T) {
	files := full(t)
	change(t, files, "retention.yaml", "keep: 30", "keep: not_stated")
	for _, c := range []struct{ key, value, msg, hint string }{
		{"retention.yaml:/reasons/0/keep", "3", "nothing is undecided there", `did you mean "retention.yaml:/reasons/1/keep"?`},
		{"nothing.yaml:/x", "3", "nothing is undecided there", ""},
		{"retention.yaml:/reasons/1/keep", " ", "nothing was decided", "on one line"},
		{"retention.yaml:/reasons/1/keep", "not_stated", "nothing was decided", "on one line"},
		{"retention.yaml:/reasons/1/keep", "3\nreasons: []", "", "on one line"},
		{"retention.yaml:/reasons/1/keep", "3\u202e", "", "on one line"},
	} {
		out, problems := Decide(files, map[string]string{c.key: c.value})
		if out != nil || len(problems) != 1 || !strings.Contains(problems[0].Msg, c.msg) || !strings.Contains(problems[0].Hint, c.hint) {
			t.Errorf("%s: %v", c.key, problems)
		}
	}
}

// TestDecideText: no text that is decided becomes anything but that text, or one
// value, where it stands.
func TestDecideText(t *testing.T) {
	for _, value := range []string{"a: b", "a, b", "- a", "# a", "a #b", "a]", "}", "*a", "&a b", "!a b", "~", "null", "<<", "@a", "`a", "%a", "|", ">", "? a", "a\\b", `a"b`, "æ ø å", "'", `"`, "[", "{a: b}, c", "''x"} {
		for _, at := range []string{"contact: not_stated", "contact: {x: not_stated}", "contact: [not_stated]"} {
			files := map[string][]byte{"organisation.yaml": []byte("name: x\n" + at + "\ncountry: y\n")}
			open := Undecided(files)
			out, problems := Decide(files, map[string]string{open[0].Key(): value})
			if problems != nil {
				t.Errorf("%q: %v", value, problems)
				continue
			}
			d := parseDocument("organisation.yaml", out["organisation.yaml"])
			if n := d.values[open[0].Path]; d.problems != nil || n == nil || n.Value != value || n.ShortTag() == "!!null" || d.line("/country") != 3 || len(d.values) != len(parseDocument("", files["organisation.yaml"]).values) {
				t.Errorf("%q at %q: %s %v", value, at, out["organisation.yaml"], d.problems)
			}
		}
	}
}
