package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// What is committed is what make bundle makes of the sources, twice the same.
func TestCommitted(t *testing.T) {
	if _, err := os.Stat("node_modules"); err != nil {
		slow.Missing(t, "no node_modules: run npm ci --ignore-scripts in tools/bundle")
	}
	files, err := bundle()
	if err != nil {
		t.Fatal(err)
	}
	again, err := bundle()
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range files {
		committed, err := os.ReadFile(filepath.Join(theme, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(body, again[name]) || !bytes.Equal(body, committed) {
			t.Errorf("%s is not what make bundle makes", name)
		}
	}
	if len(files) != len(scripts)+1 {
		t.Errorf("%d files", len(files))
	}
}

// The sources are right by their types.
func TestTypes(t *testing.T) {
	slow.Test(t)
	if said, err := exec.Command(slow.Tool(t, "node"), "node_modules/typescript/bin/tsc").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// The lock file names no registry: whoever installs asks her own.
func TestNoRegistry(t *testing.T) {
	b, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte(`"resolved"`)) {
		t.Error("package-lock.json has addresses: npm install --omit-lockfile-registry-resolved")
	}
}
