// Package agetest gives tests the programs of stock age, as the second opinion
// on every file that medlem seals or opens.
//
// A package's TestMain calls Main; its tests call Age, and Rage where they can
// use that too.
package agetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// The programs that tests run: age, and its plugin that takes a passphrase from
// the environment, where age itself asks the terminal.
var programs = []string{"age", "age-plugin-batchpass"}

var (
	once    sync.Once
	built   string // folder of what was built, "" if nothing was
	path    string // PATH with all programs
	program string // path of age
	fault   error
)

// Main runs the tests and removes what was built for them.
func Main(m *testing.M) {
	code := m.Run()
	Remove()
	os.Exit(code)
}

// Remove removes what was built. It is for a TestMain that has more to do.
func Remove() {
	if built != "" {
		os.RemoveAll(built)
	}
}

// find sets path and program. Programs that are not on PATH are built from the
// module that this one depends on, so that no test has to be left out.
func find() {
	path = os.Getenv("PATH")
	missing := false
	for _, name := range programs {
		p, err := exec.LookPath(name)
		missing = missing || err != nil
		if name == "age" {
			program = p
		}
	}
	if !missing {
		return
	}
	if built, fault = os.MkdirTemp("", "medlem-age-"); fault != nil {
		return
	}
	if err := build(built); err != nil {
		fault = fmt.Errorf("build stock age: %w", err)
		return
	}
	program = filepath.Join(built, "age")
	path = built + string(os.PathListSeparator) + path
}

// build puts the programs into dir. They are built inside age's own module, with
// the versions that its authors chose, as its programs need modules that medlem
// does not.
func build(dir string) error {
	source, err := run("go", nil, nil, "list", "-m", "-f", "{{.Dir}}", "filippo.io/age")
	if err != nil {
		return err
	}
	args := []string{"-C", strings.TrimSpace(string(source)), "build", "-o", dir + string(filepath.Separator)}
	for _, name := range programs {
		args = append(args, "./cmd/"+name)
	}
	_, err = run("go", []string{"GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local"}, nil, args...)
	return err
}

// Program returns the path of stock age, which is built if need be.
func Program(t testing.TB) string {
	t.Helper()
	once.Do(find)
	if fault != nil {
		t.Fatal(fault)
	}
	return program
}

// Age runs stock age with the given standard input and variables of the
// environment ("NAME=value"), and returns what it printed. With AGE_PASSPHRASE
// among them and "-j batchpass" among the arguments it takes a passphrase.
func Age(t testing.TB, env []string, stdin []byte, args ...string) ([]byte, error) {
	t.Helper()
	return run(Program(t), append(env, "PATH="+path), stdin, args...)
}

// Rage returns a function that runs rage with a passphrase, or false if rage is
// not on PATH. Rage is not a Go program, so it is an opinion more where it is
// installed, and no test depends on it.
func Rage(t testing.TB) (decrypt func(passphrase string, file []byte) ([]byte, error), ok bool) {
	t.Helper()
	name, err := exec.LookPath("rage")
	if err != nil || runtime.GOOS == "windows" {
		return nil, false
	}
	pinentry := filepath.Join(t.TempDir(), "pinentry")
	if err := os.WriteFile(pinentry, []byte(pinentryScript), 0o700); err != nil {
		t.Fatal(err)
	}
	return func(passphrase string, file []byte) ([]byte, error) {
		return run(name, []string{"PINENTRY_PROGRAM=" + pinentry, "TEST_PASSPHRASE=" + passphrase}, file, "-d")
	}, true
}

// pinentryScript speaks as much of pinentry's protocol as rage does.
const pinentryScript = `#!/bin/sh
echo "OK ready"
while read -r command rest; do
	case "$command" in
	GETPIN) echo "D $TEST_PASSPHRASE"; echo OK ;;
	BYE) echo OK; exit ;;
	*) echo OK ;;
	esac
done
`

func run(name string, env []string, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, stderr.String())
	}
	return out, err
}
