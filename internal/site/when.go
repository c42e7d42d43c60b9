package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A policyEntry is what data/policy.json says about one place of the policy, as
// far as whether it says something goes.
type policyEntry struct {
	Value any               `json:"value"`
	Text  map[string]string `json:"text"`
	List  []string          `json:"list"`
	Open  bool              `json:"open"` // not decided yet
}

func (e policyEntry) says() bool {
	switch e.Value {
	case nil, false, "", 0.0:
		return e.Open || len(e.List) > 0 || len(e.Text) > 0
	}
	return true
}

func (e policyEntry) is(word string) bool {
	return e.Open && word == "not_stated" || fmt.Sprint(e.Value) == word || slices.Contains(e.List, word)
}

// conditions are the blocks of pages that stand only where the policy says
// something: {{% when "lists.purposes" %}}…{{% /when %}}. A second word in quotes
// asks for that value, or that item of a list; ! before the path, for its absence.
// They are settled before Hugo reads a page, since it would take what other
// shortcodes put into such a block for HTML of the author's, and leave it out.
type conditions struct {
	Values map[string]policyEntry `json:"values"`
	Absent []string               `json:"absent"` // what a policy could say and this one does not

	past map[string]*conditions // of earlier editions of procedures, by commit
}

// editionOf is the line of a page's head that says of which commit its values are.
var editionOf = regexp.MustCompile(`(?m)^edition_of: "([0-9a-f]+)"$`)

// of are the conditions of a page: those of its time.
func (c *conditions) of(page []byte) *conditions {
	if m := editionOf.FindSubmatch(page); m != nil && c.past[string(m[1])] != nil {
		return c.past[string(m[1])]
	}
	return c
}

func newConditions(files map[string]Source) (*conditions, error) {
	c := &conditions{}
	f, ok := files["data/policy.json"]
	if !ok {
		return c, nil
	}
	if err := json.Unmarshal(f.Body, c); err != nil {
		return nil, fmt.Errorf("data/policy.json: %w", err)
	}
	if f, ok := files["data/past.json"]; ok {
		if err := json.Unmarshal(f.Body, &c.past); err != nil {
			return nil, fmt.Errorf("data/past.json: %w", err)
		}
	}
	return c, nil
}

var whenTag = regexp.MustCompile(`\{\{[%<]\s*(/?)when((?:\s+"[^"\n]*")*)\s*[%>]\}\}`)

// settle returns a page without what the policy does not say. Lines keep their
// numbers.
func (c *conditions) settle(name string, page []byte) ([]byte, error) {
	if !bytes.Contains(page, []byte("when")) {
		return page, nil
	}
	var out bytes.Buffer
	var open []bool // of the blocks around, whether each is kept
	kept := func(text []byte) {
		if slices.Contains(open, false) {
			text = bytes.Repeat([]byte("\n"), bytes.Count(text, []byte("\n")))
		}
		out.Write(text)
	}
	at := 0
	for _, m := range whenTag.FindAllSubmatchIndex(page, -1) {
		kept(page[at:m[0]])
		at = m[1]
		line := 1 + bytes.Count(page[:m[0]], []byte("\n"))
		if m[3] > m[2] { // the end of a block
			if len(open) == 0 {
				return nil, fmt.Errorf("%s:%d: this when ends before it begins", name, line)
			}
			open = open[:len(open)-1]
			continue
		}
		holds, err := c.holds(strings.Split(string(page[m[4]:m[5]]), `"`))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		open = append(open, holds)
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("%s: a when has no end", name)
	}
	kept(page[at:])
	return out.Bytes(), nil
}

// holds tells whether the policy says what the words of a when ask; words are
// every second one of quoted.
func (c *conditions) holds(quoted []string) (bool, error) {
	if len(quoted) < 3 || len(quoted) > 5 {
		return false, fmt.Errorf("a when asks for one place of the policy, and perhaps one value")
	}
	path, not := strings.CutPrefix(quoted[1], "!")
	e, ok := c.Values[path]
	if !ok && !slices.Contains(c.Absent, path) {
		return false, fmt.Errorf("no policy has %q", path)
	}
	holds := ok && e.says()
	if len(quoted) == 5 {
		holds = ok && e.is(quoted[3])
	}
	return holds != not, nil
}
