package check

import (
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// merged is a proposal as the commit that merges it sees it. A nil *merged
// brought nothing.
type merged struct {
	author  register.Handle // "" where the proposal's signature is not good
	changes map[string]*change
	blobs   map[gitstore.ID]bool // sealed files that any commit of the proposal brings
	effect  string               // of its policy change, as it acknowledges it
	r       *run
}

// brought tells whether the proposal changes every path of a deed. Sealed files
// are sealed anew by the merge, so their content differs; clear ones must be the
// same.
func (m *merged) brought(d *deed) bool {
	if m == nil || m.author == "" {
		return false
	}
	for _, c := range d.changes {
		if !m.same(c) {
			return false
		}
	}
	return true
}

// same tells whether a change of the merge is the proposal's own.
func (m *merged) same(c *change) bool {
	if m == nil {
		return false
	}
	p := m.changes[c.Path]
	switch {
	case p == nil, c.has(c.New) != p.has(p.New):
		return false
	case c.p.Kind.Sealed(), c.New.ID == p.New.ID:
		return true
	case c.p.Kind == register.Grant:
		a, b := m.r.readGrant(c.New, c.p), m.r.readGrant(p.New, p.p)
		return a != nil && b != nil && sameGrant(a, b)
	}
	return false
}

// notResealed finds sealed files of the merge that stand in the proposal too.
func (r *run) notResealed(s *step, m *merged) {
	for i := range s.changes {
		if c := &s.changes[i]; c.brings() && m.blobs[c.New.ID] {
			r.add(ruleNotResealed, s.at(c), "the file is the proposal's own")
		}
	}
}

// merges checks the proposal that a merge brings in, as it was to be checked
// when it was merged.
func (r *run) merges(from *node, c *gitstore.Commit, m message) (*merged, error) {
	p := &proposed{base: from.commit, state: from.state, day: dayOf(c)}
	if m.verb == verbMerge {
		p.ref = register.ProposalRef(m.handle, m.topic)
	}
	out := &merged{r: r, changes: map[string]*change{}}
	if ok, err := r.open(p, c.Parents[1]); err != nil || !ok {
		return out, err
	}
	if err := r.rangeRules(p); err != nil {
		return nil, err
	}
	out.author, out.blobs, out.effect = p.author, p.blobs, p.effect
	for i := range p.whole.changes {
		out.changes[p.whole.changes[i].Path] = &p.whole.changes[i]
	}
	return out, nil
}
