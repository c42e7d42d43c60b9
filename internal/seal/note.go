package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"filippo.io/age"
)

// A note is a short text for one person: the secretariat's answer to a proposal.
const notePrefix = "medlem: 1\nnote: "

// NoteLimit is the longest text of a note, in bytes.
const NoteLimit = 4 << 10 // 4 KiB

// SealNote seals a text to hybrid recipients (age1pq1…).
func SealNote(text []byte, recipients []string) ([]byte, error) {
	if len(text) > NoteLimit {
		return nil, fmt.Errorf("note of %d bytes: want at most %d", len(text), NoteLimit)
	}
	quoted, err := json.Marshal(string(text))
	if err != nil {
		return nil, err
	}
	padded := Pad(append([]byte(notePrefix), append(quoted, '\n')...))
	defer clear(padded)
	file, err := sealTo(padded, recipients)
	if err == nil && len(file) > EnvelopeLimit {
		err = errors.New("too many recipients for a note")
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

// OpenNote opens a note with whichever identity fits, ErrNotReader if none does.
func OpenNote(file []byte, ids []age.Identity) ([]byte, error) {
	text, err := openSealedTo(file, EnvelopeLimit, RecordBucket, ids)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	rest, ok := bytes.CutPrefix(text, []byte(notePrefix))
	var s string
	if !ok || json.Unmarshal(rest, &s) != nil {
		return nil, damaged(errors.New("not a note"))
	}
	return []byte(s), nil
}
