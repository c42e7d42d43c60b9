package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// commitsLimit is the number of commits that one proposal may have.
const commitsLimit = 10_000

// proposed is a proposal on its way through a check.
type proposed struct {
	base    *gitstore.Commit // main's head, or the first parent of the merge
	state   *access.State    // of base: every authority comes from it
	day     register.Day
	ref     string             // that the proposal lies on; "" unknown
	from    *gitstore.Commit   // where the proposal left main
	head    *gitstore.Commit   // nil where it brings no commit
	commits []*gitstore.Commit // from (exclusive) to head, oldest first

	author register.Handle // who signed; "" where that is not one officer
	steps  []*step         // one for each commit
	whole  *step           // from against head
	ids    *ledger         // what ids base has, of those that matter here
	seen   *seenBlobs      // sealed files that stood before
	since  map[string]*gitstore.Change
	blobs  map[gitstore.ID]bool // sealed files that any commit brings
}

// proposal checks what head brings to main, whose head is base.
func (r *run) proposal(base, head gitstore.ID) error {
	b, s, err := r.mainAt(base)
	if err != nil {
		return err
	}
	p := &proposed{base: b, state: s, day: r.o.Day, ref: r.o.HeadRef}
	if ok, err := r.open(p, head); err != nil || !ok {
		return err
	}
	if err := r.rangeRules(p); err != nil {
		return err
	}
	return r.outcome(p)
}

// mainAt reads a commit of main that gives authority.
func (r *run) mainAt(id gitstore.ID) (*gitstore.Commit, *access.State, error) {
	c, err := gitstore.ReadCommit(r.repo, id)
	if err != nil {
		return nil, nil, fmt.Errorf("read main: %w", err)
	}
	s, err := r.load.At(c.Tree)
	if err != nil {
		return nil, nil, fmt.Errorf("read main: %w", err)
	}
	if s.Policy == nil {
		return nil, nil, noPolicy(s)
	}
	return c, s, nil
}

func noPolicy(s *access.State) error {
	if len(s.Problems) == 0 {
		return ErrNoPolicy
	}
	p := s.Problems[0]
	return fmt.Errorf("%w: %s:%d:%d: %s", ErrNoPolicy, p.Path, p.Line, p.Col, p.Msg)
}

// open finds the commits of a proposal. It is false where there is nothing that
// can be judged; a finding says why.
func (r *run) open(p *proposed, head gitstore.ID) (bool, error) {
	f := Finding{Commit: short(head)}
	bases, err := gitstore.MergeBases(r.repo, p.base.ID, head)
	switch {
	case isMalformed(err):
		r.add(ruleParents, f, "%s", clipError(err))
		return false, nil
	case err != nil:
		return false, fmt.Errorf("find where the proposal left main: %w", err)
	case len(bases) != 1:
		r.add(ruleBase, f, "%d commits in common with main: want one", len(bases))
		return false, nil
	case bases[0] == head:
		r.add(ruleMerged, f, "main contains this commit")
		return false, nil
	}
	if p.from, err = gitstore.ReadCommit(r.repo, bases[0]); err != nil {
		return false, fmt.Errorf("read main: %w", err)
	}
	if ok, err := r.onMain(p.base, p.from); err != nil {
		return false, err
	} else if !ok {
		r.add(ruleBase, f, "it starts from %s, which is no commit of main itself", short(p.from.ID))
		return false, nil
	}
	return r.line(p, head)
}

// onMain tells whether c is one of the first parents of base, base included.
// Their dates never decrease, so that the walk ends soon.
func (r *run) onMain(base, c *gitstore.Commit) (bool, error) {
	for at := base; ; {
		switch {
		case at.ID == c.ID:
			return true, nil
		case len(at.Parents) == 0 || at.Committer.When.Before(c.Committer.When):
			return false, nil
		}
		next, err := gitstore.ReadCommit(r.repo, at.Parents[0])
		if err != nil {
			return false, fmt.Errorf("read main: %w", err)
		}
		at = next
	}
}

// line reads the proposal's commits, which are one line from main to head.
func (r *run) line(p *proposed, head gitstore.ID) (bool, error) {
	for id := head; id != p.from.ID; {
		c, err := gitstore.ReadCommit(r.repo, id)
		if err != nil {
			return false, fmt.Errorf("read the proposal: %w", err)
		}
		if p.head == nil {
			p.head = c
		}
		if len(p.commits) == commitsLimit {
			r.add(ruleCount, Finding{Commit: short(head)}, "more than %d commits", commitsLimit)
			return false, nil
		}
		if len(c.Parents) != 1 {
			r.add(ruleParents, at(c, register.Path{}, ""), "%d parents: a proposal's commits have one", len(c.Parents))
			return false, nil
		}
		p.commits = append(p.commits, c)
		id = c.Parents[0]
	}
	slices.Reverse(p.commits)
	return true, nil
}

// rangeRules applies to every commit what every commit must hold to by itself,
// so that nothing that is refused ever enters history.
func (r *run) rangeRules(p *proposed) error {
	if err := r.compare(p); err != nil {
		return err
	}
	known := groundOf(p.state.Policy, false)
	brought := map[string]bool{} // paths by whether the proposal brought them itself
	for i, s := range p.steps {
		c := s.commit
		parent := p.from
		if i > 0 {
			parent = p.commits[i-1]
		}
		signer := r.signed(c, p.state)
		r.dated(c, parent)
		if i == 0 {
			p.author = signer
		} else if signer != p.author {
			r.add(ruleSeveral, at(c, register.Path{}, ""), "signed by another officer than the first commit")
		}
		if len(s.changes) == 0 && !s.broken {
			r.add(ruleNothing, at(c, register.Path{}, ""), "the commit changes nothing")
		}
		if err := r.content(s, known); err != nil {
			return err
		}
		if m := r.said(s, known.unit); m.verb == verbMerge || m.verb == verbInit {
			r.add(ruleMessage, at(c, register.Path{}, ""), "the message of a commit of main")
		}
		r.reused(s, p.seen)
		p.seen.add(s)
		for j := range s.changes {
			if x := &s.changes[j]; x.brings() {
				p.blobs[x.New.ID] = true
			}
		}
		r.judge(s, &scope{state: p.state, day: p.day, ids: p.ids, signer: signer, own: func(path string) bool { return brought[path] }})
		for j := range s.changes {
			if x := &s.changes[j]; !hasKey(brought, x.Path) {
				brought[x.Path] = x.added()
			}
		}
	}
	if err := r.envelope(p); err != nil {
		return err
	}
	r.refName(p)
	return nil
}

func hasKey[K comparable, V any](m map[K]V, k K) bool { _, ok := m[k]; return ok }

// content applies the rules that look at nothing but the files that a commit
// brings.
func (r *run) content(s *step, g ground) error {
	if err := r.layout(s, g); err != nil {
		return err
	}
	if err := r.records(s); err != nil {
		return err
	}
	return r.clear(s)
}

// compare finds what the proposal changes, commit by commit and as a whole, and
// what main holds that it must be compared with.
func (r *run) compare(p *proposed) error {
	limit := limitOf(p.state.Policy)
	tree := p.from.Tree
	want := map[register.RecordID]bool{}
	units := map[register.UnitID]bool{}
	total := 0
	for _, c := range p.commits {
		s, err := r.diff(c, tree, c.Tree, limit-total)
		if err != nil {
			return err
		}
		tree = c.Tree
		total += len(s.changes)
		p.steps = append(p.steps, s)
		s.addedIDs(want)
		for u := range s.units() {
			units[u] = true
		}
	}
	if len(p.steps) == 1 {
		p.whole = &step{from: p.from.Tree, to: p.head.Tree, broken: p.steps[0].broken, changes: slices.Clone(p.steps[0].changes)}
	} else {
		var err error
		if p.whole, err = r.diff(nil, p.from.Tree, p.head.Tree, limit); err != nil {
			return err
		}
	}
	replaced, err := r.mainSince(p, want)
	if err != nil {
		return err
	}
	p.blobs = map[gitstore.ID]bool{}
	if p.ids, p.seen, err = r.known(p.base.Tree, want, units); err != nil {
		return err
	}
	maps.Copy(p.seen.here, replaced)
	return nil
}

// mainSince finds what main has changed since the proposal left it, of what the
// proposal changes as well. It adds the ids of what main has taken away, and
// returns the sealed files that main has replaced.
func (r *run) mainSince(p *proposed, want map[register.RecordID]bool) (map[gitstore.ID]register.Path, error) {
	p.since = map[string]*gitstore.Change{}
	replaced := map[gitstore.ID]register.Path{}
	if p.from.ID == p.base.ID {
		return nil, nil
	}
	mine := map[string]*change{}
	for i := range p.whole.changes {
		mine[p.whole.changes[i].Path] = &p.whole.changes[i]
	}
	err := gitstore.Diff(r.repo, p.from.Tree, p.base.Tree, func(x gitstore.Change) error {
		path, err := register.ParsePath(x.Path)
		if err == nil && path.Kind.Sealed() && !x.Old.ID.IsZero() {
			replaced[x.Old.ID] = path
		}
		if mine[x.Path] != nil {
			p.since[x.Path] = &x
			if x.New.ID.IsZero() && path.ID != "" {
				want[path.ID] = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("compare main with where the proposal left it: %w", err)
	}
	return replaced, nil
}

// refName checks the name under which the proposal lies, where it is one of
// medlem's own.
func (r *run) refName(p *proposed) {
	if !strings.HasPrefix(p.ref, register.Proposals) {
		return
	}
	f := Finding{Path: p.ref}
	h, topic, err := register.ParseProposalRef(p.ref)
	if err != nil {
		r.add(ruleRef, f, "%s", err)
		return
	}
	if p.author != "" && h != p.author {
		r.add(ruleRef, f, "it lies under %s, and %s signed it", h, p.author)
	}
	unit, err := register.ParseTopic(topic)
	if err != nil {
		r.add(ruleRef, f, "%s", err)
		return
	}
	touched := map[register.UnitID]bool{}
	for _, s := range p.steps {
		for u := range s.units() {
			touched[u] = true
		}
	}
	if _, ok := p.state.Policy.Unit(unit); !ok {
		r.add(ruleRef, f, "it is named for the unknown unit %q", string(unit))
	} else if len(touched) > 0 && !touched[unit] {
		r.add(ruleRef, f, "it is named for unit %q, which it does not touch", string(unit))
	}
}

// outcome judges the proposal as a whole: what it amounts to, and what main
// would be with it.
func (r *run) outcome(p *proposed) error {
	w := p.whole
	if w.broken {
		r.note("the outcome was not judged: the proposal cannot be read as a whole")
		return nil
	}
	g := groundOf(p.state.Policy, false)
	w.changes = slices.DeleteFunc(w.changes, func(c change) bool {
		return c.p.Kind == register.Unknown && !c.removed() && !g.isBeside(c.Path) // layout has said so
	})
	r.judge(w, &scope{state: p.state, day: p.day, ids: p.ids, signer: p.author})
	r.stale(p)
	return r.accessAfter(p)
}

// stale finds what main has changed since in a way that no merge can join.
func (r *run) stale(p *proposed) {
	for i := range p.whole.changes {
		c := &p.whole.changes[i]
		x := p.since[c.Path]
		if x == nil {
			continue
		}
		gone := x.New.ID.IsZero()
		switch {
		case gone && hasKey(p.ids.erased, c.p.ID):
			r.add(ruleErased, p.whole.at(c), "main has erased this record since")
		case gone:
			r.add(ruleStale, p.whole.at(c), "main has moved or removed it since")
		case x.New == c.New:
			// both did the same
		case (c.p.Kind == register.Member || c.p.Kind == register.Closed) && c.changed():
			// the merge joins them field by field
		case c.removed() && c.p.Kind == register.Member, c.removed() && c.p.Kind == register.Closed:
			// closed or moved here, edited there: the merge takes the edit along
		default:
			r.add(ruleStale, p.whole.at(c), "main has changed it since")
		}
	}
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
		if c := &p.whole.changes[i]; followsAccess(c.p.Kind) || c.p.Kind == register.Evidence {
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
	before := map[judged]bool{}
	for _, j := range r.states(p.state, p.day) {
		before[j] = true
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
	for _, j := range r.states(after, p.day) {
		if !before[j] {
			r.add(j.rule, j.f, "%s", j.msg)
		}
	}
	return nil
}
