package desk

import (
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// newcomers counts the members who have come to the units that the identity sees
// since main was was: new ones, and those who came back or moved there. Paths say so;
// no record is opened. Whoever merges knows it without.
func (d *Desk) newcomers(was gitstore.ID) (map[register.UnitID]int, error) {
	me, err := d.me()
	if err != nil || was.IsZero() || was == d.head || d.Secretary() {
		return nil, nil
	}
	from, err := gitstore.ReadCommit(d.repo, was)
	if err != nil {
		return nil, err
	}
	out := map[register.UnitID]int{}
	for _, u := range d.state.InScope(me, d.Today()) {
		units := []register.UnitID{u}
		before, err := d.activeAt(from.Tree, units)
		if err != nil {
			return nil, err
		}
		now, err := d.activeAt(d.tree, units)
		if err != nil {
			return nil, err
		}
		for id := range now {
			if !before[id] {
				out[u]++
			}
		}
	}
	return out, nil
}
