package check

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// draw judges a change of a receipt. Its officer's right is judged here and not as
// a deed of its own: it must be there in every unit of the list. A receipt that a
// merge brings was judged with the proposal; one commit at a time, since a receipt
// answers for the commit that makes it.
func (r *run) draw(s *step, x *scope, c *change) {
	if c.removed() {
		if !r.drawGoes(s, x, c) {
			r.add(ruleDrawChanged, s.at(c), "the receipt of a list is gone")
		}
		return
	}
	if c.added() && !s.pair(c, register.DrawList) {
		r.add(ruleDrawPair, s.at(c), "the sealed list of whom it named does not come with it")
	}
	if x.state == nil && c.added() {
		r.add(ruleDrawBy, s.at(c), "a list drawn before there was a register")
	}
	if x.state == nil || s.commit == nil || x.merged.same(c) {
		return
	}
	is := r.readDraw(c.New, c.p)
	if is == nil {
		return // said where clear files are read
	}
	p := &receipt{s: s, x: x, c: c, is: is}
	if c.added() {
		r.drawn(p)
	} else {
		r.drawAmended(p)
	}
}

// receipt is a receipt that a commit adds or changes.
type receipt struct {
	s  *step
	x  *scope
	c  *change
	is *access.Draw
}

// at is the line of a key of the receipt, or of the i-th item of a list, from 1.
func (p *receipt) at(key string, i int) Finding {
	return lineOf(p.s.at(p.c), p.is.Encode(), key, i)
}

// readDraw reads a receipt, nil where there is none in its one form.
func (r *run) readDraw(e gitstore.Entry, p register.Path) *access.Draw {
	b := r.side(e, p)
	if b == nil {
		return nil
	}
	d, err := access.ParseDraw(p, b)
	if err != nil {
		return nil
	}
	return d
}

// pair tells whether the step adds the other file of a draw.
func (s *step) pair(c *change, k register.Kind) bool {
	want := c.p
	want.Kind = k
	return slices.ContainsFunc(s.changes, func(x change) bool { return x.p == want && x.added() })
}

// drawn judges a new receipt.
func (r *run) drawn(p *receipt) {
	x, d := p.x, p.is
	if day := dayOf(p.s.commit); d.Drawn != day {
		r.add(ruleDrawDay, p.at("drawn", 0), "drawn on %s, written on %s", d.Drawn, day)
	}
	if x.signer != "" && d.By != x.signer {
		r.add(ruleDrawBy, p.at("by", 0), "drawn by %s, signed by %s", d.By, x.signer)
	}
	for _, f := range x.state.DrawFaults(d, x.day) {
		r.add(drawRules[f.Rule], p.at(f.Key, f.Item), "%s", f.Msg)
	}
	r.drawID(p)
	r.drawMain(p)
	if len(d.Destroyed) > 0 {
		r.add(ruleDrawDestroyed, p.at("destroyed", 1), "attested as destroyed in the commit that draws it")
	}
	r.sent(p, nil)
}

// drawID checks that the id of a draw is a fresh one: the key of its sealed list
// would else take the place of another's in the keyring.
func (r *run) drawID(p *receipt) {
	r.freshID(p.s, p.x, p.c)
	if was, taken := p.x.ids.activities[p.is.ID]; taken {
		r.add(ruleID, p.s.at(p.c), "this id is taken by %q", was.String())
	}
}

// freshID checks that the id of a draw, a sending or an activity is none that a record, a
// request, a document, a draw or a sending of its unit has.
func (r *run) freshID(s *step, x *scope, c *change) {
	f, id, unit, tree := s.at(c), c.p.ID, c.p.Unit, x.base.Tree
	if was, taken := x.ids.at[id]; taken {
		r.add(ruleID, f, "this id is taken in %s", place(was))
	}
	if u, erased := x.ids.erased[id]; erased {
		r.add(ruleErased, f, "this id was erased in unit %q", string(u))
	}
	for _, k := range []register.Kind{register.Request, register.Evidence} {
		path := register.Path{Kind: k, Unit: unit, ID: id}.String()
		if _, taken, err := gitstore.Find(r.repo, tree, path); err != nil {
			r.fail(wrapLookUp(err))
		} else if taken {
			r.add(ruleID, f, "this id is taken by %q", path)
		}
	}
	was, taken := x.ids.draws[undated(register.Path{Kind: register.Draw, Unit: unit, ID: id})]
	if r.index == nil {
		var err error
		if was, taken, err = drawAt(r.repo, tree, unit, id); err != nil {
			r.fail(err)
		}
	}
	if !taken {
		was, taken = r.sendingAt(tree, unit, id)
	}
	if taken {
		r.add(ruleID, f, "this id is taken by %q", was.String())
	}
}

// drawAt finds a draw of a unit by its id.
func drawAt(r gitstore.Reader, tree gitstore.ID, u register.UnitID, id register.RecordID) (register.Path, bool, error) {
	folder := "data/" + string(u) + "/draws"
	e, ok, err := gitstore.Find(r, tree, folder)
	if err != nil || !ok || e.Mode != gitstore.ModeDir {
		return register.Path{}, false, wrapLookUp(err)
	}
	days, err := gitstore.ReadTree(r, e.ID)
	if err != nil {
		return register.Path{}, false, wrapLookUp(err)
	}
	for _, d := range days {
		if d.Mode != gitstore.ModeDir {
			continue
		}
		files, err := gitstore.ReadTree(r, d.ID)
		if err != nil {
			return register.Path{}, false, wrapLookUp(err)
		}
		for _, f := range files {
			if p, err := register.ParsePath(folder + "/" + d.Name + "/" + f.Name); err == nil && p.ID == id {
				return p, true, nil
			}
		}
	}
	return register.Path{}, false, nil
}

// mainWalk is the number of main's commits among which the one is looked for that
// a list was drawn from. One that lies deeper is believed: to look for it would
// cost more than it tells.
const mainWalk = 10_000

// drawMain checks that a list was drawn from a commit of main, and names no more
// members than its units had there.
func (r *run) drawMain(p *receipt) {
	f := p.at("main", 0)
	at, after, known := r.mainNamed(p.x, f, p.is.Main, p.is.Drawn, ruleDrawMain)
	if !known {
		return
	}
	if after != nil {
		if changed := register.DayOf(after.Committer.When); changed.Add(p.x.state.Policy.Lists.FreshFor) < p.is.Drawn {
			r.warn(ruleDrawFresh, f, "drawn from a copy that lacks what has come since %s: it was out of date when it was drawn", changed)
		}
	}
	if have, enough := r.membersOf(at, p.is.Units, p.is.Count); !enough {
		r.add(ruleDrawCount, p.at("count", 0), "%d members: the units had %d", p.is.Count, have)
	}
}

// mainNamed finds the commit of main that a receipt of a day says that it was made from,
// and the one that followed on main, nil for none. It is not known where there is none
// such, which is said by the rule, or where it lies too deep to look for.
func (r *run) mainNamed(x *scope, f Finding, commit string, day register.Day, rule *rule) (at, after *gitstore.Commit, known bool) {
	id, err := gitstore.ParseID(commit)
	if err != nil {
		return nil, nil, false // said where clear files are read
	}
	at = x.base
	for n := 0; at.ID != id; n++ {
		if n == mainWalk {
			return nil, nil, false
		}
		if len(at.Parents) == 0 {
			r.add(rule, f, "%s is no commit of main", commit[:12])
			return nil, nil, false
		}
		after = at
		if at, err = gitstore.ReadCommit(r.repo, at.Parents[0]); err != nil {
			r.fail(fmt.Errorf("read main: %w", err))
			return nil, nil, false
		}
	}
	if register.DayOf(at.Committer.When) > day {
		r.add(rule, f, "%s is a commit of main from after it was made", commit[:12])
		return nil, nil, false
	}
	return at, after, true
}

// drawAmended judges a receipt that changes: only what was sent and what was
// destroyed may come, and stays.
func (r *run) drawAmended(p *receipt) {
	was := r.readDraw(p.c.Old, p.c.p)
	if was == nil {
		return // it was refused when it came
	}
	bare := func(d *access.Draw) []byte {
		c := *d
		c.Sent, c.Destroyed = nil, nil
		return c.Encode()
	}
	if !bytes.Equal(bare(was), bare(p.is)) {
		r.add(ruleDrawChanged, p.s.at(p.c), "the receipt says something else than it did")
		return
	}
	for _, d := range was.Sent {
		if !slices.Contains(p.is.Sent, d) {
			r.add(ruleDrawChanged, p.s.at(p.c), "a delivery that was told is gone, or is another")
			return
		}
	}
	for _, d := range was.Destroyed {
		if !slices.Contains(p.is.Destroyed, d) {
			r.add(ruleDrawChanged, p.s.at(p.c), "a destruction that was attested is gone, or is another")
			return
		}
	}
	r.sent(p, was.Sent)
	r.destroyed(p, was.Destroyed)
}

// sent judges the deliveries that a commit adds.
func (r *run) sent(p *receipt, was []access.Delivery) {
	x, d := p.x, p.is
	added := false
	for i, m := range d.Sent {
		if slices.Contains(was, m) {
			continue
		}
		added = true
		if day := dayOf(p.s.commit); m.Day != day {
			r.add(ruleDrawDelivery, p.at("sent", i+1), "sent on %s, written on %s", m.Day, day)
		}
		if x.signer != "" && x.signer != d.By && !x.state.May(x.signer, policy.ActDraw, d.Unit, x.day) {
			r.add(ruleDrawDelivery, p.at("sent", i+1), "%s neither drew the list nor may draw lists in unit %q on %s", x.signer, string(d.Unit), x.day)
		}
	}
	if added && len(d.Sent) == 2 && d.Sent[0].Way == d.Sent[1].Way && x.state.Policy.Lists.SeparatePassword {
		r.add(ruleDrawDelivery, p.at("sent", 0), "the list and its password went the same way: %s", d.Sent[0].Way)
	}
}

// destroyed judges the attestations that a commit adds: each is its signer's own.
// Whoever got the list may attest it also when her grant has ended.
func (r *run) destroyed(p *receipt, was []access.Destruction) {
	x, d := p.x, p.is
	for i, m := range d.Destroyed {
		if slices.Contains(was, m) || x.signer == "" {
			continue
		}
		f := p.at("destroyed", i+1)
		if day := dayOf(p.s.commit); m.Day != day {
			r.add(ruleDrawDestroyed, f, "destroyed on %s by its words, written on %s", m.Day, day)
		}
		switch {
		case m.Handle != x.signer:
			r.add(ruleDrawDestroyed, f, "attested in the name of %s, signed by %s", m.Handle, x.signer)
		case m.Handle != d.For && m.Handle != d.By && !x.state.May(m.Handle, policy.ActDraw, d.Unit, x.day):
			r.add(ruleDrawDestroyed, f, "%s neither got the list, nor drew it, nor may draw lists in unit %q on %s", m.Handle, string(d.Unit), x.day)
		}
	}
}

// drawList judges the sealed list beside a receipt. It comes with the receipt, and
// changes only where a merge seals it anew and where somebody is erased who stood
// in it.
func (r *run) drawList(s *step, x *scope, c *change, need func(register.UnitID, *change, ...policy.Act)) {
	switch {
	case c.added():
		if !s.pair(c, register.Draw) {
			r.add(ruleDrawPair, s.at(c), "its receipt does not come with it")
		}
	case r.drawGoes(s, x, c):
		need(c.p.Unit, c, policy.ActErase)
	case c.removed() || !x.onMain:
		r.add(ruleDrawChanged, s.at(c), "the sealed list of a draw was changed or removed")
	default:
		need(c.p.Unit, c, policy.ActErase)
	}
}
