package mail

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// plain writes Markdown as text for whoever reads mail without HTML. Lines are as long
// as paragraphs are: every program breaks them where its window ends.
type plain struct {
	source []byte
	out    strings.Builder
}

// blocks writes the blocks below a node; the first line begins with first, and every
// other one with rest.
func (p *plain) blocks(n ast.Node, first, rest string) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		p.block(c, first, rest)
		first = rest
	}
}

func (p *plain) block(n ast.Node, first, rest string) {
	end := "\n"
	switch n := n.(type) {
	case *ast.List:
		i := n.Start
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			mark := "- "
			if n.IsOrdered() {
				mark = strconv.Itoa(i) + ". "
				i++
			}
			p.blocks(c, first+mark, rest+strings.Repeat(" ", len(mark)))
			first = rest
		}
		if !n.IsTight {
			return // its items end with an empty line
		}
	case *ast.Blockquote:
		p.blocks(n, first+"> ", rest+"> ")
		return
	case *ast.ThematicBreak:
		p.lines("-----\n", first, rest)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		p.lines(string(n.Lines().Value(p.source)), first+"    ", rest+"    ")
	case *ast.TextBlock: // of a tight list
		p.lines(words(n, p.source), first, rest)
		return
	default:
		p.lines(words(n, p.source), first, rest)
	}
	p.out.WriteString(strings.TrimRight(rest, " ") + end)
}

func (p *plain) lines(s, first, rest string) {
	for i, l := range strings.Split(strings.TrimRight(s, "\n"), "\n") {
		if i > 0 {
			first = rest
		}
		p.out.WriteString(strings.TrimRight(first+l, " ") + "\n")
	}
}

// words is the text of what stands within a block.
func words(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(c.Value(source)))))
			switch {
			case c.HardLineBreak():
				b.WriteByte('\n')
			case c.SoftLineBreak():
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.CodeSpan:
			for t := c.FirstChild(); t != nil; t = t.NextSibling() {
				if t, ok := t.(*ast.Text); ok {
					b.Write(t.Value(source))
				}
			}
		case *ast.AutoLink:
			b.Write(c.Label(source))
		case *ast.Link:
			s, to := words(c, source), strings.TrimPrefix(string(c.Destination), "mailto:")
			if b.WriteString(s); s != to {
				b.WriteString(" <" + to + ">")
			}
		case *ast.Image:
			if s := words(c, source); s != "" {
				b.WriteString("[" + s + "]")
			}
		default:
			b.WriteString(words(c, source))
		}
	}
	return b.String()
}
