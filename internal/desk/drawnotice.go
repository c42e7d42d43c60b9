package desk

import (
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// notices are what stands first in a list where the policy has no words of its own.
var notices = map[string]string{
	"sv": "Den här listan får bara användas till: {purpose}. Den ska förstöras, på papper och som fil, senast {until}.",
	"da": "Denne liste må kun bruges til: {purpose}. Den skal destrueres, på papir og som fil, senest den {until}.",
	"nb": "Denne lista skal bare brukes til: {purpose}. Den skal makuleres, på papir og som fil, senest {until}.",
	"en": "This list may be used for one thing only: {purpose}. It must be destroyed, on paper and as a file, by {until}.",
}

// noticeOf is what stands first in a list: what it is for, and when it must be
// destroyed; and with whom it may be shared, where the policy says so.
func noticeOf(p *policy.Policy, r *access.Draw, lang string) string {
	text := p.Label(p.Lists.Notice, lang)
	if text == "" {
		if text = notices[lang]; text == "" {
			text = notices["en"]
		}
	}
	text = strings.NewReplacer("{until}", string(r.Day), "{purpose}", PurposeName(p, r.Purpose, lang)).Replace(text)
	if more := p.Label(p.Lists.Sharing, lang); more != "" {
		text += " " + more
	}
	return text
}

// PurposeName is what a purpose of lists is called in a language; its id where the
// policy no longer has it.
func PurposeName(p *policy.Policy, id, lang string) string {
	for _, x := range p.Lists.Purposes {
		if name := p.Label(x.Name, lang); x.ID == id && name != "" {
			return name
		}
	}
	return id
}

func yesNo(yes bool, lang string) string {
	words := map[string][2]string{"sv": {"nej", "ja"}, "da": {"nej", "ja"}, "nb": {"nei", "ja"}}[lang]
	if words[0] == "" {
		words = [2]string{"no", "yes"}
	}
	if yes {
		return words[1]
	}
	return words[0]
}

// canaryCode is how many characters of a draw's id stand in its canary's address.
const canaryCode = 8

// canaryNames are of nobody.
var canaryNames = [...][2]string{{"Ingrid", "Fjellrand"}, {"Anders", "Sjöhult"}, {"Mette", "Engdal"}, {"Karin", "Norrgren"}, {"Oddvar", "Lønnvik"}, {"Birthe", "Havgaard"}}

// canary is the invented member of a list, whose address tells which draw a message
// to it comes from; nil where the policy asks for none, or where the list has no
// e-mail addresses.
func (d *Desk) canary(x *drawing) map[string]record.Value {
	address := d.state.Policy.Lists.Canary
	if address == "" || x.receipt.Form != access.FormList {
		return nil
	}
	out := map[string]record.Value{}
	mail := false
	name := canaryNames[int(drawHash(x.receipt.ID, "canary")[0])%len(canaryNames)]
	for _, c := range x.receipt.Columns {
		f, ok := d.state.Policy.Field(c)
		switch {
		case c == "given":
			out[c] = record.Text(name[0])
		case c == "family":
			out[c] = record.Text(name[1])
		case ok && f.Type == record.TypeEmail && !mail:
			out[c] = record.Text(strings.ReplaceAll(address, "{code}", CanaryCode(x.receipt.ID)))
			mail = true
		}
	}
	if !mail {
		return nil
	}
	return out
}

// CanaryCode is what stands of a draw's id in its canary's address.
func CanaryCode(id register.RecordID) string { return string(id[:canaryCode]) }
