package desk

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// What people said of the columns of lists is kept in this copy, in
//
//	.git/medlem/mappings.yaml
//
// with a line for each column: the digest of the list's headings, the column's
// heading in hexadecimal, and the field. It holds nothing of any row.

// mappingsLimit is how many columns are remembered in all; the oldest go first.
const mappingsLimit = 200

// Mapping returns what was said of the columns of a list with these headings: the
// field by heading. digest is 64 hexadecimal digits.
func (d *Desk) Mapping(digest string) (map[string]string, error) {
	lines, err := d.local.mappings()
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, s := range lines {
		if of, heading, field, ok := parseMapping(s); ok && of == digest {
			out[heading] = field
		}
	}
	return out, nil
}

// KeepMapping remembers what was said of the columns of a list, in the place of
// what was said before; nothing said forgets it.
func (d *Desk) KeepMapping(digest string, said map[string]string) error {
	lines, err := d.local.mappings()
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(lines), func(s string) bool { return strings.HasPrefix(s, digest+" ") })
	for heading, field := range said {
		kept = append(kept, digest+" "+hex.EncodeToString([]byte(heading))+" "+field)
	}
	slices.Sort(kept[len(kept)-len(said):])
	if n := len(kept) - mappingsLimit; n > 0 {
		kept = kept[n:]
	}
	if slices.Equal(kept, lines) {
		return nil
	}
	f := register.NewFlat()
	f.SetList("columns", kept)
	return writeFile(d.local.mappingsPath(), f.Encode())
}

func parseMapping(s string) (digest, heading, field string, ok bool) {
	p := strings.Fields(s)
	if len(p) != 3 {
		return "", "", "", false
	}
	b, err := hex.DecodeString(p[1])
	return p[0], string(b), p[2], err == nil
}

func (l *local) mappingsPath() string { return filepath.Join(l.dir, "mappings.yaml") }

func (l *local) mappings() ([]string, error) {
	b, err := os.ReadFile(l.mappingsPath())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, fmt.Errorf("read mappings.yaml of this copy: %w", err)
	}
	out, _, err := f.List("columns", false)
	return out, err
}
