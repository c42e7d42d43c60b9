package duplicate

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/medlem-register/medlem/internal/register"
)

// canonicalEmail returns the form in which addresses are compared: in lower case
// and composed (Unicode NFC), and "" for what is none. Dots and what follows a +
// stay: what they mean is the affair of whoever runs the domain (RFC 5321,
// section 2.3.11), and parents tell their children apart with them.
func canonicalEmail(s string) string {
	s = strings.ToLower(norm.NFC.String(strings.TrimSpace(cut(s))))
	if at := strings.LastIndexByte(s, '@'); at <= 0 || at == len(s)-1 || strings.ContainsAny(s, " \x00") {
		return ""
	}
	return s
}

// canonicalPhone returns + and the digits of a number with its country's code
// (ITU-T E.164), and "" for any other: without the code nobody knows whose it is.
func canonicalPhone(s string) string {
	s = strings.TrimSpace(cut(s))
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	}
	if !strings.HasPrefix(s, "+") {
		return ""
	}
	s = "+" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	if len(s) < 1+6 || len(s) > 1+15 {
		return ""
	}
	return s
}

// canonicalPostcode returns the letters and digits of a code, without the
// country's letters before a hyphen: lists have the code of a neighbouring
// country with them and without.
func canonicalPostcode(s string) string {
	s = strings.ToUpper(cut(s))
	if i := strings.IndexByte(s, '-'); i > 0 && i <= 3 && strings.Trim(s[:i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		s = s[i+1:]
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
}

// fillers are the days that a spreadsheet shows where it has none.
var fillers = map[string]bool{"1899-12-30": true, "1899-12-31": true, "1900-01-01": true}

// canonicalBorn returns the day, or "" for what is none.
func canonicalBorn(s string) string {
	if d, err := register.ParseDay(s); err != nil || fillers[string(d)] {
		return ""
	}
	return s
}

// swapDay returns a day with day and month the other way round, "" if that is no
// other day.
func swapDay(born string) string {
	if born == "" {
		return ""
	}
	s := born[:5] + born[8:] + "-" + born[5:7]
	if s == born || canonicalBorn(s) == "" {
		return ""
	}
	return s
}

// compareBorn returns the reason for which two days look alike, "" if they do not
// or one is not known; differ tells these two apart.
func compareBorn(a, b string) (r Reason, differ bool) {
	switch {
	case a == "" || b == "":
		return "", false
	case a == b:
		return Born, false
	case swapDay(a) == b:
		return BornSwapped, false
	case a[2:] == b[2:] && (a[:2] == "19" && b[:2] == "20" || a[:2] == "20" && b[:2] == "19"):
		return BornCentury, false
	case slip(a, b):
		return BornDigit, false
	}
	return "", true
}

// slip tells whether two days differ in one digit, or in two neighbours that
// have changed places.
func slip(a, b string) bool {
	i, n := 0, 0 // the first digit that differs, and how many do
	for j := range a {
		if a[j] != b[j] {
			if n == 0 {
				i = j
			}
			n++
		}
	}
	return n == 1 || n == 2 && a[i] == b[i+1] && a[i+1] == b[i]
}
