package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	medlem "github.com/medlem-register/medlem"
)

// stepOf is the shell of a step of a workflow that new registers have.
func stepOf(t *testing.T, workflow, step string) string {
	t.Helper()
	b, err := medlem.Files.ReadFile("embed/github/workflows/" + workflow)
	if err != nil {
		t.Fatal(err)
	}
	var w struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	if err := yaml.Unmarshal(b, &w); err != nil {
		t.Fatal(err)
	}
	for _, j := range w.Jobs {
		for _, s := range j.Steps {
			if s.Name == step {
				return s.Run
			}
		}
	}
	t.Fatalf("%s has no step %q", workflow, step)
	return ""
}

// What is due becomes one issue: opened when there is none, brought up to date when
// there is one, closed when nothing is due. gh is played by a program that notes what it
// is told.
func TestDueWorkflow(t *testing.T) {
	run := stepOf(t, "due.yml", "Open or update the issue")
	for _, c := range []struct {
		name, count, open string
		want              string // the last call, but for the listing
	}{
		{"first", "2", "", "issue create --title What is due in the register --label medlem-due --body-file body.md"},
		{"again", "2", "17", "issue edit 17 --body-file body.md"},
		{"over", "0", "17", "issue close 17 --comment Nothing is due."},
		{"never", "0", "", "label create medlem-due --force --description What the register's rules ask for"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name, content string, mode os.FileMode) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), mode); err != nil {
					t.Fatal(err)
				}
			}
			write("gh", "#!/bin/sh\ncase \"$1 $2\" in\n'issue list') echo \""+c.open+"\" ;;\n*) echo \"$*\" >>calls.txt ;;\nesac\n", 0o700)
			write("count.txt", c.count+"\n", 0o600)
			write("due.txt", "Asker:\n  by 2027-02-28  2 ended memberships to erase  retention/overdue\n", 0o600)
			sh := exec.Command("bash", "-e", "-c", run)
			sh.Dir = dir
			sh.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
			if out, err := sh.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			calls, err := os.ReadFile(filepath.Join(dir, "calls.txt"))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(calls)), "\n")
			if got := lines[len(lines)-1]; got != c.want {
				t.Errorf("gh %s, want gh %s", got, c.want)
			}
			body, err := os.ReadFile(filepath.Join(dir, "body.md"))
			if err != nil || !strings.Contains(string(body), "2 ended memberships") {
				t.Errorf("the issue says %q, %v", body, err)
			}
		})
	}
}

// What waits for an answer is due too: the job has to have it.
func TestDueWorkflowFetchesWhatWaits(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) string {
		c := exec.Command("git", append([]string{"-C", dir}, args...)...)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "--bare", "host.git")
	commit := git("-C", "host.git", "-c", "user.name=o", "-c", "user.email=o@example.org", "commit-tree", "-m", "x", git("-C", "host.git", "hash-object", "-t", "tree", "-w", "/dev/null"))
	for _, ref := range []string{"refs/heads/main", "refs/heads/proposals/o-7k3f/asker", "refs/heads/pages"} {
		git("-C", "host.git", "update-ref", ref, commit)
	}
	sh := exec.Command("bash", "-e", "-c", stepOf(t, "due.yml", "Fetch main and what waits, in one go"))
	sh.Dir = dir
	sh.Env = append(os.Environ(), "SERVER=file://"+filepath.Join(dir, "host.git"), "TOKEN=none")
	if out, err := sh.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, want := git("-C", "register.git", "for-each-ref", "--format=%(refname)"), "refs/heads/main\nrefs/heads/proposals/o-7k3f/asker"; got != want {
		t.Errorf("the job has %q, want %q", got, want)
	}
}
