package view

import (
	"cmp"
	"encoding/json"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// SharedName is the path of the file that Shared becomes for the renderer.
const SharedName = "data/views.json"

// shared is what pages have in common: docs/site.md has its shape.
type shared struct {
	Built register.Day           `json:"built"`
	Drop  string                 `json:"drop"`
	Mail  string                 `json:"mail"`
	Lock  int                    `json:"lock"` // minutes
	In    map[string]*inLanguage `json:"in"`
}

type inLanguage struct {
	Organisation string                   `json:"organisation"`
	Day          string                   `json:"day"` // of the build, in words
	Fields       map[string]fieldSaid     `json:"fields"`
	Units        map[register.UnitID]said `json:"units"`
	Forms        map[string]form          `json:"forms"`
	Kept         []kept                   `json:"kept"` // how long what stands about her stays when she has left
	Leave        []leaving                `json:"leave,omitempty"`
	Confirm      int                      `json:"confirm,omitempty"` // months between her confirmations
	Object       []choice                 `json:"object,omitempty"`  // to what she can object; everything, the last, has no name here
	Dues         *dues                    `json:"dues,omitempty"`
	Contact      string                   `json:"contact"`
	Address      string                   `json:"address,omitempty"` // contact as a mailto
	Authority    string                   `json:"authority,omitempty"`
	AuthorityURL string                   `json:"authority_url,omitempty"`
	Information  string                   `json:"information,omitempty"` // the page about members' rights
}

type fieldSaid struct {
	Name    string `json:"n"`
	Purpose string `json:"p"`
	Basis   string `json:"b"`
}

type said struct {
	Name       string `json:"name"`
	Level      string `json:"level"`
	Controller string `json:"controller"`
	Processor  string `json:"processor,omitempty"`
	Form       string `json:"form"` // a key of Forms; "" none
	// Why the unit itself needs a field, in its own words, by the field's key.
	Purposes map[string]string `json:"purposes,omitempty"`
}

type form struct {
	Own      []control `json:"own"`
	Consents []control `json:"consents"`
}

// control is one element of a form.
type control struct {
	Key      string   `json:"k"`
	Name     string   `json:"n"`
	Purpose  string   `json:"p"`
	Kind     string   `json:"kind"`           // input, note, choice, choices, yesno
	Type     string   `json:"type,omitempty"` // of an input
	Auto     string   `json:"auto,omitempty"` // autocomplete
	Hint     string   `json:"hint,omitempty"` // the key of a text
	Max      int      `json:"max,omitempty"`
	Required bool     `json:"required,omitempty"`
	Options  []choice `json:"options,omitempty"`
}

type choice struct {
	ID   string `json:"id"`
	Name string `json:"n"`
	Text string `json:"x,omitempty"` // the key of a text, where it has no name of the policy's
}

// leaving is a reason that a member can give herself, and for how many months what
// stands about her is kept then.
type leaving struct {
	choice
	Months int `json:"months"`
}

type kept struct {
	Name   string `json:"n"`
	Months int    `json:"months"`
}

type dues struct {
	From     string   `json:"from,omitempty"`
	To       string   `json:"to,omitempty"`
	Days     int      `json:"days,omitempty"`
	Min      int      `json:"min,omitempty"`
	Max      int      `json:"max,omitempty"`
	Says     []string `json:"says,omitempty"`
	Unpaid   int      `json:"unpaid,omitempty"` // years
	Years    int      `json:"years,omitempty"`  // that what was booked is kept
	Required bool     `json:"reference,omitempty"`
}

// authorities are where a member complains, by country.
var authorities = map[string][2]string{
	"NO": {"Datatilsynet", "https://www.datatilsynet.no/"},
	"DK": {"Datatilsynet", "https://www.datatilsynet.dk/"},
	"SE": {"Integritetsskyddsmyndigheten", "https://www.imy.se/"},
	"FI": {"Tietosuojavaltuutetun toimisto", "https://tietosuoja.fi/"},
	"IS": {"Persónuvernd", "https://www.personuvernd.is/"},
	"FO": {"Dátueftirlitið", "https://www.dat.fo/"},
}

// Shared is what all pages have in common, as a file for the renderer. site is the
// address of the published site, with a last slash.
func (m *Maker) Shared(site string) (sitepipe.Frame, error) {
	p := m.Policy
	out := shared{Built: m.Day, Mail: mailTo(p.MailTo()), Lock: policy.DefaultLockAfter, In: map[string]*inLanguage{}}
	if p.Pages != nil {
		out.Drop, out.Lock = p.Pages.Drop, p.Pages.LockAfter
	}
	for _, l := range p.Languages {
		out.In[l] = m.in(l, site)
	}
	b, err := json.Marshal(out)
	return sitepipe.Frame{Name: SharedName, Body: b}, err
}

// mailTo is the address in s, or "".
func mailTo(s string) string {
	if a, err := mail.ParseAddress(s); err == nil && a.Name == "" {
		return a.Address
	}
	return ""
}

func (m *Maker) in(lang, site string) *inLanguage {
	p, w := m.Policy, m.words(lang)
	in := &inLanguage{Organisation: p.Organisation.Name, Day: w.day(m.Day), Contact: p.Contact, Fields: map[string]fieldSaid{}, Units: map[register.UnitID]said{}, Forms: map[string]form{}}
	if a := mailTo(p.Contact); a != "" {
		in.Address = "mailto:" + a
	}
	if a, ok := authorities[p.Country]; ok {
		in.Authority, in.AuthorityURL = a[0], a[1]
	}
	if strings.HasPrefix(site, "https://") { // the page refuses others
		in.Information = site + lang + "/information/"
	}
	for i := range p.Fields {
		in.Fields[p.Fields[i].Key] = w.field(&p.Fields[i])
	}
	for _, r := range p.Reasons {
		in.Kept = append(in.Kept, kept{w.label(r.Name, r.ID), r.Keep})
		if p.Pages != nil && slices.Contains(p.Pages.Leave, r.ID) {
			in.Leave = append(in.Leave, leaving{choice{ID: r.ID, Name: w.label(r.Name, r.ID)}, r.Keep})
		}
	}
	if p.Pages != nil && p.Pages.Confirm.Field != "" {
		in.Confirm = p.Pages.Confirm.Every
	}
	if p.Pages != nil && p.Schema().HasRights() {
		for _, l := range p.Lists.Purposes {
			in.Object = append(in.Object, choice{ID: l.ID, Name: w.listPurpose(l.ID)})
		}
		in.Object = append(in.Object, choice{ID: record.ObjectsAll, Text: objectionText(record.ObjectsAll)})
		for _, c := range p.Sendings.Channels {
			in.Object = append(in.Object, choice{ID: record.ObjectsBy(c), Text: objectionText(record.ObjectsBy(c))})
		}
	}
	in.Dues = w.dues()
	forms := map[string]string{} // a form by what it is made of
	for i := range p.Units {
		u := &p.Units[i]
		x := said{Name: u.Name, Level: w.level(u.Level), Controller: m.controller(u), Processor: m.unitOf(u, p.Processor.Level), Purposes: u.Purposes}
		if of := m.units[u.ID]; of.sends {
			made := form{Own: w.controls(of.form, u.Level), Consents: w.controls(of.consents, u.Level)}
			sign, _ := json.Marshal(made)
			if forms[string(sign)] == "" {
				forms[string(sign)] = strconv.Itoa(len(forms) + 1)
				in.Forms[forms[string(sign)]] = made
			}
			x.Form = forms[string(sign)]
		}
		in.Units[u.ID] = x
	}
	return in
}

func (w *words) field(f *policy.Field) fieldSaid {
	x := fieldSaid{Name: w.names[f.Key]}
	if t, ok := policy.FindTerm(w.p.Vocabulary.Purposes, f.Purpose); ok {
		x.Purpose = w.label(t.Name, t.ID)
	}
	if t, ok := policy.FindTerm(w.p.LegalBases, f.LegalBasis); ok {
		x.Basis = w.label(t.Name, t.ID)
	}
	return x
}

func (w *words) level(id string) string {
	for _, l := range w.p.Levels {
		if l.ID == id {
			return w.label(l.Name, id)
		}
	}
	return id
}

// controller is who answers for the data of a unit's members: the organisation, where
// the policy does not say.
func (m *Maker) controller(u *policy.Unit) string {
	if m.Policy.Controller == policy.EachUnit {
		return u.Name
	}
	return cmp.Or(m.unitOf(u, m.Policy.Controller), m.Policy.Organisation.Name)
}

// unitOf is the unit of a level that u is, or is below; "" where there is none.
func (m *Maker) unitOf(u *policy.Unit, level string) string {
	for at, ok := u, true; ok && level != ""; at, ok = m.Policy.Unit(at.Under) {
		if at.Level == level {
			return at.Name
		}
	}
	return ""
}

func (w *words) controls(fields []*policy.Field, level string) []control {
	out := []control{}
	for _, f := range fields {
		c := control{Key: f.Key, Name: w.names[f.Key], Purpose: w.field(f).Purpose, Kind: "input", Type: "text", Auto: autocomplete(f), Max: f.Max, Required: f.Required}
		switch f.Type {
		case record.TypeNote:
			c.Kind = "note"
		case record.TypeChoice, record.TypeChoices:
			c.Kind = string(f.Type)
			for _, o := range f.Options {
				if len(o.Levels) == 0 || slices.Contains(o.Levels, level) {
					c.Options = append(c.Options, choice{ID: o.ID, Name: w.label(o.Name, o.ID)})
				}
			}
		case record.TypeYesNo:
			c.Kind = "yesno"
		case record.TypeDate:
			c.Type = "date"
		case record.TypeEmail:
			c.Type = "email"
		case record.TypePhone:
			c.Type = "tel"
		case record.TypeInteger:
			c.Type = "number"
		case record.TypeCountry:
			c.Max, c.Hint = 2, "view_country_hint"
		}
		out = append(out, c)
	}
	return out
}

// autocomplete is what a browser may fill in for a field (WCAG 2.2, 1.3.5).
func autocomplete(f *policy.Field) string {
	switch f.Type {
	case record.TypeEmail:
		return "email"
	case record.TypePhone:
		return "tel"
	case record.TypeStreet:
		return "address-line1"
	case record.TypePostcode:
		return "postal-code"
	case record.TypeCity:
		return "address-level2"
	case record.TypeCountry:
		return "country"
	}
	return map[string]string{"given": "given-name", "family": "family-name", "born": "bday"}[f.Key]
}

// dues is what the policy says of what she pays; nil where it says nothing.
func (w *words) dues() *dues {
	d := &w.p.Dues
	if d.CollectedBy == "" {
		return nil
	}
	out := &dues{From: w.dayOfYear(d.Claim.From), To: w.dayOfYear(d.Claim.To), Days: d.NewMemberDays, Min: d.Reminders.Min, Max: d.Reminders.Max,
		Unpaid: d.Lapse.UnpaidYears, Years: d.KeepYears, Required: d.Reference == policy.ReferenceRequired}
	for _, m := range d.Means {
		if s := w.p.Label(m.Says, w.lang); s != "" {
			out.Says = append(out.Says, s)
		}
	}
	return out
}

// dayOfYear says "02-01" as people do; "" where there is none.
func (w *words) dayOfYear(s string) string {
	if s == "" {
		return ""
	}
	said := w.day(register.Day("2024-" + s)) // a leap year
	return strings.TrimSuffix(said, " 2024")
}
