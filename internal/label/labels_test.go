package label

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLabelPages(t *testing.T) {
	for _, c := range []struct {
		format         string
		first, n, want int
	}{
		{"3x8", 0, 500, 21}, // 20 x 24 = 480
		{"3x8", 1, 24, 1}, {"3x8", 2, 24, 2}, {"3x8", 24, 25, 2}, {"3x8", 24, 26, 3},
		{"L7160", 1, 21, 1}, {"L7160", 21, 1, 1}, {"L7163", 14, 2, 2},
	} {
		pdf := must(t)(Labels(when, Sheet{Format: named(t, c.format), First: c.first}, entries(c.n)))
		if got := pages(pdf); got != c.want {
			t.Errorf("%d labels on %s from %d: %d pages, want %d", c.n, c.format, c.first, got, c.want)
		}
	}
}

// What is printed can be read back, letter for letter, each in its turn; a second
// reader finds no fault in the file.
func TestLabelText(t *testing.T) {
	pdf := must(t)(Labels(when, Sheet{Format: named(t, "L7163")}, entries(len(addresses))))
	got := strings.Join(strings.Fields(tool(t, pdf, "pdftotext", "IN", "-")), " ")
	for i, a := range addresses {
		for _, line := range a.Lines() {
			if len(line) < 50 && !strings.Contains(got, line) { // longer ones are broken
				t.Errorf("label %d: a line is not in the text", i+1)
			}
		}
	}
	for _, part := range []string{"Søren Æbelø Kjærsgaard-Wolfhechel-Østergaard", "von Hohenzollern"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is not in the text", part)
		}
	}
	tool(t, pdf, "qpdf", "--check", "IN")
}

// A label that cannot be printed keeps all from being printed, and is named by
// its number and id: nothing is cut off, no box is printed for a letter.
func TestLabelFaults(t *testing.T) {
	long := strings.Repeat("Wolfhechel", 8)
	list := []Entry{
		{"m1", addresses[0].Lines()},
		{"m2", []string{"Kirsten 山田 Lund", "Kirkevej 1"}},
		{"m3", []string{long, "Kirkevej 1"}},
		{"m4", []string{" ", "", "\t"}},
		{"m5", []string{strings.Repeat("å ", LineLimit)}},
		{"m6", strings.Fields(strings.Repeat("linje ", LinesLimit+1))},
		{"m7", strings.Fields(strings.Repeat("linje ", LinesLimit))},
	}
	pdf, err := Labels(when, Sheet{Format: named(t, "L7160")}, list)
	var faults Faults
	if pdf != nil || !errors.As(err, &faults) {
		t.Fatalf("%d bytes, %v", len(pdf), err)
	}
	want := []string{
		"number 2 (m2), address: no glyph for U+5C71 U+7530",
		"number 3 (m3), address: too long for its place",
		"number 4 (m4), address: nothing to print",
		"number 5 (m5), address: too long for its place",
		"number 6 (m6), address: too long for its place",
		"number 7 (m7), address: too long for its place",
	}
	for i, f := range faults {
		if i >= len(want) || f.String() != want[i] {
			t.Errorf("fault %d: %v", i+1, f)
		}
	}
	if len(faults) != len(want) {
		t.Errorf("%d faults, want %d", len(faults), len(want))
	}
	if s := err.Error(); strings.Contains(s, "Kirsten") || strings.Contains(s, "山") || !strings.HasSuffix(s, "; 1 more") {
		t.Errorf("the error: %s", s)
	}
	// Without them the rest is printed.
	must(t)(Labels(when, Sheet{Format: named(t, "L7160")}, list[:1]))
}

func TestSheetRefused(t *testing.T) {
	good := Sheet{Format: named(t, "L7160")}
	for _, c := range []struct {
		name   string
		change func(*Sheet, *Document)
		n      int
		want   string
	}{
		{"no label of that number", func(s *Sheet, _ *Document) { s.First = 22 }, 1, "first free label 22: the sheet has labels 1 to 21"},
		{"shifted too far", func(s *Sheet, _ *Document) { s.ShiftY = -10.5 }, 1, "shift of -10.5 mm"},
		{"no time", func(_ *Sheet, d *Document) { d.Created = time.Time{} }, 1, ErrCreated.Error()},
		{"nothing", func(*Sheet, *Document) {}, 0, ErrNothing.Error()},
		{"too many", func(*Sheet, *Document) {}, EntryLimit + 1, "100001 labels, at most 100000"},
		{"a title that would end its string", func(_ *Sheet, d *Document) { d.Title = "a) /Author (b" }, 1, "title, author or language"},
	} {
		s, d := good, when
		c.change(&s, &d)
		pdf, err := Labels(d, s, make([]Entry, c.n))
		if pdf != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// The same input gives the same bytes, also when several are made at once.
func TestSameBytes(t *testing.T) {
	s := Sheet{Format: named(t, "L7160"), First: 3}
	want := must(t)(Labels(when, s, entries(50)))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got, err := Labels(when, s, entries(50)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("other bytes, or %v", err)
			}
		})
	}
	wg.Wait()
	other := when
	other.Created = when.Created.Add(time.Second)
	if bytes.Equal(must(t)(Labels(other, s, entries(50))), want) {
		t.Error("the time that was given is not in the file")
	}
}

// The hash of a small sheet, unpacked. Where it changes on purpose (another font,
// another way to set an address), look at the pages before putting in the new one.
func TestGolden(t *testing.T) {
	const want = "7b83686c392cd0a5fb1686395c527175fca24f576f49b8c27bd51a4018f39353"
	pdf := must(t)(Labels(when, Sheet{Format: named(t, "L7160"), First: 2, ShiftX: 0.5}, entries(6)))
	if got := hash(unpacked(t, pdf)); got != want {
		t.Errorf("the sheet has the hash %s", got)
	}
}

// A document says no more of itself than it was given.
func TestMetadata(t *testing.T) {
	s := Sheet{Format: named(t, "L7160")}
	plain := must(t)(Labels(when, s, entries(1)))
	for _, word := range []string{"/Producer", "/Creator ", "/Author", "/Title", "/Subject", "/Keywords", "FPDF", "medlem", "/Lang", "/Metadata", "/ID"} {
		if bytes.Contains(plain, []byte(word)) {
			t.Errorf("the file holds %q", word)
		}
	}
	for _, word := range []string{"/CreationDate (D:20261103120000)", "/ModDate (D:20261103120000)"} {
		if !bytes.Contains(plain, []byte(word)) {
			t.Errorf("the file does not hold %q", word)
		}
	}
	named := when
	named.Title, named.Author, named.Lang = "Etiketter", "Eksempellaget", "nb"
	pdf := must(t)(Labels(named, s, entries(1)))
	info := tool(t, pdf, "pdfinfo", "IN")
	for _, line := range []string{"Title:           Etiketter", "Author:          Eksempellaget"} {
		if !strings.Contains(info, line) {
			t.Errorf("pdfinfo does not show %q", line)
		}
	}
}

func TestComplete(t *testing.T) {
	whole := Address{Name: "Åse Ødegård", Street: "Storgata 12", PostCode: "9008", City: "Tromsø"}
	for _, c := range []struct {
		name   string
		change func(*Address)
		want   bool
	}{
		{"whole", func(*Address) {}, true},
		{"no name", func(a *Address) { a.Name = "" }, false},
		{"no street", func(a *Address) { a.Street = " " }, false},
		{"no city", func(a *Address) { a.City = "" }, false},
		{"no postal code", func(a *Address) { a.PostCode = "" }, false},
		{"abroad without postal code", func(a *Address) { a.PostCode, a.Country = "", "IRLAND" }, true},
	} {
		a := whole
		c.change(&a)
		if got := Complete(a); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	a := Address{Name: " Björn  Ängström", CareOf: "c/o Öberg", City: "Stockholm", Country: "SVERIGE"}
	if got := fmt.Sprintf("%q", a.Lines()); got != `["Björn  Ängström" "c/o Öberg" "Stockholm" "SVERIGE"]` {
		t.Error(got)
	}
}
