package identity

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSaveKeepsOld: where the new file cannot be written, the old one stays as
// it is and nothing lies beside it.
func TestSaveKeepsOld(t *testing.T) {
	i := newIdentity(t)
	dir := t.TempDir()
	target := filepath.Join(dir, "identity.txt")
	if err := os.MkdirAll(filepath.Join(target, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := i.Save(target, nil); err == nil {
		t.Error("saved in the place of a folder")
	}
	if got := names(t, dir); got != "identity.txt" {
		t.Errorf("the folder holds %q", got)
	}
	if err := i.Save(filepath.Join(dir, "none", "identity.txt"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("saved in a folder that does not exist: %v", err)
	}
}

// TestSaveWhileLoading: at every instant there is a whole file.
func TestSaveWhileLoading(t *testing.T) {
	i := newIdentity(t)
	path := filepath.Join(t.TempDir(), "identity.txt")
	if err := i.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		var err error
		for n := 0; n < 50 && err == nil; n++ {
			err = i.Save(path, nil)
		}
		done <- err
	}()
	for {
		if _, err := Load(path, nil); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}

// TestSaveSweeps: what a crash left beside the file may hold an identity that is
// since destroyed, so the next Save removes it; what another Save is writing at
// this moment, and what is none of ours, stays.
func TestSaveSweeps(t *testing.T) {
	i := newIdentity(t)
	dir := t.TempDir()
	hourAgo := time.Now().Add(-time.Hour)
	for name, old := range map[string]bool{".identity.txt.123.new": true, ".identity.txt.456.new": false, ".other.txt.123.new": true, "identity.txt.new": true, ".identity.txt.old": true} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if old {
			if err := os.Chtimes(path, hourAgo, hourAgo); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := i.Save(filepath.Join(dir, "identity.txt"), nil); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), ".identity.txt.456.new .identity.txt.old .other.txt.123.new identity.txt identity.txt.new"; got != want {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestSaveThroughLink(t *testing.T) {
	i := newIdentity(t)
	stick, home := t.TempDir(), t.TempDir()
	target, link := filepath.Join(stick, "identity.txt"), filepath.Join(home, "identity.txt")
	if err := i.Save(target, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatalf("no symbolic links here: %v", err)
	}
	if err := i.Rotate("2026-12-22"); err != nil {
		t.Fatal(err)
	}
	if err := i.Save(link, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	if got, err := Load(target, nil); err != nil || got.Recipient() != i.Recipient() {
		t.Errorf("what the link points to was not replaced: %v", err)
	}
}
