package register

import (
	"testing"
	"time"
)

func TestParseDay(t *testing.T) {
	for _, s := range []string{"2026-01-01", "2024-02-29", "1905-06-07", "1800-01-01", "9999-12-31"} {
		if d, err := ParseDay(s); err != nil || string(d) != s || DayOf(d.Time()) != d {
			t.Errorf("ParseDay(%q) = %q, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "2026-1-1", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-32", "01.02.2026", "2026-01-01 ",
		"2026-01-01T00:00:00Z", "1799-12-31", "0001-01-01", "12026-01-01", "२०२६-01-01"} {
		if d, err := ParseDay(s); err == nil {
			t.Errorf("ParseDay(%q) = %q, want an error", s, d)
		}
	}
}

func TestParseMonth(t *testing.T) {
	if m, err := ParseMonth("2026-11"); err != nil || m != "2026-11" {
		t.Errorf("ParseMonth = %q, %v", m, err)
	}
	for _, s := range []string{"", "2026-1", "2026-13", "2026-00", "2026-11-01", "1700-01", "11-2026"} {
		if m, err := ParseMonth(s); err == nil {
			t.Errorf("ParseMonth(%q) = %q, want an error", s, m)
		}
	}
}

// A day of the register is one of UTC, wherever its reader is.
func TestDayOf(t *testing.T) {
	oslo := time.FixedZone("", 2*3600)
	if d := DayOf(time.Date(2026, 7, 1, 1, 30, 0, 0, oslo)); d != "2026-06-30" {
		t.Errorf("DayOf(01:30 in Oslo) = %s, want the day before", d)
	}
}

func TestDayArithmetic(t *testing.T) {
	for _, x := range []struct{ got, want Day }{
		{Day("2026-02-28").Add(1), "2026-03-01"},
		{Day("2026-01-01").Add(-1), "2025-12-31"},
		{Day("2026-01-01").Add(0), "2026-01-01"},
		{Day("2026-01-31").AddMonths(1), "2026-02-28"},
		{Day("2024-01-31").AddMonths(1), "2024-02-29"},
		{Day("2026-03-31").AddMonths(-1), "2026-02-28"},
		{Day("2026-11-15").AddMonths(14), "2028-01-15"},
		{Day("2026-11-30").AddMonths(0), "2026-11-30"},
		{Month("2026-02").Last(), "2026-02-28"},
		{Month("2024-02").Last(), "2024-02-29"},
		{Month("2026-12").Last(), "2026-12-31"},
	} {
		if x.got != x.want {
			t.Errorf("got %s, want %s", x.got, x.want)
		}
	}
	if m := Day("2026-11-22").Month(); m != "2026-11" {
		t.Errorf("Month() = %s", m)
	}
	if y := Day("2026-11-22").Year(); y != "2026" {
		t.Errorf("Year() = %s", y)
	}
}
