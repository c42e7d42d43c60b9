// Package handout makes PDFs of published pages: the guides, the sheet of tasks,
// the text on data protection. A page that is to have one says so in its head, and
// where it lies:
//
//	<link rel="alternate" type="application/pdf" href="/guides/chair.nb.pdf">
//
// What stands in the PDF is read off the page itself, so that the two can say
// nothing different.
package handout

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/label"
)

// pages that a handout is to have at most.
const pages = 2

var (
	paper   = regexp.MustCompile(`<link rel="alternate" type="application/pdf" href="([^"]*)">`)
	lang    = regexp.MustCompile(`<html lang="([A-Za-z-]*)">`)
	printed = regexp.MustCompile(`<p class="printed">([^<]*)</p>`)
	contact = regexp.MustCompile(`<a href="mailto:([^"?]*)">`)
	built   = regexp.MustCompile(`<span data-built>([^<]*)</span>`)
	version = regexp.MustCompile(`<span data-built>[^<]*</span>[^<]*<code class="stamp">([0-9a-f]+)</code>`)
)

// ErrNoMain: a page that is to have a PDF has no content.
var ErrNoMain = errors.New("the page has no main part with a heading")

// Of returns the address of the PDF that a page is to have; "" for none.
func Of(page []byte) string {
	head, _, _ := bytes.Cut(page, []byte("<body"))
	m := paper.FindSubmatch(head)
	if m == nil {
		return ""
	}
	return html.UnescapeString(string(m[1]))
}

// Make makes the PDF of a page, as of a day. The same page gives the same bytes.
func Make(page []byte, day time.Time) ([]byte, error) {
	_, rest, ok := bytes.Cut(page, []byte("<main"))
	if !ok {
		return nil, ErrNoMain
	}
	main, _, ok := bytes.Cut(rest, []byte("</main>"))
	if !ok {
		return nil, ErrNoMain
	}
	root, err := parse(append([]byte("<main"), append(main, "</main>"...)...))
	if err != nil {
		return nil, err
	}
	r := &reader{h: label.Handout{AtMost: pages}}
	r.h.Blocks = r.blocks(root)
	if r.h.Title == "" {
		return nil, ErrNoMain
	}
	r.h.Foot = said(printed, page)
	_, foot, _ := bytes.Cut(page, []byte("<footer"))
	for _, re := range []*regexp.Regexp{contact, built, version} {
		if s := said(re, foot); s != "" {
			r.h.Foot += " · " + s
		}
	}
	d := label.Document{Created: day, Title: plainTitle(r.h.Title), Lang: said(lang, page)}
	return label.PrintHandout(d, r.h)
}

// plainTitle is a title that the head of a PDF can hold.
func plainTitle(s string) string {
	s = strings.NewReplacer("(", "", ")", "", `\`, "").Replace(s)
	if r := []rune(s); len(r) > label.LineLimit {
		s = string(r[:label.LineLimit])
	}
	return s
}

func said(re *regexp.Regexp, page []byte) string {
	if m := re.FindSubmatch(page); m != nil {
		return strings.TrimSpace(html.UnescapeString(string(m[1])))
	}
	return ""
}

// A node is an element, or with no name a text.
type node struct {
	name, text string
	class      string
	skip       bool
	under      []*node
}

// depthLimit is how deep elements may stand in each other.
const depthLimit = 100

// parse reads a part of a page that the theme made: HTML in which every element is
// ended, but for those that never are.
func parse(b []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &node{}
	open := []*node{root}
	for {
		t, err := d.Token()
		if err == io.EOF {
			return root, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the page: %w", err)
		}
		top := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local}
			for _, a := range t.Attr {
				switch a.Name.Local {
				case "class":
					n.class = " " + a.Value + " "
				case "hidden", "data-screen":
					n.skip = true
				}
			}
			if len(open) == depthLimit {
				return nil, errors.New("read the page: elements stand too deep in each other")
			}
			top.under = append(top.under, n)
			open = append(open, n)
		case xml.EndElement:
			if len(open) > 1 {
				open = open[:len(open)-1]
			}
		case xml.CharData:
			top.under = append(top.under, &node{text: string(t)})
		}
	}
}

func (n *node) has(class string) bool { return strings.Contains(n.class, " "+class+" ") }

// left tells whether an element is for a screen alone.
func (n *node) left() bool {
	switch n.name {
	case "nav", "details", "script", "form", "img", "aside":
		return true
	}
	return n.skip || n.has("unseen") || n.has("intake")
}

// A reader gathers a handout from a page.
type reader struct{ h label.Handout }

// blocks are those of all that stands in n.
func (r *reader) blocks(n *node) []label.Block {
	var out []label.Block
	for _, c := range n.under {
		if c.left() {
			continue
		}
		switch c.name {
		case "":
			if s := squeezed(c.text); strings.TrimSpace(s) != "" {
				out = append(out, label.Block{Runs: []label.Run{{Text: strings.TrimSpace(s)}}})
			}
		case "h1":
			r.h.Title = text(c)
		case "h2", "h3", "h4":
			out = append(out, label.Block{Kind: label.Heading, Runs: runs(c)})
		case "p", "pre":
			switch {
			case c.has("kicker"):
				r.h.Kicker = text(c)
			case c.has("lead") && r.h.Lead == "":
				r.h.Lead = text(c)
			case c.has("small"):
				out = append(out, label.Block{Kind: label.Small, Runs: runs(c)})
			default:
				if rs := runs(c); len(rs) > 0 {
					out = append(out, label.Block{Runs: rs})
				}
			}
		case "ul", "ol":
			number := 0
			for _, li := range c.under {
				if li.name != "li" || li.left() {
					continue
				}
				b := label.Block{Kind: label.Item, Runs: runs(li)}
				if c.name == "ol" {
					number++
					b.Number = number
				}
				out = append(out, b)
			}
		case "dl":
			if rows := pairs(c); len(rows) > 0 {
				out = append(out, label.Block{Kind: label.Facts, Rows: rows})
			}
		case "table":
			out = append(out, table(c))
		case "div":
			if c.has("pair") || c.has("sheet") {
				out = append(out, r.sides(c)...)
				continue
			}
			out = append(out, r.blocks(c)...)
		case "data", "strong", "em", "a", "code", "time", "mark", "span":
			out = append(out, label.Block{Runs: runs(c)})
		default:
			out = append(out, r.blocks(c)...)
		}
	}
	return out
}

// sides sets the sections of n two and two.
func (r *reader) sides(n *node) []label.Block {
	var all [][]label.Block
	for _, c := range n.under {
		if c.name == "section" && !c.left() {
			all = append(all, r.blocks(c))
		}
	}
	var out []label.Block
	for i := 0; i < len(all); i += 2 {
		b := label.Block{Kind: label.Pair, Left: all[i]}
		if i+1 < len(all) {
			b.Right = all[i+1]
		}
		out = append(out, b)
	}
	return out
}

// pairs are the terms of a list of them and what is said of each.
func pairs(n *node) [][]string {
	var out [][]string
	for _, c := range n.under {
		switch c.name {
		case "div":
			out = append(out, pairs(c)...)
		case "dt":
			out = append(out, []string{text(c), ""})
		case "dd":
			if len(out) > 0 {
				last := out[len(out)-1]
				last[1] = strings.TrimSpace(last[1] + " " + text(c))
			}
		}
	}
	return out
}

func table(n *node) label.Block {
	b := label.Block{Kind: label.Table}
	var walk func(n *node, head bool)
	walk = func(n *node, head bool) {
		for _, c := range n.under {
			switch c.name {
			case "caption":
				b.Caption = text(c)
			case "tr":
				var cells []string
				for _, x := range c.under {
					if x.name == "th" || x.name == "td" {
						cells = append(cells, text(x))
					}
				}
				if head {
					b.Head = cells
				} else {
					b.Rows = append(b.Rows, cells)
				}
			case "thead", "tbody":
				walk(c, c.name == "thead")
			}
		}
	}
	walk(n, false)
	return b
}

// runs are the text of n, with what is strong in it, on one line.
func runs(n *node) []label.Run {
	var out []label.Run
	put := func(s string, bold bool) {
		if len(out) > 0 {
			last := &out[len(out)-1]
			if strings.HasSuffix(last.Text, " ") {
				s = strings.TrimLeft(s, " ")
			}
			if last.Bold == bold {
				last.Text += s
				return
			}
		} else {
			s = strings.TrimLeft(s, " ")
		}
		if s != "" {
			out = append(out, label.Run{Text: s, Bold: bold})
		}
	}
	var walk func(n *node, bold bool)
	walk = func(n *node, bold bool) {
		for _, c := range n.under {
			switch {
			case c.name == "":
				put(squeezed(c.text), bold)
			case c.left():
			case c.name == "br" || c.name == "li" || c.name == "p":
				put(" ", bold)
				walk(c, bold)
			default:
				walk(c, bold || c.name == "strong" || c.name == "th" || c.name == "code")
			}
		}
	}
	walk(n, false)
	if len(out) > 0 {
		last := &out[len(out)-1]
		last.Text = strings.TrimRight(last.Text, " ")
	}
	return out
}

func text(n *node) string {
	var b strings.Builder
	for _, r := range runs(n) {
		b.WriteString(r.Text)
	}
	return b.String()
}

// squeezed has one space where there is any.
func squeezed(s string) string {
	out := strings.Join(strings.Fields(s), " ")
	if out == "" {
		if s != "" {
			return " "
		}
		return ""
	}
	if strings.TrimLeft(s[:1], " \n\t\r") == "" {
		out = " " + out
	}
	if strings.TrimLeft(s[len(s)-1:], " \n\t\r") == "" {
		out += " "
	}
	return out
}
