package check

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

// sending judges a change of a sending's receipt. Its officer's right is judged here and
// not as a deed of its own: it must be there in every unit. A receipt that a merge brings
// was judged with the proposal.
func (r *run) sending(s *step, x *scope, c *change) {
	if c.removed() {
		if !r.sendingGoes(x, c) || !r.wholeSending(s, c) {
			r.add(ruleSendingChanged, s.at(c), "the receipt of a sending is gone")
		}
		return
	}
	if x.state == nil && c.added() {
		r.add(ruleSendingScope, s.at(c), "something sent before there was a register")
	}
	is := r.readSending(c.New, c.p)
	if is == nil {
		return // said where clear files are read
	}
	if c.added() {
		r.sendingPair(s, c, is)
	}
	if x.state == nil || s.commit == nil || x.merged.same(c) {
		return
	}
	p := &sent{s: s, x: x, c: c, is: is}
	if c.added() {
		r.sentNew(p)
	} else {
		r.sentAmended(p)
	}
}

// sent is the receipt of a sending that a commit adds or changes.
type sent struct {
	s  *step
	x  *scope
	c  *change
	is *access.Sending
}

// at is the line of a key of the receipt, or of the i-th item of a list, from 1.
func (p *sent) at(key string, i int) Finding { return lineOf(p.s.at(p.c), p.is.Encode(), key, i) }

// lineOf places a finding at the line of a key of a clear file, or of the i-th item of
// its list, from 1.
func lineOf(f Finding, file []byte, key string, i int) Finding {
	if key == "" {
		return f
	}
	n := 0
	for line := range bytes.Lines(file) {
		if n++; bytes.HasPrefix(line, []byte(key+":")) {
			f.Line, f.Col = n+i, len(key)+3
			if i > 0 {
				f.Col = len("  - ") + 1
			}
			break
		}
	}
	return f
}

// readSending reads a receipt, nil where there is none in its one form.
func (r *run) readSending(e gitstore.Entry, p register.Path) *access.Sending {
	b := r.side(e, p)
	if b == nil {
		return nil
	}
	x, err := access.ParseSending(p, b)
	if err != nil {
		return nil
	}
	return x
}

// sendingPair checks that the lists of whom a sending reached come with its receipt, one
// for each of some of its units, and none with a plan.
func (r *run) sendingPair(s *step, c *change, is *access.Sending) {
	lists := 0
	for i := range s.changes {
		o := &s.changes[i]
		if o.p.Kind != register.SendingList || o.p.ID != c.p.ID || o.p.Month != c.p.Month || !o.added() {
			continue
		}
		lists++
		if _, ok := slices.BinarySearch(is.Units, o.p.Unit); !ok {
			r.add(ruleSendingList, s.at(o), "its receipt does not name unit %q", string(o.p.Unit))
		}
	}
	switch {
	case is.IsPlan() && lists > 0:
		r.add(ruleSendingList, s.at(c), "a plan, and lists of whom it reached come with it")
	case !is.IsPlan() && (lists == 0 || lists > is.Count):
		r.add(ruleSendingList, s.at(c), "%d members, and %d lists of whom it reached come with it", is.Count, lists)
	}
}

// sentNew judges a new receipt.
func (r *run) sentNew(p *sent) {
	x, d := p.x, p.is
	if day := dayOf(p.s.commit); d.Made != day {
		r.add(ruleSendingReceipt, p.at("made", 0), "made on %s, written on %s", d.Made, day)
	}
	if x.signer != "" && d.By != x.signer {
		r.add(ruleSendingScope, p.at("by", 0), "sent by %s, signed by %s", d.By, x.signer)
	}
	if d.Done != "" {
		r.add(ruleSendingReceipt, p.at("done", 0), "told as sent in the commit that makes the receipt: nothing goes before it")
	}
	for _, f := range x.state.SendingFaults(d, x.day) {
		r.add(sendingRules[f.Rule], p.at(f.Key, f.Item), "%s", f.Msg)
	}
	r.freshID(p.s, x, p.c)
	r.sentFrom(p)
}

// sentFrom checks that a sending was made from a commit of main that was not out of date,
// that it names no more members than its units had there, and that an SMS about an event
// was not one too many there. What others have sent since then its officer could not know,
// and what has gone out is written down.
func (r *run) sentFrom(p *sent) {
	at, after, known := r.mainNamed(p.x, p.at("main", 0), p.is.Main, p.is.Made, ruleSendingReceipt)
	if !known {
		return
	}
	if fresh := p.x.state.Policy.Lists.FreshFor; after != nil {
		if changed := register.DayOf(after.Committer.When); changed.Add(fresh) < p.is.Made {
			r.add(ruleSendingReceipt, p.at("main", 0), "made from a copy that lacks what has come since %s: it was out of date", changed)
		}
	}
	if have, enough := r.membersOf(at, p.is.Units, p.is.Count); !enough {
		r.add(ruleSendingReceipt, p.at("count", 0), "%d members: the units had %d", p.is.Count, have)
	}
	most := p.x.state.Policy.Sendings.SMS.PerEvent
	if most == 0 || p.x.state.MayMerge(p.is.By, p.is.Made) {
		return
	}
	had, err := access.AboutSame(r.repo, at.Tree, p.is)
	if err != nil {
		r.fail(wrapLookUp(err))
	} else if had >= most {
		r.add(ruleSendingEvent, p.at("event", 0), "members of these units have had %d SMS about this event, of %d", had, most)
	}
}

// membersOf counts the members that units had at a commit of main, and tells whether they
// are at least want.
func (r *run) membersOf(at *gitstore.Commit, units []register.UnitID, want int) (have int, enough bool) {
	state, err := r.load.Part(at.Tree, units, nil)
	if err != nil {
		r.fail(fmt.Errorf("read main: %w", err))
		return 0, true
	}
	for _, u := range units {
		n, err := state.Members(u)
		if err != nil {
			r.fail(err)
			return 0, true
		}
		if have += n; have >= want {
			return have, true
		}
	}
	return have, have >= want
}

// sentAmended judges a receipt that changes: its own officer says how many messages went,
// and on which day that was told. The number does not fall.
func (r *run) sentAmended(p *sent) {
	was := r.readSending(p.c.Old, p.c.p)
	if was == nil {
		return // it was refused when it came
	}
	bare := func(d *access.Sending) []byte {
		c := *d
		c.Sent, c.Done = 0, ""
		return c.Encode()
	}
	switch day := dayOf(p.s.commit); {
	case !bytes.Equal(bare(was), bare(p.is)):
		r.add(ruleSendingChanged, p.s.at(p.c), "the receipt says something else than it did")
	case p.is.Done == "" || p.is.Sent < was.Sent:
		r.add(ruleSendingChanged, p.s.at(p.c), "fewer messages went than it said")
	case p.x.signer != "" && p.x.signer != was.By:
		r.add(ruleSendingChanged, p.at("sent", 0), "%s sent it, and %s says how many messages went", was.By, p.x.signer)
	case p.is.Done != day:
		r.add(ruleSendingChanged, p.at("done", 0), "done on %s by its words, written on %s", p.is.Done, day)
	}
}

// sendingList judges the sealed list of a sending in one unit. It comes with the receipt,
// and changes only where a merge seals it anew and where somebody is erased who stood in
// it.
func (r *run) sendingList(s *step, x *scope, c *change, need func(register.UnitID, *change, ...policy.Act)) {
	switch {
	case c.added():
		if !slices.ContainsFunc(s.changes, func(o change) bool {
			return o.p.Kind == register.Sending && o.p.ID == c.p.ID && o.p.Month == c.p.Month && o.added()
		}) {
			r.add(ruleSendingList, s.at(c), "its receipt does not come with it")
		}
		if x.state != nil {
			r.freshID(s, x, c)
		}
	case r.sendingGoes(x, c):
		need(c.p.Unit, c, policy.ActErase)
	case c.removed() || !x.onMain:
		r.add(ruleSendingChanged, s.at(c), "the sealed list of a sending was changed or removed")
	default:
		need(c.p.Unit, c, policy.ActErase)
	}
}

// sendingGoes tells whether a file of a sending may go: the period is over, which its
// path says.
func (r *run) sendingGoes(x *scope, c *change) bool {
	return x.state != nil && x.onMain && c.removed() && retention.SendingUntil(x.state.Policy, c.p.Month) < x.day
}

// wholeSending tells whether none of a sending's lists stays when its receipt goes.
func (r *run) wholeSending(s *step, c *change) bool {
	was := r.readSending(c.Old, c.p)
	if was == nil {
		return true // it was refused when it came
	}
	for _, u := range was.Units {
		if _, stays, err := gitstore.Find(r.repo, s.to, was.ListPath(u).String()); err != nil {
			r.fail(wrapLookUp(err))
		} else if stays {
			return false
		}
	}
	return true
}

// sendingFolder is the folder of a unit's sendings in a tree; its id is zero where there
// is none.
type sendingFolder struct {
	tree gitstore.ID
	unit register.UnitID
	id   gitstore.ID
}

// sendingAt finds a file of a sending in a unit by its id, receipt or list.
func (r *run) sendingAt(tree gitstore.ID, u register.UnitID, id register.RecordID) (register.Path, bool) {
	if r.sendings.tree != tree || r.sendings.unit != u { // an import asks for each of thousands
		folder, ok, err := gitstore.Find(r.repo, tree, "data/"+string(u)+"/sendings")
		if err != nil {
			r.fail(wrapLookUp(err))
			return register.Path{}, false
		}
		r.sendings = sendingFolder{tree: tree, unit: u}
		if ok && folder.Mode == gitstore.ModeDir {
			r.sendings.id = folder.ID
		}
	}
	folder := r.sendings.id
	if folder.IsZero() {
		return register.Path{}, false
	}
	if r.sendingIDs[folder] == nil {
		ids := map[register.RecordID]register.Path{}
		err := access.UnitSendingFiles(r.repo, tree, u, "", func(p register.Path, _ gitstore.Entry) error {
			ids[p.ID] = p
			return nil
		})
		if err != nil {
			r.fail(wrapLookUp(err))
			return register.Path{}, false
		}
		if r.sendingIDs == nil {
			r.sendingIDs = map[gitstore.ID]map[register.RecordID]register.Path{}
		}
		r.sendingIDs[folder] = ids
	}
	p, taken := r.sendingIDs[folder][id]
	return p, taken
}

// listedSendings is what a listing of the register has of sendings, by month and id.
type listedSendings map[register.Path]*listedSending

type listedSending struct {
	receipts []register.Path
	is       *access.Sending
	lists    []register.Path
}

func (m listedSendings) at(p register.Path) *listedSending {
	key := register.Path{Month: p.Month, ID: p.ID}
	if m[key] == nil {
		m[key] = &listedSending{}
	}
	return m[key]
}

// everySending finds receipts without their lists, lists without a receipt that names
// their unit, and what is kept for too long.
func (r *run) everySending(m listedSendings, by *policy.Policy) {
	keys := make([]register.Path, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b register.Path) int {
		return bytes.Compare([]byte(a.Month+"/"+register.Month(a.ID)), []byte(b.Month+"/"+register.Month(b.ID)))
	})
	for _, k := range keys {
		x := m[k]
		for _, p := range x.lists {
			named := false
			if x.is != nil {
				_, named = slices.BinarySearch(x.is.Units, p.Unit)
			}
			if !named {
				r.add(ruleSendingList, at(nil, p, p.String()), "no receipt names it")
			}
		}
		for i, p := range x.receipts {
			f := at(nil, p, p.String())
			switch {
			case i > 0:
				r.add(ruleSendingList, f, "this sending has a receipt in unit %q too", string(x.receipts[0].Unit))
			case x.is != nil && x.is.IsPlan() != (len(x.lists) == 0):
				r.add(ruleSendingList, f, "%d members, and %d lists of whom it reached", x.is.Count, len(x.lists))
			}
		}
		if until := retention.SendingUntil(by, k.Month); until < r.o.Day {
			for _, p := range append(slices.Clone(x.receipts), x.lists...) {
				r.add(ruleSendingKept, at(nil, p, p.String()), "kept until %s", until)
			}
		}
	}
}
