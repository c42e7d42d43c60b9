package gitstore

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	refFileLimit    = 4 << 10   // bytes of a file that holds one ref
	packedRefsLimit = 128 << 20 // bytes of packed-refs
	symrefDepth     = 5         // refs that name refs
)

// Ref returns the value of a ref, given by its full name ("refs/heads/main", or
// "HEAD"), and whether it exists. A ref that names another one is followed.
func (r *Repo) Ref(name string) (ID, bool, error) {
	for range symrefDepth {
		if name != "HEAD" {
			if err := checkRefName(name); err != nil {
				return ZeroID, false, err
			}
		}
		id, target, ok, err := r.looseRef(name)
		if err != nil {
			return ZeroID, false, err
		}
		if target != "" {
			name = target
			continue
		}
		if ok {
			return id, true, nil
		}
		packed, err := r.packedRefs()
		if err != nil {
			return ZeroID, false, err
		}
		id, ok = packed[name]
		return id, ok, nil
	}
	return ZeroID, false, fmt.Errorf("ref %q: %w: names another one more than %d times", clip(name), ErrLimit, symrefDepth)
}

// looseRef reads the file of a ref: an id, or the name of the ref that it stands
// for.
func (r *Repo) looseRef(name string) (id ID, target string, ok bool, err error) {
	b, err := readFile(r.refPath(name), refFileLimit)
	if isAbsent(err) {
		return ZeroID, "", false, nil
	}
	if err != nil {
		return ZeroID, "", false, fmt.Errorf("ref %q: %w", name, err)
	}
	text := string(bytes.TrimRight(b, " \t\r\n"))
	if target, ok := strings.CutPrefix(text, "ref:"); ok {
		target = strings.TrimLeft(target, " \t")
		return ZeroID, target, false, checkRefName(target)
	}
	if id, err = ParseID(text); err != nil {
		return ZeroID, "", false, fmt.Errorf("ref %q: %w: %w", name, ErrCorrupt, err)
	}
	return id, "", true, nil
}

func (r *Repo) refPath(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

// isAbsent tells whether an error of opening a file says that no file is there:
// nothing at all, a folder, or a file where a folder would have to be.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR)
}

// Refs returns every ref whose full name begins with prefix, "refs/heads/" or
// "refs/" for all. Refs that name other refs are left out.
func (r *Repo) Refs(prefix string) (map[string]ID, error) {
	// What git moves from a file of its own to packed-refs in between is seen
	// twice, not missed.
	loose := map[string]ID{}
	err := filepath.WalkDir(filepath.Join(r.dir, "refs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		rel, err := filepath.Rel(r.dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if d.IsDir() {
			if dir := name + "/"; !strings.HasPrefix(dir, prefix) && !strings.HasPrefix(prefix, dir) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasPrefix(name, prefix) || checkRefName(name) != nil {
			return nil // another's, or the lock of a ref
		}
		id, _, ok, err := r.looseRef(name)
		if err != nil || !ok {
			return err
		}
		if len(loose) == RefsLimit {
			return fmt.Errorf("%w: more than %d", ErrLimit, RefsLimit)
		}
		loose[name] = id
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read refs: %w", err)
	}
	all, err := r.packedRefs()
	if err != nil {
		return nil, err
	}
	for name := range all {
		if !strings.HasPrefix(name, prefix) {
			delete(all, name)
		}
	}
	if all == nil {
		return loose, nil
	}
	for name, id := range loose {
		all[name] = id
	}
	return all, nil
}

// Resolve returns the object that a person names: a full ref ("refs/heads/x"),
// HEAD, an id of 40 digits that is here, or the short name of a branch or of a
// remote's branch ("x", "origin/x"). Expressions such as HEAD~1 are refused. An
// error wraps ErrNotFound where the name is well formed and names nothing.
func (r *Repo) Resolve(rev string) (ID, error) {
	if id, err := ParseID(rev); err == nil {
		if !r.Has(id) {
			return ZeroID, notFound(id)
		}
		return id, nil
	}
	names := []string{rev}
	if rev != "HEAD" && !strings.HasPrefix(rev, "refs/") {
		names = []string{"refs/heads/" + rev, "refs/remotes/" + rev}
		if strings.HasPrefix(rev, "-") || rev == "@" {
			return ZeroID, fmt.Errorf("resolve %q: malformed name", clip(rev))
		}
	}
	for _, name := range names {
		id, ok, err := r.Ref(name)
		if err != nil {
			return ZeroID, fmt.Errorf("resolve %q: %w", clip(rev), err)
		}
		if ok {
			return id, nil
		}
	}
	return ZeroID, fmt.Errorf("resolve %q: %w: no such ref", clip(rev), ErrNotFound)
}

// isDir tells whether path is a folder that is there.
func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}
