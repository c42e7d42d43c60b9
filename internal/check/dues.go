package check

import (
	"strconv"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// dues: who collects them, and that nothing of the books goes or changes.
var (
	ruleDuesAct = newRule("dues/act", inProposal|inMain,
		"dues by somebody who does not collect them: in a proposal, or by an office that may not",
		"leave dues to the level that the policy names; an officer sends a claim again with medlem dues again")
	ruleLedger = newRule("dues/ledger", inProposal|inMain,
		"a file of the ledger of dues that changes, goes before its time, or lies where dues are not collected",
		"book what corrects it with medlem dues; what is older than the policy keeps goes with medlem retention tidy")
)

// ledger judges a change of a file of the ledger: it comes on main, by an office that may
// claim dues in its unit, and stays as it is until the policy's years are over.
func (r *run) ledger(s *step, x *scope, c *change, need func(register.UnitID, *change, ...policy.Act)) {
	if x.state == nil { // the books of a register that this one takes the place of
		if c.p.Year > x.day.Year() {
			r.add(ruleLedger, s.at(c), "the year %s has not begun", c.p.Year)
		}
		return
	}
	if !x.onMain {
		r.add(ruleDuesAct, s.at(c), "a proposal touches the ledger of dues")
		return
	}
	p := x.state.Policy
	switch {
	case c.added():
		if u, ok := p.Unit(c.p.Unit); p.Dues.CollectedBy == "" || ok && u.Level != p.Dues.CollectedBy {
			r.add(ruleLedger, s.at(c), "the policy does not collect dues in unit %q", string(c.p.Unit))
		}
		if c.p.Year > x.day.Year() {
			r.add(ruleLedger, s.at(c), "the year %s has not begun", c.p.Year)
		}
		if x.signer != "" && !x.state.May(x.signer, policy.ActDues, c.p.Unit, x.day) {
			r.add(ruleDuesAct, s.at(c), "%s may not claim or book dues in unit %q on %s", x.signer, string(c.p.Unit), x.day)
		}
	case c.removed() && x.next != nil && LedgerPast(p, c.p.Year, x.day):
		need(c.p.Unit, c, policy.ActErase)
	case c.changed() && x.rekey == c.p.Unit: // sealed anew: judged as a whole
	default:
		r.add(ruleLedger, s.at(c), "a file of the ledger was changed or removed")
	}
}

// LedgerPast tells whether the ledger of an accounting year is kept no longer on a day:
// so many whole years have passed after it as the policy says. A policy that does not say
// keeps it for good.
func LedgerPast(p *policy.Policy, year string, day register.Day) bool {
	y, err := strconv.Atoi(year)
	return err == nil && p.Dues.KeepYears > 0 && y+p.Dues.KeepYears < day.Time().Year()
}
