package bankfile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// readCamt reads statements (camt.053) and notices (camt.054) of ISO 20022, versions
// 001.02 to 001.14. Elements are known by their names without the namespace, and where
// versions differ both places are looked at. What is not booked yet, and money out, is
// passed over and counted.
func readCamt(r *reading, b []byte) error {
	t := &tokens{d: xml.NewDecoder(bytes.NewReader(b))}
	t.d.CharsetReader = charset
	d := xml.NewTokenDecoder(t)
	c := &camt{reading: r, tokens: t}
	for {
		token, err := d.Token()
		if err == io.EOF && c.Format != "" && c.closed {
			return nil
		}
		if err != nil {
			return t.broken(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if err := c.start(d, e); err != nil {
				return t.broken(err)
			}
		case xml.EndElement:
			if statements[e.Name.Local] {
				if err := c.endStatement(); err != nil {
					return err
				}
			}
			c.closed = e.Name.Local == "Document"
		}
	}
}

// tokens are the file's, bounded: in depth and number, and without a document type, which
// is where entities are declared.
type tokens struct {
	d        *xml.Decoder
	depth, n int
}

const (
	camtDepth  = 64
	camtTokens = 20_000_000
)

func (t *tokens) Token() (xml.Token, error) {
	token, err := t.d.RawToken()
	if err != nil {
		return nil, err
	}
	if t.n++; t.n > camtTokens {
		return nil, t.fail("more elements than a bank's file has")
	}
	switch token.(type) {
	case xml.StartElement:
		if t.depth++; t.depth > camtDepth {
			return nil, t.fail("elements %d deep within each other", t.depth)
		}
	case xml.EndElement:
		t.depth--
	case xml.Directive:
		return nil, t.fail("a document type: a bank's file has none")
	}
	return token, nil
}

// fail is an error at where the file was read to.
func (t *tokens) fail(format string, args ...any) *FileError {
	line, column := t.d.InputPos()
	return &FileError{line, column, fmt.Sprintf(format, args...)}
}

// broken is an error without the words of the file, which the XML decoder repeats.
func (t *tokens) broken(err error) error {
	if fault, ok := err.(*FileError); ok {
		return fault
	}
	if errors.Is(err, errEncoding) {
		return t.fail("an encoding that is not known: UTF-8, ISO 8859-1, ISO 8859-15 and Windows-1252 are")
	}
	return t.fail("malformed XML, or cut short")
}

var errEncoding = errors.New("unknown encoding")

func charset(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "iso-8859-1", "latin1":
		return charmap.ISO8859_1.NewDecoder().Reader(in), nil
	case "iso-8859-15":
		return charmap.ISO8859_15.NewDecoder().Reader(in), nil
	case "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(in), nil
	}
	return nil, errEncoding
}

type camt struct {
	*reading
	tokens  *tokens
	closed  bool // the document was ended
	entries int  // of the whole file
	camtStatement
}

// A camtStatement is what a statement says of itself and what its entries add up to.
type camtStatement struct {
	open         bool
	iban         string
	summary      []*camtSummary
	balance      map[string]int64 // opening (OPBD, PRCD) and closing (CLBD), in minor units
	intermediate bool             // the statement is a part of one
	booked       int64            // by how much the booked entries changed the balance

	allCount, creditCount, debitCount int64
	allSum, creditSum, debitSum       int64
}

var (
	statements = map[string]bool{"Stmt": true, "Ntfctn": true}
	namespace  = regexp.MustCompile(`^urn:iso:std:iso:20022:tech:xsd:(camt\.05[234]\.001\.(\d\d))$`)
)

func (c *camt) start(d *xml.Decoder, e xml.StartElement) error {
	name := e.Name.Local
	if c.Format == "" {
		m := namespace.FindStringSubmatch(e.Name.Space)
		switch {
		case name != "Document" || m == nil:
			return c.tokens.fail("no camt file: its first element must be a Document of camt.053 or camt.054")
		case strings.HasPrefix(m[1], "camt.052"):
			return c.tokens.fail("a report within a day (camt.052): give the statement (camt.053) or the notice (camt.054)")
		case m[2] < "02" || m[2] > "14":
			return c.tokens.fail("a version of camt that is not known: 001.02 to 001.14 are")
		}
		c.Format = m[1]
		return nil
	}
	switch {
	case name == "Document":
		return c.tokens.fail("a second document in the file")
	case statements[name]:
		if c.open {
			return c.tokens.fail("a statement within another")
		}
		c.camtStatement = camtStatement{open: true, balance: map[string]int64{}}
	case !c.open:
	case name == "Acct" && c.iban == "":
		var a camtAccount
		if err := d.DecodeElement(&a, &e); err != nil {
			return err
		}
		c.iban = a.String()
		c.account(c.iban)
	case name == "TxsSummry":
		s := &camtSummary{}
		c.summary = append(c.summary, s)
		return d.DecodeElement(s, &e)
	case name == "Bal":
		return c.readBalance(d, e)
	case name == "Ntry":
		return c.entry(d, e)
	}
	return nil
}

// endStatement compares what the statement says with its entries.
func (c *camt) endStatement() error {
	if !c.open {
		return nil
	}
	c.open = false
	for _, s := range c.summary {
		for _, x := range []struct {
			camtTotal
			what       string
			count, sum int64
		}{{s.All, "entries", c.allCount, c.allSum}, {s.Credit, "credit entries", c.creditCount, c.creditSum}, {s.Debit, "debit entries", c.debitCount, c.debitSum}} {
			if n := strings.TrimSpace(x.Count); n != "" && n != fmt.Sprint(x.count) {
				return c.tokens.fail("the statement says another number of %s than the %d that it has", x.what, x.count)
			}
			if x.Sum == "" {
				continue
			}
			if n, ok := minor(x.Sum); !ok || n != x.sum {
				return c.tokens.fail("the %s of the statement add up to %d, and it says another sum", x.what, x.sum)
			}
		}
	}
	from, opened := c.balance["OPBD"]
	if !opened {
		from, opened = c.balance["PRCD"]
	}
	to, closed := c.balance["CLBD"]
	if opened && closed && !c.intermediate && from+c.booked != to {
		return c.tokens.fail("the balances of the statement differ by another sum than its entries")
	}
	return nil
}
