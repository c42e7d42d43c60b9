package policy

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// A document is one policy file as plain values, with the place of each.
type document struct {
	file     string
	text     string // with line feeds alone
	root     *yaml.Node
	value    any                   // maps, lists, strings, numbers, undecided
	values   map[string]*yaml.Node // "/a/0/b" → its value
	keys     map[string]*yaml.Node // "/a/0/b" → its key
	open     map[string]bool       // paths of what is not decided yet
	pack     bool                  // where that is no problem
	sound    bool                  // its form is right, and the policy holds what it says
	problems []Problem
}

// notStated is what stands where the organisation has not decided yet: this word
// without quotes, in place of any value.
const notStated = "not_stated"

// undecided is the plain value of notStated.
type undecided struct{}

// depthLimit bounds how deep a policy file may be nested.
const depthLimit = 20

// parseDocument reads YAML strictly: one document, nothing that makes it mean
// something else than it shows.
func parseDocument(file string, b []byte) *document {
	d := &document{file: file, values: map[string]*yaml.Node{}, keys: map[string]*yaml.Node{}, open: map[string]bool{}}
	if len(b) > FileLimit {
		d.problems = []Problem{{File: file, Msg: fmt.Sprintf("%d bytes, more than %d", len(b), FileLimit)}}
		return d
	}
	s := string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
	if off, err := record.CheckText(s, true); err != nil {
		line := strings.Count(s[:off], "\n")
		p := Problem{File: file, Line: line + 1, Col: utf8.RuneCountInString(s[strings.LastIndexByte(s[:off], '\n')+1:off]) + 1, Msg: err.Error()}
		if s[off] == '\t' {
			p.Msg, p.Hint = "a tab", "use spaces"
		}
		d.problems = []Problem{p}
		return d
	}
	d.text = s
	if d.parse(s); d.problems == nil {
		d.value = d.convert(d.root, "", 0)
	}
	return d
}

var errorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (d *document) parse(s string) {
	defer func() {
		// yaml.v3 is no longer maintained, and proposals bring foreign text: if it
		// should ever panic on some, that text is refused like any other that is
		// not YAML.
		if r := recover(); r != nil {
			d.problems = []Problem{{File: d.file, Msg: "not well-formed YAML"}}
		}
	}()
	dec := yaml.NewDecoder(strings.NewReader(s))
	var n, more yaml.Node
	switch err := dec.Decode(&n); {
	case err == io.EOF || err == nil && len(n.Content) == 0:
		d.problems = []Problem{{File: d.file, Line: 1, Msg: "empty"}}
		return
	case err != nil:
		d.problems = []Problem{syntaxProblem(d.file, err)}
		return
	}
	if err := dec.Decode(&more); err != io.EOF {
		p := Problem{File: d.file, Line: more.Line, Msg: "a second document", Hint: "leave out the line --- or ..., and put each policy into a file of its own"}
		if err != nil {
			p.Line = syntaxProblem(d.file, err).Line
		}
		d.problems = []Problem{p}
		return
	}
	d.root = n.Content[0]
}

// syntaxProblem makes a problem of an error of yaml.v3, which counts the lines of
// its parser from 0 and those of its scanner from 1.
func syntaxProblem(file string, err error) Problem {
	text := err.Error()
	m := errorLine.FindStringSubmatch(text)
	if m == nil {
		return Problem{File: file, Msg: "not well-formed YAML"}
	}
	line, _ := strconv.Atoi(m[1])
	text = strings.TrimPrefix(text, m[0])
	if strings.HasPrefix(text, "did not find expected") || m[1] == "" {
		line++
	}
	return Problem{File: file, Line: line, Msg: "not well-formed YAML: " + text,
		Hint: "look at this line and the one before: a quote, a colon or a bracket may be missing, or an indent be wrong"}
}

// convert returns n as plain values and notes the place of each.
func (d *document) convert(n *yaml.Node, path string, depth int) any {
	d.values[path] = n
	switch {
	case depth > depthLimit:
		d.report(path, "nested too deeply", "")
		return nil
	case n.Kind == yaml.AliasNode:
		d.report(path, "aliases (*name) are not allowed", "write the value itself")
		return nil
	case n.Anchor != "":
		d.report(path, "anchors (&name) are not allowed", "leave it out, and write the value where it is needed")
		return nil
	case n.Style&yaml.TaggedStyle != 0:
		d.report(path, "tags (!name) are not allowed", "leave it out")
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return d.convertMap(n, path, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, c := range n.Content {
			list = append(list, d.convert(c, path+"/"+strconv.Itoa(i), depth+1))
		}
		return list
	}
	return d.scalar(n, path)
}

func (d *document) convertMap(n *yaml.Node, path string, depth int) any {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		at := path + "/" + escape(k.Value)
		switch {
		case k.ShortTag() == "!!merge":
			d.reportAt(k, path, "merge keys (<<) are not allowed", "write the lines out")
		case k.Kind != yaml.ScalarNode || k.Anchor != "" || k.Style&yaml.TaggedStyle != 0 || k.ShortTag() != "!!str":
			d.reportAt(k, path, "not a key", "a key is one word and a colon")
		case d.keys[at] != nil:
			d.reportAt(k, at, fmt.Sprintf("the key %q is already used on line %d", k.Value, d.keys[at].Line), "keep one of the two")
		default:
			d.keys[at] = k
			m[k.Value] = d.convert(v, at, depth+1)
		}
	}
	return m
}

func (d *document) scalar(n *yaml.Node, path string) any {
	if n.Value == notStated && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		d.open[path] = true
		return undecided{}
	}
	switch n.ShortTag() {
	case "!!int":
		var i int64
		if len(n.Value) > 1 && n.Value[0] == '0' || n.Decode(&i) != nil || strconv.FormatInt(i, 10) != n.Value {
			d.report(path, fmt.Sprintf("%q is read as a number that it does not show", clip(n.Value)), "write plain digits, or put it in quotes")
			return nil
		}
		return i
	case "!!float":
		var f float64
		if n.Decode(&f) != nil {
			return n.Value
		}
		return f
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!null":
		return nil
	}
	if _, err := record.CheckText(n.Value, true); err != nil { // from an escape, "\u202e"
		d.report(path, err.Error(), "write the text without it")
	}
	return n.Value
}

// decided returns d as it is decoded: without what is not decided yet.
func (d *document) decided() *document {
	if len(d.open) == 0 {
		return d
	}
	c := *d
	c.root = d.without(d.root, "")
	return &c
}

// without returns n, which stands at path, without what is not decided yet. Items
// of lists keep their places.
func (d *document) without(n *yaml.Node, path string) *yaml.Node {
	if d.open[path] { // an item of a list, or all of it
		if schemaOf(d.file).holdsKeys(path) {
			return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Line: n.Line, Column: n.Column}
	}
	c := *n
	c.Content = nil
	for i, sub := range n.Content {
		if n.Kind != yaml.MappingNode {
			c.Content = append(c.Content, d.without(sub, path+"/"+strconv.Itoa(i)))
			continue
		}
		if at := path + "/" + escape(n.Content[i&^1].Value); i%2 == 1 && !d.open[at] {
			c.Content = append(c.Content, n.Content[i-1], d.without(sub, at))
		}
	}
	return &c
}

// day reports a day that is not in the calendar.
func (d *document) day(path string, day register.Day) {
	if day == "" {
		return
	}
	if _, err := register.ParseDay(string(day)); err != nil {
		d.report(path, fmt.Sprintf("no such day, %q", clip(string(day))), "write year, month and day, as in 2026-11-22")
	}
}

// terms reports what is wrong with words of the policy that have names.
func (d *document) terms(path, what string, terms []Term, languages []string) {
	ids(d, path, what, len(terms), func(i int) string { return terms[i].ID })
	for i, t := range terms {
		d.names(path+"/"+strconv.Itoa(i)+"/name", t.Name, languages)
	}
}

// report notes a problem of the value at path.
func (d *document) report(path, msg, hint string) { d.reportAt(d.values[path], path, msg, hint) }

// reportKey notes a problem of the key at path, or of the item if it has none.
func (d *document) reportKey(path, msg, hint string) {
	n := d.keys[path]
	if n == nil {
		n = d.values[path]
	}
	d.reportAt(n, path, msg, hint)
}

func (d *document) reportAt(n *yaml.Node, path, msg, hint string) {
	line, col := 1, 1
	if n != nil {
		line, col = n.Line, n.Column
	}
	d.reportPlace(line, col, path, msg, hint)
}

// reportPlace notes a problem at a line and a column, both from 1. What is wrong
// only because the organisation has not decided yet is none of a pack.
func (d *document) reportPlace(line, col int, path, msg, hint string) {
	if d.full() || d.pack && d.isOpen(path) {
		return
	}
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Col: col, Path: path, Msg: msg, Hint: hint})
}

// isOpen tells whether the value at path, or one that it is in, is not decided
// yet.
func (d *document) isOpen(path string) bool {
	if len(d.open) == 0 {
		return false
	}
	for path != "" {
		if d.open[path] {
			return true
		}
		path = path[:strings.LastIndexByte(path, '/')]
	}
	return d.open[""]
}

// full tells whether d has more problems than are shown, so that looking for
// others, and for what they may have meant, is waste.
func (d *document) full() bool { return len(d.problems) > problemsLimit }

// line returns the line of the value at path, 0 if there is none.
func (d *document) line(path string) int {
	if n := d.values[path]; n != nil {
		return n.Line
	}
	return 0
}

// escape makes a key a part of a JSON pointer (RFC 6901).
func escape(key string) string { return pointer.Replace(key) }

var pointer = strings.NewReplacer("~", "~0", "/", "~1")

// clip bounds foreign text in a problem.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
