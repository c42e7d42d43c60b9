package cli

import (
	"bufio"
	"fmt"
	"io"

	"github.com/medlem-register/medlem/internal/secretstore"
)

// accountSecret reads the secret of an account from a file descriptor, or has it typed.
func (s *session) accountSecret(fd int, question string) (string, error) {
	var b []byte
	var err error
	switch {
	case fd >= 0 && fd == s.passphraseFD:
		b, err = s.fdPassphrase()
	case fd >= 0:
		f, ferr := s.OpenFD(fd)
		if ferr != nil {
			return "", usageError(s.tr("--secret-fd: the file descriptor cannot be read"), "")
		}
		defer f.Close()
		if b, err = readLine(bufio.NewReader(f)); err != nil {
			return "", usageError(s.tr("--secret-fd: there is no secret to read"), "")
		}
		s.secrets = append(s.secrets, b)
	case s.Password == nil:
		return "", &failure{exitOpen, s.tr("this needs the secret of an account, and nobody is there to type it"), s.tr("give it with --secret-fd")}
	default:
		b, err = s.hidden(question)
	}
	if err != nil {
		return "", err
	}
	if len(b) == 0 {
		return "", usageError(s.tr("no secret was given"), "")
	}
	return string(b), nil
}

// secretPlace is where --secret-in says that a secret is kept, by itself the best place
// that there is.
func (a *app) secretPlace(flag string) (secretstore.Where, error) {
	switch in := secretstore.Where(flag); in {
	case "":
		return secretstore.Best(), nil
	case secretstore.Keyring, secretstore.File:
		return in, nil
	}
	return "", usageError(a.tr("--secret-in: want keyring or file"), "")
}

// secretIs is where the secret of a name is kept, "" where it is not here.
func (s *session) secretIs(name string) (secretstore.Where, error) {
	store, err := secretstore.Open(s.settingsFolder())
	if err != nil {
		return "", err
	}
	_, in, err := store.Get(name)
	if err != nil {
		return "", nil // whoever needs it is told why
	}
	return in, nil
}

func (a *app) tellSecret(w io.Writer, in secretstore.Where) {
	switch in {
	case secretstore.Keyring:
		fmt.Fprintln(w, a.tr("The secret of the account is in the system's keyring."))
	case secretstore.File:
		fmt.Fprintln(w, a.tr("The secret of the account is in a file that only you can read."))
	default:
		fmt.Fprintln(w, a.tr("The secret of the account is not here."))
	}
}
