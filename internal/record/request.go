package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// The kinds of requests.
const (
	RequestClose  = "close"  // end the membership
	RequestMove   = "move"   // move the member to another unit
	RequestReopen = "reopen" // take a closed membership up again
	RequestList   = "list"   // take a list out for whoever asks

	// Of policies with pages.yaml alone: what members and strangers send.
	RequestJoin    = "join"    // a stranger asks to become a member
	RequestCorrect = "correct" // the member sets or empties fields of her own
	RequestConfirm = "confirm" // the member says that what is kept about her is right
	RequestCopy    = "copy"    // the member asks for a copy of what is kept about her

	RequestObject   = "object"   // the member objects to a purpose, or no longer does
	RequestRestrict = "restrict" // the member asks that her record is kept and not used
)

// RequestKinds lists the kinds of requests.
var RequestKinds = []string{RequestClose, RequestMove, RequestReopen, RequestList, RequestJoin, RequestCorrect, RequestConfirm, RequestCopy, RequestObject, RequestRestrict}

// Where a request comes from that is no officer's own.
const (
	FromMember = "member" // a member has sent it herself
	FromSMS    = "sms"    // of a join: a stranger has asked by SMS, and the rest of the form is still to come
)

// SetLimit bounds the fields that one request sets, and those that it empties.
const SetLimit = 100

// A Request is something that is asked of the secretariat, by an officer, a member
// or a stranger, sealed like a record.
type Request struct {
	ID     register.RecordID // its own
	Unit   register.UnitID   // that it comes from
	Kind   string            // one of RequestKinds
	Member register.RecordID // whom it is about; "" of a list and of a join
	Reason string            // a key of the policy's retention reasons; may be empty
	To     register.UnitID   // where to; only of a move
	Note   string            // in the officer's words; may be empty

	List    string            // a kind of request of the policy's lists; only of a list
	Purpose string            // of the policy's lists; of a list, and of an objection, which may be to ObjectsAll
	Columns []string          // of the list; nil: the purpose's
	Units   []register.UnitID // whose members the list is to have; nil: of all that the kind reaches

	From  string   // FromMember, FromSMS, or "": an officer's own, or a stranger's form
	Set   []Set    // what fields are to hold, in the policy's order; of a join and a correction
	Clear []string // the keys of fields that are to be emptied, of a correction; the purposes to which she objects no more, of an objection
}

// A Set is a value that a field is to have.
type Set struct {
	Key   string
	Value Value
	Plain bool // true, false or a whole number, written without quotes: as records have yesno and integer
}

// setMark begins the key of a line that sets a field.
const setMark = "set "

// FromPages tells whether r is of the kinds that come from members' pages and
// joining forms, which a policy without pages.yaml does not know.
func (r *Request) FromPages() bool {
	switch r.Kind {
	case RequestJoin, RequestCorrect, RequestConfirm, RequestCopy, RequestObject, RequestRestrict:
		return true
	}
	return r.From != ""
}

// requestFields are the fields of a request after its head, in canonical order.
var requestFields = []Field{
	{Key: "kind", Type: TypeChoice, Required: true}, {Key: "member", Type: TypeText},
	{Key: "reason", Type: TypeText}, {Key: "to", Type: TypeText}, {Key: "note", Type: TypeNote},
	{Key: "list", Type: TypeText}, {Key: "purpose", Type: TypeText},
	{Key: "columns", Type: TypeChoices}, {Key: "units", Type: TypeChoices},
	{Key: "from", Type: TypeText},
}

// clearField stands behind what is set.
var clearField = Field{Key: "clear", Type: TypeChoices}

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
		Text(r.List), Text(r.Purpose), List(r.Columns...), List(unitTexts(r.Units)...), Text(r.From)} {
		if v.Empty() {
			continue
		}
		if b, err = appendField(b, requestFields[i], v); err != nil {
			return nil, fmt.Errorf("encode request: field %q: %w", requestFields[i].Key, err)
		}
	}
	for _, x := range r.Set {
		if b, err = appendField(b, x.field(), x.Value); err != nil {
			return nil, fmt.Errorf("encode request: field %q: %w", x.Key, err)
		}
	}
	if len(r.Clear) > 0 {
		if b, err = appendField(b, clearField, List(r.Clear...)); err != nil {
			return nil, fmt.Errorf("encode request: field %q: %w", clearField.Key, err)
		}
	}
	if len(b) > FileLimit {
		return nil, fmt.Errorf("encode request: %d bytes, more than %d", len(b), FileLimit)
	}
	return b, nil
}

// field is how the value is written: a request is read without the policy's
// fields, so a value says by its form what it is.
func (x Set) field() Field {
	f := Field{Key: setMark + x.Key, Type: TypeNote}
	switch {
	case x.Value.IsList():
		f.Type = TypeChoices
	case x.Plain && isBool(x.Value.text):
		f.Type = TypeYesNo
	case x.Plain:
		f.Type = TypeInteger
	}
	return f
}

// set reads a line that sets a field.
func (e *entry) set(key string) (Set, *DecodeError) {
	x := Set{Key: key}
	t := TypeNote
	switch e.kind {
	case kindList:
		t = TypeChoices
	case kindBool:
		t, x.Plain = TypeYesNo, true
	case kindInteger:
		t, x.Plain = TypeInteger, true
	}
	v, err := e.value(t)
	if err != nil {
		return x, err.(*DecodeError)
	}
	x.Value = v
	return x, nil
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
		if key, ok := strings.CutPrefix(e.key, setMark); ok {
			x, err := e.set(key)
			if err != nil {
				return nil, err
			}
			r.Set = append(r.Set, x)
			continue
		}
		if e.key == clearField.Key {
			v, err := e.value(clearField.Type)
			if err != nil {
				return nil, err
			}
			r.Clear = v.List()
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
		case "from":
			r.From = v.text
		}
	}
	need := []string{"medlem", "id", "unit", "kind"}
	if r.Kind != RequestList && r.Kind != RequestJoin {
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
		return bad("kind", "want one of "+strings.Join(RequestKinds, ", "))
	}
	if err := r.checkSets(); err != nil {
		return err
	}
	if r.Kind == RequestList {
		return r.checkList()
	}
	for _, x := range []struct {
		key string
		has bool
	}{{"list", r.List != ""}, {"purpose", r.Purpose != "" && r.Kind != RequestObject}, {"columns", len(r.Columns) > 0}, {"units", len(r.Units) > 0}} {
		if x.has {
			return bad(x.key, "only a list has it")
		}
	}
	if r.Kind == RequestJoin && r.Member != "" {
		return bad("member", "whoever asks to join is no member yet")
	}
	if _, err := register.ParseRecordID(string(r.Member)); err != nil && r.Kind != RequestJoin {
		return bad("member", "malformed")
	}
	if r.Reason != "" && (!isKey(r.Reason) || r.FromPages() && r.Kind != RequestClose) {
		return bad("reason", "want the key of a reason, of the end of a membership")
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

// checkSets is check for who a request comes from and what it sets.
func (r *Request) checkSets() *DecodeError {
	bad := func(field, msg string) *DecodeError { return &DecodeError{Field: field, Msg: msg} }
	switch r.Kind {
	case RequestCorrect, RequestConfirm, RequestCopy, RequestObject, RequestRestrict:
		if r.From != FromMember {
			return bad("from", "only the member herself asks for this")
		}
	case RequestClose:
		if r.From != "" && r.From != FromMember {
			return bad("from", "want member")
		}
	case RequestJoin:
		if r.From != "" && r.From != FromSMS {
			return bad("from", "want sms")
		}
	default:
		if r.From != "" {
			return bad("from", "a member asks for no such thing")
		}
	}
	sets, clears := len(r.Set), len(r.Clear)
	switch {
	case r.Kind == RequestJoin && sets == 0:
		return bad("", "a joining form without a field")
	case r.Kind == RequestCorrect && sets+clears == 0:
		return bad("", "a correction that corrects nothing")
	case sets > 0 && r.Kind != RequestJoin && r.Kind != RequestCorrect:
		return bad(setMark+r.Set[0].Key, "only a correction and a joining form have it")
	case r.Kind == RequestObject && (r.Purpose == "") == (clears == 0):
		return bad("purpose", "want the purpose to which she objects, or those to which she no longer does")
	case r.Kind == RequestObject && r.Purpose != "" && !isKey(r.Purpose):
		return bad("purpose", "want the key of a purpose")
	case clears > 0 && r.Kind != RequestCorrect && r.Kind != RequestObject:
		return bad(clearField.Key, "only a correction and an objection have it")
	case sets > SetLimit || clears > SetLimit:
		return bad("", fmt.Sprintf("more than %d fields", SetLimit))
	}
	named := map[string]bool{}
	for _, x := range r.Set {
		switch {
		case !isKey(x.Key) || named[x.Key]:
			return bad("", "want the keys of fields, each once")
		case x.Value.Empty():
			return bad(setMark+x.Key, "empty: a field is emptied under clear")
		case x.Plain && !isBool(x.Value.text) && !isInteger(x.Value.text):
			return bad(setMark+x.Key, "want true, false or a whole number")
		}
		named[x.Key] = true
	}
	for _, k := range r.Clear {
		if !isKey(k) || named[k] {
			return bad(clearField.Key, "want the keys of fields, each once")
		}
		named[k] = true
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
