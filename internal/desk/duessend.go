package desk

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

// ClaimCondition says in the words of --where to whom claims of a year go. It stands in the
// sealed lists of them, which say so of which year they were.
func ClaimCondition(year int) string {
	return fmt.Sprintf("\"%d %s\" in %s", year, record.Open, record.Dues)
}

// UnsentClaims returns the claims that o says on which something is owed and that no
// sending has reached their members with: those that were claimed and not sent, or whose
// sending ended before it had its receipt.
func (d *Desk) UnsentClaims(o DuesClaimOptions) (*DuesClaims, error) {
	x, err := d.Dues(o.Unit)
	if err != nil {
		return nil, err
	}
	reached, err := d.reached(access.SendingClaim, ClaimCondition(o.Year))
	if err != nil {
		return nil, err
	}
	out := &DuesClaims{}
	for _, c := range x.Order {
		m := x.Has(c.Payload)
		if c.Year != o.Year || c.Left() == 0 || m == nil || m.Left || o.Members != nil && !slices.Contains(o.Members, m.ID) || !d.notReached(reached, m, c.Claimed) {
			continue
		}
		out.Claims, out.Of = append(out.Claims, c), append(out.Of, m)
		out.Sum += c.Left()
	}
	return out, nil
}

// UnsentReminders returns the reminders of the last week that were noted, and that no
// sending has reached their members with, where something is still owed and nothing waits.
func (d *Desk) UnsentReminders(named register.UnitID) (*DuesReminders, error) {
	x, err := d.Dues(named)
	if err != nil {
		return nil, err
	}
	reached, err := d.Reached(access.SendingReminder)
	if err != nil {
		return nil, err
	}
	out := &DuesReminders{LeftOut: map[dues.Unreminded]int{}}
	for _, c := range x.Order {
		m := x.Has(c.Payload)
		if c.Left() == 0 || m == nil || m.Left || len(c.Reminds) == 0 {
			continue
		}
		last := c.Reminds[len(c.Reminds)-1]
		channel := dues.Channel(x.Rules.Policy, m)
		if channel == "" || last.Day.Add(dues.Apart) <= d.Today() || !d.notReached(reached, m, last.Day) || x.InQueue(x.Rules, c, m) {
			continue
		}
		out.Claims, out.Of, out.Channels = append(out.Claims, c), append(out.Of, m), append(out.Channels, channel)
	}
	return out, nil
}

// notReached tells whether nothing has reached a member on a day or later. When the receipts
// of that day are not kept any more, nobody can say that, and it is false.
func (d *Desk) notReached(reached map[register.RecordID]register.Day, m *dues.Member, since register.Day) bool {
	return retention.SendingUntil(d.state.Policy, since.Month()) >= d.Today() && reached[m.ID] < since
}
