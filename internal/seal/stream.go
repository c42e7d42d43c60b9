package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// The payload of an age file: a nonce, then chunks, each sealed with
// ChaCha20-Poly1305 under HKDF-SHA256(file key, nonce, "payload").
const (
	payloadNonceSize = 16       // bytes
	chunkSize        = 64 << 10 // 64 KiB of plaintext in every chunk but the last
	tagSize          = 16       // bytes
	sealedChunkSize  = chunkSize + tagSize
)

var errPayload = errors.New("payload is altered or cut off")

// openPayload opens the payload of an age file, all of it or nothing. age's own
// reader does the same chunk by chunk and allocates 150 KiB for a file of any
// size; a register has a hundred thousand small ones. FuzzPayload holds it to
// age's answer.
func openPayload(fileKey, payload []byte) ([]byte, error) {
	size, err := plaintextSize(int64(len(payload)))
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, fileKey, payload[:payloadNonceSize], "payload", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, size)
	rest := payload[payloadNonceSize:]
	for i := uint64(0); ; i++ {
		// The nonce is a counter of 11 bytes and a flag on the last chunk, which
		// is the one that ends the file: chunks cannot be cut off, moved or added.
		var nonce [chacha20poly1305.NonceSize]byte
		binary.BigEndian.PutUint64(nonce[3:11], i)
		n := min(len(rest), sealedChunkSize)
		last := n == len(rest)
		if last {
			nonce[11] = 1
		}
		if out, err = aead.Open(out, nonce[:], rest[:n], nil); err != nil {
			return nil, errPayload
		}
		if last {
			return out, nil
		}
		rest = rest[n:]
	}
}

// sealPayload appends the payload of an age file to dst: what openPayload opens. age's
// own writer allocates 64 KiB for a file of any size.
func sealPayload(dst, fileKey, plaintext []byte) ([]byte, error) {
	var salt [payloadNonceSize]byte
	rand.Read(salt[:]) // never fails: crypto/rand ends the program instead
	key, err := hkdf.Key(sha256.New, fileKey, salt[:], "payload", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	dst = append(dst, salt[:]...)
	for i := uint64(0); ; i++ {
		var nonce [chacha20poly1305.NonceSize]byte
		binary.BigEndian.PutUint64(nonce[3:11], i)
		n := min(len(plaintext), chunkSize)
		last := n == len(plaintext)
		if last {
			nonce[11] = 1
		}
		dst = aead.Seal(dst, nonce[:], plaintext[:n], nil)
		if last {
			return dst, nil
		}
		plaintext = plaintext[n:]
	}
}
