package seal

import (
	"errors"
	"fmt"

	"filippo.io/age"
)

// A blob is what a page sends to a unit: text that says what it is, sealed to the
// unit's joining recipient alone. Whoever carries it sees neither who sent it nor
// what it is: every blob has the same number of bytes and one stanza of one form.
const (
	BlobBucket = 16 << 10 // 16 KiB: what every blob's text is padded to
	BlobSize   = 18_043   // bytes: the first line, one hybrid stanza and the MAC (1,627), nonce, text, tag

	// BlobTextLimit is the longest text of a blob, in bytes.
	BlobTextLimit = BlobBucket - paddingMinimum - 1
)

// SealBlob seals text of at most BlobTextLimit to a joining recipient.
func SealBlob(text []byte, recipient string) ([]byte, error) {
	if len(text) > BlobTextLimit {
		return nil, fmt.Errorf("text of %d bytes: want at most %d", len(text), BlobTextLimit)
	}
	padded := padTo(text, BlobBucket)
	defer clear(padded)
	return sealTo(padded, []string{recipient})
}

// CheckBlob returns nil if file has the one form and the one size of a blob. It
// needs no key. Its errors are of type *HeaderError.
func CheckBlob(file []byte) error {
	if len(file) != BlobSize {
		return refuse(RuleSize, "file of %d bytes: want %d", len(file), BlobSize)
	}
	h, err := inspectSealedTo(file, BlobSize)
	if err != nil {
		return err
	}
	if len(h.Stanzas) != 1 {
		return refuse(RuleCount, "sealed to %d recipients: want 1", len(h.Stanzas))
	}
	if h.Plaintext != BlobBucket {
		return refuse(RuleBucket, "plaintext of %d bytes: want %d", h.Plaintext, BlobBucket)
	}
	return nil
}

// OpenBlob opens a blob with whichever joining identity fits. Its errors are
// ErrNotReader and ErrDamaged: text that is not padded as it must be is damaged.
func OpenBlob(file []byte, ids []age.Identity) ([]byte, error) {
	if err := CheckBlob(file); err != nil {
		return nil, damaged(err)
	}
	if len(ids) == 0 {
		return nil, ErrNotReader
	}
	h, err := inspectSealedTo(file, BlobSize)
	if err != nil {
		return nil, damaged(err)
	}
	text, err := decrypt(file, h.Size, ids...)
	if noMatch := (*age.NoIdentityMatchError)(nil); errors.As(err, &noMatch) {
		return nil, ErrNotReader
	} else if err != nil {
		return nil, damaged(err)
	}
	body, err := unpad(text, BlobBucket)
	if err != nil {
		clear(text)
		return nil, damaged(err)
	}
	return body, nil
}
