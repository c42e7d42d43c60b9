package seal

import (
	"bufio"
	"errors"
	"io"

	"filippo.io/age"
)

// A backup is the whole register in one age file: nobody pads it, and its size is that
// of the register. It is streamed, since a register need not fit into memory.

// backupHeaderLimit is the size in bytes of the largest header of a backup: some 160
// recipients.
const backupHeaderLimit = 256 << 10 // 256 KiB

// SealBackup returns a writer that seals what is written to hybrid recipients
// (age1pq1…), at least one and no two alike. The file is whole when Close has returned.
func SealBackup(w io.Writer, recipients []string) (io.WriteCloser, error) {
	rs, err := hybrid(recipients)
	if err != nil {
		return nil, err
	}
	return age.Encrypt(w, rs...)
}

// OpenBackup opens what SealBackup sealed with whichever identity fits, ErrNotReader if
// none does. It refuses a file that is sealed to anybody but hybrid recipients. What is
// read must be thrown away unless the reader comes to its end without an error.
func OpenBackup(r io.Reader, ids []age.Identity) (io.Reader, error) {
	b := bufio.NewReaderSize(r, backupHeaderLimit)
	head, err := b.Peek(backupHeaderLimit)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := checkBackupHeader(head); err != nil {
		return nil, damaged(err)
	}
	if len(ids) == 0 {
		return nil, ErrNotReader
	}
	out, err := age.Decrypt(b, ids...)
	if noMatch := (*age.NoIdentityMatchError)(nil); errors.As(err, &noMatch) {
		return nil, ErrNotReader
	} else if err != nil {
		return nil, damaged(err)
	}
	return &wholeReader{out}, nil
}

// wholeReader says of what cannot be read to its end that it is damaged.
type wholeReader struct{ r io.Reader }

func (w *wholeReader) Read(b []byte) (int, error) {
	n, err := w.r.Read(b)
	if err != nil && err != io.EOF {
		err = damaged(err)
	}
	return n, err
}

func checkBackupHeader(head []byte) error {
	stanzas, _, err := parseHeader(head, backupHeaderLimit)
	if err != nil {
		return err
	}
	for i, s := range stanzas {
		if s.Type != hybridType {
			return refuse(RuleStanza, "stanza %d of type %q: want %q", i+1, clip(s.Type), hybridType)
		}
	}
	return nil
}
