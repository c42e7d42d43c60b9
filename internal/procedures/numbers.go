package procedures

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A Typed is a number on a page of the organisation's own that was typed by hand.
type Typed struct {
	File string // site/content/…
	Line int
}

// wayOut is what to write in its place.
const wayOut = `write {{< policy "PATH" >}}, so that it is always what the policy says; numbers of laws in words`

func (x Typed) String() string {
	return fmt.Sprintf("%s:%d: a number typed by hand: %s", x.File, x.Line, wayOut)
}

// TypedError lists them, where they are refused.
type TypedError struct{ Typed []Typed }

func (e *TypedError) Error() string {
	return fmt.Sprintf("%s, as %d in all", e.Typed[0], len(e.Typed))
}

// notRead are the parts of a page in which a number is none that a reader takes for a
// rule: shortcodes, code, comments, addresses, and the marks of numbered lists.
var notRead = regexp.MustCompile("(?s)" + strings.Join([]string{
	`\{\{[<%].*?[%>]\}\}`, `<!--.*?-->`, "```.*?```", "`[^`\n]*`", `\]\([^)\n]*\)`, `<[a-z]+:[^>\n]*>`, `\{#[^}\n]*\}`,
	`(?m:^[ \t>]*[0-9]{1,9}[.)][ \t])`, `(?m:^\[[^\]\n]+\]:[^\n]*$)`,
}, "|"))

// shownHeads are the lines of a page's head that readers see.
var shownHeads = []string{"title:", "summary:", "law:"}

// typed finds the numbers on the organisation's own procedure pages, by file and line.
func (t *telling) typed() ([]Typed, error) {
	own, err := t.own()
	if err != nil {
		return nil, err
	}
	var out []Typed
	for _, name := range slices.Sorted(maps.Keys(own)) {
		p := strings.Split(name, "/")
		if len(p) < 4 || p[0] != "content" || p[2] != "procedures" || !strings.HasSuffix(name, ".md") {
			continue
		}
		for _, line := range typedLines(string(own[name])) {
			out = append(out, Typed{"site/" + name, line})
		}
	}
	return out, nil
}

// typedLines are the lines of a page that hold a digit which a reader sees.
func typedLines(page string) []int {
	head := ""
	if rest, ok := strings.CutPrefix(page, "---\n"); ok {
		if h, body, ok := strings.Cut(rest, "\n---\n"); ok {
			head, page = "---\n"+shown(h)+"\n---\n", body
		}
	}
	page = head + notRead.ReplaceAllStringFunc(page, func(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) })
	var out []int
	for i, line := range strings.Split(page, "\n") {
		if strings.ContainsFunc(line, unicode.IsNumber) {
			out = append(out, i+1)
		}
	}
	return out
}

// shown empties the lines of a head that are not for readers.
func shown(head string) string {
	lines, show := strings.Split(head, "\n"), false
	for i, line := range lines {
		if line != "" && line[0] != ' ' && line[0] != '-' && line[0] != '\t' {
			show = slices.ContainsFunc(shownHeads, func(h string) bool { return strings.HasPrefix(line, h) })
		}
		if !show {
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n")
}
