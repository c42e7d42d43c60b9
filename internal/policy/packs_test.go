package policy

import (
	"slices"
	"strings"
	"testing"
)

// TestPacks: every pack is in order but for what its organisation has not decided,
// and is not in force before that.
func TestPacks(t *testing.T) {
	for _, name := range Packs() {
		t.Run(name, func(t *testing.T) {
			files, ok := Pack(name)
			if !ok {
				t.Fatal("no files")
			}
			p, problems := LoadPack(files)
			for _, x := range problems {
				t.Errorf("%s\n\thint: %s", x, x.Hint)
			}
			if p == nil {
				return
			}
			for file, b := range files {
				line := "# yaml-language-server: $schema=" + schemaBase + strings.TrimSuffix(file, ".yaml") + ".json\n"
				if !strings.HasPrefix(string(b), line) {
					t.Errorf("%s: the first line names no schema", file)
				}
			}
			if len(p.Tests) == 0 {
				t.Error("no tests of its own")
			}
			other, _ := Pack(name)
			other["organisation.yaml"] = packUnits(t, files, 10)
			if _, problems := LoadPack(other); problems != nil {
				t.Errorf("with other units: %v", problems)
			}
			open := Undecided(files)
			_, problems = Load(files)
			for _, o := range open {
				if o.Says == "" {
					t.Errorf("%s:%d: no comment says what is to be decided", o.File, o.Line)
				}
				if len(problems) <= problemsLimit && !slices.ContainsFunc(problems, func(x Problem) bool {
					return x.File == o.File && x.Path == o.Path && x.Msg == "not decided yet" && x.Line == o.Line && x.Col == o.Col
				}) {
					t.Errorf("%s is not decided, and Load does not say so", o.Key())
				}
			}
			if len(open) != len(problems) {
				t.Errorf("%d open, %d problems", len(open), len(problems))
			}
		})
	}
	if _, ok := Pack("../.."); ok {
		t.Error("a pack outside")
	}
	if _, ok := Pack(""); ok {
		t.Error("a pack without a name")
	}
}
