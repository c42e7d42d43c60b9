// Package bech32 encodes 32-byte secrets as checksummed text: BIP 173's Bech32,
// in lower case only. Use it for the secrets that medlem itself names ("mrk1…",
// "mss1…"); age's own keys go through age's functions.
//
// Bech32's one weakness, that a "q" may be inserted or left out before a final
// "p", does not exist here: the length is fixed.
package bech32

import (
	"errors"
)

// Size is the size in bytes of what is encoded.
const Size = 32

const (
	alphabet  = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	dataLen   = (Size*8 + 4) / 5 // characters that hold the bytes: 52, and 4 bits over
	sumLen    = 6
	spareBits = dataLen*5 - Size*8
)

// TextLen returns the length of every text with the given prefix.
func TextLen(prefix string) int { return len(prefix) + 1 + dataLen + sumLen }

// Errors of Decode. They tell nothing of the text, which is a secret.
var (
	ErrMalformed = errors.New("malformed secret")
	ErrChecksum  = errors.New("mistyped secret: its checksum does not match")
)

// Encode returns the text of data, which begins with prefix and "1". The prefix
// is lower-case ASCII.
func Encode(prefix string, data *[Size]byte) string {
	out := make([]byte, 0, TextLen(prefix))
	out = append(append(out, prefix...), '1')
	sum := startSum(prefix)
	put := func(v byte) {
		sum = addSum(sum, v)
		out = append(out, alphabet[v])
	}
	var acc uint32
	var bits uint
	for _, b := range data {
		acc = acc<<8 | uint32(b)
		for bits += 8; bits >= 5; {
			bits -= 5
			put(byte(acc >> bits & 31))
		}
	}
	put(byte(acc << spareBits & 31))
	for range sumLen {
		sum = addSum(sum, 0)
	}
	sum ^= 1
	for i := range sumLen {
		out = append(out, alphabet[sum>>(5*(sumLen-1-i))&31])
	}
	return string(out)
}

// Decode parses a text that Encode made with the same prefix, and no other
// form of it.
func Decode[T string | []byte](prefix string, text T) (data [Size]byte, err error) {
	if len(text) != TextLen(prefix) || string(text[:len(prefix)]) != prefix || text[len(prefix)] != '1' {
		return data, ErrMalformed
	}
	text = text[len(prefix)+1:]
	sum := startSum(prefix)
	var acc uint32
	var bits uint
	n := 0
	for i := range len(text) {
		v := values[text[i]]
		if v < 0 {
			return [Size]byte{}, ErrMalformed
		}
		sum = addSum(sum, byte(v))
		if i >= dataLen {
			continue
		}
		acc = acc<<5 | uint32(v)
		if bits += 5; bits >= 8 {
			bits -= 8
			data[n] = byte(acc >> bits)
			n++
		}
	}
	if sum != 1 {
		return [Size]byte{}, ErrChecksum
	}
	if acc&(1<<spareBits-1) != 0 {
		return [Size]byte{}, ErrMalformed // a second text for the same bytes
	}
	return data, nil
}

// startSum returns the state of the checksum after the prefix.
func startSum(prefix string) uint32 {
	sum := uint32(1)
	for i := range len(prefix) {
		sum = addSum(sum, prefix[i]>>5)
	}
	sum = addSum(sum, 0)
	for i := range len(prefix) {
		sum = addSum(sum, prefix[i]&31)
	}
	return sum
}

func addSum(sum uint32, v byte) uint32 {
	return (sum&(1<<25-1))<<5 ^ uint32(v) ^ feedback[sum>>25]
}

// feedback holds, for the five bits that leave the checksum, the sum of the
// generators that they select: keyrings have tens of thousands of keys.
var feedback = func() (t [32]uint32) {
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		for top := range t {
			if top>>i&1 == 1 {
				t[top] ^= g
			}
		}
	}
	return t
}()

// values is the alphabet's inverse, -1 for what is not in it.
var values = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = int8(i)
	}
	return t
}()
