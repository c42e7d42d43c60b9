package access

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// ErasureStatement is what an officer signs of an erasure, for whoever asks, and what
// the member gets on paper: a file of its own, which is no part of a register
// (docs/format.md, Statements of erasures). It names nobody.
type ErasureStatement struct {
	ID      register.RecordID
	Unit    register.UnitID
	Genesis string // the first commit of the register, 40 hexadecimal digits
	Commit  string // of main, that erased the record

	// Of the paper alone: her secret. It stands in no statement that is signed.
	Secret string

	// Of a statement alone.
	Issued  register.Day
	By      register.Handle // who signs it
	Main    string          // the commit of main as of which it was looked for
	Server  string          // whether the server has forgotten the replaced keyrings: forgotten, held or unknown
	Waiting []WaitingReader // whose identity could open the record in an old copy, and is not stated to be destroyed

	Tombstone Tombstone
	Receipt   *Receipt // nil: the register has none of this erasure
}

// WaitingReader is an identity that is not stated to be destroyed.
type WaitingReader struct {
	Handle    register.Handle // or Recovery
	Recipient string          // RecipientID
}

// What a server is known to hold of replaced keyrings.
const (
	ServerForgotten = "forgotten"
	ServerHolds     = "held"
	ServerUnknown   = "unknown"
)

// StatementLimit is the size in bytes of the largest statement that is read.
const StatementLimit = register.FlatLimit

const waitingLimit = 2000 // in a statement

// Signed tells a statement for whoever asks from the paper of a member.
func (s *ErasureStatement) Signed() bool { return s.By != "" }

// Encode returns the file.
func (s *ErasureStatement) Encode() []byte {
	f := register.NewFlat()
	kind := "erased"
	if s.Signed() {
		kind = "erasure"
	}
	f.Set("statement", kind)
	f.Set("id", string(s.ID))
	f.Set("unit", string(s.Unit))
	f.Set("genesis", s.Genesis)
	f.Set("commit", s.Commit)
	f.Set("secret", s.Secret)
	if s.Signed() {
		f.Set("issued", string(s.Issued))
		f.Set("by", string(s.By))
		f.Set("main", s.Main)
		f.Set("server", s.Server)
		var list []string
		for _, w := range s.Waiting {
			list = append(list, string(w.Handle)+" "+w.Recipient)
		}
		f.SetList("waiting", list)
	}
	if s.Receipt != nil {
		f.Set("receipt", "yes")
		s.Receipt.put(f)
	} else {
		f.Set("day", string(s.Tombstone.Day))
		f.Set("rule", s.Tombstone.Rule)
	}
	return f.Encode()
}

// ParseErasureStatement reads either form.
func ParseErasureStatement(b []byte) (*ErasureStatement, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	kind, line, err := f.Value("statement", true)
	if err != nil {
		return nil, err
	}
	if kind != "erased" && kind != "erasure" {
		return nil, &register.FlatError{Line: line, Col: 12, Msg: "not a statement of an erasure"}
	}
	s := &ErasureStatement{}
	if err := s.takeHead(f); err != nil {
		return nil, err
	}
	if kind == "erasure" {
		err = s.takeIssue(f)
	} else {
		s.Secret, _, err = f.Value("secret", true)
	}
	if err != nil {
		return nil, err
	}
	has, line, err := f.Value("receipt", false)
	switch {
	case err != nil:
		return nil, err
	case has == "":
		if s.Tombstone.Day, err = flatDay(f, "day", true); err != nil {
			return nil, err
		}
		if s.Tombstone.Rule, _, err = f.Value("rule", true); err != nil {
			return nil, err
		}
		return s, f.End()
	case has != "yes":
		return nil, &register.FlatError{Line: line, Col: 10, Msg: "key \"receipt\": want yes"}
	}
	if s.Receipt, err = takeReceipt(f); err != nil {
		return nil, err
	}
	s.Tombstone = Tombstone{s.Receipt.Day, s.Receipt.Rule}
	return s, f.End()
}

func (s *ErasureStatement) takeHead(f *register.Flat) error {
	id, line, err := f.Value("id", true)
	if err != nil {
		return err
	}
	if s.ID, err = register.ParseRecordID(id); err != nil {
		return &register.FlatError{Line: line, Col: 5, Msg: err.Error()}
	}
	u, line, err := f.Value("unit", true)
	if err != nil {
		return err
	}
	if s.Unit, err = register.ParseUnitID(u); err != nil {
		return &register.FlatError{Line: line, Col: 7, Msg: err.Error()}
	}
	if s.Genesis, err = takeCommit(f, "genesis"); err != nil {
		return err
	}
	s.Commit, err = takeCommit(f, "commit")
	return err
}

func (s *ErasureStatement) takeIssue(f *register.Flat) error {
	var err error
	if s.Issued, err = flatDay(f, "issued", true); err != nil {
		return err
	}
	by, line, err := f.Value("by", true)
	if err != nil {
		return err
	}
	if s.By, err = register.ParseHandle(by); err != nil {
		return &register.FlatError{Line: line, Col: 5, Msg: err.Error()}
	}
	if s.Main, err = takeCommit(f, "main"); err != nil {
		return err
	}
	if s.Server, line, err = f.Value("server", true); err != nil {
		return err
	}
	if !slices.Contains([]string{ServerForgotten, ServerHolds, ServerUnknown}, s.Server) {
		return &register.FlatError{Line: line, Col: 9, Msg: "malformed state of the server: want forgotten, held or unknown"}
	}
	list, line, err := f.List("waiting", false)
	if err != nil {
		return err
	}
	if len(list) > waitingLimit {
		return &register.FlatError{Line: line, Col: 1, Msg: fmt.Sprintf("%d identities: want at most %d", len(list), waitingLimit)}
	}
	for i, x := range list {
		h, r, _ := strings.Cut(x, " ")
		w := WaitingReader{register.Handle(h), r}
		_, herr := register.ParseHandle(h)
		raw, rerr := hex.DecodeString(r)
		if herr != nil && w.Handle != register.Recovery || rerr != nil || len(raw) != 16 || r != strings.ToLower(r) {
			return &register.FlatError{Line: line + 1 + i, Col: 5, Msg: "malformed identity: want a handle and 32 hexadecimal digits"}
		}
		s.Waiting = append(s.Waiting, w)
	}
	return nil
}

// takeCommit takes the id of a commit.
func takeCommit(f *register.Flat, key string) (string, error) {
	v, line, err := f.Value(key, true)
	if err != nil {
		return "", err
	}
	b, herr := hex.DecodeString(v)
	if herr != nil || len(b) != 20 || v != strings.ToLower(v) {
		return "", &register.FlatError{Line: line, Col: len(key) + 3, Msg: fmt.Sprintf("key %q: want 40 hexadecimal digits", key)}
	}
	return v, nil
}
