// Package phone reads telephone numbers as people write them, tells whether a
// country has such numbers, and writes them in international form. Use Parse for
// whatever stands in a list, and International for what a person will read.
//
// What it knows of the world's numbering plans is Google's libphonenumber
// (https://github.com/google/libphonenumber) 9.0.32, under the licence in
// Apache-2.0.txt; table.txt is the part that is needed here. It is made from
// github.com/nyaruka/phonenumbers, which is not linked, since it unpacks all
// countries whenever a program starts, and which the tests hold this package to.
// After an upgrade of that module, in this folder:
//
//	go generate
//
// Extensions, letters for digits, digits of other scripts and tel: addresses,
// which the library reads too, are not numbers here.
package phone

import "strings"

//go:generate go run ./maketable

const (
	inputLimit = 250 // bytes
	shortest   = 2   // digits
	maxCode    = 3   // digits of a country's code
	// Digits without the country's code. ITU-T E.164 has 15 with the code, and
	// Germany has longer numbers.
	longest = 17
)

// punctuation is what may stand between the digits of a number.
const punctuation = " \u00a0()[]./-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"

// Known says what is known of a number.
type Known int

// What is known of a number, the least first.
const (
	Impossible Known = iota // no number, or none of that country
	Possible                // as long as that country's numbers are
	Valid                   // in a series that is in use
)

// A Number is a telephone number that is possible somewhere.
type Number struct {
	code     string // of its country, as in 47
	national string // without the code and the digits dialled before it at home
}

// Parse reads a number as people in country write it, an upper-case code of
// ISO 3166-1 alpha-2. In a country that is unknown, only a number that begins with
// + can be read. The number is the zero one if it is impossible.
func Parse(s, country string) (Number, Known) {
	digits, plus, ok := scan(s)
	home := table().regions[country]
	if !ok || home == nil && !plus {
		return Number{}, Impossible
	}
	var n Number
	if plus {
		n = split(digits)
	}
	if n.code == "" && home != nil {
		// No country's code follows the + of somebody who writes +0047.
		n = home.split(digits)
	}
	at := home
	switch {
	case n.code == "" && plus:
		return Number{}, Impossible
	case n.code == "":
		n.code = home.code
	default:
		at = table().codes[n.code][0]
	}
	p := at.plan()
	if bare := p.withoutTrunk(n.national); p.general.lengths.has(len(bare)) {
		n.national = bare
	}
	known := n.known()
	if known == Impossible {
		n = Number{}
	}
	return n, known
}

// scan returns the digits of what is written, and whether + stands before them.
func scan(s string) (digits string, plus, ok bool) {
	if len(s) > inputLimit {
		return "", false, false
	}
	s = strings.TrimLeft(s, punctuation)
	rest := strings.TrimLeft(s, "+")
	bad := false
	digits = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		bad = bad || !strings.ContainsRune(punctuation, r)
		return -1
	}, rest)
	// Two digits are a number if nothing stands with them.
	return digits, rest != s, !bad && (len(digits) > shortest || len(digits) == shortest && len(s) == shortest)
}

// split takes the country's code off what follows + or the like; the number is
// the zero one if no country has that code.
func split(digits string) Number {
	for i := 1; i <= maxCode && i <= len(digits); i++ {
		if len(table().codes[digits[:i]]) > 0 {
			return Number{digits[:i], digits[i:]}
		}
	}
	return Number{}
}

// split takes off the country's code that follows the digits dialled here for a
// call abroad, or that stands alone before a number of this country. A number
// without a code is one of this country; it is the zero one if a call abroad goes to
// no country.
func (t *territory) split(digits string) Number {
	p := t.plan()
	if at := p.abroad().FindStringIndex(digits); at != nil && !strings.HasPrefix(digits[at[1]:], "0") {
		return split(digits[at[1]:])
	}
	if rest, ok := strings.CutPrefix(digits, t.code); ok {
		rest = p.withoutTrunk(rest)
		general := p.general.pattern()
		if p.general.lengths.tooLong(len(digits)) || !general.MatchString(digits) && general.MatchString(rest) {
			return Number{t.code, rest}
		}
	}
	return Number{"", digits}
}

// known tells what is known of a number. Of the countries that share a code, the
// main one says how long their numbers can be.
func (n Number) known() Known {
	sharing := table().codes[n.code]
	for _, t := range sharing {
		if p := t.plan(); p.inUse(n.national, p.types) {
			return Valid
		}
	}
	if p := sharing[0].plan(); p.general.lengths.has(len(n.national)) || p.local.has(len(n.national)) {
		return Possible
	}
	return Impossible
}

// Mobile tells whether the number is in a series that mobile phones have. In some
// countries fixed lines have the same.
func (n Number) Mobile() bool {
	for _, t := range table().codes[n.code] {
		if p := t.plan(); p.inUse(n.national, p.mobile) {
			return true
		}
	}
	return false
}

// MobileE164 reads a number that is written with its country's code, and returns it in
// E.164 where mobile phones have such numbers, else "".
func MobileE164(s string) string {
	if n, known := Parse(s, ""); known == Valid && n.Mobile() {
		return n.E164()
	}
	return ""
}

// National returns the digits without the country's code and without those that
// are dialled before them at home.
func (n Number) National() string { return n.national }

// E164 returns the number as ITU-T E.164 has it, as in +4722123456.
func (n Number) E164() string { return "+" + n.code + n.national }

// International returns the number in the groups of its country, as in
// +47 22 12 34 56; between them stand spaces, and in some countries other signs.
func (n Number) International() string {
	if sharing := table().codes[n.code]; len(sharing) > 0 {
		for _, f := range sharing[0].plan().forms {
			if s, ok := f.write(n.national); ok {
				return "+" + n.code + " " + s
			}
		}
	}
	return "+" + n.code + " " + n.national
}
