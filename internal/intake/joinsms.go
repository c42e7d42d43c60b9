package intake

import (
	"slices"
	"strings"
	"unicode"

	"github.com/medlem-register/medlem/internal/phone"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Fields of the form that a name in an SMS fills in.
const (
	givenField  = "given"
	familyField = "family"
)

// nameWords is how many words a name in an SMS has at most.
const nameWords = 6

// nameEnds are what a name ends before.
const nameEnds = ",;:!?()"

// JoinBySMS is what an SMS asks for: a joining form with the number and, where the text
// tells it, the name. false: it is none of those that ask to join, or not from a mobile's
// number. What the form asks for besides is [Lacks].
func JoinBySMS(p *policy.Policy, u register.UnitID, m SMS) (*record.Request, bool) {
	if p.Pages == nil || p.Pages.Joining.SMS == nil {
		return nil, false
	}
	number := phone.MobileE164(m.From)
	if number == "" && strings.Trim(m.From, "0123456789") == "" {
		number = phone.MobileE164("+" + m.From) // as gateways write them that leave the plus out
	}
	name, asks := afterKeyword(p.Pages.Joining.SMS.Keyword, m.Text)
	if number == "" || !asks {
		return nil, false
	}
	r := &record.Request{ID: register.NewRecordID(), Unit: u, Kind: record.RequestJoin, From: record.FromSMS}
	schema := p.Schema()
	set := func(key, text string) bool {
		v, _, err := schema.Normalise(key, text)
		if err == nil && !v.Empty() && slices.Contains(p.Pages.Joining.Fields, key) {
			r.Set = append(r.Set, record.Set{Key: key, Value: v})
			return true
		}
		return false
	}
	given, family := splitName(name)
	named := set(givenField, given)
	set(familyField, family)
	if p.Pages.Joining.SMS.Keyword == "" && (!named || family == "" || strings.ContainsAny(name, nameEnds)) {
		return nil, false // any text would ask to join: it must be a whole name, and nothing else
	}
	if !set(p.JoiningPhone(), number) {
		return nil, false
	}
	if note := strings.Map(plain, m.Text); note != "" {
		r.Note = strings.TrimSpace(note)
	}
	return r, true
}

// plain keeps what a note may hold.
func plain(r rune) rune {
	switch {
	case r == '\n':
		return r
	case unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

// afterKeyword is what follows the keyword; false: the text does not begin with it.
func afterKeyword(keyword, text string) (string, bool) {
	words := strings.Fields(strings.ReplaceAll(text, "\n", " ; ")) // a name ends with its line
	for _, k := range strings.Fields(keyword) {
		if len(words) == 0 || record.Fold(strings.Trim(words[0], ".,:;!")) != record.Fold(k) {
			return "", false
		}
		words = words[1:]
	}
	return strings.TrimLeft(strings.Join(words, " "), nameEnds+" "), true
}

// splitName takes a name apart: its last word is the family name. What stands behind a
// comma or the like is none of it; and what is no name gives none.
func splitName(text string) (given, family string) {
	if i := strings.IndexAny(text, nameEnds); i >= 0 {
		text = text[:i]
	}
	words := strings.Fields(text)
	for i, w := range words {
		w = strings.TrimRight(w, ".")
		if strings.ContainsFunc(w, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune("-'’.", r)
		}) {
			return "", ""
		}
		words[i] = w
	}
	switch n := len(words); {
	case n == 0 || n > nameWords:
		return "", ""
	case n == 1:
		return words[0], ""
	default:
		return strings.Join(words[:n-1], " "), words[n-1]
	}
}

// Lacks lists the fields without which a stranger who asked by SMS is not entered, and which
// the request does not set; nil of every other request.
func Lacks(p *policy.Policy, r *record.Request) []string {
	if r.From != record.FromSMS || p.Pages == nil {
		return nil
	}
	return slices.DeleteFunc(p.JoinedWith(), func(key string) bool {
		return slices.ContainsFunc(r.Set, func(x record.Set) bool { return x.Key == key })
	})
}
