package seal_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/seal"
)

// What an officer seals to herself opens with her identity, also in stock age, with
// nobody else's, and not where a byte has changed.
func TestOwn(t *testing.T) {
	her, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Repeat([]byte("canary "), 20_000)
	file, err := seal.SealOwn(text, her.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seal.OpenOwn(file, []age.Identity{other, her}); err != nil || !bytes.Equal(got, text) {
		t.Errorf("%v", err)
	}
	r, err := age.Decrypt(bytes.NewReader(file), her)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text) {
		t.Errorf("stock age: %v", err)
	}
	if _, err := seal.OpenOwn(file, []age.Identity{other}); !errors.Is(err, seal.ErrNotReader) {
		t.Errorf("another identity: %v", err)
	}
	for _, at := range []int{10, 800, len(file) / 2, len(file) - 1} {
		bad := bytes.Clone(file)
		bad[at] ^= 1
		if _, err := seal.OpenOwn(bad, []age.Identity{her}); err == nil {
			t.Errorf("byte %d changed: it opens", at)
		}
	}
	if _, err := seal.SealOwn(text, "age1x"); err == nil {
		t.Error("sealed to no recipient")
	}
}
