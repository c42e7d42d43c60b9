package label

import (
	"strings"
	"unicode/utf8"
)

const (
	leading  = 1.2  // height of a line, in sizes of its type
	ascent   = 0.95 // from the top of a line to its baseline, in sizes
	sizeMax  = 11.0 // points of an address
	sizeMin  = 8.0  // points: below this sorting machines and people fail
	sizeStep = 0.5  // points
	hang     = 3.0  // mm by which the rest of a broken line stands in
)

func lineHeight(size float64) float64 { return size * leading * mm }

// A block is lines that fit their place.
type block struct {
	size  float64
	lines []blockLine
}

type blockLine struct {
	text string
	in   float64 // mm to the right
}

func (b block) height() float64 { return float64(len(b.lines)) * lineHeight(b.size) }

// draw writes the block with its top at y.
func (b block) draw(w *writer, f *face, x, y float64) {
	for i, l := range b.lines {
		w.text(f, b.size, x+l.in, y+(float64(i)*leading+ascent)*b.size*mm, l.text)
	}
}

// fit finds the largest size at which lines fit; at the smallest it breaks them
// between words and after hyphens, and then takes the largest that needs no more
// breaks. It never cuts: what still does not fit is not
// ok.
func fit(f *face, lines []string, width, height float64) (b block, ok bool) {
	for b.size = sizeMax; b.size >= sizeMin; b.size -= sizeStep {
		if float64(len(lines))*lineHeight(b.size) > height {
			continue
		}
		widest := 0.0
		for _, l := range lines {
			widest = max(widest, f.width(l, b.size))
		}
		if widest <= width {
			for _, l := range lines {
				b.lines = append(b.lines, blockLine{text: l})
			}
			return b, true
		}
	}
	// With as few breaks as the smallest size needs, but no smaller than that.
	b.size = sizeMin
	if b.lines, ok = broken(f, lines, b.size, width); !ok || b.height() > height {
		return block{}, false
	}
	for size := sizeMin + sizeStep; size <= sizeMax; size += sizeStep {
		more, ok := broken(f, lines, size, width)
		if larger := (block{size, more}); !ok || len(more) > len(b.lines) || larger.height() > height {
			break
		} else {
			b = larger
		}
	}
	return b, true
}

// broken breaks lines to a width; ok says that no word is wider.
func broken(f *face, lines []string, size, width float64) (out []blockLine, ok bool) {
	for _, l := range lines {
		for i, part := range breakLine(f, l, size, width, hang, false) {
			in := 0.0
			if i > 0 {
				in = hang
			}
			if f.width(part, size)+in > width {
				return nil, false
			}
			out = append(out, blockLine{part, in})
		}
	}
	return out, true
}

// breakLine breaks a line between words and after hyphens and slashes, so that
// each part is at most width mm wide, those after the first by indent mm less.
// A word that is wider stays whole, or with anywhere set is broken where it must.
func breakLine(f *face, s string, size, width, indent float64, anywhere bool) []string {
	var out []string
	limit := func() float64 {
		if len(out) > 0 {
			return width - indent
		}
		return width
	}
	units := func(w float64) int32 { return int32(w / mm / size * 1000) }
	line := ""
	var lineW int32
	for s != "" {
		word, rest := cutWord(s)
		s = rest
		visible := strings.TrimRight(word, " ")
		w := f.units(visible)
		if line != "" && lineW+w > units(limit()) {
			out = append(out, strings.TrimRight(line, " "))
			line, lineW = "", 0
		}
		for anywhere && line == "" && w > units(limit()) {
			n := f.prefix(visible, units(limit()))
			out = append(out, visible[:n])
			visible, word = visible[n:], word[n:]
			w = f.units(visible)
		}
		line += word
		lineW += f.units(word)
	}
	if t := strings.TrimRight(line, " "); t != "" || len(out) == 0 {
		out = append(out, t)
	}
	return out
}

// cutWord takes the first word off, with the spaces after it: up to a space, or
// after a hyphen, a slash or an @ between letters.
func cutWord(s string) (word, rest string) {
	for i, r := range s {
		n := i + utf8.RuneLen(r)
		if r == utf8.RuneError {
			n = i + 1
		}
		switch r {
		case ' ':
			for n < len(s) && s[n] == ' ' {
				n++
			}
			return s[:n], s[n:]
		case '-', '/', '@', '\u2010', '\u2013':
			if i > 0 && n < len(s) && s[n] != ' ' {
				return s[:n], s[n:]
			}
		}
	}
	return s, ""
}

// units is the width of s in thousandths of the size.
func (f *face) units(s string) (n int32) {
	for _, r := range s {
		n += f.widths[r]
	}
	return n
}

// prefix is how many bytes of s are at most that wide: at least one character.
func (f *face) prefix(s string, units int32) int {
	n := int32(0)
	for i, r := range s {
		n += f.widths[r]
		if i > 0 && n > units {
			return i
		}
	}
	return len(s)
}
