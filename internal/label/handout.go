package label

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A Handout is a page of running text for people to keep: a guide, a list of steps.
// It is set in the largest type at which it keeps to AtMost pages, and in the
// smallest on as many as it needs. A letter that the font does not have is printed
// as a low line: what is published on a page as well need not be refused here.
type Handout struct {
	Kicker string // a small line above the title; may be empty
	Title  string
	Lead   string // may be empty
	Blocks []Block
	Foot   string // at the foot of every page, before its number
	AtMost int    // pages that are wished for; 0: any number
}

// A BlockKind says how a block is set.
type BlockKind int

// The kinds of blocks.
const (
	Text    BlockKind = iota // a paragraph: Runs
	Small                    // a paragraph in smaller type: Runs
	Heading                  // Runs
	Item                     // of a list: Runs, and its Number, 0 for a dash
	Facts                    // Rows of what and how much, side by side
	Table                    // Caption, Head, Rows; the first cell of each row is its heading
	Pair                     // Left and Right, side by side, kept on one page if a page has room for them
)

// A Block is one part of a handout.
type Block struct {
	Kind        BlockKind
	Runs        []Run
	Number      int
	Caption     string
	Head        []string
	Rows        [][]string
	Left, Right []Block
}

// A Run is text in one weight.
type Run struct {
	Text string
	Bold bool
}

const (
	sheetSide   = 20.0 // mm to the left and right
	sheetTop    = 16.0
	sheetBottom = 18.0 // the foot stands in it
	sheetFoot   = 10.0 // mm from the lower edge to the foot's baseline
	sheetGutter = 9.0  // mm between what stands side by side
	sheetMax    = 10.5 // points of the text
	sheetMin    = 8.0
	sheetLead   = 1.35 // sizes from line to line
	sheetIndent = 5.0  // mm of the items of a list
	sheetCell   = 3.0  // mm between cells

	// BlockLimit is how many blocks a handout has at most, those of pairs counted in.
	BlockLimit = 5000
)

// PrintHandout prints a handout.
func PrintHandout(d Document, s Handout) ([]byte, error) {
	if s.Title == "" {
		return nil, ErrNothing
	}
	if n := countBlocks(s.Blocks); n > BlockLimit {
		return nil, tooMany(n, "parts of a handout", BlockLimit)
	}
	size := sheetMax
	pages := 0
	for ; ; size -= sizeStep {
		t := &setting{sheet: &s, size: size}
		if err := t.run(nil); err != nil {
			return nil, err
		}
		if pages = t.page; s.AtMost == 0 || pages <= s.AtMost || size-sizeStep < sheetMin {
			break
		}
	}
	w, err := newWriter(d, A4)
	if err != nil {
		return nil, err
	}
	if err := (&setting{sheet: &s, size: size, pages: pages}).run(w); err != nil {
		return nil, err
	}
	return w.bytes()
}

func countBlocks(bs []Block) int {
	n := len(bs)
	for _, b := range bs {
		n += len(b.Rows) + countBlocks(b.Left) + countBlocks(b.Right)
	}
	return n
}

// A setting is a handout being set: first to count the pages, without a writer, then
// to draw.
type setting struct {
	sheet       *Handout
	size        float64 // points of the text
	page, pages int
	y           float64 // the top of what comes next
	w           *writer // nil: only measured
}

// frame is where blocks go: from x, w wide.
type frame struct{ x, w float64 }

func (t *setting) run(w *writer) error {
	t.w = w
	if err := t.newPage(); err != nil {
		return err
	}
	f := frame{sheetSide, A4.W - 2*sheetSide}
	if w != nil {
		w.pdf.SetDrawColor(0x0b, 0x4a, 0x45) // as the top of the pages
		w.line(1, f.x, t.y-3, f.x+f.w, t.y-3)
	}
	if t.sheet.Kicker != "" {
		t.lines(f, t.size-1.5, []Run{{Text: t.sheet.Kicker}})
		t.y += 1
	}
	t.lines(f, t.size*1.75, []Run{{t.sheet.Title, true}})
	t.y += 1
	if t.sheet.Lead != "" {
		t.lines(f, t.size+1, []Run{{Text: t.sheet.Lead}})
	}
	t.y += t.size * 0.5 * mm
	return t.blocks(f, t.sheet.Blocks)
}

// rule draws a grey line from x to to.
func (t *setting) rule(width, x, y, to float64) {
	t.w.pdf.SetDrawColor(0x88, 0x94, 0x92)
	t.w.line(width, x, y, to, y)
}

func (t *setting) bottom() float64 { return A4.H - sheetBottom }

func (t *setting) newPage() error {
	t.page++
	if t.page > PageLimit {
		return tooMany(t.page, "pages", PageLimit)
	}
	t.y = sheetTop
	if t.w == nil {
		return nil
	}
	if err := t.w.addPage(); err != nil {
		return err
	}
	y := A4.H - sheetFoot
	t.rule(0.15, sheetSide, y-4, A4.W-sheetSide)
	t.w.right(regular(), smallSize, A4.W-sheetSide, y, fmt.Sprintf("%d (%d)", t.page, t.pages))
	foot := breakLine(regular(), printable(regular(), t.sheet.Foot), smallSize, A4.W-2*sheetSide-16, 0, true)
	t.w.text(regular(), smallSize, sheetSide, y, foot[0])
	return nil
}

// room begins a page where less than height is left of this one, but for what is
// higher than a page.
func (t *setting) room(height float64) error {
	if t.y+height <= t.bottom() || t.y <= sheetTop || height > t.bottom()-sheetTop {
		return nil
	}
	return t.newPage()
}

func (t *setting) blocks(f frame, bs []Block) error {
	for i, b := range bs {
		if err := t.block(f, b, bs[i+1:]); err != nil {
			return err
		}
	}
	return nil
}

// block sets one block; a heading is kept with what comes after it.
func (t *setting) block(f frame, b Block, after []Block) error {
	gap := t.size * 0.4 * mm
	switch b.Kind {
	case Heading:
		next := 0.0
		if len(after) > 0 {
			next = min(t.height(f, after[:1]), 40)
		}
		above := t.size * 0.5 * mm
		if err := t.room(above + t.height(f, []Block{{Kind: Text, Runs: b.Runs}}) + next); err != nil {
			return err
		}
		if t.y > sheetTop {
			t.y += above
		}
		t.lines(f, t.size+1.5, bolded(b.Runs))
		t.y += gap * 0.5
	case Item:
		mark := "–"
		if b.Number > 0 {
			mark = fmt.Sprintf("%d.", b.Number)
		}
		if err := t.paragraph(frame{f.x + sheetIndent, f.w - sheetIndent}, t.size, b.Runs, func(y float64) {
			t.w.text(regular(), t.size, f.x, y, mark)
		}); err != nil {
			return err
		}
		if t.y += gap * 0.4; len(after) == 0 || after[0].Kind != Item {
			t.y += gap * 0.6
		}
	case Facts:
		return t.facts(f, b.Rows)
	case Table:
		return t.table(f, b)
	case Pair:
		half := (f.w - sheetGutter) / 2
		l, r := frame{f.x, half}, frame{f.x + half + sheetGutter, half}
		height := max(t.height(l, b.Left), t.height(r, b.Right))
		if t.y+height > t.bottom() && height > (t.bottom()-sheetTop)*0.9 { // too high to stand side by side
			if err := t.blocks(f, b.Left); err != nil {
				return err
			}
			return t.blocks(f, b.Right)
		}
		if err := t.room(height); err != nil {
			return err
		}
		top, end := t.y, 0.0
		for i, side := range [][]Block{b.Left, b.Right} {
			t.y = top
			if err := t.blocks([]frame{l, r}[i], side); err != nil {
				return err
			}
			end = max(end, t.y)
		}
		t.y = end
	case Small:
		if err := t.paragraph(f, t.size-1, b.Runs, nil); err != nil {
			return err
		}
		t.y += gap
	default:
		if err := t.paragraph(f, t.size, b.Runs, nil); err != nil {
			return err
		}
		t.y += gap
	}
	return nil
}

// paragraph sets runs, over as many pages as they need.
func (t *setting) paragraph(f frame, size float64, runs []Run, mark func(y float64)) error {
	set := setLines(runs, size, f.w)
	step := size * sheetLead * mm
	if len(set) > 1 { // no line alone at the foot of a page
		if err := t.room(2 * step); err != nil {
			return err
		}
	}
	for i, line := range set {
		if err := t.room(step); err != nil {
			return err
		}
		if t.w != nil {
			base := t.y + size*ascent*mm
			if i == 0 && mark != nil {
				mark(base)
			}
			drawLine(t.w, size, f.x, base, line)
		}
		t.y += step
	}
	return nil
}

// lines sets runs that stay on the page.
func (t *setting) lines(f frame, size float64, runs []Run) {
	for _, line := range setLines(runs, size, f.w) {
		if t.w != nil {
			drawLine(t.w, size, f.x, t.y+size*ascent*mm, line)
		}
		t.y += size * sheetLead * mm
	}
}

// height of blocks, were there no end of the page.
func (t *setting) height(f frame, bs []Block) float64 {
	m := &setting{sheet: t.sheet, size: t.size, y: sheetTop + 0.001}
	total := 0.0
	for i, b := range bs {
		was, page := m.y, m.page
		_ = m.block(f, b, bs[i+1:]) // without a writer it fails at PageLimit alone
		if m.page != page {         // it went on to other pages: at least as high as one
			total += float64(m.page-page)*(m.bottom()-sheetTop) + 1
			m.y = sheetTop + 0.001
			continue
		}
		total += m.y - was
		if m.y > m.bottom()/2 { // begin anew, so that no page ends
			m.y = sheetTop + 0.001
		}
	}
	return total
}

func bolded(runs []Run) []Run {
	out := make([]Run, len(runs))
	for i, r := range runs {
		out[i] = Run{r.Text, true}
	}
	return out
}

// facts are set three and three, what in small type above how much.
func (t *setting) facts(f frame, rows [][]string) error {
	const across = 3
	w := (f.w - (across-1)*sheetGutter/2) / across
	for at := 0; at < len(rows); at += across {
		row := rows[at:min(at+across, len(rows))]
		high := 0.0
		sets := make([][2][][]Run, len(row))
		for i, c := range row {
			sets[i] = [2][][]Run{setLines([]Run{{Text: c[0]}}, t.size-1.5, w), setLines([]Run{{c[len(c)-1], true}}, t.size, w)}
			high = max(high, (float64(len(sets[i][0]))*(t.size-1.5)+float64(len(sets[i][1]))*t.size)*sheetLead*mm)
		}
		if err := t.room(high); err != nil {
			return err
		}
		for i, s := range sets {
			y, x := t.y, f.x+float64(i)*(w+sheetGutter/2)
			for part, size := range []float64{t.size - 1.5, t.size} {
				for _, line := range s[part] {
					if t.w != nil {
						drawLine(t.w, size, x, y+size*ascent*mm, line)
					}
					y += size * sheetLead * mm
				}
			}
		}
		t.y += high + 1
	}
	t.y += t.size * 0.3 * mm
	return nil
}

// table sets a table; its heading stands again on each page that it goes on to.
func (t *setting) table(f frame, b Block) error {
	size := t.size - 0.5
	n := len(b.Head)
	for _, r := range b.Rows {
		n = max(n, len(r))
	}
	if n == 0 {
		return nil
	}
	widths := tableWidths(b, n, size, f.w)
	step := size * sheetLead * mm
	draw := func(cells []string, face func(col int) bool) (high float64, put func()) {
		sets := make([][][]Run, len(cells))
		for i, c := range cells {
			sets[i] = setLines([]Run{{c, face(i)}}, size, widths[i])
			high = max(high, float64(len(sets[i]))*step)
		}
		return high, func() {
			x := f.x
			for i, s := range sets {
				for j, line := range s {
					drawLine(t.w, size, x, t.y+float64(j)*step+size*ascent*mm, line)
				}
				x += widths[i] + sheetCell
			}
		}
	}
	caption := setLines([]Run{{b.Caption, true}}, t.size, f.w)
	headHigh, head := draw(b.Head, func(int) bool { return true })
	first := 0.0
	if len(b.Rows) > 0 {
		first, _ = draw(b.Rows[0], func(int) bool { return false })
	}
	t.y += t.size * 0.3 * mm
	if err := t.room(float64(len(caption))*t.size*sheetLead*mm + headHigh + first + 4); err != nil {
		return err
	}
	if b.Caption != "" {
		for _, line := range caption {
			if t.w != nil {
				drawLine(t.w, t.size, f.x, t.y+t.size*ascent*mm, line)
			}
			t.y += t.size * sheetLead * mm
		}
	}
	heading := func() {
		if len(b.Head) == 0 {
			return
		}
		if t.w != nil {
			head()
			t.rule(0.35, f.x, t.y+headHigh+0.6, f.x+f.w)
		}
		t.y += headHigh + 1.1
	}
	heading()
	for _, r := range b.Rows {
		high, put := draw(r, func(col int) bool { return col == 0 && n > 2 })
		page := t.page
		if err := t.room(high + 1); err != nil {
			return err
		}
		if t.page != page {
			heading()
		}
		if t.w != nil {
			put()
			t.rule(0.1, f.x, t.y+high+0.4, f.x+f.w)
		}
		t.y += high + 0.9
	}
	t.y += t.size * 0.5 * mm
	return nil
}

// tableWidths shares a width among columns by what they hold, none below a fifth of
// an even share or its longest word.
func tableWidths(b Block, n int, size, width float64) []float64 {
	whole, word := make([]float64, n), make([]float64, n)
	measure := func(f *face, cells []string) {
		for i, c := range cells {
			whole[i] = max(whole[i], f.width(c, size))
			for _, w := range strings.Fields(c) {
				word[i] = max(word[i], f.width(w, size))
			}
		}
	}
	measure(bold(), b.Head)
	for _, r := range b.Rows {
		measure(bold(), r)
	}
	room := width - float64(n-1)*sheetCell
	need, least := 0.0, 0.0
	for i := range n {
		word[i] = min(word[i]+0.1, room/float64(n)*1.5)
		whole[i] = max(whole[i]+0.1, word[i])
		need += whole[i]
		least += word[i]
	}
	out := make([]float64, n)
	for i := range n {
		switch {
		case need <= room:
			out[i] = whole[i] + (room-need)/float64(n)
		case least >= room:
			out[i] = word[i] * room / least
		default:
			out[i] = word[i] + (whole[i]-word[i])*(room-least)/(need-least)
		}
	}
	return out
}

// setLines breaks runs to a width; each line is runs again.
func setLines(runs []Run, size, width float64) [][]Run {
	var out [][]Run
	var line []Run
	lineW := 0.0
	put := func(s string, bold bool) {
		if len(line) > 0 && line[len(line)-1].Bold == bold {
			line[len(line)-1].Text += s
		} else {
			line = append(line, Run{s, bold})
		}
	}
	flush := func() {
		if len(line) > 0 {
			out = append(out, line)
		}
		line, lineW = nil, 0
	}
	for _, r := range runs {
		f := weight(r.Bold)
		for s := printable(f, r.Text); s != ""; {
			var w string
			w, s = cutWord(s)
			visible := f.width(strings.TrimRight(w, " "), size)
			if lineW > 0 && lineW+visible > width {
				flush()
			}
			for lineW == 0 && visible > width { // a word that no line holds
				n := f.prefix(w, int32(width/mm/size*1000))
				put(w[:n], r.Bold)
				flush()
				w = w[n:]
				visible = f.width(strings.TrimRight(w, " "), size)
			}
			if lineW == 0 {
				w = strings.TrimLeft(w, " ")
			}
			if w == "" {
				continue
			}
			put(w, r.Bold)
			lineW += f.width(w, size)
		}
	}
	flush()
	if out == nil {
		out = [][]Run{nil}
	}
	return out
}

func weight(b bool) *face {
	if b {
		return bold()
	}
	return regular()
}

// printable is a text on one line, with a low line for what the face lacks.
func printable(f *face, s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' || r == '\u00a0' {
			return ' '
		}
		if r == '\u00ad' || r == '\u200b' {
			return -1
		}
		if _, ok := f.widths[r]; !ok {
			return '_'
		}
		return r
	}, norm.NFC.String(s))
}

func drawLine(w *writer, size, x, y float64, line []Run) {
	for _, r := range line {
		f := weight(r.Bold)
		if s := strings.TrimRight(r.Text, " "); s != "" {
			w.text(f, size, x, y, s)
		}
		x += f.width(r.Text, size)
	}
}
