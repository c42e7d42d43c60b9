package sheet

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/medlem-register/medlem/internal/officecrypt"
)

// Options say how to read a file that cannot be read by itself. The zero value
// refuses such a file, with the way out.
type Options struct {
	// Password is called once, and only where the file is protected; nil refuses
	// it with ErrProtected. Its error ends the reading and is returned as it is.
	Password func() (string, error)

	// Encoding is one of Encodings, for a text in which that is in doubt. UTF-8
	// and UTF-16 are known by themselves and stay what they are.
	Encoding string

	// Separator is what stands between the columns of a csv, one of ; , tab and
	// the vertical bar; 0 finds out.
	Separator byte
}

// read reads a list and knows no name for it.
func (o *Options) read(b []byte) (*Table, error) {
	if len(b) > FileLimit {
		return nil, tooLarge("the file is over " + strconv.Itoa(FileLimit>>20) + " MB")
	}
	kind := Detect(b)
	if kind == Protected {
		plain, err := o.unlock(b)
		if err != nil {
			return nil, err
		}
		t, fault := o.readKind(Detect(plain), plain)
		if fault != nil {
			return nil, fault
		}
		t.Protected = true
		return t, nil
	}
	t, fault := o.readKind(kind, b)
	if fault != nil {
		return nil, fault
	}
	return t, nil
}

func (o *Options) readKind(kind Kind, b []byte) (*Table, *Error) {
	switch kind {
	case Nothing:
		return nil, &Error{Reason: ErrEmpty, Hint: "choose the file that holds the list"}
	case Workbook, OpenDocument:
		return readZip(b)
	case Cards:
		return o.readCards(b)
	case TextFile:
		return o.readCSV(b)
	case Legacy:
		return nil, legacy()
	case WebPage:
		return nil, &Error{Reason: ErrWebPage, Detail: "whatever its name says", Hint: "open it in a spreadsheet program and save it as .xlsx"}
	case Protected:
		return nil, damaged("there is a protected file inside the protected file")
	}
	if hasPrefixFold(b, "PK") {
		return readZip(b)
	}
	if officecrypt.KindOf(b) == officecrypt.KindDamaged && !bytes.Contains(b, utf16LE("WordDocument")) {
		return nil, damaged("it begins like a protected workbook, and most of it is missing")
	}
	return nil, other(asciiStart(b))
}

// unlock asks for the password of a protected file and returns what it holds.
func (o *Options) unlock(b []byte) ([]byte, error) {
	if o.Password == nil {
		return nil, &Error{Reason: ErrProtected, Hint: "save it without one, or as CSV, and delete that copy when the list has been read"}
	}
	password, err := o.Password()
	if err != nil {
		return nil, err
	}
	plain, err := officecrypt.Open(b, password)
	switch {
	case errors.Is(err, officecrypt.ErrPassword):
		return nil, &Error{Reason: ErrPassword, Hint: "ask whoever sent the file; capitals and spaces count"}
	case errors.Is(err, officecrypt.ErrUnsupported), errors.Is(err, officecrypt.ErrNotProtected):
		return nil, &Error{Reason: ErrProtected, Detail: "in a way that cannot be read here", Hint: "open it in a spreadsheet program with its password, and save it as .xlsx with a password of the usual kind"}
	case errors.Is(err, officecrypt.ErrIntegrity):
		return nil, damaged("it was changed after it was protected")
	case err != nil:
		return nil, damaged("it is protected, and its protection cannot be read")
	case len(plain) > FileLimit:
		return nil, tooLarge("without its protection, it is over " + strconv.Itoa(FileLimit>>20) + " MB")
	}
	return plain, nil
}
