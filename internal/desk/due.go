package desk

import (
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

// answerMonths is within how many months what somebody asks must be answered (GDPR
// art. 12(3)). What officers send is told by the same measure.
const answerMonths = 1

// DueOptions say what is looked for.
type DueOptions struct {
	Day     register.Day      // "": today
	Units   []register.UnitID // nil: all
	Ahead   int               // days: what is due within them is told too
	Members bool              // look into the records that the identity opens
}

// Due returns what is due on a day or soon after, by unit. Without Members it needs no key.
func (d *Desk) Due(o DueOptions) ([]retention.Item, error) {
	if d.state == nil {
		return nil, ErrNoRegister
	}
	for _, u := range o.Units {
		if _, ok := d.state.Policy.Unit(u); !ok {
			return nil, d.unknownUnit(u)
		}
	}
	if o.Day == "" {
		o.Day = d.Today()
	}
	out, err := retention.Of(d.state, d.repo, o.Day, o.Ahead, o.Units)
	if err != nil {
		return nil, err
	}
	add := func(i retention.Item) {
		if i.Until <= o.Day.Add(o.Ahead) && (len(o.Units) == 0 || slices.Contains(o.Units, i.Unit)) {
			out = append(out, i)
		}
	}
	if err := d.dueIdentities(o.Day, add); err != nil {
		return nil, err
	}
	if err := d.dueProposals(o.Members, add); err != nil {
		return nil, err
	}
	for i := range d.state.Policy.Units {
		unnamed, err := d.unnamed(d.state.Policy.Units[i].ID, o.Day)
		if err != nil {
			return nil, err
		}
		for _, x := range unnamed {
			add(x.Item)
		}
	}
	rekeys, err := d.RekeyDue(o.Day.Add(o.Ahead))
	if err != nil {
		return nil, err
	}
	for u, until := range rekeys {
		add(retention.Item{Kind: retention.Rekey, Unit: u, Until: until})
	}
	if o.Members {
		if err := d.dueConfirmations(o, add); err != nil {
			return nil, err
		}
		if err := d.dueDues(o, add); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, retention.Item.Compare)
	return out, nil
}

// dueIdentities finds officers with access who have not made new keys, by main's
// history, once each, in the first unit of their grants.
func (d *Desk) dueIdentities(day register.Day, add func(retention.Item)) error {
	days := d.state.Policy.Retention.Rotate
	if days == 0 {
		return nil
	}
	chain, err := d.firstParents()
	if err != nil {
		return err
	}
	_, rotated, err := d.traces(chain)
	if err != nil {
		return err
	}
	seen := map[register.Handle]bool{}
	for i := range d.state.Policy.Units {
		st := d.state.Units[d.state.Policy.Units[i].ID]
		if st == nil {
			continue
		}
		for h, g := range st.Grants {
			if !seen[h] && rotated[h] != "" && g.Active(day) {
				seen[h] = true
				add(retention.Item{Kind: retention.Identity, Unit: g.Unit, Until: rotated[h].Add(days), ID: string(h)})
			}
		}
	}
	return nil
}

// waitingRefs are the proposals that are here, by their refs' names on the server: of the
// inbox of a copy, or in a mirror or on the server itself as they lie there.
func (d *Desk) waitingRefs() (map[string]gitstore.ID, error) {
	out, err := d.repo.Refs(register.Proposals)
	if err != nil {
		return nil, err
	}
	inbox, err := d.repo.Refs(inboxRefs)
	for name, head := range inbox {
		out[register.Proposals+name[len(inboxRefs):]] = head
	}
	return out, err
}

// dueProposals finds the proposals that wait. What they ask for only a key tells: a list
// has its own number of days in the policy, and who wants to become a member is told
// apart.
func (d *Desk) dueProposals(open bool, add func(retention.Item)) error {
	refs, err := d.waitingRefs()
	if err != nil {
		return err
	}
	for name, head := range refs {
		h, topic, err := register.ParseProposalRef(name)
		if err != nil {
			continue
		}
		unit, err := register.ParseTopic(topic)
		if err != nil {
			continue
		}
		c, err := gitstore.ReadCommit(d.repo, head)
		if err != nil {
			d.warn(Warning{Kind: WarnUnreadable, Topic: string(h) + "/" + topic})
			continue
		}
		sent := register.DayOf(c.Committer.When)
		i := retention.Item{Kind: retention.Proposal, Unit: unit, Until: sent.AddMonths(answerMonths), ID: string(h) + "/" + topic}
		if open {
			d.dueRequest(head, sent, &i)
		}
		add(i)
	}
	return nil
}

// dueRequest says of a waiting proposal what it asks for, where the identity opens it.
func (d *Desk) dueRequest(head gitstore.ID, sent register.Day, i *retention.Item) {
	l, err := d.layer("", head)
	if err != nil {
		return // it is not for her
	}
	asked, err := d.requests(l)
	if err != nil {
		return // whoever merges is told
	}
	for _, r := range asked {
		switch r.Kind {
		case record.RequestJoin:
			i.Kind = retention.Join
		case record.RequestList:
			if k, ok := listKind(d.state.Policy, r.List); ok && k.AnswerWithin > 0 {
				i.Until = min(i.Until, sent.Add(k.AnswerWithin))
			}
		}
	}
}

// dueConfirmations finds the members who have not confirmed for as long as the policy
// says that what is kept about them is right, and have not been asked by a message either.
// Those who never have are due at once.
func (d *Desk) dueConfirmations(o DueOptions, add func(retention.Item)) error {
	if confirmMonths(d.state.Policy) == 0 {
		return nil
	}
	asked, err := d.Reached(access.SendingConfirm)
	if err != nil {
		return err
	}
	ms, err := d.Members(Query{Units: o.Units})
	if err != nil {
		return err
	}
	for _, m := range ms {
		add(retention.Item{Kind: retention.Unconfirmed, Unit: m.Path.Unit, Until: d.confirmUntil(m, asked[m.Path.ID], o.Day), ID: string(m.Path.ID)})
	}
	return nil
}
