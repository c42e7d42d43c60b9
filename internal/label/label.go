// Package label makes what is printed, as PDF: address labels (Labels, with
// TestSheet to try a sheet of them on plain paper), letters for window envelopes
// (Letters) and a list taken out of the register (PrintList).
//
// Everything is made in memory, and the same input gives the same bytes. A
// document says of itself no more than the caller has it say: no program, no
// organisation, and of time only Document.Created.
//
// Nothing is ever cut off or printed as an empty box. What does not fit its
// place, and letters that the font does not have, keep the whole document from
// being made: the error is then Faults, by which the caller can list those
// entries apart and try again without them. Faults hold numbers, ids and code
// points, never text.
package label

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The bounds of a document. Beyond them it is refused with an error.
const (
	EntryLimit  = 100_000 // labels, letters, or rows of a list
	ColumnLimit = 40      // columns of a list
	LineLimit   = 200     // characters of one line of an address, of a subject, of a heading
	LinesLimit  = 12      // lines of an address
	TextLimit   = 20_000  // characters of a letter's body, of a cell, of a notice
	LinkLimit   = 500     // bytes of a link
	PageLimit   = 20_000  // pages of one document
)

// A Document is what a PDF says of itself, and when it says that it was made.
type Document struct {
	Created time.Time // required: the clock is the caller's
	Title   string    // what a viewer shows in its window; may be empty
	Author  string    // may be empty
	Lang    string    // the language of the text, as in BCP 47: "nb"; may be empty
	Mark    string    // printed nowhere, for MarkOf: an id of letters and digits; may be empty
}

// An Entry is one address to be printed.
type Entry struct {
	ID    string   // names the entry in faults, and is not printed: a record's id, never a name
	Lines []string // from the top; empty ones are left out. Address.Lines makes them
}

// FaultKind says what keeps an entry from being printed.
type FaultKind string

// The kinds of faults.
const (
	NoGlyph FaultKind = "no-glyph" // the font lacks letters of it: Fault.Runes
	TooLong FaultKind = "too-long" // it does not fit its place, at the smallest size and with its lines broken
	Blank   FaultKind = "blank"    // there is nothing to print
)

// A Fault is what keeps one entry, letter or row from being printed.
type Fault struct {
	Number int    // of the label, letter or row, from 1; 0 where it is of the whole document
	ID     string // as the caller gave it; rows have none
	Part   string // "address", "subject", "body", "link", "notice", "heading", "column 3", …
	Kind   FaultKind
	Runes  []rune // for NoGlyph: what the font lacks, sorted, each once
}

func (f Fault) String() string {
	var b strings.Builder
	if f.Number > 0 {
		fmt.Fprintf(&b, "number %d", f.Number)
		if f.ID != "" {
			fmt.Fprintf(&b, " (%s)", f.ID)
		}
		b.WriteString(", ")
	}
	b.WriteString(f.Part + ": ")
	switch f.Kind {
	case NoGlyph:
		b.WriteString("no glyph for ")
		for i, r := range f.Runes {
			if i > 0 {
				b.WriteString(" ")
			}
			fmt.Fprintf(&b, "%U", r)
		}
	case TooLong:
		b.WriteString("too long for its place")
	case Blank:
		b.WriteString("nothing to print")
	}
	return b.String()
}

// Faults is the error of a document that was not made because of what it was
// given: every fault of it, in order.
type Faults []Fault

// faultsShown is how many faults an error's text holds.
const faultsShown = 5

func (f Faults) Error() string {
	parts := make([]string, 0, faultsShown+1)
	for i, x := range f {
		if i == faultsShown {
			parts = append(parts, strconv.Itoa(len(f)-i)+" more")
			break
		}
		parts = append(parts, x.String())
	}
	return "print: " + strings.Join(parts, "; ")
}

// asError keeps an empty list from becoming an error.
func (f Faults) asError() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// ErrCreated says that a document has no time.
var ErrCreated = errors.New("print: document without a time of creation: set Document.Created")

// ErrNothing says that there is nothing to print.
var ErrNothing = errors.New("print: nothing to print")

func tooMany(n int, what string, limit int) error {
	return fmt.Errorf("print: %d %s, at most %d at a time: divide them", n, what, limit)
}
