package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/subject"
	"github.com/medlem-register/medlem/internal/view"
)

// copyFile is what the machine-readable form is called within the PDF, and copyForm
// what it says that it is.
const (
	copyFile = "copy.json"
	copyForm = "medlem-copy-1"
)

// copyPassword is the length of a password that is made, in characters of some five
// bits each.
const copyPassword = 20

type copyFlags struct {
	out          string
	passwordFile string
	passwordFD   int
	ask          bool
}

func (a *app) subjectCopyCommand() *cobra.Command {
	var o copyFlags
	c := a.build(command{
		use:   "copy ID --out FILE.pdf",
		short: a.tr("write everything that is kept about a member, for her"),
		long: a.tr("Writes what a member has a right to have (GDPR, Articles 15 and 20) into a PDF under a password, in her language: every field with what it is used for and what allows it, who entered it when, who could read it, which lists named her, what she has asked for, and what happens when. " +
			"The same is attached to the PDF as JSON, for programs. Nothing of it is written in clear. " +
			"The password is made, and shown once; or typed (--ask), or read (--password-fd). Give it to her another way than the file."),
		example: "medlem subject copy m4k7xq2fjw3pa --out copy.pdf",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.onMember(args[0], func(s *session, id register.RecordID) error { return s.subjectCopy(id, o) })
		},
	})
	f := c.Flags()
	f.StringVar(&o.out, "out", "", a.tr("the new `FILE`, whose name ends in .pdf"))
	f.BoolVar(&o.ask, "ask", false, a.tr("type the password, instead of having one made"))
	f.IntVar(&o.passwordFD, "password-fd", -1, a.tr("read the password from this file descriptor `N`"))
	f.Lookup("password-fd").DefValue = "0"
	f.StringVar(&o.passwordFile, "password-file", "", a.tr("write the password that is made to this new `FILE`, which goes another way than the PDF"))
	return c
}

// copyJSON is everything that is kept about one member, for programs. Days, keys and
// ids are as in the register; names stand beside keys, in her language.
type copyJSON struct {
	Form         string            `json:"form"`
	Day          register.Day      `json:"day"`
	Organisation string            `json:"organisation"`
	Controller   string            `json:"controller"`
	Contact      string            `json:"contact,omitempty"`
	ID           register.RecordID `json:"id"`
	Unit         register.UnitID   `json:"unit"`
	UnitName     string            `json:"unit_name"`
	Version      int               `json:"version"`
	Versions     int               `json:"versions"` // that were written: those in Written and of readers count by it
	Fields       []copyField       `json:"fields"`
	Restricted   string            `json:"restricted,omitempty"` // since when her record is kept and not used
	Objects      []string          `json:"objects"`              // to what she objects
	Page         bool              `json:"page"`                 // she has a page of her own
	Closed       string            `json:"closed,omitempty"`     // when her membership ended
	Reason       string            `json:"reason,omitempty"`
	EraseBy      register.Day      `json:"erase_by,omitempty"`
	Written      []copyWritten     `json:"written"`
	Today        []readerJSON      `json:"today"`
	Before       []readerJSON      `json:"before"`
	Lists        []copyList        `json:"lists"`
	OtherLists   int               `json:"other_lists"`         // of which it cannot be seen whom they named
	Messages     []copyMessage     `json:"messages"`            // that were sent to her, by the receipts that are kept
	Activities   []copyActivity    `json:"activities"`          // in which she takes part
	Introduced   []copyIntroduced  `json:"introductions"`       // to other members, that she asked for or was asked about
	Recruited    int               `json:"recruited,omitempty"` // members whom she recruited
	Currency     string            `json:"currency,omitempty"`
	Claims       []copyClaim       `json:"claims,omitempty"`       // of dues
	BooksClosed  bool              `json:"books_closed,omitempty"` // there are books of dues that the office which made it does not open
	Requests     []copyRequest     `json:"requests"`
	Kept         []copyKept        `json:"kept"` // for how many months after a membership has ended, by why
}

type copyField struct {
	Field   string       `json:"field"`
	Name    string       `json:"name"`
	Value   record.Value `json:"value"` // null: nothing stands there
	Purpose string       `json:"purpose,omitempty"`
	Basis   string       `json:"basis,omitempty"`
	Special bool         `json:"special"` // of a special category (GDPR art. 9)
	Consent bool         `json:"consent"` // a consent that she can take back
}

type copyOffice struct {
	Office string `json:"office"`
	Name   string `json:"name"`
	Of     string `json:"of"` // a unit's name
}

type copyWritten struct {
	Day     register.Day `json:"day"`
	Act     string       `json:"act"`
	Unit    string       `json:"unit"` // its name
	By      []copyOffice `json:"by"`
	Asked   bool         `json:"asked"`            // on a request, hers or an officer's
	Fields  []string     `json:"fields,omitempty"` // where whoever wrote it says which
	Version int          `json:"version"`
}

type copyList struct {
	Drawn     register.Day `json:"drawn"`
	Purpose   string       `json:"purpose"`
	Name      string       `json:"name"`
	Columns   []string     `json:"columns"`
	To        []copyOffice `json:"to,omitempty"`
	HandOut   string       `json:"hand_out,omitempty"`
	Until     register.Day `json:"until"`
	Destroyed bool         `json:"destroyed"`
}

type copyMessage struct {
	Day     register.Day `json:"day"`
	Channel string       `json:"channel"`
	Subject string       `json:"subject,omitempty"`
	By      []copyOffice `json:"by,omitempty"`
}

type copyActivity struct {
	Name  string       `json:"name"`
	Unit  string       `json:"unit"` // its name
	Place string       `json:"place,omitempty"`
	When  string       `json:"when,omitempty"`
	Ends  register.Day `json:"ends"`
	Until register.Day `json:"until"` // the last day on which who takes part is kept
}

type copyIntroduced struct {
	Unit      string       `json:"unit"` // its name
	Purpose   string       `json:"purpose"`
	Seeks     bool         `json:"seeks"` // she asked for it; else she was asked
	Asked     register.Day `json:"asked,omitempty"`
	Consented *time.Time   `json:"consented,omitempty"`     // when her consent was recorded
	Until     register.Day `json:"until,omitempty"`         // the last day of her consent; left out: until she withdraws it
	Answer    string       `json:"answer_sha256,omitempty"` // of what she wrote, which is not kept
	Withdrawn register.Day `json:"withdrawn,omitempty"`
}

type copyRequest struct {
	Kind string `json:"kind"`
	From string `json:"from,omitempty"` // member: she sent it herself
}

type copyClaim struct {
	Year      int            `json:"year"`
	Kind      string         `json:"kind"`
	Reference string         `json:"reference,omitempty"`
	Claimed   register.Day   `json:"claimed"`
	Due       register.Day   `json:"due"`
	State     string         `json:"state"`
	Since     register.Day   `json:"since,omitempty"`
	Amount    int64          `json:"amount,omitempty"` // in hundredths of the currency, as all amounts
	Paid      int64          `json:"paid,omitempty"`
	Booked    bool           `json:"booked"` // what follows is from the books
	Payments  []copyPayment  `json:"payments,omitempty"`
	Reminders []copyReminder `json:"reminders,omitempty"`
	Debits    []register.Day `json:"debits,omitempty"` // when it was asked of her bank
}

type copyPayment struct {
	Day    register.Day `json:"day"`
	Amount int64        `json:"amount"` // below zero: it went back
	Means  string       `json:"means,omitempty"`
}

type copyReminder struct {
	Day     register.Day `json:"day"`
	Channel string       `json:"channel"`
}

type copyKept struct {
	Reason string `json:"reason"`
	Name   string `json:"name"`
	Months int    `json:"months"`
}

func (s *session) subjectCopy(id register.RecordID, o copyFlags) error {
	if strings.ToLower(filepath.Ext(o.out)) != ".pdf" {
		return usageError(s.tr("name the file for the copy: --out FILE.pdf"), "")
	}
	if err := s.discreet(o.out, o.passwordFile); err != nil {
		return err
	}
	about, err := s.AboutOf(id)
	if err != nil {
		return err
	}
	past, err := subject.Follow(s.Repo(), s.Head())
	if err != nil {
		return err
	}
	written, err := subject.Written(s.Repo(), s.Head(), id)
	if err != nil {
		return err
	}
	lang := view.New(view.Options{Policy: s.Policy()}).Lang(about.Member.Record)
	own := &app{texts: newTexts(lang)}
	x := s.copyOf(own, about, past, written)
	pdf, err := s.copyPDF(own, lang, x)
	if err != nil {
		return err
	}
	defer clear(pdf)
	if err := s.writeCopy(o, pdf); err != nil {
		return err
	}
	return s.result(struct {
		File     string            `json:"file"`
		ID       register.RecordID `json:"id"`
		Language string            `json:"language"`
	}{o.out, id, lang}, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("Everything that is kept about {{.ID}} is written to {{.Path}}, under a password.", "ID", id, "Path", o.out))
	})
}

// copyOf gathers what is kept about a member. own speaks her language.
func (s *session) copyOf(own *app, about *desk.About, past *subject.Past, written []subject.Writing) *copyJSON {
	p, r := s.Policy(), about.Member.Record
	x := &copyJSON{Form: copyForm, Day: s.Today(), Organisation: p.Organisation.Name, Controller: controllerOf(p, r.Unit), Contact: p.Contact,
		ID: r.ID, Unit: r.Unit, UnitName: unitName(p, r.Unit), Version: r.Rev, Versions: past.Versions(r.ID), Page: about.Page && !about.Member.Closed(),
		Fields: []copyField{}, Objects: []string{}, Written: []copyWritten{}, Today: []readerJSON{}, Before: []readerJSON{}, Lists: []copyList{}, Activities: []copyActivity{},
		OtherLists: about.Closed, Messages: []copyMessage{}, Introduced: []copyIntroduced{}, Recruited: max(about.Recruited, 0), Requests: []copyRequest{}, Kept: []copyKept{}}
	for i := range p.Fields {
		f := &p.Fields[i]
		v := r.Fields[f.Key]
		if v.Empty() && !p.FieldIn(r.Unit, f.Key) {
			continue
		}
		c := copyField{Field: f.Key, Name: own.label(p, f.Name, f.Key), Value: v, Purpose: own.termName(p, p.Purposes, f.Purpose), Basis: own.termName(p, p.LegalBases, f.LegalBasis)}
		if i := slices.IndexFunc(p.Categories, func(k policy.Category) bool { return k.ID == f.Category }); i >= 0 {
			c.Special = p.Categories[i].Special
		}
		c.Consent = p.Pages != nil && slices.Contains(p.Pages.Consents, f.Key)
		x.Fields = append(x.Fields, c)
	}
	for _, key := range []string{record.Dues, record.Mandate, record.Bounced} {
		if v := r.Fields[key]; p.Schema().HasDues() && !v.Empty() {
			x.Fields = append(x.Fields, copyField{Field: key, Name: own.fieldName(p, key), Value: v})
		}
	}
	for _, a := range about.Takes {
		x.Activities = append(x.Activities, copyActivity{a.Record.Name, unitName(p, a.Path.Unit), a.Record.Place, a.Record.When, a.Path.Day, s.Until(a)})
		if round := a.Record.Round; round != nil {
			x.Introduced = append(x.Introduced, introducedOf(r.ID, unitName(p, a.Path.Unit), round))
		}
	}
	schema := p.Schema()
	x.Restricted = schema.Restriction(r)
	x.Objects = append(x.Objects, schema.Objections(r)...)
	if about.Member.Closed() {
		x.Closed, x.Reason, x.EraseBy = r.Fields[record.Closed].String(), r.Fields[record.Reason].String(), about.Member.Path.Month.Last()
	}
	for _, w := range written {
		x.Written = append(x.Written, copyWritten{w.Day, w.Act, unitName(p, w.Unit), own.copyOffices(p, w.By), w.Asked, w.Fields, w.Version})
	}
	for _, i := range past.Readers(r.ID, s.Today()) {
		one := readerJSON{Unit: i.Unit, Office: i.Office, Of: i.Of, Purpose: i.Why, From: i.From, To: i.To, Officers: i.Seats, Version: i.Copy}
		if i.To == "" {
			x.Today = append(x.Today, one)
		} else {
			x.Before = append(x.Before, one)
		}
	}
	for _, d := range about.Draws {
		x.Lists = append(x.Lists, s.copyList(own, d))
	}
	for _, m := range about.Messages {
		c := copyMessage{Day: m.Day, Channel: m.Channel, Subject: m.Subject}
		if m.Office != "" {
			c.By = own.copyOffices(p, []subject.Holder{{Office: m.Office, Of: m.Of}})
		}
		x.Messages = append(x.Messages, c)
	}
	if len(about.Claims) > 0 {
		x.Currency, x.BooksClosed = p.Dues.Currency, about.NoBooks
	}
	for i := range about.Claims {
		x.Claims = append(x.Claims, s.copyClaim(&about.Claims[i]))
	}
	for _, q := range about.Requests {
		x.Requests = append(x.Requests, copyRequest{q.Kind, q.From})
	}
	for _, k := range p.Reasons {
		x.Kept = append(x.Kept, copyKept{k.ID, own.label(p, k.Name, k.ID), k.Keep})
	}
	return x
}

func (s *session) copyClaim(a *desk.AboutClaim) copyClaim {
	l := a.DuesLine
	x := copyClaim{Year: l.Year, Kind: l.Kind, Reference: s.reference(l.Payload), Claimed: l.Claimed, Due: l.Due, State: l.State, Since: l.Since, Amount: l.Amount}
	if a.Booked == nil {
		return x
	}
	x.Booked, x.Amount, x.Paid, x.Debits = true, a.Booked.Amount, a.Booked.Paid, a.Booked.Debits
	for _, p := range a.Payments {
		x.Payments = append(x.Payments, copyPayment(p))
	}
	for _, r := range a.Booked.Reminds {
		x.Reminders = append(x.Reminders, copyReminder(r))
	}
	return x
}

func introducedOf(id register.RecordID, unit string, round *record.Introduction) copyIntroduced {
	out := copyIntroduced{Unit: unit, Purpose: round.Purpose, Seeks: round.Seeker == id, Asked: round.Asked}
	for i := range round.Consents {
		if c := &round.Consents[i]; c.Member == id {
			out.Consented, out.Until, out.Answer, out.Withdrawn = &c.At, c.Until, c.Answer, c.Withdrawn
		}
	}
	return out
}

func (s *session) copyList(own *app, d *desk.Drawn) copyList {
	p, r := s.Policy(), d.Receipt
	l := copyList{Drawn: r.Drawn, Purpose: r.Purpose, Name: desk.PurposeName(p, r.Purpose, own.texts.lang), Columns: append([]string{}, r.Columns...), Until: r.Day, Destroyed: !d.Open()}
	if r.HandOut != "" {
		l.HandOut = own.termName(p, p.Lists.HandOuts.To, r.HandOut)
		return l
	}
	var to []subject.Holder
	for _, g := range s.OfficesOf(r.For, r.Drawn) {
		to = append(to, subject.Holder{Office: g.Office, Of: g.Unit})
	}
	l.To = own.copyOffices(p, to)
	return l
}

func (a *app) copyOffices(p *policy.Policy, list []subject.Holder) []copyOffice {
	out := []copyOffice{}
	for _, h := range list {
		out = append(out, copyOffice{h.Office, a.officeName(p, h.Office), unitName(p, h.Of)})
	}
	return out
}

// termName is what a word of the policy is called; its id where it has no name.
func (a *app) termName(p *policy.Policy, terms []policy.Term, id string) string {
	if t, ok := policy.FindTerm(terms, id); ok {
		return a.label(p, t.Name, id)
	}
	return id
}

// controllerOf is who answers for the data of a unit's members (GDPR art. 4(7)).
func controllerOf(p *policy.Policy, unit register.UnitID) string {
	if p.Controller == policy.EachUnit {
		return unitName(p, unit)
	}
	for u, ok := p.Unit(unit); ok && p.Controller != ""; u, ok = p.Unit(u.Under) {
		if u.Level == p.Controller {
			return u.Name
		}
	}
	return p.Organisation.Name
}
