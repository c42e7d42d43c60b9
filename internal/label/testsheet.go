package label

import (
	"fmt"
	"math"
	"strconv"
)

// TestSheet prints one page to be held against a sheet of labels, on plain paper:
// the outline and number of every label, and two rulers, which show whether the
// printer was told to scale the page. The first free label has its number in
// bold, those before it stand crossed out.
func TestSheet(d Document, s Sheet) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	w, err := newWriter(d, s.Format.Page)
	if err != nil {
		return nil, err
	}
	if err := w.addPage(); err != nil {
		return nil, err
	}
	const thin, size = 0.2, 10.0 // mm, points
	w.pdf.SetLineWidth(thin)
	for place := range s.Format.PerPage() {
		l := s.Format.at(place)
		l.x, l.y = l.x+s.ShiftX, l.y+s.ShiftY
		w.pdf.Rect(l.x, l.y, l.w, l.h, "D")
		room := s.room(place)
		x, y := room.x+s.ShiftX, room.y+s.ShiftY+size*ascent*mm
		f, number := regular(), strconv.Itoa(place+1)
		if place+1 == s.First {
			f = bold()
		}
		w.text(f, size, x, y, number)
		if place+1 < s.First {
			w.line(thin, x-1, y-1.2, x+f.width(number, size)+1, y-1.2)
		}
	}
	// The rulers stay where they are: they measure the page, not the labels.
	rulers(w, s.Format)
	name := fmt.Sprintf("%s  %+.1f / %+.1f mm", s.Format.Name, s.ShiftX, s.ShiftY)
	room := s.room(0)
	if name = clean(name); regular().missing(name) == nil && regular().width(name, sizeMin) < room.w {
		w.text(regular(), sizeMin, room.x+s.ShiftX, room.y+room.h-1+s.ShiftY, name)
	}
	return w.bytes()
}

// rulers draws a scale along each middle of the page, in mm, a whole number of cm
// long, with its length at its end.
func rulers(w *writer, f Format) {
	const thin, size = 0.15, 8.0 // mm, points
	length := func(side float64) int { return int(math.Min(100, side-30)) / 10 * 10 }
	tick := func(i int) float64 {
		switch {
		case i%10 == 0:
			return 4
		case i%5 == 0:
			return 3
		}
		return 1.5
	}
	// Beside the middle, where the edge of a label often is.
	cx, cy := f.Page.W/2+f.Label.W/8, f.Page.H/2+f.Label.H/4
	if n := length(f.Page.W); n > 0 {
		x := cx - float64(n)/2
		w.line(thin, x, cy, x+float64(n), cy)
		for i := 0; i <= n; i++ {
			w.line(thin, x+float64(i), cy, x+float64(i), cy-tick(i))
		}
		w.text(regular(), size, x+float64(n)+1.5, cy, strconv.Itoa(n)+" mm")
	}
	if n := length(f.Page.H); n > 0 {
		y := cy - float64(n)/2
		w.line(thin, cx, y, cx, y+float64(n))
		for i := 0; i <= n; i++ {
			w.line(thin, cx, y+float64(i), cx-tick(i), y+float64(i))
		}
		w.text(regular(), size, cx+1.5, y+float64(n), strconv.Itoa(n)+" mm")
	}
}
