package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// Sendings returns what was sent to members of units (nil: of all) in a month ("": in
// any), and what is planned, the newest first. A plan that has been carried out is told by
// what carried it out. Receipts are clear: it needs no key.
func (d *Desk) Sendings(units []register.UnitID, month register.Month) ([]*PlannedSending, error) {
	var out []*PlannedSending
	done := map[register.RecordID]bool{}
	err := d.eachSending(month, func(x *PlannedSending) error {
		r := x.Receipt
		done[r.Plan] = true
		in := len(units) == 0 || slices.ContainsFunc(r.Units, func(u register.UnitID) bool { return slices.Contains(units, u) })
		if in && (month == "" || r.Month == month) {
			out = append(out, x)
		}
		return nil
	})
	out = slices.DeleteFunc(out, func(x *PlannedSending) bool { return done[x.Receipt.ID] })
	slices.SortFunc(out, func(a, b *PlannedSending) int {
		return cmp.Or(cmp.Compare(b.Receipt.Planned, a.Receipt.Planned), cmp.Compare(b.Receipt.Made, a.Receipt.Made), cmp.Compare(a.Receipt.ID, b.Receipt.ID))
	})
	return out, err
}

// FindSending returns the sending whose id begins with what is given, at least four
// characters of it.
func (d *Desk) FindSending(id string) (*PlannedSending, error) {
	const least = 4
	var out *PlannedSending
	several := false
	err := d.eachSending("", func(x *PlannedSending) error {
		if len(id) >= least && strings.HasPrefix(string(x.Receipt.ID), id) {
			several = several || out != nil && out.Receipt.ID != x.Receipt.ID
			out = x
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case several:
		return nil, fmt.Errorf("sending %q: more than one id begins like that", id)
	case out == nil:
		return nil, ErrSendingGone
	}
	return out, nil
}

// eachSending calls fn for every receipt of a sending that was made in the month or
// later: main's, and one's own that wait where main does not have them yet.
func (d *Desk) eachSending(since register.Month, fn func(*PlannedSending) error) error {
	me, _ := d.me()
	seen, nothing := map[register.RecordID]bool{}, d.sentNothing()
	told := func(x *access.Sending, waits bool) error {
		if seen[x.ID] {
			return nil
		}
		seen[x.ID] = true
		office, of := d.sendingOffice(x)
		return fn(&PlannedSending{Receipt: x, Office: office, Of: of, Waits: waits, Own: x.By == me, Plan: x.IsPlan(), Void: x.IsVoid() || nothing[x.ID]})
	}
	if err := access.EachSending(d.repo, d.tree, since, func(x *access.Sending) error { return told(x, false) }); err != nil {
		return err
	}
	own, err := d.ownWaiting()
	if err != nil {
		return err
	}
	for _, w := range own {
		if w.receipt.Month >= since {
			if err := told(w.receipt, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendingOffice is the office by which a sending's officer wrote to its members, and in
// which unit she held it, as far as the grants of today say.
func (d *Desk) sendingOffice(x *access.Sending) (office string, of register.UnitID) {
	for _, g := range d.OfficesOf(x.By, x.Made) {
		if o, ok := d.state.Policy.Office(g.Office); ok && (o.Can(policy.ActSend) || o.Can(policy.ActDues)) {
			return g.Office, g.Unit
		}
	}
	return "", ""
}

// waitingSending is one's own sending that main does not have yet.
type waitingSending struct {
	receipt *access.Sending
	head    gitstore.ID
	changes []gitstore.Change
	ref     string
}

// ownWaiting returns one's own sendings that main does not have yet.
func (d *Desk) ownWaiting() ([]waitingSending, error) {
	refs, err := d.repo.Refs(drawRefs)
	if err != nil {
		return nil, err
	}
	var out []waitingSending
	for name, head := range refs {
		_, cs, err := proposalDiff(d.repo, d.head, head)
		if err != nil {
			return nil, err
		}
		for _, c := range cs {
			x, err := d.addedSending(d.repo, c)
			if err != nil {
				return nil, err
			}
			if x != nil {
				out = append(out, waitingSending{receipt: x, head: head, changes: cs, ref: name})
			}
		}
	}
	slices.SortFunc(out, func(a, b waitingSending) int { return strings.Compare(a.ref, b.ref) })
	return out, nil
}

// addedSending reads the receipt of a sending that a change adds; nil for another change.
func (d *Desk) addedSending(r gitstore.Reader, c gitstore.Change) (*access.Sending, error) {
	p, err := register.ParsePath(c.Path)
	if err != nil || p.Kind != register.Sending || !c.Old.ID.IsZero() || c.New.ID.IsZero() {
		return nil, nil
	}
	_, b, err := r.Object(c.New.ID)
	if err != nil {
		return nil, err
	}
	if len(b) > register.FlatLimit {
		return nil, nil
	}
	x, err := access.ParseSending(p, b)
	if err != nil {
		return nil, nil // the check refuses it
	}
	return x, nil
}

// ownPlan is one's own plan that a sending carries out: of the same channel, for units in
// common, about the same event, within the days of the policy; "" for none.
func (d *Desk) ownPlan(x *access.Sending) (register.RecordID, error) {
	if x.Planned != x.Made {
		return "", nil
	}
	var out register.RecordID
	done := map[register.RecordID]bool{}
	var plans []*access.Sending
	err := d.eachSending("", func(o *PlannedSending) error {
		r := o.Receipt
		if r.Plan != "" {
			done[r.Plan] = true
		}
		if o.Own && o.Plan && r.Channel == x.Channel && r.Event == x.Event && r.Overlaps(x) && d.near(x.Planned, r.Planned) {
			plans = append(plans, r)
		}
		return nil
	})
	for _, r := range plans {
		if !done[r.ID] && (out == "" || r.ID < out) {
			out = r.ID
		}
	}
	return out, err
}

// near tells whether two days are within the policy's days of each other.
func (d *Desk) near(a, b register.Day) bool {
	days := d.state.Policy.Sendings.PlanWindow
	return a <= b.Add(days) && b <= a.Add(days)
}

// otherSendings returns what other officers send, or plan to, to members of a sending's
// units, within the policy's days of it, the nearest first. waiting are those of
// proposals. A plan that has been carried out is told by what carried it out, and one
// whose day has passed is not told.
func (d *Desk) otherSendings(x *access.Sending, waiting []*access.Sending) ([]*PlannedSending, error) {
	done := map[register.RecordID]bool{}
	var found []*PlannedSending
	add := func(o *PlannedSending) {
		r := o.Receipt
		if r.Plan != "" {
			done[r.Plan] = true
		}
		if o.Plan && r.Planned < d.Today() || o.Void {
			return // nothing came of it
		}
		if r.By != x.By && r.Overlaps(x) && d.near(x.Planned, r.Planned) && !slices.ContainsFunc(found, func(f *PlannedSending) bool { return f.Receipt.ID == r.ID }) {
			found = append(found, o)
		}
	}
	since := x.Planned.Add(-366 - d.state.Policy.Sendings.PlanWindow).Month() // as long ahead as one may plan
	if err := d.eachSending(since, func(o *PlannedSending) error { add(o); return nil }); err != nil {
		return nil, err
	}
	for _, r := range waiting {
		office, of := d.sendingOffice(r)
		add(&PlannedSending{Receipt: r, Office: office, Of: of, Waits: true, Plan: r.IsPlan(), Void: r.IsVoid()})
	}
	found = slices.DeleteFunc(found, func(o *PlannedSending) bool { return done[o.Receipt.ID] })
	slices.SortFunc(found, func(a, b *PlannedSending) int {
		return cmp.Or(cmp.Compare(a.Receipt.Planned, b.Receipt.Planned), cmp.Compare(a.Receipt.ID, b.Receipt.ID))
	})
	return found, nil
}

// waitingLimit bounds how many proposals of others are looked into for their sendings.
const waitingLimit = 200

// othersWaiting returns the sendings of other officers that lie on the server as
// proposals for units above, below or among those of a sending. Only their clear
// receipts are read, and each is believed of whoever signed it alone. What cannot be
// fetched is left out: others' sendings are told as far as they are known. Nothing that
// was fetched stays here.
func (d *Desk) othersWaiting(ctx context.Context, x *access.Sending) ([]*access.Sending, error) {
	if d.there == nil || d.local.remote == "" {
		return nil, nil
	}
	remote, err := d.server()
	if err != nil {
		return nil, err
	}
	p := d.state.Policy
	wanted := map[string]gitstore.ID{}
	for name, id := range d.there {
		h, topic, err := register.ParseProposalRef(name)
		if err != nil || h == x.By {
			continue
		}
		unit, err := register.ParseTopic(topic)
		if err != nil || !slices.ContainsFunc(x.Units, func(u register.UnitID) bool { return p.Below(u, unit) || p.Below(unit, u) || u == unit }) {
			continue
		}
		if wanted[name] = id; len(wanted) == waitingLimit {
			break
		}
	}
	var missing []gitstore.ID
	for _, id := range wanted {
		if !d.repo.Has(id) {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		if _, err := remote.Fetch(ctx, d.repo, func(map[string]gitstore.ID) []gitstore.ID { return missing }, d.haves()); err != nil {
			d.warn(Warning{Kind: WarnOffline})
		}
	}
	var out []*access.Sending
	for name, id := range wanted {
		out = append(out, d.waitingOf(name, id)...)
	}
	// What others have sealed is not this copy's to keep: an erasure could not reach it.
	if missing = slices.DeleteFunc(missing, func(id gitstore.ID) bool { return !d.repo.Has(id) }); len(missing) > 0 {
		if _, err := d.repo.Forget(missing, sealedPath); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// waitingOf reads the sendings of one proposal that its author signed.
func (d *Desk) waitingOf(ref string, head gitstore.ID) []*access.Sending {
	h, _, err := register.ParseProposalRef(ref)
	if err != nil || !d.repo.Has(head) {
		return nil
	}
	c, err := gitstore.ReadCommit(d.repo, head)
	if err != nil {
		return nil
	}
	key, err := sign.Verify(c.Raw)
	if err != nil {
		return nil
	}
	if by, ok := d.state.SignerOf(key.Marshal()); !ok || by != h {
		return nil
	}
	_, cs, err := proposalDiff(d.repo, d.head, head)
	if err != nil {
		return nil
	}
	var out []*access.Sending
	for _, c := range cs {
		if x, err := d.addedSending(d.repo, c); err == nil && x != nil && x.By == h {
			out = append(out, x)
		}
	}
	return out
}

// hadBefore is what members have had, as far as the identity can open it.
type hadBefore struct {
	month   map[register.RecordID]int  // by the same channel, within 30 days
	event   map[register.RecordID]int  // SMS about the same event
	counted map[register.RecordID]bool // sendings
}

// hadBefore counts what the members of a sending's units have had: in every unit whose
// keyring the identity opens, since a member may have moved.
func (d *Desk) hadBefore(x *access.Sending) (*hadBefore, error) {
	out := &hadBefore{map[register.RecordID]int{}, map[register.RecordID]int{}, map[register.RecordID]bool{}}
	rules := &d.state.Policy.Sendings
	from := x.Made.Add(-sendingDays + 1)
	byEvent := x.Channel == policy.ChannelSMS && x.Event != "" && rules.SMS.PerEvent > 0
	byMonth := perMonth(rules, x.Channel) > 0
	if !byEvent && !byMonth {
		return out, nil
	}
	since := from.Month()
	if byEvent {
		since = ""
	}
	// Receipts say which of the lists need be opened at all.
	wanted := out.counted
	err := d.eachSending(since, func(o *PlannedSending) error {
		r := o.Receipt
		if r.ID != x.ID && !o.Plan && !o.Void && r.Channel == x.Channel && (byMonth && r.Made >= from || byEvent && r.Event == x.Event) {
			wanted[r.ID] = true
		}
		return nil
	})
	if err != nil || len(wanted) == 0 {
		return out, err
	}
	err = d.eachSent(since, func(id register.RecordID) bool { return wanted[id] }, func(l *record.SendingList) error {
		for _, m := range l.Members {
			if byMonth && l.Day >= from {
				out.month[m]++
			}
			if byEvent && l.Event == x.Event {
				out.event[m]++
			}
		}
		return nil
	})
	return out, err
}

// eachSent calls fn for every list of a sending that the identity opens, of those that
// were made in the month or later and whose id is wanted: main's, and one's own that
// wait.
func (d *Desk) eachSent(since register.Month, wanted func(register.RecordID) bool, fn func(*record.SendingList) error) error {
	mine, err := d.readable(nil)
	if err != nil {
		return err
	}
	for _, u := range mine {
		var k *seal.Keyring
		err := access.UnitSendingFiles(d.repo, d.tree, u, since, func(p register.Path, e gitstore.Entry) error {
			if p.Kind != register.SendingList || !wanted(p.ID) {
				return nil
			}
			if k == nil {
				if k, err = d.keyring(u); err != nil {
					return err
				}
			}
			l, err := d.openSendingList(p, k.Keys[p.ID], e.ID)
			if err != nil {
				return err
			}
			return fn(l)
		})
		if errors.Is(err, seal.ErrNotReader) {
			continue
		}
		if err != nil {
			return err
		}
	}
	return d.eachOwnSent(since, wanted, fn)
}

// eachOwnSent calls fn for the lists of one's own sendings that main does not have yet.
func (d *Desk) eachOwnSent(since register.Month, wanted func(register.RecordID) bool, fn func(*record.SendingList) error) error {
	own, err := d.ownWaiting()
	if err != nil {
		return err
	}
	for _, w := range own {
		if w.receipt.Month < since || !wanted(w.receipt.ID) || w.receipt.IsPlan() {
			continue
		}
		if _, ok, err := gitstore.Find(d.repo, d.tree, w.receipt.Path().String()); err != nil || ok {
			if err != nil {
				return err
			}
			continue // main's was counted
		}
		l, err := d.layer(w.ref, w.head)
		if err != nil {
			return err
		}
		for _, c := range l.changes {
			p, err := register.ParsePath(c.Path)
			if err != nil || p.Kind != register.SendingList || c.New.ID.IsZero() {
				continue
			}
			x, err := d.openSendingList(p, l.secret.Derive(seal.KindSending, p.Unit, p.ID), c.New.ID)
			if err != nil {
				return err
			}
			if err := fn(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// OpenSending returns the lists of whom a sending reached, as far as the identity can
// open them, by unit.
func (d *Desk) OpenSending(id register.RecordID) ([]*record.SendingList, error) {
	var out []*record.SendingList
	err := d.eachSent("", func(x register.RecordID) bool { return x == id }, func(l *record.SendingList) error {
		out = append(out, l)
		return nil
	})
	return out, err
}

// Reached returns whom something that the register sends by itself (one of
// access.SendingAutomatics) has reached, with the last day, as far as the identity can
// open it and the receipts are kept.
func (d *Desk) Reached(automatic string) (map[register.RecordID]register.Day, error) {
	return d.reached(automatic, "")
}

// reached is Reached of the sendings with a condition alone; "": of all.
func (d *Desk) reached(automatic, condition string) (map[register.RecordID]register.Day, error) {
	wanted := map[register.RecordID]bool{}
	err := d.eachSending("", func(o *PlannedSending) error {
		wanted[o.Receipt.ID] = o.Receipt.Automatic == automatic && !o.Plan && !o.Void
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := map[register.RecordID]register.Day{}
	err = d.eachSent("", func(id register.RecordID) bool { return wanted[id] }, func(l *record.SendingList) error {
		if condition != "" && l.Where != condition {
			return nil
		}
		for _, m := range l.Members {
			out[m] = max(out[m], l.Day)
		}
		return nil
	})
	return out, err
}

// A Message is a sending as a member's own page tells of it.
type Message struct {
	ID      register.RecordID
	Day     register.Day
	Channel string
	Subject string
	Office  string          // a key of access.yaml; "" where it is not known any more
	Of      register.UnitID // that the office is held in
}

// SentTo returns what was sent to members, by member, the newest first, as far as the
// identity can open it. only is the one member whom it is asked of; "" all.
func (d *Desk) SentTo(only register.RecordID) (map[register.RecordID][]Message, error) {
	by := map[register.RecordID]Message{}
	void := map[register.RecordID]bool{}
	err := d.eachSending("", func(o *PlannedSending) error {
		by[o.Receipt.ID] = Message{ID: o.Receipt.ID, Office: o.Office, Of: o.Of}
		void[o.Receipt.ID] = o.Void
		return nil
	})
	if err != nil || len(by) == 0 {
		return nil, err
	}
	out := map[register.RecordID][]Message{}
	err = d.eachSent("", func(id register.RecordID) bool { return !void[id] }, func(l *record.SendingList) error {
		m := by[l.ID]
		m.ID, m.Day, m.Channel, m.Subject = l.ID, l.Day, l.Channel, l.Subject
		for _, id := range l.Members {
			if only == "" || id == only {
				out[id] = append(out[id], m)
			}
		}
		return nil
	})
	for _, ms := range out {
		slices.SortFunc(ms, func(a, b Message) int { return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.ID, b.ID)) })
	}
	return out, err
}

// oldCopy tells whether this copy has not heard the server for longer than a list may be
// old. A register without a server is never old.
func (d *Desk) oldCopy() (bool, error) {
	if d.local.remote == "" || !d.news.Offline {
		return false, nil
	}
	b, err := os.ReadFile(d.heardNote())
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read when the server was heard: %w", err)
	}
	day, err := register.ParseDay(strings.TrimSpace(string(b)))
	if err != nil {
		return true, nil
	}
	return day.Add(d.state.Policy.Lists.FreshFor) < d.Today(), nil
}

// heardNote holds the day on which the server was last heard: .git/medlem/heard.
func (d *Desk) heardNote() string { return filepath.Join(d.local.dir, "heard") }

// noteHeard notes that the server answered today.
func (d *Desk) noteHeard() error {
	line := string(d.Today()) + "\n"
	if b, err := os.ReadFile(d.heardNote()); err == nil && string(b) == line {
		return nil
	}
	return writeFile(d.heardNote(), []byte(line))
}
