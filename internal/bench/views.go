//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// How many pages are made: as many as tell the cost of one, and as many as a large
// organisation has members.
const (
	someViews = 5_000
	manyViews = 100_000
)

// views: members' own pages, rendered and sealed, with both processes on one processor
// where the system can keep them there; beside them html/template alone and the same
// sealing.
func (b *bench) views() ([]row, error) {
	part, err := b.build("./internal/bench/viewpart")
	if err != nil {
		return nil, err
	}
	site, err := b.build("./cmd/medlem-site")
	if err != nil {
		return nil, err
	}
	some, many := someViews, manyViews
	if b.quick {
		some, many = some/20, many/20
	}
	theme, err := filepath.Abs("internal/site/theme")
	if err != nil {
		return nil, err
	}
	made, _, err := b.viewed(b.runs, part, "piped", some, site)
	if err != nil {
		return nil, err
	}
	start, _, err := b.viewed(b.runs, part, "piped", 1, site)
	if err != nil {
		return nil, err
	}
	bare, _, err := b.viewed(b.runs, part, "bare", some, theme)
	if err != nil {
		return nil, err
	}
	all, child, err := b.viewed(1, part, "piped", many, site)
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("%d members' own pages, rendered and sealed", some)
	b.note("members' own pages: without opening the records; starting medlem-site, once for all of them, takes %s more", cpu(start.cpu))
	return []row{
		{figure: figure, got: cpu(max(0, made.cpu-start.cpu)), limit: cpu(time.Duration(some) * time.Second / 2_000), beside: "html/template and sealing", other: cpu(bare.cpu), most: 2},
		{figure: fmt.Sprintf("%d of them, memory of medlem", many), got: size(all.rss), limit: size(250_000_000)},
		{figure: "the same, memory of medlem-site", got: size(child), limit: size(250_000_000)},
	}, nil
}

// viewed runs viewpart, and returns also the largest resident set of what it ran.
func (b *bench) viewed(runs int, part, how string, n int, with string) (u usage, child int64, err error) {
	args := []string{part, how, strconv.Itoa(n), with}
	if one, err := exec.LookPath("taskset"); err == nil {
		args = append([]string{one, "-c", "0"}, args...)
	} else {
		b.note("members' own pages: not on one processor, since taskset is not here")
	}
	var said bytes.Buffer
	u, err = b.repeated(runs, func(int) (*exec.Cmd, error) {
		said.Reset()
		c := exec.CommandContext(b.ctx, args[0], args[1:]...)
		c.Stdout = &said
		return c, nil
	})
	if err != nil {
		return u, 0, err
	}
	fields := strings.Fields(said.String())
	if len(fields) != 2 {
		return u, 0, fmt.Errorf("viewpart says %q", said.String())
	}
	child, err = strconv.ParseInt(fields[1], 10, 64)
	return u, child, err
}
