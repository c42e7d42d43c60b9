package check

import (
	"fmt"
	"slices"

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

	author register.Handle             // who signed; "" where that is not one officer
	steps  []*step                     // one for each commit
	whole  *step                       // from against head
	ids    *ledger                     // what ids base has, of those that matter here
	seen   *seenBlobs                  // sealed files that stood before
	since  map[string]*gitstore.Change // what main has changed since, of the paths of whole
	blobs  map[gitstore.ID]bool        // sealed files that any commit brings
	effect string                      // of its policy change, as the last commit that changes the policy acknowledges it
}

// proposal checks what head brings to main, whose head is base.
func (r *run) proposal(base, head gitstore.ID) error {
	b, s, err := r.mainAt(base)
	if err != nil {
		return err
	}
	return r.by(b, s, head)
}

// by checks what head brings to main by what a state says of access.
func (r *run) by(b *gitstore.Commit, s *access.State, head gitstore.ID) error {
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
		r.add(ruleCommit, f, "%s", clipError(err))
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
