package seal

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

// RunListLimit is the size in bytes of the largest sealed list of a run. Its text is
// at most half of that, more than the 10,000 records that a run may have take.
const RunListLimit = 4 << 20 // 4 MiB

// RunList is whom a run is to erase. It lies beside the run, sealed to the
// secretariat and the recovery recipient alone, and goes when the run is done or
// stopped.
type RunList struct {
	Unit    register.UnitID   // in whose folder the run lies: the top one
	ID      register.RecordID // of the run
	Nonce   [32]byte          // with which the run's digests begin: random
	Records []RunRecord       // sorted by id
}

// RunRecord is one record of a run, as it stood when the run was proposed.
type RunRecord struct {
	ID    register.RecordID
	Unit  register.UnitID
	Rule  string         // the policy's reason for which the membership ended
	Month register.Month // by which it was to be erased
}

// Format implements fmt.Formatter. It withholds the content for every verb.
func (l RunList) Format(f fmt.State, _ rune) {
	io.WriteString(f, "list of run "+string(l.ID)+" (withheld)")
}

// MarshalText implements encoding.TextMarshaler, only to refuse: see Encode.
func (l RunList) MarshalText() ([]byte, error) {
	return nil, errors.New("refusing to encode the list of a run: call Encode where it must be written")
}

// IDs are the ids of its records.
func (l *RunList) IDs() []register.RecordID {
	out := make([]register.RecordID, len(l.Records))
	for i, x := range l.Records {
		out[i] = x.ID
	}
	return out
}

// Encode returns the canonical text of l (docs/format.md, Runs), which ParseRunList
// reads.
func (l *RunList) Encode() []byte {
	var b strings.Builder
	b.WriteString("unit: " + string(l.Unit) + "\nrun: " + string(l.ID) + "\nnonce: " + hex.EncodeToString(l.Nonce[:]) + "\n")
	for _, x := range l.Records {
		b.WriteString("record " + string(x.ID) + ": " + string(x.Unit) + " " + x.Rule + " " + string(x.Month) + "\n")
	}
	return []byte(b.String())
}

// SealRunList seals l to hybrid recipients (age1pq1…): those of the secretariat and
// the recovery recipient. It refuses what ParseRunList would not read.
func SealRunList(l *RunList, recipients []string) ([]byte, error) {
	text := l.Encode()
	defer clear(text)
	if _, err := ParseRunList(text); err != nil {
		return nil, fmt.Errorf("seal the list of a run: %w", err)
	}
	padded := padTo(text, KeyringBucket)
	defer clear(padded)
	file, err := sealTo(padded, recipients)
	if err == nil && len(file) > RunListLimit {
		err = fmt.Errorf("sealed file of %d bytes: want at most %d", len(file), RunListLimit)
	}
	if err != nil {
		return nil, fmt.Errorf("seal the list of a run: %w", err)
	}
	return file, nil
}

// OpenRunList opens the list of a run with whichever identity fits, ErrNotReader if
// none does. That it is the right run's is the caller's to compare.
func OpenRunList(file []byte, ids []age.Identity) (*RunList, error) {
	text, err := openSealedTo(file, RunListLimit, KeyringBucket, ids)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	l, err := ParseRunList(text)
	if err != nil {
		return nil, damaged(err)
	}
	return l, nil
}

// CheckRunList is CheckSealedTo for the list of a run, which may be larger than an
// envelope.
func CheckRunList(file []byte, stanzas int) error {
	return checkSealedTo(file, RunListLimit, stanzas, KeyringBucket)
}

// ParseRunList parses the text of a run's list, and accepts only what Encode writes.
// Its errors name lines and never quote one.
func ParseRunList(text []byte) (*RunList, error) {
	if len(text) > RunListLimit/2-paddingMinimum {
		return nil, fmt.Errorf("list of %d bytes: want at most %d", len(text), RunListLimit/2-paddingMinimum)
	}
	l, p := &RunList{}, lineReader{rest: string(text), order: "unit, run, nonce, then record"}
	if err := l.parse(&p); err != nil {
		return nil, fmt.Errorf("run line %d: %w", p.n, err)
	}
	return l, nil
}

func (l *RunList) parse(p *lineReader) error {
	unit, err := p.line("unit: ")
	if err != nil {
		return err
	}
	if l.Unit, err = register.ParseUnitID(unit); err != nil {
		return errors.New("malformed unit")
	}
	id, err := p.line("run: ")
	if err != nil {
		return err
	}
	if l.ID, err = register.ParseRecordID(id); err != nil {
		return errors.New("malformed id")
	}
	nonce, err := p.line("nonce: ")
	if err != nil {
		return err
	}
	b, err := hex.DecodeString(nonce)
	if err != nil || len(b) != len(l.Nonce) || strings.ToLower(nonce) != nonce || [32]byte(b) == [32]byte{} {
		return errors.New("malformed nonce")
	}
	l.Nonce = [32]byte(b)
	for p.rest != "" {
		line, err := p.line("record ")
		if err != nil {
			return err
		}
		x, err := parseRunRecord(line)
		if err != nil {
			return err
		}
		if n := len(l.Records); n > 0 && x.ID <= l.Records[n-1].ID {
			return errors.New("duplicate or not sorted")
		}
		l.Records = append(l.Records, x)
	}
	if len(l.Records) == 0 {
		return errors.New("a run of no record")
	}
	return nil
}

// parseRunRecord reads "<id>: <unit> <rule> <month>".
func parseRunRecord(line string) (x RunRecord, err error) {
	bad := errors.New("malformed: want an id, a colon, a unit, a reason and a month")
	name, rest, ok := strings.Cut(line, ": ")
	w := strings.Split(rest, " ")
	if !ok || len(w) != 3 || !register.IsKey(w[1]) {
		return x, bad
	}
	x.Rule = w[1]
	if x.ID, err = register.ParseRecordID(name); err != nil {
		return x, bad
	}
	if x.Unit, err = register.ParseUnitID(w[0]); err != nil {
		return x, bad
	}
	if x.Month, err = register.ParseMonth(w[2]); err != nil {
		return x, bad
	}
	return x, nil
}

// lineReader takes a text apart line by line.
type lineReader struct {
	rest  string
	n     int    // lines taken
	order string // of the lines, for messages
}

// line takes the next line, without the head that it must have.
func (p *lineReader) line(head string) (string, error) {
	p.n++
	line, rest, ok := strings.Cut(p.rest, "\n")
	if !ok {
		return "", errors.New("missing, or without its newline")
	}
	value, ok := strings.CutPrefix(line, head)
	if !ok {
		return "", fmt.Errorf("not in its place: want %s", p.order)
	}
	p.rest = rest
	return value, nil
}
