package access

import (
	"maps"
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Part is At for as much of the state as decides what the officers may do in the
// units: those units and the ones above them, the units of offices that reach
// everywhere, and whoever holds a grant in one of these. Its cost does not follow
// the number of units.
//
// What it leaves out gives no right. So the whole allows whatever a part allows;
// what a part does not allow, the whole must be asked about. (Of two officers
// with one signing key the whole knows the first alone, but such a pair is
// refused before it comes to main.)
func (l *Loader) Part(tree gitstore.ID, units []register.UnitID, officers []register.Handle) (*State, error) {
	w := &part{units: map[register.UnitID]bool{}, officers: map[register.Handle]bool{register.Recovery: true}}
	for _, u := range units {
		w.units[u] = true
	}
	for _, h := range officers {
		w.officers[h] = true
	}
	return l.at(l.r, tree, w)
}

// part says what is wanted of a state; nil, all of it.
type part struct {
	units    map[register.UnitID]bool
	officers map[register.Handle]bool
}

// reach adds the units whose offices reach those that are named.
func (w *part) reach(p *policy.Policy) {
	if w == nil || p == nil {
		return
	}
	for _, id := range slices.Collect(maps.Keys(w.units)) {
		for u, ok := p.Unit(id); ok; u, ok = p.Unit(u.Under) {
			w.units[u.ID] = true
		}
	}
	everywhere := map[string]bool{} // levels
	for i := range p.Offices {
		if o := &p.Offices[i]; o.Scope == policy.ScopeAll {
			everywhere[o.Level] = true
		}
	}
	for i := range p.Units {
		if u := &p.Units[i]; everywhere[u.Level] {
			w.units[u.ID] = true
		}
	}
}

// holders adds the officers who hold a grant in the unit.
func (w *part) holders(u *Unit) {
	if w == nil {
		return
	}
	for h := range u.Grants {
		w.officers[h] = true
	}
}

func (w *part) unit(id register.UnitID) bool   { return w == nil || w.units[id] }
func (w *part) officer(h register.Handle) bool { return w == nil || w.officers[h] }
