package label

import (
	"math"
	"strings"
	"unicode"
)

// A Letter is to one person. Every text is printed as it is given, in its own
// language: this package has no words of its own.
type Letter struct {
	ID      string   // names the letter in faults, and is not printed
	To      []string // the address, as in Entry
	Notice  string   // the very first line, where there must be one; may be empty
	Date    string   // as it shall stand: "Tromsø, 3. november 2026"
	Subject string
	Body    string // plain text: an empty line ends a paragraph, a line break stays one
	Link    string // printed, and as a QR code beside it; may be empty
	LinkSay string // what stands above the link; may be empty
	Giro    *Giro  // at the foot of its last page; nil: there is nothing to pay
}

// A Post is what all letters of a run have in common.
type Post struct {
	Envelope Envelope
	From     []string // the sender, beside the window, where it does not show
	Return   string   // one small line above the address, left out where the address needs its room; may be empty
	Apart    *Apart   // on pages after the letters; nil: there are none
}

// The letter's page, in mm: margins and text as in DIN 5008 (25 and 20 mm), from
// the left and the top of A4. The top part belongs to the address.
const (
	marginLeft   = 25.0
	marginRight  = 20.0
	marginBottom = 25.0
	marginTop    = 25.0 // from the second page on
	textW        = 210 - marginLeft - marginRight

	noticeY  = 10.0  // baseline
	fromY    = 20.0  // top of the sender
	sideW    = 62.0  // width of the sender's and the date's column
	subjectY = 108.0 // baseline
	footY    = 297 - 12.0

	bodySize    = 11.0 // points
	subjectSize = 12.0
	smallSize   = 8.0
	fromSize    = 9.5
	bodyLead    = 1.3 // sizes from line to line
	returnH     = 3.2 // mm for the line above the address
	qrSide      = 32.0

	letterPages = 20 // pages of one letter
)

// Letters prints letters, each on a page of its own and as many more as it needs.
// The address stands where the envelope's window shows it wherever the letter
// lies, and nothing else does. What does not fit or cannot be printed is in the
// Faults that are then the error.
func Letters(d Document, p Post, letters []Letter) ([]byte, error) {
	if err := p.Envelope.Check(); err != nil {
		return nil, err
	}
	switch {
	case len(letters) == 0:
		return nil, ErrNothing
	case len(letters) > EntryLimit:
		return nil, tooMany(len(letters), "letters", EntryLimit)
	}
	w, err := newWriter(d, A4)
	if err != nil {
		return nil, err
	}
	head, faults := p.setFrom()
	if p.Apart != nil {
		faults = append(faults, p.Apart.check()...)
	}
	for i, l := range letters {
		set, bad := p.set(l, i+1)
		faults = append(faults, bad...)
		if len(faults) > 0 {
			continue
		}
		if err := head.draw(w, set); err != nil {
			return nil, err
		}
	}
	if err := faults.asError(); err != nil {
		return nil, err
	}
	if err := p.Apart.draw(w); err != nil {
		return nil, err
	}
	return w.bytes()
}

// A letterhead is the part that all letters have in common, set.
type letterhead struct {
	envelope Envelope
	side     float64 // left edge of the sender's column
	from     []string
	back     string
}

func (p Post) setFrom() (letterhead, Faults) {
	h := letterhead{envelope: p.Envelope, side: A4.W - marginRight - sideW}
	if p.Envelope.onRight() {
		h.side = marginLeft
	}
	var faults Faults
	fault := func(part string, k FaultKind, r []rune) {
		faults = append(faults, Fault{Part: part, Kind: k, Runes: r})
	}
	if len(p.From) > 0 {
		lines, bad := Entry{Lines: p.From}.lines(regular(), 0, "sender")
		faults = append(faults, bad...)
		for _, s := range lines {
			h.from = append(h.from, breakLine(regular(), s, fromSize, sideW, 0, true)...)
		}
		if len(h.from) > LinesLimit {
			fault("sender", TooLong, nil)
		}
	}
	if h.back = clean(p.Return); h.back != "" {
		if r := regular().missing(h.back); r != nil {
			fault("return line", NoGlyph, r)
		} else if tooLong(h.back, LineLimit) || regular().width(h.back, returnSize) > p.Envelope.field().w {
			fault("return line", TooLong, nil)
		}
	}
	return h, faults
}

const returnSize = 6.5 // points; DIN 5008 allows 6 for this line

// A setLetter is a letter whose lines are broken and whose pages are known.
type setLetter struct {
	address              block
	back                 bool // the line above the address has room
	notice, date         []string
	subject, body        []string
	pages                int
	code                 *code
	giro                 *setGiro
	link                 []string
	bodyStart, linkStart place
}

// A place is a page of a letter, from 0, and a height on it in mm.
type place struct {
	page int
	y    float64
}

func (p Post) set(l Letter, number int) (s setLetter, faults Faults) {
	f, b := regular(), bold()
	fault := func(part string, k FaultKind, r []rune) {
		faults = append(faults, Fault{number, l.ID, part, k, r})
	}
	// one sets a part of the letter at a size, broken to a width, on at most n lines.
	one := func(part string, f *face, text string, limit, n int, size, width float64) []string {
		if tooLong(text, limit) {
			fault(part, TooLong, nil)
			return nil
		}
		lines := paragraphLines(text)
		if r := f.missing(lines...); r != nil {
			fault(part, NoGlyph, r)
			return nil
		}
		var out []string
		for _, s := range lines {
			out = append(out, breakLine(f, s, size, width, 0, true)...)
		}
		if n > 0 && len(out) > n {
			fault(part, TooLong, nil)
		}
		return out
	}
	lines, bad := Entry{l.ID, l.To}.lines(f, number, "address")
	faults = append(faults, bad...)
	if bad == nil {
		room, ok := p.Envelope.field(), false
		if s.back = clean(p.Return) != ""; s.back && !p.Envelope.backAbove() {
			s.address, ok = fit(f, lines, room.w, room.h-returnH)
			s.back = ok
		}
		if !ok {
			s.address, ok = fit(f, lines, room.w, room.h)
		}
		if !ok {
			fault("address", TooLong, nil)
		}
	}
	r := p.Envelope.reach()
	s.notice = one("notice", b, l.Notice, LineLimit, 1+int(math.Max(0, (r.y-noticeY-1)/lineHeight(smallSize))), smallSize, textW)
	s.date = one("date", f, l.Date, LineLimit, 2, bodySize, sideW)
	s.subject = one("subject", b, l.Subject, LineLimit, 4, subjectSize, textW)
	s.body = one("body", f, l.Body, TextLimit, 0, bodySize, textW)
	s.giro = l.Giro.set(one, fault)
	if link := clean(l.Link); link != "" {
		s.link = one("link", f, l.LinkSay, LineLimit, 3, bodySize, textW-qrSide-4)
		if r := notASCII(link); r != nil {
			fault("link", NoGlyph, r)
			return s, faults
		}
		c, err := newCode(link)
		if err != nil {
			fault("link", TooLong, nil)
		}
		s.code = c
		s.link = append(s.link, one("link", f, link, LinkLimit, 6, bodySize-1, textW-qrSide-4)...)
	}
	if len(faults) == 0 {
		if s.paginate(); s.pages > letterPages {
			fault("body", TooLong, nil)
		}
	}
	return s, faults
}

const bodyStep = bodySize * bodyLead * mm // mm from line to line

// pageEnd is the last baseline of a page.
const pageEnd = 297 - marginBottom

// next is the place after one line more.
func (p place) next(step float64) place {
	if p.y += step; p.y > pageEnd {
		return place{p.page + 1, marginTop + bodyStep}
	}
	return p
}

// paginate finds where the body and the link stand.
func (s *setLetter) paginate() {
	at := place{0, subjectY + float64(len(s.subject))*subjectSize*bodyLead*mm}
	at.y += bodyStep / 2
	s.bodyStart = at
	for i := range s.body {
		if i > 0 {
			at = at.next(bodyStep)
		}
	}
	if s.code != nil {
		if at.y += bodyStep; at.y+qrSide > pageEnd {
			at = place{at.page + 1, marginTop}
		}
		s.linkStart = at
		at.y += qrSide
	}
	if s.pages = at.page + 1; s.giro != nil && at.y > giroTop-giroAbove {
		s.pages++
	}
}

// paragraphLines are the lines of a plain text, cleaned, without empty ones at
// the ends and with at most one between others.
func paragraphLines(text string) []string {
	var out []string
	for s := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		s = clean(strings.TrimRightFunc(s, unicode.IsSpace))
		if s == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, s)
	}
	if n := len(out); n > 0 && out[n-1] == "" {
		out = out[:n-1]
	}
	return out
}
