package officecrypt

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
)

// Open takes the password off a protected file and returns the file within, a
// whole .xlsx as a rule. Its errors are ErrPassword, ErrNotProtected,
// ErrUnsupported, ErrMalformed and ErrIntegrity. For a file under agile
// encryption nothing is decrypted before its HMAC has been checked.
//
// The empty password opens what Excel opens without asking.
func Open(file []byte, password string) ([]byte, error) {
	info, pkg, err := protectedStreams(file)
	if err != nil {
		return nil, err
	}
	unlock, err := scheme(info)
	if err != nil {
		return nil, err
	}
	if len(pkg) < sizePrefix || binary.LittleEndian.Uint64(pkg) > uint64(len(pkg)-sizePrefix) {
		return nil, malformed("size of the package")
	}
	for _, p := range forms(password) {
		out, err := unlock(pkg, p)
		if !errors.Is(err, ErrPassword) {
			return out, err
		}
	}
	return nil, ErrPassword
}

// protectedStreams returns the streams EncryptionInfo and EncryptedPackage.
func protectedStreams(file []byte) (info, pkg []byte, err error) {
	if !bytes.HasPrefix(file, signature) {
		switch KindOf(file) {
		case KindXLS:
			return nil, nil, unsupported("a workbook of the old kind (.xls)", saveAsXLSX)
		case KindProtectedODF:
			return nil, nil, unsupported("an OpenDocument file with a password", saveAsXLSX)
		}
		return nil, nil, ErrNotProtected
	}
	if len(file) > fileLimit {
		return nil, nil, unsupported(fmt.Sprintf("larger than %d MiB", fileLimit>>20), "divide the list")
	}
	c, err := openContainer(file)
	if err != nil {
		return nil, nil, err
	}
	p, err := c.find(packageName)
	if err != nil {
		return nil, nil, err
	}
	i, err := c.find(infoName)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case p == nil && c.kind() == KindXLS:
		return nil, nil, unsupported("a workbook of the old kind (.xls)", saveAsXLSX)
	case p == nil:
		return nil, nil, ErrNotProtected
	case i == nil:
		return nil, nil, unsupported("its rights are managed elsewhere", "ask for it with a password instead")
	case c.streamSize(i) > infoLimit:
		return nil, nil, malformed("description of the encryption")
	}
	both, err := c.streams(i, p)
	if err != nil {
		return nil, nil, err
	}
	return both[0], both[1], nil
}

const saveAsXLSX = "open it in Excel or LibreOffice and save it as .xlsx, with a password"

// scheme reads the stream EncryptionInfo and returns what opens the package with
// one form of the password.
func scheme(info []byte) (func(pkg []byte, password string) ([]byte, error), error) {
	if len(info) < 8 {
		return nil, malformed("description of the encryption")
	}
	major, minor := binary.LittleEndian.Uint16(info), binary.LittleEndian.Uint16(info[2:])
	switch {
	case major == agileVersion && minor == agileVersion:
		if binary.LittleEndian.Uint32(info[4:]) != agileReserved {
			return nil, malformed("description of the encryption")
		}
		in, err := parseAgile(info[8:])
		if err != nil {
			return nil, err
		}
		return in.open, nil
	case major >= 2 && major <= 4 && minor == standardMinor:
		in, err := parseStandard(info)
		if err != nil {
			return nil, err
		}
		return in.open, nil
	case major >= 3 && major <= 4 && minor == 3:
		return nil, unsupported("its kind of encryption is an extension", saveAgain)
	}
	return nil, unsupported("unknown version of the encryption", saveAgain)
}

// open checks the password, then the HMAC, and decrypts then.
func (in *agileInfo) open(pkg []byte, password string) ([]byte, error) {
	dataKey, err := in.unlock(password)
	if err != nil {
		return nil, err
	}
	defer clear(dataKey)
	key, h := block(dataKey), in.data.newHash()
	if !in.intact(h, key, pkg) {
		return nil, ErrIntegrity
	}
	size := int(binary.LittleEndian.Uint64(pkg))
	pkg = pkg[sizePrefix:]
	if blocks(size) > len(pkg) {
		return nil, malformed("size of the package")
	}
	out := bytes.Clone(pkg[:blocks(size)])
	for i, at := 0, 0; at < len(out); i, at = i+1, at+segmentSize {
		decrypt(key, in.data.iv(h, numbered(i)), out[at:min(at+segmentSize, len(out))])
	}
	return out[:size:size], nil
}

// unlock returns the key of the package: [MS-OFFCRYPTO] 2.3.4.13.
func (in *agileInfo) unlock(password string) ([]byte, error) {
	p := in.password
	h := p.newHash()
	spun := spin(h, p.salt, password, in.rounds)
	defer clear(spun)
	unwrap := func(purpose, b []byte) []byte {
		return decrypt(p.passwordKey(h, spun, purpose), p.salt, bytes.Clone(b))
	}
	got := digest(h, unwrap(forVerifier, in.verifier))
	want := unwrap(forVerifierHash, in.verifierHash)[:h.Size()]
	if subtle.ConstantTimeCompare(got, want) != 1 {
		return nil, ErrPassword
	}
	return unwrap(forDataKey, in.dataKey)[:in.data.keySize], nil
}

// intact tells whether the HMAC over the whole stream is right: [MS-OFFCRYPTO] 2.3.4.14.
func (in *agileInfo) intact(h hash.Hash, key cipher.Block, pkg []byte) bool {
	unseal := func(purpose, b []byte) []byte {
		return decrypt(key, in.data.iv(h, purpose), bytes.Clone(b))[:h.Size()]
	}
	macKey := unseal(forMACKey, in.macKey)
	defer clear(macKey)
	mac := hmac.New(in.data.newHash, macKey)
	mac.Write(pkg)
	return hmac.Equal(mac.Sum(nil), unseal(forMAC, in.mac))
}
