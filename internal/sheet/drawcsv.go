package sheet

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteCSV writes the same list as a csv that Nordic spreadsheets open as it is:
// UTF-8 with a byte order mark, semicolons, CRLF. What a spreadsheet would run
// gets an apostrophe in front, which reading takes off again (OWASP, "CSV
// Injection"). Rows before an error have been written to w.
func WriteCSV(w io.Writer, s TableSpec) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	if _, err := io.WriteString(w, "\ufeff"+csvLine([]string{s.Notice})+csvLine(s.Header)); err != nil {
		return err
	}
	number := 0
	for row := range s.Rows {
		number++
		if err := s.checkRow(row, number); err != nil {
			return fmt.Errorf("write list: %w", err)
		}
		if _, err := io.WriteString(w, csvLine(row)); err != nil {
			return err
		}
	}
	return nil
}

func csvLine(texts []string) string {
	var b strings.Builder
	for i, s := range texts {
		if i > 0 {
			b.WriteByte(';')
		}
		if s = guard(s); strings.ContainsAny(s, ";\",\t\r\n") || s != strings.TrimSpace(s) {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		b.WriteString(s)
	}
	return b.String() + "\r\n"
}

// guard puts an apostrophe before a text that a spreadsheet would run, and before
// one that unguard would otherwise take an apostrophe off. A plain telephone
// number cannot call anything, and keeps its + in front.
func guard(s string) string {
	t := strings.TrimLeft(s, "'")
	if r, _ := utf8.DecodeRuneInString(t); t == "" || !strings.ContainsRune(runnable, r) || plainPhone(s) {
		return s
	}
	return "'" + s
}

func plainPhone(s string) bool {
	const longest = 20 // characters, spaces included
	return len(s) > 6 && len(s) <= longest && s[0] == '+' && strings.Trim(s[1:], "0123456789 ") == ""
}
