package check

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// scope is what the acts of a step are judged by.
type scope struct {
	state  *access.State // gives authority; nil for the first commit, which nothing authorises
	day    register.Day  // on which the authority must be there
	ids    *ledger       // what ids are taken
	signer register.Handle
	onMain bool
	base   *gitstore.Commit // of main, which gives authority; nil for the first commit

	// own tells whether the proposal brought the path itself, so that it may take
	// it back. Nil on main.
	own func(path string) bool
	// merged is the proposal that the step merges, or nil. What it brought was
	// judged with it, as its author's.
	merged *merged
	// next is the state that the step leaves; nil where it is judged elsewhere.
	next *access.State
	// rekey is the unit that the commit says to seal anew, or "".
	rekey register.UnitID
}

// deed is something that a step amounts to, and what it takes to do it.
type deed struct {
	acts    []policy.Act // one of them is needed
	unit    register.UnitID
	changes []*change
}

// judge takes a step apart into deeds, notes what no deed explains, and checks
// that the signer may do each.
func (r *run) judge(s *step, x *scope) {
	ds := r.deeds(s, x)
	r.mails(s, x)
	r.dissolved(s, x)
	r.alone(s, x)
	r.amended(s, x)
	if x.state == nil || x.signer == "" {
		return // the signature rules have said so
	}
	for _, d := range ds {
		if !x.allows(&d) {
			r.add(ruleAct, s.at(d.changes[0]), "%s may not %s in unit %q on %s", x.signer, d.acts[0], string(d.unit), x.day)
		}
	}
}

func (x *scope) allows(d *deed) bool {
	for _, a := range d.acts {
		if x.state.May(x.signer, a, d.unit, x.day) || x.merged.brought(d) && x.state.May(x.merged.author, a, d.unit, x.day) {
			return true
		}
	}
	return false
}

// root is the unit in which acts that concern the whole register need their
// right.
func (x *scope) root() register.UnitID {
	if x.state == nil {
		return ""
	}
	return x.state.Policy.Root().ID
}

// deeds names what the step amounts to. A change that is none of the acts is a
// finding: default deny.
func (r *run) deeds(s *step, x *scope) []deed {
	var ds []deed
	need := func(u register.UnitID, c *change, acts ...policy.Act) {
		ds = append(ds, deed{acts, u, []*change{c}})
	}
	s.did = tally{}
	over := map[register.RecordID]bool{}
	for _, g := range groupRecords(s) {
		if g.activity {
			over[g.id] = true
			s.did.activity(g)
			ds = append(ds, r.activity(s, x, g)...)
			continue
		}
		s.did.record(g)
		ds = append(ds, r.record(s, x, g)...)
	}
	for i := range s.changes {
		c := &s.changes[i]
		s.did.file(r, c, x)
		if unit, erased := x.ids.erased[c.p.ID]; erased && c.added() && (c.p.Kind == register.Request || c.p.Kind == register.Evidence) {
			r.add(ruleErased, s.at(c), "this id was erased in unit %q", string(unit))
		}
		switch c.p.Kind {
		case register.Member, register.Closed, register.Activity:
			// by their records, above
		case register.Envelope:
			// goes with the proposal; the rules of seal
		case register.Tombstone:
			if !c.added() {
				r.add(ruleTombstone, s.at(c), "tombstone changed or removed")
				continue
			}
			r.tombstone(s, x, c, over[c.p.ID])
			if !over[c.p.ID] && !x.onMain && x.state != nil && x.state.Policy.Brakes != nil {
				r.add(ruleBrake, s.at(c), "a proposal erases a record: under brakes the secretariat does, on main")
			}
		case register.Request:
			r.request(s, x, c, need)
		case register.Evidence:
			r.document(s, x, c, need)
		case register.Keyring:
			if !x.onMain {
				r.add(ruleKeyringTouched, s.at(c), "a proposal changes a keyring")
			}
		case register.Officer:
			ds = append(ds, r.officer(s, x, c)...)
		case register.Grant:
			r.grant(s, x, c)
			if !r.saysOwn(x, c) {
				need(c.p.Unit, c, policy.ActGrant)
			}
		case register.Review:
			r.reviewer(s, x, c)
		case register.Draw:
			r.draw(s, x, c)
		case register.DrawList:
			r.drawList(s, x, c, need)
		case register.Sending:
			r.sending(s, x, c)
		case register.SendingList:
			r.sendingList(s, x, c, need)
		case register.Run, register.RunList:
			if !x.onMain || x.state == nil {
				r.add(ruleRun, s.at(c), "a run of erasures is the secretariat's act, on main")
			} // else judged with the commit: runs
		case register.Ledger:
			r.ledger(s, x, c, need)
		case register.Mail:
			r.mail(s, x, c, need)
		case register.Receipt:
			r.receipt(s, x, c, need)
		case register.Policy, register.Site, register.Workflow, register.RecoveryFile, register.Unknown:
			need(x.root(), c, policy.ActPolicy)
		default:
			r.add(rulePath, s.at(c), "no act changes files of kind %q", c.p.Kind)
		}
	}
	if x.rekey != "" {
		return r.rekeyed(s, x)
	}
	return ds
}

// tombstone checks that the rule of a new tombstone is a word that says nothing
// of anybody: one of the policy's reasons for closing, or the one that stands for
// a reason which the policy no longer has; of an activity, that it is over.
func (r *run) tombstone(s *step, x *scope, c *change, activity bool) {
	if x.state == nil {
		return // it has no record that it could be of
	}
	t, err := access.ParseTombstone(r.side(c.New, c.p))
	if err != nil {
		return // said where clear files are read
	}
	_, ok := x.state.Policy.Reason(t.Rule)
	if ok = ok || t.Rule == access.FormerReason; activity {
		ok = t.Rule == access.ActivityOver
	}
	if !ok {
		f := s.at(c)
		f.Line, f.Col = 3, 7
		r.add(ruleTombstone, f, "its rule is no reason of the policy")
	}
}

func (x *scope) takesBack(c *change) bool { return x.own != nil && x.own(c.Path) }

// request judges a change of a request. One that waits on main is answered by
// the secretariat's merge, which takes it away.
func (r *run) request(s *step, x *scope, c *change, need func(register.UnitID, *change, ...policy.Act)) {
	switch {
	case c.added(), x.takesBack(c):
		need(c.p.Unit, c, policy.ActRequest)
	case !x.onMain:
		r.add(ruleAnswered, s.at(c), "a proposal changes or removes a request that waits on main")
	case c.removed():
		need(c.p.Unit, c, policy.ActMerge)
	default:
		need(c.p.Unit, c, policy.ActErase) // rewritten without somebody who was erased
	}
}

// alone checks that a change of the rules comes by itself: nobody shall widen a
// right and use it in one breath. A new unit's first files come with its policy.
func (r *run) alone(s *step, x *scope) {
	if x.state == nil {
		return
	}
	var rules *change
	other := false
	for i := range s.changes {
		c := &s.changes[i]
		switch c.p.Kind {
		case register.Policy, register.Site, register.Workflow, register.RecoveryFile, register.Unknown:
			if rules == nil {
				rules = c
			}
		case register.Keyring, register.RunList: // sealed anew with what it rests on
		case register.Evidence:
			other = other || !isAgreement(x.next, c.p) // which the policy names
		default:
			if _, known := x.state.Policy.Unit(c.p.Unit); !x.onMain || known || c.p.Unit == "" {
				other = true
			}
		}
	}
	if rules != nil && other {
		r.add(ruleAlone, s.at(rules), "changed together with records, officers or grants")
	}
}

// place says where a record lies, for messages.
func place(p register.Path) string {
	if p.Kind == register.Closed {
		return fmt.Sprintf("unit %q, closed", string(p.Unit))
	}
	return fmt.Sprintf("unit %q", string(p.Unit))
}
