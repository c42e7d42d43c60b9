package desk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/phone"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// sendingDays is how many days back a bound per month counts.
const sendingDays = 30

// sendingReceipt makes the receipt of what the options ask for, without its count.
func (d *Desk) sendingReceipt(p *SendingPlan, id register.RecordID) (*access.Sending, error) {
	o := &p.Options
	me, err := d.officer()
	if err != nil {
		return nil, err
	}
	day, err := d.commitDay()
	if err != nil {
		return nil, err
	}
	if err := o.check(d.Secretary()); err != nil {
		return nil, err
	}
	r := &access.Sending{ID: id, Month: day.Month(), Channel: o.Channel, By: me, Made: day, Planned: max(o.Planned, day),
		Audience: []string{policy.AudienceUnit}, Automatic: o.Automatic, Parts: o.Parts, Main: d.head.String(),
		Filtered: o.Office != "" || o.Class != "" || o.Where != nil || o.Members != nil}
	if r.Units, err = d.sendingUnits(p); err != nil {
		return nil, err
	}
	r.Unit = access.TopUnit(d.state.Policy, r.Units)
	if o.Below {
		r.Audience[0] = policy.AudienceBelow
	}
	if o.Office != "" {
		r.Audience = append(r.Audience, policy.AudienceOffices)
	}
	if o.Class != "" || o.Where != nil {
		r.Audience = append(r.Audience, policy.AudienceFilter)
	}
	first := d.local.genesis
	if first.IsZero() {
		if first, err = d.genesis(d.head); err != nil {
			return nil, err
		}
	}
	r.Event = access.EventToken(first.String(), record.Fold(o.Event))
	r.Plan, err = d.ownPlan(r)
	return r, err
}

// check refuses options that make no sense together.
func (o *SendingOptions) check(secretary bool) error {
	sms := o.Channel == policy.ChannelSMS
	switch {
	case o.Members != nil && (len(o.Units) > 0 || o.Below || o.Office != "" || o.Class != "" || o.Where != nil),
		o.Members != nil && o.Automatic == "" && (!secretary || len(o.Members) != 1),
		o.Members == nil && len(o.Units) == 0:
		return ErrSendingMembers
	case len(o.Subject) > record.SendingSubjectLimit:
		return ErrSendingSubject
	case sms != (o.Parts > 0):
		return ErrSendingParts
	}
	if _, err := record.CheckText(o.Subject, false); err != nil {
		return ErrSendingSubject
	}
	return nil
}

// sendingUnits are the units of whose members somebody may get it, sorted: without the
// protected ones, but where one of those is asked for alone.
func (d *Desk) sendingUnits(p *SendingPlan) ([]register.UnitID, error) {
	o := &p.Options
	var out []register.UnitID
	if o.Members != nil {
		return d.unitsOf(o.Members)
	}
	for _, u := range o.Units {
		if _, ok := d.state.Policy.Unit(u); !ok {
			return nil, d.unknownUnit(u)
		}
		out = append(out, u)
	}
	if o.Below {
		for i := range d.state.Policy.Units {
			u := d.state.Policy.Units[i].ID
			if d.state.Units[u] != nil && slices.ContainsFunc(o.Units, func(top register.UnitID) bool { return d.state.Policy.Below(u, top) }) {
				out = append(out, u)
			}
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) == 1 {
		return out, nil
	}
	kept := out[:0]
	for _, u := range out {
		if !d.state.Policy.Protects(u) {
			kept = append(kept, u)
			continue
		}
		n, err := d.state.Members(u)
		if err != nil {
			return nil, err
		}
		p.LeftOut[LeftProtected] += n
	}
	return kept, nil
}

// unitsOf are the units in which members are active on main, sorted, among those that
// the identity reads.
func (d *Desk) unitsOf(ids []register.RecordID) ([]register.UnitID, error) {
	mine, err := d.readable(nil)
	if err != nil {
		return nil, err
	}
	want := map[register.RecordID]bool{}
	for _, id := range ids {
		want[id] = true
	}
	var out []register.UnitID
	for _, u := range mine {
		there, err := d.activeAt(d.tree, []register.UnitID{u})
		if err != nil {
			return nil, err
		}
		for id := range there {
			if want[id] {
				out = append(out, u)
				break
			}
		}
	}
	slices.Sort(out)
	if len(out) == 0 {
		return nil, ErrSendingNobody
	}
	return out, nil
}

// audience finds whom a sending reaches, and counts whom it leaves out.
func (d *Desk) audience(p *SendingPlan) ([]*Member, error) {
	o, r := &p.Options, p.Receipt
	all, err := d.Members(Query{Units: r.Units, Main: true})
	if err != nil {
		return nil, err
	}
	chosen, err := d.chosen(o, all)
	if err != nil {
		return nil, err
	}
	leaving, err := d.ownLeavers(r.Units)
	if err != nil {
		return nil, err
	}
	had, err := d.hadBefore(r)
	if err != nil {
		return nil, err
	}
	var reached map[register.RecordID]register.Day
	if o.Once != nil {
		if reached, err = d.reached(o.Automatic, o.Condition); err != nil {
			return nil, err
		}
	}
	var out []*Member
	for _, m := range chosen {
		if since, ok := o.Once[m.Path.ID]; ok && reached[m.Path.ID] >= since {
			p.LeftOut[LeftReached]++
			continue
		}
		why := d.leftOut(o, m, leaving, had)
		if why == "" && d.mayHaveHad(p, m, had) {
			why = LeftEvent
		}
		if why != "" {
			p.LeftOut[why]++
			continue
		}
		out = append(out, m)
	}
	if n := len(o.Members) - len(chosen); n > 0 { // no active members of main any more
		p.LeftOut[LeftGone] += n
	}
	slices.SortFunc(out, func(a, b *Member) int { return strings.Compare(string(a.Path.ID), string(b.Path.ID)) })
	return out, nil
}

// mayHaveHad tells whether a member has had as many SMS about the event as the policy
// allows, if what lies on the server of her unit was for her too: whom it is for is sealed.
func (d *Desk) mayHaveHad(p *SendingPlan, m *Member, had *hadBefore) bool {
	most := d.state.Policy.Sendings.SMS.PerEvent
	if most == 0 || p.Receipt.Channel != policy.ChannelSMS {
		return false
	}
	n := had.event[m.Path.ID]
	for _, r := range p.waiting {
		if p.Receipt.SameEvent(r) && slices.Contains(r.Units, m.Path.Unit) && !had.counted[r.ID] {
			n++
		}
	}
	return n >= most
}

// chosen are those of the members whom the options ask for.
func (d *Desk) chosen(o *SendingOptions, all []*Member) ([]*Member, error) {
	named := map[register.RecordID]bool{}
	for _, id := range o.Members {
		named[id] = true
	}
	var holds []func(*Member) bool
	for _, x := range []struct {
		word string
		kind record.Type
	}{{o.Office, record.TypeChoices}, {o.Class, record.TypeChoice}} {
		if x.word == "" {
			continue
		}
		hold, err := d.holders(x.word, x.kind)
		if err != nil {
			return nil, err
		}
		holds = append(holds, hold)
	}
	var out []*Member
	for _, m := range all {
		if o.Members != nil && !named[m.Path.ID] || slices.ContainsFunc(holds, func(hold func(*Member) bool) bool { return !hold(m) }) {
			continue
		}
		if o.Where != nil {
			ok, err := o.Where(m)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// holders finds the field of a kind that has a choice of the id or the name, and returns
// whether it stands in a record today. Who has held a post before, and whose term is
// over, does not have it in her record any more: the register keeps no other posts.
func (d *Desk) holders(word string, kind record.Type) (func(*Member) bool, error) {
	p := d.state.Policy
	folded := record.Fold(word)
	type found struct{ field, choice string }
	var all []found
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.Type != kind {
			continue
		}
		for _, id := range f.Choices {
			c, _ := f.Choice(id)
			same := record.Fold(id) == folded
			for _, name := range c.Name {
				same = same || record.Fold(name) == folded
			}
			if same {
				all = append(all, found{f.Key, id})
			}
		}
	}
	if len(all) != 1 {
		return nil, ErrSendingPost
	}
	at := all[0]
	return func(m *Member) bool {
		if d.FieldRight(m.Path.Unit, at.field) < policy.Read {
			return false
		}
		v := m.Record.Fields[at.field]
		if v.IsList() {
			return slices.Contains(v.List(), at.choice)
		}
		return v.String() == at.choice
	}, nil
}

// leftOut is why a member gets nothing, "" where she does.
func (d *Desk) leftOut(o *SendingOptions, m *Member, leaving map[register.RecordID]bool, had *hadBefore) LeftOut {
	schema := d.state.Policy.Schema()
	rules := &d.state.Policy.Sendings
	objects := schema.Objections(m.Record)
	switch {
	case leaving[m.Path.ID]:
		return LeftGone
	case schema.Restriction(m.Record) != "":
		return LeftRestricted
	case slices.Contains(objects, record.ObjectsBy(o.Channel)),
		!o.Needed && (slices.Contains(objects, record.ObjectsAll) || o.Purpose != "" && slices.Contains(objects, o.Purpose)):
		return LeftObjects
	case d.state.Policy.Protects(m.Path.Unit) && !d.Secretary():
		return LeftProtected
	case d.AddressOf(o.Channel, m) == "":
		return LeftNoAddress
	case schema.BouncedIn(m.Record, o.Channel) != "":
		return LeftBounced
	case had.event[m.Path.ID] > 0 && rules.SMS.PerEvent > 0 && had.event[m.Path.ID] >= rules.SMS.PerEvent:
		return LeftEvent
	}
	if most := perMonth(rules, o.Channel); most > 0 && !o.Needed && had.month[m.Path.ID] >= most {
		return LeftLimit
	}
	return ""
}

// perMonth is the most that one member gets by a channel in 30 days, 0 for no bound.
func perMonth(rules *policy.Sendings, channel string) int {
	switch channel {
	case policy.ChannelEmail:
		return rules.Email.PerMonth
	case policy.ChannelSMS:
		return rules.SMS.PerMonth
	}
	return rules.Letter.PerMonth
}

// AddressOf returns where a member is reached by a channel, as far as the identity's
// offices may see it; "" where she is not. An SMS needs a mobile's number, which comes in
// E.164, and a letter a street or a box with its place.
func (d *Desk) AddressOf(channel string, m *Member) string {
	first := func(kind record.Type) string {
		p := d.state.Policy
		for i := range p.Fields {
			f := &p.Fields[i]
			if v := m.Record.Fields[f.Key]; f.Type == kind && !v.Empty() && d.FieldRight(m.Path.Unit, f.Key) >= policy.Read {
				if kind != record.TypePhone {
					return v.String()
				}
				if to := phone.MobileE164(v.String()); to != "" {
					return to
				}
			}
		}
		return ""
	}
	switch channel {
	case policy.ChannelEmail:
		return first(record.TypeEmail)
	case policy.ChannelSMS:
		return first(record.TypePhone)
	case policy.ChannelLetter:
		street, place := first(record.TypeStreet), strings.TrimSpace(first(record.TypePostcode)+" "+first(record.TypeCity))
		if street == "" || place == "" {
			return ""
		}
		return fmt.Sprintf("%s\n%s", street, place)
	}
	return ""
}
