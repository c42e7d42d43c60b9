package desk

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// RunPlan is what a run of erasures would be.
type RunPlan struct {
	Records []seal.RunRecord    // by id
	Left    int                 // whose time is over too, and who wait for another run
	Kept    []register.RecordID // likewise, and restricted: no run names them
	Brakes  policy.Brakes       // by which it is proposed
	Until   register.Day        // the last day of its quarantine
}

// PlanRun says what a run would erase today: closed records alone, whose month has
// ended, those first that have waited longest, and no more than the brakes allow. Those that
// are restricted are kept.
func (d *Desk) PlanRun() (*RunPlan, error) {
	if _, err := d.secretariat(); err != nil {
		return nil, err
	}
	day, err := d.commitDay()
	if err != nil {
		return nil, err
	}
	b := d.state.Policy.RunBrakes()
	plan := &RunPlan{Brakes: b, Until: day.Add(b.Quarantine)}
	var over []register.Path
	if over, plan.Kept, err = d.timeOver(day); err != nil {
		return nil, err
	}
	records, err := d.state.AllRecords()
	if err != nil {
		return nil, err
	}
	if most := min(b.Most(records), access.RunLimit); len(over) > most {
		over, plan.Left = over[:most], len(over)-most
	}
	ms, err := d.closedAt(over)
	if err != nil {
		return nil, err
	}
	for _, m := range ms {
		rule := m.Record.Fields[record.Reason].String()
		if _, ok := d.state.Policy.Reason(rule); !ok {
			rule = access.FormerReason
		}
		plan.Records = append(plan.Records, seal.RunRecord{ID: m.Path.ID, Unit: m.Path.Unit, Rule: rule, Month: m.Path.Month})
	}
	slices.SortFunc(plan.Records, func(a, b seal.RunRecord) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return plan, nil
}

// timeOver returns the closed records whose month has ended on a day, those first
// whose month ended first; and those apart that are restricted.
func (d *Desk) timeOver(day register.Day) ([]register.Path, []register.RecordID, error) {
	all, err := d.monthHere()
	if err != nil {
		return nil, nil, err
	}
	out := slices.DeleteFunc(all, func(p register.Path) bool { return p.Month >= day.Month() })
	slices.SortStableFunc(out, func(a, b register.Path) int { return strings.Compare(string(a.Month), string(b.Month)) })
	return d.unrestricted(out)
}

// closedAt opens closed records of main.
func (d *Desk) closedAt(paths []register.Path) ([]*Member, error) {
	var out []*Member
	for _, p := range paths {
		if err := d.may(policy.ActErase, p.Unit); err != nil {
			return nil, err
		}
		m, err := d.present(p)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// heldByProposals returns the records that open proposals change or ask something
// about: somebody has more to say of them than that their time is over.
func (d *Desk) heldByProposals() (map[register.RecordID]bool, error) {
	ps, err := d.inbox()
	if err != nil {
		return nil, err
	}
	held := map[register.RecordID]bool{}
	for _, p := range ps {
		_, cs, err := proposalDiff(d.repo, d.head, p.Head)
		if err != nil {
			continue // the check refuses it anyway
		}
		for _, c := range cs {
			if q, err := register.ParsePath(c.Path); err == nil && (q.Kind == register.Member || q.Kind == register.Closed) {
				held[q.ID] = true
			}
		}
		for _, r := range d.asksOf(cs) {
			held[r.Member] = true
		}
	}
	return held, nil
}

// asksOf opens the requests of a proposal, as far as they can be opened.
func (d *Desk) asksOf(cs []gitstore.Change) []record.Request {
	_, env, err := envelopeOf(cs)
	if err != nil || env.IsZero() {
		return nil
	}
	secret, err := d.openEnvelope(env)
	if err != nil {
		return nil // it cannot be merged either
	}
	reqs, err := d.requests(&layer{secret: secret, changes: cs})
	if err != nil {
		return nil
	}
	return reqs
}
