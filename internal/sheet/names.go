package sheet

import "strings"

// wholeName reads a whole name: "family, given". Where no name of the column
// has a comma, two words are read as given and family name, with a notice; of
// three or more nobody can know which belong to the family name.
func (v *reading) wholeName(c *Column, text string) {
	family, given, comma := strings.Cut(text, ",")
	if !comma {
		words := strings.FieldsFunc(text, invisible)
		if v.commas[c.Column] || len(words) != 2 {
			v.fault(ruleNameOrder, c, "")
			return
		}
		given, family = words[0], words[1]
	}
	if blank(family) || blank(given) || strings.Contains(given, ",") {
		v.fault(ruleNameOrder, c, "")
		return
	}
	if !comma {
		v.res.Notices = append(v.res.Notices, in(ruleNameRead, v.row.Number, c, "", ""))
	}
	v.value(c, familyKey, family)
	v.value(c, givenKey, given)
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
