package sign

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// GrantNamespace is what the signatures of a grant are made for: none of them
// is good for a commit, nor a commit's for a grant.
const GrantNamespace = "medlem-grant"

// Statement signs what goes with a grant, with an ed25519 key, and returns the
// signature in SSHSIG's binary form: armored, ssh-keygen -Y verify takes it.
func Statement(payload []byte, key ssh.Signer) ([]byte, error) {
	if t := key.PublicKey().Type(); t != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("sign statement: key of type %q, want %q", t, ssh.KeyAlgoED25519)
	}
	sig, err := sshsig.Sign(bytes.NewReader(payload), key, sshsig.HashSHA512, GrantNamespace)
	if err != nil {
		return nil, fmt.Errorf("sign statement: %w", err)
	}
	return sig.Marshal(), nil
}

// VerifyStatement checks a signature that Statement made and returns the key
// that made it; else the error wraps ErrInvalid.
func VerifyStatement(payload, blob []byte) (ssh.PublicKey, error) {
	sig, err := parseWire(blob)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err := sshsig.Verify(bytes.NewReader(payload), sig, sig.PublicKey, sig.HashAlgorithm, GrantNamespace); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return sig.PublicKey, nil
}

// parseWire decodes a binary signature by an ed25519 key, in its one form.
func parseWire(wire []byte) (*sshsig.Signature, error) {
	sig, err := sshsig.ParseSignature(wire)
	if err != nil {
		return nil, err
	}
	if t := sig.PublicKey.Type(); t != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("key of type %q, want %q", t, ssh.KeyAlgoED25519)
	}
	if len(sig.Signature.Rest) > 0 || !bytes.Equal(sig.Marshal(), wire) {
		return nil, errors.New("something in it does not belong")
	}
	return sig, nil
}
