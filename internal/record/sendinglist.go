package record

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// A SendingList is what is sealed in a unit of something that was sent to members of
// it: to whom, and what their own pages say of it. It lies under the id of the
// receipt, which may lie in another unit.
type SendingList struct {
	ID        register.RecordID // of the sending
	Unit      register.UnitID   // in whose folder the list lies
	Receipt   register.UnitID   // in whose folder the receipt lies
	Channel   string            // as in the receipt
	Day       register.Day      // on which it was made
	Event     string            // the token of the receipt, or ""
	Automatic string            // as in the receipt, or ""
	Subject   string            // one line, for members' own pages; may be empty
	Where     string            // the condition by which they were chosen; may be empty
	Members   []register.RecordID
}

// The limits of a SendingList's plaintext.
const (
	SendingSubjectLimit = 200  // bytes
	SendingWhereLimit   = 2000 // bytes
	sendingListLimit    = 16384 + DrawMembersLimit*(5+13+2)
)

// errSendingList says nothing of a list but that it is wrong.
var errSendingList = errors.New("list of a sending: not in its one form")

// sendingLine is a line of a list between its head and its members.
type sendingLine struct {
	key, value string
	set        func(string)
}

// lines are those of the list, in their order; one without a value is not written.
func (x *SendingList) lines() []sendingLine {
	return []sendingLine{
		{"receipt", string(x.Receipt), func(s string) { x.Receipt = register.UnitID(s) }},
		{"channel", x.Channel, func(s string) { x.Channel = s }},
		{"day", string(x.Day), func(s string) { x.Day = register.Day(s) }},
		{"event", x.Event, func(s string) { x.Event = s }},
		{"automatic", x.Automatic, func(s string) { x.Automatic = s }},
		{"subject", x.Subject, func(s string) { x.Subject = s }},
		{"where", x.Where, func(s string) { x.Where = s }},
	}
}

// check says what of a list cannot be written.
func (x *SendingList) check() error {
	_, unit := register.ParseUnitID(string(x.Receipt))
	_, day := register.ParseDay(string(x.Day))
	var event error
	if x.Event != "" {
		_, event = register.ParseRecordID(x.Event)
	}
	switch {
	case unit != nil, day != nil, event != nil:
		return errors.New("its receipt, its day or its event is malformed")
	case !isWord(x.Channel), x.Automatic != "" && !isWord(x.Automatic):
		return errors.New("its channel or its automatic is malformed")
	case len(x.Subject) > SendingSubjectLimit:
		return fmt.Errorf("a subject of %d bytes: want at most %d", len(x.Subject), SendingSubjectLimit)
	case len(x.Where) > SendingWhereLimit:
		return fmt.Errorf("a condition of %d bytes: want at most %d", len(x.Where), SendingWhereLimit)
	}
	if _, err := CheckText(x.Subject, false); err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	if _, err := CheckText(x.Where, true); err != nil {
		return fmt.Errorf("condition: %w", err)
	}
	return nil
}

// isWord tells whether a text is a word that the receipt may have: which words there
// are stands there.
func isWord(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-") == ""
}

// EncodeSendingList returns the canonical YAML of x. Members are sorted and each
// stands once.
func EncodeSendingList(x *SendingList) ([]byte, error) {
	b, err := appendHead(make([]byte, 0, 512+20*len(x.Members)), string(x.ID), string(x.Unit))
	if err == nil {
		err = x.check()
	}
	if err != nil {
		return nil, fmt.Errorf("encode the list of a sending: %w", err)
	}
	for _, line := range x.lines() {
		if line.value != "" {
			b = append(appendQuoted(append(b, line.key+": "...), line.value), '\n')
		}
	}
	if b, err = appendMembers(b, x.Members); err != nil {
		return nil, fmt.Errorf("encode the list of a sending: %w", err)
	}
	return b, nil
}

// DecodeSendingList reads the plaintext of a SendingList, and accepts only what
// EncodeSendingList writes. Its errors name lines and never quote one.
func DecodeSendingList(b []byte) (*SendingList, error) {
	if len(b) > sendingListLimit {
		return nil, fmt.Errorf("list of a sending: %d bytes, more than %d", len(b), sendingListLimit)
	}
	x := &SendingList{}
	lines := x.lines()
	l, err := decodeMembers(b, func(key, text string) bool {
		at := slices.IndexFunc(lines, func(l sendingLine) bool { return l.key == key })
		if at >= 0 {
			lines[at].set(text)
		}
		return at >= 0
	})
	if err != nil {
		return nil, fmt.Errorf("list of a sending, %w", err)
	}
	x.ID, x.Unit, x.Members = l.id, l.unit, l.members
	// Missing, repeated and misplaced lines come out otherwise than they went in.
	again, err := EncodeSendingList(x)
	if err != nil || !bytes.Equal(again, b) {
		return nil, errSendingList
	}
	return x, nil
}
