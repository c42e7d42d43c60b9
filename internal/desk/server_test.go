package desk

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
)

// What init sets on a server is what docs/server.md tells others to set by hand.
func TestServerSettingsAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/server.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, s := range serverSettings {
		want = append(want, "git config "+s[0]+" "+s[1])
	}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "git config ") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/server.md says\n%s\nand init sets\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A lock that a killed git left on the server ten minutes ago does not keep a register
// from being made there; that of somebody who is at work stays.
func TestServerIsUnlocked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "host.git")
	if out, err := exec.Command("git", "init", "--quiet", "--bare", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	remote, err := gitstore.NewRemote(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"refs/heads/main.lock": 11 * time.Minute, "refs/heads/new.lock": time.Minute} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := prepareServer(remote, "medlem"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "refs/heads/main.lock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old lock: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "refs/heads/new.lock")); err != nil {
		t.Errorf("the new lock: %v", err)
	}
}

// A git config that was killed leaves its lock. A server is set up all the same, once,
// and what it had of its own stays.
func TestServerIsSetUpDespiteALock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "host.git")
	git := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("git", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "--quiet", "--bare", dir)
	git("-C", dir, "config", "receive.fsckObjects", "false")
	git("-C", dir, "config", "some.thing", "of its own")
	if err := os.WriteFile(filepath.Join(dir, "config.lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := setUp(dir, serverSettings); err != nil {
		t.Fatal(err)
	}
	for _, s := range append([][2]string{{"some.thing", "of its own"}, {"core.bare", "true"}}, serverSettings...) {
		if got := git("-C", dir, "config", s[0]); got != s[1] {
			t.Errorf("%s is %s, want %s", s[0], got, s[1])
		}
	}
	once, err := os.ReadFile(filepath.Join(dir, "config"))
	if err != nil {
		t.Fatal(err)
	}
	if err := setUp(dir, serverSettings); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(filepath.Join(dir, "config")); err != nil || string(again) != string(once) {
		t.Errorf("set up twice, it differs: %v", err)
	}
}
