package gitstore

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// packedRefs reads the refs that lie in one file. A line that begins with ^ says
// what the tag before it names and is left out.
func (r *Repo) packedRefs() (map[string]ID, error) {
	b, err := readFile(filepath.Join(r.dir, "packed-refs"), packedRefsLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("packed-refs: %w", err)
	}
	return parsePackedRefs(string(b))
}

func parsePackedRefs(text string) (map[string]ID, error) {
	refs := map[string]ID{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' || line[0] == '^' {
			continue
		}
		hex, name, ok := strings.Cut(line, " ")
		if !ok {
			return nil, fmt.Errorf("packed-refs: line %d: malformed", n)
		}
		id, err := ParseID(hex)
		if err == nil {
			err = checkRefName(name)
		}
		if err != nil {
			return nil, fmt.Errorf("packed-refs: line %d: %w", n, err)
		}
		if len(refs) == RefsLimit {
			return nil, fmt.Errorf("packed-refs: %w: more than %d refs", ErrLimit, RefsLimit)
		}
		refs[name] = id
	}
	return refs, nil
}

// dropPacked returns packed-refs without the named refs and what belongs to
// them, and whether any was there.
func dropPacked(text string, gone map[string]bool) (kept string, dropped bool) {
	var out strings.Builder
	skip := false
	for line := range strings.Lines(text) {
		if line[0] != '^' {
			_, name, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
			skip = line[0] != '#' && gone[name]
		}
		if skip {
			dropped = true
			continue
		}
		out.WriteString(line)
	}
	return out.String(), dropped
}
