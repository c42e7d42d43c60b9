package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is something wrong in a policy file. Policy files are public, so it
// may quote them.
type Problem struct {
	File string // "access.yaml"
	Line int    // from 1; 0 = the file as a whole
	Col  int    // from 1, in characters; 0 = the line as a whole
	Path string // "/offices/2/level"; "" = the file as a whole
	Msg  string // what is wrong
	Hint string // the way out; may be empty
}

// String returns the place and what is wrong: "access.yaml:12:5:
// /offices/2/level: unknown level".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Col > 0 {
			fmt.Fprintf(&b, ":%d", p.Col)
		}
	}
	if p.Path != "" {
		b.WriteString(": " + p.Path)
	}
	return b.String() + ": " + p.Msg
}

// problemsLimit bounds what is reported of one policy: nobody reads more.
const problemsLimit = 100

// arrange sorts problems by place, drops what is said twice, and keeps the first
// of too many.
func arrange(ps []Problem) []Problem {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Msg, b.Msg), cmp.Compare(a.Hint, b.Hint))
	})
	ps = slices.Compact(ps)
	if len(ps) > problemsLimit {
		ps = append(ps[:problemsLimit], Problem{File: ps[problemsLimit].File, Line: ps[problemsLimit].Line, Msg: "and more problems from here on"})
	}
	return ps
}

// near returns a hint with the word of list that is nearest to word, or nothing.
func near(word string, list []string) string {
	best, least := "", 3
	for _, w := range list {
		if d := distance(strings.ToLower(word), strings.ToLower(w)); d < least && d < len(w) {
			best, least = w, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// suggest returns a hint with the nearest word, or with all of a short list.
func suggest(word string, list []string) string {
	hint := near(word, list)
	if hint == "" && len(list) > 0 && len(list) <= 15 {
		hint = "write one of " + strings.Join(list, ", ")
	}
	return hint
}

// distance is the number of letters to add, take away or change to make b of a,
// where two neighbours that changed places count as one.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 40 || len(y) > 40 {
		return 40
	}
	two, one, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := one[j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			row[j] = min(change, one[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return one[len(y)]
}
