package register

import (
	"fmt"
	"time"
)

// Day is a calendar day, "2006-01-02". Days compare as strings.
type Day string

// Month is a calendar month, "2006-01". Months compare as strings.
type Month string

// ParseDay returns s as a day that exists in the calendar.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Format(time.DateOnly) != s || t.Year() < 1800 {
		return "", fmt.Errorf("malformed day %q: want YYYY-MM-DD", clip(s))
	}
	return Day(s), nil
}

// ParseMonth returns s as a month.
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil || t.Format("2006-01") != s || t.Year() < 1800 {
		return "", fmt.Errorf("malformed month %q: want YYYY-MM", clip(s))
	}
	return Month(s), nil
}

// DayOf returns the day of t in UTC. A register's days are days in UTC, so that
// every reader of it, wherever she is, computes the same.
func DayOf(t time.Time) Day { return Day(t.UTC().Format(time.DateOnly)) }

// Time returns midnight UTC at the start of the day.
func (d Day) Time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t
}

// Add returns the day n days later.
func (d Day) Add(n int) Day { return DayOf(d.Time().AddDate(0, 0, n)) }

// AddMonths returns the same day n months later, or the last day of that month
// where it is shorter.
func (d Day) AddMonths(n int) Day {
	t := d.Time()
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, n, 0)
	last := first.AddDate(0, 1, -1).Day()
	return DayOf(first.AddDate(0, 0, min(t.Day(), last)-1))
}

// Month returns the month that the day lies in.
func (d Day) Month() Month { return Month(d[:7]) }

// Year returns the year of the day, four digits.
func (d Day) Year() string { return string(d[:4]) }

// Last returns the last day of the month.
func (m Month) Last() Day { return Day(m + "-01").AddMonths(1).Add(-1) }
