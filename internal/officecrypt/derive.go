package officecrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"hash"
)

// Bounds on the rounds of hashing, which make each guess of a password dear.
const (
	spinCount    = 100_000    // what Excel 2013 and later write, and Protect
	spinStandard = 50_000     // fixed, [MS-OFFCRYPTO] 2.3.4.7
	spinFormat   = 10_000_000 // the largest that the format allows
	// SpinLimit is the most rounds that a file may ask for: ten times what Excel
	// writes, unless an administrator has set another number.
	SpinLimit = 1_000_000
)

// digest returns the hash of parts.
func digest(h hash.Hash, parts ...[]byte) []byte {
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// spin hashes salt and password, and the result with the number of the round,
// rounds times: [MS-OFFCRYPTO] 2.3.4.7 and 2.3.4.11.
func spin(h hash.Hash, salt []byte, password string, rounds int) []byte {
	typed := utf16LE(password)
	defer clear(typed)
	buf := make([]byte, 4, 4+h.Size())
	buf = append(buf, digest(h, salt, typed)...)
	for i := range rounds {
		binary.LittleEndian.PutUint32(buf, uint32(i))
		h.Reset()
		h.Write(buf)
		h.Sum(buf[:4])
	}
	return buf[4:]
}

// fit cuts b to n bytes, or fills it up with 0x36: [MS-OFFCRYPTO] 2.3.4.11.
func fit(b []byte, n int) []byte {
	if len(b) >= n {
		return b[:n]
	}
	return append(bytes.Clone(b), bytes.Repeat([]byte{0x36}, n-len(b))...)
}

// blocks is n rounded up to whole blocks of the cipher.
func blocks(n int) int { return (n + aes.BlockSize - 1) / aes.BlockSize * aes.BlockSize }

// padded returns a copy of b, filled up with zeros to whole blocks.
func padded(b []byte) []byte {
	out := make([]byte, blocks(len(b)))
	copy(out, b)
	return out
}

// encrypt and decrypt are AES-CBC in place. The lengths of key, iv and b have
// been checked by then: a wrong one is a fault of this package, and panics.

func encrypt(key cipher.Block, iv, b []byte) []byte {
	cipher.NewCBCEncrypter(key, iv).CryptBlocks(b, b)
	return b
}

func decrypt(key cipher.Block, iv, b []byte) []byte {
	cipher.NewCBCDecrypter(key, iv).CryptBlocks(b, b)
	return b
}

func block(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	return b
}
