package policy

import (
	"slices"
	"testing"
)

func TestLabel(t *testing.T) {
	p := load(t)
	names := map[string]string{"sv": "Ordförande", "da": "Formand", "nb": "Leder", "en": "Chair"}
	for lang, want := range map[string]string{
		"sv": "Ordförande", "da": "Formand", "nb": "Leder", "en": "Chair", "nn": "Leder", "no": "Leder", "se": "Leder", "fi": "Ordförande",
		"fo": "Formand", "nb-NO": "Leder", "sv_SE.UTF-8": "Ordförande", "EN": "Chair", "fr": "Chair", "": "Chair", "de": "Chair", "C": "Chair",
	} {
		if got := p.Label(names, lang); got != want {
			t.Errorf("%q: %q, want %q", lang, got, want)
		}
	}
	for _, c := range []struct {
		names map[string]string
		lang  string
		want  string
	}{
		{map[string]string{"da": "Formand", "sv": "Ordförande"}, "nn", "Formand"},
		{map[string]string{"sv": "Ordförande", "en": "Chair"}, "nn", "Ordförande"},
		{map[string]string{"fi": "Puheenjohtaja"}, "nb", "Puheenjohtaja"},
		{map[string]string{"nb": "", "en": "Chair"}, "nb", "Chair"},
		{nil, "nb", ""},
	} {
		if got := p.Label(c.names, c.lang); got != c.want {
			t.Errorf("%v in %q: %q, want %q", c.names, c.lang, got, c.want)
		}
	}
}

func TestEveryLanguageFallsBackOnAll(t *testing.T) {
	for _, l := range Languages {
		chain := Fallbacks(l)
		if chain[0] != l {
			t.Errorf("%s: %v", l, chain)
		}
		for _, main := range []string{"sv", "da", "nb", "nn", "en"} {
			if !slices.Contains(chain, main) {
				t.Errorf("%s never falls back on %s", l, main)
			}
		}
		if s := slices.Sorted(slices.Values(chain)); len(slices.Compact(s)) != len(chain) {
			t.Errorf("%s: twice in %v", l, chain)
		}
	}
}
