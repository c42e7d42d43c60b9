package policy

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Lists is lists.yaml: what may leave the register, for what, to whom and for
// how long.
type Lists struct {
	Purposes         []ListPurpose     `yaml:"purposes"`
	OtherColumns     string            `yaml:"other-columns"`     // RefuseColumns or ReasonForColumns
	FreshFor         int               `yaml:"fresh-for"`         // days in which a list may be used to reach people
	DestroyAfter     int               `yaml:"destroy-after"`     // days
	CountedFrom      string            `yaml:"counted-from"`      // FromDraw or FromUse
	Printed          bool              `yaml:"printed"`           // lists may be printed, and the copies are counted
	Attest           []string          `yaml:"attest"`            // of "paper" and "digital": what is attested to be destroyed
	Password         int               `yaml:"password"`          // the fewest characters of a list's password
	SeparatePassword bool              `yaml:"separate-password"` // a list and its password go different ways
	SmallCounts      int               `yaml:"small-counts"`      // published counts below it are not shown; 0: all are
	Notice           map[string]string `yaml:"notice"`            // by language; with {until} and {purpose}
	Canary           string            `yaml:"canary"`            // the e-mail of one invented member in each list, with {code}; "" none
	Sharing          map[string]string `yaml:"sharing"`           // by language: with whom
	Requests         []ListRequest     `yaml:"requests"`
	HandOuts         HandOuts          `yaml:"hand-outs"`
	Disclosure       Disclosure        `yaml:"disclosure"`
	BulkImport       BulkImport        `yaml:"bulk-import"`
	Intake           Intake            `yaml:"intake"`
}

// What happens when somebody wants columns that the purpose does not have.
const (
	RefuseColumns    = "refuse"
	ReasonForColumns = "reason" // a reason, sealed
)

// From when the days to a list's destruction are counted.
const (
	FromDraw = "draw" // the day it was drawn
	FromUse  = "use"  // the day of what it was drawn for
)

// What holds where lists.yaml does not say.
const (
	DefaultFreshFor     = 1  // days
	DefaultDestroyAfter = 30 // days, where there is no lists.yaml
	DefaultPassword     = 12 // characters
)

// A ListPurpose is what a list can be drawn for.
type ListPurpose struct {
	ID      string            `yaml:"id"`
	Name    map[string]string `yaml:"name"`    // by language
	Columns []string          `yaml:"columns"` // fields, at most
	By      []string          `yaml:"by"`      // offices; empty: every one that may draw
}

// A ListRequest is a kind of list that officers ask the secretariat for.
type ListRequest struct {
	ID           string            `yaml:"id"`
	Name         map[string]string `yaml:"name"`          // by language
	By           []string          `yaml:"by"`            // offices
	Of           string            `yaml:"of"`            // RequestOwn or RequestBelow
	Purposes     []string          `yaml:"purposes"`      // of Lists.Purposes; empty: any
	ApprovedBy   []string          `yaml:"approved-by"`   // offices
	AnswerWithin int               `yaml:"answer-within"` // days; 0: not said
}

// Whose members a list that is asked for is of.
const (
	RequestOwn   = "own"   // the officer's own unit's
	RequestBelow = "below" // those of it and of every unit below
)

// HandOuts are single lists to people who have no access, and get none by it.
type HandOuts struct {
	To         []Term   `yaml:"to"`          // kinds of receivers; empty: nobody
	ApprovedBy []string `yaml:"approved-by"` // offices
	Days       int      `yaml:"days"`        // to destruction, at most; 0: DestroyAfter
}

// Disclosure is what others are told of who is a member. It is nothing but what
// its rules say.
type Disclosure struct {
	Default       string           `yaml:"default"` // "deny"
	Rules         []DisclosureRule `yaml:"rules"`
	Introductions Introductions    `yaml:"introductions"`
}

// A DisclosureRule lets somebody know who is a member.
type DisclosureRule struct {
	ID      string            `yaml:"id"`
	Name    map[string]string `yaml:"name"`    // by language
	To      string            `yaml:"to"`      // ToMember, "outsider" or "authority"
	Consent string            `yaml:"consent"` // ConsentWritten or ConsentNone
}

// ToMember is the DisclosureRule.To of another member.
const ToMember = "member"

// What a disclosure takes of those whom it is about.
const (
	ConsentWritten = "written" // before, and to this receiver
	ConsentNone    = "none"
)

// Introductions are how a member who looks for others finds them.
type Introductions struct {
	By      []string `yaml:"by"`      // offices that arrange them; empty: there are none
	Consent string   `yaml:"consent"` // ConsentWritten
	Shows   string   `yaml:"shows"`   // "nothing" or "count": what the one who asks sees before
	Days    int      `yaml:"days"`    // that a consent holds; 0: until it is withdrawn
}

// BulkImport is when whole lists may be read in.
type BulkImport struct {
	Until  register.Day `yaml:"until"`  // the last day; "" always
	Single int          `yaml:"single"` // new members that one proposal may hold after it
}

// Intake is where members and officers send what they have.
type Intake struct {
	Address string   `yaml:"address"` // "" Organisation.Contact
	Formats []string `yaml:"formats"` // "xlsx"
}

// CanaryFor is the e-mail of the one invented member of a list, by which a message
// to it names the draw with that code; "" where the policy wants none.
func (l *Lists) CanaryFor(code string) string {
	return strings.Replace(l.Canary, "{code}", code, 1)
}

func decodeLists(d *document, p *Policy) error {
	l := &p.Lists
	l.FreshFor, l.Password, l.OtherColumns, l.CountedFrom = DefaultFreshFor, DefaultPassword, RefuseColumns, FromDraw
	l.Disclosure.Default = "deny"
	if d == nil {
		l.DestroyAfter = DefaultDestroyAfter
		return nil
	}
	return d.root.Decode(l)
}

func checkLists(d *document, p *Policy) {
	l := &p.Lists
	ids(d, "/purposes", "purpose", len(l.Purposes), func(i int) string { return l.Purposes[i].ID })
	for i := range l.Purposes {
		u, at := &l.Purposes[i], "/purposes/"+strconv.Itoa(i)
		d.names(at+"/name", u.Name, p.Languages)
		d.columns(at+"/columns", u.Columns, p)
		d.offices(at+"/by", u.By, p, "draw lists", ActDraw)
	}
	if l.FreshFor > l.DestroyAfter && !d.open["/destroy-after"] {
		d.report("/fresh-for", "longer than a list is kept", "make it at most destroy-after")
	}
	d.allKnown("/attest", "copy", l.Attest, fixed("paper", "digital"))
	if d.values["/notice"] != nil {
		d.names("/notice", l.Notice, p.Languages)
		for _, lang := range sorted(l.Notice) {
			d.placeholders("/notice/"+lang, l.Notice[lang])
		}
	}
	if d.values["/sharing"] != nil {
		d.names("/sharing", l.Sharing, p.Languages)
	}
	d.checkRequests(l, p)
	d.checkHandOuts(&l.HandOuts, p)
	d.checkDisclosure(&l.Disclosure, p)
	d.day("/bulk-import/until", l.BulkImport.Until)
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// placeholders reports a notice that does not say until when a list is kept, or
// that asks for what there is not.
func (d *document) placeholders(path, text string) {
	until := false
	for _, w := range placeholder.FindAllString(text, -1) {
		until = until || w == "{until}"
		if w != "{until}" && w != "{purpose}" {
			d.report(path, fmt.Sprintf("nothing to put in the place of %q", clip(w)), "write {until} for the day, {purpose} for what the list is for")
		}
	}
	if !until {
		d.report(path, "the notice does not say until when a list is kept", "write {until} where the day is to stand")
	}
}

func (d *document) checkRequests(l *Lists, p *Policy) {
	ids(d, "/requests", "request", len(l.Requests), func(i int) string { return l.Requests[i].ID })
	for i := range l.Requests {
		r, at := &l.Requests[i], "/requests/"+strconv.Itoa(i)
		d.names(at+"/name", r.Name, p.Languages)
		d.offices(at+"/by", r.By, p, "ask for anything", ActRequest)
		d.allKnown(at+"/purposes", "purpose", r.Purposes, p.words("list purpose"))
		d.offices(at+"/approved-by", r.ApprovedBy, p, "draw lists", ActDraw)
	}
}

func (d *document) checkHandOuts(h *HandOuts, p *Policy) {
	d.terms("/hand-outs/to", "kind of receiver", h.To, p.Languages)
	d.offices("/hand-outs/approved-by", h.ApprovedBy, p, "draw lists", ActDraw)
	if h.Days > p.Lists.DestroyAfter && !d.open["/destroy-after"] {
		d.report("/hand-outs/days", "longer than any list is kept", "make it at most destroy-after")
	}
}

// checkDisclosure reports rules that tell members of each other without their
// consent.
func (d *document) checkDisclosure(c *Disclosure, p *Policy) {
	ids(d, "/disclosure/rules", "rule", len(c.Rules), func(i int) string { return c.Rules[i].ID })
	for i, r := range c.Rules {
		at := "/disclosure/rules/" + strconv.Itoa(i)
		d.names(at+"/name", r.Name, p.Languages)
		if r.To == ToMember && r.Consent == ConsentNone {
			d.report(at+"/consent", "members would see each other without their consent", "write consent: written, or leave the rule out")
		}
	}
	d.offices("/disclosure/introductions/by", c.Introductions.By, p, "")
}
