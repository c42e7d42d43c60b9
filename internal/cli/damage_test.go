package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// damage changes a byte of a member's record in a copy of the register, as a disk does
// that grows old, or of what a ref names: damage COPY ID|REF. The objects are taken out of their packs for it.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	git := func(stdin string, a ...string) string {
		c := exec.Command("git", append([]string{"-C", ts.MkAbs(args[0])}, a...)...)
		c.Stdin = strings.NewReader(stdin)
		out, err := c.Output()
		ts.Check(err)
		return strings.TrimSpace(string(out))
	}
	dir := git("", "rev-parse", "--absolute-git-dir")
	packs, err := filepath.Glob(filepath.Join(dir, "objects", "pack", "*.pack"))
	ts.Check(err)
	for _, p := range packs {
		b, err := os.ReadFile(p)
		ts.Check(err)
		ts.Check(os.Remove(p))
		ts.Check(os.Remove(strings.TrimSuffix(p, "pack") + "idx"))
		git(string(b), "unpack-objects", "-q")
	}
	hit := func(id string) {
		path := filepath.Join(dir, "objects", id[:2], id[2:])
		b, err := os.ReadFile(path)
		ts.Check(err)
		b[len(b)/2] ^= 1
		ts.Check(os.Remove(path)) // the file may be another copy's too
		ts.Check(os.WriteFile(path, b, 0o600))
	}
	if strings.HasPrefix(args[1], "refs/") {
		hit(git("", "rev-parse", args[1]))
		return
	}
	for line := range strings.Lines(git("", "ls-tree", "-r", "refs/heads/main")) {
		if strings.Contains(line, args[1]) {
			hit(strings.Fields(line)[2])
			return
		}
	}
	ts.Fatalf("no record %s in main", args[1])
}
