package policy

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Value is what stands at one place of the policy files, as pages quote it.
type Value struct {
	// Path names the place: the file without its ending, then keys, with dots
	// between them. Items of lists go by their id, a field by its key, others by
	// their number from 0: "retention.reasons.left.keep".
	Path string
	// Place is the path with * for what a list or a policy names:
	// "retention.reasons.*.keep".
	Place string
	File  string // "retention.yaml"
	Line  int    // from 1

	Plain any               // string, int64, float64 or bool; nil for the others
	List  []string          // ids or words of a list, keys of a block
	Names map[string]string // a text by language
	Day   bool              // Plain is a day
	Open  bool              // not decided yet; then nothing else is set
}

// Values lists every place of policy files, in the order of [AllFiles] and of the
// files themselves. Files that cannot be read are left out: [Load] says what is
// wrong with them.
func Values(files map[string][]byte) []Value {
	var out []Value
	for _, name := range AllFiles() {
		text, ok := files[name]
		if !ok {
			continue
		}
		d := parseDocument(name, text)
		if d.problems != nil {
			continue
		}
		base := strings.TrimSuffix(name, ".yaml")
		v := &valuer{doc: d}
		v.add(schemaOf(name).schema, d.value, "", base, base)
		slices.SortStableFunc(v.out, func(a, b Value) int { return a.Line - b.Line })
		out = append(out, v.out...)
	}
	return out
}

type valuer struct {
	doc *document
	out []Value
}

// add notes v, which stands at a JSON pointer, and all in it.
func (c *valuer) add(s *schema, v any, at, path, place string) {
	s = s.plain()
	line := c.doc.line(at)
	if k := c.doc.keys[at]; k != nil {
		line = k.Line
	}
	x := Value{Path: path, Place: place, File: c.doc.file, Line: max(line, 1)}
	i := len(c.out)
	c.out = append(c.out, x)
	switch v := v.(type) {
	case undecided:
		x.Open = true
	case map[string]any:
		if s.isTexts() {
			x.Names = map[string]string{}
			for l, text := range v {
				t, ok := text.(string)
				x.Open = x.Open || !ok
				x.Names[l] = t
			}
			break
		}
		x.List = slices.SortedFunc(maps.Keys(v), func(a, b string) int {
			x, y := c.doc.keys[at+"/"+escape(a)], c.doc.keys[at+"/"+escape(b)]
			return cmp.Or(x.Line-y.Line, x.Column-y.Column)
		})
		for _, k := range x.List {
			sub, step := s.property(k)
			c.add(sub, v[k], at+"/"+escape(k), path+"."+k, place+"."+step)
		}
	case []any:
		it := itemsByID(v)
		for j, item := range v {
			id := strconv.Itoa(j)
			if it != nil && s.Items.hasID() {
				id = it.order[j]
			}
			if plain(v) {
				x.Open = x.Open || item == undecided{}
				x.List = append(x.List, brief(item))
				continue
			}
			x.List = append(x.List, id)
			c.add(s.Items, item, at+"/"+strconv.Itoa(j), path+"."+id, place+".*")
		}
	default:
		x.Plain = v
		x.Day = s.Pattern == dayPattern
	}
	if x.Open {
		x.List, x.Names = nil, nil
	}
	c.out[i] = x
}

// dayPattern is how the schemas write what a day looks like.
const dayPattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`

// Absent lists, sorted, the paths that a policy could have and these files leave
// out, below what they have: also the files themselves ("dues"). Of the units and
// of the policy's own tests it lists none.
func Absent(files map[string][]byte) []string {
	var out []string
	for _, name := range AllFiles() {
		base := strings.TrimSuffix(name, ".yaml")
		text, ok := files[name]
		if !ok {
			absent(schemaOf(name).schema, base, &out)
			continue
		}
		if d := parseDocument(name, text); d.problems == nil {
			lacking(schemaOf(name).schema, d.value, base, &out)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// lacking notes what v, at path, leaves out.
func lacking(s *schema, v any, path string, out *[]string) {
	if path == "tests.tests" || path == "organisation.units" {
		return
	}
	s = s.plain()
	switch v := v.(type) {
	case undecided:
		below(s, path, out)
	case map[string]any:
		if s.isTexts() {
			return
		}
		for k, sub := range s.Properties {
			if x, ok := v[k]; ok {
				lacking(sub, x, path+"."+k, out)
			} else {
				absent(sub, path+"."+k, out)
			}
		}
	case []any:
		it := itemsByID(v)
		if it == nil {
			return
		}
		for i, item := range v {
			lacking(s.Items, item, path+"."+it.order[i], out)
		}
		for _, id := range s.itemIDs() {
			if _, ok := it.place[id]; !ok {
				absent(s.Items, path+"."+id, out)
			}
		}
	}
}

// absent notes a path that is not there, and those below it that have names.
func absent(s *schema, path string, out *[]string) {
	*out = append(*out, path)
	below(s, path, out)
}

func below(s *schema, path string, out *[]string) {
	if s = s.plain(); s.isTexts() {
		return
	}
	for k, sub := range s.Properties {
		absent(sub, path+"."+k, out)
	}
	for _, id := range s.itemIDs() {
		absent(s.Items, path+"."+id, out)
	}
}

// plain follows references. It is never nil.
func (s *schema) plain() *schema {
	for s != nil && s.to != nil {
		s = s.to
	}
	if s == nil {
		return &schema{}
	}
	return s
}

// isTexts tells whether s is of a text by language.
func (s *schema) isTexts() bool { return s.Properties["nb"] != nil }

// hasID tells whether items of the kind of s have an id. What the policy's own
// tests say is none.
func (s *schema) hasID() bool {
	p := s.plain().Properties
	return p["id"] != nil || p["key"] != nil
}

// property returns what a key holds, and what it is called in [Value].Place.
func (s *schema) property(key string) (*schema, string) {
	if sub := s.Properties[key]; sub != nil {
		return sub, key
	}
	if s.Additional != nil {
		return s.Additional.Schema, "*"
	}
	return nil, key
}

// itemIDs are the ids that items of a list can have, where the schema lists them.
func (s *schema) itemIDs() []string {
	if s.Items == nil {
		return nil
	}
	if id := s.Items.plain().Properties["id"]; id != nil {
		return id.plain().Enum
	}
	return nil
}

// Words returns, for each place of the policy files that holds words of a list
// that the schemas give, those words: by [Value].Place. Of lists it is the place
// of the list.
func Words() map[string][]string {
	out := map[string][]string{}
	for _, name := range AllFiles() {
		base := strings.TrimSuffix(name, ".yaml")
		listWords(schemaOf(name).schema, base, out)
	}
	return out
}

func listWords(s *schema, place string, out map[string][]string) {
	s = s.plain()
	switch {
	case s.isTexts():
	case s.Enum != nil:
		out[place] = s.Enum
	case s.Items != nil:
		if items := s.Items.plain(); items.Enum != nil {
			out[place] = items.Enum
		} else {
			listWords(items, place+".*", out)
		}
	}
	if s.isTexts() {
		return
	}
	for k, sub := range s.Properties {
		listWords(sub, place+"."+k, out)
	}
}

// Keys lists every key that policy files may have, sorted, but for languages.
func Keys() []string {
	var out []string
	for _, name := range AllFiles() {
		out = append(out, schemaOf(name).keys...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
