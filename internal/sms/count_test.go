package sms

import (
	"slices"
	"strings"
	"testing"
)

// An SMS has 160 characters, and more cost more (N49).
func TestN49Count(t *testing.T) {
	if n := len([]rune(basic)); n != 127 { // 128 places without the escape
		t.Fatalf("%d letters in the alphabet", n)
	}
	r := strings.Repeat
	for _, c := range []struct {
		in                 string
		encoding           string
		units, parts, left int
		because            string
	}{
		{"", GSM7, 0, 1, 160, ""},
		{r("a", 160), GSM7, 160, 1, 0, ""},
		{r("a", 161), GSM7, 161, 2, 145, ""},
		{r("a", 306), GSM7, 306, 2, 0, ""},
		{r("a", 307), GSM7, 307, 3, 152, ""},
		{r("åäöæøÅÄÖÆØéÉüÜ", 11), GSM7, 154, 1, 6, ""},
		{r("€", 80), GSM7, 160, 1, 0, ""},
		{r("a", 159) + "€", GSM7, 161, 2, 145, ""},
		{r("a", 152) + "€" + r("a", 10), GSM7, 164, 2, 141, ""}, // the pair goes to the second part
		{r("a", 152) + "€" + r("a", 151), GSM7, 305, 2, 0, ""},
		{r("a", 152) + "€" + r("a", 152), GSM7, 306, 3, 152, ""}, // as many as two parts hold, and three are needed
		{"Kárášjohka", UCS2, 10, 1, 60, "áš"},
		{"č đ ŋ š ŧ ž á", UCS2, 13, 1, 57, "čđŋšŧžá"},
		{r("a", 69) + "á", UCS2, 70, 1, 0, "á"},
		{r("a", 70) + "á", UCS2, 71, 2, 63, "á"},
		{r("a", 134) + "á", UCS2, 135, 3, 66, "á"},
		{r("a", 66) + "😀" + r("a", 10), UCS2, 78, 2, 55, "😀"}, // nor is a surrogate split
		{"Årsmøte – påmelding", UCS2, 19, 1, 51, "–"},
		{Tidy("Årsmøte – ”påmelding”…"), GSM7, 24, 1, 136, ""},
		{"í ð þ ý ó ú", UCS2, 11, 1, 59, "íðþýóú"},
	} {
		got := Measure(c.in)
		var because string
		for _, l := range got.Because {
			because += string(l.Rune)
		}
		if got.Encoding != c.encoding || got.Units != c.units || got.Parts != c.parts || got.Left != c.left || because != c.because {
			t.Errorf("%.20q: %+v, want %+v", c.in, got, c)
		}
	}
	want := []Letter{{'á', 2, 2}, {'š', 5, 1}}
	if got := Measure("Kárášjohka").Because; !slices.Equal(got, want) {
		t.Errorf("dear letters %+v, want %+v", got, want)
	}
}

// Each part holds what Measure says: cutting a text where it counts gives as many
// parts, each within its places.
func FuzzMeasure(f *testing.F) {
	for _, s := range []string{"", "a", strings.Repeat("a", 152) + "€" + strings.Repeat("b", 152), "Kárášjohka 😀", strings.Repeat("^", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Measure(s)
		part := map[string]int{GSM7: 153, UCS2: 67}[c.Encoding]
		alone := map[string]int{GSM7: 160, UCS2: 70}[c.Encoding]
		switch {
		case c.Parts < 1 || c.Left < 0:
			t.Fatalf("%+v", c)
		case c.Parts == 1 && c.Units > alone, c.Parts > 1 && c.Units <= alone:
			t.Fatalf("one part or several: %+v", c)
		case c.Parts > 1 && (c.Units > c.Parts*part || c.Units+c.Parts-1 <= (c.Parts-1)*part): // at most one place is lost in each part but the last
			t.Fatalf("%d places in %d parts: %+v", c.Units, c.Parts, c)
		case (c.Encoding == UCS2) != (len(c.Because) > 0):
			t.Fatalf("no letter says why: %+v", c)
		}
	})
}

func TestTidyLeavesLetters(t *testing.T) {
	const names = "Kárášjohka Đorđe Åse Þóra Łukasz Žiga"
	if got := Tidy(names); got != names {
		t.Errorf("letters were changed: %q", got)
	}
	if got := Tidy("A–B — ”C”\u00a0d…"); got != `A-B - "C" d...` {
		t.Errorf("%q", got)
	}
}
