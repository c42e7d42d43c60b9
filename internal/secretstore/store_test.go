package secretstore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/zalando/go-keyring"
)

func store(t *testing.T) (*Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "medlem")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func TestFile(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	s, dir := store(t)
	if _, _, err := s.Get("sms"); !errors.Is(err, ErrNone) {
		t.Fatalf("%v", err)
	}
	for _, secret := range []string{"first", "the second"} {
		if err := s.Put("sms", secret, File); err != nil {
			t.Fatal(err)
		}
		got, in, err := s.Get("sms")
		if got != secret || in != File || err != nil {
			t.Fatalf("%q %s %v", got, in, err)
		}
	}
	path := filepath.Join(dir, "sms.secret")
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", st.Mode(), err)
	}
	if es, _ := os.ReadDir(dir); len(es) != 1 {
		t.Errorf("%d files are left", len(es))
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Get("sms"); !errors.Is(err, ErrLoose) {
		t.Errorf("a file that others read: %v", err)
	}
	if err := s.Remove("sms"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Get("sms"); !errors.Is(err, ErrNone) {
		t.Errorf("%v", err)
	}
	if Best() != File {
		t.Error("there is no keyring in this session")
	}
}

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	if Best() != Keyring {
		t.Error("the keyring is not taken")
	}
	s, dir := store(t)
	if err := s.Put("smtp", "in a file", File); err != nil {
		t.Fatal(err)
	}
	if err := s.Put("smtp", "in the keyring", Keyring); err != nil {
		t.Fatal(err)
	}
	if got, in, err := s.Get("smtp"); got != "in the keyring" || in != Keyring || err != nil {
		t.Errorf("%q %s %v", got, in, err)
	}
	if es, _ := os.ReadDir(dir); len(es) != 0 {
		t.Error("the file is still there")
	}
	other, _ := store(t)
	if _, _, err := other.Get("smtp"); !errors.Is(err, ErrNone) {
		t.Errorf("another register's: %v", err)
	}
	if err := s.Remove("smtp"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Get("smtp"); !errors.Is(err, ErrNone) {
		t.Errorf("%v", err)
	}
}

func TestPutRefuses(t *testing.T) {
	s, _ := store(t)
	for name, secret := range map[string]string{"sms": "", "mail": "two\nlines", "../x": "a", "": "b"} {
		if s.Put(name, secret, File) == nil {
			t.Errorf("%q was kept", name)
		}
	}
	if s.Put("sms", "a", "cloud") == nil {
		t.Error("kept in an unknown place")
	}
}
