package officecrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
)

// The stream EncryptionInfo of standard encryption, [MS-OFFCRYPTO] 2.3.4.5: the
// version and flags, the length of a header, the header, and a verifier.
const (
	standardMinor      = 2
	standardHeader     = 32   // bytes before the name of the provider
	standardHeaderMost = 1024 // bytes with it
	standardVerifier   = 72
	flagExternal       = 0x10
	flagAES            = 0x20
	hashSHA1           = 0x8004
)

// keySizes are the ciphers of standard encryption and their keys, in bytes.
var keySizes = map[uint32]uint32{0x660e: 16, 0x660f: 24, 0x6610: 32}

type standardInfo struct {
	keySize                      int
	salt, verifier, verifierHash []byte
}

func parseStandard(info []byte) (*standardInfo, error) {
	le := binary.LittleEndian
	if len(info) < 12 {
		return nil, malformed("description of the encryption")
	}
	n := int64(le.Uint32(info[8:]))
	if n < standardHeader || n > standardHeaderMost || int64(len(info)) < 12+n+standardVerifier {
		return nil, malformed("description of the encryption")
	}
	h, v := info[12:12+n], info[12+n:]
	flags, cipherID, hashID, keyBits := le.Uint32(h), le.Uint32(h[8:]), le.Uint32(h[12:]), le.Uint32(h[16:])
	keySize, known := keySizes[cipherID]
	switch {
	case flags&flagAES == 0 || flags&flagExternal != 0 || !known:
		return nil, unsupported("it is encrypted with RC4 or another old cipher", saveAgain)
	case hashID != hashSHA1 && hashID != 0:
		return nil, unsupported("unknown kind of hash", saveAgain)
	case flags != le.Uint32(info[4:]) || le.Uint32(h[4:]) != 0 || keyBits != 8*keySize ||
		le.Uint32(v) != saltSize || le.Uint32(v[36:]) != sha1.Size:
		return nil, malformed("description of the encryption")
	}
	return &standardInfo{keySize: int(keySize), salt: v[4:20], verifier: v[20:36], verifierHash: v[40:72]}, nil
}

// open checks the password and decrypts: [MS-OFFCRYPTO] 2.3.4.7 and 2.3.4.9.
// There is nothing to check the package by but that it is a zip file.
func (in *standardInfo) open(pkg []byte, password string) ([]byte, error) {
	key := in.key(password)
	got := sha1.Sum(ecb(key, bytes.Clone(in.verifier)))
	want := ecb(key, bytes.Clone(in.verifierHash))[:sha1.Size]
	if subtle.ConstantTimeCompare(got[:], want) != 1 {
		return nil, ErrPassword
	}
	size := int(binary.LittleEndian.Uint64(pkg))
	pkg = pkg[sizePrefix:]
	if blocks(size) > len(pkg) {
		return nil, malformed("size of the package")
	}
	out := ecb(key, bytes.Clone(pkg[:blocks(size)]))[:size:size]
	if !isZip(out) {
		return nil, ErrIntegrity
	}
	return out, nil
}

func (in *standardInfo) key(password string) cipher.Block {
	h := sha1.New()
	spun := spin(h, in.salt, password, spinStandard)
	defer clear(spun)
	last := digest(h, spun, numbered(0))
	defer clear(last)
	var key []byte
	for _, fill := range []byte{0x36, 0x5c} {
		b := bytes.Repeat([]byte{fill}, 64)
		subtle.XORBytes(b, b, last)
		key = append(key, digest(h, b)...)
		clear(b)
	}
	defer clear(key)
	return block(key[:in.keySize])
}

// ecb decrypts whole blocks in place, each by itself.
func ecb(key cipher.Block, b []byte) []byte {
	for at := 0; at < len(b); at += aes.BlockSize {
		key.Decrypt(b[at:], b[at:])
	}
	return b
}
