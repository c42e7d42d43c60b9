package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/record"
)

// unitsFile is the name under which a list of units is checked: a file of
// nothing but "units:", as medlem init takes.
const unitsFile = "units.yaml"

// Compose returns template, the text of an organisation.yaml, as that of another
// organisation: with its name and units, and with the template's comments.
// units is the text of a file with the key units alone; nil keeps the template's
// units, an empty name its name. What lies beside the template's register and
// where its keyrings are is left out. Compose checks the form of units; whether
// they are a tree is Load's to say of the result.
func Compose(template []byte, name string, units []byte) ([]byte, []Problem) {
	d := parseDocument("organisation.yaml", template)
	d.pack = true // a pack may leave open what this does not touch
	if d.problems == nil {
		d.validate(schemaOf("organisation.yaml"))
	}
	if d.problems == nil && d.root.Style&yaml.FlowStyle != 0 {
		d.report("", "all of it between braces", "write each key on a line of its own")
	}
	if d.problems != nil {
		return nil, arrange(d.problems)
	}
	lines := strings.SplitAfter(strings.ReplaceAll(string(template), "\r\n", "\n"), "\n")
	var edits []edit
	if units != nil {
		list, problems := composeUnits(units)
		if problems != nil {
			return nil, problems
		}
		edits = append(edits, d.block(lines, "units", list))
	}
	if name != "" {
		if _, err := record.CheckText(name, false); err != nil {
			return nil, []Problem{{File: d.file, Path: "/name", Msg: err.Error(), Hint: "write the name on one line, in letters that can be seen"}}
		}
		edits = append(edits, d.block(lines, "name", "name: "+quote(name)+"\n"))
	}
	for _, key := range []string{"beside", "keyrings"} {
		if d.keys["/"+key] != nil {
			edits = append(edits, d.block(lines, key, "").withComment(lines))
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(b.first, a.first) })
	for _, e := range edits { // from the bottom up, so that places hold
		lines = slices.Replace(lines, e.first, e.end, e.text)
	}
	return []byte(strings.TrimRight(strings.Join(lines, ""), "\n") + "\n"), nil
}

// composeUnits returns the units as they stand in an organisation.yaml.
func composeUnits(text []byte) (string, []Problem) {
	d := parseDocument(unitsFile, text)
	if d.problems == nil {
		d.validate(schemaOf(unitsFile))
	}
	if d.problems != nil {
		return "", arrange(d.problems)
	}
	var in struct {
		Units []Unit `yaml:"units"`
	}
	if err := d.root.Decode(&in); err != nil {
		return "", []Problem{{File: unitsFile, Msg: "cannot be read", Hint: "put text in quotes"}}
	}
	var b strings.Builder
	b.WriteString("units:\n")
	for _, u := range in.Units {
		fmt.Fprintf(&b, "  - {id: %s, level: %s, name: %s", quote(string(u.ID)), quote(u.Level), quote(u.Name))
		if u.Under != "" {
			fmt.Fprintf(&b, ", under: %s", quote(string(u.Under)))
		}
		if len(u.Flags) > 0 {
			fmt.Fprintf(&b, ", flags: [%s]", strings.Join(quoted(u.Flags), ", "))
		}
		if u.Protected {
			b.WriteString(", protected: true")
		}
		if u.Dissolved != "" {
			fmt.Fprintf(&b, ", dissolved: %q", u.Dissolved)
		}
		if len(u.Purposes) > 0 {
			var parts []string
			for _, key := range sorted(u.Purposes) {
				parts = append(parts, quote(key)+": "+quote(u.Purposes[key]))
			}
			fmt.Fprintf(&b, ", purposes: {%s}", strings.Join(parts, ", "))
		}
		if u.Agreement != "" {
			fmt.Fprintf(&b, ", agreement: %s", quote(u.Agreement))
		}
		b.WriteString("}\n")
	}
	return b.String(), nil
}

func quoted(words []string) []string { return idsOf(words, quote) }

// quote writes text as YAML, without quotes where it plainly needs none.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-") == "" && s[0] != '-' && !slices.Contains(yamlWords, s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// yamlWords are what some readers of YAML take for something else than text.
var yamlWords = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}

// An edit puts text in the place of the lines from first up to end, from 0.
type edit struct {
	first, end int
	text       string
}

// block returns the edit that puts text in the place of a top-level key and of
// everything below it.
func (d *document) block(lines []string, key, text string) edit {
	first := d.keys["/"+key].Line - 1
	end := first + 1
	for end < len(lines) && strings.Trim(lines[end], "\n") != "" && (lines[end][0] == ' ' || lines[end][0] == '-') {
		end++
	}
	return edit{first, end, text}
}

// withComment takes in the comment above the key, and the empty lines above that.
func (e edit) withComment(lines []string) edit {
	for e.first > 0 && strings.HasPrefix(lines[e.first-1], "#") {
		e.first--
	}
	for e.first > 0 && lines[e.first-1] == "\n" {
		e.first--
	}
	return e
}
