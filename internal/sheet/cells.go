package sheet

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
)

// rows reads the rows of a sheet that hold something, and counts the hidden
// ones among them.
func (k *book) rows(part string) (rows []Row, hidden int, fault *Error) {
	f, ok := k.parts[part]
	if !ok {
		return nil, 0, damaged(fmt.Sprintf("its part %q is missing", part))
	}
	b, err := k.read(f, UnzipLimit)
	if err != nil {
		return nil, 0, err
	}
	r := cellReader{book: k, t: newTokens(b)}
	size, number, whole := budget{}, 0, false
	for {
		tok, e := r.t.next()
		if e == io.EOF {
			break
		}
		if e != nil {
			return nil, 0, unreadable(part)
		}
		switch tok := tok.(type) {
		case xml.EndElement:
			whole = whole || tok.Name.Local == "worksheet"
		case xml.StartElement:
			if tok.Name.Local != "row" {
				continue
			}
			el := element{"row", tok.Attr}
			number++
			if at := el.attr("r"); at != "" {
				n, e := strconv.Atoi(at)
				if e != nil || n < number || n > math.MaxInt32 {
					return nil, 0, damaged("its rows are not in order")
				}
				number = n
			}
			isHidden := el.flag("hidden")
			row, err := r.row(number)
			if err != nil {
				return nil, 0, err
			}
			before := len(rows)
			if rows, err = size.add(rows, row); err != nil {
				return nil, 0, err
			}
			if isHidden {
				hidden += len(rows) - before
			}
		}
	}
	if !whole {
		return nil, 0, damaged("its sheet is cut short")
	}
	return rows, hidden, nil
}

// cellReader reads the cells of a sheet.
type cellReader struct {
	*book
	t *tokens
}

// row reads the cells up to the end of a row.
func (r *cellReader) row(number int) (Row, *Error) {
	row := Row{Number: number}
	column, something := 0, false
	for {
		tok, e := r.t.next()
		if e != nil {
			return row, damaged("its sheet is cut short")
		}
		switch tok := tok.(type) {
		case xml.EndElement:
			if tok.Name.Local == "row" {
				if !something {
					row.Cells = nil
				}
				return row, nil
			}
		case xml.StartElement:
			if tok.Name.Local != "c" {
				continue
			}
			el := element{"c", tok.Attr}
			column++
			if at := el.attr("r"); at != "" {
				n := columnOf(at)
				if n < column {
					return row, damaged("the cells of its row " + strconv.Itoa(number) + " are not in order")
				}
				column = n
			}
			raw, e := r.cell(&el)
			if e != nil {
				return row, damaged("its sheet is cut short")
			}
			cell, ok := r.value(&raw)
			if !ok {
				return row, damaged("the cell " + letter(column) + strconv.Itoa(number) + " refers to a text that is not there")
			}
			if cell.Kind == Empty {
				continue
			}
			something = something || !raw.idle()
			if column > columnLimit {
				return row, outside(column, number)
			}
			for len(row.Cells) < column-1 {
				row.Cells = append(row.Cells, Cell{})
			}
			row.Cells = append(row.Cells, cell)
		}
	}
}

// columnOf returns the number of the column of a reference such as "AB12", or 0.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref) && i < 4; i++ {
		switch c := ref[i]; {
		case c >= 'A' && c <= 'Z':
			n = n*26 + int(c-'A') + 1
		case c >= 'a' && c <= 'z':
			n = n*26 + int(c-'a') + 1
		default:
			return n
		}
	}
	return 0
}

// rawCell is a cell as the part has it.
type rawCell struct {
	kind       string // attribute t
	style      string // attribute s
	stored     string // element v: a number, the number of a shared text, a result
	text       string // element is
	formula    string // element f
	hasFormula bool
}

// idle tells whether the cell is a formula that came to nothing: sheets are
// filled with such far below their last row.
func (c *rawCell) idle() bool { return c.hasFormula && c.kind == "str" && blank(c.stored) }

// cell reads up to the end of a cell.
func (r *cellReader) cell(el *element) (rawCell, error) {
	c := rawCell{kind: el.attr("t"), style: el.attr("s")}
	inside := ""
	var stored, formula []byte // not strings: a text may come in a million pieces
	for {
		tok, err := r.t.next()
		if err != nil {
			return c, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			switch inside = tok.Name.Local; inside {
			case "f":
				c.hasFormula = true
			case "is":
				if c.text, err = r.t.richText("is"); err != nil {
					return c, err
				}
				inside = ""
			}
		case xml.EndElement:
			if inside = ""; tok.Name.Local == "c" {
				c.stored, c.formula = string(stored), string(formula)
				return c, nil
			}
		case xml.CharData:
			switch inside {
			case "v":
				stored = append(stored, tok...)
			case "f":
				formula = append(formula, tok...)
			}
			if len(stored)+len(formula) > tokenLimit {
				return c, errLongToken
			}
		}
	}
}

// value makes a cell of what the part has; false if it refers to a text that
// is not there.
func (r *cellReader) value(c *rawCell) (Cell, bool) {
	if c.hasFormula {
		return Cell{"=" + c.formula, Formula}, true
	}
	if c.kind == "inlineStr" {
		return textCell(c.text), true
	}
	if blank(c.stored) { // a cell that has a style and nothing else
		return Cell{}, true
	}
	switch c.kind {
	case "s":
		i, err := strconv.Atoi(c.stored)
		if err != nil || i < 0 || i >= len(r.strs) {
			return Cell{}, false
		}
		return textCell(r.strs[i]), true
	case "str":
		return textCell(unescape(c.stored)), true
	case "e":
		return Cell{c.stored, ErrorCell}, true
	case "b":
		if c.stored == "1" || c.stored == "true" {
			return Cell{"TRUE", Bool}, true
		}
		return Cell{"FALSE", Bool}, true
	case "d":
		return isoDate(c.stored), true
	}
	var style cellStyle
	if i, err := strconv.Atoi(c.style); err == nil && i >= 0 && i < len(r.styles) {
		style = r.styles[i]
	}
	return style.number(c.stored, r.dates1904), true
}
