package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// compare finds what the proposal changes, commit by commit and as a whole, and
// what main holds that it must be compared with.
func (r *run) compare(p *proposed) error {
	limit := limitOf(p.state.Policy)
	tree := p.from.Tree
	want := map[register.RecordID]bool{}
	units := map[register.UnitID]bool{}
	total, enough, draws := 0, false, false
	for _, c := range p.commits {
		s, err := r.diff(c, tree, c.Tree, limit, total)
		if err != nil {
			return err
		}
		tree = c.Tree
		if total += len(s.changes); s.enough {
			total, enough = limit, true // each commit after it is refused at its first change
		}
		p.steps = append(p.steps, s)
		s.addedIDs(want)
		draws = draws || s.touches(register.DrawList, register.SendingList)
		for u := range s.units() {
			units[u] = true
		}
	}
	if enough {
		p.whole = &step{from: p.from.Tree, to: p.head.Tree, broken: true}
	} else if len(p.steps) == 1 {
		p.whole = &step{from: p.from.Tree, to: p.head.Tree, broken: p.steps[0].broken, changes: slices.Clone(p.steps[0].changes)}
	} else {
		var err error
		if p.whole, err = r.diff(nil, p.from.Tree, p.head.Tree, limit, 0); err != nil {
			return err
		}
	}
	replaced, err := r.mainSince(p, want)
	if err != nil {
		return err
	}
	p.blobs = map[gitstore.ID]bool{}
	if p.ids, p.seen, err = r.known(p.base.Tree, want, units, draws); err != nil {
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
		case c.p.Kind == register.Activity && c.changed():
			// participant by participant
		case c.removed() && c.p.Kind == register.Member, c.removed() && c.p.Kind == register.Closed, c.removed() && c.p.Kind == register.Activity:
			// closed or moved here, edited there: the merge takes the edit along
		default:
			r.add(ruleStale, p.whole.at(c), "main has changed it since")
		}
	}
}
