package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

// Every blob has one size and one form, whatever it holds: who carries it cannot
// tell a leaver from a stranger, or a long message from a short one.
func TestBlobsAreAlike(t *testing.T) {
	unit, other := newHybrid(t), newHybrid(t)
	for _, text := range []string{"a\n", strings.Repeat("å", 3000) + "\n", strings.Repeat("x", BlobTextLimit)} {
		file, err := SealBlob([]byte(text), unit.Recipient().String())
		if err != nil {
			t.Fatal(err)
		}
		if len(file) != BlobSize || BlobSize != 18_043 {
			t.Errorf("a text of %d bytes gave a file of %d, want %d", len(text), len(file), BlobSize)
		}
		if err := CheckBlob(file); err != nil {
			t.Error(err)
		}
		got, err := OpenBlob(file, []age.Identity{other, unit})
		if err != nil || strings.TrimSuffix(string(got), "\n") != strings.TrimSuffix(text, "\n") {
			t.Errorf("another text came back: %v", err)
		}
		if _, err := OpenBlob(file, []age.Identity{other}); !errors.Is(err, ErrNotReader) {
			t.Errorf("another unit's identity: %v, want ErrNotReader", err)
		}
		if _, err := OpenBlob(file, nil); !errors.Is(err, ErrNotReader) {
			t.Errorf("no identity: %v, want ErrNotReader", err)
		}
	}
	if _, err := SealBlob(make([]byte, BlobTextLimit+1), unit.Recipient().String()); err == nil {
		t.Error("a text over the limit was sealed")
	}
}

// ATTACK: files that are not blobs are laid where blobs are taken in. Each is
// refused for what it is, before anything is decrypted where its form tells.
func TestAttackBlobForms(t *testing.T) {
	unit, second := newHybrid(t), newHybrid(t)
	to := unit.Recipient().String()
	good, err := SealBlob([]byte("a\n"), to)
	if err != nil {
		t.Fatal(err)
	}
	two, err := sealTo(padTo([]byte("a\n"), BlobBucket), []string{to, second.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	small, err := sealTo(padTo([]byte("a\n"), RecordBucket), []string{to})
	if err != nil {
		t.Fatal(err)
	}
	record, err := Seal(NewKey(), []byte("a\n"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	unpadded, err := sealTo(bytes.Repeat([]byte("a"), BlobBucket), []string{to})
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"empty": nil, "one byte less": good[:len(good)-1], "one byte more": append(bytes.Clone(good), 0),
		"two recipients": two, "a smaller bucket": small, "a record": record, "altered": flipped, "no padding": unpadded,
		"a classic recipient": ageSeal(t, padTo([]byte("a\n"), BlobBucket), newClassic(t).Recipient()),
		"zeros":               make([]byte, BlobSize),
	} {
		if _, err := OpenBlob(file, []age.Identity{unit}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
	if _, err := OpenBlob(good, []age.Identity{unit}); err != nil { // the honest twin
		t.Error(err)
	}
}

// A joining identity is replaced, and opens what comes late until its day.
func TestJoiningRenewed(t *testing.T) {
	k := testKeyring()
	if r, err := k.JoiningRecipient(); r != "" || err != nil {
		t.Errorf("a keyring without a joining identity has the recipient %q, %v", r, err)
	}
	var sent [][]byte
	for i, day := range []register.Day{"2026-11-22", "2026-12-22", "2027-01-21"} {
		if err := k.RenewJoining(day, day.Add(60)); err != nil {
			t.Fatal(err)
		}
		r, err := k.JoiningRecipient()
		if err != nil {
			t.Fatal(err)
		}
		file, err := SealBlob([]byte("a\n"), r)
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, file)
		if k.Made != day || len(k.Before) != i {
			t.Errorf("made %s, %d before it", k.Made, len(k.Before))
		}
	}
	opens := func() (n int) {
		t.Helper()
		k, err := ParseKeyring(k.Encode()) // as the keyring is written
		if err != nil {
			t.Fatal(err)
		}
		ids, err := k.JoiningIdentities()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range sent {
			if _, err := OpenBlob(f, ids); err == nil {
				n++
			}
		}
		return n
	}
	if n := opens(); n != 3 {
		t.Errorf("%d of 3 open", n)
	}
	k.DropJoining("2027-02-20", false) // the last day of the first
	if n := opens(); n != 3 {
		t.Errorf("on its last day the oldest no longer opens: %d of 3", n)
	}
	k.DropJoining("2027-02-21", false)
	if n := opens(); n != 2 {
		t.Errorf("a day later %d of 3 open, want 2", n)
	}
	c := k.Clone()
	c.DropJoining("2027-02-21", true)
	if n := opens(); n != 2 || c.Joining != "" || c.Made != "" || c.Before != nil {
		t.Error("dropping a copy's identities changed the original, or left some")
	}
	for range joiningLimit + 2 {
		if err := k.RenewJoining("2027-02-21", "2027-04-22"); err != nil {
			t.Fatal(err)
		}
	}
	if len(k.Before) != joiningLimit {
		t.Errorf("%d older identities, want at most %d", len(k.Before), joiningLimit)
	}
	if _, err := ParseKeyring(k.Encode()); err != nil {
		t.Error(err)
	}
}
