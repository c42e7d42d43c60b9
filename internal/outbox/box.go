package outbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/medlem-register/medlem/internal/register"
)

// A Sealer seals what lies in the outbox, so that only the officer opens it. Old tells of
// a sealed file whether it should be sealed anew, since her identity has changed.
type Sealer interface {
	Seal(text []byte) ([]byte, error)
	Open(file []byte) ([]byte, error)
}

// Errors that a caller acts on.
var (
	ErrNoBatch    = errors.New("nothing of this sending lies in the outbox")
	ErrUnreleased = errors.New("this sending has no receipt yet")
	ErrWaits      = errors.New("some of these messages are not sent")
)

// Box is the outbox of one copy of a register. It is locked until Close: two programs
// never send at once.
type Box struct {
	dir    string
	sealer Sealer
	now    func() time.Time
	unlock func()
}

const (
	batchFile   = "batch.age"
	journalFile = "journal"
)

// Open opens the outbox in a folder of its own, and makes it where there is none.
func Open(dir string, s Sealer, now func() time.Time) (*Box, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
	if err != nil {
		return nil, fmt.Errorf("lock outbox: %w", err)
	}
	b := &Box{dir, s, now, unlock}
	if err := b.sweep(); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Close releases the outbox.
func (b *Box) Close() { b.unlock() }

// partial ends the name of a folder that is not whole yet, or no more.
const partial = ".new"

// sweep takes away what a killed program left half made: it never had a receipt.
func (b *Box) sweep() error {
	es, err := os.ReadDir(b.dir)
	if err != nil {
		return err
	}
	for _, e := range es {
		if strings.HasSuffix(e.Name(), partial) {
			if err := os.RemoveAll(filepath.Join(b.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Box) path(id register.RecordID, name string) string {
	return filepath.Join(b.dir, string(id), name)
}

// Put seals the messages of a sending into the outbox, and gives each its token. They do
// not go before Release.
func (b *Box) Put(x *Batch) error {
	if err := x.check(); err != nil {
		return err
	}
	for i := range x.Messages {
		x.Messages[i].Token = newToken()
	}
	if _, err := os.Lstat(b.path(x.ID, "")); err == nil {
		return fmt.Errorf("sending %s lies in the outbox already", x.ID)
	}
	dir := filepath.Join(b.dir, string(x.ID)+partial)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := b.seal(filepath.Join(dir, batchFile), x); err != nil {
		return err
	}
	if err := newJournal(filepath.Join(dir, journalFile), x.Channel, len(x.Messages)); err != nil {
		return err
	}
	if err := os.Rename(dir, b.path(x.ID, "")); err != nil {
		return err
	}
	return syncDir(b.dir)
}

func (b *Box) seal(path string, x *Batch) error {
	text, err := x.encode()
	if err != nil {
		return err
	}
	defer clear(text)
	if len(text) > BatchLimit {
		return fmt.Errorf("the messages of this sending have %d bytes: want at most %d", len(text), BatchLimit)
	}
	file, err := b.sealer.Seal(text)
	if err != nil {
		return err
	}
	return writeFile(path, file)
}

// Release says that the sending has its receipt: its messages may go.
func (b *Box) Release(id register.RecordID) error {
	j, err := b.journal(id, true)
	if err != nil {
		return err
	}
	defer j.close()
	if j.released {
		return nil
	}
	return j.mark(b.now(), released)
}

func (b *Box) journal(id register.RecordID, write bool) (*journal, error) {
	j, err := openJournal(b.path(id, journalFile), write)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoBatch
	}
	return j, err
}

// Load opens the messages of a sending.
func (b *Box) Load(id register.RecordID) (*Batch, error) {
	st, err := os.Stat(b.path(id, batchFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoBatch
	}
	if err != nil {
		return nil, err
	}
	if st.Size() > BatchLimit+BatchLimit/8 {
		return nil, fmt.Errorf("the sealed messages have %d bytes: want at most %d", st.Size(), BatchLimit)
	}
	file, err := os.ReadFile(b.path(id, batchFile))
	if err != nil {
		return nil, err
	}
	text, err := b.sealer.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open the messages of sending %s: %w", id, err)
	}
	defer clear(text)
	x, err := decodeBatch(text)
	if err == nil && x.ID != id {
		err = errors.New("they are another sending's")
	}
	if err != nil {
		return nil, fmt.Errorf("open the messages of sending %s: %w", id, err)
	}
	return x, nil
}

// Status is how far a sending has come.
type Status struct {
	ID       register.RecordID
	Channel  string
	Messages int
	Released bool         // it has its receipt
	Finished bool         // nothing waits, and no address is kept
	Counts   map[Fate]int // how many messages, by fate
	Last     time.Time    // when something happened last; zero: never
}

// Waits is how many messages are still to go.
func (s *Status) Waits() int { return s.Counts[Created] + s.Counts[PutOff] }

// Status says how far a sending has come. It opens nothing.
func (b *Box) Status(id register.RecordID) (*Status, error) {
	j, err := b.journal(id, false)
	if err != nil {
		return nil, err
	}
	defer j.close()
	return j.status(id), nil
}

func (j *journal) status(id register.RecordID) *Status {
	s := &Status{ID: id, Channel: j.channel, Messages: len(j.of), Released: j.released, Finished: j.finished, Counts: j.counts()}
	for _, e := range j.of {
		if e.at.After(s.Last) {
			s.Last = e.at
		}
	}
	return s
}

// List says of every sending how far it has come, by id. It opens nothing.
func (b *Box) List() ([]*Status, error) {
	es, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, err
	}
	var out []*Status
	for _, e := range es {
		id, err := register.ParseRecordID(e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		s, err := b.Status(id)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(x, y *Status) int { return strings.Compare(string(x.ID), string(y.ID)) })
	return out, nil
}

// Look says what List does, of the outbox in a folder, to whoever has no key and does not
// want to wait for a program that is sending: what that has in its hands just now counts
// as unknown. A folder that is not there has nothing in it.
func Look(dir string) ([]*Status, error) {
	es, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	b := &Box{dir: dir}
	var out []*Status
	for _, e := range es { // sorted by name
		id, err := register.ParseRecordID(e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		s, err := b.Status(id)
		if errors.Is(err, ErrNoBatch) {
			continue // taken out since
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Fates is where each message of a sending stands, in the order of the batch.
func (b *Box) Fates(id register.RecordID) ([]Line, error) {
	j, err := b.journal(id, false)
	if err != nil {
		return nil, err
	}
	defer j.close()
	out := make([]Line, len(j.of))
	for i, e := range j.of {
		out[i] = Line{j.fate(i), e.code, e.ref, e.tries}
	}
	return out, nil
}

// A Line is where one message stands.
type Line struct {
	Fate  Fate
	Code  string
	Ref   string
	Tries int
}

// Drop takes a sending out of the outbox. ErrWaits unless force, where messages wait or
// have an unknown fate.
func (b *Box) Drop(id register.RecordID, force bool) error {
	s, err := b.Status(id)
	if err != nil {
		return err
	}
	if !force && s.Released && (s.Waits() > 0 || s.Counts[Unknown] > 0) {
		return ErrWaits
	}
	gone := b.path(id, "") + partial
	if err := os.Rename(b.path(id, ""), gone); err != nil {
		return err
	}
	return os.RemoveAll(gone)
}

// writeFile writes a file that nobody else can read, to the disk.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".*"+partial) // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // where it was renamed there is nothing to remove
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

// syncDir has the names in a folder written to the disk, where the system can.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	_ = f.Sync() // not every system syncs folders
	return nil
}
