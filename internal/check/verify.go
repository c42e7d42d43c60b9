package check

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/sign"
)

// indexFrom is the number of commits from which on it is cheaper to list the
// register once and follow it than to search its tree for each.
const indexFrom = 30

// verify checks main's first parents from one commit (exclusive) to another.
func (r *run) verify(from, to gitstore.ID) error {
	chain, err := r.firstParents(from, to)
	if err != nil {
		return err
	}
	if len(chain) == 0 {
		r.note("nothing is new since the last verification")
		return nil
	}
	var last *node
	tree := gitstore.ZeroID
	if !from.IsZero() {
		c, s, err := r.mainAt(from)
		if err != nil {
			return err
		}
		last, tree = &node{c, s}, c.Tree
	}
	if len(chain) >= indexFrom {
		if r.index, err = newIndex(r.repo, tree); err != nil {
			return err
		}
	}
	defer r.repo.Remember()()
	r.ahead = lookAhead(r.repo, chain, r.o.Workers)
	defer r.ahead.end()
	vouched := false
	if r.o.Incoming && last != nil {
		if vouched, err = r.vouched(last.state, to); err != nil {
			return err
		}
	}
	progress := r.o.Progress // counts commits here, not the files of each
	r.o.Progress = nil
	for i, id := range chain {
		r.ahead.next()
		c, err := gitstore.ReadCommit(r.repo, id)
		if err != nil {
			return fmt.Errorf("read main: %w", err)
		}
		r.past = !r.o.Incoming || dayOf(c) < r.o.Day.Add(-1)
		if r.o.Incoming && last != nil && (!vouched || i == len(chain)-1) {
			r.today(last, c)
		}
		if last, err = r.mainStep(last, c); err != nil || last == nil {
			return err
		}
		if progress != nil {
			progress(i+1, len(chain))
		}
	}
	if r.o.Keyrings == nil || !r.o.Keyrings.Complete() {
		return nil // an officer's copy gets its keyrings after main was verified
	}
	return r.keyrings(last.state, dayOf(last.commit))
}

// vouched tells whether the last of the commits that come in is signed by somebody
// who is of the secretariat today by the state that the receiver has. Whoever
// signs a commit answers for all that it is built on; so commits below it may be
// of officers who have left since, as when a server that lost them gets them
// back. The state must be the receiver's own: in what comes in, one who has left
// could write a grant, or a key, for whoever signs the last.
func (r *run) vouched(s *access.State, to gitstore.ID) (bool, error) {
	c, err := gitstore.ReadCommit(r.repo, to)
	if err != nil {
		return false, fmt.Errorf("read main: %w", err)
	}
	key, err := sign.Verify(c.Raw)
	if err != nil {
		return false, nil
	}
	h, ok := s.SignerOf(key.Marshal())
	return ok && s.MayMerge(h, r.o.Day), nil
}

// firstParents returns the commits after from, oldest first. A commit that
// cannot be taken apart is a finding and ends the list before it.
func (r *run) firstParents(from, to gitstore.ID) ([]gitstore.ID, error) {
	var out []gitstore.ID
	for id := to; id != from; {
		c, err := gitstore.ReadCommit(r.repo, id)
		if isMalformed(err) {
			r.add(ruleCommit, Finding{Commit: short(id)}, "%s", clipError(err))
			return nil, nil
		} else if err != nil {
			return nil, fmt.Errorf("read main: %w", err)
		}
		out = append(out, id)
		if len(c.Parents) == 0 {
			if !from.IsZero() {
				return nil, ErrNotDescendant
			}
			break
		}
		id = c.Parents[0]
	}
	slices.Reverse(out)
	return out, nil
}
