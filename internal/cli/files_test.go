package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFillLeavesNoHalf proves that a file that could not be written whole is taken away.
func TestFillLeavesNoHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, []byte("%PDF"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path) // nothing can be written to it, as where a disk is full
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(f, []byte("more")); err == nil {
		t.Fatal("it was written")
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("half a file is left")
	}
}
