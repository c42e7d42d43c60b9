package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const top = "../.."

// TestRules proves that every row has its test, a part of the project that brings
// it, or a reason; that no test names a row that does not exist; and that the page
// says so as it is now.
func TestRules(t *testing.T) {
	b, found, err := read(top)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range b.faults(found) {
		t.Error(f)
	}
	want, err := b.page(found)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(top, page))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: make rules", page)
	}
}

// TestRowsAreWhole proves that no row has been lost. The numbers are those of the
// procedures as they were taken apart.
func TestRowsAreWhole(t *testing.T) {
	b, _, err := read(top)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"P": 38, "K": 24, "D": 38, "U": 18, "N": 69, "B": 25}
	for _, c := range b.chapters() {
		if len(c.rows) != want[c.letter] {
			t.Errorf("%s: %d rows, want %d", c.letter, len(c.rows), want[c.letter])
		}
		delete(want, c.letter)
	}
	if len(want) > 0 {
		t.Errorf("no rows for %v", want)
	}
}

// honest is a book without a fault, for the tests of honestProofs.
const honest = `
missing: [K04]
parts: [{id: site, title: The site, brings: pages}]
organisations:
  - name: Prøve
    what: An invented organisation
    pack: prove
    letter: K
    rows:
      - {id: K01, says: One has access, kind: M, where: [CI], now: true}
      - {id: K02, says: She is thanked, kind: S, where: [SITE], not-software: a person thanks her}
      - {id: K03, says: It is listed, kind: C, where: [CI, SITE], later: the list is a page, also: [TestListed], planned: [site], rest: its page}
      - {id: K04, says: Another one has, kind: I, where: [SEC], now: true, gap: She may copy it.}
      - {id: K05, says: It is told, kind: T, where: [SITE], planned: [site]}
promises:
  - {id: B01, says: It is safe, also: [a/testdata/safe.txt]}
`

func honestProofs() *proofs {
	named := func(n string) []proof { return []proof{{Name: n, File: "a/a_test.go"}} }
	return &proofs{
		rows:    map[string][]proof{"K01": named("TestK01")},
		tests:   map[string][]proof{"TestK01": named("TestK01"), "TestListed": named("TestListed"), "TestTwice": append(named("TestTwice"), named("TestTwice")...)},
		scripts: map[string]proof{"a/testdata/safe.txt": {Name: "safe.txt", File: "a/testdata/safe.txt"}},
	}
}

// TestFaults proves that each thing that may be wrong with a row is found, alone,
// and that nothing is found where nothing is wrong.
func TestFaults(t *testing.T) {
	tests := []struct{ name, old, new, test, want string }{
		{"in order", "", "", "", ""},
		{"a row with nothing", ", planned: [site]}\npromises", "}\npromises", "", "row K05 has nothing"},
		{"a promise with nothing", ", also: [a/testdata/safe.txt]", "", "", "row B01 has nothing"},
		{"due without a test", "missing: [K04]", "missing: []", "", "row K04 is due and has no test"},
		{"missing and there", "", "", "K04", "row K04 has a test now"},
		{"missing and not due", "[K04]", "[K04, K05]", "", "missing: K05 is not due"},
		{"missing and no row", "[K04]", "[K04, K09]", "", "missing: K09 is no row"},
		{"missing twice", "[K04]", "[K04, K04]", "", "missing: K04: duplicate"},
		{"a test of no row", "", "", "K06", "a/a_test.go names row K06, which does not exist"},
		{"a test of what is not for software", "", "", "K02", "row K02 is not for software, and yet has a test"},
		{"planned and not for software", "K02, says", "K02, planned: [site], says", "", "row K02: is not for software, and yet due"},
		{"a row left out", "K02, says", "K03, says", "", "row K03: want K02"},
		{"no words", "One has access", `""`, "", "row K01: says nothing"},
		{"a table in a cell", "One has access", "One | has", "", "row K01: a text is not one line"},
		{"a long text", "One has access", strings.Repeat("long ", 49), "", "row K01: a text is not one line"},
		{"unknown part", "planned: [site]}", "planned: [sight]}", "", `row K05: unknown part "sight"`},
		{"unknown kind", "kind: T", "kind: Q", "", `row K05: unknown kind "Q"`},
		{"unknown place", "where: [CI], now", "where: [CI, HERE], now", "", `row K01: unknown place "HERE"`},
		{"no place", "kind: T, where: [SITE]", "kind: T, where: []", "", "row K05: is enforced nowhere"},
		{"neither now nor later", "where: [CI], now: true", "where: [CI]", "", "row K01: is either due now"},
		{"now and later", "where: [CI], now: true", "where: [CI], now: true, later: soon, planned: [site]", "", "row K01: is either due now"},
		{"later and never", "planned: [site], rest: its page", "", "", "row K03: is due later, and no part brings it"},
		{"a rest of nothing", "gap: She", "rest: more, gap: She", "", "row K04: has a rest"},
		{"due on the site", "kind: T", "kind: T, later: soon", "", "row K05: only rows of the check"},
		{"a promise with a kind", "It is safe", "It is safe, kind: M", "", "row B01: a promise has no kind"},
		{"a proof that is not there", "TestListed", "TestGone", "", `row K03: there is no test "TestGone"`},
		{"a script that is not there", "safe.txt", "sound.txt", "", `row B01: there is no test "a/testdata/sound.txt"`},
		{"a proof of two names", "TestListed", "TestTwice", "", "row K03: 2 packages have a test TestTwice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(honest, tt.old, tt.new, 1)
			if tt.old != "" && text == honest {
				t.Fatal("nothing is replaced")
			}
			b, err := parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			found := honestProofs()
			if tt.test != "" {
				found.rows[tt.test] = []proof{{Name: "Test" + tt.test, File: "a/a_test.go"}}
			}
			got := b.faults(found)
			if tt.want == "" && len(got) == 0 {
				return
			}
			if tt.want == "" || len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
				t.Errorf("got %q, want one that begins with %q", got, tt.want)
			}
		})
	}
	if _, err := parse([]byte(strings.Replace(honest, "gap:", "gaps:", 1))); err == nil || !strings.Contains(err.Error(), "gaps") {
		t.Errorf("unknown key: %v", err)
	}
}

// TestCells proves what the page says of each kind of row, and how it counts them.
func TestCells(t *testing.T) {
	b, err := parse([]byte(honest))
	if err != nil {
		t.Fatal(err)
	}
	found := honestProofs()
	text, err := b.page(found)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| K01 | One has access | rule | check | [TestK01](../a/a_test.go). |",
		"| K02 | She is thanked | recommendation | site | Not for software: a person thanks her. |",
		"| K03 | It is listed | capability | check, site | [TestListed](../a/a_test.go). Planned (site): its page. Not due: the list is a page. |",
		"| K04 | Another one has | implied | merge | **No test of its own yet.** *She may copy it.* |",
		"| K05 | It is told | text to find | site | Planned: site. |",
		"| B01 | It is safe | [safe.txt](../a/testdata/safe.txt). |",
		"| Prøve | 5 | 1 | 1 | 1 | 1 | 1 |",
		"| our promises | 1 | 1 | 0 | 0 | 0 | 0 |",
	} {
		if !strings.Contains(string(text), line+"\n") {
			t.Errorf("the page has no line\n%s", line)
		}
	}
}

// TestFind proves which tests count for which row: those that go test or a script's
// runner would run, and that say the row in one of the two forms.
func TestFind(t *testing.T) {
	root := t.TempDir()
	write := func(file, text string) {
		t.Helper()
		path := filepath.Join(root, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("a/a_test.go", `package a

import "testing"

func TestK20HandOver(t *testing.T) {}
func TestK20(t *testing.T)         {}
func TestK21_both(t *testing.T)    {}
func TestPlain(t *testing.T)       {}
func TestX25519(t *testing.T)      {}
func TestK2(t *testing.T)          {}
func TestK200(t *testing.T)        {}
func TestK22s(t *testing.T)        {}

func TestK23()                     {}
func TestK24(m *testing.M)         {}
func (x) TestK25(t *testing.T)     {}
func helper(t *testing.T) { _ = `+"`\nfunc TestK26(t *testing.T) {}\n`"+` }

type x struct{}
`)
	write("a/a.go", "package a\n\nimport \"testing\"\n\nfunc TestK27(t *testing.T) {}\n")
	write("a/testdata/b_test.go", "package b\n\nimport \"testing\"\n\nfunc TestK28(t *testing.T) {}\n")
	write(".old/c_test.go", "package c\n\nimport \"testing\"\n\nfunc TestK29(t *testing.T) {}\n")
	write("a/testdata/attacks/one.txt", "# ATTACK: x\n# Rule D18\n# Rule D19: both sides\n# Rule D18.\n\nexec x\n# Rules are rules.\n-- f --\n# Rule D20\n")
	write("a/testdata/two.txt", "# Rules D21, D22\n# Rule D23 D24\n#rule D25\n# Rule D2\n")
	write("a/note.txt", "# Rule D26\n")

	p, err := find(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, id := range p.ids() {
		for _, x := range p.rows[id] {
			got = append(got, id+" "+x.Name+" "+x.File)
		}
	}
	want := []string{
		"D18 one.txt a/testdata/attacks/one.txt",
		"D19 one.txt a/testdata/attacks/one.txt",
		"K20 TestK20 a/a_test.go",
		"K20 TestK20HandOver a/a_test.go",
		"K21 TestK21_both a/a_test.go",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s", strings.Join(got, "\n"))
	}
	for _, name := range []string{"TestK2 ", "TestK200 ", "TestK22s ", "# Rules D21, D22", "# Rule D23 D24", "#rule D25", "# Rule D2\""} {
		if n := len(slices.DeleteFunc(slices.Clone(p.faults), func(f string) bool { return !strings.Contains(f, name) })); n != 1 {
			t.Errorf("%q is named in %d faults of %q", name, n, p.faults)
		}
	}
	if len(p.faults) != 7 {
		t.Errorf("%d faults: %q", len(p.faults), p.faults)
	}
	if _, err := p.named("TestPlain"); err != nil {
		t.Error(err)
	}
}
