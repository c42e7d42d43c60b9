package bankfile

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
	"golang.org/x/text/encoding/charmap"
)

// A writer makes a file of fixed columns. What does not fit is an error, never cut: a
// reference of which a digit is missing is another one. The first error is kept.
type writer struct {
	width int
	lines []string
	err   error
}

// add adds a record of fields that are as wide as they shall be; blanks fill the rest.
func (w *writer) add(fields ...string) {
	s := strings.Join(fields, "")
	if len(s) > w.width && w.err == nil {
		w.err = fmt.Errorf("write bank file: record %d of %d characters: at most %d", len(w.lines)+1, len(s), w.width)
	}
	w.lines = append(w.lines, s+blanks(w.width-len(s)))
}

func (w *writer) bytes() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return []byte(strings.Join(w.lines, "\r\n") + "\r\n"), nil
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("write bank file: "+format, args...)
	}
}

// exact is a number of just n digits.
func (w *writer) exact(what, s string, n int) string {
	if len(s) != n || !allDigits(s) {
		w.fail("%s: want %d digits", what, n)
		return zeros(n)
	}
	return s
}

// digits is a number of at most n digits, with zeros before it.
func (w *writer) digits(what, s string, n int) string {
	if s == "" || len(s) > n || !allDigits(s) {
		w.fail("%s: want at most %d digits", what, n)
		return zeros(n)
	}
	return zeros(n-len(s)) + s
}

// amount is an amount in minor units, more than nothing.
func (w *writer) amount(what string, v int64, n int) string {
	if v <= 0 || v > amountLimit || len(fmt.Sprint(v)) > n {
		w.fail("%s: want an amount of 1 to %d", what, int64(amountLimit))
		return zeros(n)
	}
	return number(v, n)
}

// text is text of at most n characters of ISO 8859-1, on the left.
func (w *writer) text(what, s string, n int) string {
	var b []byte
	for _, r := range s {
		c, ok := charmap.ISO8859_1.EncodeRune(r)
		if !ok || c < ' ' || c >= 0x7f && c < 0xa0 {
			w.fail("%s: a character that the format has not", what)
			c = '?'
		}
		b = append(b, c)
	}
	if len(b) > n {
		w.fail("%s: more than %d characters", what, n)
		b = b[:n]
	}
	return string(b) + blanks(n-len(b))
}

// right is text on the right.
func (w *writer) right(what, s string, n int) string {
	t := strings.TrimRight(w.text(what, s, n), " ")
	return blanks(n-len(t)) + t
}

func (w *writer) day(what string, d register.Day, layout string) string {
	if _, err := register.ParseDay(string(d)); err != nil {
		w.fail("%s: want a day", what)
		return zeros(len(layout))
	}
	return d.Time().Format(layout)
}

func zeros(n int) string  { return strings.Repeat("0", max(0, n)) }
func blanks(n int) string { return strings.Repeat(" ", max(0, n)) }

// number is a count or a sum with zeros before it.
func number[T int | int64](v T, n int) string { return fmt.Sprintf("%0*d", n, v) }

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
