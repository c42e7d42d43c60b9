// Package secretstore keeps the secrets of accounts that messages go out by: of a mail
// server, of an SMS gateway. Use Open with the folder of one copy of a register. A
// secret lies in the system's keyring, or in a file of mode 0600 where there is none or
// a person wants it so; it is never in the settings beside it, nor in a command line.
package secretstore

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/zalando/go-keyring"
)

// ErrNone says that there is no secret of that name.
var ErrNone = errors.New("no secret is kept under this name")

// ErrLoose says that others on the machine can read the file of a secret.
var ErrLoose = errors.New("others on this computer can read the file of this secret")

// Where a secret is kept.
type Where string

// The places.
const (
	Keyring Where = "keyring" // the system's
	File    Where = "file"    // of mode 0600
)

const (
	service     = "medlem"
	secretLimit = 1024 // bytes
)

var names = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// Store keeps the secrets of one copy of a register.
type Store struct {
	dir string
	id  string // of the folder, in the system's keyring
}

// Open returns the store of a folder, which need not exist yet.
func Open(dir string) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(abs))
	return &Store{abs, hex.EncodeToString(sum[:8])}, nil
}

// Best is where a secret is kept unless a person says otherwise: the keyring where the
// session has one.
func Best() Where {
	if runtime.GOOS != "linux" {
		return Keyring
	}
	if a := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); a == "" || strings.HasPrefix(a, "disabled") {
		return File // without a bus, asking for one would start a program
	}
	if _, err := keyring.Get(service, "none"); err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return File
	}
	return Keyring
}

// Put keeps a secret, in place of one of the same name wherever it was.
func (s *Store) Put(name, secret string, in Where) error {
	if !names.MatchString(name) || secret == "" || len(secret) > secretLimit || strings.ContainsAny(secret, "\r\n\x00") {
		return fmt.Errorf("keep secret: want a line of 1 to %d bytes", secretLimit)
	}
	switch in {
	case Keyring:
		if err := keyring.Set(service, s.user(name), secret); err != nil {
			return fmt.Errorf("keep secret in the system's keyring: %w", err)
		}
		if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	case File:
		return s.write(name, secret)
	}
	return fmt.Errorf("keep secret: unknown place %q", string(in))
}

// write replaces the file of a secret in one step.
func (s *Store) write(name, secret string) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "."+name+"-*") // of mode 0600
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, secret+"\n")
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), s.path(name))
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// Get returns a secret and where it is kept. The file counts before the keyring.
func (s *Store) Get(name string) (string, Where, error) {
	if !names.MatchString(name) {
		return "", "", ErrNone
	}
	f, err := os.Open(s.path(name))
	if err == nil {
		defer f.Close()
		secret, err := readSecret(f)
		return secret, File, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", "", err
	}
	if runtime.GOOS == "linux" && os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		return "", "", ErrNone
	}
	secret, err := keyring.Get(service, s.user(name))
	if errors.Is(err, keyring.ErrNotFound) {
		return "", "", ErrNone
	}
	if err != nil {
		return "", "", fmt.Errorf("ask the system's keyring: %w", err)
	}
	return secret, Keyring, nil
}

func readSecret(f *os.File) (string, error) {
	st, err := f.Stat()
	if err != nil {
		return "", err
	}
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return "", ErrLoose
	}
	b, err := io.ReadAll(io.LimitReader(f, secretLimit+2))
	if err != nil {
		return "", err
	}
	secret := strings.TrimSuffix(string(b), "\n")
	if secret == "" || len(secret) > secretLimit || strings.ContainsAny(secret, "\r\n\x00") {
		return "", errors.New("the file of the secret does not hold one line")
	}
	return secret, nil
}

// Remove forgets a secret wherever it is. That there is none is no error.
func (s *Store) Remove(name string) error {
	if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if runtime.GOOS == "linux" && os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		return nil
	}
	if err := keyring.Delete(service, s.user(name)); err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return fmt.Errorf("ask the system's keyring: %w", err)
	}
	return nil
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name+".secret") }
func (s *Store) user(name string) string { return name + " " + s.id }
