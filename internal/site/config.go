package site

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/sitepipe"
)

// Bounds of the options.
const (
	languageLimit = 20  // languages of a site
	titleLimit    = 200 // bytes of the organisation's name
)

// A language as the pages know it. Locale decides how days and numbers are
// written, Label is what it is called in itself.
type language struct{ Locale, Label string }

// known are the languages that a site can have. The texts of the theme are in the
// first four; the others fall back on them where the organisation has none
// (i18n/<language>.yaml).
var known = map[string]language{
	"sv":  {"sv-SE", "Svenska"},
	"da":  {"da-DK", "Dansk"},
	"nb":  {"nb-NO", "Norsk bokmål"},
	"en":  {"en-GB", "English"},
	"nn":  {"nn-NO", "Norsk nynorsk"},
	"se":  {"se-NO", "Davvisámegiella"},
	"smj": {"smj-NO", "Julevsámegiella"},
	"sma": {"sma-NO", "Åarjelsaemien gïele"},
	"fi":  {"fi-FI", "Suomi"},
	"fo":  {"fo-FO", "Føroyskt"},
	"kl":  {"kl-GL", "Kalaallisut"},
	"is":  {"is-IS", "Íslenska"},
	"de":  {"de-DE", "Deutsch"},
}

// checkOptions refuses options that no site can be made with.
func checkOptions(o sitepipe.Options) error {
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !strings.HasSuffix(u.Path, "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("base URL %q: not an address like https://example.org/register/", o.BaseURL)
	}
	if _, err := time.Parse(time.DateOnly, o.Day); err != nil {
		return fmt.Errorf("day %q: not a day like 2026-03-09", o.Day)
	}
	if len(o.Title) > titleLimit {
		return fmt.Errorf("title of %d bytes: more than %d", len(o.Title), titleLimit)
	}
	if len(o.Languages) == 0 || len(o.Languages) > languageLimit {
		return fmt.Errorf("%d languages: a site has from 1 to %d", len(o.Languages), languageLimit)
	}
	for i, l := range o.Languages {
		if _, ok := known[l]; !ok {
			return fmt.Errorf("unknown language %q", l)
		}
		if slices.Contains(o.Languages[:i], l) {
			return fmt.Errorf("duplicate language %q", l)
		}
	}
	return nil
}

// roots are the folders that an organisation's files may lie in, and the endings
// they may have there. No layout, no script, no content that is a template: what
// the pages do is the theme's alone. No SVG either, since that can hold scripts and
// is a page where it is opened by itself.
var roots = map[string][]string{
	"content": {".md", ".png", ".jpg", ".jpeg", ".webp", ".pdf", ".xlsx", ".csv"},
	"data":    {".json"},
	"assets":  {".css", ".png", ".jpg", ".jpeg", ".webp"},
	"i18n":    {".yaml"},
	"static":  {".css", ".png", ".jpg", ".jpeg", ".webp", ".ico", ".txt", ".pdf", ".xlsx", ".csv"},
}

// CheckSource refuses a file that an organisation cannot put into a site.
func CheckSource(name string) error {
	if err := sitepipe.CheckPath(name); err != nil {
		return err
	}
	top, rest, _ := strings.Cut(name, "/")
	endings, ok := roots[top]
	if !ok || rest == "" {
		return fmt.Errorf("%s: a site's files lie in content, data, assets, i18n or static", name)
	}
	if !slices.Contains(endings, strings.ToLower(path.Ext(name))) {
		return fmt.Errorf("%s: files in %s end in %s", name, top, strings.Join(endings, ", "))
	}
	return nil
}

// configuration is Hugo's, as JSON. Nothing that depends on the time of the build
// is left to Hugo: pages of days to come are built as all others.
func configuration(spec Spec) ([]byte, error) {
	o := spec.Options
	languages := map[string]any{}
	for i, l := range o.Languages {
		languages[l] = map[string]any{
			"locale": known[l].Locale, "label": known[l].Label, "weight": i + 1,
			"contentDir": "content/" + l, "title": o.Title,
		}
	}
	return json.Marshal(map[string]any{
		"baseURL": o.BaseURL, "title": o.Title,
		"defaultContentLanguage": o.Languages[0], "defaultContentLanguageInSubdir": true,
		"languages":    languages,
		"disableKinds": []string{"taxonomy", "term", "rss"},
		"buildFuture":  true, "buildExpired": true, "buildDrafts": false,
		"enableRobotsTXT": true, "enableEmoji": false,
		"enableMissingTranslationPlaceholders": false,
		"frontmatter":                          map[string]any{"lastmod": []string{":fileModTime"}},
		"outputs":                              map[string]any{"home": []string{"html", "search"}, "page": []string{"html"}, "section": []string{"html"}},
		"outputFormats":                        map[string]any{"search": map[string]any{"baseName": "search", "mediaType": "application/json", "isPlainText": true, "notAlternative": true}},
		"markup": map[string]any{
			"goldmark":        map[string]any{"renderer": map[string]any{"unsafe": false}, "parser": map[string]any{"attribute": map[string]any{"title": false, "block": false}}},
			"highlight":       map[string]any{"noClasses": false, "codeFences": false},
			"tableOfContents": map[string]any{"startLevel": 2, "endLevel": 3},
		},
		"params": map[string]any{"day": o.Day, "strict": o.Strict, "live": o.Live},
	})
}
