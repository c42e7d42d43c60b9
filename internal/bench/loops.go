//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
	"github.com/medlem-register/medlem/internal/seal"
)

// A loop of the shell over stock programs starts two or three processes for each
// record, always the same, so that a part of the records tells of all.
const loopRecords = 200

// loop runs a line of the shell over files and multiplies what it took, as if it
// had run over total. The line finds a record's key in $key and its file in $file.
func (b *bench) loop(line string, files []string, keys []seal.Key, total int) (time.Duration, error) {
	list := filepath.Join(b.dir, "loop.txt")
	var text strings.Builder
	for i, f := range files {
		fmt.Fprintf(&text, "%s %s\n", keys[i].String(), f)
	}
	if err := os.WriteFile(list, []byte(text.String()), 0o600); err != nil {
		return 0, err
	}
	script := "set -e\nwhile read -r key file; do\n" + line + "\ndone <" + list
	u, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) {
		return exec.CommandContext(b.ctx, "sh", "-c", script), nil
	})
	return u.cpu * time.Duration(total) / time.Duration(len(files)), err
}

// loopFiles writes records to files, sealed or open, for a loop.
func (b *bench) loopFiles(records []gen.Sealed, sealed bool) (files []string, keys []seal.Key, err error) {
	dir, err := os.MkdirTemp(b.dir, "loop-*")
	if err != nil {
		return nil, nil, err
	}
	for i, r := range records[:min(loopRecords, len(records))] {
		content, name := r.File, "%d.yaml.age"
		if !sealed {
			name = "%d.yaml"
			if content, err = seal.Open(r.Key, r.File); err != nil {
				return nil, nil, err
			}
		}
		path := filepath.Join(dir, fmt.Sprintf(name, i))
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return nil, nil, err
		}
		files, keys = append(files, path), append(keys, r.Key)
	}
	return files, keys, nil
}

// errNoAge says that there is no stock age to compare with.
var errNoAge = errors.New("stock age is neither installed nor can it be built")

// stockAge builds age and its plugin for keys that are not typed, in the version
// that medlem is built with; without a network, those that are installed serve.
func (b *bench) stockAge() error {
	programs := []string{"age", "age-plugin-batchpass"}
	if _, err := os.Stat(filepath.Join(b.dir, programs[0])); err == nil {
		return nil
	}
	err := b.install("filippo.io/age", "cmd/"+programs[0], "cmd/"+programs[1])
	for _, p := range programs {
		if _, missing := exec.LookPath(p); err != nil && missing != nil {
			b.say("%s", err)
			b.note("%s", errNoAge)
			return errNoAge
		}
	}
	b.note("age loops: age -j batchpass over %d records, multiplied", min(loopRecords, b.shape(usual).Records))
	return nil
}
