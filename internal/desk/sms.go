package desk

import (
	"context"
	"errors"
	"slices"

	"github.com/medlem-register/medlem/internal/intake"
	"github.com/medlem-register/medlem/internal/phone"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Who asks by SMS to join is a stranger of whom a name and a number are known. She waits as
// a proposal, in no list and without a record, until the secretariat has what the form
// asks for, and takes her in with it.

// SMSJoinsLimit is how many requests by SMS are proposed at one time.
const SMSJoinsLimit = 200

// ErrNotBySMS says that a proposal that is to be completed is none that came by SMS.
var ErrNotBySMS = errors.New("only what somebody asked by SMS is completed when it is taken in")

// SMSTaken is what became of the SMS that a gateway received.
type SMSTaken struct {
	Taken   []Received
	Waiting int // from numbers whose request waits already, or stands further up
	Members int // from numbers of members whom the identity reads
	Junk    int // that do not ask to join, or not from a mobile's number
	Left    int // beyond SMSJoinsLimit: for the next time
}

// TakeSMS proposes to the secretariat, one by one, what strangers have asked by SMS. A
// number that is a member's, or from which somebody waits, is not proposed again.
func (d *Desk) TakeSMS(ctx context.Context, u register.UnitID, list []intake.SMS) (*SMSTaken, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	p := d.state.Policy
	if p.Pages == nil {
		return nil, ErrNoPages
	}
	if unit, ok := p.Unit(u); !ok || !p.JoiningForm(unit) {
		return nil, &intake.RefusedError{Rule: intake.RuleNoForm}
	}
	if p.Pages.Joining.SMS == nil {
		return nil, &intake.RefusedError{Rule: intake.RuleNoSMS}
	}
	if err := d.may(policy.ActRequest, u); err != nil {
		return nil, err
	}
	if !slices.Contains(d.readableUnits(), u) {
		return nil, ErrSentNotHere // the merge takes it from nobody who does not read the unit
	}
	if err := d.lives(u); err != nil {
		return nil, err
	}
	waiting, err := d.waitingNumbers()
	if err != nil {
		return nil, err
	}
	members, err := d.memberNumbers()
	if err != nil {
		return nil, err
	}
	out := &SMSTaken{}
	for _, m := range list {
		r, ok := intake.JoinBySMS(p, u, m)
		if !ok {
			out.Junk++
			continue
		}
		number := numberIn(p, r)
		switch {
		case members[number]:
			out.Members++
			continue
		case waiting[number]:
			out.Waiting++
			continue
		case len(out.Taken) == SMSJoinsLimit:
			out.Left++
			continue
		}
		ch, err := d.judgeSent(r, nil)
		if err != nil {
			return out, err
		}
		s, err := d.proposeRequest(ctx, ch.Request)
		if err != nil {
			return out, err // what was proposed before waits, and is not proposed again
		}
		waiting[number] = true
		out.Taken = append(out.Taken, Received{Submission: s, Change: ch})
	}
	return out, d.numberTaken(ctx, out.Taken)
}

// numberTaken finds out under which numbers the secretariat's own proposals wait.
func (d *Desk) numberTaken(ctx context.Context, taken []Received) error {
	if !d.Secretary() || len(taken) == 0 {
		return nil
	}
	if _, err := d.Sync(ctx); err != nil {
		return err
	}
	me, err := d.me()
	if err != nil {
		return err
	}
	ps, err := d.inbox()
	if err != nil {
		return err
	}
	for i := range taken {
		for _, p := range ps {
			if p.Handle == me && p.Topic == taken[i].Submission.Topic {
				taken[i].N = p.N
			}
		}
	}
	return nil
}

// numberIn is the number in a joining form, in E.164; "" there is none of a mobile.
func numberIn(p *policy.Policy, r *record.Request) string {
	for _, x := range r.Set {
		if x.Key == p.JoiningPhone() {
			return phone.MobileE164(x.Value.String())
		}
	}
	return ""
}

// waitingNumbers are the numbers from which somebody waits, by form or SMS, in one's own
// proposals and, for the secretariat, in everybody's.
func (d *Desk) waitingNumbers() (map[string]bool, error) {
	all, err := d.asked()
	if err != nil {
		return nil, err
	}
	if d.Secretary() {
		ps, err := d.inbox()
		if err != nil {
			return nil, err
		}
		for _, p := range ps {
			rs, err := d.requestsOf(p)
			if err != nil {
				continue // somebody's damaged proposal, which no review opens either
			}
			all = append(all, rs...)
		}
	}
	out := map[string]bool{}
	for i := range all {
		if all[i].Kind == record.RequestJoin {
			out[numberIn(d.state.Policy, &all[i])] = true
		}
	}
	delete(out, "")
	return out, nil
}

// memberNumbers are the mobile numbers of the members whom the identity reads.
func (d *Desk) memberNumbers() (map[string]bool, error) {
	ms, err := d.Members(Query{})
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, f := range d.state.Policy.Fields {
		if f.Type != record.TypePhone {
			continue
		}
		for _, m := range ms {
			if v := m.Record.Fields[f.Key]; !v.Empty() {
				out[phone.MobileE164(v.String())] = true
			}
		}
	}
	delete(out, "")
	return out, nil
}

// complete adds to what somebody asked by SMS what she has told since, and looks again
// whether she is registered already.
func (d *Desk) complete(r *Review, set map[string]record.Value) error {
	if len(set) == 0 {
		return nil
	}
	if len(r.Changes) != 1 || r.Changes[0].Request == nil || r.Changes[0].Request.From != record.FromSMS {
		return ErrNotBySMS
	}
	next := *r.Changes[0].Request
	next.Set = slices.DeleteFunc(slices.Clone(next.Set), func(x record.Set) bool { _, ok := set[x.Key]; return ok })
	for key, v := range set {
		if !v.Empty() {
			next.Set = append(next.Set, record.Set{Key: key, Value: v})
		}
	}
	ch, err := d.judgeSent(&next, nil)
	if err != nil {
		return err
	}
	r.Changes[0] = ch
	return d.twins(r)
}
