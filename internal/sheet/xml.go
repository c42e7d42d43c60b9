package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// tokenLimit is how many bytes of a part one tag or one text may have. The
// longest text of a cell is far below it, and no tag needs more.
const tokenLimit = 1 << 20

var errLongToken = errors.New("a tag or a text without end")

// tokens reads XML token by token, without nesting: what is read here needs no
// more, and no depth of tags can cost anything.
type tokens struct {
	dec *xml.Decoder
	src tokenSource
}

// tokenSource hands out bytes until a token is too long.
type tokenSource struct {
	r    bytes.Reader
	left int
}

func (s *tokenSource) ReadByte() (byte, error) {
	if s.left--; s.left < 0 {
		return 0, errLongToken
	}
	return s.r.ReadByte()
}

// Read is there for xml.NewDecoder, which uses ReadByte.
func (s *tokenSource) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

func newTokens(b []byte) *tokens {
	t := &tokens{}
	t.src.r.Reset(b)
	t.dec = xml.NewDecoder(&t.src)
	return t
}

// next returns the next token, good until the one after it; io.EOF at the end.
func (t *tokens) next() (xml.Token, error) {
	t.src.left = tokenLimit
	tok, err := t.dec.RawToken()
	if d, ok := tok.(xml.Directive); ok && bytes.HasPrefix(d, []byte("DOCTYPE")) {
		return nil, errors.New("a document type, which no workbook has")
	}
	return tok, err
}

// element is a start tag.
type element struct {
	name  string
	attrs []xml.Attr
}

// attr returns the value of an attribute, whatever its prefix.
func (e *element) attr(name string) string {
	for i := range e.attrs {
		if e.attrs[i].Name.Local == name {
			return e.attrs[i].Value
		}
	}
	return ""
}

// flag returns the value of an attribute that is true or false.
func (e *element) flag(name string) bool {
	v := e.attr(name)
	return v == "1" || strings.EqualFold(v, "true")
}

// scan calls fn for every start tag of a part.
func scan(b []byte, part string, fn func(*element)) *Error {
	t := newTokens(b)
	for {
		tok, err := t.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return unreadable(part)
		}
		if s, ok := tok.(xml.StartElement); ok {
			fn(&element{s.Name.Local, s.Attr})
		}
	}
}

// unreadable refuses a part that is not XML. The decoder's own error is left
// out: it may hold a piece of the text.
func unreadable(part string) *Error {
	return damaged(fmt.Sprintf("its part %q is not XML", part))
}
