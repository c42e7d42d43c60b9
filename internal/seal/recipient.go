package seal

import (
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
)

// ParseRecipient returns an error unless s is a post-quantum hybrid recipient
// (age1pq1…) in its canonical text. Its errors quote no more of s than its
// beginning, in case it is a secret in the wrong place.
func ParseRecipient(s string) error {
	_, err := parseRecipient(s)
	return err
}

// RecipientShape returns an error unless s looks like a hybrid recipient: its
// prefix, its length and its letters. It is a thousand times cheaper than
// ParseRecipient, and no promise that s can be sealed to.
func RecipientShape(s string) error {
	if len(s) != recipientLen || !strings.HasPrefix(s, "age1pq1") {
		return fmt.Errorf("malformed recipient: want age1pq1… of %d characters", recipientLen)
	}
	for i := len("age1pq1"); i < len(s); i++ {
		if !recipientSigns[s[i]] {
			return errors.New("malformed recipient: it is mistyped")
		}
	}
	return nil
}

// recipientSigns are the signs of a recipient: letters and digits.
var recipientSigns = func() (signs [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789") {
		signs[c] = true
	}
	return signs
}()

// recipientLen is the length in characters of every hybrid recipient.
const recipientLen = 1959

func parseRecipient(s string) (*age.HybridRecipient, error) {
	switch {
	case strings.HasPrefix(strings.ToUpper(s[:min(len(s), 4)]), "AGE-"):
		return nil, errors.New("a secret key where a recipient belongs: want age1pq1…; treat the key as disclosed")
	case !strings.HasPrefix(s, "age1"):
		return nil, errors.New("malformed recipient: want age1pq1…")
	case !strings.HasPrefix(s, "age1pq1"):
		return nil, fmt.Errorf("recipient %q is not a post-quantum one: want age1pq1…, as age-keygen -pq makes", s[:min(len(s), 12)]+"…")
	case len(s) != recipientLen:
		return nil, fmt.Errorf("malformed recipient of %d characters: want age1pq1… of %d", len(s), recipientLen)
	}
	r, err := age.ParseHybridRecipient(s)
	if err != nil || r.String() != s { // recipients are compared as text
		return nil, errors.New("malformed recipient: it is mistyped or not canonical")
	}
	// A key can be well formed and still refuse to be sealed to, when its X25519
	// part is a point of small order. Whoever published one would stop every
	// rewrite of her unit's keyring.
	if _, err := r.Wrap(make([]byte, fileKeySize)); err != nil {
		return nil, errors.New("recipient cannot be sealed to: it is not a genuine key")
	}
	return r, nil
}

const fileKeySize = 16 // bytes

// sealTo seals padded text to hybrid recipients.
func sealTo(padded []byte, recipients []string) ([]byte, error) {
	rs, err := hybrid(recipients)
	if err != nil {
		return nil, err
	}
	return encrypt(padded, rs...)
}

// hybrid reads recipients, at least one and no two alike.
func hybrid(recipients []string) ([]age.Recipient, error) {
	if len(recipients) == 0 {
		return nil, errors.New("no recipients")
	}
	if len(recipients) > StanzaLimit {
		return nil, fmt.Errorf("%d recipients: want at most %d", len(recipients), StanzaLimit)
	}
	seen := make(map[string]bool, len(recipients))
	rs := make([]age.Recipient, len(recipients))
	for i, s := range recipients {
		if seen[s] {
			return nil, fmt.Errorf("recipient %d: duplicate", i+1)
		}
		seen[s] = true
		r, err := parseRecipient(s)
		if err != nil {
			return nil, fmt.Errorf("recipient %d: %w", i+1, err)
		}
		rs[i] = r
	}
	return rs, nil
}

// openSealedTo opens a file that is sealed to hybrid recipients and to nobody
// else, whether padded or not.
func openSealedTo(file []byte, limit, least int, ids []age.Identity) ([]byte, error) {
	h, err := inspectSealedTo(file, limit)
	if err != nil {
		return nil, damaged(err)
	}
	if len(ids) == 0 {
		return nil, ErrNotReader
	}
	text, err := decrypt(file, h.Size, ids...)
	if noMatch := (*age.NoIdentityMatchError)(nil); errors.As(err, &noMatch) {
		return nil, ErrNotReader
	} else if err != nil {
		return nil, damaged(err)
	}
	if t, err := unpad(text, least); err == nil {
		text = t
	}
	return text, nil
}
