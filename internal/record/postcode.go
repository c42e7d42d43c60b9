package record

import "strings"

// postal says how a country writes its postal codes.
type postal struct {
	prefixes string // what people write before the code and a hyphen, with spaces between; the first is the country's own
	digits   int
	cut      int  // digits before the space; 0 = no space
	zero     bool // a code may begin with 0
}

// Ranges of codes are left out on purpose: they change, and a list is not the
// place to learn that from.
var postals = map[string]postal{
	"SE": {"SE S", 5, 3, false},
	"NO": {"NO N", 4, 0, true},
	"DK": {"DK", 4, 0, true},
	"FI": {"FI FIN", 5, 0, true},
	"AX": {"AX", 5, 0, false},
	"IS": {"IS", 3, 0, false},
	"FO": {"FO FR", 3, 0, false},
	"GL": {"GL", 4, 0, false},
	"DE": {"DE D", 5, 0, true},
}

const postcodeHint = "write the code alone; one of another country with its letters, as in SE-291 31"

var postcodeDashes = strings.NewReplacer("–", "-", "\u2011", "-")

// normalisePostcode returns the code as country writes it. A code of another
// country keeps that country's letters in front, so that it is right on an
// envelope: SE-291 31.
func normalisePostcode(raw, country string) (text, notice string, bad *Fault) {
	s := strings.ToUpper(postcodeDashes.Replace(raw))
	if from, code, ok := cutPrefix(s); ok {
		text, bad = formatPostcode(code, from)
		if bad == nil && from != country {
			text = from + "-" + text
		}
		return text, "", bad
	}
	text, bad = formatPostcode(s, country)
	if bad != nil && country != "SE" && len(s) == 6 && s[3] == ' ' { // 291 31: no neighbour writes it so
		if swedish, no := formatPostcode(s, "SE"); no == nil {
			return "SE-" + swedish, "read as a Swedish postal code", nil
		}
	}
	return text, "", bad
}

// cutPrefix takes the letters of a known country and the hyphen or space after
// them off s.
func cutPrefix(s string) (country, code string, ok bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' })
	if i <= 0 {
		return "", "", false
	}
	for c, p := range postals {
		for _, prefix := range strings.Fields(p.prefixes) {
			if s[:i] == prefix {
				return c, strings.TrimLeft(s[i:], " -"), true
			}
		}
	}
	return "", "", false
}

// formatPostcode returns a code without prefix as the country writes it.
func formatPostcode(s, country string) (string, *Fault) {
	p, ok := postals[country]
	if !ok {
		return s, checkForeign(s)
	}
	d := strings.ReplaceAll(s, " ", "")
	if p.cut == 0 && d != s {
		return "", p.fault(country)
	}
	if !digits(d) || len(d) > p.digits {
		return "", p.fault(country)
	}
	if len(d) < p.digits {
		if p.zero {
			return "", fault(RuleLostZero, "too few digits for a postal code in "+countryName(country),
				"a spreadsheet takes away the zero that a code begins with: put it back, "+numbers[p.digits]+" digits in all")
		}
		return "", p.fault(country)
	}
	if d[0] == '0' && !p.zero {
		return "", p.fault(country)
	}
	if p.cut > 0 {
		d = d[:p.cut] + " " + d[p.cut:]
	}
	return d, nil
}

var numbers = map[int]string{3: "three", 4: "four", 5: "five"}

func (p postal) fault(country string) *Fault {
	return fault(RuleType, "not a postal code in "+countryName(country)+", which has "+numbers[p.digits]+" digits", postcodeHint)
}

// checkForeign checks a code of a country that is not in the table.
func checkForeign(s string) *Fault {
	digit := false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digit = true
		case c >= 'A' && c <= 'Z', (c == ' ' || c == '-') && i > 0 && i < len(s)-1:
		default:
			return fault(RuleType, "not a postal code", "write letters, digits and spaces only")
		}
	}
	if !digit {
		return fault(RuleType, "not a postal code: no digit in it", "write the code as on an envelope")
	}
	return nil
}

// checkPostcode checks that text is what normalisePostcode returns for the
// country.
func checkPostcode(text, country string) *Fault {
	norm, _, bad := normalisePostcode(text, country)
	if bad == nil && norm != text {
		bad = fault(RuleType, "not a postal code as "+countryName(country)+" writes it", postcodeHint)
	}
	return bad
}
