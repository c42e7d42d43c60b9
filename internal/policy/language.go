package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Languages are the languages that names may be given in.
var Languages = []string{"sv", "da", "nb", "nn", "en", "se", "smj", "sma", "fi", "is", "fo", "kl", "de"}

// fallbacks are the languages that serve where one is missing, nearest first.
var fallbacks = map[string][]string{
	"sv":  {"nb", "nn", "da", "en"},
	"da":  {"nb", "nn", "sv", "en"},
	"nb":  {"nn", "da", "sv", "en"},
	"nn":  {"nb", "da", "sv", "en"},
	"se":  {"nb", "nn", "sv", "fi", "da", "en"},
	"smj": {"nb", "sv", "nn", "da", "en"},
	"sma": {"nb", "sv", "nn", "da", "en"},
	"fo":  {"da", "nb", "nn", "sv", "en"},
	"kl":  {"da", "nb", "nn", "sv", "en"},
	"is":  {"da", "en", "nb", "nn", "sv"},
	"fi":  {"sv", "en", "nb", "nn", "da"},
	"en":  {"nb", "nn", "da", "sv"},
	"de":  {"en", "da", "nb", "nn", "sv"},
}

// Fallbacks returns lang and then the languages that serve where it is missing,
// nearest first. A region ("nb-NO", "nb_NO.UTF-8") is left out of account, and
// no is nb. An unknown language falls back on English.
func Fallbacks(lang string) []string {
	if i := strings.IndexAny(lang, "-_.@"); i >= 0 {
		lang = lang[:i]
	}
	lang = strings.ToLower(lang)
	if lang == "no" {
		lang = "nb"
	}
	rest, ok := fallbacks[lang]
	if !ok {
		rest = append([]string{"en"}, fallbacks["en"]...)
	}
	return append([]string{lang}, rest...)
}

// Label returns what something is called in a language, from its names by
// language: in that one, in the nearest that it has a name in, in the
// organisation's own, or in any. It is empty only if names is.
func (p *Policy) Label(names map[string]string, lang string) string {
	for _, l := range Fallbacks(lang) {
		if n := names[l]; n != "" {
			return n
		}
	}
	for _, l := range p.Languages {
		if n := names[l]; n != "" {
			return n
		}
	}
	for _, l := range slices.Sorted(maps.Keys(names)) {
		if n := names[l]; n != "" {
			return n
		}
	}
	return ""
}

// names reports the languages of the organisation that what is shown has no name
// in. Bokmål and nynorsk stand in for each other; no other two do.
func (d *document) names(path string, names map[string]string, languages []string) {
	var missing []string
	for _, l := range languages {
		switch {
		case names[l] != "", l == "nn" && names["nb"] != "", l == "nb" && names["nn"] != "":
		case l == "" || d.pack && d.open[path+"/"+l]: // not decided yet
		default:
			missing = append(missing, l)
		}
	}
	if missing != nil {
		d.reportKey(path, "no name in "+strings.Join(missing, ", "), fmt.Sprintf("add %s: and the name, or take the language out of organisation.yaml", missing[0]))
	}
}
