//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// usage is what one run of a program took.
type usage struct {
	cpu, wall time.Duration
	rss       int64 // bytes: the largest resident set of one of its processes
}

// measured runs a program. One that fails is an error with what it said.
func (b *bench) measured(c *exec.Cmd) (usage, error) {
	var said bytes.Buffer
	c.Stderr = &said
	if c.Env == nil {
		c.Env = b.env
	}
	start := time.Now()
	err := c.Start()
	var peak func() int64
	if err == nil {
		peak = watchMemory(c.Process.Pid)
		err = c.Wait()
	}
	u := usage{wall: time.Since(start)}
	if err != nil {
		return u, fmt.Errorf("%s: %w: %s", strings.Join(c.Args, " "), err, strings.TrimSpace(said.String()))
	}
	ru := c.ProcessState.SysUsage().(*syscall.Rusage)
	u.cpu = cpuOf(ru)
	u.rss = int64(ru.Maxrss)
	if runtime.GOOS != "darwin" {
		u.rss <<= 10 // everybody else counts in KiB
	}
	if seen := peak(); seen > 0 {
		u.rss = seen
	}
	return u, nil
}

// watchMemory looks at the largest resident set of a process every few
// milliseconds, until the function that it returns is called; that returns the
// last, in bytes, or 0 where there is no /proc. What wait4 tells at the end counts
// in what the process shared with this one before it became a program of its own,
// and this one can be the larger.
func watchMemory(pid int) func() int64 {
	const every = 3 * time.Millisecond
	stop, last := make(chan struct{}), make(chan int64)
	go func() {
		var peak int64
		for {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if _, after, ok := strings.Cut(string(b), "\nVmHWM:"); err == nil && ok {
				var kib int64
				if n, _ := fmt.Sscan(after, &kib); n == 1 {
					peak = kib << 10
				}
			}
			select {
			case <-stop:
				last <- peak
				return
			case <-time.After(every):
			}
		}
	}()
	return func() int64 {
		close(stop)
		return <-last
	}
}

func cpuOf(ru *syscall.Rusage) time.Duration {
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// selfCPU is what this process has taken so far.
func selfCPU() (time.Duration, error) {
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		return 0, err
	}
	return cpuOf(&ru), nil
}

// repeated runs what next returns, n times after one run that does not count,
// and returns the median of each of its figures.
func (b *bench) repeated(n int, next func(i int) (*exec.Cmd, error)) (usage, error) {
	var us []usage
	for i := range n + 1 {
		c, err := next(i)
		if err != nil {
			return usage{}, err
		}
		u, err := b.measured(c)
		if err != nil {
			return usage{}, err
		}
		us = append(us, u)
	}
	us = us[1:]
	return usage{
		cpu:  medianOf(us, func(u usage) time.Duration { return u.cpu }),
		wall: medianOf(us, func(u usage) time.Duration { return u.wall }),
		rss:  medianOf(us, func(u usage) int64 { return u.rss }),
	}, nil
}

// medlem is a run of the program, on a folder of a register where dir is named.
func (b *bench) medlem(ctx context.Context, dir, identity string, args ...string) *exec.Cmd {
	var all []string
	if dir != "" {
		all = append(all, "-C", dir)
	}
	if identity != "" {
		all = append(all, "--as", identity)
	}
	return exec.CommandContext(ctx, b.program, append(all, args...)...)
}

func medianOf[T any, N ~int64](all []T, of func(T) N) N {
	ns := make([]N, len(all))
	for i, x := range all {
		ns[i] = of(x)
	}
	return median(ns)
}

// median returns the middle one, or of an even number the mean of the two.
func median[N ~int64](ns []N) N {
	s := slices.Sorted(slices.Values(ns))
	m := len(s) / 2
	if len(s)%2 == 1 {
		return s[m]
	}
	return (s[m-1] + s[m]) / 2
}
