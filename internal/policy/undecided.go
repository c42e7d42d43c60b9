package policy

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/record"
)

// An Open is a value that the organisation has not decided yet.
type Open struct {
	File string // "retention.yaml"
	Path string // "/reasons/0/keep"
	Line int    // from 1
	Col  int    // from 1, in characters
	Says string // the comment directly above it, without #; "" none
}

// Key is how [Decide] names the place: "retention.yaml:/reasons/0/keep".
func (o Open) Key() string { return o.File + ":" + o.Path }

// Undecided lists what is not decided yet in policy files, by file and place.
// Files that cannot be read hold nothing undecided: [LoadPack] says what is wrong
// with them.
func Undecided(files map[string][]byte) []Open {
	var list []Open
	for _, name := range sorted(files) {
		d := parseDocument(name, files[name])
		if d.problems != nil {
			continue
		}
		lines := strings.Split(d.text, "\n")
		for path := range d.open {
			n := d.values[path]
			o := Open{File: name, Path: path, Line: n.Line, Col: n.Column}
			line := n.Line
			if k := d.keys[path]; k != nil {
				line = k.Line
			}
			o.Says = commentAbove(lines, line)
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b Open) int {
		return cmp.Or(cmp.Compare(fileOrder(a.File), fileOrder(b.File)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return list
}

func fileOrder(name string) int { return slices.Index(AllFiles(), name) }

// commentAbove returns the comment lines directly above a line, counted from 1,
// as one text.
func commentAbove(lines []string, line int) string {
	first := line - 1
	for first > 0 && strings.HasPrefix(strings.TrimSpace(lines[first-1]), "#") {
		first--
	}
	var words []string
	for _, l := range lines[first : line-1] {
		words = append(words, strings.Fields(strings.TrimLeft(strings.TrimSpace(l), "#"))...)
	}
	return strings.Join(words, " ")
}

// Decide writes what was decided into files: values by [Open.Key], each as it
// would stand in the file ("24", "[read, edit]", "Styrelsen"). What cannot stand
// there without quotes gets them, and a plain text for what has a text in each language
// is that of the organisation's own. It changes nothing else, and returns the files
// anew; whether the values make sense is for [Load] to say. A key that names
// nothing undecided, or a value that cannot be written there, is a problem; then
// it returns no files.
func Decide(files map[string][]byte, decisions map[string]string) (map[string][]byte, []Problem) {
	byFile := map[string][]Open{}
	keys := map[string]bool{}
	for _, o := range Undecided(files) {
		keys[o.Key()] = true
		if _, ok := decisions[o.Key()]; ok {
			byFile[o.File] = append(byFile[o.File], o)
		}
	}
	var problems []Problem
	for _, key := range sorted(decisions) {
		if !keys[key] {
			file, path, _ := strings.Cut(key, ":")
			problems = append(problems, Problem{File: file, Path: path, Msg: "nothing is undecided there", Hint: near(key, sorted(keys))})
		}
	}
	own := firstLanguage(files)
	out := make(map[string][]byte, len(files))
	for name, b := range files {
		text := string(b)
		opens := byFile[name]
		for i := len(opens) - 1; i >= 0; i-- { // from the end, so that places hold
			value, err := written(decisions[opens[i].Key()], schemaOf(name).at(opens[i].Path), own)
			if err != nil {
				problems = append(problems, Problem{File: name, Line: opens[i].Line, Col: opens[i].Col, Path: opens[i].Path, Msg: err.Error(), Hint: "write a value on one line"})
				continue
			}
			text = replaceAt(text, opens[i].Line, opens[i].Col, value)
		}
		out[name] = []byte(text)
	}
	if problems != nil {
		return nil, arrange(problems)
	}
	return out, nil
}

// replaceAt puts value in the place of the word notStated, which stands at a line
// and a column.
func replaceAt(text string, line, col int, value string) string {
	at := 0
	for ; line > 1; line-- {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	for i := range text[at:] {
		if col--; col == 0 {
			at += i
			break
		}
	}
	return text[:at] + value + text[at+len(notStated):]
}

// firstLanguage is the organisation's own language, "" where the files do not say.
func firstLanguage(files map[string][]byte) string {
	d := parseDocument("organisation.yaml", files["organisation.yaml"])
	if n := d.values["/languages/0"]; n != nil && slices.Contains(Languages, n.Value) {
		return n.Value
	}
	return ""
}

// written returns a value as it can stand on one line of a file, also between
// brackets, where there is what place says; own is the organisation's language.
func written(value string, place *schema, own string) (string, error) {
	value = strings.TrimSpace(value)
	if _, err := record.CheckText(value, false); err != nil {
		return "", err
	}
	if value == "" || value == notStated {
		return "", errors.New("nothing was decided")
	}
	// What reads the same between brackets reads the same everywhere.
	var n yaml.Node
	if err := unmarshal("["+value+"]", &n); err == nil && len(n.Content) == 1 && len(n.Content[0].Content) == 1 {
		item := n.Content[0].Content[0]
		if place.byLanguage() && own != "" && item.Kind == yaml.ScalarNode {
			return "{" + own + ": " + quote(item.Value) + "}", nil
		}
		if place != nil && place.Type == "string" && item.Kind == yaml.ScalarNode && item.ShortTag() != "!!str" {
			return quote(value), nil // 1.0 is a number without them, and the shell took hers
		}
		if strings.ContainsRune("[{\"'", rune(value[0])) || item.Kind == yaml.ScalarNode && item.Style == 0 && item.Value == value && item.ShortTag() != "!!null" {
			return value, nil
		}
	}
	if place.byLanguage() && own != "" {
		return "{" + own + ": " + quote(value) + "}", nil
	}
	return quote(value), nil
}

// unmarshal reads YAML that somebody typed, whatever it does to the decoder.
func unmarshal(text string, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("not well-formed YAML")
		}
	}()
	return yaml.Unmarshal([]byte(text), n)
}
