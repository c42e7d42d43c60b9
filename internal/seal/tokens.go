package seal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

// TokensLimit is the size in bytes of the largest sealed tokens file. Its text is
// at most half of that, some 180,000 members in one unit: more than its keyring
// holds.
const TokensLimit = 64 << 20 // 64 MiB

// Tokens are what the secretariat knows a unit's people by when it looks for the
// same person in two units (package duplicate makes and compares them). They lie
// beside the unit's keyring, sealed to the secretariat and the recovery recipient
// alone, and go as keys do when a record is erased.
type Tokens struct {
	Unit   register.UnitID
	Serial uint64   // of the keyring beside which they were written
	Secret [32]byte // under which they were made: random, the same in all units, and nowhere else
	// People holds the tokens of every record of the unit, those of closed ones
	// included: joined by spaces, in order; NoTokens where there are none.
	People map[register.RecordID]string
}

// NoTokens stands for the tokens of a record that has none.
const NoTokens = "-"

const (
	tokenLen    = 18 // bytes: a kind, a version and 16 characters
	tokensEach  = 64 // of one record, at most
	secretLen   = 64 // hexadecimal digits
	tokensGuess = 180
)

// NewTokens returns the tokens of a unit that has no records yet, under a secret.
func NewTokens(u register.UnitID, secret [32]byte) *Tokens {
	return &Tokens{Unit: u, Secret: secret, People: map[register.RecordID]string{}}
}

// NewTokenSecret returns a fresh secret for tokens.
func NewTokenSecret() (s [32]byte) {
	rand.Read(s[:]) // never fails (crypto/rand)
	return s
}

// Format implements fmt.Formatter. It withholds the content for every verb.
func (t Tokens) Format(f fmt.State, _ rune) {
	io.WriteString(f, "tokens of "+string(t.Unit)+" (withheld)")
}

// MarshalText implements encoding.TextMarshaler, only to refuse: see Encode.
func (t Tokens) MarshalText() ([]byte, error) {
	return nil, errors.New("refusing to encode tokens: call Encode where they must be written")
}

// Clone returns a copy that shares nothing with t.
func (t *Tokens) Clone() *Tokens {
	c := *t
	c.People = maps.Clone(t.People)
	return &c
}

// Encode returns the canonical text of t (docs/format.md, Tokens): lines as those
// of a keyring, sorted, that ParseTokens reads.
func (t *Tokens) Encode() []byte {
	b := make([]byte, 0, 256+tokensGuess*len(t.People))
	b = append(b, "unit: "+string(t.Unit)+"\nserial: "...)
	b = strconv.AppendUint(b, t.Serial, 10)
	b = append(b, "\nsecret: "...)
	b = hex.AppendEncode(b, t.Secret[:])
	b = append(b, '\n')
	for _, id := range slices.Sorted(maps.Keys(t.People)) {
		b = append(b, "token "+string(id)+": "+t.People[id]+"\n"...)
	}
	return b
}

// SealTokens seals t to hybrid recipients (age1pq1…): those of the secretariat and
// the recovery recipient. It refuses what ParseTokens would not read.
func SealTokens(t *Tokens, recipients []string) ([]byte, error) {
	text := t.Encode()
	defer clear(text)
	if _, err := ParseTokens(text); err != nil {
		return nil, fmt.Errorf("seal tokens: %w", err)
	}
	padded := padTo(text, KeyringBucket)
	defer clear(padded)
	file, err := sealTo(padded, recipients)
	if err == nil && len(file) > TokensLimit {
		err = fmt.Errorf("sealed file of %d bytes: want at most %d", len(file), TokensLimit)
	}
	if err != nil {
		return nil, fmt.Errorf("seal tokens: %w", err)
	}
	return file, nil
}

// OpenTokens opens a tokens file with whichever identity fits, ErrNotReader if
// none does. That it is the right unit's is the caller's to compare.
func OpenTokens(file []byte, ids []age.Identity) (*Tokens, error) {
	text, err := openSealedTo(file, TokensLimit, KeyringBucket, ids)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	t, err := ParseTokens(text)
	if err != nil {
		return nil, damaged(err)
	}
	return t, nil
}

// CheckTokens is CheckSealedTo for a tokens file, which may be larger.
func CheckTokens(file []byte, stanzas int) error {
	return checkSealedTo(file, TokensLimit, stanzas, KeyringBucket)
}

// ParseTokens parses the text of a tokens file, and accepts only what Encode
// writes. Its errors name lines and never quote one.
func ParseTokens(text []byte) (*Tokens, error) {
	if len(text) > TokensLimit/2-paddingMinimum {
		return nil, fmt.Errorf("tokens of %d bytes: want at most %d", len(text), TokensLimit/2-paddingMinimum)
	}
	p := tokensParser{rest: string(text), t: &Tokens{People: make(map[register.RecordID]string, len(text)/tokensGuess)}}
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("tokens line %d: %w", p.n, err)
	}
	return p.t, nil
}

type tokensParser struct {
	t    *Tokens
	rest string
	n    int // lines taken
}

func (p *tokensParser) parse() error {
	unit, err := p.line("unit: ")
	if err != nil {
		return err
	}
	if p.t.Unit, err = register.ParseUnitID(unit); err != nil {
		return errors.New("malformed unit")
	}
	serial, err := p.line("serial: ")
	if err != nil {
		return err
	}
	p.t.Serial, err = strconv.ParseUint(serial, 10, 63)
	if err != nil || strconv.FormatUint(p.t.Serial, 10) != serial || p.t.Serial == 0 {
		return errors.New("malformed serial")
	}
	secret, err := p.line("secret: ")
	if err != nil {
		return err
	}
	b, err := hex.DecodeString(secret)
	if err != nil || len(secret) != secretLen || strings.ToLower(secret) != secret || [32]byte(b) == [32]byte{} {
		return errors.New("malformed secret")
	}
	p.t.Secret = [32]byte(b)
	last := ""
	for p.rest != "" {
		line, err := p.line("token ")
		if err != nil {
			return err
		}
		name, list, ok := strings.Cut(line, ": ")
		id, err := register.ParseRecordID(name)
		switch {
		case !ok || err != nil:
			return errors.New("malformed: want an id, a colon, a space and tokens")
		case name <= last:
			return errors.New("duplicate or not sorted")
		case !isTokenList(list):
			return errors.New("malformed tokens")
		}
		last = name
		p.t.People[id] = list
	}
	return nil
}

// line takes the next line, without the head that it must have.
func (p *tokensParser) line(head string) (string, error) {
	p.n++
	line, rest, ok := strings.Cut(p.rest, "\n")
	if !ok {
		return "", errors.New("missing, or without its newline")
	}
	value, ok := strings.CutPrefix(line, head)
	if !ok {
		return "", fmt.Errorf("not in its place: want unit, serial, secret, then token")
	}
	p.rest = rest
	return value, nil
}

// isTokenList tells whether s is tokens joined by single spaces, in order and each
// once, or NoTokens.
func isTokenList(s string) bool {
	if s == NoTokens {
		return true
	}
	if len(s)%(tokenLen+1) != tokenLen || len(s) > tokensEach*(tokenLen+1) {
		return false
	}
	last := ""
	for {
		t := s[:tokenLen]
		if !isToken(t) || t <= last {
			return false
		}
		last = t
		if len(s) == tokenLen {
			return true
		}
		if s[tokenLen] != ' ' {
			return false
		}
		s = s[tokenLen+1:]
	}
}

// isToken tells whether s has the form of a token of any kind and version: a
// letter, a digit, and 16 characters of lower-case base32 (RFC 4648, section 6).
func isToken(s string) bool {
	if s[0] < 'a' || s[0] > 'z' || s[1] < '1' || s[1] > '9' {
		return false
	}
	for i := 2; i < tokenLen; i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}
