package dues

import (
	"errors"
	"slices"
	"time"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Errors about one claim or one payment.
var (
	ErrNoWaiting = errors.New("no such payment waits")
	ErrNoClaim   = errors.New("no claim has this reference")
	ErrClaimPaid = errors.New("nothing is owed on this claim")

	ErrNothingPaid = errors.New("nothing was paid on this claim that could have gone back")
	ErrNotSettled  = errors.New("nothing was settled of this payment")
	ErrStands      = errors.New("this claim was not cancelled")
	ErrForeign     = errors.New("money in another currency is for a claim only by an amount in the policy's")
	ErrLump        = errors.New("a sum of several payments is for no claim, and no income")
)

// Apart is how many days pass between two reminders to one member, at least.
const Apart = 7

// Why an unpaid claim is not reminded of.
type Unreminded string

// The reasons.
const (
	NotDue     Unreminded = "not-due"
	Enough     Unreminded = "enough"  // as many as the policy allows in that calendar year
	JustNow    Unreminded = "just"    // less than a week ago
	NoChannel  Unreminded = "channel" // she has no address that is known to work
	HasPaid    Unreminded = "queue"   // money of hers waits in the queue
	IsOwed     Unreminded = ""
	NotOwed    Unreminded = "paid"
	MemberLeft Unreminded = "left"
)

// Remind tells whether a member is reminded of a claim of hers on a day, and how. Where
// sum of reminders of her counts, it counts those of all her claims in the calendar year.
func (b *Books) Remind(r Rules, c *Claim, m *Member, day register.Day) (channel string, why Unreminded) {
	switch {
	case m == nil || m.Left:
		return "", MemberLeft
	case c.Left() == 0:
		return "", NotOwed
	case c.Due >= day:
		return "", NotDue
	case b.InQueue(r, c, m):
		return "", HasPaid
	}
	n := 0
	for _, x := range b.remindersOf(m) {
		if x.Day.Add(Apart) > day {
			return "", JustNow
		}
		if x.Day.Time().Year() == day.Time().Year() {
			n++
		}
	}
	if most := r.Dues.Reminders.Max; most > 0 && n >= most {
		return "", Enough
	}
	if channel = Channel(r.Policy, m); channel == "" {
		return "", NoChannel
	}
	return channel, IsOwed
}

func (b *Books) remindersOf(m *Member) []Reminder {
	var out []Reminder
	for _, l := range m.Lines {
		if c := b.Claims[l.Payload]; c != nil {
			out = append(out, c.Reminds...)
		}
	}
	return out
}

// Channel is the first of the policy's channels in which a member can be reached, "" for
// none. What she objects to does not count: she is to know what she owes.
func Channel(p *policy.Policy, m *Member) string {
	s := p.Schema()
	r := &record.Record{Fields: m.Fields}
	order := p.Dues.Channels
	if len(order) == 0 {
		order = policy.Channels
	}
	for _, c := range order {
		if s.BouncedIn(r, c) == "" && reachable(s, r, c) {
			return c
		}
	}
	return ""
}

// reachable tells whether a record has an address in a channel.
func reachable(s *record.Schema, r *record.Record, channel string) bool {
	want := map[string]record.Type{"email": record.TypeEmail, "sms": record.TypePhone, "letter": record.TypeStreet}[channel]
	return slices.ContainsFunc(s.Fields, func(f record.Field) bool { return f.Type == want && !r.Fields[f.Key].Empty() })
}

// Fewer returns the payloads of the claims on which something was owed at the end of a
// calendar year, and of whose member fewer reminders went out in it than the policy's
// least. Members are those whose membership had not ended.
func (b *Books) Fewer(p *policy.Policy, members []*Member, year int) []*Member {
	least := p.Dues.Reminders.Min
	if least == 0 {
		return nil
	}
	end := LastOf(year)
	var out []*Member
	for _, m := range members {
		if m.Left {
			continue
		}
		owed, n := false, 0
		for _, l := range m.Lines {
			if c := b.Claims[l.Payload]; c != nil && c.Due <= end && leftOn(c, end) > 0 {
				owed = true
			}
		}
		for _, r := range b.remindersOf(m) {
			if r.Day.Time().Year() == year {
				n++
			}
		}
		if owed && n < least {
			out = append(out, m)
		}
	}
	return out
}

// LastOf is the last day of a year.
func LastOf(year int) register.Day {
	return register.DayOf(time.Date(year, time.December, 31, 0, 0, 0, 0, time.UTC))
}

// leftOn is what was owed on a claim at the end of a day, by what was booked until then.
func leftOn(c *Claim, day register.Day) int64 {
	if c.Claimed > day {
		return 0
	}
	left := c.Amount
	for _, m := range c.moves {
		if m.day <= day {
			left -= m.amount
		}
	}
	return left
}

// Lapsed returns the unpaid claims by which a membership ends on a day, by the policy's
// clock; nil where it does not. It does not see what waits: ask InQueue. With the clock claims so many years' claims are unpaid and
// past their day, one after the other up to the newest; with due-date it is so many years since the first
// of those that are unpaid was due.
func (b *Books) Lapsed(l policy.Lapse, m *Member, day register.Day) []*Claim {
	if m.Left || l.UnpaidYears == 0 {
		return nil
	}
	var due, unpaid []*Claim
	for _, line := range m.Lines {
		if c := b.Claims[line.Payload]; c != nil && c.Gone == "" && c.Due < day {
			due = append(due, c)
		}
	}
	slices.SortFunc(due, func(x, y *Claim) int { return x.Year - y.Year })
	for _, c := range due {
		if c.Left() > 0 {
			unpaid = append(unpaid, c)
		}
	}
	if len(unpaid) == 0 {
		return nil
	}
	if l.Clock == policy.ClockDueDate {
		const months = 12
		if unpaid[0].Due.AddMonths(months*l.UnpaidYears) < day {
			return unpaid
		}
		return nil
	}
	if n := l.UnpaidYears; len(due) < n || slices.ContainsFunc(due[len(due)-n:], func(c *Claim) bool { return c.Left() == 0 }) {
		return nil
	}
	return unpaid
}
