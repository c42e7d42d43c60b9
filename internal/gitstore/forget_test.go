package gitstore

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What only dropped commits brought goes, whether loose, in a pack, or the base of a
// delta; what anything that is reached has or had stays, and git finds nothing wrong.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		c := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@x"}, args...)...)
		c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	commit := func(files map[string]string, msg string) ID {
		t.Helper()
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		git("add", "-A")
		git("commit", "-qm", msg, "--allow-empty")
		id, err := ParseID(git("rev-parse", "HEAD"))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	blob := func(text string) ID { return hashObject(Blob, []byte(text)) }
	if out, err := exec.Command("git", "init", "-q", "-b", "main", dir).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	long := string(bytes.Repeat([]byte("a line that makes a delta worth it\n"), 200))
	commit(map[string]string{"clear.txt": "0", "m.age": "main"}, "main")
	git("checkout", "-qb", "draft")
	d1 := commit(map[string]string{"a.age": "first of a", "clear.txt": "1"}, "draft 1")
	d2 := commit(map[string]string{"a.age": "second of a", "b.age": "of b", "c.age": long}, "draft 2")
	git("checkout", "-q", "main")
	git("branch", "-qD", "draft")
	// The same file of b came to main in another way, and went again.
	commit(map[string]string{"b.age": "of b"}, "b comes")
	git("rm", "-q", "b.age")
	commit(nil, "b goes")
	git("checkout", "-qb", "other")
	commit(map[string]string{"d.age": "of d", "e.age": long + "and more\n"}, "other")
	git("update-ref", "refs/medlem/x", d2.String())
	git("repack", "-adfq")
	git("update-ref", "-d", "refs/medlem/x")
	git("reflog", "expire", "--expire=now", "--all")

	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	sealed := func(path string) bool { return strings.HasSuffix(path, ".age") }
	if n, err := r.Forget([]ID{d1}, func(string) bool { return false }); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	n, err := r.Forget([]ID{d2, blob("of d")}, sealed) // what is no commit is passed over
	if err != nil {
		t.Fatal(err)
	}
	if n != 3 {
		t.Errorf("%d went, want 3", n)
	}
	for text, want := range map[string]bool{"first of a": false, "second of a": false, long: false, "of b": true, "of d": true, long + "and more\n": true, "main": true, "1": true} {
		if _, err := r.Blob(blob(text), 1<<20); (err == nil) != want {
			t.Errorf("%.12q: %v, want it there: %v", text, err, want)
		}
		if got := exec.Command("git", "-C", dir, "cat-file", "-e", blob(text).String()).Run() == nil; got != want {
			t.Errorf("%.12q: git has it: %v, want %v", text, got, want)
		}
	}
	git("fsck", "--strict", "--connectivity-only")
	if n, err := r.Forget([]ID{d2}, sealed); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
}
