package seal

import (
	"bytes"
	"testing"

	"filippo.io/age"
)

// A list opens for its receiver as it was, to the byte, and for nobody else; what
// others changed of it does not open at all.
func TestList(t *testing.T) {
	mine, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 1 << 10, 200_000} {
		plain := bytes.Repeat([]byte("#\n"), n)[:n] // such text is padding elsewhere
		file, err := SealList(plain, []string{mine.Recipient().String()})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := OpenList(file, []age.Identity{mine}); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := OpenList(file, []age.Identity{other}); err != ErrNotReader {
			t.Errorf("for another: %v", err)
		}
		if _, err := OpenList(file, nil); err != ErrNotReader {
			t.Errorf("for nobody: %v", err)
		}
		if err := CheckList(file, 1); err != nil {
			t.Error(err)
		}
		if err := CheckList(file, 2); err == nil {
			t.Error("one recipient counts as two")
		}
		for _, at := range []int{0, len(file) / 2, len(file) - 1} {
			bad := bytes.Clone(file)
			bad[at] ^= 1
			if _, err := OpenList(bad, []age.Identity{mine}); err == nil {
				t.Errorf("byte %d changed: it opens", at)
			}
		}
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := SealList(nil, []string{classic.Recipient().String()}); err == nil {
		t.Error("sealed to a classic recipient")
	}
	if err := CheckList([]byte("Kvåle;Åse\n"), 1); err == nil {
		t.Error("what is not sealed is taken for a list")
	}
}
