package desk

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
)

// pushLimit is the largest push that a server takes, in MiB: a proposal of as many
// new members as one may bring has about half of it. Git writes what is pushed to
// the disk before the hook can judge it.
const pushLimit = 256

// serverSettings are what a plain git server needs: only fast-forwards of main,
// fetches of part of a register, atomic pushes, pushes of a bounded size, and no
// log of replaced keyrings. docs/server.md has the same, with reasons.
var serverSettings = [][2]string{
	{"receive.denyNonFastForwards", "true"},
	{"receive.advertiseAtomic", "true"},
	{"receive.maxInputSize", strconv.Itoa(pushLimit) + "m"},
	{"receive.fsckObjects", "true"},
	{"transfer.fsckObjects", "true"},
	{"uploadpack.allowFilter", "true"},
	{"core.logAllRefUpdates", "false"},
}

const hookName = "pre-receive"

// hookText is the hook that a plain git server runs before it accepts a push.
func hookText(program string) string {
	return "#!/bin/sh\n# Written by medlem init: refuses what the register's rules refuse, and protects\n# main and the keyrings. It needs no key.\nexec '" +
		strings.ReplaceAll(program, "'", `'\''`) + "' server-hook\n"
}

// hookProgram is the program that a hook runs that does what hookText does, and nothing
// else. Comments do not count.
func hookProgram(text string) (string, bool) {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 || !strings.HasPrefix(text, "#!") {
		return "", false
	}
	word, run := strings.CutPrefix(lines[0], "exec ")
	word, hook := strings.CutSuffix(word, " server-hook")
	program := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(word, "'"), "'"), `'\''`, "'")
	quoted := strings.HasSuffix(hookText(program), "\nexec "+word+" server-hook\n")
	return program, run && hook && (quoted || !strings.ContainsAny(word, " \t'\"\\$`;&|<>()*?[]#~"))
}

// prepareServer sets up a server that is a folder on this machine: its settings
// and, where there is none, the hook. It returns where its hook is. Elsewhere it does
// nothing; docs/server.md says what to set.
//
// It removes locks that were left there: whoever was interrupted while she made the
// register has no copy yet in which the doctor could.
func prepareServer(remote *gitstore.Remote, program string) (string, error) {
	dir, ok := remote.Local()
	if !ok {
		return "", nil
	}
	serverLocks(dir, time.Now(), true)
	if err := setUp(dir, serverSettings); err != nil {
		return "", fmt.Errorf("set up the server: %w", err)
	}
	if program == "" {
		return "", nil
	}
	path := filepath.Join(dir, "hooks", hookName)
	switch b, err := os.ReadFile(path); {
	case err == nil && string(b) == hookText(program):
		return path, nil // of an init that failed after this
	case !errors.Is(err, os.ErrNotExist):
		return "", err // somebody's own hook stays
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("set up the server: %w", err)
	}
	if err := writeWhole(path, hookText(program), 0o755); err != nil {
		return "", fmt.Errorf("set up the server: %w", err)
	}
	return path, nil
}

// setUp adds to a repository's settings those that are not so yet. It takes no lock as
// git config does, which would stay if the program were ended there and keep the same
// command from ever going on.
func setUp(dir string, settings [][2]string) error {
	out, err := exec.Command("git", "-C", dir, "config", "--local", "--null", "--list").Output()
	if err != nil {
		return fmt.Errorf("git config: %w", err)
	}
	is := map[string]string{}
	for line := range strings.SplitSeq(string(out), "\x00") {
		name, value, _ := strings.Cut(line, "\n")
		is[name] = value // the last one counts
	}
	var add strings.Builder
	for _, s := range settings {
		section, key, _ := strings.Cut(s[0], ".")
		if is[strings.ToLower(s[0])] != s[1] {
			fmt.Fprintf(&add, "[%s]\n\t%s = %s\n", section, key, s[1])
		}
	}
	if add.Len() == 0 {
		return nil
	}
	path := filepath.Join(dir, "config")
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := strings.TrimRight(string(b), "\n") + "\n" + add.String()
	return writeWhole(path, text, info.Mode().Perm())
}

// writeWhole writes a file of the server whole or not at all: half of a hook would let
// everything in.
func writeWhole(path, text string, mode os.FileMode) error {
	part := path + ".new" // which git neither reads nor runs
	if err := os.WriteFile(part, []byte(text), mode); err != nil {
		_ = os.Remove(part)
		return err
	}
	return os.Rename(part, path)
}
