package check

import (
	"errors"
	"fmt"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// change is one path that differs between two trees, taken apart.
type change struct {
	gitstore.Change
	p register.Path // of kind Unknown for a path that is not a part of a register
}

func (c *change) added() bool   { return !c.has(c.Old) && c.has(c.New) }
func (c *change) removed() bool { return c.has(c.Old) && !c.has(c.New) }
func (c *change) changed() bool { return c.has(c.Old) && c.has(c.New) }

func (c *change) has(e gitstore.Entry) bool { return !e.ID.IsZero() }

// brings tells whether the change puts a sealed file where another or none was.
func (c *change) brings() bool {
	return c.p.Kind.Sealed() && c.has(c.New) && c.New.ID != c.Old.ID
}

// step is what one commit changes, or a proposal as a whole.
type step struct {
	commit  *gitstore.Commit // nil for a proposal as a whole
	from    gitstore.ID      // the tree before; zero: none
	to      gitstore.ID      // the tree after
	changes []change
	did     tally              // what the changes amount to; nil until they were judged
	others  *[]register.Handle // who signed, beside the committer, the run that the step finishes; nil until it was asked
	broken  bool               // the trees could not be compared
	enough  bool               // because there were too many changes
}

// at is the place of a change, for a finding.
func (s *step) at(c *change) Finding { return at(s.commit, c.p, c.Path) }

// units returns the units whose folders the step touches. A keyring.yaml follows
// from other changes and is not counted.
func (s *step) units() map[register.UnitID]bool {
	out := map[register.UnitID]bool{}
	for _, c := range s.changes {
		if c.p.Unit != "" && c.p.Kind != register.Keyring {
			out[c.p.Unit] = true
		}
	}
	return out
}

func (s *step) touches(kinds ...register.Kind) bool {
	for _, c := range s.changes {
		for _, k := range kinds {
			if c.p.Kind == k {
				return true
			}
		}
	}
	return false
}

// mainLimit is the number of files that one commit of main may change. What is
// merged is bounded as a proposal; this leaves room for a first import.
const mainLimit = 1_000_000

// diff compares the trees of a step, up to a limit of changes, of which some were
// made before. Paths are taken apart but not judged; a
// tree that is malformed is a finding and leaves the step broken.
func (r *run) diff(c *gitstore.Commit, from, to gitstore.ID, limit, before int) (*step, error) {
	s := &step{commit: c, from: from, to: to}
	err := gitstore.DiffAtMost(r.repo, from, to, limit-before, func(x gitstore.Change) error {
		ch := change{Change: x}
		ch.p, _ = register.ParsePath(x.Path)
		s.changes = append(s.changes, ch)
		return nil
	})
	switch {
	case errors.Is(err, gitstore.ErrChanges):
		r.add(ruleCount, at(c, register.Path{}, ""), "more than %d files changed", limit)
		s.broken, s.enough, s.changes = true, true, nil // none is judged: to refuse so much must cost little
	case isMalformed(err):
		r.add(ruleTree, at(c, register.Path{}, ""), "%s", clipError(err))
		s.broken = true
	case err != nil:
		return nil, fmt.Errorf("compare trees: %w", err)
	}
	return s, nil
}

// isMalformed tells whether reading failed for what somebody wrote, rather than
// for what is missing or damaged here.
func isMalformed(err error) bool {
	return errors.Is(err, gitstore.ErrMalformedTree) || errors.Is(err, gitstore.ErrMalformedCommit) ||
		errors.Is(err, gitstore.ErrLimit) || errors.Is(err, gitstore.ErrTooLarge)
}

// clipError is the text of an error of gitstore, which quotes names of files at
// most, as one bounded line.
func clipError(err error) string {
	const limit = 200 // characters
	return fmt.Sprintf("%.*s", limit, err.Error())
}

// limitOf is the number of files that one proposal may change.
func limitOf(p *policy.Policy) int {
	if n := p.Limits.Files; n > 0 {
		return min(n, policy.DefaultFiles)
	}
	return policy.DefaultFiles
}
