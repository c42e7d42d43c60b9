package seal

import (
	"bytes"
	"errors"
	"fmt"

	"filippo.io/age"
)

// Bounds on the size of sealed files, in bytes.
const (
	RecordLimit   = 1 << 20   // 1 MiB; the largest padded text in it has 512 KiB
	EvidenceLimit = 16 << 20  // 16 MiB; the largest padded document in it has 8 MiB
	EnvelopeLimit = 256 << 10 // 256 KiB: some 160 recipients
	KeyringLimit  = 32 << 20  // 32 MiB: the largest padded text in it has 16 MiB, 200,000 keys
)

// Errors of the functions that open. Every error of theirs is one of the three;
// where the file's header already says what is wrong with it, ErrDamaged comes
// with a *HeaderError.
var (
	// ErrWrongKey says that the key is another record's, or that the stanza was
	// altered: the two cannot be told apart.
	ErrWrongKey = errors.New("key does not open this file")
	// ErrNotReader says that the file is sealed to none of the identities, or
	// that their stanza was altered.
	ErrNotReader = errors.New("file is not sealed to this identity")
	// ErrDamaged says that the file is not what was sealed.
	ErrDamaged = errors.New("file is damaged")
)

func damaged(cause error) error { return fmt.Errorf("%w: %w", ErrDamaged, cause) }

// Seal seals a record under k: an age v1 file with one scrypt stanza, whose
// passphrase is the text of k. The plaintext is text of at most 512 KiB, less
// two bytes for its padding; a missing newline at its end is added.
func Seal(k Key, plaintext []byte) ([]byte, error) { return sealUnder(k, plaintext, RecordLimit) }

// SealEvidence is Seal for a document that goes with a grant, which may have up
// to 8 MiB and need not be text.
func SealEvidence(k Key, plaintext []byte) ([]byte, error) {
	return sealUnder(k, plaintext, EvidenceLimit)
}

func sealUnder(k Key, plaintext []byte, limit int) ([]byte, error) {
	if k.zero() {
		return nil, errZeroKey
	}
	padded := Pad(plaintext)
	defer clear(padded)
	if len(padded) > limit/2 {
		return nil, fmt.Errorf("text of %d bytes is too long to be sealed here: want less than %d", len(plaintext), limit/2)
	}
	r, err := age.NewScryptRecipient(k.String())
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(workFactor)
	return encrypt(padded, r)
}

// Open opens a record that Seal or stock age sealed under k, and takes off the
// padding where Pad made it. It does no work for a file of another form, so a
// hostile one costs less than a genuine one. It may be called concurrently.
//
// What the record says of itself (its id, its unit, its rev) is the caller's to
// compare: under the same key, an older version of the record opens too.
func Open(k Key, file []byte) ([]byte, error) { return openUnder(k, file, RecordLimit) }

// OpenEvidence is Open for what SealEvidence sealed.
func OpenEvidence(k Key, file []byte) ([]byte, error) { return openUnder(k, file, EvidenceLimit) }

func openUnder(k Key, file []byte, limit int) ([]byte, error) {
	if k.zero() {
		return nil, fmt.Errorf("%w: %w", ErrWrongKey, errZeroKey)
	}
	h, err := inspectRecord(file, limit)
	if err != nil {
		return nil, damaged(err)
	}
	id, err := age.NewScryptIdentity(k.String())
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(workFactor) // once more: age's own parser decides what is done
	text, err := decrypt(file, h.Size, id)
	if noMatch := (*age.NoIdentityMatchError)(nil); errors.As(err, &noMatch) {
		return nil, ErrWrongKey
	} else if err != nil {
		return nil, damaged(err)
	}
	if t, err := Unpad(text); err == nil {
		text = t
	}
	return text, nil
}

// encrypt seals plaintext as one age file.
func encrypt(plaintext []byte, recipients ...age.Recipient) ([]byte, error) {
	const headerGuess = 2 << 10 // bytes for each recipient
	var buf bytes.Buffer
	buf.Grow(len(plaintext) + headerGuess*len(recipients))
	w, err := age.Encrypt(&buf, recipients...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plaintext); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// decrypt opens a file whose header has the given size. age unwraps the file
// key and verifies the header's MAC.
func decrypt(file []byte, header int, ids ...age.Identity) ([]byte, error) {
	fileKey, err := age.DecryptHeader(file[:header:header], ids...)
	if err != nil {
		return nil, err
	}
	defer clear(fileKey)
	return openPayload(fileKey, file[header:])
}
