package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/scrypt"
)

// le reads a little-endian integer.
func le(b []byte) *big.Int {
	r := bytes.Clone(b)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return new(big.Int).SetBytes(r)
}

func leBytes(n *big.Int, size int) []byte {
	b := n.FillBytes(make([]byte, size))
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return b
}

// polyKey returns the one-time Poly1305 key (r, s) of a ChaCha20 key with the
// all-zero nonce.
func polyKey(key []byte) (r, s *big.Int) {
	c, _ := chacha20.NewUnauthenticatedCipher(key, make([]byte, 12))
	k := make([]byte, 32)
	c.XORKeyStream(k, k)
	for _, i := range []int{3, 7, 11, 15} {
		k[i] &= 15
	}
	for _, i := range []int{4, 8, 12} {
		k[i] &= 252
	}
	return le(k[:16]), le(k[16:])
}

// twoKeys returns 32 bytes that ChaCha20-Poly1305 opens under both keys.
func twoKeys(k1, k2 []byte) []byte {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 130), big.NewInt(5))
	two128 := new(big.Int).Lsh(big.NewInt(1), 128)
	lens := new(big.Int).Add(le(append(make([]byte, 8), 16, 0, 0, 0, 0, 0, 0, 0)), two128)
	r1, s1 := polyKey(k1)
	r2, s2 := polyKey(k2)
	mac := func(c, r, s *big.Int) *big.Int {
		a := new(big.Int).Add(c, two128)
		a.Mul(a, r).Add(a, lens).Mul(a, r).Mod(a, p)
		return a.Add(a, s).Mod(a, two128)
	}
	sq := new(big.Int).Sub(new(big.Int).Mul(r1, r1), new(big.Int).Mul(r2, r2))
	inv := new(big.Int).ModInverse(new(big.Int).Mod(sq, p), p)
	for k := int64(-4); k <= 4; k++ {
		// (c+2^128)(r1²-r2²) + lens(r1-r2) = s2 - s1 + k·2^128  (mod p)
		c := new(big.Int).Sub(s2, s1)
		c.Add(c, new(big.Int).Mul(big.NewInt(k), two128))
		c.Sub(c, new(big.Int).Mul(lens, new(big.Int).Sub(r1, r2)))
		c.Mul(c, inv).Sub(c, two128).Mod(c, p)
		if c.Cmp(two128) < 0 && mac(c, r1, s1).Cmp(mac(c, r2, s2)) == 0 {
			return append(leBytes(c, 16), leBytes(mac(c, r1, s1), 16)...)
		}
	}
	return nil
}

// ATTACK: a record that shows one text under one key and another under a second
// one. ChaCha20-Poly1305 does not commit to its key, so a scrypt stanza can be
// built that two keys open, to two file keys. But age's header MAC commits to
// the file key, so the file opens under one of them only; with the other it is
// damaged. More than two are not possible in a body of 32 bytes.
func TestAttackInvisibleSalamander(t *testing.T) {
	for {
		k1, k2 := NewKey(), NewKey()
		salt := make([]byte, saltSize)
		rand.Read(salt)
		full := append([]byte("age-encryption.org/v1/scrypt"), salt...)
		w1, err := scrypt.Key([]byte(k1.String()), full, 2, 8, 1, 32)
		if err != nil {
			t.Fatal(err)
		}
		w2, err := scrypt.Key([]byte(k2.String()), full, 2, 8, 1, 32)
		if err != nil {
			t.Fatal(err)
		}
		body := twoKeys(w1, w2)
		if body == nil {
			continue // no solution below 2^128: another salt
		}
		s := &age.Stanza{Type: scryptType, Args: []string{base64Strict.EncodeToString(salt), workText}, Body: body}
		fileKey := unwrap(t, k1, s)
		if bytes.Equal(fileKey, unwrap(t, k2, s)) {
			t.Fatal("both keys give the same file key: not the attack")
		}
		file := finish(t, s, fileKey, Pad([]byte(sampleText)))
		if err := CheckRecord(file); err != nil {
			t.Fatal(err)
		}
		if got, err := Open(k1, file); err != nil || string(got) != sampleText {
			t.Errorf("first key: %v", err)
		}
		if _, err := Open(k2, file); !errors.Is(err, ErrDamaged) {
			t.Errorf("second key: got %v, want ErrDamaged", err)
		}
		return
	}
}

func unwrap(t *testing.T, k Key, s *age.Stanza) []byte {
	t.Helper()
	id, err := age.NewScryptIdentity(k.String())
	if err != nil {
		t.Fatal(err)
	}
	fileKey, err := id.Unwrap([]*age.Stanza{s})
	if err != nil {
		t.Fatal(err)
	}
	return fileKey
}

// finish builds a file around a stanza and its file key, by hand.
func finish(t *testing.T, s *age.Stanza, fileKey, plaintext []byte) []byte {
	t.Helper()
	derive := func(salt []byte, info string) []byte {
		key, err := hkdf.Key(sha256.New, fileKey, salt, info, 32)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	enc := base64Strict.EncodeToString
	header := intro + "\n-> scrypt " + s.Args[0] + " " + s.Args[1] + "\n" + enc(s.Body) + "\n---"
	mac := hmac.New(sha256.New, derive(nil, "header"))
	mac.Write([]byte(header))
	nonce := make([]byte, payloadNonceSize)
	rand.Read(nonce)
	aead, err := chacha20poly1305.New(derive(nonce, "payload"))
	if err != nil {
		t.Fatal(err)
	}
	file := append([]byte(header+" "+enc(mac.Sum(nil))+"\n"), nonce...)
	return aead.Seal(file, []byte{11: 1}, plaintext, nil)
}
