package identity

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/medlem-register/medlem/internal/seal/agetest"
)

// The second opinion: stock age opens keyrings with our identity files, and
// seals and opens the files themselves.

// keyringFile is a keyring on disk, and the text that opening it should give.
func keyringFile(t *testing.T, recipient string) (path string, text []byte) {
	t.Helper()
	k, file := testKeyring(t, recipient)
	path = filepath.Join(t.TempDir(), "keyring.age")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, k.Encode()
}

func TestStockUsesPlain(t *testing.T) {
	i := newIdentity(t)
	first := i.Recipient()
	if err := i.Rotate("2026-12-22"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "identity.txt")
	if err := i.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	for name, recipient := range map[string]string{"current": i.Recipient(), "older": first} {
		keyring, want := keyringFile(t, recipient)
		got, err := agetest.Age(t, nil, nil, "-d", "-i", path, keyring)
		if err != nil || !bytes.HasPrefix(got, want) {
			t.Errorf("%s identity: age opened %d bytes; %v", name, len(got), err)
		}
	}
}

func TestStockOpensSealed(t *testing.T) {
	got, err := agetest.Age(t, []string{"AGE_PASSPHRASE=" + testPassphrase}, testdata(t, "identity.age"), "-d", "-j", "batchpass")
	if err != nil || !bytes.Equal(got, testdata(t, "identity.txt")) {
		t.Errorf("age opened %d bytes; %v", len(got), err)
	}
	if decrypt, ok := agetest.Rage(t); ok {
		got, err := decrypt(testPassphrase, testdata(t, "identity.age"))
		if err != nil || !bytes.Equal(got, testdata(t, "identity.txt")) {
			t.Errorf("rage opened %d bytes; %v", len(got), err)
		}
	}
}

func TestLoadSealedByStock(t *testing.T) {
	env := []string{"AGE_PASSPHRASE=" + testPassphrase, "AGE_PASSPHRASE_WORK_FACTOR=10"}
	for _, args := range [][]string{{"-e", "-j", "batchpass"}, {"-e", "-a", "-j", "batchpass"}} {
		file, err := agetest.Age(t, env, testdata(t, "identity.txt"), args...)
		if err != nil {
			t.Fatal(err)
		}
		i, err := Load(write(t, file, 0o600), give(testPassphrase))
		if err != nil || !bytes.Equal(i.encode(), testdata(t, "identity.txt")) {
			t.Errorf("age %v: %v", args, err)
		}
	}
}

func TestStockUsesRecovery(t *testing.T) {
	recipient, secret, err := Recovery()
	if err != nil {
		t.Fatal(err)
	}
	keyring, want := keyringFile(t, recipient)
	got, err := agetest.Age(t, nil, nil, "-d", "-i", write(t, []byte(secret+"\n"), 0o600), keyring)
	if err != nil || !bytes.HasPrefix(got, want) {
		t.Errorf("age opened %d bytes; %v", len(got), err)
	}
}
