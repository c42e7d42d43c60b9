// Package register holds the words that every other package speaks in: the
// identifiers of units, records and officers, days and months, and the grammar
// of the paths of a register. It does no I/O.
//
// Use the Parse functions for text that came from outside (a path, a file, a
// flag) and the New functions for values that are made here. A value of one of
// these types that came out of Parse or New is well formed.
package register

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// UnitID names a unit, a node of the organisation's tree ("akershus"): a
// lower-case ASCII letter, then up to 39 letters, digits or single hyphens.
type UnitID string

// RecordID names a sealed record: a member, a request, an envelope, a piece of
// evidence. It is 65 random bits, 13 characters of RFC 4648 base32 in lower
// case, and never changes (docs/format.md, Identifiers).
type RecordID string

// Handle names an officer: "o-" and the first 50 bits of the SHA-256 of her
// first signing key in SSH wire form, as 10 characters of base32.
type Handle string

// Recovery is the reader that stands for the offline recovery recipient. It is
// not a handle that a key can hash to.
const Recovery Handle = "recovery"

const (
	recordIDLength = 13
	handleLength   = 12
	unitIDLimit    = 40
)

// Base32 is the alphabet of ids and handles.
var Base32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewRecordID returns a fresh random id.
func NewRecordID() RecordID {
	var b [9]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return RecordID(Base32.EncodeToString(b[:])[:recordIDLength])
}

// ParseRecordID returns s as an id, or an error that says what is malformed.
func ParseRecordID(s string) (RecordID, error) {
	if len(s) != recordIDLength || !isBase32(s) {
		return "", fmt.Errorf("malformed id %q: want %d characters a-z2-7", clip(s), recordIDLength)
	}
	return RecordID(s), nil
}

// HandleOf returns the handle of the officer whose first signing key is wire,
// a public key in SSH wire form.
func HandleOf(wire []byte) Handle {
	sum := sha256.Sum256(wire)
	return Handle("o-" + Base32.EncodeToString(sum[:7])[:handleLength-2])
}

// ParseHandle returns s as a handle. Recovery is not a handle of a person and
// is refused.
func ParseHandle(s string) (Handle, error) {
	if len(s) != handleLength || s[:2] != "o-" || !isBase32(s[2:]) {
		return "", fmt.Errorf("malformed handle %q: want o- and 10 characters a-z2-7", clip(s))
	}
	return Handle(s), nil
}

// Email is the address that an officer's commits carry. It leads nowhere.
func (h Handle) Email() string { return string(h) + "@medlem.invalid" }

// ParseUnitID returns s as a unit id.
func ParseUnitID(s string) (UnitID, error) {
	bad := func() (UnitID, error) {
		return "", fmt.Errorf("malformed unit %q: want a letter a-z, then a-z, 0-9 or single hyphens, at most %d characters", clip(s), unitIDLimit)
	}
	if s == "" || len(s) > unitIDLimit || s[0] < 'a' || s[0] > 'z' || strings.HasSuffix(s, "-") || strings.Contains(s, "--") {
		return bad()
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return bad()
		}
	}
	if devices[s] {
		return "", fmt.Errorf("unit %q: not a folder name on Windows; choose another", s)
	}
	if s == "officers" {
		return "", fmt.Errorf("unit %q: the name of another folder; choose another", s)
	}
	return UnitID(s), nil
}

// devices are names that no file or folder can have on Windows, where officers
// may check a register out.
var devices = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}

func isBase32(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// clip bounds foreign text in an error.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// IsKey tells whether s is the key of something in a policy: a-z, 0-9 and
// hyphens, a letter first, at most 40 characters.
func IsKey(s string) bool {
	if s == "" || len(s) > 40 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
