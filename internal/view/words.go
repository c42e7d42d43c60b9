package view

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/country"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// months are the names of the months in the languages of the theme.
var months = map[string][]string{
	"sv": strings.Fields("januari februari mars april maj juni juli augusti september oktober november december"),
	"da": strings.Fields("januar februar marts april maj juni juli august september oktober november december"),
	"nb": strings.Fields("januar februar mars april mai juni juli august september oktober november desember"),
	"en": strings.Fields("January February March April May June July August September October November December"),
}

// words is what things are called in one language.
type words struct {
	lang      string
	p         *policy.Policy
	months    []string
	dot       string            // after the number of a day
	names     map[string]string // of fields
	countries map[string]string
}

func (m *Maker) words(lang string) *words {
	if w := m.said[lang]; w != nil {
		return w
	}
	w := &words{lang: lang, p: m.Policy, dot: ".", names: map[string]string{}, countries: map[string]string{}}
	for _, l := range policy.Fallbacks(lang) {
		if w.months = months[l]; w.months != nil {
			if l == "sv" || l == "en" {
				w.dot = ""
			}
			break
		}
	}
	for _, f := range m.Policy.Fields {
		w.names[f.Key] = w.label(f.Name, f.Key)
	}
	m.said[lang] = w
	return w
}

// label is a name in the language, or id where there is none.
func (w *words) label(names map[string]string, id string) string {
	if s := w.p.Label(names, w.lang); s != "" {
		return s
	}
	return id
}

// day is "9. mars 2026"; "" where there is none.
func (w *words) day(d register.Day) string {
	if d == "" {
		return ""
	}
	t := d.Time()
	if t.IsZero() {
		return string(d)
	}
	return strconv.Itoa(t.Day()) + w.dot + " " + w.months[t.Month()-1] + " " + d.Year()
}

// row says what stands in a field.
func (w *words) row(f *policy.Field, v record.Value) Row {
	r := Row{Key: f.Key}
	switch f.Type {
	case record.TypeYesNo:
		if r.Text = "no"; v.String() == "true" {
			r.Text = "yes"
		}
	case record.TypeDate:
		r.Said = w.day(register.Day(v.String()))
	case record.TypeCountry:
		r.Said = w.country(v.String())
	case record.TypeChoice, record.TypeChoices:
		var said []string
		for _, id := range v.List() {
			if c, ok := f.Choice(id); ok {
				id = w.label(c.Name, id)
			}
			said = append(said, id)
		}
		r.Said = strings.Join(said, ", ")
	default:
		r.Said = v.String()
	}
	return r
}

// country is what a country is called.
func (w *words) country(code string) string {
	if s, ok := w.countries[code]; ok {
		return s
	}
	s := cmp.Or(country.Name(code, w.lang), code)
	w.countries[code] = s
	return s
}

func (w *words) office(id string) string {
	if o, ok := w.p.Office(id); ok {
		return w.label(o.Name, id)
	}
	return id // of a policy that is no longer in force
}

// officePurpose is what one of an office's purposes is called.
func (w *words) officePurpose(office, id string) string {
	if o, ok := w.p.Office(office); ok {
		if t, ok := policy.FindTerm(o.Purposes, id); ok {
			return w.label(t.Name, id)
		}
	}
	return id // of a policy that is no longer in force, or ""
}

func (w *words) unitName(id register.UnitID) string {
	if u, ok := w.p.Unit(id); ok {
		return u.Name
	}
	return string(id)
}

func (w *words) listPurpose(id string) string {
	for _, l := range w.p.Lists.Purposes {
		if l.ID == id {
			return w.label(l.Name, id)
		}
	}
	return id
}

func (w *words) receiver(id string) string {
	if t, ok := policy.FindTerm(w.p.Lists.HandOuts.To, id); ok {
		return w.label(t.Name, id)
	}
	return id
}
