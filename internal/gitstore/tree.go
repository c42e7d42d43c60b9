package gitstore

import (
	"bytes"
	"crypto/sha1" // git's object ids
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Mode is the mode of a tree entry: what lies there.
type Mode uint32

// The modes that a tree may hold; a tree with any other is malformed.
const (
	ModeFile      Mode = 0o100644
	ModeExec      Mode = 0o100755
	ModeSymlink   Mode = 0o120000
	ModeDir       Mode = 0o40000
	ModeSubmodule Mode = 0o160000
)

// String is the mode in octal, as git writes it.
func (m Mode) String() string { return strconv.FormatUint(uint64(m), 8) }

// Entry is one line of a tree. The zero Entry stands for an absent one.
type Entry struct {
	Name string
	Mode Mode
	ID   ID
}

func (e *Entry) isDir() bool { return e.Mode == ModeDir }

// less orders entries as git does: a folder sorts as if its name ended in "/".
func less(a, b *Entry) bool {
	n := min(len(a.Name), len(b.Name))
	if c := strings.Compare(a.Name[:n], b.Name[:n]); c != 0 {
		return c < 0
	}
	return nameByte(a, n) < nameByte(b, n)
}

func nameByte(e *Entry, i int) byte {
	switch {
	case i < len(e.Name):
		return e.Name[i]
	case e.isDir():
		return '/'
	}
	return 0
}

// modes are the only spellings that a tree may use: git wrote others long ago,
// and two spellings of one mode would be two trees with one meaning.
var modes = map[string]Mode{"100644": ModeFile, "100755": ModeExec, "120000": ModeSymlink, "40000": ModeDir, "160000": ModeSubmodule}

// emptyTree is the id of a folder without entries. Git writes none into another;
// a comparison of files would not see one, and its name could say anything.
var emptyTree = ID(sha1.Sum([]byte("tree 0\x00")))

// parseTree parses a tree object strictly: canonical modes, names that
// checkName accepts, git's order, no name twice, not even as a file and as a
// folder, and no empty folder. So every folder has a file in or below it.
func parseTree(raw []byte) ([]Entry, error) {
	all := string(raw) // one copy; the names are substrings of it
	out := make([]Entry, 0, len(raw)/40+1)
	for i := 0; i < len(raw); {
		sp := bytes.IndexByte(raw[i:min(i+7, len(raw))], ' ')
		if sp < 0 {
			return nil, fmt.Errorf("%w: entry %d has no mode", ErrMalformedTree, len(out))
		}
		mode, ok := modes[all[i:i+sp]]
		if !ok {
			return nil, fmt.Errorf("%w: entry %d has mode %q", ErrMalformedTree, len(out), all[i:i+sp])
		}
		i += sp + 1
		nul := bytes.IndexByte(raw[i:], 0)
		if nul < 0 || len(raw)-i-nul-1 < len(ID{}) {
			return nil, fmt.Errorf("%w: entry %d is cut short", ErrMalformedTree, len(out))
		}
		e := Entry{Name: all[i : i+nul], Mode: mode}
		if err := checkName(e.Name); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformedTree, err)
		}
		copy(e.ID[:], raw[i+nul+1:])
		i += nul + 1 + len(e.ID)
		if e.ID.IsZero() {
			return nil, fmt.Errorf("%w: entry %q names no object", ErrMalformedTree, clip(e.Name))
		}
		if e.ID == emptyTree {
			return nil, fmt.Errorf("%w: entry %q is an empty folder", ErrMalformedTree, clip(e.Name))
		}
		if k := len(out); k > 0 && !less(&out[k-1], &e) {
			return nil, fmt.Errorf("%w: entry %q is out of order", ErrMalformedTree, clip(e.Name))
		}
		if e.isDir() && hasEntry(out, Entry{Name: e.Name, Mode: ModeFile}) {
			return nil, fmt.Errorf("%w: entry %q is there twice", ErrMalformedTree, clip(e.Name))
		}
		out = append(out, e)
	}
	return out, nil
}

// search returns the place of an entry with e's name and kind (folder or not)
// among sorted entries.
func search(es []Entry, e Entry) int {
	return sort.Search(len(es), func(i int) bool { return !less(&es[i], &e) })
}

func hasEntry(es []Entry, e Entry) bool {
	i := search(es, e)
	return i < len(es) && es[i].Name == e.Name && es[i].isDir() == e.isDir()
}

// checkName refuses what must not be the name of a file: the names that mean
// another place, and every spelling under which some file system finds ".git".
func checkName(n string) error {
	switch {
	case n == "":
		return fmt.Errorf("empty name")
	case len(n) > NameLimit:
		return fmt.Errorf("name %q: %d bytes, limit %d", clip(n), len(n), NameLimit)
	case n == "." || n == "..":
		return fmt.Errorf("name %q is not allowed", n)
	case strings.IndexByte(n, '/') >= 0 || strings.IndexByte(n, 0) >= 0:
		return fmt.Errorf("name %q holds a slash or a zero byte", clip(n))
	case isDotGit(n):
		return fmt.Errorf("name %q is not allowed: a file system may take it for .git", clip(n))
	}
	return nil
}

// isDotGit tells whether a file system may find ".git" under the name: in
// another case, with the trailing dots, spaces and streams that Windows drops,
// as the short name that Windows makes, or with the characters that Apple's
// ignores. A backslash separates folders on Windows.
func isDotGit(n string) bool {
	if c := n[0]; c != '.' && c != 'g' && c != 'G' && c < 0x80 && strings.IndexByte(n, '\\') < 0 {
		return false // the usual case, quickly
	}
	for part := range strings.SplitSeq(n, `\`) {
		stem, _, _ := strings.Cut(part, ":")
		stem = strings.ToLower(strings.TrimRight(stem, ". "))
		if stem == ".git" || stem == "git~1" {
			return true
		}
	}
	return strings.EqualFold(strings.Map(dropIgnorable, n), ".git")
}

// dropIgnorable drops the code points that HFS+ ignores in names.
func dropIgnorable(r rune) rune {
	switch {
	case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x206a && r <= 0x206f, r == 0xfeff:
		return -1
	}
	return r
}

// appendEntry appends the raw form of an entry to a tree.
func appendEntry(out []byte, e *Entry) []byte {
	out = strconv.AppendUint(out, uint64(e.Mode), 8)
	out = append(out, ' ')
	out = append(out, e.Name...)
	out = append(out, 0)
	return append(out, e.ID[:]...)
}
