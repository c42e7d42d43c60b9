package seal

import (
	"bytes"
	"fmt"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

// An office's page is what those who hold an office in a unit read in a browser. It is
// sealed to their recipients and nobody else's, anew with every build of the site.
const (
	OfficeBucket    = 64 << 10 // 64 KiB: the smallest padded page; sizes go on in powers of two
	OfficeFileLimit = 20 << 20 // bytes of a sealed page; the largest padded text in it has 16 MiB

	officeTextLimit = 16 << 20 // bytes
	officeFolder    = "office" // below the site
)

// OfficeName returns where the page of an office lies, below the site:
// "office/<unit>/<office>.age".
func OfficeName(unit register.UnitID, office string) string {
	return officeFolder + "/" + string(unit) + "/" + office + pageEnding
}

// SealOffice seals an office's page to hybrid recipients (age1pq1…), at least one and
// no two alike. The page is text of at most 16 MiB, and is filled up with line feeds to
// 65,536 bytes or the next power of two.
func SealOffice(html []byte, recipients []string) ([]byte, error) {
	if len(html) > officeTextLimit {
		return nil, fmt.Errorf("page of %d bytes: want at most %d", len(html), officeTextLimit)
	}
	size := OfficeBucket
	for size < len(html) {
		size *= 2
	}
	padded := bytes.Repeat([]byte(pageFill), size)
	defer clear(padded)
	copy(padded, html)
	return sealTo(padded, recipients)
}

// CheckOffice returns nil if file has the form of an office's page: hybrid stanzas
// alone, a padded plaintext, nothing after it. It needs no key. Its errors are of type
// *HeaderError.
func CheckOffice(file []byte) error {
	h, err := inspectSealedTo(file, OfficeFileLimit)
	if err != nil {
		return err
	}
	return checkBucket(h.Plaintext, OfficeBucket)
}

// OpenOffice opens what SealOffice sealed with whichever identity fits, without what
// it was filled up with; ErrNotReader if none does.
func OpenOffice(file []byte, ids []age.Identity) ([]byte, error) {
	if err := CheckOffice(file); err != nil {
		return nil, damaged(err)
	}
	text, err := openSealedTo(file, OfficeFileLimit, 0, ids)
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(text, pageFill), nil
}
