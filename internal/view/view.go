// Package view says what stands on a member's own page: every field that is kept
// about her, with its purpose and legal basis, who can read it and who could, which
// lists named her, and what she can do. It makes data for a template, in her language,
// and renders and seals nothing.
//
// Use [New] once for a build: what is the same for all members is made once, as
// [Maker.Shared], and goes to the renderer as a file; [Maker.Of] is what is one
// member's. docs/site.md has the shapes.
package view

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sitepipe"
	"github.com/medlem-register/medlem/internal/subject"
)

// Template is the view of the theme that a member's page is made with.
const Template = "me"

// languageField is the field whose choices are languages, where a policy has it.
const languageField = "language"

// Options are what a Maker knows besides the members.
type Options struct {
	Policy *policy.Policy
	Day    register.Day // of the build
	// Recipients are the joining recipients of units, to which their members seal
	// what they send. Without one a member's page of the unit has no forms.
	Recipients map[register.UnitID]string
	Single     bool // pages in one file, which can fetch nothing: her unit's recipient stands in each
}

// A Maker makes views. It is for one goroutine.
type Maker struct {
	Options
	said  map[string]*words // by language
	units map[register.UnitID]*unit
}

// unit is what members of a unit have in common, in any language.
type unit struct {
	fields   []*policy.Field // that exist there
	form     []*policy.Field // that a member corrects herself
	consents []*policy.Field
	sends    bool
}

// A List is one that was taken out of the register and named her.
type List struct {
	Receipt *access.Draw
	For     []Holder // which offices whoever got it held; none: not known any more
}

// A Holder is an office in a unit.
type Holder struct {
	Office string
	Of     register.UnitID
}

// A Subject is one member, as main has her.
type Subject struct {
	Record  *record.Record
	Readers []subject.Interval
	Lists   []List
	Closed  int // lists of her unit beside, whose names could not be looked through

	Messages []Sent // the newest first
}

// A Sent is a message that was sent to her, as its receipt has it.
type Sent struct {
	Day     register.Day
	Channel string // of policy.Channels
	Subject string
	Office  string          // of whoever sent it; ""
	Of      register.UnitID // for whose members it was
}

// New returns a Maker.
func New(o Options) *Maker {
	m := &Maker{Options: o, said: map[string]*words{}, units: map[register.UnitID]*unit{}}
	p := o.Policy
	for i := range p.Units {
		id := p.Units[i].ID
		u := &unit{fields: p.FieldsIn(id), sends: p.Pages != nil && o.Recipients[id] != ""}
		for _, f := range u.fields {
			if !u.sends {
				break
			}
			if consent := slices.Contains(p.Pages.Consents, f.Key); consent {
				u.consents = append(u.consents, f)
			} else if f.Own {
				u.form = append(u.form, f)
			}
		}
		m.units[id] = u
	}
	return m
}

// Lang is the language of a member's page: that of her record where it says one, or
// the nearest that the organisation has; else the organisation's own.
func (m *Maker) Lang(r *record.Record) string {
	p := m.Policy
	if f, ok := p.Field(languageField); ok && f.Type == record.TypeChoice {
		if v := r.Fields[languageField]; !v.Empty() && slices.Contains(policy.Languages, v.String()) {
			for _, l := range policy.Fallbacks(v.String()) {
				if slices.Contains(p.Languages, l) {
					return l
				}
			}
		}
	}
	return p.Languages[0]
}

// A Page is what is one member's, for the template.
type Page struct {
	Unit   register.UnitID   `json:"unit"`
	ID     register.RecordID `json:"id"`
	Lang   string            `json:"lang"`
	Name   string            `json:"name"`
	Rows   []Row             `json:"rows"`
	Empty  string            `json:"empty,omitempty"`  // names of the fields in which nothing stands
	Own    map[string]any    `json:"own,omitempty"`    // what stands in the forms: text, or of several choices {id: true}
	Agreed string            `json:"agreed,omitempty"` // when she last said that all is right
	Ask    bool              `json:"ask,omitempty"`    // that is too long ago, or never was
	Now    []Access          `json:"now"`
	Before []Access          `json:"before,omitempty"`
	Lists  []Drawn           `json:"lists,omitempty"`
	Closed int               `json:"closed,omitempty"`
	To     string            `json:"to,omitempty"` // her unit's recipient, in a single file

	Restricted string   `json:"restricted,omitempty"` // since when her record is kept and not used
	Objects    []choice `json:"objects,omitempty"`    // to what she objects

	Messages []Message `json:"messages,omitempty"` // that were sent to her, the newest first
	Claims   []Claim   `json:"claims,omitempty"`   // of dues, the newest year first
}

// A Message is something that was sent to her.
type Message struct {
	Day     string `json:"d"`
	Channel string `json:"x"`           // the key of a text
	Subject string `json:"s,omitempty"` // left out: the receipt has none
	Office  string `json:"o,omitempty"` // who sent it; left out: it is not known any more
}

// A Row is a field and what stands in it: words, or the key of a text of the theme.
type Row struct {
	Key  string `json:"k"`
	Said string `json:"v,omitempty"`
	Text string `json:"x,omitempty"`
}

// Access is who can read the record, or could.
type Access struct {
	Office string `json:"o,omitempty"` // left out: access that no office gave any more
	Why    string `json:"p,omitempty"` // the purpose that the grant names
	Of     string `json:"u"`
	Was    string `json:"w,omitempty"` // her unit at the time, where it is another today
	Seats  int    `json:"n"`
	From   string `json:"f"`
	To     string `json:"t,omitempty"`
	Copy   int    `json:"c,omitempty"`
}

// Drawn is a list that named her.
type Drawn struct {
	Day     string `json:"d"`
	Purpose string `json:"p"`
	Columns string `json:"c"`
	Form    string `json:"x"`           // the key of a text
	To      string `json:"t,omitempty"` // who got it
	Until   string `json:"u"`
	Gone    bool   `json:"g,omitempty"` // it is said to be destroyed
}

// Of returns what stands on one member's page and nowhere else.
func (m *Maker) Of(x Subject) Page {
	r, p := x.Record, m.Policy
	w := m.words(m.Lang(r))
	u := m.units[r.Unit]
	out := Page{Unit: r.Unit, ID: r.ID, Lang: w.lang, Name: nameOf(r), Now: []Access{}, Closed: x.Closed}
	if u == nil { // a unit that the policy no longer has
		u = &unit{}
	}
	var empty []string
	shown := map[string]bool{}
	for _, f := range u.fields {
		shown[f.Key] = true
		if v := r.Fields[f.Key]; v.Empty() {
			empty = append(empty, w.names[f.Key])
		} else {
			out.Rows = append(out.Rows, w.row(f, v))
		}
	}
	for i := range p.Fields { // what stands in a field that does not exist in the unit any more
		f := &p.Fields[i]
		if v := r.Fields[f.Key]; !shown[f.Key] && !v.Empty() {
			out.Rows = append(out.Rows, w.row(f, v))
		}
	}
	out.Empty = strings.Join(empty, ", ")
	if u.sends {
		if m.Single || p.Protects(r.Unit) { // no public list has a protected unit
			out.To = m.Recipients[r.Unit]
		}
		out.Own = make(map[string]any, len(u.form)+len(u.consents))
		for _, f := range slices.Concat(u.form, u.consents) {
			out.Own[f.Key] = owned(f, r.Fields[f.Key])
		}
		if k := p.Pages.Confirm.Field; k != "" {
			agreed := register.Day(r.Fields[k].String())
			out.Agreed = w.day(agreed)
			out.Ask = p.Pages.Confirm.Every > 0 && (agreed == "" || agreed.AddMonths(p.Pages.Confirm.Every) < m.Day)
		}
	}
	schema := p.Schema()
	out.Restricted = w.day(register.Day(schema.Restriction(r)))
	for _, id := range schema.Objections(r) {
		c := choice{ID: id, Text: objectionText(id)}
		if c.Text == "" {
			c.Name = w.listPurpose(id)
		}
		out.Objects = append(out.Objects, c)
	}
	m.readers(&out, w, x)
	m.lists(&out, w, x)
	out.Claims = w.claims(r)
	for _, s := range x.Messages {
		sent := Message{Day: w.day(s.Day), Channel: "view_by_" + s.Channel, Subject: s.Subject}
		if s.Office != "" {
			sent.Office = w.office(s.Office) + ", " + w.unitName(s.Of)
		}
		out.Messages = append(out.Messages, sent)
	}
	return out
}

// objectionText is the key of the text of an objection that no purpose of the policy
// gives a name to: to everything, or to a channel; "" for others.
func objectionText(id string) string {
	if c, ok := record.ObjectedChannel(id); ok {
		return "view_object_" + c
	}
	if id == record.ObjectsAll {
		return "view_object_all"
	}
	return ""
}

// owned is what a form's element begins with.
func owned(f *policy.Field, v record.Value) any {
	if f.Type == record.TypeChoices {
		chosen := map[string]bool{}
		for _, id := range v.List() {
			chosen[id] = true
		}
		return chosen
	}
	return v.String()
}

func nameOf(r *record.Record) string {
	return strings.TrimSpace(r.Fields["given"].String() + " " + r.Fields["family"].String())
}

func (m *Maker) readers(out *Page, w *words, x Subject) {
	for _, one := range x.Readers {
		a := Access{Office: w.office(one.Office), Why: w.officePurpose(one.Office, one.Why), Of: w.unitName(cmp.Or(one.Of, one.Unit)), Seats: one.Seats, From: w.day(one.From), To: w.day(one.To)}
		if one.Unit != x.Record.Unit {
			a.Was = w.unitName(one.Unit)
		}
		if one.To == "" || one.To >= m.Day {
			a.To = ""
			out.Now = append(out.Now, a)
			continue
		}
		a.Copy = one.Copy
		out.Before = append(out.Before, a)
	}
}

func (m *Maker) lists(out *Page, w *words, x Subject) {
	lists := slices.Clone(x.Lists)
	slices.SortStableFunc(lists, func(a, b List) int { return cmp.Compare(b.Receipt.Drawn, a.Receipt.Drawn) })
	for _, l := range lists {
		r := l.Receipt
		d := Drawn{Day: w.day(r.Drawn), Purpose: w.listPurpose(r.Purpose), Form: "view_form_" + r.Form, Until: w.day(r.Day),
			Gone: len(r.Missing(m.Policy.Lists.Attest)) == 0}
		var columns []string
		for _, c := range r.Columns {
			columns = append(columns, cmp.Or(w.names[c], c))
		}
		d.Columns = strings.Join(columns, ", ")
		if r.HandOut != "" {
			d.To = w.receiver(r.HandOut)
		}
		var to []string
		for _, h := range l.For {
			to = append(to, w.office(h.Office)+", "+w.unitName(h.Of))
		}
		d.To = cmp.Or(d.To, strings.Join(to, "; "))
		out.Lists = append(out.Lists, d)
	}
}

// Frame is a member's view for the renderer; whoever sends it gives it a name.
func (m *Maker) Frame(x Subject) (sitepipe.Frame, error) {
	page := m.Of(x)
	b, err := json.Marshal(page)
	return sitepipe.Frame{Kind: sitepipe.View, Lang: page.Lang, Template: Template, Body: b}, err
}
