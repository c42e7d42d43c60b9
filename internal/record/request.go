package record

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/register"
)

// The kinds of requests.
const (
	RequestClose  = "close"  // end the membership
	RequestMove   = "move"   // move the member to another unit
	RequestReopen = "reopen" // take a closed membership up again
)

// RequestKinds lists the kinds of requests.
var RequestKinds = []string{RequestClose, RequestMove, RequestReopen}

// A Request is something that an officer asks of the secretariat, sealed like a
// record.
type Request struct {
	ID     register.RecordID // its own
	Unit   register.UnitID   // that it comes from
	Kind   string            // one of RequestKinds
	Member register.RecordID // whom it is about
	Reason string            // a key of the policy's retention reasons; may be empty
	To     register.UnitID   // where to; only of a move
	Note   string            // in the officer's words; may be empty
}

// requestFields are the fields of a request after its head, in canonical order.
var requestFields = []Field{
	{Key: "kind", Type: TypeChoice, Required: true}, {Key: "member", Type: TypeText, Required: true},
	{Key: "reason", Type: TypeText}, {Key: "to", Type: TypeText}, {Key: "note", Type: TypeNote},
}

// EncodeRequest returns the canonical YAML of r.
func EncodeRequest(r *Request) ([]byte, error) {
	b, err := appendHead(make([]byte, 0, 512), string(r.ID), string(r.Unit))
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	for i, v := range []string{r.Kind, string(r.Member), r.Reason, string(r.To), r.Note} {
		if v == "" {
			continue
		}
		if b, err = appendField(b, requestFields[i], Text(v)); err != nil {
			return nil, fmt.Errorf("encode request: field %q: %w", requestFields[i].Key, err)
		}
	}
	if len(b) > FileLimit {
		return nil, fmt.Errorf("encode request: %d bytes, more than %d", len(b), FileLimit)
	}
	return b, nil
}

// DecodeRequest reads the plaintext of a request, without its padding. Every
// error is a *DecodeError.
func DecodeRequest(b []byte) (*Request, error) {
	entries, err := parse(b, nil)
	if err != nil {
		return nil, err
	}
	r := &Request{}
	for i := range entries {
		e := &entries[i]
		switch e.key {
		case "medlem", "id", "unit":
			if err := e.head(&r.ID, &r.Unit); err != nil {
				return nil, err
			}
			continue
		}
		at := slices.IndexFunc(requestFields, func(f Field) bool { return f.Key == e.key })
		if at < 0 {
			return nil, e.fault(unknown)
		}
		v, err := e.value(requestFields[at].Type)
		if err != nil {
			return nil, err
		}
		switch e.key {
		case "kind":
			r.Kind = v.text
		case "member":
			r.Member = register.RecordID(v.text)
		case "reason":
			r.Reason = v.text
		case "to":
			r.To = register.UnitID(v.text)
		case "note":
			r.Note = v.text
		}
	}
	if err := complete(entries, "medlem", "id", "unit", "kind", "member"); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		for i := range entries {
			if entries[i].key == err.Field {
				err.Line = entries[i].line
			}
		}
		return nil, err
	}
	return r, nil
}

// check returns an error unless the parts of r fit together.
func (r *Request) check() *DecodeError {
	bad := func(field, msg string) *DecodeError { return &DecodeError{Field: field, Msg: msg} }
	if !slices.Contains(RequestKinds, r.Kind) {
		return bad("kind", "want close, move or reopen")
	}
	if _, err := register.ParseRecordID(string(r.Member)); err != nil {
		return bad("member", "malformed")
	}
	if r.Reason != "" && !isKey(r.Reason) {
		return bad("reason", "want the key of a reason")
	}
	if r.Kind != RequestMove && r.To != "" {
		return bad("to", "only a move has it")
	}
	if r.Kind == RequestMove {
		if _, err := register.ParseUnitID(string(r.To)); err != nil {
			return bad("to", "want the unit to move to")
		}
	}
	return nil
}
