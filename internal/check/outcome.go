package check

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/register"
)

// outcome judges the proposal as a whole: what it amounts to, and what main
// would be with it.
func (r *run) outcome(p *proposed) error {
	r.overdue(p.steps, p.state, p.day)
	w := p.whole
	if w.broken {
		r.note("the outcome was not judged: the proposal cannot be read as a whole")
		return nil
	}
	g := groundOf(p.state.Policy, false)
	w.changes = slices.DeleteFunc(w.changes, func(c change) bool {
		return c.p.Kind == register.Unknown && !c.removed() && !g.isBeside(c.Path) // layout has said so
	})
	r.judge(w, &scope{state: p.state, day: p.day, ids: p.ids, signer: p.author, base: p.base})
	r.bulk(w, p.state, p.day)
	r.stale(p)
	return r.accessAfter(p)
}

// followsAccess tells whether the state of access is read from files of a kind.
func followsAccess(k register.Kind) bool {
	switch k {
	case register.Policy, register.Officer, register.RecoveryFile, register.Grant, register.Keyring:
		return true
	}
	return false
}

// accessAfter compares what is wrong with access on main, on this day, with what
// would be wrong with it after the proposal. Keyrings are not compared: the
// merge writes those that it makes wrong.
func (r *run) accessAfter(p *proposed) error {
	var cs []*change
	for i := range p.whole.changes {
		if c := &p.whole.changes[i]; followsAccess(c.p.Kind) || c.p.Kind == register.Evidence || c.p.Kind == register.Review {
			cs = append(cs, c)
		}
	}
	if len(cs) == 0 {
		return nil
	}
	over := newOverlay(r.repo)
	tree, err := over.apply(p.base.Tree, cs)
	if err != nil {
		return err
	}
	after, err := r.load.AtFrom(over, tree)
	if isMalformed(err) {
		r.add(ruleTree, Finding{}, "%s", clipError(err))
		return nil
	} else if err != nil {
		return fmt.Errorf("judge access after the proposal: %w", err)
	}
	r.trees = over
	defer func() { r.trees = r.repo }()
	w := p.whole
	r.stateChange(p.state, after, p.day, nil)
	if after.Policy == nil {
		return nil
	}
	r.brought(w, &scope{state: p.state, day: p.day, signer: p.author}, after)
	r.documentsNamed(w, after)
	r.reviewed(w, p.state, after, p.day)
	r.removal(p.state, after, p.day, Finding{})
	if r.faults == 0 { // nobody needs to mean what is refused anyway
		r.effect(w, p.state, after, p.day, p.effect)
	}
	return nil
}
