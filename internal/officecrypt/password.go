package officecrypt

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// PasswordLength is the length of a generated password, in characters.
	PasswordLength = 16
	// PasswordBits is the entropy of a generated password, in whole bits: 16
	// characters of 31. The rounds of SHA-512 add some 17 bits to what a search costs.
	PasswordBits = 79
	// PasswordLimit is the longest password that Office takes, in UTF-16 code units.
	PasswordLimit = 255
)

// alphabet is what a generated password is made of: no 0 and o, no 1, i and l,
// one case only, nothing that a Nordic keyboard hides. It can be read aloud.
const alphabet = "abcdefghjkmnpqrstuvwxyz23456789"

// byDefault is the password of a file that Excel opens without asking: it
// encrypted so where only the structure of a workbook was protected.
const byDefault = "VelvetSweatshop"

// GeneratePassword returns a random password of PasswordLength characters.
func GeneratePassword() string {
	// The largest multiple of the alphabet's length that a byte holds: the bytes
	// from there on would make the first letters likelier than the others.
	const fair = 256 / len(alphabet) * len(alphabet)
	out := make([]byte, 0, PasswordLength)
	var b [2 * PasswordLength]byte
	for len(out) < PasswordLength {
		_, _ = rand.Read(b[:]) // never fails
		for _, c := range b {
			if int(c) < fair && len(out) < PasswordLength {
				out = append(out, alphabet[int(c)%len(alphabet)])
			}
		}
	}
	clear(b[:])
	return string(out)
}

// usable returns the form of a new password in which it is written.
func usable(password string) (string, error) {
	p := norm.NFC.String(password)
	switch {
	case p == "":
		return "", fmt.Errorf("%w: it is empty", ErrUnusable)
	case !utf8.ValidString(password):
		return "", fmt.Errorf("%w: it is not UTF-8", ErrUnusable)
	case strings.ContainsFunc(p, unicode.IsControl):
		return "", fmt.Errorf("%w: it holds a line break or another control character, which cannot be typed", ErrUnusable)
	case codeUnits(p) > PasswordLimit:
		return "", fmt.Errorf("%w: it is longer than %d characters", ErrUnusable, PasswordLimit)
	case p == byDefault:
		return "", fmt.Errorf("%w: Excel would open the file without asking for it", ErrUnusable)
	}
	return p, nil
}

// forms returns what to try for a password, at most three forms.
func forms(password string) []string {
	if password == "" {
		password = byDefault
	}
	var out []string
	for _, f := range []string{password, norm.NFC.String(password), norm.NFD.String(password)} {
		if codeUnits(f) <= PasswordLimit && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

func codeUnits(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// utf16LE is s as the formats hold text.
func utf16LE(s string) []byte {
	out := make([]byte, 0, 2*codeUnits(s))
	for _, r := range s {
		if utf16.RuneLen(r) == 2 {
			high, low := utf16.EncodeRune(r)
			out = binary.LittleEndian.AppendUint16(out, uint16(high))
			out = binary.LittleEndian.AppendUint16(out, uint16(low))
			continue
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(r))
	}
	return out
}
