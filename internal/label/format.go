package label

import (
	"fmt"
	"math"
	"slices"
)

// A Format is a sheet of labels: where each one lies. All measures are in mm,
// from the left and top edges of the page as it is printed.
type Format struct {
	Name          string
	Page          Size
	Left, Top     float64 // of the first label
	Label         Size
	PitchX        float64 // from the left edge of one label to that of the next
	PitchY        float64 // from the top edge of one label to that of the next
	Columns, Rows int
}

// A Size is a width and a height in mm.
type Size struct{ W, H float64 }

// A4 is the page (ISO 216).
var A4 = Size{210, 297}

// Formats are those that the program knows. L7160 and L7163 are Avery's, with
// the measures of LibreOffice's labels.xml; 3x8 is a page cut into 24 without
// margins, sold as 70 x 37 mm.
var Formats = []Format{
	{Name: "L7160", Page: A4, Left: 7.20, Top: 15.15, Label: Size{63.5, 38.1}, PitchX: 66.04, PitchY: 38.1, Columns: 3, Rows: 7},
	{Name: "L7163", Page: A4, Left: 4.67, Top: 15.15, Label: Size{99.06, 38.1}, PitchX: 101.6, PitchY: 38.1, Columns: 2, Rows: 7},
	{Name: "3x8", Page: A4, Label: Size{70, 37.125}, PitchX: 70, PitchY: 37.125, Columns: 3, Rows: 8},
}

// FormatNamed returns the format of that name.
func FormatNamed(name string) (Format, bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// The bounds of a format, in mm, and of its grid.
const (
	pageMin   = 50   // mm
	pageMax   = 1200 // mm
	labelMinW = 25   // mm: room for a short line at the smallest size
	labelMinH = 12   // mm: room for two
	gridMax   = 50   // columns, and rows

	slack = 0.05 // mm: measures are given to a tenth or a hundredth
)

// PerPage is how many labels a page has.
func (f Format) PerPage() int { return f.Columns * f.Rows }

// Check says what is wrong with a format: a label off the page, or over another.
func (f Format) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("label format %q: "+format, append([]any{f.Name}, args...)...)
	}
	for _, v := range []struct {
		name     string
		x        float64
		min, max float64
	}{
		{"page width", f.Page.W, pageMin, pageMax}, {"page height", f.Page.H, pageMin, pageMax},
		{"left margin", f.Left, 0, pageMax}, {"top margin", f.Top, 0, pageMax},
		{"label width", f.Label.W, labelMinW, pageMax}, {"label height", f.Label.H, labelMinH, pageMax},
	} {
		if !(v.x >= v.min && v.x <= v.max) { // NaN is refused too
			return bad("%s %.2f mm: give %.0f to %.0f mm", v.name, v.x, v.min, v.max)
		}
	}
	if f.Columns < 1 || f.Columns > gridMax || f.Rows < 1 || f.Rows > gridMax {
		return bad("%d columns and %d rows: give 1 to %d of each", f.Columns, f.Rows, gridMax)
	}
	for _, d := range []struct {
		n                        int
		of, pitchName            string
		start, size, pitch, page float64
	}{
		{f.Columns, "columns", "horizontal pitch", f.Left, f.Label.W, f.PitchX, f.Page.W},
		{f.Rows, "rows", "vertical pitch", f.Top, f.Label.H, f.PitchY, f.Page.H},
	} {
		if d.n > 1 && !(d.pitch >= d.size-slack && d.pitch <= pageMax) {
			return bad("%s %.2f mm and labels of %.2f mm: they would overlap; measure from edge to edge of the same side", d.pitchName, d.pitch, d.size)
		}
		end := d.start + d.size
		if d.n > 1 {
			end += float64(d.n-1) * d.pitch
		}
		if end > d.page+slack {
			return bad("%d %s end at %.2f mm and the page at %.2f mm: check the margin and the pitch", d.n, d.of, end, d.page)
		}
	}
	return nil
}

// at is where the label in a place lies; places count from 0, row by row.
func (f Format) at(place int) rect {
	return rect{f.Left + float64(place%f.Columns)*f.PitchX, f.Top + float64(place/f.Columns)*f.PitchY, f.Label.W, f.Label.H}
}

// A rect is a part of a page, in mm.
type rect struct{ x, y, w, h float64 }

func (r rect) inset(d float64) rect { return rect{r.x + d, r.y + d, r.w - 2*d, r.h - 2*d} }

func (r rect) and(s rect) rect {
	x, y := math.Max(r.x, s.x), math.Max(r.y, s.y)
	return rect{x, y, math.Min(r.x+r.w, s.x+s.w) - x, math.Min(r.y+r.h, s.y+s.h) - y}
}
