package sheet

import (
	"bytes"
	"errors"
	"fmt"
)

// The reasons for which Read refuses a file, for errors.Is.
var (
	ErrProtected = errors.New("protected by a password")
	ErrLegacy    = errors.New("an Excel file of the old kind (.xls)")
	ErrTooLarge  = errors.New("too large")
	ErrNotTable  = errors.New("not a list that can be read")
	ErrDamaged   = errors.New("damaged or cut short")
	ErrEmpty     = errors.New("empty")
)

// An Error says why a file was not read, and the way out. It never holds the
// content of a cell.
type Error struct {
	Name   string // of the file, as the caller of Read gave it
	Reason error  // one of the reasons above
	Detail string // where and what, if there is more to say
	Hint   string // the way out
}

func (e *Error) Error() string {
	s := fmt.Sprintf("read list %q: %v", e.Name, e.Reason)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s + ": " + e.Hint
}

func (e *Error) Unwrap() error { return e.Reason }

func tooLarge(detail string) *Error {
	return &Error{Reason: ErrTooLarge, Detail: detail, Hint: "divide the list, or delete what does not belong to it, and save it again"}
}

func notTable(detail, hint string) *Error {
	return &Error{Reason: ErrNotTable, Detail: detail, Hint: hint}
}

func damaged(detail string) *Error {
	return &Error{Reason: ErrDamaged, Detail: detail, Hint: "ask for the file again, or open it in a spreadsheet program and save it as .xlsx"}
}

func legacy() *Error {
	return &Error{Reason: ErrLegacy, Hint: "open it in a spreadsheet program and save it as .xlsx"}
}

// refuseContainer says what an OLE container is: a workbook with a password, a
// workbook of the old kind, or something else. The names of its streams stand
// in it as UTF-16; no more of it is read.
func refuseContainer(b []byte) *Error {
	switch {
	case bytes.Contains(b, utf16LE("EncryptedPackage")):
		return &Error{Reason: ErrProtected, Hint: "save it without one, or as CSV, and delete that copy when the list has been read"}
	case bytes.Contains(b, utf16LE("Workbook")), bytes.Contains(b, utf16LE("Book")):
		return legacy()
	}
	return notTable("this is an Office document, but not a workbook", "ask for the list as .xlsx or .csv")
}

func utf16LE(ascii string) []byte {
	out := make([]byte, 0, 2*len(ascii))
	for _, c := range []byte(ascii) {
		out = append(out, c, 0)
	}
	return out
}
