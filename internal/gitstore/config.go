package gitstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// readFile reads a small file of a repository.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%q: %w: limit %d bytes", filepath.Base(path), ErrTooLarge, limit)
	}
	return b, nil
}

// configLimit is the largest configuration file in bytes.
const configLimit = 1 << 20 // 1 MiB

// readConfig reads the keys of a git configuration file, as "section.key" in
// lower case. Sections with a subsection and included files are left out: what
// decides about a repository's format stands in neither.
func readConfig(path string) (map[string]string, error) {
	b, err := readFile(path, configLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	cfg := map[string]string{}
	section := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if head, ok := strings.CutPrefix(line, "["); ok {
			name, rest, ok := strings.Cut(head, "]")
			if !ok {
				return nil, fmt.Errorf("read config: malformed section %q", clip(line))
			}
			section = strings.ToLower(name)
			line = strings.TrimSpace(rest)
		}
		if line == "" || line[0] == '#' || line[0] == ';' || strings.Contains(section, `"`) {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			value = "true"
		}
		value, _, _ = strings.Cut(value, "#")
		value, _, _ = strings.Cut(value, ";")
		cfg[section+"."+strings.ToLower(strings.TrimSpace(key))] = strings.ToLower(strings.Trim(strings.TrimSpace(value), `"`))
	}
	return cfg, nil
}

const (
	alternatesDepth = 5       // how far borrowing from one another goes: git's own limit
	alternatesLimit = 64      // how many folders of objects a repository may have
	alternatesBytes = 1 << 20 // size of a list of them
)

// withAlternates returns the folders of objects, absolute and each once, and
// those that they say to borrow from (objects/info/alternates).
func withAlternates(dirs []string) ([]string, error) {
	var out []string
	var add func(dir string, depth int) error
	add = func(dir string, depth int) error {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return err
		}
		if slices.Contains(out, dir) {
			return nil
		}
		if len(out) == alternatesLimit || depth > alternatesDepth {
			return fmt.Errorf("alternates: %w: more than %d folders, or %d deep", ErrLimit, alternatesLimit, alternatesDepth)
		}
		out = append(out, dir)
		b, err := readFile(filepath.Join(dir, "info", "alternates"), alternatesBytes)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("alternates: %w", err)
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSuffix(line, "\n")
			if line == "" || line[0] == '#' {
				continue
			}
			if line[0] == '"' {
				if line, err = strconv.Unquote(line); err != nil {
					return fmt.Errorf("alternates: malformed line %q", clip(line))
				}
			}
			if !filepath.IsAbs(line) {
				line = filepath.Join(dir, line)
			}
			if err := add(line, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	for _, d := range dirs {
		if err := add(d, 0); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// splitPathList splits a list of paths as git does: an element in double quotes
// may hold the separator, escaped as in C.
func splitPathList(s string) ([]string, error) {
	var out []string
	for s != "" {
		if s[0] != '"' {
			head, rest, _ := strings.Cut(s, string(os.PathListSeparator))
			if s = rest; head != "" {
				out = append(out, head)
			}
			continue
		}
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return nil, fmt.Errorf("malformed quoting")
		}
		path, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("malformed quoting")
		}
		out = append(out, path)
		s = strings.TrimPrefix(s[len(quoted):], string(os.PathListSeparator))
	}
	return out, nil
}
