package desk

import (
	"errors"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// WelcomeDays is for how many days after somebody came to main she is greeted: whoever
// came before is no new member any more.
const WelcomeDays = 60

// welcomeID is the id, in sendings.yaml, of the message that greets a new member.
const welcomeID = "welcome"

// ErrNoWelcome says that the policy has no message that greets new members.
var ErrNoWelcome = errors.New("the policy sends new members no greeting (policies/sendings.yaml, automatic: one with the id welcome, on: join)")

// WelcomeChannel is how new members are greeted; "" where the policy does not say.
func WelcomeChannel(p *policy.Policy) string {
	for _, m := range p.Sendings.Automatic {
		if m.ID == welcomeID && m.On == "join" {
			return m.Channel
		}
	}
	return ""
}

// Unwelcomed returns the new members, of main alone, whom no greeting has reached, by
// id: whoever the secretariat has taken in and came to main within WelcomeDays, for the
// first time. That a greeting reached her is what the sealed list of the sending says:
// it is committed before the first message goes, so that nobody is greeted twice.
func (d *Desk) Unwelcomed() ([]*Member, error) {
	if WelcomeChannel(d.state.Policy) == "" {
		return nil, ErrNoWelcome
	}
	since := d.Today().Add(-WelcomeDays)
	before, err := d.everHere(since)
	if err != nil {
		return nil, err
	}
	units, err := d.readable(nil)
	if err != nil {
		return nil, err
	}
	now, err := d.activeAt(d.tree, units)
	if err != nil {
		return nil, err
	}
	for id := range now {
		if before[id] {
			delete(now, id)
		}
	}
	if len(now) == 0 {
		return nil, nil
	}
	greeted, err := d.Reached(access.SendingWelcome)
	if err != nil {
		return nil, err
	}
	all, err := d.Members(Query{Units: units, Main: true})
	if err != nil {
		return nil, err
	}
	var out []*Member
	for _, m := range all {
		_, done := greeted[m.Path.ID]
		if now[m.Path.ID] && !done && newSince(d.state.Policy.Schema(), m.Record, since) {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b *Member) int { return strings.Compare(string(a.Path.ID), string(b.Path.ID)) })
	return out, nil
}

// newSince tells whether a record says nothing against its member's having joined since a
// day: old members who are read in from a list have joined long ago.
func newSince(s *record.Schema, r *record.Record, since register.Day) bool {
	if !slices.ContainsFunc(s.Fields, func(f record.Field) bool { return f.Key == joinedField && f.Type == record.TypeDate }) {
		return true
	}
	joined := r.Fields[joinedField].String()
	return joined == "" || register.Day(joined) >= since
}

// everHere returns who had a record in any unit, active or closed, in main's last commit
// before a day or, where main begins later, in its first: nobody, but in a register that
// takes the place of another. It needs no key.
func (d *Desk) everHere(day register.Day) (map[register.RecordID]bool, error) {
	out := map[register.RecordID]bool{}
	for id := d.head; !id.IsZero(); {
		c, err := gitstore.ReadCommit(d.repo, id)
		if err != nil {
			return nil, err
		}
		if register.DayOf(c.Committer.When) < day || len(c.Parents) == 0 {
			return out, d.walk(c.Tree, "data", func(p register.Path, _ gitstore.Entry) error {
				if p.Kind == register.Member || p.Kind == register.Closed {
					out[p.ID] = true
				}
				return nil
			})
		}
		id = c.Parents[0]
	}
	return out, nil
}
