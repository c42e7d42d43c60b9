//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
	"github.com/medlem-register/medlem/internal/register"
)

// erasing: the secretariat erases somebody in a unit of 5,000, with a short and with a
// long history behind, beside git filter-repo, which takes her file out of the same
// history.
func (b *bench) erasing() ([]row, error) {
	b.note("erase: one commit and a keyring; the server is cleaned up by its keeper, and by medlem where that is measured too")
	long := b.shape(worked)
	short := long
	short.Work, short.Days = short.Work/10, short.Days/10
	var rows []row
	var before usage
	for i, s := range []gen.Shape{short, long} {
		r, err := b.register(s)
		if err != nil {
			return nil, err
		}
		act, err := b.erase(r, false)
		if err != nil {
			return nil, err
		}
		figure := fmt.Sprintf("erase one of %d after %d commits", s.First, s.Work)
		x := row{figure: figure, got: wall(act.wall), limit: wall(time.Second)}
		if other, err := b.filterRepo(r); err == nil {
			x.beside, x.other = "git filter-repo", wall(other.wall)
		} else if !errors.Is(err, exec.ErrNotFound) {
			return nil, err
		}
		y := row{figure: figure, got: cpu(act.cpu)}
		if i > 0 {
			y.beside, y.other, y.most = fmt.Sprintf("after %d", short.Work), cpu(before.cpu), 1.5
		}
		before = act
		whole, err := b.erase(r, true)
		if err != nil {
			return nil, err
		}
		rows = append(rows, x, y, row{figure: figure + ", and clean the server up", got: wall(whole.wall)})
	}
	return rows, nil
}

// erase erases members of the first branch one after the other. Each was closed before,
// and costs one commit.
func (b *bench) erase(r *gen.Register, clean bool) (usage, error) {
	if err := b.serve(r.Server); err != nil {
		return usage{}, err
	}
	// A server that must not lose an object is one that medlem does not clean up.
	if out, err := exec.CommandContext(b.ctx, "git", "-C", r.Server, "config", "extensions.preciousObjects", fmt.Sprint(!clean)).CombinedOutput(); err != nil {
		return usage{}, fmt.Errorf("git config: %w: %s", err, out)
	}
	dir, key, err := b.copyOf(r, r.Secretary)
	if err != nil {
		return usage{}, err
	}
	defer os.RemoveAll(filepath.Dir(dir))
	want := 0 // commits of main after the last erasure
	once := func() error {
		if n, err := b.commits(r); err != nil || want > 0 && n != want {
			return errors.Join(err, fmt.Errorf("an erasure left main with %d commits, want %d", n, want))
		}
		return nil
	}
	u, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) {
		if err := once(); err != nil {
			return nil, err
		}
		br := r.Branches[0]
		id := br.Members[0]
		br.Members = br.Members[1:]
		if _, err := b.measured(b.medlem(b.ctx, dir, key, "close", string(id), "--reason", "left", "--erase-now")); err != nil {
			return nil, err
		}
		n, err := b.commits(r)
		want = n + 1
		return b.medlem(b.ctx, dir, key, "erase", string(id)), err
	})
	return u, errors.Join(err, once())
}

// commits counts the commits of main.
func (b *bench) commits(r *gen.Register) (int, error) {
	out, err := exec.CommandContext(b.ctx, "git", "-C", r.Server, "rev-list", "--count", "--first-parent", "main").Output()
	if err != nil {
		return 0, fmt.Errorf("count commits: %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(string(out)))
}

// filterRepo takes a file out of a copy of the whole history, once. The error wraps
// exec.ErrNotFound where git filter-repo is not installed (Debian's git-filter-repo).
func (b *bench) filterRepo(r *gen.Register) (usage, error) {
	if _, err := exec.LookPath("git-filter-repo"); err != nil {
		b.note("git filter-repo is not installed")
		return usage{}, err
	}
	dir := filepath.Join(b.dir, "filtered")
	defer os.RemoveAll(dir)
	if out, err := exec.CommandContext(b.ctx, "git", "clone", "--quiet", "--mirror", "--no-local", r.Server, dir).CombinedOutput(); err != nil {
		return usage{}, fmt.Errorf("git clone: %w: %s", err, out)
	}
	br := r.Branches[0]
	path := register.Path{Kind: register.Member, Unit: br.Unit, ID: br.Members[0]}.String()
	c := exec.CommandContext(b.ctx, "git", "-C", dir, "filter-repo", "--quiet", "--force", "--invert-paths", "--path", path)
	u, err := b.measured(c)
	if err != nil {
		return u, err
	}
	left, err := exec.CommandContext(b.ctx, "git", "-C", dir, "log", "--oneline", "--all", "--", path).Output()
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("git filter-repo left %s in history", path)
	}
	return u, err
}
