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
	RequestList   = "list"   // take a list out for whoever asks
)

// RequestKinds lists the kinds of requests.
var RequestKinds = []string{RequestClose, RequestMove, RequestReopen, RequestList}

// A Request is something that an officer asks of the secretariat, sealed like a
// record.
type Request struct {
	ID     register.RecordID // its own
	Unit   register.UnitID   // that it comes from
	Kind   string            // one of RequestKinds
	Member register.RecordID // whom it is about; "" of a list
	Reason string            // a key of the policy's retention reasons; may be empty
	To     register.UnitID   // where to; only of a move
	Note   string            // in the officer's words; may be empty

	List    string            // a kind of request of the policy's lists; only of a list
	Purpose string            // of the policy's lists; only of a list
	Columns []string          // of the list; nil: the purpose's
	Units   []register.UnitID // whose members the list is to have; nil: of all that the kind reaches
}

// requestFields are the fields of a request after its head, in canonical order.
var requestFields = []Field{
	{Key: "kind", Type: TypeChoice, Required: true}, {Key: "member", Type: TypeText},
	{Key: "reason", Type: TypeText}, {Key: "to", Type: TypeText}, {Key: "note", Type: TypeNote},
	{Key: "list", Type: TypeText}, {Key: "purpose", Type: TypeText},
	{Key: "columns", Type: TypeChoices}, {Key: "units", Type: TypeChoices},
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
	for i, v := range []Value{Text(r.Kind), Text(string(r.Member)), Text(r.Reason), Text(string(r.To)), Text(r.Note),
		Text(r.List), Text(r.Purpose), List(r.Columns...), List(unitTexts(r.Units)...)} {
		if v.Empty() {
			continue
		}
		if b, err = appendField(b, requestFields[i], v); err != nil {
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
		case "list":
			r.List = v.text
		case "purpose":
			r.Purpose = v.text
		case "columns":
			r.Columns = v.List()
		case "units":
			for _, u := range v.List() {
				r.Units = append(r.Units, register.UnitID(u))
			}
		}
	}
	need := []string{"medlem", "id", "unit", "kind"}
	if r.Kind != RequestList {
		need = append(need, "member")
	}
	if err := complete(entries, need...); err != nil {
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
		return bad("kind", "want close, move, reopen or list")
	}
	if r.Kind == RequestList {
		return r.checkList()
	}
	for _, x := range []struct {
		key string
		has bool
	}{{"list", r.List != ""}, {"purpose", r.Purpose != ""}, {"columns", len(r.Columns) > 0}, {"units", len(r.Units) > 0}} {
		if x.has {
			return bad(x.key, "only a list has it")
		}
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

// checkList is check for a request of a list.
func (r *Request) checkList() *DecodeError {
	bad := func(field, msg string) *DecodeError { return &DecodeError{Field: field, Msg: msg} }
	switch {
	case r.Member != "":
		return bad("member", "a list is about no one member")
	case r.Reason != "":
		return bad("reason", "only the end of a membership has it")
	case r.To != "":
		return bad("to", "only a move has it")
	case !isKey(r.List):
		return bad("list", "want the key of a kind of list")
	case !isKey(r.Purpose):
		return bad("purpose", "want the key of a purpose")
	}
	for i, c := range r.Columns {
		if !isKey(c) || slices.Contains(r.Columns[:i], c) {
			return bad("columns", "want the keys of fields, each once")
		}
	}
	for i, u := range r.Units {
		if _, err := register.ParseUnitID(string(u)); err != nil || slices.Contains(r.Units[:i], u) {
			return bad("units", "want units, each once")
		}
	}
	return nil
}

func unitTexts(us []register.UnitID) []string {
	var out []string
	for _, u := range us {
		out = append(out, string(u))
	}
	return out
}
