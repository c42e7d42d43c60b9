//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
)

// siteLanguages are those of the measured site, the pack's own first.
const siteLanguages = "[nb, sv, da, en]"

// oneName is a name or a text in the pack's own language alone: each language of a
// site must have one.
var oneName = regexp.MustCompile(`\{nb: ("[^"]*"|[^{}"]*)\}`)

// site: the public site of the largest pack, in four languages: the CPU of medlem
// and of the renderer that it runs.
func (b *bench) site() ([]row, error) {
	if _, err := b.build("./cmd/medlem-site"); err != nil { // beside medlem, which finds it there
		return nil, err
	}
	files, err := gen.PackFiles(b.shape(packed).Branches)
	if err != nil {
		return nil, err
	}
	org := string(files["organisation.yaml"])
	at := strings.Index(org, "\nlanguages:")
	if at < 0 {
		return nil, fmt.Errorf("the pack names no languages")
	}
	rest := org[at+1:]
	files["organisation.yaml"] = []byte(org[:at+1] + "languages: " + siteLanguages + rest[strings.IndexByte(rest, '\n'):])
	dir, err := os.MkdirTemp(b.dir, "site-*")
	if err != nil {
		return nil, err
	}
	policies := filepath.Join(dir, "policies")
	if err := os.Mkdir(policies, 0o700); err != nil {
		return nil, err
	}
	for name, text := range files {
		text = oneName.ReplaceAll(text, []byte("{nb: $1, sv: $1, da: $1, en: $1}"))
		if err := os.WriteFile(filepath.Join(policies, name), text, 0o600); err != nil {
			return nil, err
		}
	}
	u, err := b.repeated(b.runs, func(i int) (*exec.Cmd, error) {
		c := b.medlem(b.ctx, "", "", "site", "build", filepath.Join(dir, fmt.Sprint(i)), "--policies", policies, "--url", "https://example.org/")
		c.Dir = dir // no register is near
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	return []row{
		{figure: "public site of the largest pack, 4 languages, CPU", got: cpu(u.cpu)},
		{figure: "the same, until it is written", got: wall(u.wall), limit: wall(3 * time.Second)},
	}, nil
}
