package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal/bech32"
)

// Key is a record key or a draft secret: 256 random bits.
//
// Its text form ("mrk1…", 62 characters) is also the passphrase of the scrypt
// stanza, so that stock age opens a record with it. The text is lower-case
// ASCII, so no keyboard, shell or Unicode form changes it; it carries a
// checksum; and it is shorter than a block of HMAC-SHA-256, so PBKDF2 takes it
// as it is. A password that a person chose can never be a Key.
type Key [32]byte

const keyPrefix = "mrk"

// keyTextLen is the length of a key's text, in bytes.
var keyTextLen = bech32.TextLen(keyPrefix)

// The kinds of what a derived key seals.
const (
	KindRecord   = "record"   // a member, also a closed one
	KindRequest  = "request"  // something asked of the secretariat
	KindEvidence = "evidence" // minutes, agreements, reasons
	KindActivity = "activity" // participants
	KindDraw     = "draw"     // whom a list named that left the register
	KindSending  = "sending"  // whom something was sent to
)

// NewKey returns a fresh random key.
func NewKey() (k Key) {
	rand.Read(k[:]) // never fails: crypto/rand ends the program instead
	return k
}

// ParseKey parses the text form of a key. Its errors say nothing of the text.
func ParseKey(s string) (Key, error) { return parseKey(s) }

func parseKey[T string | []byte](text T) (Key, error) {
	b, err := bech32.Decode(keyPrefix, text)
	switch {
	case errors.Is(err, bech32.ErrChecksum):
		return Key{}, errors.New("mistyped key: its checksum does not match")
	case err != nil:
		return Key{}, fmt.Errorf("malformed key: want %s1 and %d characters more", keyPrefix, keyTextLen-len(keyPrefix)-1)
	case Key(b).zero():
		return Key{}, errZeroKey
	}
	return Key(b), nil
}

// String returns the text form: the secret itself. Nothing prints it by
// accident, because package fmt uses Format and encoders use MarshalText.
func (k Key) String() string { return bech32.Encode(keyPrefix, (*[32]byte)(&k)) }

// Format implements fmt.Formatter. It withholds the secret for every verb.
func (k Key) Format(f fmt.State, _ rune) { io.WriteString(f, keyPrefix+"1(withheld)") }

// MarshalText implements encoding.TextMarshaler, only to refuse: a key is
// written where somebody calls String, and nowhere else.
func (k Key) MarshalText() ([]byte, error) {
	return nil, errors.New("refusing to encode a key: call String where it must be written")
}

// errZeroKey is about the key of 32 zero bytes: what a map lookup gives for an
// id that is not there. To seal under it would be to publish.
var errZeroKey = errors.New("zero key: no key was set")

func (k Key) zero() bool { return k == Key{} }

// Derive returns the key that a draft whose secret is k uses for one file:
//
//	HKDF-SHA256(secret, no salt, info = "medlem/v1/" kind 0x00 unit 0x00 id)
//
// It panics when k is zero, the kind is unknown, or unit or id are not well
// formed: they come out of package register's Parse and New functions, and two
// files of which one had a NUL in its name could otherwise share a key.
func (k Key) Derive(kind string, unit register.UnitID, id register.RecordID) Key {
	if k.zero() {
		panic("seal: Derive from a zero key")
	}
	return derive(k[:], kind, unit, id)
}

func derive(secret []byte, kind string, unit register.UnitID, id register.RecordID) (k Key) {
	switch kind {
	case KindRecord, KindRequest, KindEvidence, KindActivity, KindDraw, KindSending:
	default:
		panic("seal: Derive for an unknown kind")
	}
	if _, err := register.ParseUnitID(string(unit)); err != nil {
		panic("seal: Derive for a malformed unit")
	}
	if _, err := register.ParseRecordID(string(id)); err != nil {
		panic("seal: Derive for a malformed id")
	}
	info := strings.Join([]string{"medlem/v1/" + kind, string(unit), string(id)}, "\x00")
	b, err := hkdf.Key(sha256.New, secret, nil, info, len(k))
	if err != nil {
		panic("seal: HKDF failed: " + err.Error()) // only for lengths over 8,160 bytes
	}
	copy(k[:], b)
	clear(b)
	return k
}
