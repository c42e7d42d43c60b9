// Package pdfcrypt puts a password on a PDF: AES-256 as ISO 32000-2 has it (security
// handler revision 6), which every reader of today opens, and nothing weaker.
//
// Use [Encrypt] on what package label makes. It reads PDFs in the form in which our
// own writer leaves them (one xref table, no object streams, no updates) and refuses
// others: it is no general reader of PDFs. Every string and stream is sealed, the
// attached files too; what can be seen without the password is how many objects there
// are, of what kind, and how large.
//
// The format has no protection against changes: CBC without a tag. What is protected
// here is a copy for its own receiver, who knows from whom she got it; nothing is
// believed because of it.
package pdfcrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The bounds of a password: PasswordLeast characters; and as many bytes as the format
// looks at, so that no part of one is ignored.
const (
	PasswordLeast = 12
	passwordLimit = 127
)

// ErrPassword says that a password is too short, too long or holds what cannot be
// typed.
var ErrPassword = errors.New("password: want 12 to 127 characters, without control characters")

// ErrForm says that a PDF is not in the form that this package reads.
var ErrForm = errors.New("encrypt PDF: not in the form of our own writer")

// Encrypt returns the PDF under a password, with fresh keys and salts each time. The
// password opens everything: whoever has the copy may print it and take text out. Its
// errors are ErrPassword and ErrForm.
func Encrypt(pdf []byte, password string) ([]byte, error) {
	secret, err := prepare(password)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	f, err := read(pdf)
	if err != nil {
		return nil, err
	}
	key := random(keySize)
	defer clear(key)
	dict, err := standard(secret, key)
	if err != nil {
		return nil, err
	}
	return f.write(key, dict)
}

// prepare brings a password to the form in which readers take what is typed. It is
// what SASLprep (RFC 4013) does with text without control characters and unassigned
// letters.
func prepare(password string) ([]byte, error) {
	if !utf8.ValidString(password) {
		return nil, ErrPassword
	}
	s := norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, password))
	if utf8.RuneCountInString(s) < PasswordLeast || len(s) > passwordLimit ||
		strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return nil, ErrPassword
	}
	return []byte(s), nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails (crypto/rand)
	return b
}

// seal is a string or a stream as it stands in the file: a random IV, and AES-256-CBC
// with the padding of PKCS #7.
func seal(key, plain []byte) []byte {
	block := cipherOf(key)
	n := aes.BlockSize - len(plain)%aes.BlockSize
	out := append(random(aes.BlockSize), plain...)
	out = append(out, bytes.Repeat([]byte{byte(n)}, n)...)
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], out[aes.BlockSize:])
	return out
}

func cipherOf(key []byte) cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(fmt.Sprintf("pdfcrypt: %v", err)) // a key of another size: a fault of this package
	}
	return block
}
