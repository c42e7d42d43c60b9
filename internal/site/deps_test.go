package site

import (
	"os/exec"
	"strings"
	"testing"
)

// linked are the packages that a command is linked from.
func linked(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "github.com/medlem-register/medlem/"+path).Output()
	if err != nil || !strings.Contains(string(out), "/internal/") {
		t.Fatalf("go list says %.200q (%v)", out, err)
	}
	return string(out)
}

// That who has the keys links no renderer, and that the renderer has neither
// keys, git nor officers' acts, are facts of the build.
func TestKeysAndRendererAreApart(t *testing.T) {
	if keys := linked(t, "cmd/medlem"); strings.Contains(keys, "gohugoio") || strings.Contains(keys, "/internal/site\n") {
		t.Error("medlem links the renderer")
	}
	renderer := linked(t, "cmd/medlem-site")
	if !strings.Contains(renderer, "gohugoio") {
		t.Fatal("medlem-site links no renderer")
	}
	for _, name := range []string{"identity", "gitstore", "desk", "cli", "seal", "sign", "access", "record"} {
		if strings.Contains(renderer, "medlem/internal/"+name+"\n") {
			t.Errorf("medlem-site links internal/%s", name)
		}
	}
	for _, name := range []string{"go-git", "filippo.io/age", "net/http/httptest"} {
		if strings.Contains(renderer, name) {
			t.Errorf("medlem-site links %s", name)
		}
	}
	// One package alone imports the renderer.
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{.Imports}}", "github.com/medlem-register/medlem/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if name, _, _ := strings.Cut(line, " "); strings.Contains(line, "gohugoio/hugo") && !strings.HasSuffix(name, "/internal/site") {
			t.Errorf("%s imports Hugo", name)
		}
	}
}
