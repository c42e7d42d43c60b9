package policy

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// inside returns the place in the file, line and column from 1, of what stands
// at a line and a column of a scalar's text: it knows quotes, escapes, folded
// lines and blocks.
func (d *document) inside(n *yaml.Node, line, col int) (int, int) {
	value := []rune(n.Value)
	at := 0 // of the place in value
	for ; line > 1 && at < len(value); at++ {
		if value[at] == '\n' {
			line--
		}
	}
	at = min(at+max(col-1, 0), len(value))

	s := newScanner(d.text, n)
	for i := range at {
		s.match(value[i])
	}
	if at < len(value) && !isBlank(value[at]) {
		s.skipBlank()
	}
	return s.line, s.col
}

// A scanner walks over the letters of a scalar as they stand in the file. Blanks
// are matched loosely: folding changes them, and no name or number holds one.
type scanner struct {
	text      []rune // from the scalar's first letter on
	quote     rune   // ', " or 0
	line, col int
}

// scanLimit is how far a scalar is walked over, in bytes: a condition is shorter,
// with all its escapes and indents.
const scanLimit = 64 << 10

func newScanner(text string, n *yaml.Node) *scanner {
	for range n.Line - 1 {
		_, text, _ = strings.Cut(text, "\n")
	}
	s := &scanner{text: []rune(text[:min(len(text), scanLimit)]), line: n.Line, col: 1}
	s.next(n.Column - 1)
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		s.quote = '\''
		s.next(1)
	case n.Style&yaml.DoubleQuotedStyle != 0:
		s.quote = '"'
		s.next(1)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		for s.peek() != '\n' && s.peek() != 0 { // the header: | or >, and what follows
			s.next(1)
		}
		s.next(1)
	}
	return s
}

// peek returns the next letter, 0 at the end.
func (s *scanner) peek() rune {
	if len(s.text) == 0 {
		return 0
	}
	return s.text[0]
}

func (s *scanner) next(n int) {
	for ; n > 0 && len(s.text) > 0; n-- {
		s.col++
		if s.text[0] == '\n' {
			s.line, s.col = s.line+1, 1
		}
		s.text = s.text[1:]
	}
}

func isBlank(r rune) bool { return r == ' ' || r == '\n' }

func (s *scanner) skipBlank() {
	for isBlank(s.peek()) || s.quote == '"' && len(s.text) > 1 && s.text[0] == '\\' && s.text[1] == '\n' {
		s.next(1)
	}
}

// match goes past the letter r of the scalar.
func (s *scanner) match(r rune) {
	if isBlank(r) {
		if s.peek() == ' ' {
			s.next(1)
		}
		return
	}
	s.skipBlank()
	switch {
	case s.quote == '\'' && s.peek() == '\'':
		s.next(2)
	case s.quote == '"' && s.peek() == '\\' && len(s.text) > 1:
		s.next(2 + map[rune]int{'x': 2, 'u': 4, 'U': 8}[s.text[1]])
	default:
		s.next(1)
	}
}
