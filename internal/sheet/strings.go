package sheet

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// stringLimit is how many different texts a workbook may share between cells.
const stringLimit = CellLimit

// sharedStrings reads the texts that cells refer to by number.
func (k *book) sharedStrings() ([]string, *Error) {
	f := k.relatedPart("sharedStrings")
	if f == nil {
		return nil, nil
	}
	b, err := k.read(f, UnzipLimit)
	if err != nil {
		return nil, err
	}
	var out []string
	t := newTokens(b)
	for {
		tok, e := t.next()
		if e == io.EOF {
			return out, nil
		}
		if e != nil {
			return nil, unreadable(f.Name)
		}
		if s, ok := tok.(xml.StartElement); ok && s.Name.Local == "si" {
			if len(out) == stringLimit {
				return nil, tooLarge("over " + strconv.Itoa(stringLimit) + " texts")
			}
			text, e := t.richText("si")
			if e != nil {
				return nil, unreadable(f.Name)
			}
			out = append(out, text)
		}
	}
}

// richText returns the text of the runs up to the end of the element called
// end; how to pronounce a text, which East Asian workbooks hold, is left out.
func (t *tokens) richText(end string) (string, error) {
	var text []byte // not a string: a text may come in a million pieces
	inText, phonetic := false, false
	for {
		tok, err := t.next()
		if err != nil {
			return "", err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			inText = tok.Name.Local == "t"
			phonetic = phonetic || tok.Name.Local == "rPh"
		case xml.EndElement:
			inText = false
			switch tok.Name.Local {
			case "rPh":
				phonetic = false
			case end:
				return unescape(string(text)), nil
			}
		case xml.CharData:
			if inText && !phonetic {
				text = append(text, tok...)
			}
		}
		if len(text) > tokenLimit {
			return "", errLongToken
		}
	}
}

// unescape undoes the escape _x000D_ with which workbooks write characters that
// XML cannot hold.
func unescape(s string) string {
	const length = len("_x000D_")
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		if len(s) >= length && s[length-1] == '_' {
			if r, err := strconv.ParseUint(s[2:6], 16, 16); err == nil {
				b.WriteRune(rune(r))
				s = s[length:]
				continue
			}
		}
		b.WriteString("_x")
		s = s[2:]
	}
}
