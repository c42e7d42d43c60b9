package site

import (
	"fmt"
	"io/fs"
	"maps"

	"gopkg.in/yaml.v3"
)

// nearest are the languages of the theme that serve where a language has none.
var nearest = map[string]string{
	"nn": "nb", "se": "nb", "smj": "nb", "sma": "nb",
	"fi": "sv", "fo": "da", "kl": "da", "is": "en", "de": "en",
}

// translations returns i18n/<language>.yaml for each language of a site: the
// theme's texts, in the nearest language where it has none, and over them those
// that the organisation has.
func translations(spec Spec) (map[string][]byte, error) {
	out := map[string][]byte{}
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
		b, err := yaml.Marshal(texts)
		if err != nil {
			return nil, err
		}
		out[name] = b
	}
	return out, nil
}

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
