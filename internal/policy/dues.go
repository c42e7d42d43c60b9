package policy

import (
	"fmt"
	"strconv"

	"github.com/medlem-register/medlem/internal/expression"
	"github.com/medlem-register/medlem/internal/register"
)

// Claims tells whether claims of dues can be made by the policy.
func (u *Dues) Claims() bool {
	return u.Currency != "" && u.ReferenceForm.Scheme != "" && len(u.Amounts) > 0
}

// Dues is dues.yaml: what is claimed, how it is paid, and what comes of it if it
// is not.
type Dues struct {
	CollectedBy   string         `yaml:"collected-by"` // level; "" dues are not kept here
	Claim         ClaimTime      `yaml:"claim"`
	NewMemberDays int            `yaml:"new-member-days"` // until a new member has her first claim
	Reminders     Reminders      `yaml:"reminders"`
	Channels      []string       `yaml:"channels"`  // of Channels, in the order in which they are tried
	Reference     string         `yaml:"reference"` // ReferenceRequired or "free"
	Means         []PaymentMeans `yaml:"means"`     // what does not stand here is refused
	Seen          string         `yaml:"seen"`      // SeenPaid or "amounts": by officers who do not collect
	Lapse         Lapse          `yaml:"lapse"`
	KeepYears     int            `yaml:"keep-years"` // that what was booked is kept, after the accounting year; 0: not said

	Currency      string            `yaml:"currency"`       // "NOK"; "": no amounts are kept here
	Payee         map[string]string `yaml:"payee"`          // by language: who is paid, as claims and banks say it
	Account       string            `yaml:"account"`        // that is paid to, as banks write it
	ReferenceForm ReferenceForm     `yaml:"reference-form"` // of payment references
	DueDays       int               `yaml:"due-days"`       // from the claim to the day on which it is due
	Amounts       []DuesAmount      `yaml:"amounts"`        // the first that fits a member is hers
	Accounts      DuesAccounts      `yaml:"accounts"`       // of the bookkeeping
}

// ReferenceForm is how payment references are written.
type ReferenceForm struct {
	Scheme string `yaml:"scheme"` // of reference.Scheme; "": none is said
	Length int    `yaml:"length"` // of ocr-4, digits; 0: whatever it becomes
}

// DuesAmount is what some members pay in a year.
type DuesAmount struct {
	ID     string            `yaml:"id"`
	Name   map[string]string `yaml:"name"`
	When   string            `yaml:"when"`   // a condition; "": everybody whom none before fits
	Amount int64             `yaml:"amount"` // øre or öre; 0: nothing is claimed

	when *expression.Condition
}

// DuesAccounts are numbers of the organisation's bookkeeping; each may be missing.
type DuesAccounts struct {
	Receivable string `yaml:"receivable"` // what members owe
	Income     string `yaml:"income"`
	Bank       string `yaml:"bank"`
	Losses     string `yaml:"losses"` // what is claimed no more
}

// ReferenceRequired is Dues.Reference where a payment is booked by its reference
// alone.
const ReferenceRequired = "required"

// SeenPaid is Dues.Seen where others see which years are paid, and no amounts.
const SeenPaid = "paid"

// ClaimTime is when the yearly claim goes out: two days of a year, "01-02".
type ClaimTime struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// Reminders is how many there are in a calendar year.
type Reminders struct {
	Min int `yaml:"min"`
	Max int `yaml:"max"`
}

// PaymentMeans is a way of paying.
type PaymentMeans struct {
	ID      string            `yaml:"id"`      // "bank", "cash"
	For     []string          `yaml:"for"`     // ForJoin, ForRenewal; empty: refused
	Offered bool              `yaml:"offered"` // on every claim
	Says    map[string]string `yaml:"says"`    // by language; also when it is refused
}

// What can be paid.
const (
	ForJoin    = "join"    // the first claim
	ForRenewal = "renewal" // the later ones
)

// Lapse is when unpaid dues end a membership.
type Lapse struct {
	UnpaidYears int    `yaml:"unpaid-years"` // 0: never
	Clock       string `yaml:"clock"`        // ClockClaims or ClockDueDate
	Reason      string `yaml:"reason"`       // of Retention.Reasons
}

// How unpaid years are counted.
const (
	ClockClaims  = "claims"   // so many yearly claims are unpaid
	ClockDueDate = "due-date" // so many years since the first was due
)

func decodeDues(d *document, p *Policy) error {
	p.Dues.Reference, p.Dues.Seen = ReferenceRequired, SeenPaid
	if d == nil {
		return nil
	}
	return d.root.Decode(&p.Dues)
}

func checkDues(d *document, p *Policy) {
	u := &p.Dues
	if d.known("/collected-by", "level", u.CollectedBy, p.words("level")) {
		d.checkCollector(u.CollectedBy, p)
	}
	d.monthDay("/claim/from", u.Claim.From)
	d.monthDay("/claim/to", u.Claim.To)
	if u.Claim.From > u.Claim.To && u.Claim.To != "" {
		d.report("/claim/to", "the claim ends before it begins", "write the later of the two days under to")
	}
	if u.Reminders.Min > u.Reminders.Max && !d.open["/reminders/max"] {
		d.report("/reminders/min", "more reminders at least than at most", "make min the smaller of the two")
	}
	d.allKnown("/channels", "channel", u.Channels, fixed(Channels...))
	ids(d, "/means", "way of paying", len(u.Means), func(i int) string { return u.Means[i].ID })
	for i, m := range u.Means {
		at := "/means/" + strconv.Itoa(i)
		d.allKnown(at+"/for", "claim", m.For, fixed(ForJoin, ForRenewal))
		if m.Offered && len(m.For) == 0 && !d.open[at+"/for"] {
			d.report(at+"/offered", "it is offered and refused", "leave offered out, or write what can be paid under for")
		}
		if d.values[at+"/says"] != nil {
			d.names(at+"/says", m.Says, p.Languages)
		}
	}
	d.checkAmounts(u, p)
	d.known("/lapse/reason", "reason", u.Lapse.Reason, p.words("reason"))
}

// checkCollector reports a level none of whose offices may claim dues.
func (d *document) checkCollector(level string, p *Policy) {
	if level == "" || p.words("office").open {
		return
	}
	for i, o := range p.Offices {
		at := "/offices/" + strconv.Itoa(i)
		if o.Level == level && o.Can(ActDues) || p.isOpen("access.yaml", at+"/level") || p.touches("access.yaml", at+"/may") {
			return
		}
	}
	d.report("/collected-by", fmt.Sprintf("no office of the level %q may claim dues", level), "give one of them the act dues in access.yaml")
}

// monthDay reports a day that no year has.
func (d *document) monthDay(path, day string) {
	if day == "" {
		return
	}
	if _, err := register.ParseDay("2024-" + day); err != nil { // a leap year
		d.report(path, fmt.Sprintf("no such day, %q", clip(day)), `write month and day in quotes, as in "01-31"`)
	}
}
