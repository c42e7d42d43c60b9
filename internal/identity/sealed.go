package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// The log2(N) of scrypt.
const (
	workFactor    = 18 // when sealing, as stock age: a second and 256 MiB
	maxWorkFactor = 20 // when opening: 1 GiB
)

const (
	ageIntro   = "age-encryption.org/"
	scryptType = "scrypt"
)

func isSealed(content []byte) bool {
	return bytes.HasPrefix(content, []byte(ageIntro)) || bytes.HasPrefix(content, []byte(armor.Header))
}

// open opens a file that is sealed by a passphrase.
func open(content []byte, passphrase func() ([]byte, error)) ([]byte, error) {
	var src io.Reader = bytes.NewReader(content)
	if !bytes.HasPrefix(content, []byte(ageIntro)) {
		src = armor.NewReader(src)
	}
	r, err := age.Decrypt(src, asker{passphrase})
	if err != nil {
		return nil, err
	}
	return readAll(r)
}

// asker is an age identity that asks for the passphrase, if that is what the
// file is sealed by.
type asker struct {
	passphrase func() ([]byte, error)
}

// Unwrap implements age.Identity. None of its errors wraps
// age.ErrIncorrectIdentity, so they come out of age.Decrypt as they are.
func (a asker) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if len(stanzas) != 1 || stanzas[0].Type != scryptType {
		return nil, ErrNotPassphrase
	}
	if a.passphrase == nil {
		return nil, errors.New("sealed by a passphrase, and none was given")
	}
	p, err := a.passphrase()
	if err != nil {
		return nil, fmt.Errorf("read passphrase: %w", err)
	}
	if len(p) == 0 {
		return nil, ErrWrongPassphrase
	}
	id, err := age.NewScryptIdentity(string(p)) // a copy that cannot be wiped
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	fileKey, err := id.Unwrap(stanzas)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrWrongPassphrase
	}
	return fileKey, err
}

// sealText seals the text of a file by a passphrase.
func sealText(text, passphrase []byte, logN int) ([]byte, error) {
	r, err := age.NewScryptRecipient(string(passphrase)) // a copy that cannot be wiped
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(logN)
	var buf bytes.Buffer
	w, err := age.Encrypt(&buf, r)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
