package e2e

import (
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

// What else happens: the policy changes, officers have new identities, days pass.

// amend changes one thing of the policy.
func (f *federation) amend() bool {
	after := f.m.fork()
	switch f.r.IntN(8) {
	case 0:
		p := after.post("clerk")
		p.reads = !p.reads
	case 1:
		p := after.post("clerk")
		p.scope = map[string]string{"all": "own", "own": "all"}[p.scope]
	case 2:
		p := after.post("county")
		p.reads = !p.reads
	case 3:
		p := after.post("county")
		p.scope = map[string]string{"subtree": "own", "own": "subtree"}[p.scope]
	case 4, 5: // as from 200 to 150
		p := after.post("keeper")
		p.over = 5 - p.over
	case 6:
		p := after.post("keeper")
		p.keeps = !p.keeps
		if f.chance(2) {
			p.factor = true // it is never taken back: attested grants would say too much
		}
	case 7:
		p := after.post("admin")
		if p.guide++; p.guide > 5 {
			return false
		}
		if p.guideBy = ""; f.chance(2) {
			p.guideBy = f.day().Add(20 + f.r.IntN(40))
		}
	}
	sec := f.secretary()
	f.before(sec)
	after.grants, after.shown = f.m.grants, f.m.shown
	files := policyFiles(after.posts)
	f.does(sec, !f.m.worse(after, f.day()), func(d *desk.Desk) error {
		effect, _, err := d.PolicyChange(files)
		if err != nil {
			return err
		}
		f.effect(after, effect)
		if _, err := d.Policies(f.t.Context(), files, ""); !effect.Empty() {
			var e *desk.EffectError
			if !errors.As(err, &e) {
				f.t.Errorf("%s: a change that nobody has accepted: %v", f.what, err)
			}
			_, err = d.Policies(f.t.Context(), files, effect.Digest())
			return err
		} else {
			return err
		}
	})
	if !f.m.worse(after, f.day()) {
		f.m = after
	}
	return true
}

// rotate gives somebody a new identity. The register hears of it at once from the
// secretariat, and from everybody else at the secretariat's next command.
func (f *federation) rotate() bool {
	who := f.one(f.known())
	f.must(f.ids[who].Rotate(f.day()))
	f.note(who)
	f.does(who, true, func(d *desk.Desk) error { _, err := d.Rotate(f.t.Context()); return err })
	if f.m.in(who, "secretariat", "national", f.day()) {
		f.m.shown[who] = f.ids[who].Recipient()
		return true
	}
	f.send(&own{who: who, recipient: f.ids[who].Recipient()})
	return true
}

// destroy destroys the older identities of somebody, as soon as she needs them no
// more, and lets her say so.
func (f *federation) destroy() (did bool) {
	var who []string
	for _, x := range f.known() {
		if len(f.ids[x].Old()) > 0 {
			who = append(who, x)
		}
	}
	x := f.one(who)
	if x == "" {
		return false
	}
	f.does(x, true, func(d *desk.Desk) error {
		old, err := d.Retirable()
		if err != nil || len(old) == 0 {
			return err
		}
		if err := d.PlanRetire(old); err != nil {
			return err
		}
		for _, r := range old {
			f.must(f.ids[x].Destroy(r))
		}
		did = true
		return d.Retire(f.t.Context())
	})
	if did && !f.m.in(x, "secretariat", "national", f.day()) {
		f.send(&own{who: x})
	}
	return did
}

// newPaper puts a new recovery secret in the place of the present one.
func (f *federation) newPaper() bool {
	f.does(f.secretary(), true, func(d *desk.Desk) error { return d.RotateRecovery(f.t.Context(), f.keepPaper) })
	return true
}

// days pass. Who has access by then, and who no longer, the secretariat's command
// sees to.
func (f *federation) days() bool {
	sec := f.secretary() // one who comes in only by then could not open the keys yet
	f.now = f.now.AddDate(0, 0, 1+f.r.IntN(45))
	f.does(sec, true, func(d *desk.Desk) error {
		err := d.Readers(f.t.Context())
		if errors.Is(err, desk.ErrNothing) {
			return nil
		}
		return err
	})
	return true
}

// own is what somebody sends about herself, and the secretariat's next command
// takes in: of each person one about her file and one about her grants, in which
// the next takes the place of the one before.
type own struct {
	who, recipient string // the new recipient; "" it stays
	words          []word
}

// word is what an officer says of herself in one of her grants.
type word struct{ was, is *held }

// send notes that something was sent.
func (f *federation) send(o *own) {
	f.own = slices.DeleteFunc(f.own, func(x *own) bool {
		if x.who != o.who || (x.words == nil) != (o.words == nil) {
			return false
		}
		if o.recipient == "" {
			o.recipient = x.recipient
		}
		return true
	})
	f.own = append(f.own, o)
}

// before is what the oracle knows that somebody's command begins with: that of the
// secretariat takes in what others have sent about themselves.
func (f *federation) before(who string) {
	if !f.m.in(who, "secretariat", "national", f.day()) {
		return
	}
	f.own = slices.DeleteFunc(f.own, func(o *own) bool {
		after, ok := f.saying(o.words, false)
		if !ok {
			return false
		}
		f.m = after
		if o.recipient != "" {
			f.m.shown[o.who] = o.recipient
		}
		f.takes++
		return true
	})
}

// saying is what is remembered when officers' words come in, and whether they may:
// nobody goes for them. What the secretariat says of itself must leave out nobody
// either; whom else's grant lists was asked when it came.
func (f *federation) saying(words []word, secretary bool) (*memory, bool) {
	after := f.m.fork()
	for _, w := range words {
		if f.m.grants[w.was.key()] != w.was || ended(w.was, f.day()) {
			return nil, false
		}
		after.grants[w.is.key()] = w.is
	}
	for _, w := range words {
		start := max(f.day(), w.is.from)
		if f.m.holds(w.was, start) || !after.holds(w.is, start) {
			continue
		}
		if !after.seated(w.is, start) || secretary && len(after.unlisted(w.is, start)) > 0 {
			return nil, false
		}
	}
	return after, !f.m.worse(after, f.day())
}

func ended(h *held, day register.Day) bool {
	return h.until != "" && h.until < day || h.ended != "" && h.ended < day
}

// word lets an officer say of herself what her grants ask for: that she has read
// the guide, or how her identity is protected.
func (f *federation) word() bool {
	guide := f.chance(2)
	var words []word
	who := f.one(f.known())
	secretary := f.m.in(who, "secretariat", "national", f.day())
	if secretary {
		f.does(who, true, func(*desk.Desk) error { return nil })
	}
	waits := map[string]*held{} // what she has sent already
	for _, o := range f.own {
		for _, w := range o.words {
			if o.who == who && f.m.grants[w.was.key()] == w.was {
				waits[w.was.key()] = w.is
			}
		}
	}
	did := false
	for _, h := range f.m.all() {
		p := f.m.post(h.office)
		if h.who != who || ended(h, f.day()) {
			continue
		}
		is := h.copy()
		if waits[h.key()] != nil {
			is = waits[h.key()].copy()
		}
		switch {
		case guide && p.guide > is.guide:
			is.guide = p.guide
			did = true
		case !guide && p.factor && !is.has["factor attested"] && (is.factor || !is.has["exception approved"]):
			if !is.factor {
				is.factor, is.paper = true, nil // it says something else than the paper now
			}
			is.has["factor attested"] = true
			did = true
		case waits[h.key()] == nil:
			continue
		}
		words = append(words, word{h, is})
	}
	if !did {
		return false
	}
	say := func(d *desk.Desk) error {
		if guide {
			_, _, err := d.AcknowledgeGuides(f.t.Context())
			return err
		}
		_, _, err := d.AttestFactor(f.t.Context(), "passphrase")
		return err
	}
	after, ok := f.saying(words, secretary)
	if secretary || ok {
		f.does(who, ok, say)
	} else if f.act(who, say) != nil {
		return true // her own tool tells her already
	}
	if secretary {
		if ok {
			f.m = after
		}
		return true
	}
	f.send(&own{who: who, words: words})
	return true
}

// outsider is anybody whom the register knows and who may not write in a branch:
// she does not read it either.
func (f *federation) outsider() bool {
	who, unit := f.one(f.known()), f.one(branches)
	if f.m.in(who, "keeper", unit, f.day()) || f.m.in(who, "admin", unit, f.day()) || f.m.in(who, "secretariat", "national", f.day()) {
		return false
	}
	f.does(who, false, func(d *desk.Desk) error {
		_, err := d.Add(f.t.Context(), register.UnitID(unit), "add", f.people(1))
		return err
	})
	f.does(who, f.m.reads(who, unit, f.day()), func(d *desk.Desk) error {
		ms, err := d.Members(desk.Query{Units: []register.UnitID{register.UnitID(unit)}})
		if err == nil && len(ms) != len(f.m.members[unit]) {
			return fmt.Errorf("%d members, want %d", len(ms), len(f.m.members[unit]))
		}
		return err
	})
	return true
}
