package seal

import (
	"bytes"
	"fmt"
	"io"

	"filippo.io/age"
)

// OwnLimit is the largest text, in bytes, that an officer seals to herself: what waits to
// be sent, on one machine.
const OwnLimit = 256 << 20 // 256 MiB

// SealOwn seals to one hybrid recipient (age1pq1…) what stays on the machine of whoever
// has its identity. Nobody pads it.
func SealOwn(text []byte, recipient string) ([]byte, error) {
	if len(text) > OwnLimit {
		return nil, fmt.Errorf("%d bytes to seal: want at most %d", len(text), OwnLimit)
	}
	var file bytes.Buffer
	w, err := SealBackup(&file, []string{recipient})
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

// OpenOwn opens what SealOwn sealed with whichever identity fits, ErrNotReader if none
// does.
func OpenOwn(file []byte, ids []age.Identity) ([]byte, error) {
	r, err := OpenBackup(bytes.NewReader(file), ids)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, OwnLimit+1))
	if err != nil {
		return nil, err
	}
	if len(text) > OwnLimit {
		return nil, damaged(fmt.Errorf("more than %d bytes", OwnLimit))
	}
	return text, nil
}
