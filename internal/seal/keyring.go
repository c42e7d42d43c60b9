package seal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

// Keyring holds the secrets of one unit. What it does not hold, nobody opens.
type Keyring struct {
	Unit     register.UnitID
	Serial   uint64                       // rises by one with every version, from 1
	Keys     map[register.RecordID]Key    // the key of every sealed file of the unit
	Versions map[Version]OldKey           // keys of older versions, kept for an undo
	Views    map[register.RecordID]string // view secrets, canonical text
	Joining  string                       // AGE-SECRET-KEY-PQ-1… to which members and strangers seal what they send, or ""
	Made     register.Day                 // the day on which Joining was made; "" not known
	Before   []OldJoining                 // those before it, by day and then by text; at most joiningLimit
}

// Version names an older version of a record.
type Version struct {
	ID  register.RecordID
	Rev int
}

// OldKey is the key of an older version, kept until a day.
type OldKey struct {
	Key   Key
	Until register.Day
}

// OldJoining is a joining identity that was replaced, kept until a day for what
// comes late.
type OldJoining struct {
	Identity string
	Until    register.Day
}

// Format implements fmt.Formatter. It withholds the identity for every verb.
func (o OldJoining) Format(f fmt.State, _ rune) {
	io.WriteString(f, "joining identity until "+string(o.Until)+" (withheld)")
}

// Format implements fmt.Formatter. It withholds the secrets for every verb.
func (k Keyring) Format(f fmt.State, _ rune) {
	io.WriteString(f, "keyring of "+string(k.Unit)+" (withheld)")
}

// MarshalText implements encoding.TextMarshaler, only to refuse: see Encode.
func (k Keyring) MarshalText() ([]byte, error) {
	return nil, errors.New("refusing to encode a keyring: call Encode where it must be written")
}

// Clone returns a copy that shares nothing with k.
func (k *Keyring) Clone() *Keyring {
	c := *k
	c.Keys, c.Versions, c.Views, c.Before = maps.Clone(k.Keys), maps.Clone(k.Versions), maps.Clone(k.Views), slices.Clone(k.Before)
	return &c
}

// Encode returns the canonical text of k (docs/format.md, Keyrings): a YAML
// subset with one line for each entry, sorted, that ParseKeyring reads.
func (k *Keyring) Encode() []byte {
	const lineGuess = 110 // bytes
	b := make([]byte, 0, 256+lineGuess*(len(k.Keys)+len(k.Versions)+len(k.Views)))
	b = append(b, "unit: "+string(k.Unit)+"\nserial: "...)
	b = strconv.AppendUint(b, k.Serial, 10)
	b = append(b, '\n')
	for _, id := range slices.Sorted(maps.Keys(k.Keys)) {
		b = append(b, "key "+string(id)+": "+k.Keys[id].String()+"\n"...)
	}
	for _, v := range slices.SortedFunc(maps.Keys(k.Versions), Version.compare) {
		old := k.Versions[v]
		b = append(b, "version "+string(v.ID)+"/"+strconv.Itoa(v.Rev)+": "+old.Key.String()+" "+string(old.Until)+"\n"...)
	}
	for _, id := range slices.Sorted(maps.Keys(k.Views)) {
		b = append(b, "view "+string(id)+": "+k.Views[id]+"\n"...)
	}
	if k.Joining != "" {
		b = append(b, "joining: "+k.Joining...)
		if k.Made != "" {
			b = append(b, " "+string(k.Made)...)
		}
		b = append(b, '\n')
	}
	for _, o := range k.Before {
		b = append(b, "joining-before: "+o.Identity+" "+string(o.Until)+"\n"...)
	}
	return b
}

func (v Version) compare(w Version) int {
	return cmp.Or(cmp.Compare(v.ID, w.ID), cmp.Compare(v.Rev, w.Rev))
}

// SealKeyring seals k to hybrid recipients (age1pq1…), at least one and no two
// alike, padded so that its size tells little of the number of members. It
// refuses a keyring that ParseKeyring would not read.
func SealKeyring(k *Keyring, recipients []string) ([]byte, error) {
	text := k.Encode()
	defer clear(text)
	if _, err := ParseKeyring(text); err != nil {
		return nil, fmt.Errorf("seal keyring: %w", err)
	}
	padded := padTo(text, KeyringBucket)
	defer clear(padded)
	file, err := sealTo(padded, recipients)
	if err == nil && len(file) > KeyringLimit {
		err = fmt.Errorf("sealed file of %d bytes: want at most %d", len(file), KeyringLimit)
	}
	if err != nil {
		return nil, fmt.Errorf("seal keyring: %w", err)
	}
	return file, nil
}

// OpenKeyring opens a keyring with whichever identity fits, ErrNotReader if
// none does. That it is the right unit's, and of the right serial, is the
// caller's to compare.
func OpenKeyring(file []byte, ids []age.Identity) (*Keyring, error) {
	text, err := openSealedTo(file, KeyringLimit, KeyringBucket, ids)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	k, err := ParseKeyring(text)
	if err != nil {
		return nil, damaged(err)
	}
	return k, nil
}
