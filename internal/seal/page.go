package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

// A page is what a member's view secret opens: text that a browser shows, rendered
// anew with every build of the site, in a file that lies where anybody can fetch it
// under a name that only the secret tells.
const (
	PageBucket    = 8 << 10 // 8 KiB: the smallest padded page; sizes go on in powers of two
	PageFileLimit = 8 << 20 // bytes of a sealed page; the largest padded text in it has 4 MiB

	pageTextLimit = 4 << 20 // bytes
	pageFolder    = "me"    // below the site
	pageEnding    = ".age"
	pageNameInfo  = "medlem/v1/page" // of HKDF
	pageNameBytes = 16               // 26 letters and digits
	pageFill      = "\n"             // what fills a page up: HTML does not show it
)

// PageName returns where the page of a view secret lies, below the site:
// "me/<first 2>/<name>.age". The name is HKDF-SHA256(secret, no salt,
// "medlem/v1/page") and tells nothing of the secret.
func PageName(viewSecretText string) (string, error) {
	secret, err := viewSecret(viewSecretText)
	if err != nil {
		return "", err
	}
	defer clear(secret[:])
	b, err := hkdf.Key(sha256.New, secret[:], nil, pageNameInfo, pageNameBytes)
	if err != nil {
		return "", err
	}
	name := register.Base32.EncodeToString(b)
	return pageFolder + "/" + name[:2] + "/" + name + pageEnding, nil
}

// SealPage seals a page under a view secret: an age v1 file with one scrypt stanza of
// work factor 1, whose passphrase is the canonical text of the secret, so that what
// stands in the member's letter opens it with stock age. The page is text of at most
// 4 MiB, and is filled up with line feeds to 8,192 bytes or the next power of two.
// Each call has a salt and a file key of its own.
func SealPage(viewSecretText string, html []byte) ([]byte, error) {
	if err := CheckViewSecret(viewSecretText); err != nil {
		return nil, err
	}
	if len(html) > pageTextLimit {
		return nil, fmt.Errorf("page of %d bytes: want at most %d", len(html), pageTextLimit)
	}
	size := PageBucket
	for size < len(html) {
		size *= 2
	}
	padded := make([]byte, size)
	defer clear(padded)
	n := copy(padded, html)
	for i := n; i < size; i++ {
		padded[i] = pageFill[0]
	}
	return sealPassphrase(viewSecretText, padded)
}

// sealPassphrase is what age.Encrypt makes with a scrypt recipient of work factor 1,
// at half the cost: a site has a hundred thousand pages. age itself wraps the file key;
// the header around it and its MAC are C2SP's age v1. A test holds it to age.
func sealPassphrase(passphrase string, plaintext []byte) ([]byte, error) {
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(workFactor)
	var fileKey [fileKeySize]byte
	rand.Read(fileKey[:])
	defer clear(fileKey[:])
	stanzas, err := r.Wrap(fileKey[:])
	if err != nil {
		return nil, err
	}
	const headerGuess = 160 // bytes
	chunks := max(1, (len(plaintext)+chunkSize-1)/chunkSize)
	out := make([]byte, 0, headerGuess+payloadNonceSize+len(plaintext)+chunks*tagSize)
	out = append(out, intro+"\n"...)
	for _, s := range stanzas {
		out = append(out, "-> "+strings.Join(append([]string{s.Type}, s.Args...), " ")+"\n"...)
		out = append(base64Strict.AppendEncode(out, s.Body), '\n') // of 32 bytes: one line
	}
	out = append(out, "---"...)
	key, err := hkdf.Key(sha256.New, fileKey[:], nil, "header", macSize)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(out)
	out = append(base64Strict.AppendEncode(append(out, ' '), mac.Sum(nil)), '\n')
	return sealPayload(out, fileKey[:], plaintext)
}

// CheckPage returns nil if file has the form of a page that SealPage made. It needs no
// key. Its errors are of type *HeaderError.
func CheckPage(file []byte) error {
	h, err := inspectRecord(file, PageFileLimit)
	if err != nil {
		return err
	}
	return checkBucket(h.Plaintext, PageBucket)
}

// OpenPage opens what SealPage sealed under the same view secret, without what it was
// filled up with. Its errors are ErrWrongKey and ErrDamaged, or about the secret.
func OpenPage(viewSecretText string, file []byte) ([]byte, error) {
	canonical, err := ParseViewSecret(viewSecretText)
	if err != nil {
		return nil, err
	}
	if err := CheckPage(file); err != nil {
		return nil, damaged(err)
	}
	h, err := inspectRecord(file, PageFileLimit)
	if err != nil {
		return nil, damaged(err)
	}
	id, err := age.NewScryptIdentity(canonical)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(workFactor)
	text, err := decrypt(file, h.Size, id)
	if noMatch := (*age.NoIdentityMatchError)(nil); errors.As(err, &noMatch) {
		return nil, ErrWrongKey
	} else if err != nil {
		return nil, damaged(err)
	}
	return bytes.TrimRight(text, pageFill), nil
}
