package policy

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/record"
)

// Reveals tells whether membership by itself is a sensitive fact: it says what
// somebody believes, holds, or that she is in a union. Then nothing that stands
// outside of what is sealed may say that somebody is a member.
func (p *Policy) Reveals() bool {
	return slices.Contains(Sensitivities, p.Sensitivity) && p.Sensitivity != "none"
}

// Hides tells whether nothing that stands outside of what is sealed, or outside of a
// message, may say that somebody is a member, or of what kind the organisation is: where
// membership is a sensitive fact, or sendings.yaml says so.
func (p *Policy) Hides() bool { return p.Reveals() || p.Sendings.HideMembership }

// telling are beginnings of words, folded, that say of a list that it is of members,
// or of what kind the organisation is, in the languages of the packs and in English.
var telling = []string{"medlem", "member", "jasen", "miellaht", "fack", "fagfor", "fagbev", "forbund", "klubb", "klub ", "union", "tillitsv", "tillidsr", "parti",
	"party", "politi", "valgerfor", "nominering", "kyrk", "kirk", "church", "menighet", "forsamling", "congreg"}

// nameLetters is how long a word of the organisation's name must be to tell it.
const nameLetters = 4

// Tells tells whether a text, such as the name of a file, says that what it names is
// of members, or of what kind the organisation is. It knows words, not hints.
func (p *Policy) Tells(text string) bool {
	words := strings.Fields(record.Fold(text))
	for _, w := range words {
		if slices.ContainsFunc(telling, func(t string) bool {
			return strings.HasPrefix(w+" ", t) || len(t) > nameLetters && strings.Contains(w, t)
		}) {
			return true
		}
	}
	for _, name := range strings.Fields(record.Fold(p.Name)) {
		if len(name) >= nameLetters && slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, name) }) {
			return true
		}
	}
	return false
}
