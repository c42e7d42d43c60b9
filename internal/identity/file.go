package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// FileLimit bounds the size of an identity file, and of the text in a sealed
// one.
const FileLimit = 64 << 10 // 64 KiB

// Errors of Load.
var (
	// ErrWrongPassphrase says that the passphrase does not open the file.
	ErrWrongPassphrase = errors.New("wrong passphrase")
	// ErrNotPassphrase says that the file is sealed, but to a key.
	ErrNotPassphrase = errors.New("sealed to a key, not by a passphrase: open it with age first")
)

// Load reads an identity file. Only if it is sealed by a passphrase does it call
// passphrase; the caller wipes what that returned. Files that stock age sealed
// open too, armored or not. A file that others may read is returned all the
// same: see Loose.
func Load(path string, passphrase func() ([]byte, error)) (*Identity, error) {
	content, loose, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("read identity: %w", err)
	}
	defer clear(content)
	text, sealed := content, isSealed(content)
	if sealed {
		if text, err = open(content, passphrase); err != nil {
			return nil, fmt.Errorf("open identity %q: %w", path, err)
		}
		defer clear(text)
	}
	i, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("read identity %q: %w", path, err)
	}
	i.sealed, i.loose = sealed, loose
	return i, nil
}

func read(path string) (content []byte, loose bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	if content, err = readAll(f); err != nil {
		return nil, false, fmt.Errorf("%q: %w", path, err)
	}
	// Windows keeps rights elsewhere, and shows every file as readable by all.
	loose = runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
	return content, loose, nil
}

// readAll reads at most FileLimit bytes into memory that is allocated once, so
// that the caller can wipe it.
func readAll(r io.Reader) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, FileLimit+1+bytes.MinRead))
	_, err := buf.ReadFrom(io.LimitReader(r, FileLimit+1))
	if err == nil && buf.Len() > FileLimit {
		err = fmt.Errorf("longer than %d bytes", FileLimit)
	}
	if err != nil {
		clear(buf.Bytes())
		return nil, err
	}
	return buf.Bytes(), nil
}

// Save writes the identity to path: plain if passphrase is nil, else sealed by
// it; an empty one is refused. The caller wipes the passphrase. An identity that was loaded from a sealed
// file is not sealed again by itself: give the passphrase.
//
// The file is written beside the old one, forced to disk and put in its place,
// so that there is a whole one at every instant; it is private to its owner. A
// symbolic link stays, and what it points to is replaced.
func (i *Identity) Save(path string, passphrase []byte) error {
	content := i.encode()
	defer clear(content)
	file := content
	if passphrase != nil {
		var err error
		if file, err = sealText(content, passphrase, workFactor); err != nil {
			return fmt.Errorf("save identity: %w", err)
		}
	}
	if err := replace(path, file); err != nil {
		return fmt.Errorf("save identity: %w", err)
	}
	i.sealed, i.loose = passphrase != nil, false
	return nil
}
