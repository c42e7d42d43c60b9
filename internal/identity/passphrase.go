package identity

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Bounds on a passphrase that CheckPassphrase accepts.
const (
	PassphraseMin      = 12      // characters
	passphraseLimit    = 1 << 10 // bytes; more is a file that was piped by mistake
	PassphraseDistinct = 5       // different characters
)

// Why CheckPassphrase refuses a passphrase.
var (
	ErrShort     = errors.New("too short")
	ErrRepeats   = errors.New("repeats too few characters")
	ErrLong      = errors.New("too long")
	ErrUntypable = errors.New("cannot be typed again")
)

const wayOut = "four or more words that have nothing to do with each other are long enough and easy to keep in mind"

// CheckPassphrase returns an error that says why, by ErrShort, ErrRepeats, ErrLong
// or ErrUntypable, and the way out, when p is too weak for a new identity file.
//
// A copy of the file can be tried against at leisure, and scrypt makes each
// guess cost a second and 256 MiB, no more. Against that, eight characters of a
// pattern that people choose fall in days; twelve, or a few words, do not. It is
// a floor, not a measure: no rule sees that a passphrase is used elsewhere.
func CheckPassphrase(p []byte) error {
	if !utf8.Valid(p) {
		return fmt.Errorf("passphrase is not text: it %w: it is not valid UTF-8", ErrUntypable)
	}
	if len(p) > passphraseLimit {
		return fmt.Errorf("passphrase is %w: more than %d bytes", ErrLong, passphraseLimit)
	}
	seen := map[rune]bool{}
	n := 0
	for _, r := range string(p) {
		if unicode.IsControl(r) {
			return fmt.Errorf("passphrase contains a line break or another control character: it %w", ErrUntypable)
		}
		seen[r] = true
		n++
	}
	if n < PassphraseMin {
		return fmt.Errorf("passphrase of %d characters is %w: want at least %d; %s", n, ErrShort, PassphraseMin, wayOut)
	}
	if len(seen) < PassphraseDistinct {
		return fmt.Errorf("passphrase %w: want at least %d different ones; %s", ErrRepeats, PassphraseDistinct, wayOut)
	}
	return nil
}
