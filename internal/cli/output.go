package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// result prints what a command was asked for: v as JSON, or what text writes.
func (a *app) result(v any, text func(w io.Writer)) error {
	b, err := a.written(v, text)
	if err != nil {
		return err
	}
	if rest := strings.TrimPrefix(b, "{"); a.begun {
		a.begun = false
		if b = "," + rest; rest == "}\n" {
			b = "\n" + rest
		}
	}
	_, err = io.WriteString(a.Stdout, b)
	return err
}

// first prints the part of a result that must not wait for the rest. As JSON, v
// is the beginning of the object that result goes on with and report ends.
func (a *app) first(v any, text func(w io.Writer)) error {
	b, err := a.written(v, text)
	if err != nil {
		return err
	}
	if a.format == "json" {
		a.begun = true
		b = strings.TrimSuffix(b, "\n}\n")
	}
	_, err = io.WriteString(a.Stdout, b)
	return err
}

func (a *app) written(v any, text func(w io.Writer)) (string, error) {
	a.endProgress()
	var b strings.Builder
	if a.format != "json" {
		text(&b)
		return b.String(), nil
	}
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.String(), err
}

// table is text in columns.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write prints the table, each line beginning with the prefix. A table without
// rows prints nothing.
func (t *table) write(w io.Writer, prefix string) {
	if len(t.rows) == 0 {
		return
	}
	rows := t.rows
	if t.head != nil {
		rows = append([][]string{t.head}, rows...)
	}
	type padded struct {
		text  string
		width int
	}
	var widths []int
	lines := make([][]padded, len(rows))
	for n, row := range rows {
		lines[n] = make([]padded, len(row))
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			c = cell(c)
			lines[n][i] = padded{c, displayWidth(c)}
			widths[i] = max(widths[i], lines[n][i].width)
		}
	}
	var b strings.Builder
	for _, l := range lines {
		b.Reset()
		b.WriteString(prefix)
		for i, c := range l {
			b.WriteString(c.text)
			if i < len(l)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-c.width+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// cell is text on one line of a terminal.
func cell(s string) string {
	s = strings.ReplaceAll(s, "\n", " / ")
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}

// displayWidth is the number of columns that text takes on a terminal.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r < 0x300: // Latin without combining marks, which most text is
			n++
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana),
			r >= 0xff01 && r <= 0xff60, r >= 0x1f300 && r <= 0x1faff:
			n += 2
		default:
			n++
		}
	}
	return n
}

const (
	progressAfter = 400 * time.Millisecond // shorter work shows none
	progressEvery = 100 * time.Millisecond
)

// progress returns a function that shows how far long work has come, on a
// terminal; elsewhere it does nothing.
func (a *app) progress() func(stage string, done, total int) {
	if !a.Terminal {
		return func(string, int, int) {}
	}
	begun := time.Now() // of the wall: the clock in Env may stand still
	last := begun.Add(progressAfter)
	return func(stage string, done, total int) {
		now := time.Now()
		if now.Before(last) && !(a.progressing && done == total) {
			return
		}
		last = now.Add(progressEvery)
		a.progressing = true
		if total > 0 {
			fmt.Fprintf(a.Stderr, "\r\x1b[K%s %d/%d", a.stage(stage), done, total)
		} else {
			fmt.Fprintf(a.Stderr, "\r\x1b[K%s %d", a.stage(stage), done)
		}
	}
}

func (a *app) stage(s string) string {
	switch s {
	case "sealing":
		return a.tr("writing")
	case "reading history":
		return a.tr("reading what has happened")
	case "reading what is here":
		return a.tr("reading what is here")
	case "verifying":
		return a.tr("verifying")
	case "checking":
		return a.tr("checking")
	case "send":
		return a.tr("sending")
	}
	return s
}

// endProgress takes the line of progress off the terminal.
func (a *app) endProgress() {
	if a.progressing {
		fmt.Fprint(a.Stderr, "\r\x1b[K")
		a.progressing = false
	}
}

// unitName is a unit as people know it, with its id.
func unitName(p *policy.Policy, id register.UnitID) string {
	u, ok := p.Unit(id)
	if !ok || u.Name == string(id) {
		return string(id)
	}
	return u.Name
}

// label is what something of the policy is called in the person's language; the
// id where it has no name.
func (a *app) label(p *policy.Policy, names map[string]string, id string) string {
	if s := p.Label(names, a.texts.lang); s != "" {
		return s
	}
	return id
}

// fieldName is what a field is called in the person's language.
func (a *app) fieldName(p *policy.Policy, key string) string {
	switch key {
	case "closed":
		return a.tr("Membership ended")
	case "reason":
		return a.tr("Reason for ending")
	}
	if p.Schema().HasDues() {
		switch key {
		case record.Dues:
			return a.tr("Dues")
		case record.Mandate:
			return a.tr("Direct debit")
		case record.Bounced:
			return a.tr("Not reached by")
		}
	}
	switch {
	case !p.Schema().HasRights():
	case key == record.Restricted:
		return a.tr("Restricted since")
	case key == record.Objects:
		return a.tr("Objects to")
	}
	if f, ok := p.Field(key); ok {
		return a.label(p, f.Name, key)
	}
	return key
}

// officeName is what an office is called in the person's language.
func (a *app) officeName(p *policy.Policy, id string) string {
	if o, ok := p.Office(id); ok {
		return a.label(p, o.Name, id)
	}
	return id
}

// officePurpose is what one of an office's purposes is called.
func (s *session) officePurpose(office, id string) string {
	if o, ok := s.Policy().Office(office); ok {
		if t, ok := policy.FindTerm(o.Purposes, id); ok {
			return s.label(s.Policy(), t.Name, id)
		}
	}
	return id
}
