package label

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// What the two weights must print, by language.
var alphabets = map[string]string{
	"Nordic":   "åäöæøéüÅÄÖÆØÉÜþðýÞÐÝ",
	"Sámi":     "áčđŋšŧžǧǥǩǯʒõÁČĐŊŠŦŽǦǤǨǮƷÕʹʼïÏ",
	"Polish":   "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ",
	"Baltic":   "āčēģīķļņšūžąęėįųõäöüĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲÕÄÖÜ",
	"Turkish":  "çğıöşüÇĞİÖŞÜ",
	"Greek":    "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏ",
	"Cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґўђѓћќљњџѕјАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁЄІЇҐ",
	"signs":    " !\"#$%&'()*+,-./:;<=>?@[]_{}|~«»“”‘’‚„…–—·•§©®°±½¼¾ªº€£\u00a0\u202f№",
}

func TestEveryAlphabetHasGlyphs(t *testing.T) {
	for name, letters := range alphabets {
		for _, f := range faces() {
			if r := f.missing(letters); r != nil {
				t.Errorf("%s, weight %q: no glyph for %U", name, f.style, r)
			}
		}
	}
}

// What cannot be printed rightly has no glyph on purpose: an invisible sign, a
// mark of its own, a script that must be shaped, a character beyond two bytes.
func TestUnprintable(t *testing.T) {
	for _, c := range []struct {
		text string
		want []rune
	}{
		{"Åse Ødegård\nTromsø", nil},
		{"A\u030ase", nil}, // composed to Å
		{"a\u00adb", []rune{0xad}},
		{"a\u200fb\u202ec", []rune{0x200f, 0x202e}},
		{"x\u0330", []rune{0x330}},
		{"山田 山", []rune{'山', '田'}},
		{"محمد", []rune{'ح', 'د', 'م'}},
		{"a🙂", []rune{'🙂'}},
		{"a\x00\tb", []rune{0, '\t'}},
		{"\xff\xfe", []rune{utf8.RuneError}},
	} {
		if got := Missing(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%+q: %U, want %U", c.text, got, c.want)
		}
	}
}

// Our widths are those that the PDF's writer has, or text would be measured by
// one and set by the other.
func TestWidthsAgree(t *testing.T) {
	w, err := newWriter(when, A4)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faces() {
		w.pdf.AddUTF8FontFromBytes("noto", f.style, f.ttf)
		w.pdf.SetFont("noto", f.style, 10)
		seen := 0
		for r, n := range f.widths {
			if got := w.pdf.GetStringSymbolWidth(string(r)); got != int(n) && n != 0 {
				t.Errorf("%U: %d, the writer has %d", r, n, got)
			}
			seen++
		}
		if seen < 1500 {
			t.Errorf("weight %q has %d characters", f.style, seen)
		}
	}
}

// The fonts are small, carry the notice of their owner and lie beside their licence.
func TestFontsAndLicence(t *testing.T) {
	licence, err := os.ReadFile("fonts/OFL.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"Copyright 2015 Google LLC", "SIL OPEN FONT LICENSE Version 1.1", "DISCLAIMER"} {
		if !strings.Contains(string(licence), s) {
			t.Errorf("the licence lacks %q", s)
		}
	}
	var wide []byte // names in a font are UTF-16
	for _, c := range []byte("Copyright 2015 Google") {
		wide = append(wide, 0, c)
	}
	for _, b := range [][]byte{regularTTF, boldTTF} {
		if len(b) > 140<<10 || !bytes.Contains(b, wide) {
			t.Errorf("a font of %d bytes, with its notice: %v", len(b), bytes.Contains(b, wide))
		}
	}
}
