//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"time"
)

// opened is what the test says of a member's page.
var opened = regexp.MustCompile(`unlock: ([0-9.]+ms) of CPU, ([0-9.]+ms)`)

// unlock: a member's page in Chromium, from her secret to the page that is shown and
// laid out, in a document that was just loaded: the CPU of script, style and layout, and
// the time from the last byte of her file, whose way here is the network's. Medians of
// nine. The test of the page measures it.
func (b *bench) unlock() ([]row, error) {
	if _, err := exec.LookPath("chromium"); err != nil {
		b.note("a member's page: not measured, chromium is not installed")
		return nil, nil
	}
	c := exec.CommandContext(b.ctx, "go", "test", "-count=1", "-v", "-run", "^TestUnlockTime$", "./internal/site")
	c.Env = append(os.Environ(), "MEDLEM_SLOW=1")
	said, err := c.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("unlock a member's page: %w: %s", err, said)
	}
	m := opened.FindSubmatch(said)
	if m == nil {
		return nil, fmt.Errorf("unlock a member's page: the test says nothing")
	}
	used, err := time.ParseDuration(string(m[1]))
	if err != nil {
		return nil, err
	}
	took, err := time.ParseDuration(string(m[2]))
	if err != nil {
		return nil, err
	}
	const limit = 50 * time.Millisecond
	return []row{
		{figure: "a member's page, unlocked in Chromium, CPU", got: cpu(used), limit: cpu(limit)},
		{figure: "the same, from the sealed bytes until it is shown", got: wall(took), limit: wall(limit)},
	}, nil
}
