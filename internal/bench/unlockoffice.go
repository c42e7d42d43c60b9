//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"time"
)

// unlocked is what the test says of an officer's page.
var unlocked = regexp.MustCompile(`1,000 members: ([0-9.]+m?s), CPU ([0-9.]+m?s)`)

// unlockOffice: an officer's page of 1,000 members in Chromium, from the file and the
// identity, which is open, to the page that is shown and laid out: medians of five. The
// test of the page measures it.
func (b *bench) unlockOffice() ([]row, error) {
	if _, err := exec.LookPath("chromium"); err != nil {
		b.note("an officer's page: not measured, chromium is not installed")
		return nil, nil
	}
	c := exec.CommandContext(b.ctx, "go", "test", "-count=1", "-v", "-run", "^TestBrowserOfficeUnlock$", "./internal/site")
	c.Env = append(os.Environ(), "MEDLEM_SLOW=1")
	said, err := c.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("unlock an officer's page: %w: %s", err, said)
	}
	m := unlocked.FindSubmatch(said)
	if m == nil {
		return nil, fmt.Errorf("unlock an officer's page: the test says nothing")
	}
	took, err := time.ParseDuration(string(m[1]))
	if err != nil {
		return nil, err
	}
	used, err := time.ParseDuration(string(m[2]))
	if err != nil {
		return nil, err
	}
	return []row{
		{figure: "an officer's page of 1,000 members, unlocked in Chromium, CPU", got: cpu(used), limit: cpu(time.Second)},
		{figure: "the same, until it is shown", got: wall(took), limit: wall(time.Second)},
	}, nil
}
