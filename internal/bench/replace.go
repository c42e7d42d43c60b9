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
	b.note("replace: medlem grant --replace, with the git that it runs for the server's side; the bytes are those of the packs that the server received")
	var rows []row
	for _, s := range []gen.Shape{b.shape(usual), b.shape(some), b.shape(large)} {
		rs, err := b.replace(s)
		if err != nil {
			return nil, err
		}
		rows = append(rows, rs...)
	}
	return rows, nil
}

// replace replaces the officer of the first branch again and again, first on a
// plain server, then on one with the hook that medlem init writes.
func (b *bench) replace(s gen.Shape) ([]row, error) {
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	if err := b.serve(r.Server); err != nil {
		return nil, err
	}
	dir, key, err := b.copyOf(r, r.Secretary)
	if err != nil {
		return nil, err
	}
	var kept []int64 // bytes in the server's packs, before each run
	again := func(int) (*exec.Cmd, error) {
		n, err := packBytes(r.Server)
		if err != nil {
			return nil, err
		}
		kept = append(kept, n)
		file, err := newOfficer(filepath.Dir(dir))
		return b.medlem(b.ctx, dir, key, "grant", string(r.Branches[0].Unit), file, "--office", "member-officer", "--replace"), err
	}
	plain, err := b.repeated(b.runs, again)
	if err != nil {
		return nil, err
	}
	if err := b.hook(r.Server); err != nil {
		return nil, err
	}
	hooked, err := b.repeated(b.runs, again)
	if err != nil {
		return nil, err
	}
	var pushed []int64
	for i := 1; i < len(kept); i++ {
		pushed = append(pushed, kept[i]-kept[i-1])
	}
	figure := fmt.Sprintf("replace an officer at %d records, %d units", s.Records, s.Branches)
	return []row{
		{figure: figure, got: cpu(plain.cpu), limit: cpu(300 * time.Millisecond)},
		{figure: figure, got: wall(plain.wall), limit: wall(300 * time.Millisecond)},
		{figure: figure + ", pushed", got: size(median(pushed)), limit: size(100_000)},
		{figure: figure + ", and the server's hook", got: cpu(hooked.cpu)},
	}, nil
}

// newOfficer writes the officer file of a new identity.
func newOfficer(dir string) (string, error) {
	id, err := identity.New(register.DayOf(time.Now()))
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, string(id.Handle())+".yaml")
	return file, os.WriteFile(file, desk.OfficerOf(id).Encode(), 0o600)
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
	return nil
}

func (b *bench) hook(dir string) error {
	text := fmt.Sprintf("#!/bin/sh\nexec '%s' server-hook\n", b.program)
	return os.WriteFile(filepath.Join(dir, "hooks", "pre-receive"), []byte(text), 0o755)
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
