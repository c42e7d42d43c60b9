package label

import (
	"math"
	"strings"
	"testing"
)

func TestFormatCheck(t *testing.T) {
	for _, f := range Formats {
		if err := f.Check(); err != nil {
			t.Error(err)
		}
	}
	// 2 x 5 labels of 90 x 50 mm.
	own := Format{Name: "own", Page: A4, Left: 10, Top: 20, Label: Size{90, 50}, PitchX: 100, PitchY: 50, Columns: 2, Rows: 5}
	for _, c := range []struct {
		name   string
		change func(*Format)
		want   string // "" is accepted
	}{
		{"as it is", func(*Format) {}, ""},
		{"one label, no pitch", func(f *Format) { f.Columns, f.Rows, f.PitchX, f.PitchY = 1, 1, 0, 0 }, ""},
		{"touching the page's edge", func(f *Format) { f.Left = 20 }, ""},
		{"beyond the right edge", func(f *Format) { f.Left = 20.2 }, "2 columns end at 210.20 mm and the page at 210.00 mm"},
		{"beyond the lower edge", func(f *Format) { f.Rows = 6 }, "6 rows end at 320.00 mm"},
		{"overlap across", func(f *Format) { f.PitchX = 89 }, "horizontal pitch 89.00 mm and labels of 90.00 mm: they would overlap"},
		{"overlap down", func(f *Format) { f.PitchY = 49.8 }, "vertical pitch 49.80 mm"},
		{"negative pitch", func(f *Format) { f.PitchX = -100 }, "horizontal pitch"},
		{"negative margin", func(f *Format) { f.Left = -1 }, "left margin"},
		{"label too small for an address", func(f *Format) { f.Label.H = 8 }, "label height 8.00 mm"},
		{"no columns", func(f *Format) { f.Columns = 0 }, "0 columns and 5 rows"},
		{"too many", func(f *Format) { f.Rows = 51 }, "51 rows"},
		{"not a number", func(f *Format) { f.Top = math.NaN() }, "top margin NaN"},
		{"pitch not a number", func(f *Format) { f.PitchY = math.NaN() }, "vertical pitch"},
		{"page of a millimetre", func(f *Format) { f.Page.W = 1 }, "page width"},
		{"page without end", func(f *Format) { f.Page.H = math.Inf(1) }, "page height"},
	} {
		f := own
		c.change(&f)
		err := f.Check()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// No label of a format that is accepted lies off the page or over another, and
// each has room for text.
func FuzzFormat(f *testing.F) {
	seeds := 0
	for _, x := range Formats {
		f.Add(x.Page.W, x.Page.H, x.Left, x.Top, x.Label.W, x.Label.H, x.PitchX, x.PitchY, x.Columns, x.Rows)
		seeds++
	}
	if seeds != 3 {
		f.Fatalf("%d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, pw, ph, left, top, lw, lh, px, py float64, cols, rows int) {
		x := Format{"own", Size{pw, ph}, left, top, Size{lw, lh}, px, py, cols, rows}
		if x.Check() != nil {
			return
		}
		page := rect{-slack, -slack, pw + 2*slack, ph + 2*slack}
		s := Sheet{Format: x, First: 1}
		for i := range x.PerPage() {
			a := x.at(i)
			if in := a.and(page); math.Abs(in.w-a.w) > 1e-6 || math.Abs(in.h-a.h) > 1e-6 {
				t.Fatalf("label %d is off the page", i+1)
			}
			if r := s.room(i); r.w < 10 || r.h < 1 {
				t.Fatalf("label %d has room of %.1f x %.1f mm", i+1, r.w, r.h)
			}
			for _, j := range []int{i + 1, i + cols} {
				if j < x.PerPage() && (j != i+1 || j%cols != 0) {
					if o := a.and(x.at(j)); o.w > 2*slack && o.h > 2*slack {
						t.Fatalf("labels %d and %d overlap by %.2f x %.2f mm", i+1, j+1, o.w, o.h)
					}
				}
			}
		}
	})
}
