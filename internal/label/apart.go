package label

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Apart is what stands on pages of its own after the labels or letters: those who
// got none. It goes to nobody. A letter that the font cannot print is a low line, and
// its code point stands behind, so that nobody is left out.
type Apart struct {
	Title  string  // in bold
	Notice string  // below it; may be empty
	People []Entry // the id is printed here, and Lines are on one line
}

const (
	apartSize   = 9.5  // points
	apartIndent = 34.0 // mm from the id to the name
)

// check is what is wrong with the words; the people are printed as they can be.
func (a *Apart) check() (faults Faults) {
	for _, x := range []struct{ part, text string }{{"title of those apart", a.Title}, {"notice of those apart", a.Notice}} {
		if tooLong(x.text, TextLimit) {
			faults = append(faults, Fault{Part: x.part, Kind: TooLong})
		} else if r := bold().missing(paragraphLines(x.text)...); r != nil {
			faults = append(faults, Fault{Part: x.part, Kind: NoGlyph, Runes: r})
		}
	}
	return faults
}

// draw prints the pages. A nil Apart, or one of nobody, has none.
func (a *Apart) draw(w *writer) error {
	if a == nil || len(a.People) == 0 {
		return nil
	}
	f := regular()
	width := w.page.W - 2*listMargin
	bottom := w.page.H - listMargin
	head := wrap(bold(), clean(a.Title), subjectSize, width)
	notice := wrap(f, clean(a.Notice), noticeSize, width)
	y := math.Inf(1)
	for _, p := range a.People {
		text := clean(joined(p.Lines))
		if bad := f.missing(text); bad != nil {
			text = strings.Map(func(r rune) rune {
				if slices.Contains(bad, r) {
					return '_'
				}
				return r
			}, text) + " " + fmt.Sprintf("%U", bad)
		}
		lines := breakLine(f, text, apartSize, width-apartIndent, 0, true)
		if height := float64(len(lines)) * lineHeight(apartSize); y+height > bottom {
			if err := w.addPage(); err != nil {
				return err
			}
			y = listMargin
			for _, s := range head {
				w.text(bold(), subjectSize, listMargin, y+subjectSize*ascent*mm, s)
				y += lineHeight(subjectSize)
			}
			for _, s := range notice {
				w.text(f, noticeSize, listMargin, y+noticeSize*ascent*mm, s)
				y += lineHeight(noticeSize)
			}
			y += lineHeight(noticeSize)
		}
		if f.missing(p.ID) == nil {
			w.text(f, apartSize, listMargin, y+apartSize*ascent*mm, p.ID)
		}
		for _, s := range lines {
			w.text(f, apartSize, listMargin+apartIndent, y+apartSize*ascent*mm, s)
			y += lineHeight(apartSize)
		}
	}
	return nil
}

func joined(lines []string) string {
	out := ""
	for _, s := range lines {
		if s = clean(s); s != "" && out != "" {
			out += ", " + s
		} else {
			out += s
		}
	}
	return out
}
