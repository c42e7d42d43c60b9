package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// A view secret opens a member's personal page. She may have to type it from a
// letter, so its text is Crockford's base32, which needs no letter that a
// Nordic keyboard lacks and no word of any language: 128 random bits and a
// checksum of 12, as seven groups of four ("k7qf-0m3x-…", 34 characters).
const (
	viewBytes  = 16 // of secret
	viewDigits = 28 // 140 bits: the secret and the checksum
	viewGroup  = 4  // digits between hyphens
)

// crockford has no padding. 18 bytes make 29 digits, the last of which is zero,
// because only 12 of the last 16 bits are used.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Errors about view secrets. They tell nothing of the text.
var (
	errViewForm = errors.New("malformed view secret: want seven groups of four letters and digits")
	errViewSum  = errors.New("mistyped view secret: its checksum does not match")
)

// NewViewSecret returns a fresh random view secret in its canonical text.
func NewViewSecret() string {
	var b [viewBytes]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return viewText(b)
}

func viewText(secret [viewBytes]byte) string { return groupedText(secret, viewSum(secret)) }

// groupedText is the text of 16 bytes and 12 bits of checksum.
func groupedText(secret [viewBytes]byte, sum []byte) string {
	digits := crockford.EncodeToString(append(secret[:], sum...))
	var b strings.Builder
	for i := 0; i < viewDigits; i += viewGroup {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(digits[i : i+viewGroup])
	}
	return b.String()
}

// viewSum returns the 12 bits of checksum, and four zero bits.
func viewSum(secret [viewBytes]byte) []byte {
	h := sha256.Sum256(append([]byte("medlem/v1/view\x00"), secret[:]...))
	return []byte{h[0], h[1] & 0xf0}
}

// CheckViewSecret returns an error unless s is a view secret in its canonical
// text. For what a person typed, use ParseViewSecret.
func CheckViewSecret(s string) error {
	canonical, err := ParseViewSecret(s)
	if err == nil && canonical != s {
		err = errViewForm
	}
	return err
}

// ParseViewSecret returns the canonical text of a view secret that a person
// typed: case, spaces and hyphens do not matter, an o is a zero, an i and an l
// are a one.
func ParseViewSecret(typed string) (string, error) {
	secret, err := viewSecret(typed)
	if err != nil {
		return "", err
	}
	return viewText(secret), nil
}

// typedLimit bounds what ParseViewSecret looks at, in bytes: the digits, with
// room for spaces and hyphens.
const typedLimit = 4 * viewDigits

var lookalikes = strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1")

func viewSecret(typed string) (secret [viewBytes]byte, err error) {
	if len(typed) > typedLimit {
		return secret, errViewForm
	}
	digits := lookalikes.Replace(strings.ToLower(typed))
	if len(digits) != viewDigits || strings.ContainsAny(digits, "\r\n") { // which encoding/base32 would skip
		return secret, errViewForm
	}
	b, err := crockford.DecodeString(digits + "0")
	if err != nil {
		return secret, errViewForm
	}
	copy(secret[:], b)
	if sum := viewSum(secret); sum[0] != b[viewBytes] || sum[1] != b[viewBytes+1] {
		return [viewBytes]byte{}, errViewSum
	}
	return secret, nil
}

// ViewKey returns the key under which the holder of a view secret seals
// something of her own, as Key.Derive does, from the 16 bytes of the secret.
// It proves that the sender holds the secret, as her unit's officers do too.
func ViewKey(viewSecretText, kind string, unit register.UnitID, id register.RecordID) (Key, error) {
	secret, err := viewSecret(viewSecretText)
	if err != nil {
		return Key{}, err
	}
	defer clear(secret[:])
	return derive(secret[:], kind, unit, id), nil
}
