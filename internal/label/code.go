package label

import (
	"errors"
	"fmt"
	"slices"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// A code is a QR code (ISO/IEC 18004): dark modules in a square.
type code struct {
	n    int // modules of a side
	dark []bool
}

// quiet is how many light modules must surround a code (ISO/IEC 18004, 5.3.8).
const quiet = 4

// notASCII are the characters of a link that it must not hold: readers of codes
// disagree about them.
func notASCII(link string) (out []rune) {
	for _, r := range link {
		if r <= ' ' || r > '~' {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// newCode makes the code of a link, such that it can be read with 15 % of it
// spoiled.
func newCode(link string) (*code, error) {
	if len(link) > LinkLimit {
		return nil, fmt.Errorf("print: link of %d bytes, at most %d", len(link), LinkLimit)
	}
	var made barcode.Barcode
	made, err := qr.Encode(link, qr.M, qr.Unicode)
	if err != nil {
		// The library's error repeats what it was to encode.
		return nil, errors.New("print: link that no QR code can hold")
	}
	b := made.Bounds()
	c := &code{n: b.Dx(), dark: make([]bool, b.Dx()*b.Dy())}
	for y := range c.n {
		for x := range c.n {
			r, _, _, _ := made.At(b.Min.X+x, b.Min.Y+y).RGBA()
			c.dark[y*c.n+x] = r == 0
		}
	}
	return c, nil
}

// draw fills a square of side mm, its quiet zone included; only that to its left
// reaches into the margin, so that the code stands in line with the text.
func (c *code) draw(w *writer, x, y, side float64) {
	m := side / float64(c.n+quiet)
	w.pdf.SetFillColor(0, 0, 0)
	for j := range c.n {
		for i := 0; i < c.n; i++ {
			if !c.dark[j*c.n+i] {
				continue
			}
			from := i
			for i+1 < c.n && c.dark[j*c.n+i+1] {
				i++
			}
			// Each row a hair higher, or viewers show light lines between them.
			w.pdf.Rect(x+float64(from)*m, y+float64(j)*m, float64(i+1-from)*m, m*1.02, "F")
		}
	}
}
