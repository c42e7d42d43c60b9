// Package sign makes and verifies the signatures of commits: SSHSIG, the form
// that git itself writes with gpg.format=ssh and that git verify-commit reads.
//
// Use Armor as the Sign function of a gitstore.CommitSpec, and Verify on the raw
// content of a commit. Whether the key that signed may sign is another package's
// question.
package sign

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/register"
)

// Namespace is git's namespace for signatures: one made for something else is no
// signature of a commit.
const Namespace = "git"

// Errors of Verify.
var (
	ErrUnsigned = errors.New("commit is not signed")
	ErrInvalid  = errors.New("signature does not fit")
)

// signatureLimit is the size in bytes of the largest armored signature; one of
// ed25519 has about 300.
const signatureLimit = 4 << 10 // 4 KiB

// Armor returns the armored signature of a commit's payload, its raw content
// without the signature.
func Armor(payload []byte, key ssh.Signer) ([]byte, error) {
	sig, err := sshsig.Sign(bytes.NewReader(payload), key, sshsig.HashSHA512, Namespace)
	if err != nil {
		return nil, fmt.Errorf("sign commit: %w", err)
	}
	return sshsig.Armor(sig), nil
}

// Verify checks the signature of a raw commit and returns the key that made it.
// ErrUnsigned: there is none. Any other error wraps ErrInvalid: the signature is
// malformed, there are two, it is for another namespace, not by an ed25519 key,
// or the commit was changed.
func Verify(raw []byte) (ssh.PublicKey, error) {
	payload, armored, err := split(raw)
	if err != nil {
		return nil, err
	}
	sig, err := sshsig.Unarmor(armored)
	if err != nil {
		return nil, fmt.Errorf("%w: malformed", ErrInvalid)
	}
	// One form only: what lies around the armor, or another way to write the same
	// signature, would be a place for text that nobody looks at.
	if !bytes.Equal(bytes.TrimRight(sshsig.Armor(sig), "\n"), bytes.TrimRight(armored, "\n")) {
		return nil, fmt.Errorf("%w: not in its canonical form", ErrInvalid)
	}
	if sig.PublicKey.Type() != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("%w: by a key of type %q, want %q", ErrInvalid, sig.PublicKey.Type(), ssh.KeyAlgoED25519)
	}
	if err := sshsig.Verify(bytes.NewReader(payload), sig, sig.PublicKey, sig.HashAlgorithm, Namespace); err != nil {
		return nil, fmt.Errorf("%w: the commit or its namespace is not what was signed", ErrInvalid)
	}
	return sig.PublicKey, nil
}

// split takes a raw commit apart into what was signed and the armored signature.
func split(raw []byte) (payload, sig []byte, err error) {
	head, body, ok := bytes.Cut(raw, []byte("\n\n"))
	if !ok {
		return nil, nil, fmt.Errorf("%w: malformed commit", ErrInvalid)
	}
	out := make([]byte, 0, len(raw))
	inside := false
	for line := range bytes.Lines(append(slices.Clone(head), '\n')) {
		if first, ok := bytes.CutPrefix(line, []byte("gpgsig ")); ok {
			if sig != nil {
				return nil, nil, fmt.Errorf("%w: two signatures", ErrInvalid)
			}
			inside = true
			sig = append(sig, first...)
			continue
		}
		if inside && line[0] == ' ' {
			sig = append(sig, line[1:]...)
			continue
		}
		inside = false
		out = append(out, line...)
	}
	switch {
	case sig == nil:
		return nil, nil, ErrUnsigned
	case len(sig) > signatureLimit:
		return nil, nil, fmt.Errorf("%w: %d bytes, want at most %d", ErrInvalid, len(sig), signatureLimit)
	}
	out = append(out, '\n')
	return append(out, body...), sig, nil
}

// AllowedSigners returns the file that stock git verifies a register with
// (gpg.ssh.allowedSignersFile): each officer's address and signing key, sorted.
func AllowedSigners(keys map[register.Handle]string) []byte {
	lines := make([]string, 0, len(keys))
	for h, k := range keys {
		lines = append(lines, h.Email()+` namespaces="`+Namespace+`" `+k+"\n")
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, ""))
}
