package label

import (
	"fmt"
	"math"
	"strconv"
)

// A List is a list taken out of the register. The notices stand on every page:
// paper gets separated.
type List struct {
	Purpose  string // what it was taken out for
	Destroy  string // until when it must be destroyed
	Mark     string // at the foot of every page: which draw this is; may be empty
	Headings []string
	Rows     [][]string // a row may be shorter than the headings, never longer
	Across   bool       // the page on its side
}

const (
	listMargin  = 12.0 // mm
	listSizeMax = 9.0  // points of the cells
	listSizeMin = 6.5
	noticeSize  = 9.0  // points
	noticeLines = 3    // of each notice
	cellPad     = 1.5  // mm to the left and right of a cell's text
	rowPad      = 0.8  // mm above and below a row
	wordMax     = 40.0 // mm: a longer word is broken
	linesMin    = 10   // lines of rows that every page must have room for
)

// PrintList prints a list: its notices and headings on every page, wrapped cells, and
// the number of the page with how many there are. A row that a page has no room
// for goes on on the next.
func PrintList(d Document, l List) ([]byte, error) {
	page := A4
	if l.Across {
		page = Size{A4.H, A4.W}
	}
	switch {
	case len(l.Headings) == 0:
		return nil, ErrNothing
	case len(l.Headings) > ColumnLimit:
		return nil, tooMany(len(l.Headings), "columns", ColumnLimit)
	case len(l.Rows) > EntryLimit:
		return nil, tooMany(len(l.Rows), "rows", EntryLimit)
	}
	w, err := newWriter(d, page)
	if err != nil {
		return nil, err
	}
	t, faults, err := newTable(l, page)
	if err != nil {
		return nil, err
	}
	if err := faults.asError(); err != nil {
		return nil, err
	}
	// The count of pages stands on every page, so the table is set twice: once to
	// count, once to draw.
	if err := t.run(nil); err != nil {
		return nil, err
	}
	t.pages, t.page = t.page, 0
	if t.pages > PageLimit {
		return nil, tooMany(t.pages, "pages", PageLimit)
	}
	if err := t.run(w); err != nil {
		return nil, err
	}
	return w.bytes()
}

// A table is a list being set.
type table struct {
	size           float64
	columns        []column
	head           [][]string // the headings' lines, by column
	purpose, until []string
	mark           string
	rows           [][]string // cleaned
	paper          Size

	page, pages int
	y           float64 // the top of what comes next
}

func newTable(l List, page Size) (*table, Faults, error) {
	var faults Faults
	check := func(number int, part, text string, limit int, f *face) string {
		if tooLong(text, limit) {
			faults = append(faults, Fault{Number: number, Part: part, Kind: TooLong})
			return ""
		}
		text = clean(text)
		if r := f.missing(paragraphLines(text)...); r != nil {
			faults = append(faults, Fault{Number: number, Part: part, Kind: NoGlyph, Runes: r})
		}
		return text
	}
	t := &table{paper: page, mark: check(0, "mark", l.Mark, LineLimit, regular())}
	width := page.W - 2*listMargin
	notice := func(part, text string, f *face) []string {
		out := wrap(f, check(0, part, text, TextLimit, f), noticeSize, width)
		if len(out) > noticeLines {
			faults = append(faults, Fault{Part: part, Kind: TooLong})
		}
		return out
	}
	t.purpose = notice("purpose", l.Purpose, bold())
	t.until = notice("notice", l.Destroy, regular())
	headings := make([]string, len(l.Headings))
	for i, h := range l.Headings {
		headings[i] = check(0, "heading", h, LineLimit, bold())
	}
	t.rows = make([][]string, len(l.Rows))
	for i, row := range l.Rows {
		if len(row) > len(headings) {
			return nil, nil, fmt.Errorf("print: row %d has %d cells, and there are %d headings", i+1, len(row), len(headings))
		}
		t.rows[i] = make([]string, len(row))
		for j, c := range row {
			t.rows[i][j] = check(i+1, "column "+strconv.Itoa(j+1), c, TextLimit, regular())
		}
	}
	if len(faults) > 0 {
		return nil, faults, nil
	}
	if !t.spread(headings, width) {
		return nil, nil, fmt.Errorf("print: %d columns do not fit across %.0f mm: leave some out, or turn the page", len(headings), page.W)
	}
	for i, h := range headings {
		t.head = append(t.head, wrap(bold(), h, t.size, t.columns[i].w))
	}
	if t.fits(t.top()) < linesMin {
		return nil, nil, fmt.Errorf("print: the headings leave no room for rows: shorten them, or turn the page")
	}
	return t, nil, nil
}

func (t *table) right() float64 {
	c := t.columns[len(t.columns)-1]
	return c.x + c.w + cellPad
}

func (t *table) bottom() float64 { return t.paper.H - listMargin - 6 }

func (t *table) step() float64 { return lineHeight(t.size) }

// run sets every row, and draws it where there is a writer.
func (t *table) run(w *writer) error {
	if err := t.newPage(w); err != nil {
		return err
	}
	cells := make([][]string, len(t.columns))
	for _, row := range t.rows {
		lines := 1
		for j := range cells {
			cells[j] = nil
			if j < len(row) {
				cells[j] = wrap(regular(), row[j], t.size, t.columns[j].w)
			}
			lines = max(lines, len(cells[j]))
		}
		// A row is divided only where a page of its own would not hold it.
		if fits := t.fits(t.y); lines > fits && (lines <= t.fits(t.top()) || fits < 1) {
			if err := t.newPage(w); err != nil {
				return err
			}
		}
		for from := 0; from < lines; {
			if from > 0 {
				if err := t.newPage(w); err != nil {
					return err
				}
			}
			n := min(max(1, t.fits(t.y)), lines-from)
			if w != nil {
				t.draw(w, regular(), cells, from, from+n)
			}
			t.y += float64(n)*t.step() + 2*rowPad
			from += n
		}
		if w != nil {
			w.pdf.SetDrawColor(190, 190, 190)
			w.line(0.1, listMargin, t.y, t.right(), t.y)
			w.pdf.SetDrawColor(0, 0, 0)
		}
	}
	return nil
}

// fits is how many lines of a row that begins at y its page holds.
func (t *table) fits(y float64) int {
	return int(math.Floor((t.bottom() - y - 2*rowPad) / t.step()))
}

// top is where the first row of a page begins.
func (t *table) top() float64 {
	y := listMargin + float64(len(t.purpose)+len(t.until))*lineHeight(noticeSize) + 2
	lines := 1
	for _, h := range t.head {
		lines = max(lines, len(h))
	}
	return y + float64(lines)*t.step() + 2*rowPad
}

func (t *table) newPage(w *writer) error {
	t.page++
	t.y = t.top()
	if w == nil {
		return nil
	}
	if err := w.addPage(); err != nil {
		return err
	}
	y := listMargin
	for _, s := range t.purpose {
		w.text(bold(), noticeSize, listMargin, y+noticeSize*ascent*mm, s)
		y += lineHeight(noticeSize)
	}
	for _, s := range t.until {
		w.text(regular(), noticeSize, listMargin, y+noticeSize*ascent*mm, s)
		y += lineHeight(noticeSize)
	}
	lines := 1
	for _, h := range t.head {
		lines = max(lines, len(h))
	}
	t.y = y + 2
	t.draw(w, bold(), t.head, 0, lines)
	t.y = t.top()
	w.line(0.3, listMargin, t.y, t.right(), t.y)
	foot := t.paper.H - listMargin
	if t.mark != "" {
		w.text(regular(), smallSize, listMargin, foot, t.mark)
	}
	w.right(regular(), smallSize, t.paper.W-listMargin, foot, fmt.Sprintf("%d (%d)", t.page, t.pages))
	return nil
}

// draw writes the lines from..to of each cell, the first at t.y.
func (t *table) draw(w *writer, f *face, cells [][]string, from, to int) {
	for j, lines := range cells {
		for i := from; i < min(to, len(lines)); i++ {
			w.text(f, t.size, t.columns[j].x, t.y+rowPad+float64(i-from)*t.step()+t.size*ascent*mm, lines[i])
		}
	}
}
