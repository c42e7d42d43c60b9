package sheet

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Address cards: vCard 4.0 (RFC 6350), 3.0 (RFC 2426) and 2.1 (versit, 1996),
// which old telephones and Outlook still write. A card becomes a row. Its name,
// birth date, e-mail, phone and postal address are read; what else a card may
// hold is none of a member register's business, and is named in Table.LeftOut.

const (
	cardLine   = 4 << 20 // bytes of one property, folded lines together: a portrait
	cardValues = 9       // e-mail addresses, phones or postal addresses of one card
	cardNames  = 200     // different properties that LeftOut names
)

// A cardProperty is one line of a card, unfolded.
type cardProperty struct {
	name   string // upper case, without its group
	params []cardParam
	raw    []byte // the value as it stands, its transfer encoding taken off
}

type cardParam struct{ name, value string } // both upper case

// has tells whether the property is marked as one of the types: TEL;CELL,
// TEL;TYPE=cell or, for the preferred one, TEL;PREF=1.
func (p *cardProperty) has(types ...string) bool {
	for _, x := range p.params {
		switch x.name {
		case "PREF":
			if x.value == "1" && slices.Contains(types, "PREF") {
				return true
			}
		case "TYPE", "":
			for v := range strings.SplitSeq(x.value, ",") {
				if slices.Contains(types, v) {
					return true
				}
			}
		}
	}
	return false
}

func (p *cardProperty) param(name string) string {
	for _, x := range p.params {
		if x.name == name {
			return x.value
		}
	}
	return ""
}

// A card is what stands between BEGIN and END.
type card struct {
	old        bool // version 2.1
	properties []cardProperty
}

// cardReader takes cards off a file.
type cardReader struct {
	rest []byte
	n    int // the card that is being read, from 1
}

// next returns the next card, or nil at the end.
func (r *cardReader) next() (*card, *Error) {
	line, ok := r.line()
	for ok && len(bytes.TrimSpace(line)) == 0 {
		line, ok = r.line()
	}
	if !ok {
		return nil, nil
	}
	r.n++
	if !strings.EqualFold(string(bytes.TrimSpace(line)), "BEGIN:VCARD") {
		return nil, r.damaged("does not begin like one")
	}
	c := &card{old: r.isOld()}
	for {
		line, ok := r.unfolded(c.old)
		switch {
		case !ok:
			return nil, r.damaged("is cut short")
		case len(line) > cardLine:
			return nil, tooLarge(fmt.Sprintf("a line of card %d is over %d MB", r.n, cardLine>>20))
		case len(bytes.TrimSpace(line)) == 0:
			continue
		}
		p, ok := parseProperty(line)
		switch {
		case !ok:
			return nil, r.damaged("has a line that is none of a card")
		case p.name == "BEGIN":
			return nil, r.damaged("has another inside, or no end")
		case p.name == "END":
			return c, nil
		}
		if err := r.unfoldQuoted(&p); err != nil {
			return nil, err
		}
		if !p.decode() {
			return nil, r.damaged("has a value that cannot be decoded")
		}
		c.properties = append(c.properties, p)
	}
}

// unfoldQuoted adds the lines that continue a quoted-printable value: it has a
// way of its own to say that it goes on, an equals sign at the end.
func (r *cardReader) unfoldQuoted(p *cardProperty) *Error {
	if !p.quoted() || !bytes.HasSuffix(p.raw, []byte("=")) {
		return nil
	}
	p.raw = slices.Clone(p.raw) // grows below, in a place of its own
	for bytes.HasSuffix(p.raw, []byte("=")) {
		more, ok := r.line()
		if !ok {
			return r.damaged("is cut short")
		}
		if p.raw = append(p.raw[:len(p.raw)-1], more...); len(p.raw) > cardLine {
			return tooLarge(fmt.Sprintf("a line of card %d is over %d MB", r.n, cardLine>>20))
		}
	}
	return nil
}

func (r *cardReader) damaged(what string) *Error {
	return &Error{Reason: ErrDamaged, Detail: "card " + strconv.Itoa(r.n) + " " + what, Hint: "save the cards again, or ask for the list as .xlsx or .csv"}
}

// isOld tells whether the card that begins here is of version 2.1, in which a
// folded line keeps its space.
func (r *cardReader) isOld() bool {
	const near = 4096 // bytes in which the version stands
	head := bytes.ToUpper(r.rest[:min(len(r.rest), near)])
	if i := bytes.Index(head, []byte("END:VCARD")); i >= 0 {
		head = head[:i]
	}
	return bytes.Contains(head, []byte("VERSION:2.1"))
}

// line takes a line off the file.
func (r *cardReader) line() ([]byte, bool) {
	if len(r.rest) == 0 {
		return nil, false
	}
	i := bytes.IndexAny(r.rest, "\r\n")
	if i < 0 {
		line := r.rest
		r.rest = nil
		return line, true
	}
	line := r.rest[:i]
	if r.rest[i] == '\r' && i+1 < len(r.rest) && r.rest[i+1] == '\n' {
		i++
	}
	r.rest = r.rest[i+1:]
	return line, true
}

// unfolded takes a line with those that continue it off the file: they begin
// with a space, which belongs to the text in version 2.1 only.
func (r *cardReader) unfolded(old bool) ([]byte, bool) {
	line, ok := r.line()
	if !ok {
		return nil, false
	}
	own := false // the line is a copy, which may grow
	for len(r.rest) > 0 && (r.rest[0] == ' ' || r.rest[0] == '\t') && len(line) <= cardLine {
		more, _ := r.line()
		if !old {
			more = more[1:]
		}
		if !own {
			line, own = slices.Clone(line), true
		}
		line = append(line, more...)
	}
	return line, true
}

// parseProperty takes a line apart: group.NAME;PARAM=value:value.
func parseProperty(line []byte) (cardProperty, bool) {
	p := cardProperty{}
	end, quotes := -1, false
	for i, c := range line {
		if c == '"' {
			quotes = !quotes
		}
		if c == ':' && !quotes {
			end = i
			break
		}
	}
	if end < 0 {
		return p, false
	}
	p.raw = line[end+1:]
	head := splitOutside(string(line[:end]), ';')
	name := head[0]
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	p.name = strings.ToUpper(strings.TrimSpace(name))
	for _, x := range head[1:] {
		name, value, found := strings.Cut(x, "=")
		if !found { // version 2.1 writes values alone: TEL;CELL
			name, value = "", x
		}
		value = strings.Trim(strings.TrimSpace(value), `"`)
		p.params = append(p.params, cardParam{strings.ToUpper(strings.TrimSpace(name)), strings.ToUpper(value)})
	}
	return p, isCardName(p.name)
}

// isCardName tells whether s is a name of a property: letters, digits, hyphens.
func isCardName(s string) bool {
	const longest = 60 // characters
	return s != "" && len(s) <= longest && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// splitOutside splits s at sep where that stands outside quotation marks.
func splitOutside(s string, sep byte) []string {
	var out []string
	start, quotes := 0, false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quotes = !quotes
		case s[i] == sep && !quotes:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// quoted tells whether the value is quoted-printable.
func (p *cardProperty) quoted() bool {
	return p.param("ENCODING") == "QUOTED-PRINTABLE" || p.param("") == "QUOTED-PRINTABLE" || slices.Contains(p.params, cardParam{"", "QUOTED-PRINTABLE"})
}

// decode takes the transfer encoding off a value that is wanted.
func (p *cardProperty) decode() bool {
	if !wanted(p.name) {
		return true
	}
	e := p.param("ENCODING")
	switch {
	case p.quoted():
		var ok bool
		p.raw, ok = unquote(p.raw)
		return ok
	case e == "B", e == "BASE64", slices.Contains(p.params, cardParam{"", "BASE64"}):
		var err error
		p.raw, err = base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(p.raw), nil)))
		return err == nil
	}
	return true
}

// unquote undoes quoted-printable (RFC 2045, section 6.7) in one long line, which
// the reader of the standard library does not take.
func unquote(b []byte) ([]byte, bool) {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '=' {
			out = append(out, b[i])
			continue
		}
		if i+2 >= len(b) {
			return nil, false
		}
		var c [1]byte
		if _, err := hex.Decode(c[:], b[i+1:i+3]); err != nil {
			return nil, false
		}
		out = append(out, c[0])
		i += 2
	}
	return out, true
}

// text returns the value as text, in the encoding that it names, or else UTF-8,
// or else the code page of the whole file.
func (p *cardProperty) text(page string) (string, *Error) {
	if utf8.Valid(p.raw) {
		return string(p.raw), nil
	}
	if named := cardPage(p.param("CHARSET")); named != "" {
		page = named
	}
	s, _, err := pageText(p.raw, page)
	return s, err
}

// cardPage returns our name of the code page that a card names.
func cardPage(charset string) string {
	switch charset {
	case "WINDOWS-1252", "CP1252", "ISO-8859-1", "LATIN1", "ISO-8859-15":
		return "Windows-1252"
	case "IBM865", "CP865":
		return "CP865"
	case "IBM850", "CP850":
		return "CP850"
	case "MACINTOSH", "MACROMAN", "X-MAC-ROMAN":
		return "Mac Roman"
	}
	return ""
}
