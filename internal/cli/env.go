package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"time"
	"unicode/utf8"

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
	// Password reads a line from the terminal without showing it. It gives up with
	// context.Canceled when stop is closed or Ctrl-C is typed, and with io.EOF where
	// the input ends before anything is typed. Nil where there is no terminal.
	Password func(stop <-chan struct{}) ([]byte, error)
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
		e.Password = func(stop <-chan struct{}) ([]byte, error) { return hiddenLine(os.Stdin, stop) }
	}
	return e
}

// hiddenLine reads a line from a terminal without showing it, and leaves the terminal
// as it was. The terminal hands on each key, since term.ReadPassword would go on
// reading after Ctrl-D and when the program is to end.
func hiddenLine(f *os.File, stop <-chan struct{}) ([]byte, error) {
	was, err := term.MakeRaw(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	defer term.Restore(int(f.Fd()), was)
	return untilStopped(stop, func() ([]byte, error) { return readKeys(f) })
}

// The keys that do not stand for themselves where each is handed on.
const (
	keyCtrlC     = 3
	keyCtrlD     = 4
	keyBackspace = 8
	keyCtrlU     = 21
	keyDelete    = 127
)

// readKeys reads a line as it is typed, a byte at a time: what comes after it is for
// others to read.
func readKeys(r io.Reader) ([]byte, error) {
	var line, key = []byte{}, make([]byte, 1)
	for len(line) <= lineLimit {
		if _, err := io.ReadFull(r, key); err != nil {
			return nil, err
		}
		switch key[0] {
		case '\r', '\n':
			return line, nil
		case keyCtrlC:
			return nil, context.Canceled
		case keyCtrlD:
			if len(line) == 0 {
				return nil, io.EOF
			}
		case keyBackspace, keyDelete:
			_, size := utf8.DecodeLastRune(line)
			line = line[:len(line)-size]
		case keyCtrlU:
			line = line[:0]
		default:
			line = append(line, key[0])
		}
	}
	return nil, errLineTooLong
}
