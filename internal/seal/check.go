package seal

import (
	"fmt"
)

// The rules that a HeaderError names.
const (
	RuleNotAge     = "not-age"     // not a binary age v1 file in canonical form
	RuleStanza     = "stanza"      // a stanza of another type, or malformed
	RuleCount      = "count"       // more or fewer stanzas than wanted
	RuleClassic    = "classic"     // a recipient that a quantum computer would open
	RuleWorkFactor = "work-factor" // scrypt with log2(N) other than 1
	RuleBucket     = "bucket"      // a legal size, but not one that padding gives
	RuleTrailing   = "trailing"    // bytes at the end that belong to no chunk
	RuleSize       = "size"        // cut off, or over the limit
)

// HeaderError says which rule a file breaks, as far as can be told without a
// key.
type HeaderError struct {
	Rule string
	msg  string
}

func (e *HeaderError) Error() string { return e.Rule + ": " + e.msg }

func refuse(rule, format string, args ...any) *HeaderError {
	return &HeaderError{Rule: rule, msg: fmt.Sprintf(format, args...)}
}

const (
	scryptType   = "scrypt"
	saltSize     = 16 // bytes
	workFactor   = 1  // log2(N): a random key of 256 bits gains nothing from more
	workText     = "1"
	wrappedSize  = 32 // bytes of a wrapped file key: 16 and a tag
	hybridType   = "mlkem768x25519"
	hybridEncLen = 1088 + 32 // bytes: a ciphertext of ML-KEM-768 and an X25519 share
)

// classicTypes are the stanzas that a quantum computer would open, by type.
var classicTypes = map[string]bool{
	"X25519": true, "ssh-ed25519": true, "ssh-rsa": true, "p256tag": true, "piv-p256": true,
}

// CheckRecord returns nil if file has the form of a record that Seal made:
// exactly one scrypt stanza of work factor 1, a plaintext padded to 1,024 bytes
// or a larger power of two, nothing after it, and at most RecordLimit bytes.
// Since a scrypt stanza must stand alone, nobody else can open the file. It
// needs no key, so it cannot say which key opens it. Its errors are of type
// *HeaderError.
func CheckRecord(file []byte) error { return checkUnder(file, RecordLimit) }

// CheckEvidence is CheckRecord for a document that goes with a grant: at most
// EvidenceLimit bytes.
func CheckEvidence(file []byte) error { return checkUnder(file, EvidenceLimit) }

func checkUnder(file []byte, limit int) error {
	h, err := inspectRecord(file, limit)
	if err != nil {
		return err
	}
	return checkBucket(h.Plaintext, RecordBucket)
}

// inspectRecord is checkUnder, but for the padding: records that stock age
// sealed open too.
func inspectRecord(file []byte, limit int) (Header, error) {
	if len(file) > limit {
		return Header{}, refuse(RuleSize, "file of %d bytes: want at most %d", len(file), limit)
	}
	h, err := inspect(file, RecordHeaderLimit)
	if err != nil {
		return Header{}, err
	}
	if len(h.Stanzas) != 1 {
		return Header{}, refuse(RuleCount, "%d stanzas: a record has one", len(h.Stanzas))
	}
	s := h.Stanzas[0]
	switch {
	case s.Type != scryptType:
		return Header{}, refuse(RuleStanza, "stanza of type %q: a record is sealed under its key alone", clip(s.Type))
	case len(s.Args) != 2 || !isBase64(s.Args[0], saltSize) || len(s.Body) != wrappedSize:
		return Header{}, refuse(RuleStanza, "malformed scrypt stanza")
	case s.Args[1] != workText:
		return Header{}, refuse(RuleWorkFactor, "scrypt work factor %q: want %q", clip(s.Args[1]), workText)
	}
	return h, nil
}

// CheckSealedTo returns nil if file has the form of an envelope or a keyring:
// exactly the given number of post-quantum hybrid stanzas, a plaintext padded
// to least bytes (RecordBucket, KeyringBucket) or a larger power of two, nothing
// after it, and at most KeyringLimit bytes. The stanzas are anonymous: they can
// be counted, not named. An envelope is smaller: see EnvelopeLimit. Its errors
// are of type *HeaderError.
func CheckSealedTo(file []byte, stanzas int, least int) error {
	return checkSealedTo(file, KeyringLimit, stanzas, least)
}

func checkSealedTo(file []byte, limit, stanzas, least int) error {
	h, err := inspectSealedTo(file, limit)
	if err != nil {
		return err
	}
	if len(h.Stanzas) != stanzas {
		return refuse(RuleCount, "sealed to %d recipients: want %d", len(h.Stanzas), stanzas)
	}
	return checkBucket(h.Plaintext, least)
}

// inspectSealedTo refuses files with any stanza that is not a hybrid one.
func inspectSealedTo(file []byte, limit int) (Header, error) {
	if len(file) > limit {
		return Header{}, refuse(RuleSize, "file of %d bytes: want at most %d", len(file), limit)
	}
	h, err := inspect(file, HeaderLimit)
	if err != nil {
		return Header{}, err
	}
	for i, s := range h.Stanzas {
		switch {
		case classicTypes[s.Type]:
			return Header{}, refuse(RuleClassic, "stanza %d of type %q: one classic recipient undoes the others' safety from quantum computers", i+1, s.Type)
		case s.Type != hybridType:
			return Header{}, refuse(RuleStanza, "stanza %d of type %q: want %q", i+1, clip(s.Type), hybridType)
		case len(s.Args) != 1 || !isBase64(s.Args[0], hybridEncLen) || len(s.Body) != wrappedSize:
			return Header{}, refuse(RuleStanza, "stanza %d: malformed %s", i+1, hybridType)
		}
	}
	return h, nil
}

func checkBucket(n int64, least int) error {
	if !isBucket(n, least) {
		return refuse(RuleBucket, "plaintext of %d bytes: want %d or a larger power of two; it was not padded, or other bytes follow it", n, least)
	}
	return nil
}

// isBase64 tells whether text is the canonical base64 of size bytes.
func isBase64(text string, size int) bool {
	if len(text) != base64Strict.EncodedLen(size) {
		return false
	}
	var buf [hybridEncLen]byte
	b, err := base64Strict.AppendDecode(buf[:0], []byte(text))
	return err == nil && len(b) == size
}

// clip bounds foreign text in an error.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
