package cli

import (
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/term"
)

// Env is what a command sees of the world. Nothing in this package reaches
// around it, except for the files that a person names.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Now            func() time.Time
	Getenv         func(string) string
	ConfigDir      func() (string, error) // where a person's own settings lie
	Program        string                 // path of this program, for a server's hook; "" = none

	// Terminal tells whether somebody sits at Stdin and reads Stderr: only then
	// does a command ask, or show how far it has come.
	Terminal bool
	// Color tells whether Stdout may hold colour codes.
	Color bool
	// Password reads a line from the terminal without showing it. Nil where
	// there is no terminal.
	Password func() ([]byte, error)
	// OpenFD opens a file descriptor that whoever started the program left open
	// for it: passphrases come that way where nobody can type them.
	OpenFD func(fd int) (io.ReadCloser, error)
}

// OSEnv is the world of a program that was started from a shell.
func OSEnv() Env {
	program, err := os.Executable()
	if err != nil {
		program = ""
	}
	in, errs, out := int(os.Stdin.Fd()), int(os.Stderr.Fd()), int(os.Stdout.Fd())
	e := Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Now: time.Now, Getenv: os.Getenv, ConfigDir: os.UserConfigDir, Program: program,
		Terminal: term.IsTerminal(in) && term.IsTerminal(errs),
		Color:    term.IsTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		OpenFD: func(fd int) (io.ReadCloser, error) {
			f := os.NewFile(uintptr(fd), "fd "+strconv.Itoa(fd))
			if f == nil {
				return nil, errors.New("it is not open")
			}
			return f, nil
		},
	}
	if e.Terminal {
		e.Password = func() ([]byte, error) { return term.ReadPassword(in) }
	}
	return e
}
