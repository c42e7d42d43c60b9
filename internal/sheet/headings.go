package sheet

import (
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
)

// The fields that a column of whole names is taken apart into.
const (
	givenKey  = "given"
	familyKey = "family"
)

// headingKey returns what is compared of a heading, as the policy compares its
// own: "E-post *" and "e post" are one.
func headingKey(s string) string { return strings.ReplaceAll(record.Fold(s), " ", "") }

// meaning returns the field that a heading stands for, or that it stands for
// whole names. What stands in parentheses may explain it: "Fødselsdato
// (dd.mm.åååå)".
func meaning(p *policy.Policy, heading string) (field string, whole bool) {
	plain, _, _ := strings.Cut(heading, "(")
	for _, text := range []string{heading, plain} {
		if field, ok := p.Heading(text); ok {
			return field, false
		}
		if p.IsWholeName(text) {
			return "", true
		}
	}
	return "", false
}

// nearest returns the heading known to the policy that is nearest to text, if
// one is near enough for a slip of the pen: one letter in four.
func nearest(p *policy.Policy, text string) string {
	key := headingKey(text)
	best, least := "", len([]rune(key))/4
	try := func(known string) {
		if known == "" {
			return
		}
		if d := distance(key, headingKey(known), least); d < least || d == least && best == "" {
			best, least = known, d
		}
	}
	for i := range p.Fields {
		f := &p.Fields[i]
		for _, lang := range append(p.Languages[:len(p.Languages):len(p.Languages)], policy.Languages...) {
			try(f.Name[lang])
		}
		for _, h := range f.Headings {
			try(h)
		}
	}
	for _, h := range p.WholeName {
		try(h)
	}
	return best
}

// distance returns how many letters must be put in, taken out or changed to
// make b of a; anything over most if there are more.
func distance(a, b string, most int) int {
	ra, rb := []rune(a), []rune(b)
	if d := len(ra) - len(rb); d > most || -d > most {
		return most + 1
	}
	row := make([]int, len(rb)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range ra {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range rb {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(rb)]
}

// label returns the name of a field in the register's own language.
func label(p *policy.Policy, key string) string {
	if f, ok := p.Field(key); ok {
		return p.Label(f.Name, ownLanguage(p))
	}
	return key
}

// ownLanguage returns the register's first language.
func ownLanguage(p *policy.Policy) string {
	if len(p.Languages) == 0 {
		return ""
	}
	return p.Languages[0]
}
