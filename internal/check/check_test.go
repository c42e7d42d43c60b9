package check_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/scratch"
)

// TestMain makes sure, after all tests have run, that every rule was seen named
// by some test: a rule that nothing can trip is no rule.
func TestMain(m *testing.M) {
	flag.Parse()
	code := scratch.Run(m)
	whole := true // every test ran
	flag.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "test.run", "test.skip", "test.fuzz", "test.list", "test.bench", "test.short":
			whole = false
		}
	})
	if whole && code == 0 {
		for _, r := range check.Rules() {
			if !emitted.ids[r.ID] {
				fmt.Printf("rule %s: no test names it\n", r.ID)
				code = 1
			}
		}
	}
	if templateDir != "" {
		os.RemoveAll(templateDir)
	}
	os.Exit(code)
}

func TestRules(t *testing.T) {
	id := regexp.MustCompile(`^(check|layout|seal|sign|scope|grant|review|reader|draw|sending|dues|retention|policy)/[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	for _, r := range check.Rules() {
		switch {
		case !id.MatchString(r.ID):
			t.Errorf("rule %q: want area/slug", r.ID)
		case seen[r.ID]:
			t.Errorf("rule %q is listed twice", r.ID)
		case r.Means == "" || r.WayOut == "" || strings.HasSuffix(r.Means, ".") || strings.HasSuffix(r.WayOut, "."):
			t.Errorf("rule %q: means %q, way out %q", r.ID, r.Means, r.WayOut)
		}
		seen[r.ID] = true
	}
}

// That a check needs no key is a fact of the build.
func TestNoKeys(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := string(out)
	if !strings.Contains(deps, "/internal/seal\n") {
		t.Fatalf("go list says %q", deps)
	}
	for _, name := range []string{"identity", "desk", "cli"} {
		if strings.Contains(deps, "/internal/"+name+"\n") {
			t.Errorf("check depends on internal/%s", name)
		}
	}
	for _, name := range []string{"net/http", "os/exec"} {
		if direct, err := exec.Command("go", "list", "-f", "{{.Imports}}", ".").Output(); err != nil || strings.Contains(string(direct), name) {
			t.Errorf("check imports %s (%v)", name, err)
		}
	}
}
