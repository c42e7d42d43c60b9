package label

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

const link = "https://register.example.org/m/#k7qd-9mxt-2vce-h4wn-88zp-t5ra-0c1x"

func post(e Envelope) Post {
	return Post{Envelope: e, From: []string{"Eksempellaget", "Storgata 32", "0184 Oslo", "post@example.no"}, Return: "Eksempellaget, Storgata 32, 0184 Oslo"}
}

func letter(a Address) Letter {
	return Letter{ID: "m1", To: a.Lines(), Notice: "Inneholder personopplysninger.", Date: "Tromsø, 3. november 2026", Subject: "Siden din i registeret",
		Body: "Hei!\n\nHer er lenken til siden din. Der ser du hva laget har lagret om deg, og hvem som kan lese det.\n\nVennlig hilsen\nKari Lie", LinkSay: "Siden din:", Link: link}
}

var word = regexp.MustCompile(`<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>`)

// words are those of a page, each with its place in mm.
func words(t *testing.T, pdf []byte) (out []string, at []rect) {
	t.Helper()
	for _, m := range word.FindAllStringSubmatch(tool(t, pdf, "pdftotext", "-bbox", "IN", "-"), -1) {
		var v [4]float64
		for i := range v {
			x, err := strconv.ParseFloat(m[i+1], 64)
			if err != nil {
				t.Fatal(err)
			}
			v[i] = x * mm
		}
		out, at = append(out, m[5]), append(at, rect{v[0], v[1], v[2] - v[0], v[3] - v[1]})
	}
	return out, at
}

// Wherever the letter lies in its envelope, the window shows the whole address and
// the sender's line, and nothing else of the letter.
func TestWindowShowsTheAddressOnly(t *testing.T) {
	for _, e := range Envelopes {
		for i, a := range addresses {
			pdf := must(t)(Letters(when, post(e), []Letter{letter(a)}))
			may := strings.Join(a.Lines(), " ") + " " + post(e).Return
			must := strings.Fields(strings.Join(a.Lines(), " "))
			shown, reach, seen := e.shown(), e.reach(), 0
			texts, at := words(t, pdf)
			if len(texts) < 20 {
				t.Fatalf("%d words", len(texts))
			}
			for j, r := range at {
				in := r.and(reach)
				if in.w <= 0 || in.h <= 0 {
					continue
				}
				if !strings.Contains(may, texts[j]) {
					t.Errorf("%s, address %d: %q may show in the window", e.Name, i+1, texts[j])
				}
				// pdftotext's boxes are as high as the font's tallest sign: the baseline counts.
				if base := r.y + r.h*0.78; r.x < shown.x || r.x+r.w > shown.x+shown.w || base < shown.y || base > shown.y+shown.h {
					t.Errorf("%s, address %d: %q does not always show", e.Name, i+1, texts[j])
				}
				seen++
			}
			if seen < len(must) {
				t.Errorf("%s, address %d: %d words in the window, want at least %d", e.Name, i+1, seen, len(must))
			}
		}
	}
}

func TestEnvelopeCheck(t *testing.T) {
	own := Envelope{Name: "own", Size: Size{229, 114}, Left: 15, Top: 39, Window: Size{100, 35}, Fold: 99}
	for _, c := range []struct {
		name   string
		change func(*Envelope)
		want   string
	}{
		{"as it is", func(*Envelope) {}, ""},
		{"a letter that does not go in", func(e *Envelope) { e.Size.W = 200 }, "does not go in"},
		{"one fold in a low envelope", func(e *Envelope) { e.Fold = 148.5 }, "does not go in"},
		{"no fold", func(e *Envelope) { e.Fold = 0 }, "uppermost part"},
		{"window off the envelope", func(e *Envelope) { e.Left = 150 }, "not within the envelope"},
		{"window too low for every place", func(e *Envelope) { e.Window.H = 30 }, "always show in the window"},
		{"window where the text stands", func(e *Envelope) { e.Size.H, e.Fold, e.Top = 162, 148.5, 100 }, "where other text stands"},
		{"window where the notice stands", func(e *Envelope) { e.Top = 5 }, "where other text stands"},
		{"negative", func(e *Envelope) { e.Left = -1 }, "a measure of -1.0 mm"},
	} {
		e := own
		c.change(&e)
		err := e.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	// Where the address begins on the page, and how much room it has, in mm.
	want := map[string]rect{"DIN": {25, 62.7, 74.5, 26.8}, "C5-left": {25, 44.5, 75.5, 20.5}, "C5-right": {109.5, 44.5, 85, 20.5}, "C65-left": {25, 39.5, 70.5, 19}, "C65-right": {114.5, 39.5, 80, 19}}
	for _, e := range Envelopes {
		if err := e.Check(); err != nil {
			t.Error(err)
		}
		f, w := e.field(), want[e.Name]
		for _, d := range []float64{f.x - w.x, f.y - w.y, f.w - w.w, f.h - w.h} {
			if math.Abs(d) > 0.01 {
				t.Errorf("%s: the address has %.1f, want %.1f", e.Name, f, w)
				break
			}
		}
		if got, ok := EnvelopeNamed(e.Name); !ok || got != e {
			t.Errorf("%s is not found by its name", e.Name)
		}
	}
}

// A letter is whole, in order, with the notice first, and its code says the link.
func TestLetter(t *testing.T) {
	for _, e := range Envelopes {
		l := letter(addresses[1])
		pdf := must(t)(Letters(when, post(e), []Letter{l}))
		if pages(pdf) != 1 {
			t.Errorf("%s: %d pages", e.Name, pages(pdf))
		}
		got := strings.Join(strings.Fields(tool(t, pdf, "pdftotext", "-layout", "IN", "-")), " ")
		if !strings.HasPrefix(got, l.Notice) {
			t.Errorf("%s: the notice is not the first line", e.Name)
		}
		for _, s := range append([]string{l.Date, l.Subject, "Vennlig hilsen Kari Lie", l.LinkSay, link, "post@example.no"}, l.To...) {
			if !strings.Contains(squeeze(got), squeeze(s)) {
				t.Errorf("%s: %q is not in the letter", e.Name, s)
			}
		}
		if slow.On() {
			picture := tool(t, pdf, "pdftoppm", "-gray", "-png", "-r", "150", "-singlefile", "IN", "OUT")
			if got := strings.TrimSpace(tool(t, []byte(picture), "zbarimg", "-q", "--raw", "IN")); got != link {
				t.Errorf("%s: the code says %d characters, want the link's %d", e.Name, len(got), len(link))
			}
		}
	}
}

// A long letter goes on on further pages, numbered, and loses nothing; the next
// begins on a page of its own.
func TestLongLetter(t *testing.T) {
	long := letter(addresses[0])
	long.Body = ""
	for i := range 60 {
		long.Body += fmt.Sprintf("Avsnitt nummer%d er så langt at det går over flere linjer, slik at siden blir full og brevet må fortsette.\n\n", i)
	}
	pdf := must(t)(Letters(when, post(Envelopes[0]), []Letter{long, letter(addresses[2])}))
	n := pages(pdf)
	if n < 4 || n > 6 {
		t.Errorf("%d pages", n)
	}
	got := text(t, pdf)
	at := 0
	for i := range 60 {
		next := strings.Index(got[at:], fmt.Sprintf("nummer%d ", i))
		if next < 0 {
			t.Fatalf("paragraph %d is not there, or not in its place", i)
		}
		at += next
	}
	for i := 1; i < n; i++ {
		if s := fmt.Sprintf(" %d (%d)", i, n-1); !strings.Contains(got, s) {
			t.Errorf("no page number %q", s)
		}
	}
	if strings.Contains(got, "(1)") {
		t.Error("a letter of one page is numbered")
	}
}

func TestLetterFaults(t *testing.T) {
	bad := func(change func(*Letter)) Letter {
		l := letter(addresses[0])
		change(&l)
		return l
	}
	for _, c := range []struct {
		want string
		l    Letter
	}{
		{"number 2 (m1), address: nothing to print", bad(func(l *Letter) { l.To = nil })},
		{"number 2 (m1), address: too long for its place", bad(func(l *Letter) { l.To = strings.Fields(strings.Repeat("linje ", 9)) })},
		{"number 2 (m1), subject: no glyph for U+1F642", bad(func(l *Letter) { l.Subject = "Hei 🙂" })},
		{"number 2 (m1), body: no glyph for U+00AD U+5C71", bad(func(l *Letter) { l.Body = "a\n\n山\u00ad" })},
		{"number 2 (m1), body: too long for its place", bad(func(l *Letter) { l.Body = strings.Repeat("a\n\n", TextLimit/3-1) })},
		{"number 2 (m1), date: too long for its place", bad(func(l *Letter) { l.Date = strings.Repeat("dag ", 40) })},
		{"number 2 (m1), notice: too long for its place", bad(func(l *Letter) { l.Notice = strings.Repeat("x", LineLimit+1) })},
		{"number 2 (m1), link: no glyph for U+00E5", bad(func(l *Letter) { l.Link = "https://example.org/å" })},
		{"number 2 (m1), link: too long for its place", bad(func(l *Letter) { l.Link = "https://example.org/" + strings.Repeat("x", LinkLimit) })},
	} {
		pdf, err := Letters(when, post(Envelopes[1]), []Letter{letter(addresses[0]), c.l})
		var faults Faults
		if pdf != nil || !errors.As(err, &faults) || len(faults) == 0 || faults[0].String() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	p := post(Envelopes[1])
	p.Return = strings.Repeat("Eksempellaget ", 8)
	if _, err := Letters(when, p, []Letter{letter(addresses[0])}); err == nil || err.Error() != "print: return line: too long for its place" {
		t.Error(err)
	}
}
