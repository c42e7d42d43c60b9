//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
)

// replacing: the secretariat gives a branch of 100 a new member-officer in place
// of the one before, in registers of all sizes.
func (b *bench) replacing() ([]row, error) {
	b.note("replace: the whole of medlem grant --replace, with git and the hook on the server; the bytes are those of the packs that the server received")
	var rows []row
	for _, s := range []gen.Shape{b.shape(usual), b.shape(some), b.shape(large)} {
		u, pushed, err := b.replace(s)
		if err != nil {
			return nil, err
		}
		figure := fmt.Sprintf("replace an officer, %d records", s.Records)
		rows = append(rows,
			row{figure: figure, got: cpu(u.cpu), limit: cpu(300 * time.Millisecond)},
			row{figure: figure, got: wall(u.wall), limit: wall(300 * time.Millisecond)},
			row{figure: figure + ", pushed", got: size(pushed), limit: size(100_000)})
	}
	return rows, nil
}

// replace replaces the officer of the first branch again and again.
func (b *bench) replace(s gen.Shape) (u usage, pushed int64, err error) {
	r, err := b.register(s)
	if err != nil {
		return u, 0, err
	}
	if err := b.serve(r.Server); err != nil {
		return u, 0, err
	}
	dir, key, err := b.copyOf(r, r.Secretary)
	if err != nil {
		return u, 0, err
	}
	br := r.Branches[0]
	var before []int64 // bytes on the server before each run
	u, err = b.repeated(b.runs, func(i int) (*exec.Cmd, error) {
		n, err := packBytes(r.Server)
		if err != nil {
			return nil, err
		}
		before = append(before, n)
		id, err := identity.New(register.DayOf(time.Now()))
		if err != nil {
			return nil, err
		}
		file := filepath.Join(filepath.Dir(dir), fmt.Sprintf("officer-%d.yaml", i))
		if err := os.WriteFile(file, desk.OfficerOf(id).Encode(), 0o600); err != nil {
			return nil, err
		}
		return b.medlem(b.ctx, dir, key, "grant", string(br.Unit), file, "--office", "member-officer", "--replace"), nil
	})
	if err != nil {
		return u, 0, err
	}
	n, err := packBytes(r.Server)
	if err != nil {
		return u, 0, err
	}
	before = append(before, n)
	var sizes []int64
	for i := range b.runs {
		sizes = append(sizes, before[i+2]-before[i+1]) // the first does not count
	}
	return u, median(sizes), nil
}

// serve sets a server up as medlem init does, but so that it keeps every push as
// the pack that came, and does not tidy up while somebody measures.
func (b *bench) serve(dir string) error {
	for _, s := range [][2]string{{"receive.unpackLimit", "1"}, {"receive.autogc", "false"}, {"receive.denyNonFastForwards", "true"}, {"receive.fsckObjects", "true"}} {
		c := exec.CommandContext(b.ctx, "git", "-C", dir, "config", s[0], s[1])
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("git config: %w: %s", err, out)
		}
	}
	hook := fmt.Sprintf("#!/bin/sh\nexec '%s' server-hook\n", b.program)
	return os.WriteFile(filepath.Join(dir, "hooks", "pre-receive"), []byte(hook), 0o755)
}

// packBytes is the size of a repository's packs, without their indexes.
func packBytes(dir string) (int64, error) {
	var n int64
	err := filepath.WalkDir(filepath.Join(dir, "objects", "pack"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".pack") {
			return err
		}
		info, err := e.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}
