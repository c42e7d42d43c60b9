package label

import (
	"fmt"
	"slices"
)

// An Envelope is one with a window, for an A4 letter folded across. All measures
// are in mm, as one sees it from the side with the window.
type Envelope struct {
	Name   string
	Size   Size
	Left   float64 // from the envelope's left edge to the window's
	Top    float64 // from the envelope's top edge to the window's
	Window Size
	Fold   float64 // height of the letter's uppermost part: 148.5 for one fold, 99 or 105 for two

	// From the top of the page to the address; 0 is as high as it always shows.
	Address float64
}

// Envelopes are those that the program knows.
//
// DIN: DIN 680 puts a window of 90 x 45 mm 20 mm from the left and 15 mm from the
// bottom of a DL envelope (ISO 269: 220 x 110); DIN 5008 form B folds at 105 mm and
// has the address from 62.7 to 90 mm, the line of the sender above it.
// Finland's SFS 2487 has the address at the same 20 and 45 mm of the page.
//
// C5-left and C65-left: a window 15 mm from the left, as most are in Norway; C5
// with one fold, C6/5 with two. From a Norwegian guide to letter templates, not
// from a standard, and makers differ by some mm: measure yours, and give an
// Envelope of your own.
//
// C5-right and C65-right: the same, mirrored, after no source at all.
var Envelopes = []Envelope{
	{"DIN", Size{220, 110}, 20, 50, Size{90, 45}, 105, 62.7},
	{"C5-left", Size{229, 162}, 15, 44, Size{105, 35}, 148.5, 0},
	{"C5-right", Size{229, 162}, 109, 44, Size{105, 35}, 148.5, 0},
	{"C65-left", Size{229, 114}, 15, 39, Size{100, 35}, 99, 0},
	{"C65-right", Size{229, 114}, 114, 39, Size{100, 35}, 99, 0},
}

// EnvelopeNamed returns the envelope of that name.
func EnvelopeNamed(name string) (Envelope, bool) {
	i := slices.IndexFunc(Envelopes, func(e Envelope) bool { return e.Name == name })
	if i < 0 {
		return Envelope{}, false
	}
	return Envelopes[i], true
}

const (
	envelopeMax = 500  // mm of a side
	fieldPad    = 0.5  // mm between what always shows and the address
	fieldMinW   = 50.0 // mm
	fieldMinH   = 17.0 // mm: five lines at the smallest size
)

// A letter lies somewhere in its envelope: it has play to the right and down. It
// can be turned over in neither direction, or the address would not show at all.
func (e Envelope) play() Size { return Size{e.Size.W - A4.W, e.Size.H - e.Fold} }

// shown is what of the page stands in the window wherever the letter lies.
func (e Envelope) shown() rect {
	p := e.play()
	return rect{e.Left, e.Top, e.Window.W, e.Window.H}.
		and(rect{e.Left - p.W, e.Top - p.H, e.Window.W, e.Window.H}).
		and(rect{0, 0, A4.W, A4.H})
}

// reach is what of the page may show in the window. Nothing else stands in it.
func (e Envelope) reach() rect {
	p := e.play()
	return rect{e.Left - p.W, e.Top - p.H, e.Window.W + p.W, e.Window.H + p.H}.and(rect{0, 0, A4.W, A4.H})
}

// field is where the address stands.
func (e Envelope) field() rect {
	s := e.shown().inset(fieldPad)
	if s.x < marginLeft && s.x+s.w > marginLeft+fieldMinW { // in line with the text below it
		s.w -= marginLeft - s.x
		s.x = marginLeft
	}
	if low := e.Address - s.y; e.Address > 0 && low > 0 {
		s.y, s.h = e.Address, s.h-low
	}
	return s
}

// backAbove reports whether the sender's line shows above the address's field, and
// takes no room from it.
func (e Envelope) backAbove() bool {
	return e.field().y-returnH >= e.shown().y+fieldPad
}

// onRight reports whether the window is in the page's right half.
func (e Envelope) onRight() bool { return e.Left+e.Window.W/2 > e.Size.W/2 }

// Check says what is wrong with an envelope: no A4 letter goes in, or an address
// does not always show.
func (e Envelope) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("envelope %q: "+format, append([]any{e.Name}, args...)...)
	}
	for _, x := range []float64{e.Size.W, e.Size.H, e.Left, e.Top, e.Window.W, e.Window.H, e.Fold, e.Address} {
		if !(x >= 0 && x <= envelopeMax) {
			return bad("a measure of %.1f mm: give 0 to %d mm", x, envelopeMax)
		}
	}
	switch p := e.play(); {
	case e.Fold < 90 || e.Fold > A4.H:
		return bad("fold at %.1f mm: give the height of the letter's uppermost part, 99 for two folds and 148.5 for one", e.Fold)
	case p.W < 0 || p.H < 0:
		return bad("%.0f x %.0f mm: an A4 page folded to 210 x %.1f mm does not go in", e.Size.W, e.Size.H, e.Fold)
	case e.Left+e.Window.W > e.Size.W || e.Top+e.Window.H > e.Size.H:
		return bad("the window is not within the envelope: measure it from the envelope's left and top edges")
	}
	if f := e.field(); f.w < fieldMinW || f.h < fieldMinH {
		return bad("only %.0f x %.0f mm of the page always show in the window: at least %.0f x %.0f are needed", max(f.w, 0), max(f.h, 0), fieldMinW, fieldMinH)
	}
	if r := e.reach(); r.y+r.h > subjectY-8 || r.y < noticeY+1 && e.Top-e.play().H < noticeY+1 {
		return bad("its window shows more of the page than %.0f to %.0f mm from the top, where other text stands", noticeY+1, subjectY-8)
	}
	return nil
}
