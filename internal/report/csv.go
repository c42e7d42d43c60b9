package report

import (
	"strings"
)

// CSV writes rows as Nordic spreadsheets open them: UTF-8 with a byte order mark,
// semicolons, CRLF. A text that a spreadsheet would run gets an apostrophe in
// front; numbers below zero keep their sign.
func CSV(rows [][]string) string {
	var b strings.Builder
	b.WriteString("\ufeff")
	for _, row := range rows {
		for i, s := range row {
			if i > 0 {
				b.WriteByte(';')
			}
			if strings.HasPrefix(s, "-") && strings.Trim(s[1:], "0123456789") != "" || strings.IndexAny(s, "=+@\t\r") == 0 {
				s = "'" + s
			}
			if strings.ContainsAny(s, ";\",\t\r\n") {
				s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
			}
			b.WriteString(s)
		}
		b.WriteString("\r\n")
	}
	return b.String()
}
