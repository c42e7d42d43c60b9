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

// ReceiptNamespace is what signatures of statements on erasures are made for: none of
// them is good for a commit or a grant.
const ReceiptNamespace = "medlem-receipt"

// Receipt returns the armored signature of a statement on erasures, made with an
// ed25519 key, with the end of its last line: ssh-keygen -Y verify -n medlem-receipt takes it.
func Receipt(payload []byte, key ssh.Signer) ([]byte, error) {
	if t := key.PublicKey().Type(); t != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("sign receipt: key of type %q, want %q", t, ssh.KeyAlgoED25519)
	}
	sig, err := sshsig.Sign(bytes.NewReader(payload), key, sshsig.HashSHA512, ReceiptNamespace)
	if err != nil {
		return nil, fmt.Errorf("sign receipt: %w", err)
	}
	return append(bytes.TrimRight(sshsig.Armor(sig), "\n"), '\n'), nil
}

// VerifyReceipt checks a signature that Receipt made, armored and with nothing around
// it, and returns the key that made it; else the error wraps ErrInvalid.
func VerifyReceipt(payload, armored []byte) (ssh.PublicKey, error) {
	sig, err := parse(strings.TrimSuffix(strings.ReplaceAll(string(armored), "\r\n", "\n"), "\n"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err := sshsig.Verify(bytes.NewReader(payload), sig, sig.PublicKey, sig.HashAlgorithm, ReceiptNamespace); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return sig.PublicKey, nil
}

// ReceiptSigners returns the text of a file of allowed signers, for ssh-keygen -Y
// verify, by which the given keys ("ssh-ed25519 AAAA…") are good for statements on
// erasures and for nothing else. What is not such a key is left out.
func ReceiptSigners(keys map[register.Handle][]string) []byte {
	var lines []string
	for h, texts := range keys {
		for _, text := range texts {
			key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(text))
			if err != nil || len(options) > 0 || len(rest) > 0 || key.Type() != ssh.KeyAlgoED25519 {
				continue
			}
			lines = append(lines, fmt.Sprintf("%s namespaces=%q %s", h, ReceiptNamespace, ssh.MarshalAuthorizedKey(key)))
		}
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, ""))
}

// signersLimit bounds a file of allowed signers, in lines.
const signersLimit = 10_000

// ParseReceiptSigners reads a file of allowed signers: each key with the handle as
// which it may sign. Lines for other namespaces are left out.
func ParseReceiptSigners(text []byte) (map[register.Handle][]ssh.PublicKey, error) {
	out := map[register.Handle][]ssh.PublicKey{}
	n := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if n++; n > signersLimit {
			return nil, fmt.Errorf("more than %d lines", signersLimit)
		}
		if line == "" || line[0] == '#' {
			continue
		}
		who, rest, _ := strings.Cut(line, " ")
		h, err := register.ParseHandle(who)
		if err != nil {
			return nil, fmt.Errorf("line %d: want a handle, what the key is for, and the key", n)
		}
		key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(rest))
		if err != nil || key.Type() != ssh.KeyAlgoED25519 {
			return nil, fmt.Errorf("line %d: want an ssh-ed25519 key", n)
		}
		if !slices.Contains(options, fmt.Sprintf("namespaces=%q", ReceiptNamespace)) {
			continue
		}
		out[h] = append(out[h], key)
	}
	if len(out) == 0 {
		return nil, errors.New("it has no key that is for receipts")
	}
	return out, nil
}
