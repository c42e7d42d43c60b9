package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// book is docs/rules.yaml.
type book struct {
	// Missing names rows that are due and have no test yet. A row that has one may
	// not stand here, so the list only shrinks.
	Missing       []string       `yaml:"missing"`
	Parts         []part         `yaml:"parts"`
	Organisations []organisation `yaml:"organisations"`
	Promises      []row          `yaml:"promises"`
}

// part is a part of the project that is still to come.
type part struct {
	ID     string `yaml:"id"`
	Title  string `yaml:"title"`
	Brings string `yaml:"brings"` // what, in one line
}

// organisation is one whose published procedure the rows restate.
type organisation struct {
	Name   string `yaml:"name"`
	What   string `yaml:"what"`   // what kind of organisation
	Pack   string `yaml:"pack"`   // the pack of policy files that states its rules
	Letter string `yaml:"letter"` // with which its rows' ids begin
	Rows   []row  `yaml:"rows"`
}

// row is one rule, or one promise. Promises have neither kind nor where.
type row struct {
	ID    string   `yaml:"id"`    // a letter and two digits, numbered without gaps
	Says  string   `yaml:"says"`  // what is asked, in one line of our own words
	Kind  string   `yaml:"kind"`  // a key of kinds
	Where []string `yaml:"where"` // keys of places

	// Now: the row is due, a test must be named after it. A row of the check or
	// the merge that is not due says in Later why it may wait.
	Now   bool   `yaml:"now"`
	Later string `yaml:"later"`

	// Planned are parts that bring the row, or what of it is said in Rest.
	Planned []string `yaml:"planned"`
	Rest    string   `yaml:"rest"`

	// Also are proofs that do not bear the row's name: a Go test by its name, a
	// script by its path.
	Also []string `yaml:"also"`

	NotSoftware string `yaml:"not-software"` // why no program can hold the row
	Gap         string `yaml:"gap"`          // what stays open, in whole sentences
}

var kinds = map[string]string{
	"M": "rule",
	"S": "recommendation",
	"C": "capability",
	"I": "implied",
	"T": "text to find",
	"G": "goal",
	"X": "admitted defect",
}

var places = map[string]string{
	"CI":   "check",
	"SEC":  "merge",
	"CLI":  "tool",
	"SITE": "site",
}

// lineLimit bounds a text that stands in one cell, in characters. A row says one thing.
const lineLimit = 240

// parse reads rules.yaml, strictly.
func parse(text []byte) (*book, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	b := new(book)
	if err := d.Decode(b); err != nil {
		return nil, err
	}
	return b, nil
}

// chapter is rows whose ids begin with one letter.
type chapter struct {
	letter  string
	rows    []row
	promise bool
}

// chapters returns the organisations' rows, then the promises.
func (b *book) chapters() []chapter {
	var out []chapter
	for _, o := range b.Organisations {
		out = append(out, chapter{o.Letter, o.Rows, false})
	}
	return append(out, chapter{"B", b.Promises, true})
}

// row returns the row of an id, nil if there is none.
func (b *book) row(id string) *row {
	for _, c := range b.chapters() {
		for i := range c.rows {
			if c.rows[i].ID == id {
				return &c.rows[i]
			}
		}
	}
	return nil
}

// inClear is what may stand in a cell of a table.
var inClear = regexp.MustCompile(`^[^|<>\n]+$`)

// form returns what is wrong with the book as it is written, without any test.
func (b *book) form() []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	parts := map[string]bool{}
	for _, p := range b.Parts {
		if parts[p.ID] {
			fault("part %s: duplicate", p.ID)
		}
		parts[p.ID] = true
	}
	for _, c := range b.chapters() {
		for i, r := range c.rows {
			if want := fmt.Sprintf("%s%02d", c.letter, i+1); r.ID != want {
				fault("row %s: want %s here; rows are numbered without gaps", r.ID, want)
			}
			for _, text := range []string{r.Says, r.Later, r.Rest, r.NotSoftware, r.Gap} {
				if text != "" && (!inClear.MatchString(text) || utf8.RuneCountInString(text) > lineLimit) {
					fault("row %s: a text is not one line of at most %d characters without |, < and >", r.ID, lineLimit)
				}
			}
			if r.Says == "" {
				fault("row %s: says nothing", r.ID)
			}
			for _, p := range r.Planned {
				if !parts[p] {
					fault("row %s: unknown part %q", r.ID, p)
				}
			}
			if r.Rest != "" && len(r.Planned) == 0 {
				fault("row %s: has a rest that no part brings", r.ID)
			}
			if r.NotSoftware != "" && (r.Now || r.Later != "" || len(r.Planned)+len(r.Also) > 0) {
				fault("row %s: is not for software, and yet due, planned or proved", r.ID)
			}
			faults = append(faults, c.placed(r)...)
		}
	}
	seen := map[string]bool{}
	for _, id := range b.Missing {
		if r := b.row(id); r == nil {
			fault("missing: %s is no row", id)
		} else if !r.Now {
			fault("missing: %s is not due", id)
		}
		if seen[id] {
			fault("missing: %s: duplicate", id)
		}
		seen[id] = true
	}
	return faults
}

// placed returns what is wrong with a row's kind, places and time.
func (c chapter) placed(r row) []string {
	var faults []string
	fault := func(format string, args ...any) {
		faults = append(faults, "row "+r.ID+": "+fmt.Sprintf(format, args...))
	}
	if c.promise {
		if r.Kind != "" || len(r.Where) > 0 || r.Later != "" {
			fault("a promise has no kind, where or later")
		}
		return faults
	}
	if kinds[r.Kind] == "" {
		fault("unknown kind %q", r.Kind)
	}
	if len(r.Where) == 0 {
		fault("is enforced nowhere")
	}
	for _, w := range r.Where {
		if places[w] == "" {
			fault("unknown place %q", w)
		}
	}
	engine := slices.Contains(r.Where, "CI") || slices.Contains(r.Where, "SEC")
	switch {
	case !engine && (r.Now || r.Later != ""):
		fault("only rows of the check or the merge are due now or later")
	case engine && r.NotSoftware == "" && r.Now == (r.Later != ""):
		fault("is either due now, or says in later why not")
	case r.Later != "" && len(r.Planned) == 0:
		fault("is due later, and no part brings it")
	}
	return faults
}

// faults returns all that is wrong, the book's form and its agreement with the
// tests, sorted in the order of the rows.
func (b *book) faults(found *proofs) []string {
	out := append(b.form(), found.faults...)
	fault := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, c := range b.chapters() {
		for _, r := range c.rows {
			named, missing := len(found.rows[r.ID]) > 0, slices.Contains(b.Missing, r.ID)
			switch {
			case named && missing:
				fault("row %s has a test now: strike it from missing in %s", r.ID, source)
			case named && r.NotSoftware != "":
				fault("row %s is not for software, and yet has a test", r.ID)
			case r.Now && !named && !missing:
				fault("row %s is due and has no test: func Test%s, or a script with the line # Rule %s", r.ID, r.ID, r.ID)
			case !r.Now && !named && len(r.Also)+len(r.Planned) == 0 && r.NotSoftware == "":
				fault("row %s has nothing: neither a test, nor a part of the project, nor a reason", r.ID)
			}
			for _, name := range r.Also {
				if _, err := found.named(name); err != nil {
					fault("row %s: %v", r.ID, err)
				}
			}
		}
	}
	for _, id := range found.ids() {
		if b.row(id) == nil {
			fault("%s names row %s, which does not exist", found.rows[id][0].File, id)
		}
	}
	return out
}

// proof returns a row's tests, those that bear its name first.
func (r row) proof(found *proofs) []proof {
	out := slices.Clone(found.rows[r.ID])
	for _, name := range r.Also {
		if p, err := found.named(name); err == nil && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// The states of a row, as the page counts them.
const (
	proved = iota
	inPart
	due
	planned
	notSoftware
	states
)

// state says how far a row is.
func (r row) state(found *proofs) int {
	some := len(r.proof(found)) > 0
	switch {
	case r.NotSoftware != "":
		return notSoftware
	case r.Now && len(found.rows[r.ID]) == 0:
		return due
	case some && len(r.Planned) == 0:
		return proved
	case some:
		return inPart
	default:
		return planned
	}
}

// words joins what a row's keys stand for.
func words(keys []string, meaning map[string]string) string {
	var out []string
	for _, k := range keys {
		out = append(out, meaning[k])
	}
	return strings.Join(out, ", ")
}
