package check

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// node is a commit of main and the state that it leaves.
type node struct {
	commit *gitstore.Commit
	state  *access.State
}

// direct checks one commit of main, and the sealed keyrings as they will be.
func (r *run) direct(parent, commit gitstore.ID) error {
	var from *node
	if !parent.IsZero() {
		c, s, err := r.mainAt(parent)
		if err != nil {
			return err
		}
		from = &node{commit: c, state: s}
	}
	c, err := gitstore.ReadCommit(r.repo, commit)
	if isMalformed(err) {
		r.add(ruleCommit, Finding{Commit: short(commit)}, "%s", clipError(err))
		return nil
	} else if err != nil {
		return fmt.Errorf("read the commit: %w", err)
	}
	to, err := r.mainStep(from, c)
	if err != nil || to == nil {
		return err
	}
	if from != nil {
		r.today(from, c)
	}
	return r.keyrings(to.state, dayOf(c))
}

// today checks that whoever signed the commit may do so today too: a commit that
// comes in now and is dated back would use a grant that has ended.
func (r *run) today(from *node, c *gitstore.Commit) {
	key, err := sign.Verify(c.Raw)
	if err != nil || r.o.Day <= dayOf(c) {
		return
	}
	if h, ok := from.state.SignerOf(key.Marshal()); ok && !from.state.MayMerge(h, r.o.Day) {
		r.add(ruleSecretariat, at(c, register.Path{}, ""), "%s is not of the secretariat on %s", h, r.o.Day)
	}
}

// mainStep checks the commit c of main that follows from, or the first commit
// where from is nil. It returns nil where the commit's own state cannot be read.
func (r *run) mainStep(from *node, c *gitstore.Commit) (*node, error) {
	var parent *gitstore.Commit
	tree := gitstore.ZeroID
	if from != nil {
		parent, tree = from.commit, from.commit.Tree
	}
	r.parents(parent, c)
	r.dated(c, parent)
	s, err := r.diff(c, tree, c.Tree, mainLimit, 0)
	if err != nil {
		return nil, err
	}
	if s.broken {
		r.note("commit %s and what follows were not judged: its tree cannot be read", short(c.ID))
		return nil, nil
	}
	state, err := r.load.At(c.Tree)
	if isMalformed(err) {
		r.add(ruleTree, at(c, register.Path{}, ""), "%s", clipError(err))
	} else if err != nil {
		return nil, fmt.Errorf("read main: %w", err)
	}
	if state == nil || state.Policy == nil {
		if state != nil {
			r.stateChange(nil, state, dayOf(c), c)
		}
		r.note("commit %s and what follows were not judged: its policy cannot be read", short(c.ID))
		return nil, nil
	}
	to := &node{commit: c, state: state}
	return to, r.mainRules(from, to, s)
}

// parents checks that a commit of main joins what it should: its parent, and for
// a merge one proposal.
func (r *run) parents(parent, c *gitstore.Commit) {
	f := at(c, register.Path{}, "")
	switch {
	case parent == nil && len(c.Parents) > 0:
		r.add(ruleParents, f, "%d parents: the first commit of a register has none", len(c.Parents))
	case parent == nil:
	case len(c.Parents) == 0 || c.Parents[0] != parent.ID:
		r.add(ruleParents, f, "its first parent is not %s", short(parent.ID))
	case len(c.Parents) > 2:
		r.add(ruleParents, f, "%d parents: a merge has two", len(c.Parents))
	}
}

// mainRules judges a commit of main whose state can be read.
func (r *run) mainRules(from, to *node, s *step) error {
	c, day := to.commit, dayOf(to.commit)
	judge := to.state // the first commit answers for itself
	if from != nil {
		judge = from.state
	}
	faults := r.faults
	signer := r.signed(c, judge)
	if signer != "" && !judge.MayMerge(signer, day) {
		r.add(ruleSecretariat, at(c, register.Path{}, ""), "%s is not of the secretariat on %s", signer, day)
	}
	g := groundOf(to.state.Policy, true)
	g.beside = groundOf(judge.Policy, true).beside
	if err := r.content(s, g); err != nil {
		return err
	}
	m := r.said(s, func(u register.UnitID) bool {
		_, was := judge.Policy.Unit(u)
		_, is := to.state.Policy.Unit(u)
		return was || is
	})
	switch {
	case from == nil:
		r.verbs(c, m, verbInit)
	case len(c.Parents) == 2:
		r.verbs(c, m, verbMerge)
	default:
		r.verbs(c, m, "")
	}
	x := &scope{day: day, signer: signer, onMain: true, next: to.state}
	if from != nil {
		x.state, x.base = from.state, from.commit
	}
	if from != nil && len(c.Parents) == 2 {
		var err error
		if x.merged, err = r.merges(from, c, m); err != nil {
			return err
		}
		r.notResealed(s, x.merged)
	}
	if from != nil && rekeys(m) {
		x.rekey = m.unit
	}
	if err := r.against(from, s, x); err != nil {
		return err
	}
	if r.faults == faults {
		r.told(s, m)
	}
	r.result(from, to, s, x, m, faults)
	r.keyringMoves(s, from, to)
	r.tokenMoves(s, from, to)
	if from != nil {
		r.runs(s, from, to, x)
	}
	if from != nil {
		r.joinsOf(from.state)
	}
	if from == nil || !sameReaders(s, from, day) {
		r.readers(c, to.state, day)
	} else {
		r.readersTouched(s, to.state, day)
	}
	return nil
}

// against judges the step by what the parent's tree holds.
func (r *run) against(from *node, s *step, x *scope) error {
	var tree gitstore.ID
	if from != nil {
		tree = from.commit.Tree
	}
	want := map[register.RecordID]bool{}
	s.addedIDs(want)
	var seen *seenBlobs
	var err error
	if x.ids, seen, err = r.known(tree, want, s.units(), s.touches(register.DrawList, register.SendingList)); err != nil {
		return err
	}
	r.reused(s, seen)
	r.judge(s, x)
	if r.index != nil {
		r.index.apply(s)
	}
	return nil
}

// result judges what a commit of main amounts to, by the state that it leaves and
// the one before it. What only time has made wrong belongs to All: no commit is
// to blame for it. faults is how many there were before the commit.
func (r *run) result(from, to *node, s *step, x *scope, m message, faults int) {
	var was *access.State
	if from != nil {
		was = from.state
	}
	if from == nil || s.touches(register.Policy, register.Officer, register.RecoveryFile, register.Grant, register.Evidence) {
		r.stateChange(was, to.state, x.day, s.commit)
	}
	r.brought(s, x, to.state)
	r.documentsNamed(s, to.state)
	if from == nil {
		return
	}
	r.reviewed(s, was, to.state, x.day)
	r.overdue([]*step{s}, was, x.day)
	r.bulk(s, was, x.day)
	r.declared(s, m, x.signer, was, x.day, false)
	if s.touches(register.Policy, register.Officer, register.Grant) {
		r.removal(was, to.state, x.day, at(s.commit, register.Path{}, ""))
	}
	said := m.effect
	if said == "" && x.merged != nil {
		said = x.merged.effect
	}
	if r.faults == faults { // nobody needs to mean what is refused anyway
		r.effect(s, was, to.state, x.day, said)
	}
}

// sameReaders tells whether readers can differ from those of the parent only
// where a keyring.yaml changed: the same day, policy, officers and grants.
func sameReaders(s *step, from *node, day register.Day) bool {
	return dayOf(from.commit) == day && !s.touches(register.Policy, register.Officer, register.RecoveryFile, register.Grant)
}

func (r *run) readersTouched(s *step, state *access.State, day register.Day) {
	for i := range s.changes {
		if c := &s.changes[i]; c.p.Kind == register.Keyring {
			if _, ok := state.Policy.Unit(c.p.Unit); ok {
				r.readersOf(s.commit, state, c.p.Unit, day)
			}
		}
	}
}
