package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed page.md.tmpl
var pageText string

// page returns docs/rules.md.
func (b *book) page(found *proofs) ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"kind":    func(r row) string { return kinds[r.Kind] },
		"where":   func(r row) string { return words(r.Where, places) },
		"proof":   func(r row) string { return cell(r, found) },
		"counts":  func(rows []row) string { return counts(rows, found) },
		"missing": func() int { return len(b.Missing) },
		"all": func() []row {
			var out []row
			for _, o := range b.Organisations {
				out = append(out, o.Rows...)
			}
			return out
		},
	}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, b); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// cell says what holds a row, in the words that the page explains above its tables.
func cell(r row, found *proofs) string {
	var tests []string
	for _, p := range r.proof(found) {
		tests = append(tests, fmt.Sprintf("[%s](../%s)", p.Name, p.File))
	}
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if len(tests) > 0 {
		say("%s.", strings.Join(tests, ", "))
	}
	if r.state(found) == due {
		say("**No test of its own yet.**")
	}
	switch parts := strings.Join(r.Planned, ", "); {
	case r.Rest != "":
		say("Planned (%s): %s.", parts, r.Rest)
	case parts != "":
		say("Planned: %s.", parts)
	}
	if r.Later != "" {
		say("Not due: %s.", r.Later)
	}
	if r.NotSoftware != "" {
		say("Not for software: %s.", r.NotSoftware)
	}
	if r.Gap != "" {
		say("*%s*", r.Gap)
	}
	return strings.Join(out, " ")
}

// counts returns the cells of the table of states: all rows, then each state.
func counts(rows []row, found *proofs) string {
	var n [states]int
	for _, r := range rows {
		n[r.state(found)]++
	}
	out := fmt.Sprint(len(rows))
	for _, c := range n {
		out += fmt.Sprintf(" | %d", c)
	}
	return out
}
