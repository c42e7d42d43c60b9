package record

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/medlem-register/medlem/internal/register"
)

// maxRunes is how long a field may be where the policy does not say.
var maxRunes = map[Type]int{
	TypeText: 200, TypeName: 100, TypeDate: 10, TypeEmail: 254, TypePhone: 32, TypeStreet: 200, TypePostcode: 16,
	TypeCity: 100, TypeCountry: 40, TypeChoice: keyLimit, TypeChoices: keyLimit, TypeYesNo: 5, TypeInteger: integerDigits + 1, TypeNote: 2000,
}

// MaxLimit is the longest that a policy may let a field be, in runes.
const MaxLimit = 10_000

// Validate returns what is wrong with r by the schema, in the order of the
// record: what Normalise returns is never at fault. A record without faults can
// be encoded, once it has an id, a unit and a revision.
func (s *Schema) Validate(r *Record) []Fault {
	var out []Fault
	for i := range s.Fields {
		f := &s.Fields[i]
		v := r.Fields[f.Key]
		if v.Empty() {
			if f.Required {
				out = append(out, Fault{f.Key, RuleRequired, "missing", "it must be filled in"})
			}
			continue
		}
		if bad := s.check(r, f, v); bad != nil {
			bad.Field = f.Key
			out = append(out, *bad)
		}
	}
	var rest []string
	for k, v := range r.Fields {
		if !v.Empty() && s.place(k) >= len(s.Fields) {
			rest = append(rest, k)
		}
	}
	s.Sort(rest)
	for _, k := range rest {
		f, ok := s.Field(k)
		if !ok {
			out = append(out, Fault{k, RuleUnknown, "no such field in the policy", ""})
		} else if bad := s.check(r, &f, r.Fields[k]); bad != nil {
			bad.Field = k
			out = append(out, *bad)
		}
	}
	return out
}

// check returns the first fault of a value that is not empty. r may be nil; it
// tells which country the person lives in.
func (s *Schema) check(r *Record, f *Field, v Value) *Fault {
	if v.IsList() != (f.Type == TypeChoices) {
		if v.IsList() {
			return fault(RuleType, "a list where one value belongs", "write one value")
		}
		return fault(RuleType, "one value where a list belongs", "write a list")
	}
	items := v.List()
	if len(items) > ListLimit {
		return fault(RuleLength, fmt.Sprintf("more than %d items", ListLimit), "write fewer")
	}
	most := f.Max
	if most == 0 {
		most = maxRunes[f.Type]
	}
	for i, item := range items {
		if bad := checkCharacters(item, f.Type == TypeNote); bad != nil {
			return bad
		}
		if utf8.RuneCountInString(item) > most {
			return fault(RuleLength, fmt.Sprintf("longer than %d characters", most), "shorten it")
		}
		if f.Type == TypeChoices && slices.Contains(items[:i], item) {
			return fault(RuleChoice, "the same choice twice", "write it once")
		}
		if bad := s.checkType(r, f, item); bad != nil {
			return bad
		}
	}
	return nil
}

func checkCharacters(text string, lines bool) *Fault {
	switch _, err := CheckText(text, lines); err {
	case nil:
		return nil
	case errBreak:
		return fault(RuleCharacter, "a line break inside", "write it on one line")
	case errLost, errUTF8:
		return fault(RuleCharacter, "letters were damaged when the text was converted", "open the original list again, or write the letters anew")
	}
	return fault(RuleCharacter, "a control character inside", "write it anew instead of pasting it")
}

func (s *Schema) checkType(r *Record, f *Field, text string) *Fault {
	switch f.Type {
	case TypeDate:
		return checkDate(text)
	case TypeEmail:
		return checkEmail(text)
	case TypePhone:
		return checkPhone(text)
	case TypePostcode:
		return checkPostcode(text, s.countryOf(r))
	case TypeCountry:
		if !IsCountry(text) {
			return fault(RuleType, "not a country", "write its two letters, as in NO")
		}
	case TypeChoice, TypeChoices:
		if f.Key == Objects && f.Choices == nil {
			if !isKey(text) {
				return fault(RuleType, "not the key of a purpose", "write one of the policy's purposes")
			}
			return nil
		}
		if f.Choices == nil && (f.Key == Dues || f.Key == Bounced) {
			return checkDues(f.Key, text)
		}
		if !slices.Contains(f.Choices, text) {
			return f.notAChoice()
		}
	case TypeYesNo:
		if !isBool(text) {
			return fault(RuleType, "not a yes or no", "write yes or no")
		}
	case TypeInteger:
		if !isInteger(text) {
			return fault(RuleType, "not a whole number", "write digits only")
		}
	case TypeName, TypeText, TypeStreet, TypeCity, TypeNote:
		if f.Key == Reason && !isKey(text) {
			return fault(RuleType, "not the key of a reason", "write one of the policy's reasons")
		}
		if f.Key == Mandate && s.HasDues() {
			return checkDues(f.Key, text)
		}
		return checkFormula(f.Type, text)
	}
	return nil
}

// countryOf returns the country that the record names, or the schema's.
func (s *Schema) countryOf(r *Record) string {
	if r != nil {
		for i := range s.Fields {
			if c := r.Fields[s.Fields[i].Key].text; s.Fields[i].Type == TypeCountry && IsCountry(c) {
				return c
			}
		}
	}
	return s.Country
}

// checkFormula refuses what a spreadsheet would compute, and what one shows when
// it could not.
func checkFormula(t Type, text string) *Fault {
	first, _ := utf8.DecodeRuneInString(text)
	signs := "=@＝＠"
	if t == TypeName || t == TypeCity {
		signs += "+-＋－"
	}
	if strings.ContainsRune(signs, first) {
		return fault(RuleFormula, "begins like a formula of a spreadsheet", "write the text itself, without the sign in front")
	}
	return nil
}

// isSheetError tells whether s is what a spreadsheet shows where it could not
// compute: #N/A, #REF!, in any language (#SAKNAS!, #I/T, #NAVN?).
func isSheetError(s string) bool {
	word, ok := strings.CutPrefix(s, "#")
	if !ok || word == "" || strings.ToUpper(word) != word || strings.ContainsAny(word, " \n") {
		return false
	}
	return strings.HasSuffix(word, "!") || strings.HasSuffix(word, "?") || strings.Contains(word, "/")
}

func checkDate(text string) *Fault {
	if day, err := register.ParseDay(text); err != nil || day > lastDay {
		return fault(RuleType, "not a date", dateHint)
	}
	return nil
}
