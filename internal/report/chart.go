package report

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Chart is bars that lie one below another, each with its name and its number.
// Every text comes in the reader's language.
type Chart struct {
	Lang   string // as in BCP 47
	Title  string
	Note   string   // below the bars: what a missing number means, of which day it is; may be empty
	Series []string // what the bars of one row are, where there are two
	Rows   []Bars
	Hidden string // in the place of a number that is not shown, for those who see: "–"
	Said   string // the same, for those who hear: "not shown"
}

// Bars are one row of a chart: a bar for each series.
type Bars struct {
	Name   string
	Counts []Count
}

// The measures of a chart, in units of its own; it takes whatever width it is
// given.
const (
	chartWidth = 720
	barHeight  = 18
	barGap     = 3  // between the bars of one row
	rowGap     = 12 // between rows
	nameMax    = 40 // characters of a row's name, and of a line of text per 720
	lettersMax = 96
	chartTop   = 44
	textStep   = 18
	numberRoom = 64 // at the end of the longest bar
)

// SVG returns the chart as a file of its own, which is also valid within a page.
// It names nothing outside itself and needs no script. For who hears it, its
// description says every number. Its text takes the page's colour, or as a file the
// reader's, dark or light; each series has a pattern besides its colour, so that
// it can be printed without.
func (c *Chart) SVG() []byte {
	names := 0
	most := 1
	for _, r := range c.Rows {
		names = max(names, utf8.RuneCountInString(clip(r.Name, nameMax)))
		for _, x := range r.Counts {
			if !x.Hidden {
				most = max(most, x.N)
			}
		}
	}
	left := 24 + names*8
	room := chartWidth - left - numberRoom
	y := chartTop
	if len(c.Series) > 1 {
		y += textStep + 6
	}
	top := y
	var bars strings.Builder
	for _, r := range c.Rows {
		height := len(r.Counts)*(barHeight+barGap) - barGap
		text(&bars, left-8, y+height/2+5, `text-anchor="end"`, clip(r.Name, nameMax))
		for i, x := range r.Counts {
			if x.Hidden {
				text(&bars, left+6, y+barHeight-4, "", c.Hidden)
			} else {
				w := max(x.N*room/most, 1)
				if x.N == 0 {
					w = 0
				}
				fmt.Fprintf(&bars, `<rect class="s%d" x="%d" y="%d" width="%d" height="%d"/>`+"\n", i, left, y, w, barHeight)
				text(&bars, left+w+6, y+barHeight-4, "", strconv.Itoa(x.N))
			}
			y += barHeight + barGap
		}
		y += rowGap - barGap
	}
	fmt.Fprintf(&bars, `<path class="axis" d="M%d %dV%d"/>`+"\n", left, top-4, max(y-rowGap+4, top))
	for _, line := range lines(c.Note, lettersMax) {
		y += textStep
		text(&bars, 16, y, `class="note"`, line)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" lang="%s" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">`+"\n",
		html.EscapeString(c.Lang), chartWidth, y+16)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", html.EscapeString(c.Title), html.EscapeString(c.description()))
	b.WriteString(style)
	text(&b, 16, 28, `class="head"`, c.Title)
	if len(c.Series) > 1 {
		x := left
		for i, s := range c.Series {
			fmt.Fprintf(&b, `<rect class="s%d" x="%d" y="%d" width="14" height="14"/>`+"\n", i, x, chartTop)
			text(&b, x+20, chartTop+12, "", s)
			x += 44 + 8*utf8.RuneCountInString(s)
		}
	}
	b.WriteString(bars.String())
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// style is all colours: two hues that also differ in lightness, the second with an
// outline, so that they are told apart in print and by who sees no colours.
const style = `<style>
svg{color-scheme:light dark;color:CanvasText;font:14px "Noto Sans",system-ui,sans-serif}
text{fill:currentColor}
.head{font-size:17px;font-weight:600}
.note{font-size:13px}
.s0{fill:#2f6690}
.s1{fill:#c9d9e6;stroke:#2f6690;stroke-width:1}
.axis{stroke:currentColor;stroke-width:1;fill:none}
@media (prefers-color-scheme:dark){.s0{fill:#7fb2d9}.s1{fill:#24384a;stroke:#7fb2d9}}
@media print{svg{color:#000}.s0{fill:#555}.s1{fill:#fff;stroke:#000}}
</style>
`

func text(b *strings.Builder, x, y int, attributes, s string) {
	if attributes != "" {
		attributes = " " + attributes
	}
	fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\"%s>%s</text>\n", x, y, attributes, html.EscapeString(s))
}

// description says the chart in words.
func (c *Chart) description() string {
	var parts []string
	for _, r := range c.Rows {
		var said []string
		for i, x := range r.Counts {
			s := strconv.Itoa(x.N)
			if x.Hidden {
				s = c.Said
			}
			if len(c.Series) > 1 {
				s = c.Series[i] + " " + s
			}
			said = append(said, s)
		}
		parts = append(parts, r.Name+": "+strings.Join(said, ", "))
	}
	out := strings.Join(parts, "; ") + "."
	if c.Note != "" {
		out += " " + c.Note
	}
	return out
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// lines breaks a text between words.
func lines(s string, n int) (out []string) {
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && utf8.RuneCountInString(line+" "+w) > n {
			out = append(out, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + w)
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}
