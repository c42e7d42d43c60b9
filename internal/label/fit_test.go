package label

import (
	"errors"
	"strings"
	"testing"
	"unicode"
)

func TestFit(t *testing.T) {
	const w, h = 57.5, 32.1 // an L7160 within its edges
	for _, c := range []struct {
		name  string
		lines []string
		size  float64
		n     int
		ok    bool
	}{
		{"short", addresses[0].Lines(), 11, 3, true},
		{"made smaller", addresses[2].Lines(), 10, 5, true},
		{"broken", addresses[3].Lines(), 9, 5, true},
		{"nine lines", strings.Fields(strings.Repeat("linje ", 9)), 8, 9, true},
		{"ten lines", strings.Fields(strings.Repeat("linje ", 10)), 0, 0, false},
		{"one long word", []string{strings.Repeat("W", 40)}, 0, 0, false},
	} {
		b, ok := fit(regular(), c.lines, w, h)
		if ok != c.ok || ok && (b.size != c.size || len(b.lines) != c.n) {
			t.Errorf("%s: %v, %d lines at %.1f points", c.name, ok, len(b.lines), b.size)
		}
	}
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// texts are the seeds of both fuzzers.
func texts(f *testing.F) {
	seeds := []string{"", "Åse Ødegård\nStorgata 12", "Máret-Áŋŋel/Šuvva Đorđe", strings.Repeat("W", 90), "a\u0301 \u00ad山", "\xff\xfe\x00", "----", "a@b -c", strings.Repeat("a b\n", 30), ") Tj ( \\) \\", "\r\n\r\n x \r"}
	for _, a := range addresses {
		seeds = append(seeds, strings.Join(a.Lines(), "\n"))
	}
	if len(seeds) != 17 {
		f.Fatalf("%d seeds", len(seeds))
	}
	for _, s := range seeds {
		f.Add(s)
	}
}

// Whatever the text: what fit accepts is within its place, at a size that can be
// read, and whole.
func FuzzFit(f *testing.F) {
	texts(f)
	sheet := Sheet{Format: Formats[0]}
	f.Fuzz(func(t *testing.T, s string) {
		lines, bad := Entry{Lines: strings.Split(s, "\n")}.lines(regular(), 1, "address")
		if bad != nil {
			return
		}
		room := sheet.room(0)
		b, ok := fit(regular(), lines, room.w, room.h)
		if !ok {
			return
		}
		all := ""
		for _, l := range b.lines {
			if regular().width(l.text, b.size)+l.in > room.w+1e-6 {
				t.Fatal("a line beyond its place")
			}
			all += l.text
		}
		if b.height() > room.h || b.size < sizeMin || squeeze(all) != squeeze(strings.Join(lines, "")) {
			t.Fatalf("%.1f of %.1f mm at %.1f points, or something was cut", b.height(), room.h, b.size)
		}
	})
}

// Whatever the text: a document is made, or every reason is said; never with a
// character that has no glyph.
func FuzzText(f *testing.F) {
	texts(f)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4000 {
			return
		}
		check := func(pdf []byte, err error, may, must bool) {
			t.Helper()
			var faults Faults
			switch {
			case err == nil && (len(pdf) == 0 || !may):
				t.Fatalf("a PDF of %d bytes", len(pdf))
			case err != nil && (must || !errors.As(err, &faults) || pdf != nil):
				t.Fatal(err)
			}
		}
		printable := Missing(s) == nil
		pdf, err := Labels(when, Sheet{Format: Formats[0]}, []Entry{{Lines: strings.Split(s, "\n")}})
		check(pdf, err, printable, false)
		pdf, err = PrintList(when, List{Headings: []string{"Navn", "Merknad"}, Rows: [][]string{{"x", s}}})
		check(pdf, err, printable, printable)
		pdf, err = Letters(when, Post{Envelope: Envelopes[0]}, []Letter{{To: []string{"x"}, Body: s}})
		check(pdf, err, printable, printable && len(s) < 500)
	})
}
