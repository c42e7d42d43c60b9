package label

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func members(n int) List {
	l := List{Purpose: "Innkalling til årsmøte 2026", Destroy: "Skal slettes senest 1. desember 2026. Papir makuleres.", Mark: "k3f7a2b9", Headings: []string{"Navn", "Gateadresse", "Postnr", "Sted", "E-post", "Telefon", "Født"}}
	for i := range n {
		a := addresses[i%len(addresses)]
		l.Rows = append(l.Rows, []string{a.Name, a.Street, a.PostCode, a.City, fmt.Sprintf("medlem.nummer.%d@example.org", i), "+47 00 00 00 00", "1980-01-02"})
	}
	return l
}

// Every page says what the list is for, when it must be destroyed, which draw it
// is and how many pages there are; every row is there, whole and in order.
func TestPrintList(t *testing.T) {
	for _, across := range []bool{false, true} {
		l := members(120)
		l.Across = across
		pdf := must(t)(PrintList(when, l))
		n := pages(pdf)
		if n < 4 || n > 12 {
			t.Errorf("%d pages", n)
		}
		sheets := strings.Split(strings.TrimSuffix(tool(t, pdf, "pdftotext", "-layout", "IN", "-"), "\f"), "\f")
		if len(sheets) != n {
			t.Fatalf("%d pages of text, want %d", len(sheets), n)
		}
		for i, s := range sheets {
			s = strings.Join(strings.Fields(s), " ")
			rows, ok := strings.CutPrefix(s, l.Purpose+" "+l.Destroy+" Navn Gateadresse Postnr Sted E-post Telefon Født ")
			if !ok {
				t.Errorf("page %d begins otherwise", i+1)
			}
			first, _, _ := strings.Cut(rows, " ")
			if !slices.ContainsFunc(addresses, func(a Address) bool { return strings.HasPrefix(a.Name, first+" ") }) {
				t.Errorf("page %d begins within a row, with %q", i+1, first)
			}
			if !strings.HasSuffix(s, fmt.Sprintf("%s %d (%d)", l.Mark, i+1, n)) {
				t.Errorf("page %d ends otherwise", i+1)
			}
		}
		whole := strings.Join(sheets, " ")
		at := 0
		for i := range l.Rows {
			next := strings.Index(whole[at:], fmt.Sprintf("medlem.nummer.%d@", i))
			if next < 0 {
				t.Fatalf("row %d is not there, or not in its place", i+1)
			}
			at += next
		}
		if got := strings.Count(whole, "+47 00 00 00 00"); got != len(l.Rows) {
			t.Errorf("%d telephone numbers on one line, want %d", got, len(l.Rows))
		}
		tool(t, pdf, "qpdf", "--check", "IN")
	}
}

// A cell that no page can hold goes on on the next, and loses nothing.
func TestLongCell(t *testing.T) {
	l := members(3)
	var note strings.Builder
	for i := range 900 {
		fmt.Fprintf(&note, "ord%d ", i)
	}
	l.Rows[1][1] = note.String() + strings.Repeat("x", 300)
	pdf := must(t)(PrintList(when, l))
	if pages(pdf) < 2 {
		t.Errorf("%d pages", pages(pdf))
	}
	got := text(t, pdf)
	for i := range 900 {
		if !strings.Contains(got, fmt.Sprintf("ord%d", i)) {
			t.Fatalf("word %d of the cell is not there", i)
		}
	}
	if n := strings.Count(got, "x"); n < 300 {
		t.Errorf("%d of the 300 letters of a long word are there", n)
	}
}

func TestListRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*List)
		want   string
	}{
		{"no columns", func(l *List) { l.Headings = nil }, ErrNothing.Error()},
		{"more cells than headings", func(l *List) { l.Rows[1] = append(l.Rows[1], "x") }, "row 2 has 8 cells, and there are 7 headings"},
		{"too many columns", func(l *List) { l.Headings = make([]string, ColumnLimit+1) }, "41 columns, at most 40"},
		{"too wide", func(l *List) {
			l.Headings = strings.Fields(strings.Repeat("Fylkeskommunenavn ", 20))
		}, "20 columns do not fit across 210 mm: leave some out, or turn the page"},
		{"no glyph", func(l *List) { l.Rows[1][3] = "山" }, "number 2, column 4: no glyph for U+5C71"},
		{"a notice that fills the page", func(l *List) { l.Destroy = strings.Repeat("slettes ", 200) }, "notice: too long for its place"},
		{"headings that fill the page", func(l *List) {
			l.Headings[2] = strings.Repeat("a\n", 90)
		}, "the headings leave no room for rows"},
	} {
		l := members(3)
		c.change(&l)
		pdf, err := PrintList(when, l)
		if pdf != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		var faults Faults
		if errors.As(err, &faults) && strings.Contains(err.Error(), "山") {
			t.Errorf("%s: the error holds what the cell holds", c.name)
		}
	}
}
