package label

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png"
	"math"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// The picture of a test sheet shows every edge of every label where the format
// says, within half a millimetre, and the rulers as long as they say.
func TestTestSheetPicture(t *testing.T) {
	slow.Test(t)
	own := Format{Name: "own", Page: Size{148, 210}, Left: 8, Top: 12.5, Label: Size{60, 30}, PitchX: 65, PitchY: 35, Columns: 2, Rows: 5}
	for _, c := range []struct {
		format         Format
		shiftX, shiftY float64
	}{{named(t, "L7160"), 0, 0}, {named(t, "L7163"), 0, 0}, {named(t, "3x8"), 0, 0}, {named(t, "L7160"), 1.5, -2}, {own, 0, 0}} {
		pdf := must(t)(TestSheet(when, Sheet{Format: c.format, ShiftX: c.shiftX, ShiftY: c.shiftY}))
		const dpi = 300
		img, _, err := image.Decode(strings.NewReader(tool(t, pdf, "pdftoppm", "-gray", "-png", "-r", fmt.Sprint(dpi), "-singlefile", "IN", "OUT")))
		if err != nil {
			t.Fatal(err)
		}
		px := func(mm float64) int { return int(math.Round(mm / 25.4 * dpi)) }
		if b := img.Bounds(); math.Abs(float64(b.Dx()-px(c.format.Page.W))) > 2 || math.Abs(float64(b.Dy()-px(c.format.Page.H))) > 2 {
			t.Fatalf("%s: a page of %v", c.format.Name, b)
		}
		dark := func(x, y int) bool {
			p := image.Pt(x, y)
			if !p.In(img.Bounds()) {
				return false
			}
			r, _, _, _ := img.At(x, y).RGBA()
			return r < 0x8000
		}
		// edge finds the line nearest to x along a row of pixels (or y down a column)
		// and says how far off it is, in mm.
		edge := func(at, across float64, vertical bool) float64 {
			best := math.Inf(1)
			for d := -px(2); d <= px(2); d++ {
				x, y := px(at)+d, px(across)
				if !vertical {
					x, y = px(across), px(at)+d
				}
				if dark(x, y) {
					best = math.Min(best, math.Abs(float64(d))/dpi*25.4)
				}
			}
			return best
		}
		for i := range c.format.PerPage() {
			l := c.format.at(i)
			l.x, l.y = l.x+c.shiftX, l.y+c.shiftY
			// A third of the way along, where neither number nor ruler is.
			for _, e := range []struct {
				name       string
				at, across float64
				vertical   bool
			}{
				{"left", l.x, l.y + l.h*0.6, true}, {"right", l.x + l.w, l.y + l.h*0.6, true},
				{"upper", l.y, l.x + l.w*0.3, false}, {"lower", l.y + l.h, l.x + l.w*0.3, false},
			} {
				end := c.format.Page.W
				if !e.vertical {
					end = c.format.Page.H
				}
				if e.at < 0.1 || e.at > end-0.1 { // on the edge of the paper itself
					continue
				}
				if off := edge(e.at, e.across, e.vertical); off > 0.5 {
					t.Errorf("%s, label %d: the %s edge is %.2f mm off", c.format.Name, i+1, e.name, off)
				}
			}
		}
		if c.format.Page == A4 { // the horizontal ruler, 100 mm
			cx, cy := c.format.Page.W/2+c.format.Label.W/8, c.format.Page.H/2+c.format.Label.H/4
			n := 0
			for x := px(cx - 50.5); x <= px(cx+50.5); x++ {
				if dark(x, px(cy)-1) || dark(x, px(cy)) || dark(x, px(cy)+1) {
					n++
				}
			}
			if got := float64(n) / dpi * 25.4; math.Abs(got-100) > 0.5 {
				t.Errorf("%s: the ruler is %.2f mm long", c.format.Name, got)
			}
		}
	}
}

// Every label has its number, and the sheet says which format and shift it shows.
func TestTestSheetText(t *testing.T) {
	pdf := must(t)(TestSheet(when, Sheet{Format: named(t, "L7160"), First: 4, ShiftX: 1.5}))
	if pages(pdf) != 1 {
		t.Errorf("%d pages", pages(pdf))
	}
	got := " " + text(t, pdf) + " "
	for i := range 21 {
		if !strings.Contains(got, fmt.Sprintf(" %d ", i+1)) {
			t.Errorf("no number %d", i+1)
		}
	}
	for _, s := range []string{" L7160 +1.5 / +0.0 mm ", " 100 mm "} {
		if !strings.Contains(got, s) {
			t.Errorf("no %q", s)
		}
	}
	if plain := must(t)(TestSheet(when, Sheet{Format: named(t, "L7160")})); bytes.Equal(plain, pdf) {
		t.Error("the first free label and the shift change nothing")
	}
}
