package cli

import (
	"fmt"
	"io"
	"os"
)

// recoveryFileLimit bounds what is read as a recovery secret, in bytes.
const recoveryFileLimit = 8 << 10

// recoverySecret reads the recovery secret, as typed or scanned from its paper; whether
// it is one is seen by whoever uses it.
func recoverySecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the recovery secret: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, recoveryFileLimit))
	if err != nil {
		return "", fmt.Errorf("read the recovery secret: %w", err)
	}
	return string(b), nil
}
