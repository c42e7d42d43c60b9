package cli

import (
	"bufio"
	"os"
	"path/filepath"

	"github.com/medlem-register/medlem/internal/officecrypt"
)

// listPassword reads the password of a protected list, from --password-fd or from
// the terminal.
func (a *app) listPassword(fd int) (string, error) {
	var p []byte
	var err error
	switch {
	case fd >= 0 && fd == a.passphraseFD:
		p, err = a.fdPassphrase()
	case fd >= 0:
		f, ferr := a.OpenFD(fd)
		if ferr != nil {
			return "", usageError(a.tr("--password-fd: the file descriptor cannot be read"), "")
		}
		if p, err = readLine(bufio.NewReader(f)); err != nil {
			return "", usageError(a.tr("--password-fd: there is no password to read"), "")
		}
		a.secrets = append(a.secrets, p)
	case a.Password == nil:
		return "", &failure{exitOpen, a.tr("the list is protected by a password, and nobody is there to type it"), a.tr("give it with --password-fd")}
	default:
		p, err = a.hidden(a.tr("Password of the list:"))
	}
	if err != nil {
		return "", err
	}
	if len(p) == 0 {
		return "", &failure{exitOpen, a.tr("no password was given"), a.tr("ask whoever sent the list; it should not have come with it")}
	}
	return string(p), nil
}

// newListPassword generates the password of a list that is written.
func newListPassword(least int) string {
	p := officecrypt.GeneratePassword()
	for len(p) < least {
		p += officecrypt.GeneratePassword()
	}
	return p[:max(least, officecrypt.PasswordLength)]
}

// writeProtected writes a workbook under a new password, which is shown on the
// terminal, or goes into a file of its own where one is named. Where neither can
// be, nothing is written.
func (a *app) writeProtected(path, passwordFile string, plain []byte, least int) error {
	switch {
	case passwordFile == "" && !a.Terminal:
		return usageError(a.tr("there is no terminal to show the password on"), a.tr("have it written to a file: --password-file FILE"))
	case passwordFile != "" && filepath.Clean(passwordFile) == filepath.Clean(path):
		return usageError(a.tr("the password does not go into the file that it opens"), a.tr("name another file: --password-file FILE"))
	}
	password := newListPassword(least)
	b, err := officecrypt.Encrypt(plain, password)
	if err != nil {
		return err
	}
	if passwordFile != "" {
		if err := a.writeNew(passwordFile, []byte(password+"\n")); err != nil {
			return err
		}
	}
	if err := a.writeNew(path, b); err != nil {
		if passwordFile != "" {
			_ = os.Remove(passwordFile)
		}
		return err
	}
	if passwordFile == "" {
		a.note(a.tr("Its password: {{.Password}}", "Password", password))
	}
	a.note(a.tr("Send the file and its password different ways."))
	return nil
}
