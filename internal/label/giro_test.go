package label

import (
	"errors"
	"html"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

const codeLine = "#              482910375625 #     300 50   9 >       9912346#41#"

func giro() *Giro {
	return &Giro{Title: "Inbetalning", Line: codeLine, Code: `{"uqr":1,"tp":1,"nme":"Prove","iref":"482910375625"}`, CodeSay: "Läs med bankens app",
		Rows: []GiroRow{{"Till bankgiro", "991-2346"}, {"Betalningsmottagare", "Pröveföreningen"}, {"OCR", "482910375625"}, {"Belopp", "300,50 kr"}, {"Senast", "2026-12-31"}}}
}

func claim() Letter {
	l := letter(addresses[2])
	l.Link, l.Giro = "", giro()
	return l
}

// The payment part stands at the foot of the letter's last page, with the code line where
// machines look for it, ten characters to the inch, and nothing else in its band.
func TestGiro(t *testing.T) {
	long := claim()
	long.Body = strings.Repeat("En rad av texten.\n", 70)
	full := claim()
	full.Body = strings.TrimSuffix(strings.Repeat("En rad av texten.\n", 25), "\n") // too long for the room above the payment part
	danish := claim()
	danish.Giro.Line = "+71<000202600012340+87654321<"
	none := claim()
	none.Giro.Line, none.Giro.Code = "", ""
	for name, c := range map[string]struct {
		l     Letter
		pages int
	}{"short": {claim(), 1}, "long": {long, 3}, "full": {full, 2}, "Danish": {danish, 1}, "without a form": {none, 1}} {
		pdf := must(t)(Letters(when, post(Envelopes[0]), []Letter{c.l}))
		if n := pages(pdf); n != c.pages {
			t.Errorf("%s: %d pages, want %d", name, n, c.pages)
		}
		last := must(t)([]byte(tool(t, pdf, "qpdf", "IN", "--pages", ".", "z", "--", "OUT")), nil)
		texts, at := words(t, last)
		for i := range texts {
			texts[i] = html.UnescapeString(texts[i])
		}
		rows, line, width := 0, "", 0.0
		for i, r := range at {
			switch mid := r.y + r.h/2; {
			case mid > giroLine-7 && mid < giroLine+5:
				line += texts[i] + " "
				width += r.w
				if n := float64(len([]rune(texts[i]))); math.Abs(r.w-n*ocrPitch) > 0.05 {
					t.Errorf("%s: %q is %.2f mm wide, want %.2f", name, texts[i], r.w, n*ocrPitch)
				}
			case mid > giroTop:
				rows++
			}
		}
		if want := strings.Join(strings.Fields(c.l.Giro.Line), " "); strings.TrimSpace(line) != want {
			t.Errorf("%s: the code line is %q", name, line)
		}
		for _, r := range c.l.Giro.Rows {
			for _, w := range append(strings.Fields(r.Name), strings.Fields(r.Value)...) {
				if !slices.Contains(texts, w) {
					t.Errorf("%s: %q is not there", name, w)
				}
			}
		}
		if rows < 12 {
			t.Errorf("%s: %d words of the payment part", name, rows)
		}
		for i, r := range at { // nothing of the letter reaches into it
			if texts[i] == "texten." && r.y+r.h > giroTop {
				t.Errorf("%s: the letter's text at %.0f mm", name, r.y)
			}
		}
		if again := must(t)(Letters(when, post(Envelopes[0]), []Letter{c.l})); string(again) != string(pdf) {
			t.Errorf("%s: the same input gave other bytes", name)
		}
		if name == "short" && slow.On() {
			picture := tool(t, pdf, "pdftoppm", "-gray", "-png", "-r", "150", "-singlefile", "IN", "OUT")
			if got := strings.TrimSpace(tool(t, []byte(picture), "zbarimg", "-q", "--raw", "IN")); got != c.l.Giro.Code {
				t.Errorf("the code says %d bytes, want %d", len(got), len(c.l.Giro.Code))
			}
		}
	}
}

// A run of letters has each its own payment part, and those without one have none.
func TestGiroOfEach(t *testing.T) {
	plain := claim()
	plain.Giro = nil
	other := claim()
	other.Giro.Line = strings.Replace(codeLine, "482910375625", "775001823324", 1)
	pdf := must(t)(Letters(when, post(Envelopes[0]), []Letter{claim(), plain, other}))
	text := tool(t, pdf, "pdftotext", "-layout", "IN", "-")
	parts := strings.Split(text, "\f")
	if len(parts) != 4 || !strings.Contains(parts[0], "482910375625") || strings.Contains(parts[1], "#41#") || !strings.Contains(parts[2], "775001823324") || strings.Contains(parts[2], "# 482910375625") {
		t.Errorf("%d pages", len(parts)-1)
	}
}

func TestGiroRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Giro)
		part   string
		kind   FaultKind
	}{
		"no rows": {func(g *Giro) { g.Rows = nil }, "payment row", Blank},
		"too many rows": {func(g *Giro) {
			g.Rows = make([]GiroRow, 0)
			for range 12 {
				g.Rows = append(g.Rows, GiroRow{"a", "b"})
			}
		}, "payment row", TooLong},
		"a long row":         {func(g *Giro) { g.Rows[0].Value = strings.Repeat("x", 300) }, "payment row", TooLong},
		"no glyph":           {func(g *Giro) { g.Rows[0].Value = "東京" }, "payment row", NoGlyph},
		"a line in letters":  {func(g *Giro) { g.Line = "# åäö #" }, "payment line", NoGlyph},
		"a long line":        {func(g *Giro) { g.Line = strings.Repeat("1", 90) }, "payment line", TooLong},
		"a code of too much": {func(g *Giro) { g.Code = strings.Repeat("x", LinkLimit+1) }, "payment code", TooLong},
	} {
		l := claim()
		c.change(l.Giro)
		_, err := Letters(when, post(Envelopes[0]), []Letter{l})
		var faults Faults
		if !errors.As(err, &faults) || faults[0].Part != c.part || faults[0].Kind != c.kind || faults[0].ID != l.ID {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The face of code lines has what they are made of, all of one width, and lies beside its
// licence.
func TestOCRFace(t *testing.T) {
	const letters = " #+-<>0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if r := ocr().missing(letters); r != nil {
		t.Errorf("no glyph for %U", r)
	}
	for _, r := range letters {
		if ocr().widths[r] != ocr().widths['0'] {
			t.Errorf("%c is of another width", r)
		}
	}
	if w := ocr().width("0123456789", ocrSize()); math.Abs(w-25.4) > 0.01 {
		t.Errorf("ten characters are %.2f mm wide", w)
	}
	licence, err := os.ReadFile("fonts/OCRB.txt")
	if err != nil || !strings.Contains(string(licence), "without limitation") || len(ocrTTF) > 10<<10 {
		t.Errorf("the licence: %v; a font of %d bytes", err, len(ocrTTF))
	}
}
