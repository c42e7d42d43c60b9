package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

	"github.com/medlem-register/medlem/internal/officecrypt"
	"github.com/medlem-register/medlem/internal/pdfcrypt"
)

// writeCopy writes the PDF under its password, which is shown on the terminal, goes
// into a file of its own, or is hers who gave it. Where none of these can be, nothing
// is written.
func (s *session) writeCopy(o copyFlags, pdf []byte) error {
	given := o.ask || o.passwordFD >= 0
	switch {
	case o.ask && o.passwordFD >= 0, given && o.passwordFile != "":
		return usageError(s.tr("there is no password to write"), s.tr("leave out --password-file"))
	case !given && o.passwordFile == "" && !s.Terminal:
		return usageError(s.tr("there is no terminal to show the password on"), s.tr("have it written to a file: --password-file FILE"))
	case o.passwordFile != "" && filepath.Clean(o.passwordFile) == filepath.Clean(o.out):
		return usageError(s.tr("the password does not go into the file that it opens"), s.tr("name another file: --password-file FILE"))
	}
	password, err := s.copyPassword(o)
	if err != nil {
		return err
	}
	sealed, err := pdfcrypt.Encrypt(pdf, password)
	if errors.Is(err, pdfcrypt.ErrPassword) {
		return refused(s.tr("the password of a copy has from {{.Least}} to 127 characters, and no control characters", "Least", pdfcrypt.PasswordLeast), s.tr("leave it out: one is made"))
	}
	if err != nil {
		return err
	}
	if o.passwordFile != "" {
		if err := s.writeNew(o.passwordFile, []byte(password+"\n")); err != nil {
			return err
		}
	}
	if err := s.writeNew(o.out, sealed); err != nil {
		if o.passwordFile != "" {
			_ = os.Remove(o.passwordFile)
		}
		return err
	}
	if !given && o.passwordFile == "" {
		s.note(s.tr("Its password: {{.Password}}", "Password", password))
	}
	s.note(s.tr("Send the file and its password different ways."))
	return nil
}

// copyPassword is the password of a copy: given, or made.
func (s *session) copyPassword(o copyFlags) (string, error) {
	switch {
	case o.passwordFD >= 0:
		return s.listPassword(o.passwordFD)
	case !o.ask:
		p := officecrypt.GeneratePassword()
		for len(p) < copyPassword {
			p += officecrypt.GeneratePassword()
		}
		return p[:copyPassword], nil
	case s.Password == nil:
		return "", usageError(s.tr("nobody is there to type the password"), s.tr("leave out --ask, or give it with --password-fd"))
	}
	var typed [2][]byte
	for i, question := range []string{s.tr("Password of the copy:"), s.tr("Once more:")} {
		p, err := s.hidden(question)
		if err != nil {
			return "", err
		}
		typed[i] = p
	}
	if !bytes.Equal(typed[0], typed[1]) {
		return "", refused(s.tr("the two are not the same"), s.tr("do it again"))
	}
	return string(typed[0]), nil
}
