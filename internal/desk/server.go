package desk

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

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

// prepareServer sets up a server that is a folder on this machine: its settings
// and, where there is none, the hook. It returns where its hook is. Elsewhere it does nothing; docs/server.md
// says what to set.
func prepareServer(remote *gitstore.Remote, program string) (string, error) {
	dir, ok := remote.Local()
	if !ok {
		return "", nil
	}
	for _, s := range serverSettings {
		if out, err := exec.Command("git", "-C", dir, "config", s[0], s[1]).CombinedOutput(); err != nil {
			return "", fmt.Errorf("set up the server: git config %s: %w: %s", s[0], err, firstLine(out))
		}
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
	if err := writeHook(path, hookText(program)); err != nil {
		return "", fmt.Errorf("set up the server: %w", err)
	}
	return path, nil
}

// writeHook writes a hook whole or not at all: half of one would let everything in.
func writeHook(path, text string) error {
	part := path + ".new" // which git does not run
	if err := os.WriteFile(part, []byte(text), 0o755); err != nil {
		_ = os.Remove(part)
		return err
	}
	return os.Rename(part, path)
}

func firstLine(b []byte) string {
	s, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return s
}
