package sheet

import (
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
)

// A Fault is what keeps a list or a row from being read in. Among the notices
// of a Result it is something that was done or seen and that a person should
// know. It never holds the content of a cell.
type Fault struct {
	Row     int    // as the spreadsheet numbers it
	Column  int    // 1 for the first; 0 where the fault is of the whole row or list
	Letter  string // the column as a spreadsheet names it; empty for Column 0
	Heading string // of the column, as the list has it
	Field   string // the key of the field, where it is of one
	Rule    string // "list/…"
	Msg     string // what is wrong, in English
	Hint    string // the way out, in English; a notice may have none

	// What the texts speak of besides; see texts.go.
	row   int    // another row
	with  string // a heading, columns, choices, a country
	label string // the field's name in the register's first language
}

// The rules, each with its texts in texts.go.
const (
	ruleHeadings   = "list/headings"       // no row of headings
	ruleUnknown    = "list/unknown-column" // a heading that is not known
	ruleNoHeading  = "list/no-heading"     // a column without one
	ruleTwoColumns = "list/two-columns"    // two columns for one field
	ruleMissing    = "list/missing-column" // no column for a required field
	ruleBeside     = "list/beside"         // something beside the list
	ruleFormula    = "list/formula"        // a formula
	ruleSign       = "list/sign"           // a text that begins like one
	ruleErrorCell  = "list/error-cell"     // #N/A
	ruleLostLetter = "list/lost-letter"    // ? or U+FFFD for a letter
	ruleCharacter  = "list/character"      // a control character, a line break
	ruleBool       = "list/true-false"     // TRUE where a text is wanted
	ruleLostDigits = "list/lost-digits"    // 1,98112E+11
	ruleBecameDate = "list/became-date"    // a date where 3-12 was written
	ruleNameOrder  = "list/name-order"     // which part is the family name?
	ruleRequired   = "list/required"       // a required field is empty
	ruleDate       = "list/date"           // not a day
	ruleDateNumber = "list/date-number"    // a bare number in a column of days
	ruleDateOrder  = "list/date-order"     // 03/04 in a column that has 03/14
	ruleEmail      = "list/email"
	rulePhone      = "list/phone"
	rulePostcode   = "list/postcode"
	ruleCountry    = "list/country"
	ruleChoice     = "list/choice"
	ruleYesNo      = "list/yesno"
	ruleInteger    = "list/integer"
	ruleLength     = "list/length"
	ruleValue      = "list/value"    // anything else that a field refuses
	ruleRepeated   = "list/repeated" // the same person as an earlier row

	ruleNoRecord = "list/no-record" // a row of a template of records that says of none
	ruleTwice    = "list/twice"     // two rows of one record

	// Found by whoever compares a list with the register; see Mapping.Fault.
	RuleStranger  = "list/stranger"  // a record that the unit does not have
	RuleFilled    = "list/filled"    // the register has something else there already
	RuleWaits     = "list/waits"     // a change of the record waits for the secretariat
	RuleExpected  = "list/expected"  // only the secretariat enters somebody without
	RuleDuplicate = "list/duplicate" // perhaps the member of with
	RuleLikeRow   = "list/like-row"  // perhaps the person of an earlier row
	RuleElsewhere = "list/elsewhere" // perhaps a member elsewhere
	RuleHasLeft   = "list/has-left"  // perhaps the former member of with

	// Notices.
	rulePerhaps  = "list/perhaps"   // perhaps the same person as an earlier row
	ruleNameRead = "list/name-read" // given name first, then family name
	ruleNameTurn = "list/name-turn" // family name first, as the heading says
	ruleZero     = "list/zero"      // a zero was put back
	rulePlus     = "list/plus"      // a + was put back
	ruleUnused   = "list/unused"    // a phone of no series that is known to be in use
	ruleDayFirst = "list/day-first" // 03/04 read as the third of April
	ruleAbroad   = "list/abroad"    // the row was seen to be of another country
	ruleRead     = "list/read"      // how the value was read
)

// in returns a fault of one cell; with is what its texts name besides, if they do.
func in(rule string, row int, c *Column, field, with string) Fault {
	f := Fault{Row: row, Field: field, Rule: rule, with: with}
	if c != nil {
		f.Column, f.Letter, f.Heading = c.Column, c.Letter, c.Text
	}
	return f.worded()
}

// Fault returns a fault of a row that was found outside this package, by one of
// the exported rules: of the column of a field, or of the whole row where field is
// "". row is another row that it speaks of, and with a record's id or what else it
// names, as its text has it.
func (m *Mapping) Fault(rule string, at int, field, with string, row int) Fault {
	f := Fault{Row: at, Field: field, Rule: rule, with: with, row: row}
	for i := range m.Columns {
		if c := &m.Columns[i]; field != "" && slices.Contains(c.Fields, field) {
			f.Column, f.Letter, f.Heading = c.Column, c.Letter, c.Text
		}
	}
	return f.worded()
}

// worded fills in the English texts.
func (f Fault) worded() Fault {
	f.Msg, f.Hint = "", ""
	f.Msg, f.Hint = f.In("en")
	return f
}

// In returns the fault's texts in a language: sv, da, nb or en, or the one of
// these that its readers read best.
func (f Fault) In(lang string) (msg, hint string) {
	lang = language(lang)
	if lang == "en" && f.Msg != "" {
		return f.Msg, f.Hint
	}
	t := texts[f.Rule][lang]
	if f.Rule == ruleUnknown && f.with != "" {
		t.hint = perhapsIs[lang] + t.hint
	}
	return f.fill(t.msg), f.fill(t.hint)
}

// fill puts what the fault is about into a text.
func (f *Fault) fill(text string) string {
	if !strings.Contains(text, "{") {
		return text // nearly all: a list may have a notice in every row
	}
	return strings.NewReplacer("{row}", strconv.Itoa(f.row), "{letter}", f.Letter, "{heading}", strconv.Quote(f.Heading),
		"{with}", f.with, "{quoted}", strconv.Quote(f.with), "{label}", f.label).Replace(text)
}

// language returns the language of the texts that serves a reader of lang best.
func language(lang string) string {
	for _, l := range policy.Fallbacks(lang) {
		if _, ok := restWords[l]; ok {
			return l
		}
	}
	return "en"
}
