package sheet

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/medlem-register/medlem/internal/record"
)

// column reads what stands in one column of the row.
func (v *reading) column(c *Column) {
	cell := v.row.cell(c.Column)
	whole := len(c.Fields) == 2
	field, kind := c.Fields[0], v.types[c.Fields[0]]
	if whole {
		field, kind = "", record.TypeName
	}
	if cell.Kind == Empty {
		return
	}
	if rule := v.spoilt(c, kind, cell); rule != "" {
		v.fault(rule, c, field)
		return
	}
	text := cell.Text
	if cell.Kind == Date && kind == record.TypeDate {
		text = text[:len("2006-01-02")] // the hour says nothing about a day
	}
	if kind == record.TypeDate {
		text = textDate(text)
	}
	if whole {
		v.wholeName(c, text)
	} else {
		v.value(c, field, text)
	}
}

// spoilt returns the rule by which a cell cannot be read, whatever its field's
// schema says of the text.
func (v *reading) spoilt(c *Column, kind record.Type, cell Cell) string {
	switch {
	case cell.Kind == Formula:
		return ruleFormula
	case cell.Kind == ErrorCell:
		return ruleErrorCell
	case cell.Kind == Bool && kind != record.TypeYesNo:
		return ruleBool
	case lostDigits(kind, cell):
		return ruleLostDigits
	case cell.Kind == Date && kind != record.TypeDate && kind != record.TypeNote && kind != record.TypeText:
		return ruleBecameDate
	case lostLetter(kind, cell.Text):
		return ruleLostLetter
	case cell.Kind == TextCell && v.dates[c.Column] == monthFirst && eitherWay(cell.Text):
		return ruleDateOrder
	}
	return ""
}

// lostDigits tells whether a number is of more digits than a spreadsheet keeps,
// which are fifteen, or was saved as a csv in powers of ten.
func lostDigits(kind record.Type, c Cell) bool {
	const kept = 15
	if c.Kind == Number {
		digits, _, _ := strings.Cut(strings.TrimPrefix(c.Text, "-"), ".")
		return len(strings.TrimLeft(digits, "0")) > kept
	}
	if c.Kind != TextCell || kind == record.TypeNote {
		return false
	}
	mantissa, power, ok := strings.Cut(trim(c.Text), "E+")
	return ok && mantissa != "" && power != "" && strings.Trim(mantissa, "0123456789.,-") == "" && strings.Trim(power, "0123456789") == ""
}

// lostLetter tells whether a letter of a text was lost when it was saved in an
// encoding that lacks it: Čállo comes out of Windows-1252 as ?állo.
func lostLetter(kind record.Type, s string) bool {
	if strings.ContainsRune(s, utf8.RuneError) {
		return true
	}
	switch kind {
	case record.TypeName:
		return strings.ContainsRune(s, '?')
	case record.TypeStreet, record.TypeCity:
		for i := strings.IndexByte(s, '?'); i >= 0 && i+1 < len(s); i++ {
			if r, _ := utf8.DecodeRuneInString(s[i+1:]); s[i] == '?' && unicode.IsLetter(r) {
				return true
			}
		}
	}
	return false
}

// value reads a text into a field.
func (v *reading) value(c *Column, field, text string) {
	kind := v.types[field]
	value, said, err := v.schema.Normalise(field, text)
	rule := ""
	if said != "" && (kind != record.TypeDate || v.dates[c.Column] != dayFirst) {
		rule = noticeOf(kind, text, value)
	}
	bad := (*record.Fault)(nil)
	if errors.As(err, &bad) || rule == ruleUnused {
		if mended, how := v.mend(field, text, kind, bad); !mended.Empty() {
			value, rule = mended, how
		} else if bad != nil {
			v.refuse(c, field, text, kind, bad)
			return
		}
	}
	if rule != "" {
		n := in(rule, v.row.Number, c, field, v.abroadBy(rule, kind, value))
		if rule == ruleRead {
			n.Msg = said
		}
		v.res.Notices = append(v.res.Notices, n)
	}
	if value.Empty() {
		return
	}
	v.res.Fields[field] = value
	switch kind {
	case record.TypeCountry:
		v.schema = v.country(value.String())
	case record.TypePostcode:
		v.guessCountry(value.String())
	}
}

// abroadBy returns the country that a value was read as of, for ruleAbroad: a
// postal code has it in front, and a phone got it from the postal code.
func (v *reading) abroadBy(rule string, kind record.Type, value record.Value) string {
	switch {
	case rule != ruleAbroad:
		return ""
	case kind == record.TypePostcode:
		code, _, _ := strings.Cut(value.String(), "-")
		return code
	}
	return v.guess.Country
}

// lostZeroDigits is how many digits of a postal code must be left for its zeros
// to be put back: 150 is Oslo's 0150 and 100 Helsinki's 00100; 15 is a slip.
const lostZeroDigits = 3

// mend reads a text that the schema refuses or doubts in the one other way that
// leaves no doubt, and returns the rule of the notice that says so; the empty
// value where there is none. A postal code gets the zeros back that a
// spreadsheet took; a phone is read as of the country that the row's postal code
// is of. A text that is only doubted has no bad.
func (v *reading) mend(field, text string, kind record.Type, bad *record.Fault) (record.Value, string) {
	switch {
	case bad != nil && bad.Rule == record.RuleLostZero && len(trim(text)) >= lostZeroDigits:
		for _, zeros := range []string{"0", "00"} {
			if value, _, err := v.schema.Normalise(field, zeros+trim(text)); err == nil {
				return value, ruleZero
			}
		}
	case kind == record.TypePhone && v.guess != nil:
		if value, doubt, err := v.guess.Normalise(field, text); err == nil && doubt == "" {
			return value, ruleAbroad
		}
	}
	return record.Value{}, ""
}

// noticeOf returns the rule of what a schema says about a value that it read.
func noticeOf(kind record.Type, text string, value record.Value) string {
	switch kind {
	case record.TypeDate:
		return ruleDayFirst
	case record.TypePhone:
		if !strings.Contains(text, "+") && digitsOf(text) == digitsOf(value.String()) {
			return rulePlus // the country code was there already
		}
		return ruleUnused
	case record.TypePostcode:
		return ruleAbroad
	}
	return ruleRead
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// refuse adds the fault of a text that the schema refuses.
func (v *reading) refuse(c *Column, field, text string, kind record.Type, bad *record.Fault) {
	f := in(ruleOf(bad, kind, trim(text)), v.row.Number, c, field, "")
	if f.Rule == ruleChoice {
		f.with = v.choices(field)
		f = f.worded()
	} else {
		f.Msg, f.Hint = bad.Msg, bad.Hint // says more than the rule does
	}
	v.res.Faults = append(v.res.Faults, f)
}

// FieldFault says in a language what is wrong with a text that somebody gave for a
// field, and the way out, as a list says it of a cell. kind is the field's, and choices
// the names of its choices.
func FieldFault(bad *record.Fault, kind record.Type, choices, lang string) (msg, hint string) {
	rule := ruleRequired
	switch bad.Rule {
	case record.RuleRequired:
	case record.RuleType, record.RuleChoice, record.RuleLength, record.RuleCharacter, record.RuleFormula, record.RuleLostZero:
		rule = ruleOf(bad, kind, "?") // what was written is of no account here
	default:
		return bad.Msg, bad.Hint // a rule of others, in their words
	}
	if language(lang) == "en" && rule != ruleChoice {
		return bad.Msg, bad.Hint
	}
	f := Fault{Rule: rule, with: choices}
	return f.In(lang)
}

// ruleOf returns our rule for a fault of a schema.
func ruleOf(bad *record.Fault, kind record.Type, text string) string {
	switch bad.Rule {
	case record.RuleFormula:
		if strings.HasPrefix(text, "#") {
			return ruleErrorCell
		}
		return ruleSign
	case record.RuleCharacter:
		return ruleCharacter
	case record.RuleLength:
		return ruleLength
	case record.RuleChoice:
		return ruleChoice
	}
	switch kind {
	case record.TypeDate:
		if strings.Trim(text, "0123456789") == "" {
			return ruleDateNumber
		}
		return ruleDate
	case record.TypeEmail:
		return ruleEmail
	case record.TypePhone:
		return rulePhone
	case record.TypePostcode:
		return rulePostcode
	case record.TypeCountry:
		return ruleCountry
	case record.TypeYesNo:
		return ruleYesNo
	case record.TypeInteger:
		return ruleInteger
	}
	return ruleValue
}

// choices returns the choices of a field by their names in the register's own
// language.
func (v *reading) choices(field string) string {
	f, ok := v.policy.Field(field)
	if !ok {
		return ""
	}
	var names []string
	for _, c := range f.Options {
		names = append(names, v.policy.Label(c.Name, ownLanguage(v.policy)))
	}
	return strings.Join(names, ", ")
}
