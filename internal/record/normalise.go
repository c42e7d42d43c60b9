package record

import "strings"

// rawLimit bounds what Normalise reads, in bytes: more than the longest field
// can hold.
const rawLimit = 4 * MaxLimit

// Normalise returns the value of the field key that raw stands for, raw being
// text as a person wrote it or a list held it. The notice, if not empty, says
// what was assumed in reading it, for the person to confirm. The error is a
// *Fault. Neither holds the value. Text of nothing but spaces gives the empty
// value.
func (s *Schema) Normalise(key, raw string) (v Value, notice string, err error) {
	f, ok := s.Field(key)
	if !ok {
		return Value{}, "", &Fault{key, RuleUnknown, "no such field in the policy", ""}
	}
	v, notice, bad := s.normalise(&f, raw)
	if bad == nil && !v.Empty() {
		bad = s.check(nil, &f, v)
	}
	if bad != nil {
		bad.Field = key
		return Value{}, "", bad
	}
	return v, notice, nil
}

func (s *Schema) normalise(f *Field, raw string) (v Value, notice string, bad *Fault) {
	if len(raw) > rawLimit {
		return Value{}, "", fault(RuleLength, "far too long", "shorten it")
	}
	lines := f.Type == TypeNote
	text := tidy(raw, lines)
	if text == "" {
		return Value{}, "", nil
	}
	if bad := checkCharacters(text, lines || f.Type == TypeChoices); bad != nil {
		return Value{}, "", bad
	}
	if !lines && isSheetError(text) {
		return Value{}, "", fault(RuleFormula, "an error of a spreadsheet where a value belongs", "correct the cell, or empty it")
	}
	switch f.Type {
	case TypeDate:
		text, notice, bad = normaliseDate(text)
	case TypeEmail:
		text, bad = normaliseEmail(text)
	case TypePhone:
		text, notice, bad = normalisePhone(text, s.Country)
	case TypePostcode:
		text, notice, bad = normalisePostcode(text, s.Country)
	case TypeCountry:
		text, bad = normaliseCountry(text)
	case TypeChoice:
		if text, ok := f.choice(text); ok {
			return Text(text), "", nil
		}
		return Value{}, "", f.notAChoice()
	case TypeChoices:
		v, bad := f.normaliseChoices(text)
		return v, "", bad
	case TypeYesNo:
		word, ok := yesNo[Fold(text)]
		if !ok {
			return Value{}, "", fault(RuleType, "not a yes or no", "write yes or no")
		}
		text = word
	case TypeInteger:
		text = normaliseInteger(text)
	}
	return Text(text), notice, bad
}

// normaliseInteger takes off the spaces between thousands and zeros in front.
func normaliseInteger(s string) string {
	s = strings.Replace(strings.ReplaceAll(s, " ", ""), "−", "-", 1)
	sign, d := "", s
	if strings.HasPrefix(s, "-") {
		sign, d = "-", s[1:]
	}
	if d = strings.TrimLeft(d, "0"); d == "" && s != sign {
		return "0"
	}
	return sign + d
}
