package report

import (
	"errors"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Ages are groups of ages, by the lowest age of each in years, from 0 up.
type Ages []int

// StandardAges are the groups where nobody says others: children, youth until they
// are of age, youth as the associations' statutes have them, and two of adults.
var StandardAges = Ages{0, 13, 18, 26, 40, 67}

const (
	ageMax    = 130 // years
	agesLimit = 40  // groups
)

// ErrAges says what groups of ages look like.
var ErrAges = errors.New("groups of ages: want the lowest age of each, rising, such as 0,13,18,26,40,67")

// ParseAges reads lowest ages with commas between. A first group from 0 up is
// there also if it is not named.
func ParseAges(text string) (Ages, error) {
	var out Ages
	for s := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 0 || n > ageMax || len(out) > 0 && n <= out[len(out)-1] || len(out) == agesLimit {
			return nil, ErrAges
		}
		out = append(out, n)
	}
	if out[0] > 0 {
		out = append(Ages{0}, out...)
	}
	return out, nil
}

// Unknown is the key of the group of those whose age nobody knows.
const Unknown = "unknown"

// Lines are the groups as columns of a table: "0–12", "67+"; the last, with the
// name that it is given, is of those whose age nobody knows.
func (a Ages) Lines(unknown string) []Line {
	var out []Line
	for i, n := range a {
		name := strconv.Itoa(n) + "+"
		if i+1 < len(a) {
			name = strconv.Itoa(n)
			if last := a[i+1] - 1; last > n {
				name += "–" + strconv.Itoa(last)
			}
		}
		out = append(out, Line{Key: strconv.Itoa(n), Name: name})
	}
	return append(out, Line{Key: Unknown, Name: unknown})
}

// Group is the key of the group of somebody born on a day, as text, on another
// day. Who is not born yet, or is older than anybody, has no known age.
func (a Ages) Group(born string, on register.Day) string {
	d, err := register.ParseDay(born)
	if err != nil {
		return Unknown
	}
	b, o := d.Time(), on.Time()
	years := o.Year() - b.Year()
	if o.Month() < b.Month() || o.Month() == b.Month() && o.Day() < b.Day() {
		years--
	}
	if years < 0 || years > ageMax {
		return Unknown
	}
	key := Unknown
	for _, n := range a {
		if years >= n {
			key = strconv.Itoa(n)
		}
	}
	return key
}

const monthsLimit = 600 // fifty years

// Months are the months from the one of a day to the one of another, both with
// them; none where there are more than fifty years of them.
func Months(from, to register.Day) []register.Month {
	var out []register.Month
	for d := register.Day(from.Month() + "-01"); d <= to; d = d.AddMonths(1) {
		if len(out) == monthsLimit {
			return nil
		}
		out = append(out, d.Month())
	}
	return out
}
