package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// The journal of a batch is clear text, one line for each thing that happened:
//
//	medlem outbox 1 email 1000
//	2026-11-22T10:00:00Z - released
//	2026-11-22T10:00:01Z 0 begun
//	2026-11-22T10:00:01Z 0 sent 250 ref
//
// that is: when, which message by its number from 0, its fate, the carrier's code and
// name for it, each "-" where there is none. The last line of a message counts. A line
// without an end was being written when the machine stopped, and counts for nothing:
// "begun" is on the disk before the message is handed over.
const (
	journalHead  = "medlem outbox 1 "
	journalLimit = 64 << 20 // bytes
	codeLimit    = 40       // bytes of a code or a reference
	heeded       = "heeded" // in the place of a reference: the refusal is noted in the member's record
	released     = "released"
	finished     = "finished"
)

// entry is where a message stands.
type entry struct {
	fate  Fate
	code  string
	ref   string
	tries int // how often it was begun or put off
	at    time.Time
	seq   int // which line of the journal said so
}

type journal struct {
	f        *os.File
	channel  string
	released bool // its receipt is made: it may go
	finished bool // nothing is left to send, and no address is kept
	of       []entry
	lines    int
}

// newJournal writes the first line of a journal.
func newJournal(path, channel string, n int) error {
	return writeFile(path, []byte(fmt.Sprintf("%s%s %d\n", journalHead, channel, n)))
}

// openJournal reads a journal, and with write opens it to be gone on with.
func openJournal(path string, write bool) (*journal, error) {
	mode := os.O_RDONLY
	if write {
		mode = os.O_RDWR
	}
	f, err := os.OpenFile(path, mode, 0)
	if err != nil {
		return nil, err
	}
	j := &journal{f: f}
	b, err := io.ReadAll(io.LimitReader(f, journalLimit+1))
	if err == nil && len(b) > journalLimit {
		err = fmt.Errorf("larger than %d bytes", journalLimit)
	}
	whole := bytes.LastIndexByte(b, '\n') + 1
	if err == nil {
		err = j.read(b[:whole])
	}
	if err == nil && write {
		if err = f.Truncate(int64(whole)); err == nil {
			_, err = f.Seek(int64(whole), io.SeekStart)
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("read the journal of the outbox: %w", err)
	}
	return j, nil
}

func (j *journal) read(b []byte) error {
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	head, ok := strings.CutPrefix(lines[0], journalHead)
	channel, count, ok2 := strings.Cut(head, " ")
	n, err := strconv.Atoi(count)
	if !ok || !ok2 || err != nil || n < 1 || n > MessageLimit {
		return errors.New("line 1: not the journal of an outbox")
	}
	j.channel, j.of = channel, make([]entry, n)
	for i := range j.of {
		j.of[i].fate = Created
	}
	for i, line := range lines[1:] {
		if err := j.line(line); err != nil {
			return fmt.Errorf("line %d: %w", i+2, err)
		}
	}
	return nil
}

func (j *journal) line(line string) error {
	p := strings.Split(line, " ")
	if len(p) < 3 {
		return errors.New("malformed")
	}
	at, err := time.Parse(time.RFC3339, p[0])
	if err != nil {
		return errors.New("malformed time")
	}
	if p[1] == "-" {
		j.released = j.released || p[2] == released
		j.finished = j.finished || p[2] == finished
		return nil
	}
	i, err := strconv.Atoi(p[1])
	if err != nil || i < 0 || i >= len(j.of) || len(p) != 5 {
		return errors.New("malformed")
	}
	j.set(i, entry{fate: Fate(p[2]), code: undash(p[3]), ref: undash(p[4]), at: at})
	return nil
}

// set notes where a message stands.
func (j *journal) set(i int, e entry) {
	j.lines++
	if e.ref == heeded {
		j.of[i].ref = heeded
		return
	}
	e.tries, e.seq = j.of[i].tries, j.lines
	if e.fate == Sent || e.fate == Refused || e.fate == PutOff {
		e.tries++
	}
	j.of[i] = e
}

// write notes where a message stands, and writes it; with sync it is on the disk.
func (j *journal) write(i int, e entry, sync bool) error {
	line := fmt.Sprintf("%s %d %s %s %s\n", e.at.UTC().Format(time.RFC3339), i, e.fate, dash(e.code), dash(e.ref))
	if _, err := j.f.WriteString(line); err != nil {
		return err
	}
	j.set(i, e)
	if sync {
		return j.f.Sync()
	}
	return nil
}

// mark writes what is so of the whole batch.
func (j *journal) mark(at time.Time, what string) error {
	if _, err := fmt.Fprintf(j.f, "%s - %s\n", at.UTC().Format(time.RFC3339), what); err != nil {
		return err
	}
	j.released = j.released || what == released
	j.finished = j.finished || what == finished
	return j.f.Sync()
}

// fate is where a message stands when nobody is at work on it.
func (j *journal) fate(i int) Fate {
	if f := j.of[i].fate; f != Begun {
		return f
	}
	return Unknown
}

func (j *journal) counts() map[Fate]int {
	out := map[Fate]int{}
	for i := range j.of {
		out[j.fate(i)]++
	}
	return out
}

func (j *journal) close() { j.f.Close() }

// dash keeps of a carrier's word what a journal may hold.
func dash(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return -1
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), codeLimit)]
}

func undash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}
