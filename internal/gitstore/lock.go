package gitstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// LockedError says that a file of the repository is being changed by another
// process, or was when that process was killed.
type LockedError struct {
	Path string        // of the lock file
	Age  time.Duration // since it was made
}

func (e *LockedError) Error() string {
	if e.Age < LockStale {
		return fmt.Sprintf("another command is changing the repository (it holds %q); try again in a moment", e.Path)
	}
	return fmt.Sprintf("a command that was stopped %s ago left %q behind; if no other command is at work in this repository, delete that file and try again",
		e.Age.Round(time.Minute), e.Path)
}

// lock is git's lock on a file: a file beside it, named *.lock, that is made by
// one process only, holds what the file shall hold, and is renamed over it.
type lock struct {
	path string // of the file
	f    *os.File
	done bool
}

func (l *lock) name() string { return l.path + ".lock" }

// takeLock makes the lock of a file, waiting up to LockWait for another writer.
func takeLock(path string) (*lock, error) {
	l := &lock{path: path}
	deadline := time.Now().Add(LockWait)
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		err := os.MkdirAll(filepath.Dir(path), 0o777)
		if err == nil {
			l.f, err = os.OpenFile(l.name(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		}
		switch {
		case err == nil:
			return l, nil
		case errors.Is(err, syscall.ENOTDIR):
			return nil, fmt.Errorf("a ref is in the way: %w", err)
		case errors.Is(err, fs.ErrNotExist): // another process removed the empty folder
		case !errors.Is(err, fs.ErrExist):
			return nil, err
		}
		if time.Now().After(deadline) {
			e := &LockedError{Path: l.name()}
			if st, err := os.Stat(l.name()); err == nil {
				e.Age = time.Since(st.ModTime())
			}
			return nil, e
		}
		time.Sleep(wait)
	}
}

// write puts into the lock what the file shall hold, durably.
func (l *lock) write(b []byte) error {
	err := finish(l.f, b)
	l.f = nil
	return err
}

// commit makes the file what was written.
func (l *lock) commit() error {
	err := os.Rename(l.name(), l.path)
	if err == nil {
		l.done = true
	}
	return err
}

// release removes the lock unless it was committed.
func (l *lock) release() {
	if l.f != nil {
		l.f.Close()
		l.f = nil
	}
	if !l.done {
		os.Remove(l.name())
		l.done = true
	}
}
