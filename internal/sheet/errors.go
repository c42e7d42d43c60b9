package sheet

import (
	"errors"
	"fmt"
)

// The reasons for which Read refuses a file, for errors.Is.
var (
	ErrProtected = errors.New("protected by a password")
	ErrPassword  = errors.New("the password does not open it")
	ErrLegacy    = errors.New("an Excel file of the old kind (.xls)")
	ErrTooLarge  = errors.New("too large")
	ErrNotTable  = errors.New("not a list that can be read")
	ErrWebPage   = fmt.Errorf("%w, but a web page or an XML file", ErrNotTable)
	ErrDamaged   = errors.New("damaged or cut short")
	ErrEmpty     = errors.New("empty")
	ErrAmbiguous = errors.New("it can be read in more than one way") // Error.Candidates has them
	ErrNewer     = errors.New("made by a newer version of the program")
)

// An Error says why a file was not read, and the way out. It never holds the
// content of a cell.
type Error struct {
	Name   string // of the file, as the caller of Read gave it
	Reason error  // one of the reasons above
	Detail string // where and what, if there is more to say
	Hint   string // the way out

	// Candidates are the ways to read it that are left, where Reason is
	// ErrAmbiguous: for Options.Encoding or, where each is one sign, for
	// Options.Separator. The likeliest comes first.
	Candidates []string
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

// ambiguous asks which of the candidates is meant.
func ambiguous(detail, hint string, candidates []string) *Error {
	return &Error{Reason: ErrAmbiguous, Detail: detail, Hint: hint, Candidates: candidates}
}

func legacy() *Error {
	return &Error{Reason: ErrLegacy, Hint: "open it in a spreadsheet program and save it as .xlsx"}
}

func utf16LE(ascii string) []byte {
	out := make([]byte, 0, 2*len(ascii))
	for _, c := range []byte(ascii) {
		out = append(out, c, 0)
	}
	return out
}
