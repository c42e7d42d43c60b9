package site

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// nearest are the languages of the theme that serve where a language has none.
var nearest = map[string]string{
	"nn": "nb", "se": "nb", "smj": "nb", "sma": "nb",
	"fi": "sv", "fo": "da", "kl": "da", "is": "en", "de": "en",
}

// translations returns i18n/<language>.yaml for each language of a site: the
// theme's texts, in the nearest language where it has none, and over them those
// that the organisation has. {who} in a text is who judges what is sent in, as
// data/contact.json calls it, and {Who} the same at the beginning of a sentence.
func translations(spec Spec) (map[string][]byte, error) {
	out := map[string][]byte{}
	merges, err := merging(spec)
	if err != nil {
		return nil, err
	}
	for _, l := range spec.Options.Languages {
		from := l
		if n, ok := nearest[l]; ok {
			from = n
		}
		texts := map[string]any{}
		if b, err := fs.ReadFile(spec.Theme, "i18n/"+from+".yaml"); err == nil {
			if err := yaml.Unmarshal(b, &texts); err != nil {
				return nil, fmt.Errorf("read the theme's texts in %s: %w", from, err)
			}
		}
		name := "i18n/" + l + ".yaml"
		if f, ok := spec.Files[name]; ok {
			own := map[string]any{}
			if err := yaml.Unmarshal(f.Body, &own); err != nil {
				return nil, fmt.Errorf("%s: not texts by their keys: %w", name, err)
			}
			maps.Copy(texts, own)
		}
		who := merges[l]
		if who == "" {
			who, _ = texts["who_merges"].(string)
		}
		named(texts, strings.NewReplacer("{who}", who, "{Who}", firstUpper(who)))
		b, err := yaml.Marshal(texts)
		if err != nil {
			return nil, err
		}
		out[name] = b
	}
	return out, nil
}

// merging is who judges what is sent in, by language; none where it is not known.
func merging(spec Spec) (map[string]string, error) {
	f, ok := spec.Files[contactData]
	if !ok {
		return nil, nil
	}
	var contact struct{ Merges map[string]string }
	if err := json.Unmarshal(f.Body, &contact); err != nil {
		return nil, fmt.Errorf("%s: not as docs/site.md says", contactData)
	}
	return contact.Merges, nil
}

// named puts names into texts, also into those that have a form for each number.
func named(texts map[string]any, names *strings.Replacer) {
	for key, text := range texts {
		switch x := text.(type) {
		case string:
			texts[key] = names.Replace(x)
		case map[string]any:
			named(x, names)
		}
	}
}

func firstUpper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + s[n:]
}

// contactData is where a site's contact stands.
const contactData = "data/contact.json"

// plainTexts are the texts of each language that say the same of any number.
func plainTexts(spec Spec) (map[string]map[string]string, error) {
	files, err := translations(spec)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]string{}
	for _, l := range spec.Options.Languages {
		all := map[string]any{}
		if err := yaml.Unmarshal(files["i18n/"+l+".yaml"], &all); err != nil {
			return nil, err
		}
		out[l] = map[string]string{}
		for key, v := range all {
			if text, ok := v.(string); ok {
				out[l][key] = text
			}
		}
	}
	return out, nil
}
