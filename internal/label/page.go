package label

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// A writer is a PDF in the making. Measures are in mm from the page's top left,
// sizes of type in points.
type writer struct {
	pdf   *fpdf.Fpdf
	page  Size
	style string  // of what was last written
	size  float64 // of the same; 0 at first
}

func newWriter(d Document, page Size) (*writer, error) {
	if d.Created.IsZero() {
		return nil, ErrCreated
	}
	for _, s := range []string{d.Title, d.Author, d.Lang, d.Mark} {
		if tooLong(s, LineLimit) || strings.ContainsAny(s, "()\\\x00\r\n") {
			return nil, fmt.Errorf("print: title, author or language of the document: give one line without brackets, of at most %d characters", LineLimit)
		}
	}
	p := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: page.W, Ht: page.H}})
	p.SetCatalogSort(true) // or the same input would not give the same bytes
	p.SetProducer("", false)
	at := d.Created.UTC()
	p.SetCreationDate(at)
	p.SetModificationDate(at)
	if d.Title != "" {
		p.SetTitle(strings.ToValidUTF8(d.Title, ""), true)
	}
	if d.Author != "" {
		p.SetAuthor(strings.ToValidUTF8(d.Author, ""), true)
	}
	if d.Mark != "" {
		p.SetKeywords(d.Mark, false)
	}
	if d.Lang != "" {
		p.SetLang(d.Lang)
	}
	p.SetAutoPageBreak(false, 0)
	p.SetMargins(0, 0, 0)
	return &writer{pdf: p, page: page}, nil
}

var markPattern = regexp.MustCompile(`(?m)^/Keywords \(([A-Za-z0-9]+)\)$`)

// MarkOf returns the Mark of a document that this package made; "" where there is none.
// Nothing that is printed is found: it stands compressed.
func MarkOf(pdf []byte) string {
	if all := markPattern.FindAllSubmatch(pdf, 2); len(all) == 1 {
		return string(all[0][1])
	}
	return ""
}

func (w *writer) addPage() error {
	if w.pdf.PageCount() >= PageLimit {
		return tooMany(w.pdf.PageCount()+1, "pages", PageLimit)
	}
	w.pdf.AddPage()
	return nil
}

// text writes one line of which every character has a glyph. y is its baseline.
func (w *writer) text(f *face, size, x, y float64, s string) {
	if w.size != size || w.style != f.style {
		w.pdf.AddUTF8FontFromBytes("noto", f.style, f.ttf) // the first time; a weight that is not used is not in the file
		w.pdf.SetFont("noto", f.style, size)
		w.size, w.style = size, f.style
	}
	w.pdf.Text(x, y, s)
}

// right is text that ends at x.
func (w *writer) right(f *face, size, x, y float64, s string) {
	w.text(f, size, x-f.width(s, size), y, s)
}

func (w *writer) line(width, x1, y1, x2, y2 float64) {
	w.pdf.SetLineWidth(width)
	w.pdf.Line(x1, y1, x2, y2)
}

// bytes ends the document.
func (w *writer) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := w.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("print: write PDF: %w", err)
	}
	return b.Bytes(), nil
}
