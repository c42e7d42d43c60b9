package duplicate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"hash"
	"slices"
	"strings"
)

// A Token stands for something that a person has in common with the same person
// registered elsewhere, and is the same for both. It is text: a kind, "1" for the
// version, and 80 bits in lower-case base32 (RFC 4648, section 6), 18 characters in
// all, as in e1abcdefghijklmnop.
//
// The bits are the first of HMAC-SHA256 (RFC 2104) under a secret of 32 random
// bytes, over a text that names the purpose, the version, the kind and the
// normalised fields. Without the secret nothing can be confirmed about anybody:
// names, days of birth and addresses can be guessed, the secret cannot. Who has it
// can try guesses, tens of thousands of people a second, so it stays with the
// secretariat. So do the tokens: even without the secret, two equal ones in the open
// would say that two records are one person's.
//
// Two different texts have one token by chance with a probability of 1 in 2^80. One
// person against 100,000, with eight tokens each, is 6.4 million pairs: 5 in 10^18.
// All of them against each other: 3 in 10^13. What does happen is that two people
// have the same name and postal code: see [Compare].
type Token string

// A Kind says what a token is made of.
type Kind byte

const (
	KindNameBorn     Kind = 'b' // name and day of birth, also with day and month swapped
	KindNameEmail    Kind = 'm' // name and e-mail address
	KindNamePhone    Kind = 'n' // name and telephone number
	KindNamePostcode Kind = 'z' // name and postal code
	KindEmail        Kind = 'e' // e-mail address
	KindGivenPhone   Kind = 'g' // given name and telephone number: who marries keeps them
)

// Kinds lists every kind, the strongest first. A name is a given and a family
// name by sound, in either order.
var Kinds = []Kind{KindNameBorn, KindNameEmail, KindNamePhone, KindNamePostcode, KindEmail, KindGivenPhone}

const (
	tokenVersion = '1'
	tokenDomain  = "medlem/duplicate/v1"
	tokenBytes   = 10 // 80 bits: 16 characters without padding
	tokenLen     = 2 + tokenBytes*8/5
)

const tokenLetters = "abcdefghijklmnopqrstuvwxyz234567"

var tokenText = base32.NewEncoding(tokenLetters).WithPadding(base32.NoPadding)

// Kind returns what t is made of.
func (t Token) Kind() Kind {
	if t == "" {
		return 0
	}
	return Kind(t[0])
}

// ParseToken returns s as a token. The error does not quote it.
func ParseToken(s string) (Token, error) {
	switch {
	case len(s) != tokenLen:
		return "", errors.New("malformed token: want 18 characters")
	case s[1] != tokenVersion:
		return "", errors.New("token of an unknown version: make the tokens anew")
	case !slices.Contains(Kinds, Kind(s[0])):
		return "", errors.New("token of an unknown kind: make the tokens anew")
	case strings.Trim(s[2:], tokenLetters) != "": // the decoder would pass over line ends
		return "", errors.New("malformed token: not lower-case base32")
	}
	return Token(s), nil
}

// Tokens returns the tokens of p under secret, sorted, each once; none where too
// little is known. Most people have six to eight, nobody more than 33. Secret is
// random and used for nothing else. Tokens are personal data as the record is, and
// are deleted with it.
func Tokens(p Person, secret [32]byte) []Token {
	return prepare(p, newWord).tokens(secret)
}

func (q *prepared) tokens(secret [32]byte) []Token {
	mac := hmac.New(sha256.New, secret[:])
	var out []Token
	add := func(k Kind, parts ...string) {
		if !slices.Contains(parts, "") {
			out = append(out, newToken(mac, k, parts))
		}
	}
	add(KindEmail, q.email)
	for _, n := range tokenNames(q) {
		add(KindNameBorn, n[0], n[1], q.born)
		add(KindNameBorn, n[0], n[1], swapDay(q.born))
		add(KindNameEmail, n[0], n[1], q.email)
		add(KindNamePhone, n[0], n[1], q.phone)
		add(KindNamePostcode, n[0], n[1], q.postcode)
	}
	for _, g := range givenForms(q) {
		add(KindGivenPhone, g, q.phone)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// givenForms returns the first given name by sound, and all of them as one
// (Annemarie and Anne Marie). The others stand for nobody: sisters called Anna
// Maria and Eva Maria would have a token in common.
func givenForms(p *prepared) []string {
	if len(p.given) == 0 {
		return nil
	}
	return []string{p.given[0].sound, joined(p.given)}
}

// tokenNames returns the given forms with each of the first family names, the two
// sorted, so that it does not count which is which.
func tokenNames(p *prepared) [][2]string {
	var out [][2]string
	for _, g := range givenForms(p) {
		for _, f := range first(p.family) {
			out = append(out, ordered(g, f.sound))
		}
	}
	return out
}

// newToken hashes the parts with their lengths, so that no two lists of parts
// give one text.
func newToken(h hash.Hash, k Kind, parts []string) Token {
	h.Reset()
	h.Write([]byte(tokenDomain))
	h.Write([]byte{0, byte(k)})
	for _, s := range parts {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
		h.Write([]byte(s))
	}
	var b strings.Builder
	b.WriteByte(byte(k))
	b.WriteByte(tokenVersion)
	b.WriteString(tokenText.EncodeToString(h.Sum(nil)[:tokenBytes]))
	return Token(b.String())
}

// Compare returns how much the persons behind two lists of tokens look like one,
// and the kinds that they have in common, the strongest first. The score is 0,
// [List] or [Ask], on the same grounds as [Score]: an address alone may be a
// household's, and a name with an address, number or postal code a father's and his
// son's, if both days of birth are known and are not the same.
func Compare(a, b []Token) (score float64, common []Kind) {
	for _, k := range Kinds {
		if slices.ContainsFunc(a, func(t Token) bool { return t.Kind() == k && slices.Contains(b, t) }) {
			common = append(common, k)
		}
	}
	if len(common) == 0 {
		return 0, nil
	}
	switch common[0] {
	case KindNameBorn:
		return Ask, common
	case KindNameEmail, KindNamePhone, KindNamePostcode:
		if !dated(a) || !dated(b) {
			return Ask, common
		}
	}
	return List, common
}

// dated tells whether the day of birth is known.
func dated(ts []Token) bool {
	return slices.ContainsFunc(ts, func(t Token) bool { return t.Kind() == KindNameBorn })
}
