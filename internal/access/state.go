// Package access answers who may do what, where and on which day, from the
// policy, the officers, the grants and the keyring digests of one commit. It
// holds no keys and reads nothing sealed.
//
// Use a Loader for every question about a register: it keeps what it has
// parsed, so that the state of the next commit costs what changed. A State then
// says who reads and may what (Readers, May), what a grant waits for (Lacks), how
// many hold an office (Crowding), whom a new grant ends (Predecessors, Unlisted)
// and when a review is due (ReviewDue); EffectOf compares two policies.
package access

import (
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Problem is a file of a state that cannot be read. What it would have given,
// it does not give.
type Problem struct {
	Path      string
	Line, Col int
	Msg, Hint string
}

// State is what one commit says about access.
type State struct {
	Tree     gitstore.ID
	Policy   *policy.Policy // nil when the policy has problems
	Officers map[register.Handle]*Officer
	Recovery *Officer // nil when missing
	Units    map[register.UnitID]*Unit
	Problems []Problem

	wire    map[string]register.Handle // signing keys
	all     []*Grant                   // of offices with scope all
	r       gitstore.Reader
	counts  map[gitstore.ID]int // records, by the tree of a unit's members or closed records
	folders map[gitstore.ID]int // files, by the tree of a folder of these
	runs    map[gitstore.ID][]RunFile
}

// Unit is the part of a unit's folder that access follows from.
type Unit struct {
	ID       register.UnitID
	Tree     gitstore.ID
	Grants   map[register.Handle]*Grant
	Keyring  *KeyringFile   // nil when missing or malformed
	Reviews  []register.Day // of which there is one, sorted
	Problems []Problem

	members, closed gitstore.ID // the trees of its records; zero: none
	runs            gitstore.ID // the tree of its runs; zero: none
}

// index finds the grants that reach every unit.
func (s *State) index() {
	if s.Policy == nil {
		return
	}
	for _, u := range s.Units {
		for _, g := range u.Grants {
			if o, ok := s.Policy.Office(g.Office); ok && o.Scope == policy.ScopeAll {
				s.all = append(s.all, g)
			}
		}
	}
	slices.SortFunc(s.all, func(a, b *Grant) int {
		if a.Handle != b.Handle {
			return cmp(a.Handle, b.Handle)
		}
		return cmp(a.Unit, b.Unit)
	})
}

func cmp[T ~string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
