package duplicate

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/record"
)

const (
	textLimit = 512 // bytes of a field that are looked at
	nameWords = 8   // words of a name that are looked at
	wordLimit = 64  // bytes of a word that are looked at
)

// A word is one name in the three forms in which it is compared.
type word struct {
	text  string // folded
	sound string // see sound
	block string // the sound with -sen and -son alike: only for finding, too coarse for judging
}

func newWord(folded string) *word {
	w := &word{text: folded, sound: sound(folded)}
	w.block = w.sound
	for _, suffix := range []string{"son", "sen"} {
		if s, ok := strings.CutSuffix(w.sound, suffix); ok && s != "" {
			w.block = s + "sn"
		}
	}
	return w
}

// sounds are the spellings that Nordic names are written with for one sound. At
// one place the first that fits is taken.
var sounds = strings.NewReplacer(
	"ph", "f", "th", "t", "ch", "k", "ck", "k", "qu", "kv", "q", "k", "w", "v", "x", "ks", "z", "s",
	"ce", "se", "ci", "si", "cy", "si", "c", "k", "gh", "g", "kh", "k", "dt", "t", "hv", "v",
	"hj", "j", "gj", "j", "lj", "j", "ij", "i", "ie", "i", "ej", "ei", "aj", "ai", "y", "i")

// sound returns a coarse key of a folded word, equal for spellings of one name:
// Kristian and Christian, Sofie and Sophie, Olsson and Olson, Tor and Thor.
func sound(folded string) string {
	s := sounds.Replace(folded)
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if n := len(out); n == 0 || out[n-1] != s[i] || s[i] >= 0x80 {
			out = append(out, s[i])
		}
	}
	if n := len(out); n > 1 && out[n-1] == 'e' {
		out = out[:n-1]
	}
	return string(out)
}

// particles stand before a family name and are written or left out at will.
var particles = []string{"af", "av", "de", "den", "der", "la", "van", "von"}

// cut returns what of a field is looked at.
func cut(s string) string { return s[:min(len(s), textLimit)] }

// folded returns a field for comparing, see [record.Fold].
func folded(s string) string { return record.Fold(cut(s)) }

// nameOf returns the folded words of a name.
func nameOf(s string) []string {
	words := strings.Fields(folded(s))
	words = words[:min(len(words), nameWords)]
	for i, w := range words {
		words[i] = w[:min(len(w), wordLimit)]
	}
	return words
}

// familyOf returns the folded words of a family name without particles, unless
// there is nothing else.
func familyOf(s string) []string {
	words := nameOf(s)
	if rest := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(particles, w) }); len(rest) > 0 {
		return rest
	}
	return words
}

// likeness says how well names agree.
type likeness int

const (
	unknown likeness = iota // one of them is not there
	differs
	similar // but for a letter or two
	initial // a letter stands for a name
	part    // one has words that the other lacks
	same    // to the eye or to the ear
)

// enough is the least Jaro-Winkler similarity, and short the most letters of a
// word that must agree to the letter or by sound: Kari and Karl are two people,
// Marie and Maria may be one.
const (
	enough = 0.9
	short  = 4
)

func (w *word) same(o *word) bool { return w == o || w.text == o.text || w.sound == o.sound }

// like compares two words: differs, similar, initial or same.
func like(a, b *word) likeness {
	switch {
	case a.same(b):
		return same
	case len(a.text) == 1 && a.text[0] == b.text[0], len(b.text) == 1 && a.text[0] == b.text[0]:
		return initial
	case len(a.text) <= short || len(b.text) <= short:
		return differs
	case jaroWinkler(a.text, b.text) >= enough:
		return similar
	}
	return differs
}

// among returns how well the worst of a's words is found among b's.
func among(a, b []*word) likeness {
	worst := same
	for _, x := range a {
		best := differs
		for _, y := range b {
			best = max(best, like(x, y))
		}
		worst = min(worst, best)
	}
	return worst
}

// compareNames compares all words of two names; the order of a name's words does
// not count. The shorter one must be found wholly in the longer one, so that
// sisters called Anna Maria and Eva Maria differ.
func compareNames(a, b []*word) likeness {
	switch {
	case len(a) == 0 || len(b) == 0:
		return unknown
	case len(a) == len(b):
		l := min(among(a, b), among(b, a))
		if l == initial && shared(a, b) { // Per O. and Per Olav
			return part
		}
		return l
	case len(a) > len(b):
		a, b = b, a
	}
	switch l := among(a, b); {
	case l == same, l == initial && shared(a, b):
		return part
	case l > differs:
		return l
	}
	if sameJoined(a, b) {
		return same
	}
	return differs
}

// sameNames tells whether compareNames would say same; it takes less time.
func sameNames(a, b []*word) bool {
	if len(a) != len(b) {
		return len(a) > 0 && len(b) > 0 && sameJoined(a, b)
	}
	return len(a) > 0 && covers(a, b) && covers(b, a)
}

// covers tells whether each word of a is one of b's.
func covers(a, b []*word) bool {
	for i := range a {
		if !shared(a[i:i+1], b) {
			return false
		}
	}
	return true
}

// compareFamilies compares family names: of two, one is enough.
func compareFamilies(a, b []*word) likeness {
	l := compareNames(a, b)
	if l != differs && l != initial || len(a) == 1 && len(b) == 1 {
		return l
	}
	if shared(a, b) {
		return part
	}
	return l
}

// shared tells whether one word of a is one of b's.
func shared(a, b []*word) bool {
	for _, x := range a {
		for _, y := range b {
			if x.same(y) {
				return true
			}
		}
	}
	return false
}

// sameJoined tells whether names are the same written as one word, as Annemarie
// and Anne Marie are.
func sameJoined(a, b []*word) bool {
	n := 0
	for _, w := range a {
		n += len(w.text)
	}
	for _, w := range b {
		n -= len(w.text)
	}
	const spelling = 2 // letters that another spelling adds
	return n >= -spelling && n <= spelling && joined(a) == joined(b)
}

// joined returns words as one, by sound.
func joined(words []*word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.text)
	}
	return sound(b.String())
}
