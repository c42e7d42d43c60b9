package label

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// The fonts, parts of Noto Sans 2.004 under the licence in fonts/OFL.txt;
// fonts/subset.sh says which parts.
var (
	//go:embed fonts/NotoSans-Regular.ttf
	regularTTF []byte
	//go:embed fonts/NotoSans-Bold.ttf
	boldTTF []byte
)

// A face is one weight of the font: how wide each character is, in thousandths
// of the size. A character without a width has no glyph. (That a text can be
// read back from a PDF does not show that it was printed: an empty box carries
// the right character too.)
type face struct {
	style  string // as the writer of the PDF knows it
	ttf    []byte
	widths map[rune]int32
}

var faces = sync.OnceValue(func() [2]*face {
	return [2]*face{newFace("", regularTTF), newFace("B", boldTTF)}
})

func regular() *face { return faces()[0] }
func bold() *face    { return faces()[1] }

// lastRune is the last character that the PDF can hold: its text is written in
// two bytes for each.
const lastRune = 0xffff

func newFace(style string, ttf []byte) *face {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic(fmt.Sprintf("label: the font in this program: %v", err))
	}
	var buf sfnt.Buffer
	per := fixed.Int26_6(f.UnitsPerEm())
	out := &face{style: style, ttf: ttf, widths: make(map[rune]int32, f.NumGlyphs())}
	for r := rune(' '); r <= lastRune; r++ {
		g, err := f.GlyphIndex(&buf, r)
		if err != nil || g == 0 {
			continue
		}
		// At a size of as many pixels as the em has units, the advance comes in
		// units: what the PDF's writer reads too.
		adv, err := f.GlyphAdvance(&buf, g, per, font.HintingNone)
		if err != nil {
			panic(fmt.Sprintf("label: the font in this program: %v", err))
		}
		out.widths[r] = int32((int64(adv)*1000 + int64(per)/2) / int64(per))
	}
	return out
}

// mm is what a point is in millimetres.
const mm = 25.4 / 72

// width of s in mm, at a size in points.
func (f *face) width(s string, size float64) float64 {
	n := int32(0)
	for _, r := range s {
		n += f.widths[r]
	}
	return float64(n) / 1000 * size * mm
}

// clean composes what can be composed (a and a ring are one letter, with a glyph
// of its own), and takes off the space around a line.
func clean(s string) string {
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	return trim(s)
}

func trim(s string) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

// missing are the characters of cleaned lines that the face has no glyph for,
// sorted, each once. Bytes that are not UTF-8 count as U+FFFD.
func (f *face) missing(lines ...string) []rune {
	var out []rune
	for _, s := range lines {
		for _, r := range s {
			if _, ok := f.widths[r]; !ok {
				out = append(out, r)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Missing are the characters of a text that cannot be printed, sorted, each
// once; line breaks are none. Bytes that are not UTF-8 count as U+FFFD.
func Missing(text string) []rune {
	return regular().missing(paragraphLines(text)...)
}

func tooLong(s string, limit int) bool {
	return len(s) > limit && utf8.RuneCountInString(s) > limit
}
