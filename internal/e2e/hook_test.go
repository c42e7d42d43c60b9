package e2e

import (
	"bytes"
	"crypto/sha1" // of packs
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/register"
)

// TestHook runs the scripts in testdata/hook against a plain git server with the
// pre-receive hook that medlem init wrote. The attackers forge in a mirror of
// their own, $HOST, and push from there with stock git to $SERVER; honest officers
// push with their tools.
func TestHook(t *testing.T) {
	t.Parallel()
	w := fixture(t)
	cmds := attackCmds()
	cmds["push"], cmds["fetch"] = pushCmd, fetchCmd
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/hook",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds:                cmds,
		Setup: func(env *testscript.Env) error {
			if err := setUp(w, env); err != nil {
				return err
			}
			server := env.Getenv("HOST")
			if _, err := os.Stat(filepath.Join(server, "hooks", "pre-receive")); err != nil {
				return fmt.Errorf("medlem init wrote no hook: %w", err)
			}
			mirror := filepath.Join(env.WorkDir, "forged.git")
			if out, err := exec.Command("git", "clone", "-q", "--mirror", server, mirror).CombinedOutput(); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			env.Setenv("SERVER", server)
			env.Setenv("HOST", mirror)
			return nil
		},
	})
}

// push [-force] [-atomic] SRC:DST… pushes from the mirror with stock git. What is
// refused must leave nothing behind: no ref moved, no object kept.
func pushCmd(ts *testscript.TestScript, neg bool, args []string) {
	git, server := []string{"-C", ts.Getenv("HOST"), "push"}, ts.Getenv("SERVER")
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		git, args = append(git, "-"+args[0]), args[1:]
	}
	before := refsOf(ts, server)
	var new []string // commits that the server does not have
	for _, spec := range args {
		src, _, _ := strings.Cut(strings.TrimPrefix(spec, "+"), ":")
		if src == "" {
			continue
		}
		id, err := exec.Command("git", "-C", ts.Getenv("HOST"), "rev-parse", "--verify", "-q", src).Output()
		if err != nil {
			ts.Fatalf("push: there is no %s", src)
		}
		if !hasObject(server, id) {
			new = append(new, strings.TrimSpace(string(id)))
		}
	}
	err := ts.Exec("git", append(append(git, server), args...)...)
	switch {
	case !neg && err != nil:
		ts.Fatalf("should have been accepted: %v", err)
	case !neg:
		return
	case err == nil:
		ts.Fatalf("should have been refused")
	case refsOf(ts, server) != before:
		ts.Fatalf("a refused push moved a ref")
	}
	for _, id := range new {
		if hasObject(server, []byte(id)) {
			ts.Fatalf("a refused push left %s on the server", id)
		}
	}
}

func hasObject(repo string, id []byte) bool {
	return exec.Command("git", "-C", repo, "cat-file", "-e", strings.TrimSpace(string(id))).Run() == nil
}

func refsOf(ts *testscript.TestScript, repo string) string {
	out, err := exec.Command("git", "-C", repo, "for-each-ref", "--format=%(refname) %(objectname)").Output()
	ts.Check(err)
	return string(out)
}

// fetch brings the attackers' mirror up to date.
func fetchCmd(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(ts.Exec("git", "-C", ts.Getenv("HOST"), "fetch", "-q", "--prune"))
}

// ATTACK: a client that is no git sends main as a ref that moves from where it is to
// where it is, and beside it the deletion of a keyring.
// At stake: a hook that judges keyrings together with main, and finds nothing new in
// main, judges them not at all.
// Proves: a main that does not move takes no keyring along.
func TestHookMainThatStands(t *testing.T) {
	t.Parallel()
	w := copied(t)
	main, keyring := w.git(w.host, "rev-parse", "main"), w.git(w.host, "rev-parse", register.KeyringRef("asker"))
	zero := strings.Repeat("0", 40)
	lines := []string{
		main + " " + main + " " + register.Main + "\x00report-status atomic",
		keyring + " " + zero + " " + register.KeyringRef("asker"),
	}
	out := w.receive(lines, nil)
	if strings.Contains(out, "ok "+register.KeyringRef("asker")) {
		t.Errorf("the server took it in:\n%q", out)
	}
	if got := w.git(w.host, "for-each-ref", register.KeyringRef("asker")); got == "" {
		t.Error("the keyring is gone")
	}
	// The same client may send an honest change.
	head := w.git(w.host, "rev-parse", "main")
	w.run("sec", "edit", w.vars["ASKER1"], "--set", "city=Oslo")
	if w.git(w.host, "rev-parse", "main") == head {
		t.Error("an honest change did not come in")
	}
}

// receive speaks git's protocol with the server: commands, then a pack of the
// objects (none: an empty one).
func (w *world) receive(commands []string, pack []byte) string {
	w.t.Helper()
	var in bytes.Buffer
	for _, c := range commands {
		fmt.Fprintf(&in, "%04x%s", len(c)+4, c)
	}
	in.WriteString("0000")
	if pack == nil {
		pack = slices.Concat([]byte("PACK"), []byte{0, 0, 0, 2, 0, 0, 0, 0})
		sum := sha1.Sum(pack)
		pack = append(pack, sum[:]...)
	}
	in.Write(pack)
	c := exec.Command("git", "receive-pack", w.host)
	c.Env = w.env()
	c.Stdin = &in
	out, err := c.CombinedOutput()
	if err != nil {
		w.t.Logf("receive-pack: %v", err)
	}
	return string(out)
}
