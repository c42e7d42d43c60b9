package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// The secret of a receipt proves to whom an erasure's receipt was given. It is 16
// random bytes and has the text of a view secret with a checksum of its own, so that
// neither is taken for the other. It opens nothing.

var errReceiptSecret = errors.New("malformed or mistyped secret of a receipt: want seven groups of four letters and digits")

// receiptLabel begins what the checksum of a receipt's secret is over.
const receiptLabel = "medlem/v1/receipt\x00"

// NewReceiptSecret returns a fresh secret in its canonical text.
func NewReceiptSecret() string {
	var b [viewBytes]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return groupedText(b, receiptSum(b))
}

func receiptSum(secret [viewBytes]byte) []byte {
	h := sha256.Sum256(append([]byte(receiptLabel), secret[:]...))
	return []byte{h[0], h[1] & 0xf0}
}

// ReceiptCheck is what a receipt in the register says of the secret on its paper, as
// typed: SHA-256(secret ‖ id), in hexadecimal.
func ReceiptCheck(typed string, id register.RecordID) (string, error) {
	if len(typed) > typedLimit {
		return "", errReceiptSecret
	}
	digits := lookalikes.Replace(strings.ToLower(typed))
	if len(digits) != viewDigits || strings.ContainsAny(digits, "\r\n") {
		return "", errReceiptSecret
	}
	b, err := crockford.DecodeString(digits + "0")
	if err != nil {
		return "", errReceiptSecret
	}
	secret := [viewBytes]byte(b)
	if sum := receiptSum(secret); sum[0] != b[viewBytes] || sum[1] != b[viewBytes+1] {
		return "", errReceiptSecret
	}
	h := sha256.Sum256(append(secret[:], id...))
	return hex.EncodeToString(h[:]), nil
}
