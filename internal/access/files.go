package access

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// RecipientLimit is the number of devices that one officer may have.
const RecipientLimit = 8

// Officer is what data/officers/<handle>.yaml says of one officer: how to seal
// to her and how to know her signature. It holds no name.
type Officer struct {
	Handle     register.Handle
	Signing    string    // "ssh-ed25519 AAAA…"; empty for the recovery recipient
	Recipients []string  // age1pq1…, one per device
	Retired    []Retired // identities that she has signed to have destroyed
}

// Retired is an officer's statement that an identity no longer exists.
type Retired struct {
	Recipient string // RecipientID of its public half
	Day       register.Day
}

// RecipientID names a recipient in clear files: the first 128 bits of its
// SHA-256, in hexadecimal. A hybrid recipient itself is 1,959 characters long.
func RecipientID(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return hex.EncodeToString(sum[:16])
}

// SigningKey returns the key in SSH wire form, or nil where the officer (the
// recovery recipient) has none.
func (o *Officer) SigningKey() []byte {
	if o.Signing == "" {
		return nil
	}
	wire, _ := parseSigning(o.Signing)
	return wire
}

// signingHead begins the SSH wire form of an ed25519 key, of which the 32 bytes
// follow: the name of its kind and their number, each with its length before.
const signingHead = "\x00\x00\x00\x0b" + ssh.KeyAlgoED25519 + "\x00\x00\x00\x20"

// parseSigning returns the SSH wire form of a signing key. A key has one text
// only, so package ssh, which takes ten times as long, has nothing to decide; a
// thousand of them are read for one question.
func parseSigning(s string) ([]byte, error) {
	text, ok := strings.CutPrefix(s, ssh.KeyAlgoED25519+" ")
	wire, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(wire) != len(signingHead)+ed25519.PublicKeySize || string(wire[:len(signingHead)]) != signingHead ||
		base64.StdEncoding.EncodeToString(wire) != text {
		return nil, errors.New("malformed signing key: want ssh-ed25519 and its base64, nothing else")
	}
	return wire, nil
}

// Fingerprint is what two people compare on the telephone: 80 bits of the
// SHA-256 of the officer's file without its statements, four groups of four.
func (o *Officer) Fingerprint() string {
	c := *o
	c.Retired = nil
	sum := sha256.Sum256(c.Encode())
	s := register.Base32.EncodeToString(sum[:])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16]
}

// Encode returns the officer's file.
func (o *Officer) Encode() []byte {
	f := register.NewFlat()
	f.Set("handle", string(o.Handle))
	f.Set("signing", o.Signing)
	f.SetList("recipients", o.Recipients)
	var r []string
	for _, x := range o.Retired {
		r = append(r, x.Recipient+" "+string(x.Day))
	}
	f.SetList("retired", r)
	return f.Encode()
}

// ParseOfficer reads an officer's file. check tells whether a recipient is one
// that keyrings may be sealed to (seal.ParseRecipient).
func ParseOfficer(b []byte, check func(string) error) (*Officer, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	o := &Officer{}
	h, line, err := f.Value("handle", true)
	if err != nil {
		return nil, err
	}
	recovery := h == string(register.Recovery)
	if recovery {
		o.Handle = register.Recovery
	} else if o.Handle, err = register.ParseHandle(h); err != nil {
		return nil, &register.FlatError{Line: line, Col: 9, Msg: err.Error()}
	}
	if o.Signing, line, err = f.Value("signing", !recovery); err != nil {
		return nil, err
	}
	if o.Signing != "" {
		if _, err := parseSigning(o.Signing); err != nil || recovery {
			return nil, &register.FlatError{Line: line, Col: 10, Msg: "malformed signing key: want ssh-ed25519 and its base64, nothing else"}
		}
	}
	if o.Recipients, line, err = f.List("recipients", true); err != nil {
		return nil, err
	}
	if len(o.Recipients) > RecipientLimit {
		return nil, &register.FlatError{Line: line, Col: 1, Msg: fmt.Sprintf("%d recipients: want at most %d", len(o.Recipients), RecipientLimit)}
	}
	for i, r := range o.Recipients {
		if err := check(r); err != nil || slices.Contains(o.Recipients[:i], r) {
			return nil, &register.FlatError{Line: line + 1 + i, Col: 5, Msg: "malformed or repeated recipient: want age1pq1…, each once"}
		}
	}
	retired, line, err := f.List("retired", false)
	if err != nil {
		return nil, err
	}
	for i, r := range retired {
		id, day, _ := strings.Cut(r, " ")
		d, err := register.ParseDay(day)
		if b, herr := hex.DecodeString(id); err != nil || herr != nil || len(b) != 16 || id != strings.ToLower(id) {
			return nil, &register.FlatError{Line: line + 1 + i, Col: 5, Msg: "malformed statement: want 32 hexadecimal digits and a day"}
		}
		o.Retired = append(o.Retired, Retired{id, d})
	}
	return o, f.End()
}

// KeyringFile is data/<unit>/keyring.yaml: what main says of a unit's sealed
// keyring.
type KeyringFile struct {
	Unit    register.UnitID
	Serial  uint64
	SHA256  string // of keyring.age, hexadecimal
	Tokens  string // of tokens.age, if the unit has one, else ""
	Joining string // age1pq1…: to which members and strangers seal what they send, or ""
	Readers []register.Handle
}

// Encode returns the file.
func (k *KeyringFile) Encode() []byte {
	f := register.NewFlat()
	f.Set("serial", fmt.Sprint(k.Serial))
	f.Set("sha256", k.SHA256)
	f.Set("tokens", k.Tokens)
	f.Set("joining", k.Joining)
	var r []string
	for _, h := range k.Readers {
		r = append(r, string(h))
	}
	f.SetList("readers", r)
	return f.Encode()
}

// ParseKeyringFile reads the keyring.yaml of a unit.
func ParseKeyringFile(unit register.UnitID, b []byte) (*KeyringFile, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	k := &KeyringFile{Unit: unit}
	if k.Serial, err = f.Uint("serial"); err != nil {
		return nil, err
	}
	var line int
	if k.SHA256, line, err = f.Value("sha256", true); err != nil {
		return nil, err
	}
	if !isSHA256(k.SHA256) {
		return nil, &register.FlatError{Line: line, Col: 9, Msg: "malformed digest: want 64 hexadecimal digits"}
	}
	if k.Tokens, line, err = f.Value("tokens", false); err != nil {
		return nil, err
	}
	if k.Tokens != "" && (!isSHA256(k.Tokens) || k.Tokens == k.SHA256) {
		return nil, &register.FlatError{Line: line, Col: 9, Msg: "malformed digest of tokens: want 64 hexadecimal digits, not those of the keyring"}
	}
	if k.Joining, line, err = f.Value("joining", false); err != nil {
		return nil, err
	}
	if k.Joining != "" && seal.RecipientShape(k.Joining) != nil {
		return nil, &register.FlatError{Line: line, Col: 10, Msg: "malformed joining recipient: want age1pq1… of 1,959 characters"}
	}
	rs, line, err := f.List("readers", true)
	if err != nil {
		return nil, err
	}
	for i, s := range rs {
		h := register.Handle(s)
		if h != register.Recovery {
			if h, err = register.ParseHandle(s); err != nil {
				return nil, &register.FlatError{Line: line + 1 + i, Col: 5, Msg: err.Error()}
			}
		}
		if i > 0 && h <= k.Readers[i-1] {
			return nil, &register.FlatError{Line: line + 1 + i, Col: 5, Msg: "readers are not sorted, or one is repeated"}
		}
		k.Readers = append(k.Readers, h)
	}
	return k, f.End()
}

// Tombstone is data/<unit>/erased/<YYYY>/<id>.yaml: this record is gone, and its
// id is refused everywhere, for ever.
type Tombstone struct {
	Day  register.Day
	Rule string // the reason of the policy for which the membership ended, FormerReason, or ActivityOver
}

// FormerReason is the rule of a tombstone whose record names a reason that the
// policy no longer has.
const FormerReason = "closed"

// ActivityOver is the rule of the tombstone of an activity: that of the check which
// asks for it.
const ActivityOver = "retention/activity"

// Encode returns the file.
func (t *Tombstone) Encode() []byte {
	f := register.NewFlat()
	f.Set("day", string(t.Day))
	f.Set("rule", t.Rule)
	return f.Encode()
}

// ParseTombstone reads a tombstone.
func ParseTombstone(b []byte) (*Tombstone, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	t := &Tombstone{}
	if t.Day, err = flatDay(f, "day", true); err != nil {
		return nil, err
	}
	if t.Rule, _, err = f.Value("rule", true); err != nil {
		return nil, err
	}
	return t, f.End()
}

func flatDay(f *register.Flat, key string, need bool) (register.Day, error) {
	s, line, err := f.Value(key, need)
	if err != nil || s == "" {
		return "", err
	}
	d, err := register.ParseDay(s)
	if err != nil {
		return "", &register.FlatError{Line: line, Col: len(key) + 3, Msg: err.Error()}
	}
	return d, nil
}

func isSHA256(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && s == strings.ToLower(s)
}
