package breach

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

// accessAt notes what a commit made of her access, and of the policy.
func (w *walker) accessAt(k int) error {
	s, err := w.loader.At(w.chain[k].tree)
	if err != nil {
		return err
	}
	if s.Policy == nil {
		return fmt.Errorf("its policies cannot be read: %s: %s", s.Problems[0].Path, s.Problems[0].Msg)
	}
	w.keep = s.Policy.Retention.KeepVersions
	if !merging(s, w.loss.Handle) {
		s = nil
	}
	w.states = append(w.states, dated{k, s})
	return nil
}

// merging tells whether an officer has a grant of an office that merges, in force or not.
func merging(s *access.State, h register.Handle) bool {
	for _, u := range s.Units {
		if g := u.Grants[h]; g != nil {
			if o, ok := s.Policy.Office(g.Office); ok && o.Can(policy.ActMerge) {
				return true
			}
		}
	}
	return false
}

// secretariat tells whether she was of the secretariat, by main's commit k, on a day.
func (w *walker) secretariat(k int, day register.Day) bool {
	for _, x := range slices.Backward(w.states) {
		if x.from <= k {
			return x.state != nil && slices.Contains(x.state.Secretariat(day), w.loss.Handle)
		}
	}
	return false
}

// proposal follows what the merge at k took in, where she could open it.
func (w *walker) proposal(k int) error {
	var commits []*gitstore.Commit
	base := -1
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
		if len(c.Parents) != 1 {
			return errors.New("a proposal that does not begin on main was merged")
		}
		commits = append(commits, c)
		id = c.Parents[0]
	}
	if len(commits) == 0 {
		return nil
	}
	last := commits[0]
	// Clocks differ by as much as an hour: not before the base, nor after the merge.
	sent := base + sort.Search(k-base-1, func(i int) bool { return w.chain[base+1+i].when.After(last.Committer.When) })
	day := min(max(register.DayOf(last.Committer.When), w.days[sent]), w.days[k])
	opens := false
	for _, at := range []int{base, sent, k - 1} {
		if (register.Handle(last.Author.Name) == w.loss.Handle || w.secretariat(at, day)) && w.alive(at) {
			opens = true
		}
	}
	if !opens {
		return nil
	}
	// It lies in history from the merge on, in every copy.
	within := w.loss.Until == "" || w.days[k] <= w.loss.Until
	tree := w.chain[base].tree
	for _, c := range slices.Backward(commits) {
		err := gitstore.Diff(w.r, tree, c.Tree, func(x gitstore.Change) error {
			p, err := register.ParsePath(x.Path)
			if err != nil || !ofKeyring(p.Kind) || x.New.ID.IsZero() {
				return nil
			}
			w.unit(p.Unit)
			w.open(Version{p.Unit, p.ID, p.Kind == register.Member || p.Kind == register.Closed, x.New.ID}, within)
			return nil
		})
		if err != nil {
			return err
		}
		tree = c.Tree
	}
	return nil
}
