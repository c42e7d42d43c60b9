//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
)

// worked is five years of the daily work of ten branches, one of them large.
var worked = gen.Shape{Branches: 10, Records: 5_900, First: 5_000, Work: 10_000, Days: 5 * 365}

// verifying: whoever trusts nobody verifies everything, from the first commit.
func (b *bench) verifying() ([]row, error) {
	s := b.shape(worked)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	u, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) {
		return b.medlem(b.ctx, r.Server, "", "verify", "--all"), nil
	})
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(b.ctx, "git", "-C", r.Server, "rev-list", "--count", "main").Output()
	if err != nil {
		return nil, fmt.Errorf("count commits: %w", err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		return nil, err
	}
	// Main's and those of the proposals that it took in: each has its signature.
	const perSecond, processors = 3_000, 2
	limit := time.Duration(n) * time.Second / perSecond
	figure := fmt.Sprintf("verify %d commits, %d of them main's", n, s.Work+s.Branches+1)
	return []row{
		{figure: figure, got: wall(u.wall), limit: wall(limit)},
		{figure: figure, got: cpu(u.cpu), limit: cpu(processors * limit)},
	}, nil
}
