package identity

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/medlem-register/medlem/internal/seal"
)

func give(p string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(p), nil }
}

// never fails the test when a passphrase is asked for.
func never(t *testing.T) func() ([]byte, error) {
	return func() ([]byte, error) {
		t.Helper()
		t.Error("asked for a passphrase")
		return nil, errors.New("not now")
	}
}

func write(t testing.TB, content []byte, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "identity.txt")
	if err := os.WriteFile(path, content, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// names returns what lies in a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestSaveLoad(t *testing.T) {
	i := newIdentity(t)
	path := filepath.Join(t.TempDir(), "identity.txt")

	// Plain.
	if err := i.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path, never(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.encode(), i.encode()) || got.Sealed() || got.Loose() {
		t.Error("plain: another identity came back")
	}

	// Sealed, in the place of the plain one.
	if err := got.Rotate("2026-12-22"); err != nil {
		t.Fatal(err)
	}
	if err := got.Save(path, []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	if !got.Sealed() {
		t.Error("saved with a passphrase, and does not say so")
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(file, []byte("age-encryption.org/v1\n-> scrypt ")) || !bytes.Contains(file, []byte(" 18\n")) || bytes.Contains(file, []byte("medlem")) {
		t.Error("the file is not sealed by a passphrase of work factor 18")
	}
	again, err := Load(path, give(testPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.encode(), got.encode()) || !again.Sealed() {
		t.Error("sealed: another identity came back")
	}
	if _, err := Load(path, give("something else")); !errors.Is(err, ErrWrongPassphrase) {
		t.Errorf("got %v, want ErrWrongPassphrase", err)
	}
	for _, p := range []func() ([]byte, error){give(""), nil, func() ([]byte, error) { return nil, errors.New("no terminal") }} {
		if _, err := Load(path, p); err == nil {
			t.Error("opened without a passphrase")
		}
	}

	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	if got := names(t, filepath.Dir(path)); got != "identity.txt" {
		t.Errorf("the folder holds %q", got)
	}
	if err := i.Save(path, []byte{}); err == nil {
		t.Error("saved with an empty passphrase")
	}
}

// TestVectors opens the files that must open for ever.
func TestVectors(t *testing.T) {
	const signing = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4" // computed by OpenSSL
	keyring, err := os.ReadFile("../seal/testdata/keyring.age")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"identity.txt", "identity.age"} {
		i, err := Load("testdata/"+name, give(testPassphrase))
		if err != nil {
			t.Fatal(err)
		}
		if i.Handle() != "o-sw42ziangi" || i.SigningKey() != signing {
			t.Errorf("%s: handle %q, signing key %q", name, i.Handle(), i.SigningKey())
		}
		if i.Created() != "2026-11-22" || len(i.Ages()) != 2 || len(i.Old()) != 1 || i.Sealed() != (name == "identity.age") {
			t.Errorf("%s: not as it was saved", name)
		}
		if !bytes.Equal(i.encode(), testdata(t, "identity.txt")) {
			t.Errorf("%s: another text", name)
		}
		if ring, err := seal.OpenKeyring(keyring, i.Ages()); err != nil || ring.Serial != 42 {
			t.Errorf("%s: the keyring of the vectors: %v", name, err)
		}
	}
}

func TestLoadSealed(t *testing.T) {
	text := testdata(t, "identity.txt")
	sealed, err := sealText(text, []byte(testPassphrase), 10)
	if err != nil {
		t.Fatal(err)
	}
	var armored bytes.Buffer
	w := armor.NewWriter(&armored)
	w.Write(sealed)
	w.Close()
	for name, file := range map[string][]byte{"sealed": sealed, "armored": armored.Bytes()} {
		if i, err := Load(write(t, file, 0o600), give(testPassphrase)); err != nil || !i.Sealed() {
			t.Errorf("%s: %v", name, err)
		}
	}

	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	var toKey bytes.Buffer
	kw, err := age.Encrypt(&toKey, hybrid.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	kw.Write(text)
	kw.Close()
	if _, err := Load(write(t, toKey.Bytes(), 0o600), never(t)); !errors.Is(err, ErrNotPassphrase) {
		t.Errorf("sealed to a key: got %v, want ErrNotPassphrase", err)
	}

	long, err := sealText(append(bytes.Clone(text), make([]byte, FileLimit)...), []byte(testPassphrase), 10)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"cut off":            sealed[:len(sealed)-1],
		"without payload":    sealed[:bytes.Index(sealed, []byte("--- "))+48],
		"altered":            append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1),
		"bytes after it":     append(bytes.Clone(sealed), 0),
		"work factor 21":     bytes.Replace(sealed, []byte(" 10\n"), []byte(" 21\n"), 1),
		"text over limit":    long,
		"file over limit":    append(bytes.Clone(sealed), make([]byte, FileLimit)...),
		"plain, over limit":  append(bytes.Clone(text), make([]byte, FileLimit)...),
		"something else":     []byte("-----BEGIN OPENSSH PRIVATE KEY-----\n"),
		"armor without body": []byte(armor.Header + "\n" + armor.Footer + "\n"),
	} {
		start := time.Now()
		_, err := Load(write(t, file, 0o600), give(testPassphrase))
		if err == nil || errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("%s: %v", name, err)
		} else if over := strings.Contains(err.Error(), "longer than"); over != strings.HasSuffix(name, "over limit") {
			t.Errorf("%s: another reason: %v", name, err)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	if _, err := Load(dir, nil); err == nil {
		t.Error("loaded a folder")
	}
}

func TestLoose(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps rights elsewhere")
	}
	for mode, loose := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o644: true, 0o620: true} {
		path := write(t, testdata(t, "identity.txt"), mode)
		i, err := Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if i.Loose() != loose {
			t.Errorf("mode %o: loose %v, want %v", mode, i.Loose(), loose)
		}
		if err := i.Save(path, nil); err != nil {
			t.Fatal(err)
		}
		if i, err = Load(path, nil); err != nil || i.Loose() {
			t.Errorf("mode %o: loose after Save, or %v", mode, err)
		}
	}
}
