package cli

import (
	"embed"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	xlanguage "golang.org/x/text/language"
	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/policy"
)

// catalogues are the translations of every text of this package: the English
// sentence is the key. A test holds them to the source. Only the one that is
// needed is read, since reading takes longer than most commands.
//
//go:embed texts/*.yaml
var catalogues embed.FS

// catalogued are the languages that there is a catalogue for, and English.
var catalogued = []string{"en", "sv", "da", "nb"}

// texts says things in one language.
type texts struct {
	lang string                 // as asked for; names of the policy come in it
	in   string                 // one of catalogued
	loc  func() *i18n.Localizer // made when it is first needed
}

func newTexts(lang string) *texts {
	t := &texts{lang: lang, in: "en"}
	for _, l := range policy.Fallbacks(lang) {
		if slices.Contains(catalogued, l) {
			t.in = l
			break
		}
	}
	t.loc = sync.OnceValue(func() *i18n.Localizer { return localizer(t.in) })
	return t
}

func localizer(in string) *i18n.Localizer {
	bundle := i18n.NewBundle(xlanguage.English)
	if in != "en" {
		bundle.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
		// The file is part of the program and a test reads it: where it could not be
		// read all the same, sentences stay English.
		_, _ = bundle.LoadMessageFileFS(catalogues, "texts/"+in+".yaml")
	}
	return i18n.NewLocalizer(bundle, in)
}

// tr returns the sentence in the language of the person, with what stands in
// {{.Name}} taken from pairs of name and value. The sentence must be a literal:
// the catalogues are checked against the source.
func (a *app) tr(sentence string, pairs ...any) string {
	if a.texts.in == "en" && len(pairs) == 0 { // help has hundreds, and must be quick
		return sentence
	}
	return a.texts.say(&i18n.Message{ID: sentence, Other: sentence}, nil, pairs)
}

// trn is tr where the sentence has a number of things in it, {{.N}}: one and
// other are the two forms that English has.
func (a *app) trn(n int, one, other string, pairs ...any) string {
	return a.texts.say(&i18n.Message{ID: other, One: one, Other: other}, n, append(pairs, "N", n))
}

func (t *texts) say(m *i18n.Message, n any, pairs []any) string {
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[pairs[i].(string)] = pairs[i+1]
	}
	s, err := t.loc().Localize(&i18n.LocalizeConfig{DefaultMessage: m, PluralCount: n, TemplateData: data})
	if s == "" && err != nil {
		return m.Other // a sentence without its values is better than none
	}
	return s
}

// language is the language to speak: of --lang, else of the person's settings.
// chosen is false where nothing says which; then it is English until a register
// is open, and the organisation's own from there on.
func language(getenv func(string) string, args []string) (lang string, chosen bool) {
	for i, s := range args {
		if s == "--" {
			break
		}
		if v, ok := strings.CutPrefix(s, "--lang="); ok {
			return v, true
		}
		if s == "--lang" && i+1 < len(args) {
			return args[i+1], true
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		v := getenv(name)
		switch base, _, _ := strings.Cut(v, "."); base {
		case "":
		case "C", "POSIX":
			return "en", true
		default:
			return v, true
		}
	}
	return "en", false
}

// speak changes to the organisation's own language where the person chose none, and
// knows from now on what it calls things.
func (a *app) speak(p *policy.Policy) {
	a.policy = p
	if !a.chosen && len(p.Languages) > 0 {
		a.texts, a.chosen = newTexts(p.Languages[0]), true
	}
}
