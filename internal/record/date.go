package record

import (
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

const (
	dateHint = "write YYYY-MM-DD or dd.mm.yyyy"
	lastDay  = register.Day("2199-12-31")
)

// normaliseDate reads a date as people in the Nordic countries write it: the
// year first, or the day first.
func normaliseDate(raw string) (text, notice string, bad *Fault) {
	y, m, d, slash, bad := dateParts(raw)
	if bad != nil {
		return "", "", bad
	}
	if m < 1 || m > 12 {
		if slash && d <= 12 {
			return "", "", fault(RuleType, "no such month: the day comes first here", "write YYYY-MM-DD")
		}
		return "", "", fault(RuleType, "no such month", dateHint)
	}
	text = pad(y, 4) + "-" + pad(m, 2) + "-" + pad(d, 2)
	if _, err := register.ParseDay(text); err != nil {
		if y < 1800 {
			return "", "", fault(RuleType, "a year before 1800", dateHint)
		}
		return "", "", fault(RuleType, "no such day in that month", "look the date up, or leave it out")
	}
	if register.Day(text) > lastDay {
		return "", "", fault(RuleType, "a year after 2199", dateHint)
	}
	if slash && d <= 12 && d != m {
		notice = "read with the day first, then the month"
	}
	return text, notice, nil
}

// dateDashes takes out the spaces and the dashes that word processors put in.
var dateDashes = strings.NewReplacer(". ", ".", " .", ".", " - ", "-", "–", "-", "\u2010", "-", "\u2011", "-")

// dateParts takes a date apart; slash tells that day and month could have been
// meant the other way round.
func dateParts(raw string) (y, m, d int, slash bool, bad *Fault) {
	s := dateDashes.Replace(raw)
	s = strings.TrimSuffix(s, ".")
	// a spreadsheet's time of midnight says nothing
	for _, midnight := range []string{" 00:00:00", " 00:00", "T00:00:00Z", "T00:00:00"} {
		s = strings.TrimSuffix(s, midnight)
	}
	notDate := fault(RuleType, "not a date", dateHint)
	sep := strings.IndexAny(s, ".-/")
	if sep < 0 {
		switch {
		case !digits(s):
			return 0, 0, 0, false, notDate
		case len(s) == 8 && s >= "18" && s < "22" && s[4:6] <= "12": // 19410924
			return number(s[:4]), number(s[4:6]), number(s[6:]), false, nil
		case len(s) == 8: // 24091941; no day of the years 1800 to 2199 can be read both ways
			return number(s[4:]), number(s[2:4]), number(s[:2]), false, nil
		}
		return 0, 0, 0, false, fault(RuleType, "a number, not a date", dateHint)
	}
	parts := strings.Split(s, s[sep:sep+1])
	if len(parts) != 3 {
		return 0, 0, 0, false, notDate
	}
	for _, p := range parts {
		if !digits(p) || len(p) > 4 {
			return 0, 0, 0, false, notDate
		}
	}
	switch {
	case len(parts[0]) == 4 && len(parts[1]) <= 2 && len(parts[2]) <= 2:
		return number(parts[0]), number(parts[1]), number(parts[2]), false, nil
	case len(parts[0]) <= 2 && len(parts[1]) <= 2 && len(parts[2]) == 4:
		return number(parts[2]), number(parts[1]), number(parts[0]), s[sep] == '/', nil
	case len(parts[0]) <= 2 && len(parts[1]) <= 2 && len(parts[2]) == 2:
		return 0, 0, 0, false, fault(RuleType, "the year has two digits", "write all four, as in dd.mm.yyyy")
	}
	return 0, 0, 0, false, notDate
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// number reads at most four digits.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}
