package policy

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/medlem-register/medlem/internal/record"
)

// Pages is pages.yaml: members' own pages, what they send from there, and the
// public joining form.
type Pages struct {
	Drop      string   `yaml:"drop"`       // https address that what is sent is posted to; "" it is saved and mailed
	Mail      string   `yaml:"mail"`       // "" Organisation.Contact: see MailTo
	LockAfter int      `yaml:"lock-after"` // minutes without a touch
	Consents  []string `yaml:"consents"`   // fields of the type yesno
	Confirm   Confirm  `yaml:"confirm"`    // that what is kept about her is right
	Leave     []string `yaml:"leave"`      // of Retention.Reasons; empty: she cannot ask to leave there
	Rotate    int      `yaml:"rotate"`     // days that one joining identity is sealed to
	Keep      int      `yaml:"keep"`       // days more that it is kept, to open what comes late
	Joining   Joining  `yaml:"joining"`    // the public form
}

// Confirm is where the day stands on which a member said that all is right.
type Confirm struct {
	Field string `yaml:"field"` // of the type date; "" she is not asked
	Every int    `yaml:"every"` // months
}

// Joining is the public joining form.
type Joining struct {
	Levels []string `yaml:"levels"` // whose units have one; empty: none has
	Fields []string `yaml:"fields"` // in the order in which they are asked for; all that are required among them
	SMS    *JoinSMS `yaml:"sms"`    // nil: nobody joins by SMS
}

// JoinSMS is joining by SMS: what comes waits until the form is filled in by hand.
type JoinSMS struct {
	Keyword string `yaml:"keyword"` // with which the text begins, in any case; "" the text is the name alone
}

// What holds where pages.yaml does not say.
const (
	DefaultLockAfter     = 5  // minutes
	DefaultJoiningRotate = 30 // days
	DefaultJoiningKeep   = 60 // days
)

// deaths are the reasons that nobody gives for herself. "died" is that of the
// standard policies and of every pack.
var deaths = []string{"died", "dead", "death", "deceased"}

// JoiningForm tells whether the unit has a public joining form.
func (p *Policy) JoiningForm(u *Unit) bool {
	return p.Pages != nil && u != nil && !u.Protected && slices.Contains(p.Pages.Joining.Levels, u.Level)
}

// JoinedWith lists the fields of the form without which nobody who asked by SMS is
// entered: those that the form demands, the e-mail address and the postal address.
func (p *Policy) JoinedWith() []string {
	var out []string
	for _, key := range p.Pages.Joining.Fields {
		f, ok := p.Field(key)
		if !ok {
			continue
		}
		address := slices.Contains([]record.Type{record.TypeEmail, record.TypeStreet, record.TypePostcode, record.TypeCity}, f.Type)
		if f.Required || f.Expected == ExpectedEntry || address {
			out = append(out, key)
		}
	}
	return out
}

// JoiningPhone is the field of the form that holds the number that an SMS came from; ""
// the form asks for none.
func (p *Policy) JoiningPhone() string {
	for _, key := range p.Pages.Joining.Fields {
		if f, ok := p.Field(key); ok && f.Type == record.TypePhone {
			return key
		}
	}
	return ""
}

// MailTo is the address to which what a member saved is mailed.
func (p *Policy) MailTo() string {
	if p.Pages != nil && p.Pages.Mail != "" {
		return p.Pages.Mail
	}
	return p.Contact
}

// MemberSets tells whether a member may set a field herself, on her own page: a
// field that is hers, or a consent.
func (p *Policy) MemberSets(key string) bool {
	f, ok := p.Field(key)
	return ok && p.Pages != nil && (f.Own || slices.Contains(p.Pages.Consents, key))
}

func decodePages(d *document, p *Policy) error {
	if d == nil {
		return nil // there are no pages
	}
	p.Pages = &Pages{LockAfter: DefaultLockAfter, Rotate: DefaultJoiningRotate, Keep: DefaultJoiningKeep}
	return d.root.Decode(p.Pages)
}

func checkPages(d *document, p *Policy) {
	g := p.Pages
	fields := p.words("field")
	for i, key := range g.Consents {
		d.ofType("/consents/"+strconv.Itoa(i), key, record.TypeYesNo, p)
	}
	d.allKnown("/consents", "field", g.Consents, fields)
	d.known("/confirm/field", "field", g.Confirm.Field, fields)
	d.ofType("/confirm/field", g.Confirm.Field, record.TypeDate, p)
	d.allKnown("/leave", "reason", g.Leave, p.words("reason"))
	for i, id := range g.Leave {
		if slices.Contains(deaths, id) {
			d.report("/leave/"+strconv.Itoa(i), fmt.Sprintf("the reason %q is none that a member gives herself", id), "leave it out")
		}
	}
	d.checkJoining(&g.Joining, p)
}

// ofType reports a field of another type.
func (d *document) ofType(path, key string, want record.Type, p *Policy) {
	if f, ok := p.Field(key); ok && f.Type != want && !p.isOpen("fields.yaml", "/fields/"+strconv.Itoa(slices.IndexFunc(p.Fields, func(f Field) bool { return f.Key == key }))+"/type") {
		d.report(path, fmt.Sprintf("the field %q has the type %s", clip(key), f.Type), fmt.Sprintf("name a field of the type %s", want))
	}
}

// checkJoining reports a form that cannot make a member: it asks every unit's
// strangers for the same.
func (d *document) checkJoining(j *Joining, p *Policy) {
	d.allKnown("/joining/levels", "level", j.Levels, p.words("level"))
	d.allKnown("/joining/fields", "field", j.Fields, p.words("field"))
	for i, key := range j.Fields {
		if f, ok := p.Field(key); ok && (f.Where != "" || f.NeedsPurpose) {
			d.report("/joining/fields/"+strconv.Itoa(i), fmt.Sprintf("the field %q exists in some units only", clip(key)), "leave it out: the form is the same for all")
		}
	}
	if d.values["/joining/fields"] == nil || d.touchesOpen("/joining/fields") || p.words("field").open {
		return
	}
	if j.SMS != nil && p.JoiningPhone() == "" {
		d.report("/joining/sms", "the form asks for no telephone number, and an SMS comes from one", "add a field of the type phone to the form")
	}
	for _, f := range p.Fields {
		if f.Required && f.Where == "" && !slices.Contains(j.Fields, f.Key) {
			d.report("/joining/fields", fmt.Sprintf("the form does not ask for %q, without which nobody is entered", f.Key), "add it")
		}
	}
}
