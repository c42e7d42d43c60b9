package seal

import (
	"errors"
	"fmt"

	"filippo.io/age"
)

// ListLimit is the size in bytes of the largest list that is sealed to whoever
// gets it, before and after: what one object of the register's server can be.
const ListLimit = 96 << 20 // 96 MiB

// SealedListLimit is the size in bytes of the largest sealed list: its header and the
// tags of its chunks come on top.
const SealedListLimit = ListLimit + 1<<20

// CheckList returns nil if file has the form of a list that is sealed to so many
// hybrid recipients, and to nobody else.
func CheckList(file []byte, stanzas int) error {
	h, err := inspectSealedTo(file, SealedListLimit)
	if err != nil {
		return err
	}
	if len(h.Stanzas) != stanzas {
		return refuse(RuleCount, "sealed to %d recipients: want %d", len(h.Stanzas), stanzas)
	}
	return nil
}

// SealList seals a list that leaves the register to hybrid recipients (age1pq1…).
// It is not padded: a receipt says in clear how many it names, and stock age must
// give the file back as it is.
func SealList(plaintext []byte, recipients []string) ([]byte, error) {
	if len(plaintext) > ListLimit {
		return nil, fmt.Errorf("list of %d bytes: want at most %d", len(plaintext), ListLimit)
	}
	return sealTo(plaintext, recipients)
}

// OpenList opens what SealList sealed with whichever identity fits, ErrNotReader
// if none does.
func OpenList(file []byte, ids []age.Identity) ([]byte, error) {
	h, err := inspectSealedTo(file, SealedListLimit)
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
	return text, nil
}
