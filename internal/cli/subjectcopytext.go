package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/label"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/view"
)

// copyPDF is the copy as a PDF, in clear, with the same for programs in it.
func (s *session) copyPDF(own *app, lang string, x *copyJSON) ([]byte, error) {
	text, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return nil, err
	}
	defer clear(text)
	p := s.Policy()
	d := label.Document{Created: s.Now(), Title: own.tr("What is kept about you"), Lang: lang}
	a := label.Account{Title: d.Title, Attached: []label.Attachment{{Name: copyFile, Content: text}}}
	a.Under = strings.Join([]string{x.Organisation + ", " + x.UnitName, own.tr("Made on {{.Day}}.", "Day", longDay(x.Day, lang))}, "\n")
	a.Sections = (&copyTexts{own, p, lang, x}).sections()
	return label.PrintAccount(d, a)
}

// copyTexts says a copy in words.
type copyTexts struct {
	*app
	p    *policy.Policy
	lang string
	x    *copyJSON
}

func (c *copyTexts) day(d register.Day) string {
	if d == "" {
		return ""
	}
	return longDay(d, c.lang)
}

// offices says who held what, as it is said to a member.
func (c *copyTexts) offices(list []copyOffice) string {
	var out []string
	for _, o := range list {
		out = append(out, o.Name+", "+o.Of)
	}
	return cmp.Or(strings.Join(out, "; "), c.tr("not known"))
}

// sections are what the copy says, in the order in which it says it.
func (c *copyTexts) sections() []label.Section {
	out := []label.Section{{Heading: c.tr("Who answers for it"), Text: c.answers()}}
	out = append(out, c.fields(), c.rights(), c.written(), c.readers(c.tr("Who can read it today"), c.x.Today, false))
	before := c.readers(c.tr("Who could read it before"), c.x.Before, true)
	before.Text = strings.Join([]string{before.Text,
		c.tr("At any time: the recovery secret, which is kept on paper, offline."),
		c.tr("Never: the server that keeps the register and whoever runs it, the automatic check, officers of other units, and people outside, but for what a list gave them."),
		c.tr("This is who could have read. Who looked is written down nowhere, but for lists that were taken out.")}, "\n")
	out = append(out, before, c.lists(), c.messages(), c.activities(), c.introductions())
	if c.p.Dues.CollectedBy != "" || len(c.x.Claims) > 0 {
		out = append(out, c.claims())
	}
	return append(out, c.requests(), c.ends(), label.Section{Heading: c.tr("What you can ask for"), Text: c.tr("To have what is wrong corrected, to have your record kept and not used, to object to being used for something, to leave, to be erased, to have this copy again. Ask the contact above. The same as here, for programs, is attached to this document as {{.File}}.", "File", copyFile)})
}

func (c *copyTexts) answers() string {
	lines := []string{c.tr("Answers for it: {{.Name}}", "Name", c.x.Controller)}
	if c.x.Contact != "" {
		lines = append(lines, c.tr("Contact: {{.Contact}}", "Contact", c.x.Contact))
	}
	if name, url := view.Authority(c.p.Country); name != "" {
		lines = append(lines, c.tr("You can complain to: {{.Name}}", "Name", name+", "+url))
	}
	return strings.Join(lines, "\n")
}

func (c *copyTexts) fields() label.Section {
	s := label.Section{Heading: c.tr("What is kept"), Headings: []string{c.tr("Field"), c.tr("What stands there"), c.tr("Used for"), c.tr("Allowed by")}}
	s.Text = c.tr("Your record has the number {{.ID}}, and this is version {{.Version}} of it.", "ID", c.x.ID, "Version", c.x.Version)
	var empty []string
	for _, f := range c.x.Fields {
		if f.Value.Empty() {
			empty = append(empty, f.Name)
			continue
		}
		name := f.Name
		if f.Special {
			name += " " + c.tr("(a special category)")
		}
		if f.Consent {
			name += " " + c.tr("(your consent; you can take it back)")
		}
		value := c.value(c.p, f.Field, f.Value)
		if pf, ok := c.p.Field(f.Field); ok && pf.Type == record.TypeDate {
			value = c.day(register.Day(f.Value.String()))
		}
		s.Rows = append(s.Rows, []string{name, value, f.Purpose, f.Basis})
	}
	if len(empty) > 0 {
		s.Text += "\n" + c.tr("Nothing stands in: {{.Fields}}", "Fields", strings.Join(empty, ", "))
	}
	return s
}

func (c *copyTexts) rights() label.Section {
	var lines []string
	if c.x.Restricted != "" {
		lines = append(lines, c.tr("Since {{.Day}} your record is kept and not used.", "Day", c.day(register.Day(c.x.Restricted))))
	}
	if len(c.x.Objects) > 0 {
		lines = append(lines, c.tr("You object to being used for: {{.Purpose}}", "Purpose", c.objections(c.p, c.x.Objects)))
	}
	if len(lines) == 0 {
		lines = append(lines, c.tr("You have not objected to anything, and your record is not restricted."))
	}
	return label.Section{Heading: c.tr("Your objections"), Text: strings.Join(lines, "\n")}
}

func (c *copyTexts) written() label.Section {
	s := label.Section{Heading: c.tr("Where it comes from"), Text: c.tr("Every change of your record, by the offices of whoever made it. What stood there before a change is destroyed after some days."),
		Headings: []string{c.tr("Day"), c.tr("What"), c.tr("By"), c.tr("Unit"), c.tr("Fields")}}
	for _, w := range c.x.Written {
		act := map[string]string{"add": c.tr("entered"), "edit": c.tr("changed"), "move": c.tr("moved"), "close": c.tr("membership ended"), "reopen": c.tr("member again"),
			"reschedule": c.tr("to be erased at another time")}[w.Act]
		if w.Asked {
			act += " " + c.tr("(on request)")
		}
		var fields []string
		for _, f := range w.Fields {
			fields = append(fields, c.fieldName(c.p, f))
		}
		s.Rows = append(s.Rows, []string{c.day(w.Day), cmp.Or(act, w.Act), c.offices(w.By), w.Unit, strings.Join(fields, ", ")})
	}
	return s
}

func (c *copyTexts) readers(heading string, list []readerJSON, ended bool) label.Section {
	s := label.Section{Heading: heading, Headings: []string{c.tr("Office"), c.tr("Unit"), c.tr("Officers"), c.tr("From")}}
	if ended {
		s.Headings = append(s.Headings, c.tr("Until"), c.tr("Could still hold a copy"))
	}
	for _, x := range list {
		office := c.tr("not known")
		if x.Office != "" {
			office = c.officeName(c.p, x.Office)
		}
		if o, ok := c.p.Office(x.Office); ok && x.Purpose != "" {
			office += ": " + c.termName(c.p, o.Purposes, x.Purpose)
		}
		row := []string{office, unitName(c.p, register.UnitID(cmp.Or(x.Of, x.Unit))), fmt.Sprint(x.Officers), c.day(x.From)}
		if ended {
			row = append(row, c.day(x.To), c.tr("up to version {{.Version}} of {{.Versions}}", "Version", x.Version, "Versions", c.x.Versions))
		}
		s.Rows = append(s.Rows, row)
	}
	if len(list) == 0 {
		s.Text = c.tr("nobody")
	}
	return s
}

func (c *copyTexts) activities() label.Section {
	s := label.Section{Heading: c.tr("Activities you take part in"), Headings: []string{c.tr("Activity"), c.tr("Unit"), c.tr("Last day"), c.tr("Kept until")}}
	if len(c.x.Activities) == 0 {
		s.Text = c.tr("None that can be opened here.")
	}
	for _, a := range c.x.Activities {
		about := []string{a.Name}
		for _, more := range []string{a.Place, a.When} {
			if more != "" {
				about = append(about, more)
			}
		}
		s.Rows = append(s.Rows, []string{strings.Join(about, ", "), a.Unit, c.day(a.Ends), c.day(a.Until)})
	}
	return s
}

// introductions say what she asked for, and what she was asked and answered. The one who
// sought others is named in her own copy, and in no other.
func (c *copyTexts) introductions() label.Section {
	s := label.Section{Heading: c.tr("Introductions to other members")}
	if n := c.x.Recruited; n > 0 {
		s.Text = c.trn(n, "You stand in the record of {{.N}} member as the one who recruited that member.", "You stand in the records of {{.N}} members as the one who recruited them.")
	}
	if len(c.x.Introduced) == 0 {
		s.Text = strings.TrimSpace(s.Text + "\n" + c.tr("None that can be opened here."))
		return s
	}
	s.Headings = []string{c.tr("Purpose"), c.tr("Unit"), c.tr("You were asked"), c.tr("Your answer")}
	for _, x := range c.x.Introduced {
		asked, answer := c.day(x.Asked), c.tr("no consent")
		switch {
		case x.Seeks:
			asked, answer = "", c.tr("You seek others.")
		case x.Consented != nil:
			answer = c.tr("consent, recorded on {{.Day}}", "Day", c.day(register.DayOf(*x.Consented)))
			if x.Until != "" {
				answer += ", " + c.tr("until {{.Day}}", "Day", c.day(x.Until))
			}
			if x.Withdrawn != "" {
				answer += ", " + c.tr("withdrawn on {{.Day}}", "Day", c.day(x.Withdrawn))
			}
		}
		s.Rows = append(s.Rows, []string{x.Purpose, x.Unit, asked, answer})
	}
	return s
}

// claims say what was claimed of her, and what came of it.
func (c *copyTexts) claims() label.Section {
	s := label.Section{Heading: c.tr("What was claimed of you, and paid")}
	if len(c.x.Claims) == 0 {
		s.Text = c.tr("Nothing was claimed.")
		return s
	}
	s.Headings = []string{c.tr("Year"), c.tr("State"), c.tr("Reference"), c.tr("Amount"), c.tr("Payments and reminders")}
	unseen := false
	for _, x := range c.x.Claims {
		unseen = unseen || !x.Booked
		amount := ""
		if x.Amount > 0 {
			amount = c.moneyIn(x.Amount, c.p.Dues.Currency)
		}
		var came []string
		for _, p := range x.Payments {
			text := c.tr("{{.Amount}} came on {{.Day}}", "Amount", c.moneyIn(p.Amount, c.p.Dues.Currency), "Day", c.day(p.Day))
			if p.Amount < 0 {
				text = c.tr("{{.Amount}} went back on {{.Day}}", "Amount", c.moneyIn(-p.Amount, c.p.Dues.Currency), "Day", c.day(p.Day))
			}
			if p.Means != "" {
				text += " (" + c.meansName(p.Means) + ")"
			}
			came = append(came, text)
		}
		for _, r := range x.Reminders {
			came = append(came, c.tr("reminder on {{.Day}}: {{.Channel}}", "Day", c.day(r.Day), "Channel", c.channelName(r.Channel)))
		}
		for _, d := range x.Debits {
			came = append(came, c.tr("asked of your bank on {{.Day}}", "Day", c.day(d)))
		}
		s.Rows = append(s.Rows, []string{fmt.Sprint(x.Year), c.duesState(record.DuesLine{State: x.State, Since: x.Since, Due: x.Due}), x.Reference, amount, strings.Join(came, "; ")})
	}
	switch {
	case unseen && c.x.BooksClosed:
		s.Text = c.tr("What was paid when, and how you were reminded, stands in the books of whoever collects the dues, which are not shown to the office that made this copy. Ask the contact above for it.")
	case unseen:
		s.Text = c.tr("Of claims without an amount the books are gone: their time was over.")
	}
	return s
}

// meansName says how a payment came.
func (c *copyTexts) meansName(means string) string {
	return cmp.Or(map[bankfile.Means]string{bankfile.Bank: c.tr("bank"), bankfile.DirectDebit: c.tr("direct debit"), bankfile.Cash: c.tr("cash"),
		bankfile.SMS: c.tr("SMS"), bankfile.Vipps: "Vipps", bankfile.Card: c.tr("card")}[bankfile.Means(means)], means)
}

func (c *copyTexts) lists() label.Section {
	s := label.Section{Heading: c.tr("Lists that named you"), Headings: []string{c.tr("Day"), c.tr("Purpose"), c.tr("Fields"), c.tr("For"), c.tr("Destroyed by")}}
	if len(c.x.Lists) == 0 {
		s.Text = c.tr("None that can be opened here.")
	}
	if n := c.x.OtherLists; n > 0 {
		s.Text = strings.TrimSpace(s.Text + " " + c.trn(n, "Of {{.N}} other list it cannot be seen here whom it named.", "Of {{.N}} other lists it cannot be seen here whom they named."))
	}
	for _, l := range c.x.Lists {
		var columns []string
		for _, k := range l.Columns {
			columns = append(columns, c.fieldName(c.p, k))
		}
		to := l.HandOut
		if to == "" {
			to = c.offices(l.To)
		}
		until := c.day(l.Until)
		if l.Destroyed {
			until += " " + c.tr("(it is destroyed)")
		}
		s.Rows = append(s.Rows, []string{c.day(l.Drawn), l.Name, strings.Join(columns, ", "), to, until})
	}
	return s
}

func (c *copyTexts) messages() label.Section {
	s := label.Section{Heading: c.tr("Messages that were sent to you"), Headings: []string{c.tr("Day"), c.tr("Channel"), c.tr("Subject"), c.tr("By")}}
	if len(c.x.Messages) == 0 {
		s.Text = c.tr("None, by the receipts that are kept.")
	}
	for _, m := range c.x.Messages {
		s.Rows = append(s.Rows, []string{c.day(m.Day), c.channelName(m.Channel), m.Subject, c.offices(m.By)})
	}
	return s
}

func (c *copyTexts) requests() label.Section {
	s := label.Section{Heading: c.tr("What waits for an answer")}
	kinds := map[string]string{record.RequestClose: c.tr("the end of your membership"), record.RequestMove: c.tr("a move to another unit"), record.RequestReopen: c.tr("that your membership is taken up again"),
		record.RequestCorrect: c.tr("a correction"), record.RequestConfirm: c.tr("that all is right"), record.RequestCopy: c.tr("a copy"), record.RequestObject: c.tr("an objection"), record.RequestRestrict: c.tr("that your record is kept and not used")}
	var said []string
	for _, r := range c.x.Requests {
		if text := cmp.Or(kinds[r.Kind], r.Kind); !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	if s.Text = strings.Join(said, ", "); s.Text == "" {
		s.Text = c.tr("Nothing.")
	}
	return s
}

// ends says what happens when.
func (c *copyTexts) ends() label.Section {
	s := label.Section{Heading: c.tr("What happens when")}
	if c.x.Closed != "" {
		s.Text = c.tr("Your membership ended on {{.Day}}. Your record is to be erased by {{.By}}.", "Day", c.day(register.Day(c.x.Closed)), "By", c.day(c.x.EraseBy))
	} else {
		s.Text = c.tr("Your record is kept for as long as you are a member. When a membership has ended it is kept for some months, by why it ended, and then erased:")
		s.Headings = []string{c.tr("Reason"), c.tr("Months")}
		for _, k := range c.x.Kept {
			s.Rows = append(s.Rows, []string{k.Name, fmt.Sprint(k.Months)})
		}
	}
	if days := c.p.Retention.KeepVersions; days > 0 {
		s.Text = c.trn(days, "What is changed can be undone for {{.N}} day; then the older version is destroyed.", "What is changed can be undone for {{.N}} days; then the older version is destroyed.") + "\n" + s.Text
	}
	return s
}
