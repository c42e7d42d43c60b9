package record

import (
	"slices"
	"strings"
)

// choice returns the id that a word stands for.
func (f *Field) choice(word string) (string, bool) {
	if slices.Contains(f.Choices, word) {
		return word, true
	}
	folded := Fold(word)
	if folded == "" {
		return "", false
	}
	for _, id := range f.Choices {
		if Fold(id) == folded {
			return id, true
		}
	}
	id, ok := f.Words[folded]
	return id, ok
}

// normaliseChoices reads choices with a comma, a semicolon, a slash or a line
// break between them, each by its id, its name or another word for it. The
// result is in the order of the policy, each choice once.
func (f *Field) normaliseChoices(raw string) (Value, *Fault) {
	found := map[string]bool{}
	if id, ok := f.choice(raw); ok { // a name may hold a comma or a slash itself
		return List(id), nil
	}
	for word := range strings.FieldsFuncSeq(raw, func(r rune) bool { return strings.ContainsRune(",;/\n", r) }) {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		id, ok := f.choice(word)
		if !ok {
			return Value{}, f.notAChoice()
		}
		found[id] = true
	}
	var items []string
	for _, id := range f.Choices {
		if found[id] {
			items = append(items, id)
		}
	}
	return List(items...), nil
}

func (f *Field) notAChoice() *Fault {
	return fault(RuleChoice, "none of the choices", "write one of "+strings.Join(f.Choices, ", "))
}

var yesNo = map[string]string{
	"true": "true", "yes": "true", "y": "true", "1": "true", "x": "true", "on": "true",
	"ja": "true", "j": "true", "sant": "true", "sand": "true", "sann": "true", "kylla": "true",
	"false": "false", "no": "false", "n": "false", "0": "false", "off": "false",
	"nei": "false", "nej": "false", "falskt": "false", "falsk": "false", "usann": "false", "usant": "false", "ei": "false",
}
