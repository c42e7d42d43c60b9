package site

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/sitepipe"
)

// testDay is the day of every build here. The review of the test site's procedure
// on retention was due before it.
const testDay = "2026-11-22"

// testSpec is the site of testdata/site.
func testSpec(t testing.TB) (Spec, *built) {
	t.Helper()
	out := &built{files: map[string]string{}}
	spec := Spec{
		Options: sitepipe.Options{BaseURL: "https://prove.example/register/", Day: testDay, Languages: []string{"nb", "sv", "da", "en"}, Title: "Folkerørsla Prøve"},
		Theme:   Theme(), Files: map[string]Source{}, Warn: out.warn, Emit: out.emit,
	}
	dir := os.DirFS("testdata/site")
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(dir, name)
		spec.Files[name] = Source{Body: body}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	edited := time.Date(2026, 3, 9, 22, 30, 0, 0, time.UTC)
	spec.Files["content/sv/offices.md"] = Source{Body: spec.Files["content/sv/offices.md"].Body, Edited: edited}
	return spec, out
}

// with is the spec with files more, or others.
func (s Spec) with(files map[string]string) Spec {
	s.Files = maps.Clone(s.Files)
	for name, body := range files {
		s.Files[name] = Source{Body: []byte(body)}
	}
	return s
}

// built is what came out of a build.
type built struct {
	mu       sync.Mutex
	files    map[string]string
	warnings []string
}

func (b *built) emit(name string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.files[name] = string(body)
	return nil
}

func (b *built) warn(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.warnings = append(b.warnings, text)
}

// TestWrite builds the test site into the folder MEDLEM_SITE_OUT, to be looked at.
func TestWrite(t *testing.T) {
	dir := os.Getenv("MEDLEM_SITE_OUT")
	if dir == "" {
		t.Skip("set MEDLEM_SITE_OUT=DIR to look at the test site")
	}
	spec, out := testSpec(t)
	spec.Options.BaseURL = "http://127.0.0.1:8431/"
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	for name, body := range out.files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(len(out.files), "files", strings.Join(out.warnings, "\n"))
}
