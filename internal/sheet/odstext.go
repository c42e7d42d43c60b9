package sheet

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// content reads up to the end of a cell, and keeps the text of its paragraphs.
// What else may stand in a cell, a comment or a picture with its own paragraphs,
// is passed over.
func (r *odsReader) content(c *odsCell, end string) error {
	var text []byte // not a string: a text may come in a million pieces
	paragraphs, inText, skip := 0, false, 0
	for {
		tok, err := r.t.next()
		if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			name := tok.Name.Local
			switch {
			case skip > 0:
				skip++
			case !inText && name == "p" && tok.Name.Space == "text":
				if paragraphs++; paragraphs > 1 {
					text = append(text, '\n')
				}
				inText = true
			case !inText:
				skip = 1
			case name == "s":
				text = append(text, spaces(&element{name, tok.Attr})...)
			case name == "tab":
				text = append(text, '\t')
			case name == "line-break":
				text = append(text, '\n')
			case name != "span" && name != "a" && name != "ruby" && name != "ruby-base":
				skip = 1
			}
		case xml.EndElement:
			switch {
			case skip > 0:
				skip--
			case inText && tok.Name.Local == "p":
				inText = false
			case !inText && tok.Name.Local == end:
				c.text = string(text)
				return nil
			}
		case xml.CharData:
			if inText && skip == 0 {
				text = append(text, collapsed(tok)...)
			}
		}
		if len(text) > tokenLimit {
			return errLongToken
		}
	}
}

// spaces returns the spaces that an element text:s stands for.
func spaces(el *element) string {
	n, err := strconv.Atoi(el.attr("c"))
	if err != nil || n < 1 {
		n = 1
	}
	return strings.Repeat(" ", min(n, TextLimit))
}

// collapsed makes one space of the breaks with which a part may be laid out.
func collapsed(text []byte) []byte {
	for i, c := range text {
		if c == '\n' || c == '\r' || c == '\t' {
			text[i] = ' '
		}
	}
	return text
}
