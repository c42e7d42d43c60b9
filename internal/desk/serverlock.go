package desk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// staleLock is the age from which a lock of a server that is a folder was left behind: git
// holds one for as long as it takes to write a ref.
const staleLock = 10 * time.Minute

// serverLocks finds the locks that a git process left in a server's folder when it was
// killed, as when the power goes: nobody can push until they are gone. With repair it
// removes them. A lock that is younger than staleLock may be somebody's who is at work.
func serverLocks(dir string, now time.Time, repair bool) []Ailment {
	var out []Ailment
	look := func(path string) {
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() || now.Sub(info.ModTime()) < staleLock {
			return
		}
		file, err := filepath.Rel(dir, path)
		if err != nil {
			return
		}
		a := Ailment{Kind: HostLock, File: filepath.ToSlash(file), Cure: true}
		if repair {
			err := os.Remove(path)
			a.Cure = err == nil || errors.Is(err, fs.ErrNotExist)
		}
		out = append(out, a)
	}
	for _, name := range []string{"HEAD.lock", "packed-refs.lock", "config.lock"} {
		look(filepath.Join(dir, name))
	}
	_ = filepath.WalkDir(filepath.Join(dir, "refs"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, ".lock") {
			look(path)
		}
		return nil // what cannot be read is no lock of ours
	})
	return out
}
