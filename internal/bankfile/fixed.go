package bankfile

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/medlem-register/medlem/internal/register"
)

// A record is a line of fixed columns: one byte for each, in ISO 8859-1. Columns count
// from 1 and both ends are within, as the specifications have it. The first thing that is
// wrong with it is kept.
type record struct {
	text   string
	length int // of the line in the file, which may have lost blanks at its end
	line   int
	fault  *FileError
}

// fail says what is wrong at a column. Where the line does not reach so far, that is what
// is wrong.
func (r *record) fail(column int, format string, args ...any) *FileError {
	switch {
	case r.fault != nil:
	case column > r.length:
		r.fault = &FileError{r.line, column, fmt.Sprintf("the line is cut short: it has %d of %d characters", r.length, len(r.text))}
	default:
		r.fault = &FileError{r.line, column, fmt.Sprintf(format, args...)}
	}
	return r.fault
}

func (r *record) str(from, to int) string { return r.text[from-1 : to] }

// trim is a field as text, without the blanks around it.
func (r *record) trim(from, to int) string { return strings.TrimSpace(latin1(r.str(from, to))) }

// is reports whether a field holds just that.
func (r *record) is(from int, want string) bool { return r.str(from, from+len(want)-1) == want }

// num is a field of at most 18 digits.
func (r *record) num(from, to int) int64 {
	s := r.str(from, to)
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			r.fail(from+i, "columns %d to %d hold something else than digits", from, to)
			return 0
		}
	}
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// amount is a field of minor units.
func (r *record) amount(from, to int) int64 {
	n := r.num(from, to)
	if n > amountLimit {
		r.fail(from, "an amount of more than %d", int64(amountLimit))
		return 0
	}
	return n
}

// digits is a field of digits, kept as text.
func (r *record) digits(from, to int) string {
	for at := from; at <= to; at += 18 {
		r.num(at, min(to, at+17))
	}
	return r.str(from, to)
}

// Layouts of days in the files.
const (
	ddmmyy   = "020106"
	ddmmyyyy = "02012006"
	yyyymmdd = "20060102"
)

func (r *record) day(from int, layout string) register.Day {
	t, err := time.Parse(layout, r.str(from, from+len(layout)-1))
	if err != nil {
		at := from
		if r.length >= from && r.length < from+len(layout)-1 {
			at = r.length + 1
		}
		r.fail(at, "columns %d to %d are no day", from, from+len(layout)-1)
		return ""
	}
	return register.DayOf(t)
}

// same fails where a number of the file is not what was counted.
func (r *record) same(from, to int, counted int64, what string) {
	if n := r.num(from, to); r.fault == nil && n != counted {
		r.fail(from, "the file says %d %s, and there are %d", n, what, counted)
	}
}

// records gives each line of a file of fixed columns to do. Blanks at a line's end may be
// lost, as they are on the way through many programs; an empty line and the end mark of
// old systems (0x1A) count as nothing. A file that someone saved anew in UTF-8 is read
// too.
func records(b []byte, width int, do func(*record) error) error {
	if utf8.Valid(b) {
		b = toLatin1(b)
	}
	line := 0
	for len(b) > 0 {
		var text []byte
		text, b, _ = bytes.Cut(b, []byte("\n"))
		if line++; line > LinesLimit {
			return &FileError{line, 1, fmt.Sprintf("more than %d lines", LinesLimit)}
		}
		text = bytes.TrimRight(text, " \r\x1a")
		if len(text) == 0 {
			continue
		}
		if len(text) > width {
			return &FileError{line, width + 1, fmt.Sprintf("a line longer than %d characters", width)}
		}
		if i := bytes.IndexFunc(text, func(c rune) bool { return c < ' ' }); i >= 0 {
			return &FileError{line, i + 1, "a control character"}
		}
		r := &record{text: string(text) + strings.Repeat(" ", width-len(text)), length: len(text), line: line}
		if err := do(r); err != nil {
			return err
		}
		if r.fault != nil {
			return r.fault
		}
	}
	return nil
}

// latin1 is the text of bytes in ISO 8859-1.
func latin1(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			out := make([]rune, 0, len(s))
			for _, c := range []byte(s) {
				out = append(out, rune(c))
			}
			return string(out)
		}
	}
	return s
}

// toLatin1 is UTF-8 as one byte for each character.
func toLatin1(b []byte) []byte {
	if bytes.IndexFunc(b, func(c rune) bool { return c >= 0x80 }) < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for _, c := range string(b) {
		if c > 0xff {
			c = '?'
		}
		out = append(out, byte(c))
	}
	return out
}
