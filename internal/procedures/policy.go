package procedures

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/policy"
)

type valueJSON struct {
	Value any               `json:"value,omitempty"`
	Text  map[string]string `json:"text,omitempty"`
	Unit  string            `json:"unit,omitempty"`
	Kind  string            `json:"kind,omitempty"`
	List  []string          `json:"list,omitempty"`
	Open  bool              `json:"open,omitempty"`
	File  string            `json:"file"`
	Line  int               `json:"line"`
}

type valuesJSON struct {
	Values map[string]valueJSON `json:"values"`
	Absent []string             `json:"absent"`
}

// unitsOf are what numbers count, by their place in the policy. What does not
// stand here has no unit.
var unitsOf = map[string]string{
	"retention.reasons.*.keep": "months", "retention.keep-versions": "days", "retention.rotate": "days", "retention.rekey": "months", "retention.brakes.share": "percent", "retention.brakes.quarantine": "days", "retention.brakes.signers": "persons",
	"retention.activities.keep": "days", "retention.activities.longest": "months", "retention.kinds.*.keep": "months",
	"review.access.per-year": "times_a_year", "review.access.notice": "days", "review.procedures.*.every": "months",
	"lists.fresh-for": "days", "lists.destroy-after": "days", "lists.password": "characters", "lists.small-counts": "members",
	"lists.purposes.*.destroy-after": "days", "lists.requests.*.answer-within": "days", "lists.hand-outs.days": "days",
	"lists.disclosure.introductions.days": "days", "lists.bulk-import.single": "members",
	"sendings.confirm-every": "months", "sendings.plan-window": "days", "sendings.email.attachments.recipients": "persons", "sendings.sms.characters": "characters",
	"dues.new-member-days": "days", "dues.due-days": "days", "dues.keep-years": "years", "dues.lapse.unpaid-years": "years",
	"access.offices.*.seats.min": "persons", "access.offices.*.seats.max": "persons", "access.offices.*.seats.more.*.max": "persons",
	"access.offices.*.exceptions.*.seats": "persons", "access.offices.*.exceptions.*.months": "months",
	"access.offices.*.term.months": "months", "access.offices.*.term.notice": "days",
	"fields.fields.*.max": "characters",
}

// values are all that the policy says.
func (t *telling) values() valuesJSON {
	out := valuesJSON{Values: make(map[string]valueJSON, len(t.all)), Absent: policy.Absent(t.files)}
	for _, v := range t.all {
		out.Values[v.Path] = t.value(v)
	}
	// The table of lists asks for each purpose; the policy says one thing for all.
	if after, ok := out.Values["lists.destroy-after"]; ok {
		for _, id := range out.Values["lists.purposes"].List {
			out.Values["lists.purposes."+id+".destroy-after"] = after
		}
	}
	return out
}

func (t *telling) value(v policy.Value) valueJSON {
	x := valueJSON{Open: v.Open, File: v.File, Line: v.Line}
	if v.Open {
		return x
	}
	x.Value = v.Plain
	switch plain := v.Plain.(type) {
	case nil:
		if v.List == nil && v.Names == nil {
			x.List = []string{}
		}
	case int64:
		x.Unit = unitsOf[v.Place]
	case string:
		if v.Day {
			x.Kind = "day"
		} else if v.Place == "dues.claim.from" || v.Place == "dues.claim.to" {
			x.Text = t.each(func(lang string) string { return dayOfYear(plain, lang) })
		} else if said := t.words(v.Place, []string{plain}); said != nil {
			x.Text = said
		}
	}
	if v.Names != nil {
		x.Text = t.everywhere(v.Names, "")
		x.Value = x.Text[t.policy.Languages[0]]
	}
	if v.List != nil {
		x.List = v.List
		x.Text = t.words(v.Place, v.List)
	}
	return x
}

// each makes a text in every language of the site.
func (t *telling) each(say func(lang string) string) map[string]string {
	out := map[string]string{}
	for _, l := range t.policy.Languages {
		out[l] = say(l)
	}
	return out
}

// everywhere is a name in every language of the site, with the fallbacks of the
// policy; or, where there is none, id.
func (t *telling) everywhere(names map[string]string, id string) map[string]string {
	return t.each(func(lang string) string {
		if s := t.policy.Label(names, lang); s != "" {
			return s
		}
		return id
	})
}

// words says ids, or words of the schemas, in each language; nil where they are
// neither, or where there are none.
func (t *telling) words(place string, ids []string) map[string]string {
	if len(ids) == 0 {
		return nil
	}
	refer, isRef := refersTo[place]
	own, isWord := wordsOf(place)
	if !isRef && !isWord {
		if t.names[strings.TrimSuffix(place, ".*")+"."+ids[0]] == nil || strings.Contains(place, "*") {
			return nil
		}
		refer, isRef = place, true // a list of things with names: the purposes
	}
	return t.each(func(lang string) string {
		var said []string
		for _, id := range ids {
			s := ""
			if isRef {
				s = t.policy.Label(t.names[refer+"."+id], lang)
			}
			if s == "" {
				s = inLanguage(own[id], lang)
			}
			if s == "" {
				s = inLanguage(vocabulary().Everywhere[id], lang)
			}
			if s == "" {
				s = id
			}
			said = append(said, s)
		}
		return enumerate(said, lang)
	})
}

// refersTo says of what the ids at a place are: the list that they stand in.
var refersTo = map[string]string{
	"organisation.levels.*.under": "organisation.levels", "organisation.controller": "organisation.levels", "organisation.processor.level": "organisation.levels",
	"organisation.units.*.level": "organisation.levels", "organisation.units.*.under": "organisation.units", "organisation.units.*.flags": "organisation.flags",
	"access.offices.*.level": "organisation.levels", "access.offices.*.statute": "organisation.statutes",
	"access.offices.*.appointed.by": "access.signers", "access.offices.*.appointed.at": "access.meetings",
	"access.offices.*.evidence.*.signed-by": "access.signers", "access.offices.*.evidence.*.attested-by": "access.signers",
	"access.offices.*.exceptions.*.requested-by": "access.signers", "access.offices.*.exceptions.*.approved-by": "access.signers",
	"access.offices.*.tasks.*.columns": "fields.fields", "access.amend.by": "access.offices", "access.subject-rights.by": "access.offices", "access.signers.*.offices": "access.offices",
	"access.responsible.join": "organisation.levels", "access.responsible.leave": "organisation.levels", "access.responsible.correct": "organisation.levels",
	"access.responsible.dues": "organisation.levels", "access.responsible.lists": "organisation.levels", "access.responsible.sendings": "organisation.levels",
	"access.responsible.retention": "organisation.levels", "access.responsible.access": "organisation.levels",
	"fields.fields.*.category": "fields.categories", "fields.fields.*.purpose": "fields.purposes", "fields.fields.*.legal-basis": "fields.legal-bases",
	"fields.fields.*.see": "access.offices", "fields.fields.*.edit": "access.offices", "fields.fields.*.choices.*.levels": "organisation.levels",
	"lists.purposes.*.columns": "fields.fields", "lists.purposes.*.by": "access.offices", "lists.requests.*.by": "access.offices",
	"lists.requests.*.purposes": "lists.purposes", "lists.requests.*.approved-by": "access.offices", "lists.hand-outs.approved-by": "access.offices",
	"lists.disclosure.introductions.by": "access.offices", "review.access.by": "access.offices",
	"dues.collected-by": "organisation.levels", "dues.lapse.reason": "retention.reasons", "tests.tests.*.office": "access.offices", "tests.tests.*.field": "fields.fields",
}

// namesOf finds what things of the policy are called, by their path.
func namesOf(values []policy.Value) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, v := range values {
		at, ok := strings.CutSuffix(v.Path, ".name")
		if !ok {
			continue
		}
		switch s := v.Plain.(type) {
		case string:
			out[at] = map[string]string{"": s}
		case nil:
			if v.Names != nil {
				out[at] = v.Names
			}
		}
	}
	return out
}

// enumerate joins words as a sentence does.
func enumerate(words []string, lang string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	and := inLanguage(vocabulary().And, lang)
	return strings.Join(words[:last], ", ") + " " + and + " " + words[last]
}

// dayOfYear writes "02-01" as people do.
func dayOfYear(s, lang string) string {
	d, err := time.Parse("01-02", s)
	if err != nil {
		return s
	}
	month := inLanguage(vocabulary().Months, lang)
	names := strings.Fields(month)
	if len(names) != 12 {
		return s
	}
	dot := "."
	if l := nearest(vocabulary().Months, lang); l == "sv" || l == "en" {
		dot = ""
	}
	return fmt.Sprintf("%d%s %s", d.Day(), dot, names[d.Month()-1])
}

// inLanguage is a text in a language, or in the nearest that it has; "" where it
// has none.
func inLanguage(texts map[string]string, lang string) string { return texts[nearest(texts, lang)] }

func nearest(texts map[string]string, lang string) string {
	for _, l := range policy.Fallbacks(lang) {
		if texts[l] != "" {
			return l
		}
	}
	if texts["en"] != "" || slices.Contains([]string{"en"}, lang) {
		return "en"
	}
	return lang
}
