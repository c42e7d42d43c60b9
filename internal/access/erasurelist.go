package access

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// ErasureList is every erasure of a register up to a day, as a file of its own: signed
// and published, it keeps what is restored from an older backup from bringing anybody
// back (docs/format.md, Statements of erasures).
type ErasureList struct {
	Genesis string // the first commit of the register
	Main    string // the commit as of which it is
	Issued  register.Day
	By      register.Handle // who signs it
	Units   []ErasedUnit    // by id
	Erased  []ErasedRecord  // by id
}

// ErasedUnit is a unit that was dissolved and erased.
type ErasedUnit struct {
	Unit register.UnitID
	Day  register.Day // on which it was dissolved
}

// ErasedRecord is one erasure of a list.
type ErasedRecord struct {
	ID    register.RecordID
	Unit  register.UnitID
	Day   register.Day
	Rule  string // as in the tombstone
	Check string // of the receipt; "" where there is none
}

// ErasureListLimit is the size in bytes of the largest list that is read: some half a
// million erasures.
const ErasureListLimit = 64 << 20 // 64 MiB

const erasedHead = "erased:\n"

// Encode returns the file.
func (l *ErasureList) Encode() []byte {
	f := register.NewFlat()
	f.Set("statement", "erasures")
	f.Set("genesis", l.Genesis)
	f.Set("main", l.Main)
	f.Set("issued", string(l.Issued))
	f.Set("by", string(l.By))
	var units []string
	for _, u := range l.Units {
		units = append(units, string(u.Unit)+" "+string(u.Day))
	}
	f.SetList("units", units)
	b := bytes.NewBuffer(f.Encode())
	if len(l.Erased) > 0 {
		b.WriteString(erasedHead)
	}
	for _, e := range l.Erased {
		line := fmt.Sprintf("  - %s %s %s %s", e.ID, e.Unit, e.Day, e.Rule)
		if e.Check != "" {
			line += " " + e.Check
		}
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}

// ParseErasureList reads a list. It is a clear file whose last key may have more items
// than a clear file holds.
func ParseErasureList(b []byte) (*ErasureList, error) {
	if len(b) > ErasureListLimit {
		return nil, &register.FlatError{Line: 1, Col: 1, Msg: fmt.Sprintf("file of %d bytes: want at most %d", len(b), ErasureListLimit)}
	}
	head, rest, has := bytes.Cut(b, []byte("\n"+erasedHead))
	if has {
		head = append(bytes.Clone(head), '\n')
	}
	f, err := register.ParseFlat(head)
	if err != nil {
		return nil, err
	}
	kind, line, err := f.Value("statement", true)
	if err != nil {
		return nil, err
	}
	if kind != "erasures" {
		return nil, &register.FlatError{Line: line, Col: 12, Msg: "not a list of erasures"}
	}
	l := &ErasureList{}
	if l.Genesis, err = takeCommit(f, "genesis"); err != nil {
		return nil, err
	}
	if l.Main, err = takeCommit(f, "main"); err != nil {
		return nil, err
	}
	if l.Issued, err = flatDay(f, "issued", true); err != nil {
		return nil, err
	}
	by, line, err := f.Value("by", true)
	if err != nil {
		return nil, err
	}
	if l.By, err = register.ParseHandle(by); err != nil {
		return nil, &register.FlatError{Line: line, Col: 5, Msg: err.Error()}
	}
	if err := l.takeUnits(f); err != nil {
		return nil, err
	}
	if err := f.End(); err != nil {
		return nil, err
	}
	if !has {
		return l, nil
	}
	return l, l.parseErased(string(rest), bytes.Count(head, []byte("\n"))+1)
}

func (l *ErasureList) takeUnits(f *register.Flat) error {
	list, line, err := f.List("units", false)
	if err != nil {
		return err
	}
	for i, item := range list {
		name, day, _ := strings.Cut(item, " ")
		u, err := register.ParseUnitID(name)
		d, derr := register.ParseDay(day)
		if err != nil || derr != nil || len(l.Units) > 0 && u <= l.Units[len(l.Units)-1].Unit {
			return &register.FlatError{Line: line + 1 + i, Col: 5, Msg: "malformed unit: want an id and a day, by id, each once"}
		}
		l.Units = append(l.Units, ErasedUnit{u, d})
	}
	return nil
}

func (l *ErasureList) parseErased(text string, line int) error {
	if text == "" {
		return &register.FlatError{Line: line, Col: 1, Msg: "empty list \"erased\""}
	}
	for item := range strings.Lines(text) {
		line++
		bad := &register.FlatError{Line: line, Col: 1, Msg: "malformed erasure: want an id, a unit, a day and a rule, by id, each once"}
		item, ended := strings.CutSuffix(item, "\n")
		item, ok := strings.CutPrefix(item, "  - ")
		p := strings.Split(item, " ")
		if !ended || !ok || len(p) < 4 || len(p) > 5 {
			return bad
		}
		id, err1 := register.ParseRecordID(p[0])
		u, err2 := register.ParseUnitID(p[1])
		day, err3 := register.ParseDay(p[2])
		if err1 != nil || err2 != nil || err3 != nil || !isRule(p[3]) || len(l.Erased) > 0 && id <= l.Erased[len(l.Erased)-1].ID {
			return bad
		}
		e := ErasedRecord{ID: id, Unit: u, Day: day, Rule: p[3]}
		if len(p) == 5 {
			if e.Check = p[4]; !isSHA256(e.Check) {
				return bad
			}
		}
		l.Erased = append(l.Erased, e)
	}
	return nil
}

// isRule tells whether a text has the form of the rule of a tombstone, which no name has
// room in.
func isRule(s string) bool {
	const limit = 81 // two policy keys and a slash
	if s == "" || len(s) > limit {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '/' {
			return false
		}
	}
	return true
}
