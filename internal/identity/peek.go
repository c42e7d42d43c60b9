package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/medlem-register/medlem/internal/register"
)

// A Cover is what an identity file tells without being opened.
type Cover struct {
	Digest  string          // SHA-256 of the file, hexadecimal: another file, another digest
	Handle  register.Handle // "" where the file is sealed
	Created register.Day    // of the current age identity; "" where the file is sealed
}

// Peek reads an identity file without a passphrase.
func Peek(path string) (*Cover, error) {
	content, _, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("read identity: %w", err)
	}
	defer clear(content)
	sum := sha256.Sum256(content)
	c := &Cover{Digest: hex.EncodeToString(sum[:])}
	if isSealed(content) {
		return c, nil
	}
	i, err := parse(content)
	if err != nil {
		return nil, fmt.Errorf("read identity %q: %w", path, err)
	}
	c.Handle, c.Created = i.Handle(), i.Created()
	return c, nil
}
