package identity

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const tempSuffix = ".new"

// tempPrefix begins the name of what is written beside the file at path.
func tempPrefix(path string) string { return "." + filepath.Base(path) + "." }

// replace puts content in the place of the file at path, durably: a crash at any
// instant leaves the old file or the new one, whole.
func replace(path string, content []byte) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, tempPrefix(path)+"*"+tempSuffix) // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(content); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	if err = sweep(path, info.ModTime()); err != nil {
		return err
	}
	return syncDir(dir)
}

// abandoned is the age from which a file that was never put in its place is one
// that a crash left. Another Save may be at work on a younger one.
const abandoned = time.Minute

// sweep removes what crashes left beside the file at path, which was written at
// now: it may hold an age identity that has since been destroyed.
func sweep(path string, now time.Time) error {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tempPrefix(path)) || !strings.HasSuffix(e.Name(), tempSuffix) {
			continue
		}
		info, err := e.Info()
		if err != nil || now.Sub(info.ModTime()) < abandoned {
			continue // gone by now, or in use
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// syncDir makes a rename in dir durable. Windows has no such call and needs
// none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
