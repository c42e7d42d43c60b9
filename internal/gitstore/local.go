package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// openLocal runs git's program on a repository of this machine.
func (m *Remote) openLocal(ctx context.Context, svc service) (session, error) {
	dir, err := findGitDir(m.path)
	if err != nil {
		if _, serr := os.Stat(m.path); errors.Is(serr, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, err) // a disk or a share that is not there now
		}
		return nil, err
	}
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, errNoGit
	}
	// The path is absolute, so that it cannot be taken for an option.
	cmd := exec.Command(git, strings.TrimPrefix(string(svc), "git-"), dir)
	cmd.Env = gitEnv()
	cmd.WaitDelay = endWait
	said := &textBuffer{}
	cmd.Stderr = said
	// Pipes of our own: those of exec are closed when the program ends, read or
	// not.
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		inR.Close()
		inW.Close()
		return nil, err
	}
	cmd.Stdin, cmd.Stdout = inR, outW
	err = cmd.Start()
	inR.Close()
	outW.Close()
	if err != nil {
		inW.Close()
		outR.Close()
		return nil, fmt.Errorf("run git: %w", err)
	}
	kill := func() {
		cmd.Process.Kill()
		inW.Close()
		outR.Close()
	}
	s := &stream{in: inW, out: outR, said: said, wait: cmd.Wait, kill: kill}
	return s.start(ctx), nil
}

// errNoGit says that the git program, which one kind of remote needs, is absent.
var errNoGit = errors.New("a repository on this machine is reached through the git program, which is not installed")

// keptGitEnv are the variables of git's that say how it is installed and
// configured. All others say which repository it works on, or what to run
// instead of something else: a hook's must not reach another repository.
var keptGitEnv = []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"}

// gitEnv is the environment for git's programs.
func gitEnv() []string {
	var out []string
	for _, kv := range os.Environ() {
		key, _, _ := strings.Cut(kv, "=")
		if key = strings.ToUpper(key); strings.HasPrefix(key, "GIT_") && !slices.Contains(keptGitEnv, key) {
			continue
		}
		out = append(out, kv)
	}
	return out
}
