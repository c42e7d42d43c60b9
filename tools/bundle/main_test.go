package main

import (
	"bytes"
	"os"
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
	if len(files) != 2 {
		t.Errorf("%d files", len(files))
	}
}
