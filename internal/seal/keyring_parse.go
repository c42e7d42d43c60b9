package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/medlem-register/medlem/internal/register"
)

// keyringTextLimit is the largest text of a keyring, in bytes: what still fits,
// padded to a power of two, into a file of KeyringLimit.
const keyringTextLimit = KeyringLimit/2 - paddingMinimum

// keyLineSize is the size in bytes of a line that holds a record key.
var keyLineSize = len("key m4k7aaaaaaaaa: \n") + keyTextLen

// revDigits bounds the number of digits in a rev.
const revDigits = 9

// ParseKeyring parses the text of a keyring, and accepts only what Encode
// writes. General YAML decoders are quadratic in the size of a map; this takes
// a few milliseconds for ten thousand keys. Its errors name lines and never
// quote one.
func ParseKeyring(text []byte) (*Keyring, error) {
	if len(text) > keyringTextLimit {
		return nil, fmt.Errorf("keyring of %d bytes: want at most %d", len(text), keyringTextLimit)
	}
	p := keyringParser{k: &Keyring{
		Keys:     make(map[register.RecordID]Key, len(text)/keyLineSize),
		Versions: map[Version]OldKey{},
		Views:    map[register.RecordID]string{},
	}}
	n := 0
	for len(text) > 0 {
		n++
		line, rest, ok := bytes.Cut(text, []byte{'\n'})
		if !ok {
			return nil, fmt.Errorf("keyring line %d: missing newline", n)
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("keyring line %d: %w", n, err)
		}
		text = rest
	}
	if p.last < lineSerial {
		return nil, errors.New("keyring without unit and serial")
	}
	return p.k, nil
}

// lineKind is the kind of a keyring's line, in the order in which they stand.
type lineKind int

const (
	lineNone lineKind = iota
	lineUnit
	lineSerial
	lineKey
	lineVersion
	lineView
	lineJoining
	lineJoiningBefore
)

var lineKinds = map[string]lineKind{
	"unit": lineUnit, "serial": lineSerial, "key": lineKey, "version": lineVersion, "view": lineView, "joining": lineJoining, "joining-before": lineJoiningBefore,
}

type keyringParser struct {
	k       *Keyring
	last    lineKind
	lastKey Version // the name of the last entry of this kind
}

// line parses one line: a kind, for an entry a name, and a value.
func (p *keyringParser) line(line []byte) error {
	head, value, ok := bytes.Cut(line, []byte(": "))
	if !ok {
		return errors.New("malformed: want a kind, a colon, a space and a value")
	}
	word, name, named := bytes.Cut(head, []byte{' '})
	kind := lineKinds[string(word)]
	entry := kind == lineKey || kind == lineVersion || kind == lineView
	switch {
	case kind == lineNone:
		return errors.New("unknown kind of line: a newer medlem wrote this; install that version")
	case named != entry:
		return errors.New("malformed: a name that is missing or too much")
	case kind < p.last, kind == p.last && !entry && kind != lineJoiningBefore, kind > lineUnit && p.last < min(kind-1, lineSerial):
		return fmt.Errorf("%q is not in its place: want unit, serial, then key, version, view, joining and joining-before", word)
	}
	if kind != p.last {
		p.last, p.lastKey = kind, Version{}
	}
	switch kind {
	case lineUnit:
		u, err := register.ParseUnitID(string(value))
		if err != nil {
			return errors.New("malformed unit")
		}
		p.k.Unit = u
		return nil
	case lineSerial:
		n, err := strconv.ParseUint(string(value), 10, 63)
		if err != nil || n == 0 || value[0] == '0' || value[0] == '+' {
			return errors.New("malformed serial")
		}
		p.k.Serial = n
		return nil
	case lineJoining:
		return p.joining(value)
	case lineJoiningBefore:
		return p.joiningBefore(value)
	}
	return p.entry(kind, name, value)
}

// joining parses the joining identity and the day on which it was made. The first
// version of the format had no day.
func (p *keyringParser) joining(value []byte) (err error) {
	text, day, dated := bytes.Cut(value, []byte{' '})
	if dated {
		if p.k.Made, err = register.ParseDay(string(day)); err != nil {
			return errors.New("malformed day: want YYYY-MM-DD after the joining identity")
		}
	}
	p.k.Joining = string(text)
	return checkJoining(p.k.Joining)
}

// joiningBefore parses a joining identity that was replaced, and sees that they
// rise, by day and then by text.
func (p *keyringParser) joiningBefore(value []byte) error {
	text, day, _ := bytes.Cut(value, []byte{' '})
	until, err := register.ParseDay(string(day))
	if err != nil {
		return errors.New("malformed day: want YYYY-MM-DD after the joining identity")
	}
	if len(p.k.Before) == joiningLimit {
		return fmt.Errorf("more than %d older joining identities", joiningLimit)
	}
	o := OldJoining{string(text), until}
	if n := len(p.k.Before); n > 0 && p.k.Before[n-1].compare(o) >= 0 {
		return errors.New("duplicate or not sorted")
	}
	p.k.Before = append(p.k.Before, o)
	return checkJoining(o.Identity)
}

// entry parses a line that has a name, and sees that names rise.
func (p *keyringParser) entry(kind lineKind, name, value []byte) error {
	v, err := parseName(kind, name)
	if err != nil {
		return err
	}
	if p.lastKey.ID != "" && p.lastKey.compare(v) >= 0 {
		return errors.New("duplicate or not sorted")
	}
	p.lastKey = v
	switch kind {
	case lineKey:
		p.k.Keys[v.ID], err = parseKey(value)
	case lineView:
		s := string(value)
		p.k.Views[v.ID], err = s, CheckViewSecret(s)
	case lineVersion:
		text, day, _ := bytes.Cut(value, []byte{' '})
		var old OldKey
		if old.Key, err = parseKey(text); err != nil {
			return err
		}
		if old.Until, err = register.ParseDay(string(day)); err != nil {
			return errors.New("malformed day: want YYYY-MM-DD after the key")
		}
		p.k.Versions[v] = old
	}
	return err
}

// parseName parses an id, or for a version an id, a slash and a rev.
func parseName(kind lineKind, name []byte) (v Version, err error) {
	id, rev, ok := bytes.Cut(name, []byte{'/'})
	if ok != (kind == lineVersion) {
		return v, errors.New("malformed name")
	}
	if v.ID, err = register.ParseRecordID(string(id)); err != nil {
		return v, errors.New("malformed id")
	}
	if ok {
		if v.Rev, err = strconv.Atoi(string(rev)); err != nil || len(rev) > revDigits || strconv.Itoa(v.Rev) != string(rev) || v.Rev < 0 {
			return v, errors.New("malformed rev")
		}
	}
	return v, nil
}
