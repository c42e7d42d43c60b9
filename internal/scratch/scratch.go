// Package scratch has tests work in memory where the system has a file system there: they
// make and remove thousands of small files, and what they prove is the same.
package scratch

import "os"

// enough is how much must be free there, in bytes: else a test would fail for want of
// room, and not for what it tests.
const enough = 4 << 30

// Run runs tests with TMPDIR in memory, where there is room, and returns their exit code.
func Run(m interface{ Run() int }) int {
	if os.Getenv("TMPDIR") != "" || free(memory) < enough {
		return m.Run()
	}
	dir, err := os.MkdirTemp(memory, "medlem-test-*")
	if err != nil {
		return m.Run()
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv("TMPDIR", dir); err != nil {
		return m.Run()
	}
	return m.Run()
}
