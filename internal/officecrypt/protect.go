package officecrypt

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
)

// SizeLimit is the largest plaintext that is protected or opened, in bytes.
const SizeLimit = 128 << 20 // 128 MiB

// Encrypt is Protect in memory.
func Encrypt(plain []byte, password string) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(plain) + len(plain)/100 + 16<<10)
	if err := Protect(&b, plain, password); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Protect writes plain, a whole .xlsx, to w as a file that opens with password
// only. It fails with ErrUnusable for a password that could not be typed again,
// and with ErrTooLarge; it has written nothing then. Other errors are w's.
//
// What it needs beside plain is some 20 KiB, and 1/128 of plain's size for the
// container's table: the file is written from start to end as it is encrypted.
func Protect(w io.Writer, plain []byte, password string) error {
	typed, err := usable(password)
	if err != nil {
		return err
	}
	if len(plain) > SizeLimit {
		return fmt.Errorf("%w: %d bytes, at most %d: divide the list", ErrTooLarge, len(plain), SizeLimit)
	}
	p := newProtection(spinCount)
	defer clear(p.dataKey)
	defer clear(p.macKey)
	return p.write(w, plain, typed)
}

const dataKeySize = 32 // bytes: AES-256

// protection is what is random in one protected file.
type protection struct {
	data, password            params
	rounds                    int
	verifier, dataKey, macKey []byte
}

func newProtection(rounds int) *protection {
	return &protection{
		data:     params{sha512.New, dataKeySize, random(saltSize)},
		password: params{sha512.New, dataKeySize, random(saltSize)},
		rounds:   rounds,
		verifier: random(saltSize),
		dataKey:  random(dataKeySize),
		macKey:   random(sha512.Size),
	}
}

func (p *protection) write(w io.Writer, plain []byte, password string) error {
	mac := hmac.New(sha512.New, p.macKey)
	pkg := func(w io.Writer) error { return p.writePackage(io.MultiWriter(mac, w), plain) }
	describe := p.describe(password)
	info := func() []byte { return describe(mac.Sum(nil)) }
	size := len(describe(make([]byte, sha512.Size)))
	return writeContainer(w, sizePrefix+blocks(len(plain)), pkg, size, info)
}

// writePackage writes the stream EncryptedPackage, [MS-OFFCRYPTO] 2.3.4.4: the
// size of the plaintext, and its segments, each under an IV of its own.
func (p *protection) writePackage(w io.Writer, plain []byte) error {
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(plain)))); err != nil {
		return err
	}
	key, h := block(p.dataKey), p.data.newHash()
	buf := make([]byte, segmentSize)
	defer clear(buf)
	for i := 0; len(plain) > 0; i++ {
		n := copy(buf, plain)
		plain = plain[n:]
		clear(buf[n:])
		if _, err := w.Write(encrypt(key, p.data.iv(h, numbered(i)), buf[:blocks(n)])); err != nil {
			return err
		}
	}
	return nil
}

// describe derives the keys of a password, once, and returns what makes the
// stream EncryptionInfo out of the HMAC of the package. The stream's length does
// not depend on the HMAC.
func (p *protection) describe(password string) func(mac []byte) []byte {
	h := p.password.newHash()
	spun := spin(h, p.password.salt, password, p.rounds)
	defer clear(spun)
	wrap := func(purpose, b []byte) string {
		return encode(encrypt(p.password.passwordKey(h, spun, purpose), p.password.salt, padded(b)))
	}
	verifier := wrap(forVerifier, p.verifier)
	verifierHash := wrap(forVerifierHash, digest(h, p.verifier))
	dataKey := wrap(forDataKey, p.dataKey)

	key := block(p.dataKey)
	seal := func(purpose, b []byte) string {
		return encode(encrypt(key, p.data.iv(h, purpose), padded(b)))
	}
	const parameters = `saltSize="16" blockSize="16" keyBits="256" hashSize="64"` +
		` cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512"`
	return func(mac []byte) []byte {
		b := binary.LittleEndian.AppendUint16(nil, agileVersion)
		b = binary.LittleEndian.AppendUint16(b, agileVersion)
		b = binary.LittleEndian.AppendUint32(b, agileReserved)
		return fmt.Appendf(b, `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`+"\r\n"+
			`<encryption xmlns="`+encryptionSpace+`" xmlns:p="`+passwordSpace+`">`+
			`<keyData `+parameters+` saltValue="%s"/>`+
			`<dataIntegrity encryptedHmacKey="%s" encryptedHmacValue="%s"/>`+
			`<keyEncryptors><keyEncryptor uri="`+passwordSpace+`">`+
			`<p:encryptedKey spinCount="%d" `+parameters+` saltValue="%s" encryptedVerifierHashInput="%s"`+
			` encryptedVerifierHashValue="%s" encryptedKeyValue="%s"/>`+
			`</keyEncryptor></keyEncryptors></encryption>`,
			encode(p.data.salt), seal(forMACKey, p.macKey), seal(forMAC, mac),
			p.rounds, encode(p.password.salt), verifier, verifierHash, dataKey)
	}
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}
