package record

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// parseYAML reads a plaintext that a person wrote or edited: one YAML document,
// a mapping of keys to single values or lists of them. Everything that makes
// YAML mean something else than it shows is refused.
func parseYAML(s string) ([]entry, error) {
	root, err := document(s)
	if err != nil {
		return nil, err
	}
	if root == nil || root.Kind != yaml.MappingNode {
		return nil, &DecodeError{Line: 1, Msg: "want lines of a field's key, a colon and its value"}
	}
	if err := refuse(root, ""); err != nil {
		return nil, err
	}
	if len(root.Content) > 2*linesLimit {
		return nil, &DecodeError{Line: 1, Msg: fmt.Sprintf("more than %d lines", linesLimit)}
	}
	entries := make([]entry, 0, len(root.Content)/2)
	for i := 0; i+1 < len(root.Content); i += 2 {
		e, err := entryOf(root.Content[i], root.Content[i+1])
		if err != nil {
			return nil, err
		}
		if has(entries, e.key) {
			return nil, e.fault("given twice")
		}
		entries = append(entries, e)
	}
	return entries, nil
}

var errorLine = regexp.MustCompile(`line (\d+):`)

// document returns the root of the only document of s.
func document(s string) (root *yaml.Node, err error) {
	defer func() {
		// yaml.v3 is no longer maintained and this is foreign text: if it should
		// ever panic on some, that text is refused like any other that is not YAML.
		if recover() != nil {
			root, err = nil, &DecodeError{Msg: "not well-formed YAML"}
		}
	}()
	dec := yaml.NewDecoder(strings.NewReader(s))
	var n, more yaml.Node
	switch err := dec.Decode(&n); {
	case err == io.EOF:
		return nil, nil
	case err != nil:
		e := &DecodeError{Msg: "not well-formed YAML: a quote or an indent may be missing"}
		if m := errorLine.FindStringSubmatch(err.Error()); m != nil {
			e.Line, _ = strconv.Atoi(m[1])
			e.Field = keyOfLine(s, e.Line)
		}
		return nil, e
	}
	if dec.Decode(&more) != io.EOF {
		return nil, &DecodeError{Line: more.Line, Msg: "a second document, or text after the end of the first"}
	}
	if len(n.Content) == 0 {
		return nil, nil
	}
	return n.Content[0], nil
}

// entryOf reads one key and its value.
func entryOf(k, v *yaml.Node) (entry, error) {
	e := entry{line: k.Line}
	if k.Kind != yaml.ScalarNode || k.ShortTag() == "!!merge" {
		return e, &DecodeError{Line: k.Line, Msg: "want the key of a field"}
	}
	if isEntryKey(k.Value) {
		e.key = k.Value
	}
	if err := refuse(k, e.key); err != nil {
		return e, err
	}
	if e.key == "" || k.ShortTag() != "!!str" {
		return e, e.fault(unknown)
	}
	if err := refuse(v, e.key); err != nil {
		return e, err
	}
	switch v.Kind {
	case yaml.ScalarNode:
		return e, e.scalar(v)
	case yaml.SequenceNode:
		e.kind = kindList
		if len(v.Content) > ListLimit {
			return e, e.fault(fmt.Sprintf("more than %d items", ListLimit))
		}
		for _, c := range v.Content {
			if err := refuse(c, e.key); err != nil {
				return e, err
			}
			item := entry{key: e.key, line: c.Line}
			if c.Kind != yaml.ScalarNode {
				return e, item.fault("want a list of single values")
			}
			if err := item.scalar(c); err != nil {
				return e, err
			}
			if item.kind == kindBool {
				return e, item.fault("want text: put it in quotes")
			}
			e.items = append(e.items, item.text)
		}
		return e, nil
	}
	return e, e.fault("want one value or a list")
}

// scalar reads a single value. A date or a number that stands without quotes
// keeps the letters that the person wrote.
func (e *entry) scalar(n *yaml.Node) error {
	e.text = n.Value
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		e.text = strings.TrimRight(e.text, "\n") // the break that ends the block is not part of the text
	}
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return nil
	}
	switch n.ShortTag() {
	case "!!null":
		return e.fault("empty: leave the line out")
	case "!!bool":
		if !isBool(n.Value) {
			return e.fault("write true or false, or put the word in quotes")
		}
		e.kind = kindBool
	case "!!int":
		if isInteger(n.Value) {
			e.kind = kindInteger
		}
	}
	return nil
}

// refuse returns an error for what makes YAML larger or other than it looks.
func refuse(n *yaml.Node, key string) error {
	bad := func(what string) error {
		return &DecodeError{Line: n.Line, Field: key, Msg: what + " are not allowed"}
	}
	switch {
	case n.Kind == yaml.AliasNode:
		return bad("aliases (*)")
	case n.Anchor != "":
		return bad("anchors (&)")
	case n.Style&yaml.TaggedStyle != 0:
		return bad("tags (!)")
	}
	return nil
}
