package seal

import (
	"fmt"

	"filippo.io/age"
)

// DocumentLimit is the size in bytes of the longest document that SealDocument
// and SealEvidence take: 8 MiB, less 1 KiB for what stands before it.
const DocumentLimit = EvidenceLimit/2 - 1<<10

// SealDocument seals a document on its way to hybrid recipients (age1pq1…). On
// main it lies under a key of its own: SealEvidence.
func SealDocument(plaintext []byte, recipients []string) ([]byte, error) {
	padded := Pad(plaintext)
	defer clear(padded)
	if len(padded) > EvidenceLimit/2 {
		return nil, fmt.Errorf("document of %d bytes: want less than %d", len(plaintext), EvidenceLimit/2)
	}
	return sealTo(padded, recipients)
}

// OpenDocument opens what SealDocument sealed with whichever identity fits,
// ErrNotReader if none does.
func OpenDocument(file []byte, ids []age.Identity) ([]byte, error) {
	return openSealedTo(file, EvidenceLimit, RecordBucket, ids)
}
