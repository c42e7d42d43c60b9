//go:build unix

package main

import (
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

// The sizes that the figures of policies and grants speak of: 300 units with the
// regions and the top one.
var (
	packed = gen.Shape{Branches: 284, Records: 3_000, Pack: true}
	grown  = gen.Shape{Branches: 284, Records: 3_000, Years: 5}
)

// partRuns is more than elsewhere: one run is short.
const partRuns = 20

// policies: what it takes to load the largest pack, and how much of the check of
// one record that is.
func (b *bench) policies() ([]row, error) {
	program, err := b.build("./internal/bench/policypart")
	if err != nil {
		return nil, err
	}
	s := b.shape(packed)
	files, err := gen.PackFiles(s.Branches)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.dir, "pack-*")
	if err != nil {
		return nil, err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, err
		}
	}
	load, err := b.told(program, "load", dir)
	if err != nil {
		return nil, err
	}
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	ref, err := r.Propose(r.Branches[len(r.Branches)/2])
	if err != nil {
		return nil, err
	}
	part, err := b.told(program, "check", r.Server, ref)
	if err != nil {
		return nil, err
	}
	whole, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) {
		return b.medlem(b.ctx, r.Server, "", "check", "--base", "main", "--head", ref), nil
	})
	if err != nil {
		return nil, err
	}
	b.note("policies: the CPU that a new process takes for that part of its work; the largest pack is %s", gen.Largest)
	return []row{
		{figure: fmt.Sprintf("load and validate the largest pack, %d units", r.Units()), got: cpu(load), limit: cpu(50 * time.Millisecond)},
		{figure: fmt.Sprintf("policy part of the check of one record, %d units", r.Units()), got: cpu(part), limit: cpu(20 * time.Millisecond)},
		{figure: "all of that check", got: cpu(whole.cpu)},
	}, nil
}

// told is the median of what a program says that a part of its work took.
func (b *bench) told(program string, args ...string) (time.Duration, error) {
	var all []time.Duration
	for range partRuns {
		c := exec.CommandContext(b.ctx, program, args...)
		c.Env = b.env
		said, err := c.Output()
		if err != nil {
			return 0, fmt.Errorf("%s: %w", strings.Join(c.Args, " "), err)
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(said)), 10, 64)
		if err != nil {
			return 0, err
		}
		all = append(all, time.Duration(n))
	}
	return median(all), nil
}

// accessing: who had access on a day, without a key, on the bare server.
func (b *bench) accessing() ([]row, error) {
	s := b.shape(grown)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, x := range []struct {
		when string
		days int
	}{{"today", 0}, {"two years back", 2 * 365}, {"in the first month", s.Years*365 - 20}} {
		day := register.DayOf(time.Now()).Add(-x.days)
		u, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) {
			return b.medlem(b.ctx, r.Server, "", "access", "--on", string(day)), nil
		})
		if err != nil {
			return nil, err
		}
		figure := fmt.Sprintf("access --on a day %s, %d units, %d years of grants", x.when, r.Units(), s.Years)
		if x.days == 0 {
			figure = fmt.Sprintf("access --on today, %d units, %d years of grants", r.Units(), s.Years)
		}
		rows = append(rows, row{figure: figure, got: cpu(u.cpu), limit: cpu(300 * time.Millisecond)})
	}
	return rows, nil
}
