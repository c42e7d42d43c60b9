package record

import (
	"strings"
	"unicode"

	"github.com/medlem-register/medlem/internal/phone"
)

const (
	phoneHint   = "write the number alone; one from another country begins with + and the country's code"
	phoneDigits = 15 // ITU-T E.164
)

// normalisePhone reads a number as people in country write it, and returns it
// with its country code, grouped for reading.
func normalisePhone(raw, country string) (text, notice string, bad *Fault) {
	s := dropLabel(raw)
	n, bad := countDigits(s)
	if bad != nil {
		return "", "", bad
	}
	home, there := parsePhone(s, country)
	if there == phone.Valid {
		return showPhone(home), "", nil
	}
	if n >= 10 && !strings.Contains(s, "+") { // a spreadsheet took the + of +4670…
		if num, how := parsePhone("+"+s, country); how == phone.Valid {
			return showPhone(num), "read with the country code that it begins with", nil
		}
	}
	if there == phone.Possible {
		return showPhone(home), "not known to be in use: check the digits", nil
	}
	if one, two, found := strings.Cut(s, "/"); found {
		_, first := parsePhone(one, country)
		_, second := parsePhone(two, country)
		if first != phone.Impossible && second != phone.Impossible {
			return "", "", severalNumbers()
		}
	}
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00") {
		return "", "", fault(RuleType, "no such phone number in that country", "count the digits")
	}
	return "", "", fault(RuleType, "no such phone number in "+countryName(country), "count the digits; a number from another country begins with + and its code")
}

// countDigits returns how many digits s has, or the fault of one that has other
// signs than a phone number.
func countDigits(s string) (int, *Fault) {
	n := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r == '+' && strings.Trim(s[:i], " (") == "":
		case strings.ContainsRune(" ()-./–\u2010\u2011\u2012", r):
		case strings.ContainsRune(",;+", r):
			return 0, severalNumbers()
		case unicode.IsLetter(r):
			return 0, fault(RuleType, "letters in a phone number", "write the number alone; words belong in a note")
		default:
			return 0, fault(RuleType, "a sign that does not belong in a phone number", phoneHint)
		}
	}
	if n > phoneDigits+3 { // 00 or an operator's prefix may stand in front
		return 0, severalNumbers()
	}
	return n, nil
}

func severalNumbers() *Fault {
	return fault(RuleType, "more than one number, or too many digits", "write one; the others belong in a note")
}

// dropLabel takes off the word that people write before a number.
func dropLabel(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if i <= 0 {
		return s
	}
	switch strings.ToLower(s[:i]) {
	case "tel", "tlf", "telefon", "mob", "mobil", "mobile", "phone":
		return strings.TrimLeft(s[i:], ".: ")
	}
	return s
}

// shortest is the number of digits, without the country code, below which a
// number is of a service and not of a person, unless it is known.
const shortest = 7

// parsePhone reads a number. Series are taken into use faster than tables learn of
// them, so that a number which is only possible is not wrong.
func parsePhone(s, country string) (phone.Number, phone.Known) {
	num, known := phone.Parse(s, country)
	if known == phone.Possible && len(num.National()) < shortest {
		return phone.Number{}, phone.Impossible
	}
	return num, known
}

// showPhone returns the number in the international form, with nothing but
// spaces between its groups.
func showPhone(num phone.Number) string {
	s := num.E164()
	// Norwegian mobile numbers are grouped 3-2-3 by their owners; the table
	// groups every number of that country in pairs.
	if strings.HasPrefix(s, "+47") && len(s) == 11 && (s[3] == '4' || s[3] == '9') {
		return s[:3] + " " + s[3:6] + " " + s[6:8] + " " + s[8:]
	}
	s = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return ' '
	}, num.International())
	return strings.TrimSpace(collapse(s))
}

// checkPhone checks the form only, so that a number which a country has since
// taken out of use does not make an old record faulty.
func checkPhone(s string) *Fault {
	rest, ok := strings.CutPrefix(s, "+")
	n := len(strings.ReplaceAll(rest, " ", ""))
	if !ok || n < 6 || n > phoneDigits || !digits(strings.ReplaceAll(rest, " ", "")) ||
		rest[0] == '0' || rest[0] == ' ' || strings.HasSuffix(rest, " ") || strings.Contains(rest, "  ") {
		return fault(RuleType, "not a phone number", "write it with its country code, as in +47 400 00 001")
	}
	return nil
}
