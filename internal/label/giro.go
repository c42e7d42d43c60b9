package label

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// A Giro is the payment part at the foot of a claim's letter, on its last page: what to
// pay, in rows, a code that a bank's app reads, and the line for machines where a form has
// one. Norway has forms no more: there it is the rows with account and KID alone.
type Giro struct {
	Title string    // above it; may be empty
	Rows  []GiroRow // from the top

	// The line at the bottom, set in OCR-B: digits, capital letters, blanks and # + - < >.
	// reference.Giro and reference.Slip make it.
	Line string

	Code    string // of a QR code beside the rows; may be empty
	CodeSay string // what stands below the code; may be empty
}

// A GiroRow is one thing that the payer must know, with its name: "KID", "48291037561".
type GiroRow struct{ Name, Value string }

// The payment part, in mm from the top of the page. The code line stands 5/6 inch above
// the bottom edge, as on forms for OCR in Norway, with nothing in the band around it.
const (
	giroTop    = 200.0 // where to cut
	giroAbove  = 3.0   // free above it
	giroTitle  = giroTop + 8
	giroRows   = giroTitle + 4
	giroLine   = 297 - 25.4*5/6 // baseline
	giroNames  = 45.0           // width of the rows' names
	giroSide   = 36.0           // of the QR code
	giroRowMax = 9
)

// ocrPitch is the width of a character of OCR-B size I, in mm: ten to the inch (ISO 1073-2).
const ocrPitch = 25.4 / 10

//go:embed fonts/OCRB.ttf
var ocrTTF []byte

// ocr is the face of code lines, OCR B by Matthew Skala and Norbert Schwarz;
// fonts/OCRB.txt has its licence.
var ocr = sync.OnceValue(func() *face { return newFace("", ocrTTF) })

// ocrSize is in points.
func ocrSize() float64 { return ocrPitch / mm / (float64(ocr().widths['0']) / 1000) }

// A setGiro is a payment part whose lines are broken.
type setGiro struct {
	title, say  []string
	names, rows [][]string
	line        string
	code        *code
}

// set breaks the lines of a payment part. one is the letter's own.
func (g *Giro) set(one func(part string, f *face, text string, limit, n int, size, width float64) []string, fault func(string, FaultKind, []rune)) *setGiro {
	if g == nil {
		return nil
	}
	f, b := regular(), bold()
	s := &setGiro{title: one("payment title", b, g.Title, LineLimit, 1, bodySize, textW)}
	width := textW - giroNames
	if g.Code != "" {
		width -= giroSide + 4
		c, err := newCode(g.Code)
		if err != nil {
			fault("payment code", TooLong, nil)
		}
		s.code = c
		s.say = one("payment code", f, g.CodeSay, LineLimit, 2, smallSize, giroSide)
	}
	lines := 0
	for _, r := range g.Rows {
		name := one("payment row", f, r.Name, LineLimit, 2, fromSize, giroNames-3)
		value := one("payment row", b, r.Value, LineLimit, 3, bodySize, width)
		lines += max(len(name), len(value))
		s.names, s.rows = append(s.names, name), append(s.rows, value)
	}
	switch {
	case len(g.Rows) == 0:
		fault("payment row", Blank, nil)
	case lines > giroRowMax:
		fault("payment row", TooLong, nil)
	}
	s.line = strings.Trim(g.Line, " ")
	if r := ocr().missing(s.line); r != nil {
		fault("payment line", NoGlyph, r)
	} else if tooLong(s.line, LineLimit) || float64(len(s.line))*ocrPitch > A4.W-2*unprinted {
		fault("payment line", TooLong, nil)
	}
	return s
}

// draw draws the payment part on the page that is open.
func (s *setGiro) draw(w *writer) {
	f, b := regular(), bold()
	w.pdf.SetDashPattern([]float64{1, 1}, 0)
	w.line(0.15, unprinted, giroTop, A4.W-unprinted, giroTop)
	w.pdf.SetDashPattern(nil, 0)
	for _, line := range s.title {
		w.text(b, bodySize, marginLeft, giroTitle, line)
	}
	if s.code != nil {
		x := A4.W - marginRight - giroSide
		s.code.draw(w, x, giroRows, giroSide)
		for i, line := range s.say {
			w.text(f, smallSize, x, giroRows+giroSide+3+float64(i)*lineHeight(smallSize), line)
		}
	}
	y := giroRows + bodySize*ascent*mm
	for i := range s.rows {
		for j, line := range s.names[i] {
			w.text(f, fromSize, marginLeft, y+float64(j)*bodyStep, line)
		}
		for j, line := range s.rows[i] {
			w.text(b, bodySize, marginLeft+giroNames, y+float64(j)*bodyStep, line)
		}
		y += float64(max(len(s.names[i]), len(s.rows[i]))) * bodyStep
	}
	if s.line == "" {
		return
	}
	w.pdf.AddUTF8FontFromBytes("ocrb", "", slices.Clone(ocrTTF)) // the writer of the PDF changes it
	w.pdf.SetFont("ocrb", "", ocrSize())
	w.pdf.Text((A4.W-float64(len(s.line))*ocrPitch)/2, giroLine, s.line)
	w.size = 0 // what comes next sets its own font
}
