// Package identity holds an officer's secret keys, on one device: the ed25519
// key that signs her commits and names her, and the post-quantum age identities
// that open her keyrings, the current one and older ones until they are
// destroyed. It is the only package that touches such keys.
//
// Use New for a new device and Load for a file; Save after every change. Use
// Recovery once, for the paper in the safe.
//
// Secrets are wiped from memory where this package owns the memory. That is a
// courtesy, not a guarantee: the garbage collector copies, age keeps its own
// copies, and strings cannot be wiped at all.
package identity

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/register"
)

// KeptLimit is the largest number of age identities in one file, the current
// one included: five years of monthly ones, none destroyed.
const KeptLimit = 60

// Identity is what an identity file holds. It is not safe for concurrent use
// while Rotate, Destroy or Save run.
type Identity struct {
	signing ed25519.PrivateKey
	signer  ssh.Signer
	ages    []ageKey // newest first, never empty
	sealed  bool
	loose   bool
}

// ageKey is one age identity and the day on which it was made.
type ageKey struct {
	id      *age.HybridIdentity
	created register.Day
}

// New returns a fresh identity, made on the given day and not yet saved.
func New(day register.Day) (*Identity, error) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	i, err := fromSigning(key)
	if err != nil {
		return nil, err
	}
	if err := i.Rotate(day); err != nil {
		return nil, err
	}
	return i, nil
}

func fromSigning(key ed25519.PrivateKey) (*Identity, error) {
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("use signing key: %w", err)
	}
	return &Identity{signing: key, signer: signer}, nil
}

// Handle returns the handle that the signing key hashes to.
func (i *Identity) Handle() register.Handle {
	return register.HandleOf(i.signer.PublicKey().Marshal())
}

// Signer returns the signing key, for package sign.
func (i *Identity) Signer() ssh.Signer { return i.signer }

// SigningKey returns the public signing key as "ssh-ed25519 AAAA…", without a
// comment or a newline.
func (i *Identity) SigningKey() string {
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(i.signer.PublicKey())), "\n")
}

// Recipient returns the current age recipient, age1pq1….
func (i *Identity) Recipient() string { return i.ages[0].id.Recipient().String() }

// Created returns the day on which the current age identity was made.
func (i *Identity) Created() register.Day { return i.ages[0].created }

// Ages returns the age identities that open keyrings: the current one first,
// then the older ones that are not yet destroyed, newest first.
func (i *Identity) Ages() []age.Identity {
	ids := make([]age.Identity, len(i.ages))
	for n, a := range i.ages {
		ids[n] = a.id
	}
	return ids
}

// Old returns the recipients of the older age identities, newest first.
func (i *Identity) Old() []string {
	var old []string
	for _, a := range i.ages[1:] {
		old = append(old, a.id.Recipient().String())
	}
	return old
}

// Rotate makes a new current age identity on the given day. The former one is
// kept, because keyrings are still sealed to it, until Destroy.
func (i *Identity) Rotate(day register.Day) error {
	if _, err := register.ParseDay(string(day)); err != nil {
		return err
	}
	if len(i.ages) >= KeptLimit {
		return fmt.Errorf("%d age identities are kept: destroy older ones first", len(i.ages))
	}
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return fmt.Errorf("make age identity: %w", err)
	}
	i.ages = append([]ageKey{{id, day}}, i.ages...)
	return nil
}

// Destroy drops the older age identity that has the given recipient. It is gone
// from the file after the next Save. What else holds it (backups, snapshots, the
// blocks of the disk that the old file lay in) is out of this program's reach.
func (i *Identity) Destroy(recipient string) error {
	for n, a := range i.ages {
		if a.id.Recipient().String() != recipient {
			continue
		}
		if n == 0 {
			return errors.New("destroy age identity: it is the current one; rotate first")
		}
		i.ages = append(i.ages[:n:n], i.ages[n+1:]...)
		return nil
	}
	return errors.New("destroy age identity: no such recipient in this file")
}

// Sealed tells whether the file was sealed by a passphrase when it was loaded
// or last saved.
func (i *Identity) Sealed() bool { return i.sealed }

// Loose tells whether others than the file's owner could read it when it was
// loaded. The caller warns; Save makes the file private again.
func (i *Identity) Loose() bool { return i.loose }

// Format implements fmt.Formatter. It withholds the secrets for every verb.
func (i *Identity) Format(f fmt.State, _ rune) {
	io.WriteString(f, "identity of "+string(i.Handle())+" (withheld)")
}
