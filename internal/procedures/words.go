package procedures

import (
	_ "embed"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// The words for what stands as an id in the policy files, and the sentences of
// the check's rules, by language. Tests hold both to their sources.
var (
	//go:embed words.yaml
	wordsFile []byte
	//go:embed findings.yaml
	findingsFile []byte
)

// texts are one text by language.
type texts = map[string]string

// A wordList is the words that pages use.
type wordList struct {
	And, Months texts
	Keys        map[string]texts            // what a key of the policy files is called
	Places      map[string]map[string]texts // words of the schemas, by the end of their place
	Everywhere  map[string]texts            // ids that mean the same at every place
}

var vocabulary = sync.OnceValue(func() *wordList {
	v := &wordList{}
	if err := yaml.Unmarshal(wordsFile, v); err != nil {
		panic(err) // it is compiled in, and a test reads it
	}
	return v
})

// wordsOf returns the words of a place, and whether it has any: those of the
// longest ending of it that words.yaml has.
func wordsOf(place string) (map[string]texts, bool) {
	for end := place; ; {
		if w, ok := vocabulary().Places[end]; ok {
			return w, true
		}
		_, rest, ok := strings.Cut(end, ".")
		if !ok {
			return nil, false
		}
		end = rest
	}
}

var ruleTexts = sync.OnceValue(func() map[string]texts {
	out := map[string]texts{}
	if err := yaml.Unmarshal(findingsFile, &out); err != nil {
		panic(err) // it is compiled in, and a test reads it
	}
	return out
})

// RuleText is a sentence of check.Rules in a language; in English where there is
// no translation.
func RuleText(sentence, lang string) string {
	t := ruleTexts()[sentence]
	if l := nearest(t, lang); t[l] != "" && l != "en" {
		return t[l]
	}
	return sentence
}
