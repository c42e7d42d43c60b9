package seal

import (
	"cmp"
	"errors"
	"slices"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

// A unit's joining identity is what members and strangers seal to who have nothing
// but the public pages: its recipient stands in clear there. It is replaced every
// few weeks, and whenever a reader leaves, so that what she takes along opens
// nothing that is sent after that.

// joiningLimit bounds how many older joining identities a keyring holds. Of more,
// those that end first go.
const joiningLimit = 64

// NewJoining returns a fresh joining identity in its one text.
func NewJoining() (string, error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", err
	}
	return id.String(), nil
}

// checkJoining returns an error unless s is a hybrid identity in its one text.
func checkJoining(s string) error {
	id, err := age.ParseHybridIdentity(s)
	if err != nil || id.String() != s {
		return errors.New("malformed joining identity")
	}
	return nil
}

func (o OldJoining) compare(p OldJoining) int {
	return cmp.Or(cmp.Compare(o.Until, p.Until), cmp.Compare(o.Identity, p.Identity))
}

// RenewJoining gives k a fresh joining identity, made today, and keeps the one
// before until a day.
func (k *Keyring) RenewJoining(today, until register.Day) error {
	fresh, err := NewJoining()
	if err != nil {
		return err
	}
	if k.Joining != "" {
		k.Before = append(k.Before, OldJoining{k.Joining, until})
		slices.SortFunc(k.Before, OldJoining.compare)
		k.Before = k.Before[max(0, len(k.Before)-joiningLimit):]
	}
	k.Joining, k.Made = fresh, today
	return nil
}

// DropJoining takes the joining identities out that are over: those before today's
// that were kept until an earlier day, or all of them.
func (k *Keyring) DropJoining(today register.Day, all bool) {
	k.Before = slices.DeleteFunc(k.Before, func(o OldJoining) bool { return all || o.Until < today })
	if len(k.Before) == 0 {
		k.Before = nil
	}
	if all {
		k.Joining, k.Made = "", ""
	}
}

// JoiningRecipient returns the recipient of the joining identity, "" if there is
// none.
func (k *Keyring) JoiningRecipient() (string, error) {
	if k.Joining == "" {
		return "", nil
	}
	id, err := age.ParseHybridIdentity(k.Joining)
	if err != nil {
		return "", errors.New("malformed joining identity")
	}
	return id.Recipient().String(), nil
}

// JoiningIdentities returns the joining identity and those before it, the newest
// first.
func (k *Keyring) JoiningIdentities() ([]age.Identity, error) {
	var out []age.Identity
	texts := []string{k.Joining}
	for _, o := range slices.Backward(k.Before) {
		texts = append(texts, o.Identity)
	}
	for _, s := range texts {
		if s == "" {
			continue
		}
		id, err := age.ParseHybridIdentity(s)
		if err != nil {
			return nil, errors.New("malformed joining identity")
		}
		out = append(out, id)
	}
	return out, nil
}
