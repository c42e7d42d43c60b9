package officecrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"hash"
	"strings"
)

// The stream EncryptionInfo of agile encryption, [MS-OFFCRYPTO] 2.3.4.10: two
// version numbers, a constant, and XML.
const (
	agileVersion  = 4
	agileReserved = 0x40
	infoLimit     = 256 << 10 // 256 KiB: the XML, certificates of other readers included
	saltSize      = 16        // bytes; what every known program writes
	segmentSize   = 4096      // bytes of the package that are encrypted under one IV
	sizePrefix    = 8         // bytes before the first segment: the size of the plaintext
)

const (
	encryptionSpace = "http://schemas.microsoft.com/office/2006/encryption"
	passwordSpace   = "http://schemas.microsoft.com/office/2006/keyEncryptor/password"
)

// What is hashed with a secret or a salt to get one key or IV for each purpose:
// [MS-OFFCRYPTO] 2.3.4.13 and 2.3.4.14.
var (
	forVerifier     = []byte{0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79}
	forVerifierHash = []byte{0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e}
	forDataKey      = []byte{0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6}
	forMACKey       = []byte{0x5f, 0xb2, 0xad, 0x01, 0x0c, 0xb9, 0xe1, 0xf6}
	forMAC          = []byte{0xa0, 0x67, 0x7f, 0x02, 0xb2, 0x2c, 0x84, 0x33}
)

// keyXML holds the parameters of keyData and of encryptedKey.
type keyXML struct {
	SaltSize  int    `xml:"saltSize,attr"`
	BlockSize int    `xml:"blockSize,attr"`
	KeyBits   int    `xml:"keyBits,attr"`
	HashSize  int    `xml:"hashSize,attr"`
	Cipher    string `xml:"cipherAlgorithm,attr"`
	Chaining  string `xml:"cipherChaining,attr"`
	Hash      string `xml:"hashAlgorithm,attr"`
	Salt      string `xml:"saltValue,attr"`
}

type infoXML struct {
	XMLName   xml.Name `xml:"http://schemas.microsoft.com/office/2006/encryption encryption"`
	KeyData   []keyXML `xml:"http://schemas.microsoft.com/office/2006/encryption keyData"`
	Integrity []struct {
		Key string `xml:"encryptedHmacKey,attr"`
		MAC string `xml:"encryptedHmacValue,attr"`
	} `xml:"http://schemas.microsoft.com/office/2006/encryption dataIntegrity"`
	Encryptors []struct {
		URI      string `xml:"uri,attr"`
		Password []struct {
			keyXML
			SpinCount    int    `xml:"spinCount,attr"`
			Verifier     string `xml:"encryptedVerifierHashInput,attr"`
			VerifierHash string `xml:"encryptedVerifierHashValue,attr"`
			DataKey      string `xml:"encryptedKeyValue,attr"`
		} `xml:"http://schemas.microsoft.com/office/2006/keyEncryptor/password encryptedKey"`
	} `xml:"http://schemas.microsoft.com/office/2006/encryption keyEncryptors>keyEncryptor"`
}

// params are the parameters of one key, checked.
type params struct {
	newHash func() hash.Hash
	keySize int // bytes
	salt    []byte
}

// hashSize is the size of a hash as it stands in the file, in bytes.
func (p params) hashSize() int { return p.newHash().Size() }

// iv is the IV of a segment of the package, or of what else it is for.
func (p params) iv(h hash.Hash, purpose []byte) []byte {
	return fit(digest(h, p.salt, purpose), aes.BlockSize)
}

// agileInfo is the content of the stream EncryptionInfo, checked: every field
// has the length that the parameters ask for.
type agileInfo struct {
	data, password         params
	rounds                 int
	verifier, verifierHash []byte
	dataKey                []byte
	macKey, mac            []byte
}

// parseAgile reads the XML of the stream EncryptionInfo.
func parseAgile(text []byte) (*agileInfo, error) {
	var x infoXML
	d := xml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&x); err != nil { // not passed on: it quotes the file
		return nil, malformed("description of the encryption")
	}
	if len(x.KeyData) != 1 || len(x.Integrity) > 1 {
		return nil, malformed("description of the encryption")
	}
	if len(x.Integrity) == 0 {
		return nil, ErrIntegrity
	}
	var in agileInfo
	found := 0
	for _, e := range x.Encryptors {
		if e.URI != passwordSpace {
			continue
		}
		if found++; found > 1 || len(e.Password) != 1 {
			return nil, malformed("keys")
		}
		k := e.Password[0]
		var err error
		if in.password, err = k.check(); err != nil {
			return nil, err
		}
		switch {
		case k.SpinCount < 0 || k.SpinCount > spinFormat:
			return nil, malformed("number of rounds")
		case k.SpinCount > SpinLimit:
			return nil, unsupported("its password takes too many rounds of hashing", saveAgain)
		}
		in.rounds = k.SpinCount
		in.verifier = decode(k.Verifier)
		in.verifierHash = decode(k.VerifierHash)
		in.dataKey = decode(k.DataKey)
	}
	if found == 0 {
		return nil, unsupported("it opens without a password only, with a certificate", "ask for it with a password")
	}
	var err error
	if in.data, err = x.KeyData[0].check(); err != nil {
		return nil, err
	}
	in.macKey, in.mac = decode(x.Integrity[0].Key), decode(x.Integrity[0].MAC)
	if len(in.verifier) != saltSize || len(in.verifierHash) != blocks(in.password.hashSize()) ||
		len(in.dataKey) != blocks(in.data.keySize) ||
		len(in.macKey) != blocks(in.data.hashSize()) || len(in.mac) != blocks(in.data.hashSize()) {
		return nil, malformed("length of a key")
	}
	return &in, nil
}

// check allows what is known to be sound, and what Office wrote by default.
func (k keyXML) check() (params, error) {
	p := params{keySize: k.KeyBits / 8, salt: decode(k.Salt)}
	switch strings.ToUpper(k.Hash) {
	case "SHA1", "SHA-1":
		p.newHash = sha1.New
	case "SHA256", "SHA-256":
		p.newHash = sha256.New
	case "SHA384", "SHA-384":
		p.newHash = sha512.New384
	case "SHA512", "SHA-512":
		p.newHash = sha512.New
	default:
		return params{}, unsupported("unknown kind of hash", saveAgain)
	}
	if k.Cipher != "AES" || k.Chaining != "ChainingModeCBC" || k.BlockSize != aes.BlockSize ||
		k.KeyBits != 128 && k.KeyBits != 192 && k.KeyBits != 256 {
		return params{}, unsupported("unknown kind of encryption", saveAgain)
	}
	if k.SaltSize != saltSize {
		return params{}, unsupported("unknown length of salt", saveAgain)
	}
	if k.HashSize != p.hashSize() || len(p.salt) != saltSize {
		return params{}, malformed("length of a hash or salt")
	}
	return p, nil
}

// decode returns nil for what is not base64; every caller checks the length.
func decode(s string) []byte {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// passwordKey makes the key for one purpose out of the spun hash of a password.
func (p params) passwordKey(h hash.Hash, spun, purpose []byte) cipher.Block {
	key := fit(digest(h, spun, purpose), p.keySize)
	defer clear(key)
	return block(key)
}

// numbered is the purpose of the IV of segment i.
func numbered(i int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(i)) }
