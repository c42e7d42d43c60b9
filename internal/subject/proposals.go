package subject

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// writing is one commit of a proposal that was merged.
type writing struct {
	from   instant // on main, when it was written
	merged int32
	base   []holder // the secretariat as its author knew it then
}

// bringing is a record that a proposal wrote in a unit.
type bringing struct {
	*writing
	unit    int32
	through []holder // the author's offices there
}

// proposal follows what the merge at k took in, from its base on main.
func (w *walker) proposal(k int32) error {
	var commits []*gitstore.Commit
	base := int32(-1)
	for id := w.chain[k].merged; ; {
		if j, ok := w.at[id]; ok && j < k {
			base = j
			break
		}
		if len(commits) == gitstore.HistoryLimit {
			return fmt.Errorf("proposal: %w: more than %d commits", gitstore.ErrLimit, gitstore.HistoryLimit)
		}
		c, err := gitstore.ReadCommit(w.r, id)
		if err != nil {
			return err
		}
		commits = append(commits, c)
		if len(c.Parents) != 1 {
			return errors.New("a proposal that does not begin on main was merged")
		}
		id = c.Parents[0]
	}
	tree := w.chain[base].tree
	for _, c := range slices.Backward(commits) {
		if err := w.writing(c, tree, base, k); err != nil {
			return err
		}
		tree = c.Tree
	}
	return nil
}

// writing notes which records a commit of a proposal wrote.
func (w *walker) writing(c *gitstore.Commit, parent gitstore.ID, base, k int32) error {
	author := register.Handle(c.Author.Name)
	var x *writing
	var states [3]*access.State // of the base, of the day, and before the merge
	through := map[int32][]holder{}
	return gitstore.DiffExcept(w.r, parent, c.Tree, w.skips, func(d gitstore.Change) error {
		p, err := register.ParsePath(d.Path)
		if err != nil || p.Kind != register.Member && p.Kind != register.Closed || d.New.ID.IsZero() {
			return nil
		}
		u, ok := w.unitOf[p.Unit]
		r := w.records[p.ID]
		if r == nil || !ok {
			return nil // the merge did not take it over
		}
		if x == nil {
			// Clocks differ by as much as an hour: not before the base, nor after the merge.
			j := base + int32(sort.Search(int(k-base-1), func(i int) bool { return w.chain[base+1+int32(i)].when.After(c.Committer.When) }))
			day := min(max(register.DayOf(c.Committer.When), w.days[j]), w.days[k])
			x = &writing{from: instant{j, day}, merged: k}
			for i, at := range []int32{base, j, k - 1} {
				if states[i], err = w.stateAt(at); err != nil {
					return err
				}
			}
			x.base = w.secretariat(states[0], day)
		}
		if through[u] == nil {
			through[u] = w.offices(author, p.Unit, states[:], x.from.day)
		}
		r.brought = append(r.brought, bringing{x, u, through[u]})
		return nil
	})
}

// offices returns through which offices an author wrote in a unit on a day: those
// that reach it, by the first of the states in which there are any; else all that she
// had, who asks to move a member to a unit that is not hers.
func (w *walker) offices(author register.Handle, unit register.UnitID, states []*access.State, day register.Day) []holder {
	var out []holder
	for _, s := range states {
		s.Reaching(unit, day, func(g *access.Grant, o *policy.Office) {
			if of := w.holder(g); g.Handle == author && !slices.Contains(out, of) {
				out = append(out, of)
			}
		})
		if len(out) > 0 {
			return out
		}
	}
	for _, s := range states {
		for _, g := range s.Grants(author, day) {
			out = append(out, w.holder(g))
		}
		if len(out) > 0 {
			return out
		}
	}
	return []holder{{w.who(author), w.seat(seat{})}}
}

// opened returns who could open what a proposal said of a record.
func (w *walker) opened(r *past, b bringing, secretariat *timeline) []piece {
	held := r.before(b.merged + 1)
	var out []piece
	for _, of := range b.through {
		out = append(out, piece{of, b.unit, b.from.day, w.days[b.merged], held})
	}
	for _, of := range b.base {
		out = append(out, piece{of, b.unit, b.from.day, b.from.day, held})
	}
	end := instant{b.merged, w.days[b.merged]}
	for _, s := range secretariat.spans {
		from, to := later(s.from, b.from), s.to
		if end.before(to) {
			to = end
		}
		if !from.before(to) {
			continue
		}
		x := w.piece(r, s.of, b.unit, from, to, never)
		x.copy = held
		out = append(out, x)
	}
	return out
}
