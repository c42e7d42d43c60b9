package sheet

import (
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// styleLimit is how many cell styles a workbook may have, which is Excel's bound.
const styleLimit = 65_490

// A cellStyle is what a style does to a number.
type cellStyle struct {
	date  bool // it shows as a date
	width int  // it shows with zeros in front, to this many digits: the format "0000"
}

// readStyles reads what the styles of the cells do to numbers.
func (k *book) readStyles() *Error {
	f := k.relatedPart("styles")
	if f == nil {
		return nil
	}
	b, err := k.read(f, smallPart)
	if err != nil {
		return err
	}
	formats := map[int]cellStyle{} // the workbook's own number formats
	t, inCells := newTokens(b), false
	for {
		tok, e := t.next()
		if e == io.EOF {
			return nil
		}
		if e != nil {
			return unreadable(f.Name)
		}
		switch tok := tok.(type) {
		case xml.EndElement:
			inCells = inCells && tok.Name.Local != "cellXfs"
		case xml.StartElement:
			el := element{tok.Name.Local, tok.Attr}
			switch el.name {
			case "cellXfs":
				inCells = true
			case "numFmt":
				if id, e := strconv.Atoi(el.attr("numFmtId")); e == nil && len(formats) < styleLimit {
					formats[id] = formatStyle(el.attr("formatCode"))
				}
			case "xf":
				if !inCells {
					continue
				}
				if len(k.styles) == styleLimit {
					return tooLarge("over " + strconv.Itoa(styleLimit) + " cell styles")
				}
				id, _ := strconv.Atoi(el.attr("numFmtId"))
				style, own := formats[id]
				if !own {
					style.date = builtinDate(id)
				}
				k.styles = append(k.styles, style)
			}
		}
	}
}

// builtinDate tells whether a number format that every workbook has shows a
// day; the East Asian calendars among them too. Formats of hours alone do not.
func builtinDate(id int) bool {
	return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id == 57 || id == 58
}

// formatStyle tells what a number format does: it shows a date if a year or a
// day stands in it outside quotes, escapes and brackets.
func formatStyle(code string) cellStyle {
	if code != "" && strings.Trim(code, "0") == "" {
		return cellStyle{width: min(len(code), 20)}
	}
	code, _, _ = strings.Cut(code, ";") // the first part is for numbers above zero
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '\\', '_', '*':
			i++
		case '"':
			n := strings.IndexByte(code[i+1:], '"')
			if n < 0 {
				return cellStyle{}
			}
			i += n + 1
		case '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				return cellStyle{}
			}
			i += n
		case 'y', 'Y', 'd', 'D':
			return cellStyle{date: true}
		}
	}
	return cellStyle{}
}

// number makes a cell of a stored number.
func (s cellStyle) number(stored string, dates1904 bool) Cell {
	x, err := strconv.ParseFloat(strings.TrimSpace(stored), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return textCell(stored)
	}
	if s.date {
		if day, ok := serialDate(x, dates1904); ok {
			return Cell{day, Date}
		}
	}
	text := strconv.FormatFloat(x, 'f', -1, 64)
	if missing := s.width - len(text); missing > 0 && x >= 0 && !strings.Contains(text, ".") {
		text = strings.Repeat("0", missing) + text
	}
	return Cell{text, Number}
}

// serialDate returns the date that a workbook counts as day x. Excel's calendar
// of 1900 has a 29 February, which was not; the days before it are one off.
func serialDate(x float64, dates1904 bool) (string, bool) {
	const last = 2_958_465 // 31 December 9999
	if x < 0 || x > last {
		return "", false
	}
	seconds := math.Round(x * 86_400)
	days := int(seconds / 86_400)
	base := time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	if !dates1904 {
		switch {
		case days < 1 || days == 60:
			return "", false
		case days < 60:
			base = time.Date(1899, time.December, 31, 0, 0, 0, 0, time.UTC)
		default:
			base = time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
		}
	}
	at := base.AddDate(0, 0, days).Add(time.Duration(int(seconds)%86_400) * time.Second)
	return dateText(at), true
}

func dateText(at time.Time) string {
	if at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.DateTime)
}

// isoDate makes a cell of a date that the part holds as text.
func isoDate(stored string) Cell {
	for _, form := range []string{time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00"} {
		if at, err := time.Parse(form, stored); err == nil {
			return Cell{dateText(at), Date}
		}
	}
	return textCell(stored)
}
