package breach

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// The notices are drafts, by language: to the authority (GDPR art. 33(3)) and to the
// members (art. 34(2)).
//
//go:embed notices/*.md
var notices embed.FS

// Languages are those that there are drafts in.
var Languages = []string{"sv", "da", "nb", "en"}

// What was lost.
const (
	LostIdentity = "identity"
	LostLaptop   = "laptop"
	LostList     = "list"
)

// Losses lists what can be lost.
var Losses = []string{LostIdentity, LostLaptop, LostList}

// noticeHours is within how many hours the authority is told (GDPR art. 33(1)).
const noticeHours = 72

// authorities are those to whom a breach is notified (GDPR art. 55), by country.
var authorities = map[string]string{
	"SE": "Integritetsskyddsmyndigheten (IMY), imy.se",
	"NO": "Datatilsynet, datatilsynet.no",
	"DK": "Datatilsynet, datatilsynet.dk (anmeldelse: virk.dk)",
	"FI": "Dataombudsmannens byrå / Tietosuojavaltuutetun toimisto, tietosuoja.fi",
	"IS": "Persónuvernd, personuvernd.is",
	"FO": "Dátueftirlitið, dat.fo",
	"DE": "[[the authority of the state: datenschutzkonferenz-online.de]]",
}

// Notice is what the drafts say. It names nobody.
type Notice struct {
	Lost                      string
	Authority                 string
	Organisation, Contact     string
	Known, Due                string
	Since, Until, Taken       register.Day
	Members, Versions         int
	EverMembers, EverVersions int
	Units                     []NoticeUnit
	Fields, Special           []string
	Reveals                   string
	Lists                     int // out, and not attested as destroyed
	Present, Fresh            int // members' records, and those that are sealed anew since
}

// NoticeUnit is one unit in a draft.
type NoticeUnit struct {
	Name    string
	Members int
}

// sensitive says what membership reveals, by language.
var sensitive = map[string]map[string]string{
	"religion": {"sv": "religiös övertygelse", "da": "religiøs overbevisning", "nb": "religiøs overbevisning", "en": "religious beliefs"},
	"politics": {"sv": "politiska åsikter", "da": "politisk overbevisning", "nb": "politisk oppfatning", "en": "political opinions"},
	"union":    {"sv": "medlemskap i fackförening", "da": "fagforeningsmæssigt tilhørsforhold", "nb": "fagforeningsmedlemskap", "en": "trade union membership"},
}

// NoticeLanguage is the language of the drafts of an organisation: its own, or the
// nearest that there is.
func NoticeLanguage(p *policy.Policy) string {
	for _, l := range p.Languages {
		for _, x := range append([]string{l}, policy.Fallbacks(l)...) {
			if slices.Contains(Languages, x) {
				return x
			}
		}
	}
	return "en"
}

// NewNotice fills in what the register knows. list is the draw that was lost, or nil.
func NewNotice(e *Extent, lost string, list *List, now time.Time, lang string) *Notice {
	p := e.State.Policy
	n := &Notice{Lost: lost, Organisation: p.Name, Contact: p.Contact, Since: e.Since, Until: e.Until, Taken: e.Taken()}
	n.Authority = authorities[p.Country]
	if n.Authority == "" {
		n.Authority = "[[" + map[string]string{"sv": "tillsynsmyndigheten", "da": "tilsynsmyndigheden", "nb": "tilsynsmyndigheten", "en": "the supervisory authority"}[lang] + "]]"
	}
	const hour = "2006-01-02 15:04 UTC"
	n.Known, n.Due = now.UTC().Format(hour), now.UTC().Add(noticeHours*time.Hour).Format(hour)
	if p.Reveals() {
		n.Reveals = sensitive[p.Sensitivity][lang]
	}
	var columns []string // nil: a record has all fields
	if list != nil {
		columns = list.Columns
		n.Members, n.Versions = list.Count, list.Count
		for _, u := range list.Units {
			n.Units = append(n.Units, NoticeUnit{Name: unitName(p, u)})
		}
	} else {
		n.EverMembers, n.EverVersions = e.Ever.Members, e.Ever.Versions
		c := e.Within
		if lost == LostIdentity {
			c = e.Ever
		}
		n.Members, n.Versions = c.Members, c.Versions
	}
	for _, l := range e.Lists {
		if list == nil && len(l.Missing) > 0 {
			n.Lists++
		}
	}
	for _, u := range e.Units {
		c := u.Within
		if lost == LostIdentity {
			c = u.Ever
		}
		if list == nil && c.Members > 0 {
			n.Units = append(n.Units, NoticeUnit{unitName(p, u.ID), c.Members})
		}
		n.Present, n.Fresh = n.Present+u.Present, n.Fresh+u.Present-u.Left
	}
	n.Fields, n.Special = fieldNames(p, columns, lang)
	return n
}

func unitName(p *policy.Policy, id register.UnitID) string {
	if u, ok := p.Unit(id); ok {
		return u.Name
	}
	return string(id)
}

// fieldNames names the fields of records, and those of them that are of a special
// category; only some where columns are given.
func fieldNames(p *policy.Policy, columns []string, lang string) (all, special []string) {
	for _, f := range p.Fields {
		if columns != nil && !slices.Contains(columns, f.Key) {
			continue
		}
		name := cmp.Or(p.Label(f.Name, lang), f.Key)
		all = append(all, name)
		if isSpecial(p, f.Category) {
			special = append(special, name)
		}
	}
	return all, special
}

// isSpecial tells whether a category of data is a special one.
func isSpecial(p *policy.Policy, id string) bool {
	return slices.ContainsFunc(p.Categories, func(c policy.Category) bool { return c.ID == id && c.Special })
}

// Special returns the keys of the fields of special categories.
func Special(p *policy.Policy, columns []string) []string {
	var out []string
	for _, f := range p.Fields {
		if (columns == nil || slices.Contains(columns, f.Key)) && isSpecial(p, f.Category) {
			out = append(out, f.Key)
		}
	}
	return out
}

// Draft writes one of the drafts, "notice" or "letter", as Markdown.
func (n *Notice) Draft(which, lang string) ([]byte, error) {
	name := lang + "-" + which + ".md"
	text, err := notices.ReadFile("notices/" + name)
	if err != nil {
		return nil, fmt.Errorf("no draft in %q: %w", lang, err)
	}
	t, err := template.New(name).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, n); err != nil {
		return nil, err
	}
	return []byte(strings.ReplaceAll(b.String(), "\n\n\n", "\n\n")), nil
}
