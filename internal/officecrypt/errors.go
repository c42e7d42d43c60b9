package officecrypt

import (
	"errors"
	"fmt"
)

// The reasons for which Open refuses a file, for errors.Is. Every error of Open
// is exactly one of them.
var (
	// ErrPassword also comes where what a password is checked against was altered:
	// the two cannot be told apart.
	ErrPassword     = errors.New("wrong password")
	ErrNotProtected = errors.New("not a password-protected Office file")
	ErrUnsupported  = errors.New("protected in a way that cannot be read here")
	ErrMalformed    = errors.New("damaged or cut short: ask for the file again")
	ErrIntegrity    = errors.New("changed after it was protected: ask for the file again")
)

// Errors of Protect and Encrypt.
var (
	// ErrUnusable says that a password cannot be typed where the file is opened.
	ErrUnusable = errors.New("password cannot be used")
	// ErrTooLarge says that the plaintext is larger than SizeLimit.
	ErrTooLarge = errors.New("too large to be protected")
)

// malformed and unsupported never quote what the file holds.

func malformed(where string) error { return fmt.Errorf("%w (%s)", ErrMalformed, where) }

func unsupported(what, wayOut string) error {
	return fmt.Errorf("%w: %s: %s", ErrUnsupported, what, wayOut)
}

const saveAgain = "open it in Excel or LibreOffice with its password and save it as .xlsx with a password of the usual kind"
