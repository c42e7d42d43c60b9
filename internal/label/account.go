package label

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// An Account tells one person at length what is kept about her: headings, texts and
// tables one below the other, as many pages as it takes. A letter that the font cannot
// print is a low line with its code point behind, so that nothing keeps it from her;
// the attached files have it as it is.
type Account struct {
	Title    string
	Under    string // below the title; may have several paragraphs
	Sections []Section
	Attached []Attachment
}

// A Section is a heading with what stands below it.
type Section struct {
	Heading  string
	Text     string // may be empty
	Headings []string
	Rows     [][]string // a row may be shorter than the headings, never longer; without headings there are none
}

// An Attachment is a file within the document.
type Attachment struct {
	Name    string // ASCII letters, digits, "-" and "."
	Content []byte
}

const (
	titleSize   = 16.0 // points
	headingSize = 11.5
	textSize    = 9.5
	sectionGap  = 4.0 // mm above a heading
)

// PrintAccount prints an account, on A4.
func PrintAccount(d Document, a Account) ([]byte, error) {
	w, err := newWriter(d, A4)
	if err != nil {
		return nil, err
	}
	p := &accountSheet{width: A4.W - 2*listMargin}
	if err := p.run(a); err != nil { // once to count the pages, which stand on each
		return nil, err
	}
	if p.page > PageLimit {
		return nil, tooMany(p.page, "pages", PageLimit)
	}
	p = &accountSheet{width: p.width, pages: p.page, w: w}
	if err := p.run(a); err != nil {
		return nil, err
	}
	var files []fpdf.Attachment
	for _, f := range a.Attached {
		if f.Name == "" || strings.Trim(f.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") != "" {
			return nil, fmt.Errorf("print: the name of an attached file: use letters, digits, hyphens and points")
		}
		files = append(files, fpdf.Attachment{Content: f.Content, Filename: f.Name})
	}
	w.pdf.SetAttachments(files)
	return w.bytes()
}

// accountSheet is an account being set.
type accountSheet struct {
	w           *writer // nil: it is only counted
	width       float64
	page, pages int
	y           float64 // the top of what comes next
}

func (p *accountSheet) run(a Account) error {
	if err := p.newPage(); err != nil {
		return err
	}
	if err := p.paragraph(bold(), titleSize, a.Title); err != nil {
		return err
	}
	p.y += 2
	if err := p.paragraph(regular(), textSize, a.Under); err != nil {
		return err
	}
	for _, s := range a.Sections {
		if err := p.section(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *accountSheet) bottom() float64 { return A4.H - listMargin - 6 }

// room begins a new page where there is less than height left.
func (p *accountSheet) room(height float64) error {
	if p.y+height <= p.bottom() {
		return nil
	}
	return p.newPage()
}

func (p *accountSheet) newPage() error {
	p.page++
	p.y = listMargin
	if p.w == nil {
		return nil
	}
	if err := p.w.addPage(); err != nil {
		return err
	}
	p.w.right(regular(), smallSize, A4.W-listMargin, A4.H-listMargin, fmt.Sprintf("%d (%d)", p.page, p.pages))
	return nil
}

// paragraph sets lines over the whole width.
func (p *accountSheet) paragraph(f *face, size float64, text string) error {
	for _, line := range wrap(f, legible(f, text), size, p.width) {
		if err := p.room(lineHeight(size)); err != nil {
			return err
		}
		if p.w != nil {
			p.w.text(f, size, listMargin, p.y+size*ascent*mm, line)
		}
		p.y += lineHeight(size)
	}
	return nil
}

func (p *accountSheet) section(s Section) error {
	const together = 4 // lines that a heading is not parted from
	if err := p.room(sectionGap + lineHeight(headingSize) + together*lineHeight(textSize)); err != nil {
		return err
	}
	p.y += sectionGap
	if err := p.paragraph(bold(), headingSize, s.Heading); err != nil {
		return err
	}
	p.y += 1
	if err := p.paragraph(regular(), textSize, s.Text); err != nil {
		return err
	}
	if len(s.Headings) == 0 || len(s.Rows) == 0 {
		return nil
	}
	p.y += 1
	return p.table(s)
}

// table sets the rows, with the headings again on each page.
func (p *accountSheet) table(s Section) error {
	t := &table{paper: A4}
	headings := make([]string, len(s.Headings))
	for i, h := range s.Headings {
		headings[i] = legible(bold(), h)
	}
	for i, row := range s.Rows {
		if len(row) > len(headings) {
			return fmt.Errorf("print: row %d has %d cells, and there are %d headings", i+1, len(row), len(headings))
		}
		cells := make([]string, len(row))
		for j, c := range row {
			cells[j] = legible(regular(), c)
		}
		t.rows = append(t.rows, cells)
	}
	if !t.spread(headings, p.width) {
		return fmt.Errorf("print: %d columns do not fit across %.0f mm", len(headings), A4.W)
	}
	head := t.wrapped(bold(), headings)
	if err := p.row(t, bold(), head, nil); err != nil {
		return err
	}
	for _, row := range t.rows {
		if err := p.row(t, regular(), t.wrapped(regular(), row), head); err != nil {
			return err
		}
	}
	return nil
}

// wrapped breaks the cells of a row to the columns.
func (t *table) wrapped(f *face, row []string) [][]string {
	out := make([][]string, len(t.columns))
	for j := range row {
		out[j] = wrap(f, row[j], t.size, t.columns[j].w)
	}
	return out
}

// row sets one row. What a page has no room for goes on on the next, below the
// headings.
func (p *accountSheet) row(t *table, f *face, cells, head [][]string) error {
	lines := 1
	for _, c := range cells {
		lines = max(lines, len(c))
	}
	fits := func() int { return int(math.Floor((p.bottom() - p.y - 2*rowPad) / t.step())) }
	if fits() < min(lines, 3) {
		if err := p.again(t, head); err != nil {
			return err
		}
	}
	for from := 0; from < lines; {
		if from > 0 {
			if err := p.again(t, head); err != nil {
				return err
			}
		}
		n := min(max(1, fits()), lines-from)
		if p.w != nil {
			t.y = p.y
			t.draw(p.w, f, cells, from, from+n)
		}
		p.y += float64(n)*t.step() + 2*rowPad
		from += n
	}
	if p.w != nil {
		p.w.pdf.SetDrawColor(190, 190, 190)
		p.w.line(0.1, listMargin, p.y, listMargin+p.width, p.y)
		p.w.pdf.SetDrawColor(0, 0, 0)
	}
	return nil
}

// again begins a page with the headings of a table.
func (p *accountSheet) again(t *table, head [][]string) error {
	if err := p.newPage(); err != nil || head == nil {
		return err
	}
	return p.row(t, bold(), head, nil)
}

// legible is a text with a low line in the place of what the font lacks, and its code
// points behind.
func legible(f *face, text string) string {
	var out []string
	for _, line := range paragraphLines(text) {
		if bad := f.missing(line); bad != nil {
			line = strings.Map(func(r rune) rune {
				if slices.Contains(bad, r) {
					return '_'
				}
				return r
			}, line) + " " + fmt.Sprintf("%U", bad)
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}
