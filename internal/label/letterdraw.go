package label

import (
	"fmt"
	"math"
)

// draw prints a letter that was set.
func (h letterhead) draw(w *writer, s setLetter) error {
	f := regular()
	at := s.bodyStart
	body := s.body
	for page := range s.pages {
		if err := w.addPage(); err != nil {
			return err
		}
		if page == 0 {
			h.drawFirst(w, s)
		}
		for len(body) > 0 && at.page == page {
			w.text(f, bodySize, marginLeft, at.y, body[0])
			body, at = body[1:], at.next(bodyStep)
		}
		if s.code != nil && s.linkStart.page == page {
			s.code.draw(w, marginLeft, s.linkStart.y, qrSide)
			for i, line := range s.link {
				w.text(f, bodySize-1, marginLeft+qrSide+4, s.linkStart.y+6+float64(i)*bodyStep, line)
			}
		}
		if s.giro != nil && page == s.pages-1 {
			s.giro.draw(w)
		}
		if s.pages > 1 {
			w.right(f, smallSize+1, A4.W-marginRight, footY, fmt.Sprintf("%d (%d)", page+1, s.pages))
		}
	}
	return nil
}

// drawFirst draws what only the first page has.
func (h letterhead) drawFirst(w *writer, s setLetter) {
	f := regular()
	for i, line := range s.notice {
		w.text(bold(), smallSize, marginLeft, noticeY+float64(i)*lineHeight(smallSize), line)
	}
	y := fromY
	for _, line := range h.from {
		y += lineHeight(fromSize)
		w.text(f, fromSize, h.side, y, line)
	}
	y = math.Max(y+bodyStep, h.envelope.field().y)
	for i, line := range s.date {
		w.text(f, bodySize, h.side, y+bodySize*ascent*mm+float64(i)*bodyStep, line)
	}
	field := h.envelope.field()
	top := field.y
	if s.back {
		if h.envelope.backAbove() {
			top -= returnH
		}
		w.text(f, returnSize, field.x, top+returnSize*ascent*mm, h.back)
		w.line(0.1, field.x, top+returnH-0.6, field.x+f.width(h.back, returnSize), top+returnH-0.6)
		top += returnH
	}
	s.address.draw(w, f, field.x, top)
	for i, line := range s.subject {
		w.text(bold(), subjectSize, marginLeft, subjectY+float64(i)*subjectSize*bodyLead*mm, line)
	}
	for y := h.envelope.Fold; y < A4.H-60; y += h.envelope.Fold { // where to fold
		w.line(0.15, unprinted, y, unprinted+3, y)
	}
}
