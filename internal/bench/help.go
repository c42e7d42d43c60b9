//go:build unix

package main

import (
	"os/exec"
	"strings"
	"time"
)

// helpRuns is more than elsewhere: one run is short, and wall time is restless.
const helpRuns = 20

func (b *bench) helping() ([]row, error) {
	var rows []row
	for _, args := range [][]string{{"--help"}, {"check", "--help"}} {
		u, err := b.repeated(helpRuns, func(int) (*exec.Cmd, error) { return b.medlem(b.ctx, "", "", args...), nil })
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{figure: "medlem " + strings.Join(args, " "), got: wall(u.wall), limit: wall(20 * time.Millisecond)})
	}
	return rows, nil
}
