package record

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/medlem-register/medlem/internal/register"
)

// A DrawList is what is sealed of a list that left the register: whom it named,
// and why more was taken out than its purpose needs, or why it was handed out. It
// lies beside the receipt, under the same id.
type DrawList struct {
	ID      register.RecordID // of the draw
	Unit    register.UnitID   // in whose folder the receipt lies
	Reason  string            // in the officer's words; may be empty
	Where   string            // the condition by which they were chosen; may be empty
	Members []register.RecordID
}

// The limits of a DrawList's plaintext.
const (
	DrawMembersLimit = 100_000
	DrawReasonLimit  = 2000                              // bytes
	DrawWhereLimit   = 2000                              // bytes
	drawListLimit    = 16384 + DrawMembersLimit*(5+13+2) // bytes
)

// EncodeDrawList returns the canonical YAML of x. Members are sorted and each
// stands once.
func EncodeDrawList(x *DrawList) ([]byte, error) {
	b, err := appendHead(make([]byte, 0, 256+20*len(x.Members)), string(x.ID), string(x.Unit))
	if err != nil {
		return nil, fmt.Errorf("encode the list of a draw: %w", err)
	}
	if x.Reason != "" {
		if len(x.Reason) > DrawReasonLimit {
			return nil, fmt.Errorf("encode the list of a draw: a reason of %d bytes: want at most %d", len(x.Reason), DrawReasonLimit)
		}
		if _, err := CheckText(x.Reason, true); err != nil {
			return nil, fmt.Errorf("encode the list of a draw: reason: %w", err)
		}
		b = append(appendQuoted(append(b, "reason: "...), x.Reason), '\n')
	}
	if x.Where != "" {
		if len(x.Where) > DrawWhereLimit {
			return nil, fmt.Errorf("encode the list of a draw: a condition of %d bytes: want at most %d", len(x.Where), DrawWhereLimit)
		}
		if _, err := CheckText(x.Where, true); err != nil {
			return nil, fmt.Errorf("encode the list of a draw: condition: %w", err)
		}
		b = append(appendQuoted(append(b, "where: "...), x.Where), '\n')
	}
	if b, err = appendMembers(b, x.Members); err != nil {
		return nil, fmt.Errorf("encode the list of a draw: %w", err)
	}
	return b, nil
}

// DecodeDrawList reads the plaintext of a DrawList, and accepts only what
// EncodeDrawList writes. Its errors name lines and never quote one.
func DecodeDrawList(b []byte) (*DrawList, error) {
	if len(b) > drawListLimit {
		return nil, fmt.Errorf("list of a draw: %d bytes, more than %d", len(b), drawListLimit)
	}
	x := &DrawList{}
	l, err := decodeMembers(b, func(key, text string) bool {
		switch key {
		case "reason":
			x.Reason = text
		case "where":
			x.Where = text
		default:
			return false
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("list of a draw, %w", err)
	}
	x.ID, x.Unit, x.Members = l.id, l.unit, l.members
	again, err := EncodeDrawList(x)
	if err != nil || !bytes.Equal(again, b) {
		return nil, errors.New("list of a draw: not in its one form")
	}
	return x, nil
}
