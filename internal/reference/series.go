package reference

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"strconv"
)

// PayloadDigits is the length of a payload that a Series gives.
const PayloadDigits = 10

// SeriesLimit is how many payloads a Series has: 0 to SeriesLimit-1 are its counters.
const SeriesLimit = full - first

const (
	half  = 100_000     // values of half a payload
	full  = half * half // values of a payload
	first = full / 10   // the least payload that does not begin with zero
)

// A Series gives payloads for counters: every counter has its own, and without the key
// nobody can tell which came first, how many there are, or what they are for. It is a
// Feistel network over two halves of five decimal digits whose round function is
// HMAC-SHA256, as FF1 of NIST SP 800-38G is one with AES; like FF1 it has ten rounds.
// What begins with zero is put through it again (cycle walking), so that a payload keeps
// all its digits where a spreadsheet or a bank takes leading zeros off.
type Series struct {
	mac   hash.Hash
	sum   [sha256.Size]byte
	known *[rounds][half]uint32 // what the round function gave, and one: 4 MB, where a year's claims are made
}

const rounds = 10

// KeySize is the length of a key, in bytes.
const KeySize = 32

// NewSeries returns the series of a key of KeySize random bytes. It is not safe for use
// by several goroutines at once.
func NewSeries(key []byte) (*Series, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("series of payment references: a key of %d bytes: want %d", len(key), KeySize)
	}
	return &Series{mac: hmac.New(sha256.New, key), known: new([rounds][half]uint32)}, nil
}

// Payload returns the payload of counter n: PayloadDigits digits, the first not zero. It
// panics where n is not below SeriesLimit.
func (s *Series) Payload(n uint64) string {
	if n >= SeriesLimit {
		panic("reference: a counter beyond the end of its series")
	}
	x := s.turn(n+first, true)
	for x < first {
		x = s.turn(x, true)
	}
	return strconv.FormatUint(x, 10)
}

// Counter returns the counter that has a payload. Every payload has one; whether it was
// ever given is the caller's to know.
func (s *Series) Counter(payload string) (uint64, error) {
	if !isDigits(payload) {
		return 0, ErrChars
	}
	if len(payload) != PayloadDigits || payload[0] == '0' {
		return 0, ErrLength
	}
	x, _ := strconv.ParseUint(payload, 10, 64)
	x = s.turn(x, false)
	for x < first {
		x = s.turn(x, false)
	}
	return x - first, nil
}

// turn is the permutation of the numbers below full, or its inverse.
func (s *Series) turn(x uint64, forward bool) uint64 {
	a, b := x/half, x%half
	for i := range byte(rounds) {
		if forward {
			a, b = b, (a+s.round(i, b))%half
		} else {
			a, b = (b+half-s.round(rounds-1-i, a))%half, a
		}
	}
	return a*half + b
}

// round is the round function: 64 bits of the MAC, modulo half. Modulo favours no value
// by more than one in 10^14.
func (s *Series) round(i byte, x uint64) uint64 {
	if v := s.known[i][x]; v > 0 {
		return uint64(v - 1)
	}
	var in [len(seriesLabel) + 5]byte
	copy(in[:], seriesLabel)
	in[len(seriesLabel)] = i
	binary.BigEndian.PutUint32(in[len(seriesLabel)+1:], uint32(x))
	s.mac.Reset()
	s.mac.Write(in[:])
	v := binary.BigEndian.Uint64(s.mac.Sum(s.sum[:0])) % half
	s.known[i][x] = uint32(v) + 1
	return v
}

// seriesLabel keeps the key's use here apart from any other.
const seriesLabel = "medlem/reference/1"
