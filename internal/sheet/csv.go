package sheet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fieldLimit is how many fields a row may have, empty ones at its end included.
const fieldLimit = 16_384 // a spreadsheet's columns

func (o *Options) readCSV(b []byte) (*Table, *Error) {
	text, notes, err := decode(b, o.Encoding)
	if err != nil {
		return nil, err
	}
	if garbled(text) {
		return nil, notTable("this is not text", "ask for the list as .xlsx or .csv")
	}
	sep := o.Separator
	if sep == 0 {
		if sep, text, err = separator(text); err != nil {
			return nil, err
		}
	} else if !slices.Contains(separators, sep) {
		return nil, notTable("nothing that separates columns was named", "name one of ; , tab and |")
	} else {
		_, text = excelLine(text)
	}
	notes = append(notes, Note{Kind: NoteSeparator, Name: string(sep)})
	p := csvReader{text: text, sep: sep}
	var rows []Row
	size := budget{}
	for {
		fields, ok, fault := p.next()
		if fault == errManyFields {
			return nil, outside(len(fields)+1, p.row)
		}
		if fault != nil {
			return nil, &Error{Reason: ErrDamaged, Detail: fmt.Sprintf("row %d, column %s: %v", p.row, letter(len(fields)+1), fault),
				Hint: "mend the quotation marks of that row, or save the list as .xlsx"}
		}
		if !ok {
			break
		}
		row := Row{Number: p.row, Cells: make([]Cell, len(fields))}
		for i, f := range fields {
			row.Cells[i] = csvCell(f)
		}
		if rows, err = size.add(rows, row); err != nil {
			return nil, err
		}
	}
	t, err := newTable(rows)
	if err != nil {
		return nil, err
	}
	t.Format, t.Notes = TextFile, append(notes, t.Notes...)
	return t, nil
}

// garbled tells a binary file that happens to hold no zero byte from text.
func garbled(s string) bool {
	n, controls := 0, 0
	for _, r := range s[:min(len(s), 4096)] {
		n++
		if r < ' ' && !unicode.IsSpace(r) {
			controls++
		}
	}
	return controls*20 > n
}

// csvReader reads csv row by row. Unlike encoding/csv it counts rows as a
// spreadsheet does, empty lines included, takes a quotation mark inside a plain
// field as it stands, ends lines at CR, LF or both, and never lets one stray
// quotation mark swallow the rows after it.
type csvReader struct {
	text string
	sep  byte
	row  int // of the record that next returned or failed in
	buf  []string
}

var (
	errOpenQuote  = errors.New("a quotation mark opens and never closes")
	errAfterQuote = errors.New("text stands behind a closing quotation mark")
	errManyFields = errors.New("too many fields")
)

// next returns the fields of the next row, good until the next call. The error
// of a row is in the field behind those returned.
func (p *csvReader) next() ([]string, bool, error) {
	p.buf = p.buf[:0]
	if p.text == "" {
		return nil, false, nil
	}
	p.row++
	for {
		if len(p.buf) == fieldLimit {
			return p.buf, false, errManyFields
		}
		field, more, err := p.field()
		if err != nil {
			return p.buf, false, err
		}
		p.buf = append(p.buf, field)
		if !more {
			return p.buf, true, nil
		}
	}
}

// field takes one field and what ends it off the text, and tells whether the
// row goes on.
func (p *csvReader) field() (string, bool, error) {
	if strings.HasPrefix(p.text, `"`) {
		return p.quoted()
	}
	i := 0
	for i < len(p.text) && p.text[i] != p.sep && p.text[i] != '\n' && p.text[i] != '\r' {
		i++
	}
	field := p.text[:i]
	p.text = p.text[i:]
	return field, p.end(), nil
}

func (p *csvReader) quoted() (string, bool, error) {
	rest, doubled := p.text[1:], false
	for i := 0; ; i++ {
		n := strings.IndexByte(rest[i:], '"')
		if n < 0 {
			return "", false, errOpenQuote
		}
		i += n
		if i+1 < len(rest) && rest[i+1] == '"' {
			doubled = true
			i++
			continue
		}
		field := rest[:i]
		if doubled {
			field = strings.ReplaceAll(field, `""`, `"`)
		}
		p.text = strings.TrimLeft(rest[i+1:], " ")
		if p.text != "" && p.text[0] != p.sep && p.text[0] != '\n' && p.text[0] != '\r' {
			return "", false, errAfterQuote
		}
		return field, p.end(), nil
	}
}

// end takes the separator or the end of the line off the text, and tells
// whether the row goes on.
func (p *csvReader) end() bool {
	switch {
	case p.text == "":
		return false
	case p.text[0] == p.sep:
		p.text = p.text[1:]
		return true
	case strings.HasPrefix(p.text, "\r\n"):
		p.text = p.text[2:]
	default:
		p.text = p.text[1:]
	}
	return false
}

// csvCell makes a cell of a field. What a spreadsheet would run is a formula;
// ="0150", with which programs keep a zero, is the text 0150; and the
// apostrophe that guards a text against being run is taken off.
func csvCell(field string) Cell {
	if blank(field) {
		return Cell{}
	}
	if inner, ok := strings.CutPrefix(field, `="`); ok {
		if inner, ok = strings.CutSuffix(inner, `"`); ok && !strings.Contains(inner, `"`) {
			return textCell(inner)
		}
	}
	if strings.HasPrefix(field, "=") {
		return Cell{Text: field, Kind: Formula}
	}
	return textCell(unguard(field))
}

func textCell(s string) Cell {
	if blank(s) {
		return Cell{}
	}
	return Cell{Text: s, Kind: TextCell}
}

// blank tells whether nothing can be seen of s.
func blank(s string) bool { return trim(s) == "" }

// trim takes off the space around s, of every kind: also the no-break space and
// the marks without width that web pages leave.
func trim(s string) string { return strings.TrimFunc(s, invisible) }

func invisible(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u2060' || r == '\ufeff'
}

// runnable are the characters before which a csv carries an apostrophe, lest a
// spreadsheet runs what follows; the wide forms are run too.
const runnable = "=+-@\t\r\n＝＋－＠"

// unguard takes the apostrophe off that a careful program put before a text
// that a spreadsheet would otherwise run.
func unguard(s string) string {
	t := strings.TrimLeft(s, "'")
	if t == "" || len(t) == len(s) {
		return s
	}
	if r, _ := utf8.DecodeRuneInString(t); strings.ContainsRune(runnable, r) {
		return s[1:]
	}
	return s
}
