package identity

import (
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
)

// Recovery returns a fresh pair for the paper in the safe: the recipient that
// goes into the register, and the secret that goes nowhere else.
func Recovery() (recipient, secret string, err error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", fmt.Errorf("make recovery identity: %w", err)
	}
	return id.Recipient().String(), id.String(), nil
}

// recoveryTextLimit bounds what LoadRecovery reads, in bytes: the secret, with
// room for comments.
const recoveryTextLimit = 8 << 10 // 8 KiB

// LoadRecovery returns the identity whose secret is text, as typed or scanned
// from paper: case and white space do not matter, and lines that begin with #
// are left out. Its errors say nothing of the text.
func LoadRecovery(text string) (age.Identity, error) {
	if len(text) > recoveryTextLimit {
		return nil, errors.New("recovery secret is too long")
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			b.WriteString(strings.Join(strings.Fields(line), ""))
		}
	}
	id, err := parseAge(strings.ToUpper(b.String()))
	if err != nil {
		return nil, errors.New("malformed or mistyped recovery secret: want AGE-SECRET-KEY-PQ-1 and 58 characters more")
	}
	return id, nil
}
