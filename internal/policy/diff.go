package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Difference is a place where two versions of a policy say different things.
type Difference struct {
	File string // "access.yaml"
	Path string // "/offices/treasurer/seats/max": items by their id, where they have one
	Was  string // short; "" nothing
	Is   string // short; "" nothing
	Line int    // in the second version; 0 if the file is not there
}

// Diff compares policy files a with b, place by place: comments, quotes and the
// order of keys, of items that have an id and of words in a list make no
// difference. What is not there at all is one difference, not one for everything
// in it. Files that cannot be read are left out: [Load] says what is wrong with
// them.
func Diff(a, b map[string][]byte) []Difference {
	var out []Difference
	for _, name := range AllFiles() {
		var x, y *document
		if text, ok := a[name]; ok {
			x = parseDocument(name, text)
		}
		if text, ok := b[name]; ok {
			y = parseDocument(name, text)
		}
		if x == nil && y == nil || x != nil && x.problems != nil || y != nil && y.problems != nil {
			continue
		}
		c := &comparison{file: name, doc: y}
		c.compare(valueOf(x), valueOf(y), "", "")
		slices.SortStableFunc(c.out, func(a, b Difference) int { return cmp.Compare(a.Line, b.Line) })
		out = append(out, c.out...)
	}
	return out
}

func valueOf(d *document) any {
	if d == nil {
		return map[string]any{}
	}
	return d.value
}

type comparison struct {
	file string
	doc  *document // of the second version; nil if the file is not there
	out  []Difference
}

// compare notes where a and b differ. path is what it is called, at where it
// stands in the second version, or where what it is missing from does.
func (c *comparison) compare(a, b any, path, at string) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			c.compareMaps(x, y, path, at)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			c.compareLists(x, y, path, at)
			return
		}
	}
	if was, is := brief(a), brief(b); was != is {
		c.note(path, at, was, is)
	}
}

func (c *comparison) note(path, at, was, is string) {
	line := 0
	if c.doc != nil {
		line = c.doc.line(at)
		if k := c.doc.keys[at]; k != nil {
			line = k.Line
		}
	}
	was, is = tell(was, is)
	c.out = append(c.out, Difference{c.file, path, was, is, line})
}

// tell clips two texts so that one can still tell them apart.
func tell(a, b string) (string, string) {
	if clip(a) != clip(b) || a == b {
		return clip(a), clip(b)
	}
	x, y := []rune(a), []rune(b)
	same, word := 0, 0 // letters in common, and up to the last blank of them
	for same < min(len(x), len(y)) && x[same] == y[same] {
		if same++; x[same-1] == ' ' {
			word = same
		}
	}
	if same-word > 20 {
		word = same
	}
	return clip("…" + string(x[word:])), clip("…" + string(y[word:]))
}

func (c *comparison) compareMaps(a, b map[string]any, path, at string) {
	both := sorted(a)
	for _, k := range sorted(b) {
		if _, ok := a[k]; !ok {
			both = append(both, k)
		}
	}
	for _, k := range both {
		_, inB := b[k]
		where := at
		if inB {
			where = at + "/" + escape(k)
		}
		if _, inA := a[k]; inA && inB {
			c.compare(a[k], b[k], path+"/"+escape(k), where)
		} else {
			c.note(path+"/"+escape(k), where, brief(a[k]), brief(b[k]))
		}
	}
}

// compareLists compares lists of items with an id by it, lists of words as sets,
// and others item by item.
func (c *comparison) compareLists(a, b []any, path, at string) {
	x, y := itemsByID(a), itemsByID(b)
	if x == nil || y == nil {
		c.compareItems(a, b, path, at)
		return
	}
	for _, id := range append(x.order, y.order...) {
		i, inA := x.place[id]
		j, inB := y.place[id]
		switch here := path + "/" + escape(id); {
		case inA && inB:
			c.compare(a[i], b[j], here, at+"/"+strconv.Itoa(j))
			delete(y.place, id)
			delete(x.place, id)
		case inA:
			c.note(here, at, brief(a[i]), "")
			delete(x.place, id)
		case inB:
			c.note(here, at+"/"+strconv.Itoa(j), "", brief(b[j]))
			delete(y.place, id)
		}
	}
}

// ordered are the lists of words whose order says something.
var ordered = []string{"organisation.yaml/languages", "dues.yaml/channels", "pages.yaml/joining/fields"}

func (c *comparison) compareItems(a, b []any, path, at string) {
	if plain(a) && plain(b) {
		x, y := briefs(a), briefs(b)
		if !slices.Contains(ordered, c.file+path) {
			slices.Sort(x)
			slices.Sort(y)
		}
		if !slices.Equal(x, y) {
			c.note(path, at, brief(a), brief(b))
		}
		return
	}
	for i := range max(len(a), len(b)) {
		here := "/" + strconv.Itoa(i)
		switch {
		case i >= len(b):
			c.note(path+here, at, brief(a[i]), "")
		case i >= len(a):
			c.note(path+here, at+here, "", brief(b[i]))
		default:
			c.compare(a[i], b[i], path+here, at+here)
		}
	}
}

// items are the items of a list by what they are called.
type items struct {
	order []string
	place map[string]int
}

// itemsByID returns the items of a list by their id, nil if some have none. A
// field's is its key, a test's what it says.
func itemsByID(list []any) *items {
	it := &items{place: map[string]int{}}
	for i, v := range list {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		id := ""
		for _, k := range []string{"id", "key", "says"} {
			if s, ok := m[k].(string); ok && id == "" {
				id = s
			}
		}
		if _, dup := it.place[id]; id == "" || dup {
			return nil
		}
		it.order = append(it.order, id)
		it.place[id] = i
	}
	return it
}

// plain tells whether a list holds words alone.
func plain(list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool {
		switch v.(type) {
		case map[string]any, []any:
			return true
		}
		return false
	})
}

func briefs(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = brief(v)
	}
	return out
}

// brief returns a value as it could stand on one line; "" for nothing.
func brief(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case undecided:
		return notStated
	case map[string]any:
		var parts []string
		for _, k := range sorted(v) {
			parts = append(parts, k+": "+brief(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		return "[" + strings.Join(briefs(v), ", ") + "]"
	}
	return fmt.Sprint(v)
}
