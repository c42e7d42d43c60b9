package pdfcrypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Sizes in bytes (ISO 32000-2, 7.6.4).
const (
	keySize  = 32
	saltSize = 8
	// permissions are those of a document from which everything may be taken: all bits
	// but the two that are reserved.
	permissions = 0xfffffffc
)

// standard is the encryption dictionary of a file key under a password. The owner's
// password, which would lift what a reader may not do, is random and kept nowhere:
// there is nothing to lift.
func standard(password, key []byte) (string, error) {
	u, ue := entry(password, key, nil)
	owner := random(keySize)
	o, oe := entry(owner, key, u)
	var perms [aes.BlockSize]byte
	binary.LittleEndian.PutUint32(perms[:], permissions)
	binary.LittleEndian.PutUint32(perms[4:], 0xffffffff)
	copy(perms[8:], "Tadb") // T: what is said of the document is sealed too
	copy(perms[12:], random(4))
	cipherOf(key).Encrypt(perms[:], perms[:])
	p := uint32(permissions)
	return fmt.Sprintf("<< /Filter /Standard /V 5 /R 6 /Length 256 /P %d /EncryptMetadata true\n"+
		"/CF << /StdCF << /Type /CryptFilter /CFM /AESV3 /AuthEvent /DocOpen /Length 32 >> >> /StmF /StdCF /StrF /StdCF\n"+
		"/U <%s>\n/UE <%s>\n/O <%s>\n/OE <%s>\n/Perms <%s> >>",
		int32(p), hex.EncodeToString(u), hex.EncodeToString(ue), hex.EncodeToString(o), hex.EncodeToString(oe), hex.EncodeToString(perms[:])), nil
}

// entry is how a password is recognised, with its two salts, and the file key under it
// (algorithms 8 and 9). after is the other password's entry, for the owner's.
func entry(password, key, after []byte) (check, sealed []byte) {
	validate, wrap := random(saltSize), random(saltSize)
	check = append(append(hash(password, validate, after), validate...), wrap...)
	sealed = make([]byte, keySize)
	cipher.NewCBCEncrypter(cipherOf(hash(password, wrap, after)), make([]byte, aes.BlockSize)).CryptBlocks(sealed, key)
	return check, sealed
}

// hash is algorithm 2.B. It takes a millisecond, so that a password must be long.
func hash(password, salt, after []byte) []byte {
	first := sha256.New()
	first.Write(password)
	first.Write(salt)
	first.Write(after)
	k := first.Sum(nil)
	for round := 1; ; round++ {
		var once []byte
		once = append(append(append(once, password...), k...), after...)
		e := make([]byte, 0, 64*len(once))
		for range 64 {
			e = append(e, once...)
		}
		cipher.NewCBCEncrypter(cipherOf(k[:16]), k[16:32]).CryptBlocks(e, e)
		sum := 0
		for _, b := range e[:16] {
			sum += int(b) // 256 leaves 1 when divided by 3: the sum of the bytes does as the number
		}
		switch sum % 3 {
		case 0:
			d := sha256.Sum256(e)
			k = d[:]
		case 1:
			d := sha512.Sum384(e)
			k = d[:]
		case 2:
			d := sha512.Sum512(e)
			k = d[:]
		}
		if round >= 64 && int(e[len(e)-1]) <= round-32 {
			return k[:keySize]
		}
	}
}
