package check

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Single records may be erased outside runs, since somebody who asks to be forgotten
// need not wait for others. So that a run cannot be got around record by record, no
// more of them than a run may have are erased so within some days.
const (
	singleDays  = 30 // days, the present one included
	SingleLeast = 5  // records that every register may erase so, however small
)

// braked judges erasures under brakes. done tells whether they are those of a run.
func (r *run) braked(p *runStep, x *scope, done bool) {
	f := p.at(p.tombs[0])
	for _, t := range p.tombs {
		if at, ok := p.gone[t.p.ID]; ok && at.Kind == register.Member {
			r.add(ruleBrake, p.at(t), "the record of an active member is erased")
		}
	}
	switch {
	case done:
	case x.merged != nil:
		r.add(ruleBrake, f, "a merge erases")
	case len(p.tombs) > 1:
		r.add(ruleBrake, f, "%d records are erased without a run", len(p.tombs))
	default:
		before, err := r.singles(p.from.commit, p.day.Add(1-singleDays))
		if err != nil {
			r.fail(err)
			return
		}
		if before+1 <= SingleLeast {
			return
		}
		records, err := p.from.state.AllRecords()
		if err != nil {
			r.fail(err)
			return
		}
		if most := max(SingleLeast, p.from.state.Policy.Brakes.Most(records)); before+1 > most {
			r.add(ruleBrake, f, "the %d. record in %d days that is erased without a run: the policy allows %d", before+1, singleDays, most)
		}
	}
}

// walked is what a commit of main adds to the erasures outside runs.
type walked struct {
	parent gitstore.ID
	day    register.Day
	erased int
}

// singles counts the records that were erased outside runs on a day or later, up to a
// commit of main. Each commit is read once in a check, however often it is asked.
func (r *run) singles(at *gitstore.Commit, since register.Day) (int, error) {
	if r.walked == nil {
		r.walked = map[gitstore.ID]walked{}
	}
	n := 0
	for id := at.ID; !id.IsZero(); {
		w, ok := r.walked[id]
		if !ok {
			var err error
			if w, err = r.walk(id); err != nil {
				return 0, fmt.Errorf("count erasures: %w", err)
			}
			r.walked[id] = w
		}
		if w.day < since {
			break
		}
		n += w.erased
		id = w.parent
	}
	return n, nil
}

// walk reads a commit of main. Only one whose message says that it erases is compared
// with the one before: the check holds each message to what its commit does.
func (r *run) walk(id gitstore.ID) (walked, error) {
	c, err := gitstore.ReadCommit(r.repo, id)
	if err != nil {
		return walked{}, err
	}
	w := walked{day: dayOf(c)}
	if len(c.Parents) == 0 {
		return w, nil
	}
	w.parent = c.Parents[0]
	if m, err := parseMessage(c.Message); err != nil || m.verb != "erase" {
		return w, nil
	}
	parent, err := gitstore.ReadCommit(r.repo, w.parent)
	if err != nil {
		return walked{}, err
	}
	runs := false
	err = gitstore.DiffAtMost(r.repo, parent.Tree, c.Tree, mainLimit, func(x gitstore.Change) error {
		p, err := register.ParsePath(x.Path)
		switch {
		case err != nil:
		case p.Kind == register.Tombstone && x.Old.ID.IsZero():
			w.erased++
		case p.Kind == register.Run:
			runs = true
		}
		return nil
	})
	if runs {
		w.erased = 0
	}
	return w, err
}
