// Package sign signs commits and checks their signatures, in the form that git
// itself uses for SSH keys (gpg.format = ssh): what is signed here passes git
// verify-commit, and the other way round.
//
// Give Armor to the Sign field of a commit's spec, and Verify the raw commit as
// it was read. Verify says which key signed, and nothing about whether that key
// may; that is the caller's question. Only ed25519 keys sign a register.
package sign

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/register"
)

// Namespace is what git's signatures are made for: none of another namespace
// is taken for one, so that no file that an officer signed becomes a commit.
const Namespace = "git"

// Errors of Verify, for errors.Is.
var (
	// ErrUnsigned: the commit holds no signature.
	ErrUnsigned = errors.New("commit is not signed")
	// ErrInvalid: it holds something else than one right signature.
	ErrInvalid = errors.New("signature is not valid")
)

// signatureLimit is the largest armored signature in bytes; an ed25519 one takes
// about 300.
const signatureLimit = 2 << 10 // 2 KiB

const (
	armorHead = "-----BEGIN SSH SIGNATURE-----\n"
	armorTail = "-----END SSH SIGNATURE-----"
)

// Armor returns the armored signature of a commit's content, made with an
// ed25519 key.
func Armor(payload []byte, key ssh.Signer) ([]byte, error) {
	if t := key.PublicKey().Type(); t != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("sign commit: key of type %q, want %q", t, ssh.KeyAlgoED25519)
	}
	sig, err := sshsig.Sign(bytes.NewReader(payload), key, sshsig.HashSHA512, Namespace)
	if err != nil {
		return nil, fmt.Errorf("sign commit: %w", err)
	}
	return sshsig.Armor(sig), nil
}

// Verify checks the signature of a raw commit and returns the key that made it.
// There must be exactly one, of this namespace, by an ed25519 key, with nothing
// before, in or after it that does not belong; else the error wraps ErrUnsigned
// or ErrInvalid.
func Verify(raw []byte) (ssh.PublicKey, error) {
	payload, armored, err := split(raw)
	if err != nil {
		return nil, err
	}
	sig, err := parse(armored)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err := sshsig.Verify(bytes.NewReader(payload), sig, sig.PublicKey, sig.HashAlgorithm, Namespace); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return sig.PublicKey, nil
}

// split takes a raw commit apart into what was signed, which is the commit
// without its signature, and the signature.
func split(raw []byte) (payload []byte, armored string, err error) {
	end := bytes.Index(raw, []byte("\n\n"))
	if end < 0 {
		return nil, "", fmt.Errorf("%w: the commit has no end of its header", ErrInvalid)
	}
	var out bytes.Buffer
	var sig strings.Builder
	count, inside := 0, false
	for line := range bytes.Lines(raw[:end+1]) {
		name, value, _ := bytes.Cut(line, []byte(" "))
		switch {
		case inside && len(name) == 0: // the line begins with a space
			sig.Write(value)
			continue
		case string(name) == "gpgsig":
			inside = true
			count++
			sig.Write(value)
			continue
		case bytes.HasPrefix(name, []byte("gpgsig")): // one of another kind, which git takes out too
			count += 2
		}
		inside = false
		out.Write(line)
	}
	switch {
	case count == 0:
		return nil, "", ErrUnsigned
	case count > 1:
		return nil, "", fmt.Errorf("%w: more than one signature", ErrInvalid)
	}
	out.Write(raw[end+1:])
	return out.Bytes(), strings.TrimSuffix(sig.String(), "\n"), nil
}

// parse decodes an armored signature, and refuses what decodes to the same with
// something more, or in another way.
func parse(armored string) (*sshsig.Signature, error) {
	if len(armored) > signatureLimit {
		return nil, fmt.Errorf("%d bytes, limit %d", len(armored), signatureLimit)
	}
	body, ok := strings.CutPrefix(armored, armorHead)
	if ok {
		body, ok = strings.CutSuffix(body, armorTail)
	}
	if !ok || !strings.HasSuffix(body, "\n") || strings.Contains(body, "\r") {
		return nil, errors.New("not an armored SSH signature")
	}
	wire, err := base64.StdEncoding.Strict().DecodeString(body) // which passes over line ends
	if err != nil {
		return nil, errors.New("not base64")
	}
	return parseWire(wire)
}

// AllowedSigners returns the text of a file for git's gpg.ssh.allowedSignersFile
// that lets the given keys ("ssh-ed25519 AAAA…") sign commits, each under the
// address that its officer's commits carry. What is not such a key is left out.
func AllowedSigners(keys map[register.Handle]string) []byte {
	var lines []string
	for h, text := range keys {
		key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(text))
		if err != nil || len(options) > 0 || len(rest) > 0 || key.Type() != ssh.KeyAlgoED25519 {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s namespaces=%q %s", h.Email(), Namespace, ssh.MarshalAuthorizedKey(key)))
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, ""))
}
