package record

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// What is sealed of a list that left the register, and of a message to members, has one
// form: the head of every sealed text, lines of its own, and whom it names.

// errMalformedLine says nothing of a line but that it is wrong.
var errMalformedLine = errors.New("malformed")

// appendMembers writes whom a list names: sorted, each once.
func appendMembers(b []byte, ids []register.RecordID) ([]byte, error) {
	if len(ids) > DrawMembersLimit {
		return nil, fmt.Errorf("%d members: want at most %d", len(ids), DrawMembersLimit)
	}
	for i, id := range ids {
		if i == 0 {
			b = append(b, "members:\n"...)
		} else if id <= ids[i-1] {
			return nil, errors.New("members are not sorted, or one is repeated")
		}
		b = append(append(append(b, "  - \""...), id...), "\"\n"...)
	}
	return b, nil
}

// memberList is the head of a list and whom it names.
type memberList struct {
	id      register.RecordID
	unit    register.UnitID
	members []register.RecordID
}

// decodeMembers reads a list's text, its own lines by set, which tells whether there is
// such a line. It does not see to their order, or whether one is missing or repeated:
// whoever encodes it again does. Errors name the line and never quote it.
func decodeMembers(b []byte, set func(key, text string) bool) (*memberList, error) {
	x, inList := &memberList{}, false
	for n := 1; len(b) > 0; n++ {
		line, rest, ok := bytes.Cut(b, []byte("\n"))
		b = rest
		item, isItem := strings.CutPrefix(string(line), "  - ")
		key, value, _ := strings.Cut(string(line), ": ")
		text, quoted := unquote(value)
		var err error
		switch {
		case !ok:
			err = errMalformedLine
		case n == 1 && string(line) == "medlem: 1":
		case n == 2 && key == "id" && quoted:
			x.id, err = register.ParseRecordID(text)
		case n == 3 && key == "unit" && quoted:
			x.unit, err = register.ParseUnitID(text)
		case n > 3 && !inList && string(line) == "members:":
			inList = true
		case inList && isItem:
			text, quoted = unquote(item)
			id, ierr := register.ParseRecordID(text)
			if err = ierr; !quoted {
				err = errMalformedLine
			}
			x.members = append(x.members, id)
		case n > 3 && !inList && quoted && set(key, text):
		default:
			err = errMalformedLine
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: malformed", n)
		}
	}
	return x, nil
}
