package sheet

import (
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
)

// wholeName reads a whole name: "family, given". Where no name of the column
// has a comma, two words are read as given and family name, or the other way
// round where the heading says so, with a notice; of three or more nobody can
// know which belong to the family name.
func (v *reading) wholeName(c *Column, text string) {
	family, given, comma := strings.Cut(text, ",")
	rule := ruleNameRead
	if !comma {
		words := strings.FieldsFunc(text, invisible)
		if v.commas[c.Column] || len(words) != 2 {
			v.fault(ruleNameOrder, c, "")
			return
		}
		given, family = words[0], words[1]
		if v.turned[c.Column] {
			given, family, rule = family, given, ruleNameTurn
		}
	}
	if blank(family) || blank(given) || strings.Contains(given, ",") {
		v.fault(ruleNameOrder, c, "")
		return
	}
	if !comma {
		v.res.Notices = append(v.res.Notices, in(rule, v.row.Number, c, "", ""))
	}
	v.value(c, familyKey, family)
	v.value(c, givenKey, given)
}

// familyFirst tells whether a heading of whole names names the family name
// before the given name: "Etternavn og fornavn".
func familyFirst(p *policy.Policy, heading string) bool {
	key := headingKey(heading)
	family, given := firstOf(p, familyKey, key), firstOf(p, givenKey, key)
	return family >= 0 && given > family
}

// firstOf returns where in a heading a field is named first, or -1.
func firstOf(p *policy.Policy, field, key string) int {
	f, ok := p.Field(field)
	if !ok {
		return -1
	}
	at := -1
	names := slices.Collect(maps.Values(f.Name))
	for _, name := range append(names, f.Headings...) {
		const shortest = 5 // letters; "family" and "given" stand in other words
		if name = headingKey(name); len(name) < shortest {
			continue
		}
		if i := strings.Index(key, name); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	return at
}

// hasCommas tells whether a comma stands in any name of a column.
func hasCommas(t *Table, column int) bool {
	for i := range t.Rows {
		if c := t.Rows[i].cell(column); c.Kind == TextCell && strings.Contains(c.Text, ",") {
			return true
		}
	}
	return false
}
