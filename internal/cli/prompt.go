package cli

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/medlem-register/medlem/internal/identity"
)

// lineLimit is the longest line that somebody may type or that a passphrase file
// may have.
const lineLimit = 64 << 10 // 64 KiB

var errLineTooLong = errors.New("the line is too long")

// readLine reads a line without its end. io.EOF comes only where there is none.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, more, err := r.ReadLine()
		if err != nil {
			return nil, err
		}
		if len(line)+len(part) > lineLimit {
			return nil, errLineTooLong
		}
		line = append(line, part...)
		if !more {
			return line, nil
		}
	}
}

// untilStopped returns what read reads, or context.Canceled when stop is closed. Then
// read is left to itself, and nothing is read after it.
func untilStopped(stop <-chan struct{}, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		line []byte
		err  error
	}
	select {
	case <-stop:
		return nil, context.Canceled
	default:
	}
	done := make(chan result, 1)
	go func() {
		line, err := read()
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-stop:
		return nil, context.Canceled
	}
}

// ask puts a question to the person at the terminal. Without one it is an error:
// nothing is ever decided by the absence of an answer.
func (a *app) ask(question string) (string, error) {
	if !a.Terminal {
		return "", usageError(a.tr("this needs an answer, and nobody is there to give it"), a.tr("say it with a flag instead"))
	}
	a.endProgress()
	fmt.Fprintf(a.Stderr, "%s ", question)
	line, err := untilStopped(a.stop, func() ([]byte, error) { return readLine(a.in) })
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(a.Stderr)
	}
	if errors.Is(err, io.EOF) {
		fmt.Fprintln(a.Stderr)
		return "", refused(a.tr("no answer; nothing was changed"), "")
	}
	return strings.TrimSpace(string(line)), err
}

// confirm asks a question that only a clear yes answers with yes.
func (a *app) confirm(question string) (bool, error) {
	yes := a.tr("yes")
	s, err := a.ask(question + " (" + a.tr("write {{.Yes}} to go on", "Yes", yes) + ")")
	return strings.EqualFold(s, yes), err
}

// agreed asks the question where somebody is there to answer, and ends the
// command where the answer is not yes.
func (a *app) agreed(question string) error {
	if !a.Terminal {
		return nil
	}
	yes, err := a.confirm(question)
	if err == nil && !yes {
		err = refused(a.tr("nothing was changed"), "")
	}
	return err
}

// passphrase reads a passphrase, from --passphrase-fd or from the terminal.
func (a *app) passphrase(question string) ([]byte, error) {
	if a.passphraseFD >= 0 {
		return a.fdPassphrase()
	}
	if a.Password == nil {
		return nil, &failure{exitOpen, a.tr("this needs a passphrase, and nobody is there to type it"), a.tr("give it with --passphrase-fd")}
	}
	p, err := a.hidden(question)
	if err != nil {
		return nil, fmt.Errorf("read passphrase: %w", err)
	}
	return p, nil
}

// hidden puts a question whose answer is not shown.
func (a *app) hidden(question string) ([]byte, error) {
	a.endProgress()
	fmt.Fprintf(a.Stderr, "%s ", question)
	p, err := a.Password(a.stop)
	fmt.Fprintln(a.Stderr)
	if errors.Is(err, io.EOF) {
		err = refused(a.tr("no answer; nothing was changed"), "")
	}
	a.secrets = append(a.secrets, p)
	return p, err
}

// fdPassphrase reads the next line of the file descriptor.
func (a *app) fdPassphrase() ([]byte, error) {
	if a.passphrases == nil {
		f, err := a.OpenFD(a.passphraseFD)
		if err != nil {
			return nil, usageError(a.tr("--passphrase-fd: the file descriptor cannot be read"), "")
		}
		a.passphrases = bufio.NewReader(f)
	}
	p, err := readLine(a.passphrases)
	if err != nil {
		return nil, usageError(a.tr("--passphrase-fd: there is no passphrase to read"), a.tr("give one a line, in the order in which they are asked for"))
	}
	a.secrets = append(a.secrets, p)
	return p, nil
}

// weakPassphrase says why a passphrase is refused, and the way out.
func (a *app) weakPassphrase(err error) (msg, hint string) {
	switch {
	case errors.Is(err, identity.ErrShort):
		msg = a.tr("the passphrase is too short: it has at least {{.Least}} characters", "Least", identity.PassphraseMin)
	case errors.Is(err, identity.ErrRepeats):
		msg = a.tr("the passphrase repeats too few characters: it has at least {{.Least}} different ones", "Least", identity.PassphraseDistinct)
	case errors.Is(err, identity.ErrLong):
		msg = a.tr("the passphrase is too long: that is a whole file")
	default:
		msg = a.tr("the passphrase has a character that cannot be typed again")
	}
	return msg, a.tr("four or more words that have nothing to do with each other are long enough and easy to keep in mind")
}

// newPassphrase has a passphrase chosen: typed twice on a terminal, read once
// from --passphrase-fd.
func (a *app) newPassphrase() ([]byte, error) {
	for {
		p, err := a.passphrase(a.tr("New passphrase, several words that you do not use elsewhere:"))
		if err != nil {
			return nil, err
		}
		if weak := identity.CheckPassphrase(p); weak != nil {
			msg, hint := a.weakPassphrase(weak)
			if a.passphraseFD >= 0 {
				return nil, refused(msg, hint)
			}
			a.warn(msg, hint)
			continue
		}
		if a.passphraseFD >= 0 {
			return p, nil
		}
		again, err := a.passphrase(a.tr("The same once more:"))
		if err != nil {
			return nil, err
		}
		if subtle.ConstantTimeCompare(p, again) == 1 {
			return p, nil
		}
		a.warn(a.tr("the two are not the same"), "")
	}
}
