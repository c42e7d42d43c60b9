package gitstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Sweep removes the locks of refs that a killed command left behind. The caller
// must hold a lock of its own that keeps every other writer out of this
// repository; stock git, which knows no such lock, is expected to read only.
func (r *Repo) Sweep() error {
	if r.readOnly {
		return nil
	}
	locks := []string{filepath.Join(r.dir, "packed-refs.lock")}
	err := filepath.WalkDir(filepath.Join(r.dir, "refs"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, ".lock") {
			locks = append(locks, path)
		}
		return err
	})
	for _, path := range locks {
		if rerr := os.Remove(path); err == nil && rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = rerr
		}
	}
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}
