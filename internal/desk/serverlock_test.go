package desk

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A lock that a killed git left is found and removed; one that somebody may be holding is
// left alone.
func TestServerLocks(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	lock := func(name string, age time.Duration) string {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old := []string{lock("packed-refs.lock", time.Hour), lock("refs/heads/main.lock", staleLock)}
	kept := []string{lock("refs/heads/other.lock", staleLock-time.Second), lock("refs/heads/main", time.Hour), lock("objects/x.lock", time.Hour)}
	for _, repair := range []bool{false, true} {
		found := serverLocks(dir, now, repair)
		if len(found) != 2 || found[0].File != "packed-refs.lock" || found[1].File != "refs/heads/main.lock" || !found[0].Cure {
			t.Errorf("repair %t: found %+v", repair, found)
		}
	}
	for _, path := range old {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s is still there", path)
		}
	}
	for _, path := range kept {
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
	if found := serverLocks(dir, now, true); len(found) != 0 {
		t.Errorf("found again: %+v", found)
	}
}
