package sheet

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// OpenDocument workbooks (ISO/IEC 26300-1, part 1; section 9 has the tables) are
// read as ours are: one pass, no nesting, nothing kept but cells that hold
// something. A cell or a row says how often it is repeated, which is where a few
// bytes could become many: what is empty is only counted, and what is not is held
// to the bounds of a list before it is repeated.

const (
	odsContent  = "content.xml"
	odsManifest = "meta-inf/manifest.xml"

	// odsRepeat is the largest number of repetitions that is believed: above the
	// rows of any spreadsheet program, and low enough to be added up.
	odsRepeat = 1 << 24
)

func readOpenDocument(parts *packed) (*Table, *Error) {
	if err := refuseSealed(parts); err != nil {
		return nil, err
	}
	f, ok := parts.parts[odsContent]
	if !ok {
		return nil, damaged(fmt.Sprintf("its part %q is missing", odsContent))
	}
	b, err := parts.read(f, UnzipLimit)
	if err != nil {
		return nil, err
	}
	r := odsReader{t: newTokens(b), hidden: map[string]bool{}}
	return r.document()
}

// refuseSealed refuses a workbook with a password: its manifest says so, and a
// whole one is inside (ISO/IEC 26300-3, section 4.8).
func refuseSealed(parts *packed) *Error {
	b, err := parts.small(odsManifest)
	if err != nil {
		return err
	}
	sealed := false
	err = scan(b, odsManifest, func(e *element) { sealed = sealed || e.name == "encryption-data" })
	if _, whole := parts.parts["encrypted-package"]; err == nil && (sealed || whole) {
		return &Error{Reason: ErrProtected, Detail: "it is an .ods, whose protection is not read here", Hint: "save it as .xlsx with its password"}
	}
	return err
}

// odsReader reads the tables of a document.
type odsReader struct {
	t       *tokens
	hidden  map[string]bool // table styles that do not show, by name
	style   string          // the table style that is being read
	sheets  int
	own     int // of them: those that a template has besides the list
	visible int

	found  *odsSheet // the first visible one that holds something
	origin *Origin
	whole  bool // the document ends as one
}

type odsSheet struct {
	name   string
	rows   []Row
	hidden int
}

func (r *odsReader) document() (*Table, *Error) {
	for {
		tok, e := r.t.next()
		if e == io.EOF {
			break
		}
		if e != nil {
			return nil, unreadable(odsContent)
		}
		switch tok := tok.(type) {
		case xml.EndElement:
			r.whole = r.whole || tok.Name.Local == "document-content"
		case xml.StartElement:
			el := element{tok.Name.Local, tok.Attr}
			switch el.name {
			case "style":
				r.style = el.attr("name")
			case "table-properties":
				if el.attr("display") == "false" {
					r.hidden[r.style] = true
				}
			case "table":
				if err := r.table(&el); err != nil {
					return nil, err
				}
			}
		}
	}
	switch {
	case !r.whole:
		return nil, damaged("its sheet is cut short")
	case r.found == nil:
		return nil, noRows(r.visible)
	}
	if r.origin != nil {
		r.sheets -= r.own
	}
	return sheetTable(OpenDocument, r.found.name, r.sheets, r.found.rows, r.found.hidden, r.origin)
}

// table reads one sheet. Of those behind the first that holds something only the
// one is kept that says which template the list was made from.
func (r *odsReader) table(el *element) *Error {
	if r.sheets++; r.sheets > partCount {
		return tooLarge("over " + strconv.Itoa(partCount) + " sheets")
	}
	s := &odsSheet{name: el.attr("name")}
	if ownSheet(s.name) {
		r.own++
	}
	if s.name == originSheet || s.name == originBefore {
		err := r.rows(s, true)
		if err == nil && r.origin == nil {
			r.origin, err = parseOrigin(s.rows)
		}
		return err
	}
	hidden := r.hidden[el.attr("style-name")]
	if !hidden {
		r.visible++
	}
	wanted := !hidden && r.found == nil
	if err := r.rows(s, wanted); err != nil {
		return err
	}
	if wanted && len(s.rows) > 0 {
		r.found = s
	}
	return nil
}

// rows reads the rows up to the end of a sheet, and keeps them if they are wanted.
func (r *odsReader) rows(s *odsSheet, wanted bool) *Error {
	size, number := budget{}, 0
	for {
		tok, e := r.t.next()
		if e != nil {
			return damaged("its sheet is cut short")
		}
		switch tok := tok.(type) {
		case xml.EndElement:
			if tok.Name.Local == "table" {
				return nil
			}
		case xml.StartElement:
			el := element{tok.Name.Local, tok.Attr}
			switch el.name {
			case "table-row":
			case "table": // of a chart or a form; no spreadsheet program makes one
				return damaged("there is a table inside a table")
			default:
				continue
			}
			times, ok := repeats(&el, "number-rows-repeated")
			if !ok || number+times > odsRepeat {
				return damaged("its rows are repeated without end")
			}
			state := el.attr("visibility")
			row, err := r.row(number+1, wanted)
			if err != nil {
				return err
			}
			number += times
			if row.Cells == nil {
				continue
			}
			for range times {
				again := row
				again.Cells = append([]Cell(nil), row.Cells...)
				if s.rows, err = size.add(s.rows, again); err != nil {
					return err
				}
				row.Number++
				if state == "collapse" || state == "filter" {
					s.hidden++
				}
			}
		}
	}
}

// repeats returns how often a row or a cell stands; 1 unless it says so.
func repeats(el *element, name string) (int, bool) {
	s := el.attr(name)
	if s == "" {
		return 1, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0 && n <= odsRepeat
}

// row reads the cells up to the end of a row. It has none where nothing stands
// in it, or where it is not wanted.
func (r *odsReader) row(number int, wanted bool) (Row, *Error) {
	row := Row{Number: number}
	column, something := 0, false
	for {
		tok, e := r.t.next()
		if e != nil {
			return row, damaged("its sheet is cut short")
		}
		switch tok := tok.(type) {
		case xml.EndElement:
			if tok.Name.Local == "table-row" {
				if !something {
					row.Cells = nil
				}
				return row, nil
			}
		case xml.StartElement:
			if tok.Name.Local != "table-cell" && tok.Name.Local != "covered-table-cell" {
				continue
			}
			el := element{tok.Name.Local, tok.Attr}
			times, ok := repeats(&el, "number-columns-repeated")
			if !ok || column+times > odsRepeat {
				return row, damaged("the cells of its row " + strconv.Itoa(number) + " are repeated without end")
			}
			raw := odsCellOf(&el)
			if e := r.content(&raw, el.name); e != nil {
				return row, damaged("its sheet is cut short")
			}
			cell := raw.value()
			if column += times; cell.Kind == Empty || !wanted {
				continue
			}
			something = something || !raw.idle()
			if column > columnLimit {
				return row, outside(column, number)
			}
			for len(row.Cells) < column-times {
				row.Cells = append(row.Cells, Cell{})
			}
			for range times {
				row.Cells = append(row.Cells, cell)
			}
		}
	}
}

// odsCell is a cell as the part has it (attributes: section 19.385 and on).
type odsCell struct {
	kind    string // office:value-type
	stored  string // office:value, date-value, boolean-value or string-value
	text    string // what is shown: the paragraphs, a line break between two
	formula string // table:formula, its language taken off: "=A1+1"
}

func odsCellOf(el *element) odsCell {
	c := odsCell{}
	for _, a := range el.attrs {
		switch a.Name.Local {
		case "value-type":
			if c.kind == "" || a.Name.Space == "office" { // LibreOffice's own says the same, or "error"
				c.kind = a.Value
			}
		case "value", "date-value", "boolean-value", "string-value", "time-value":
			c.stored = a.Value
		case "formula":
			c.formula = a.Value
			if i := strings.IndexByte(c.formula, '='); i >= 0 {
				c.formula = c.formula[i:]
			}
		}
	}
	return c
}

// idle tells whether the cell is a formula that came to nothing.
func (c *odsCell) idle() bool { return c.formula != "" && c.kind == "string" && blank(c.text) }

// value makes a cell of what the part has. A number keeps the zeros in front
// with which it is shown.
func (c *odsCell) value() Cell {
	switch {
	case c.formula != "":
		if !strings.HasPrefix(c.formula, "=") {
			c.formula = "=" + c.formula
		}
		return Cell{c.formula, Formula}
	case c.kind == "date":
		return isoDate(c.stored)
	case c.kind == "boolean":
		if c.stored == "true" {
			return Cell{"TRUE", Bool}
		}
		return Cell{"FALSE", Bool}
	case c.kind == "float", c.kind == "percentage", c.kind == "currency":
		x, err := strconv.ParseFloat(c.stored, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return textCell(c.text)
		}
		number := cellStyle{}.number(c.stored, false)
		if shown := trim(c.text); len(shown) > len(number.Text) && strings.TrimLeft(shown, "0") == number.Text {
			number.Text = shown
		}
		return number
	case c.text == "":
		return textCell(c.stored) // a text may stand in the attribute alone
	}
	return textCell(c.text)
}
