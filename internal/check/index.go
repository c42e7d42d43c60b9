package check

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// index follows a register along its history, so that no commit needs the tree
// to be searched.
type index struct {
	ids  *ledger
	seen *seenBlobs // every sealed file that stood on main since the index began
}

// newIndex lists a tree; the zero id stands for an empty one.
func newIndex(r gitstore.Reader, tree gitstore.ID) (*index, error) {
	x := &index{ids: newLedger(), seen: newSeen(nil)}
	if tree.IsZero() {
		return x, nil
	}
	err := gitstore.Walk(r, tree, "data", func(path string, e gitstore.Entry) error {
		p, err := register.ParsePath(path)
		if err != nil {
			return nil // refused when it came
		}
		x.ids.add(p)
		if p.Kind.Sealed() {
			x.seen.here[e.ID] = p
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the register: %w", err)
	}
	return x, nil
}

// apply moves the index over a commit.
func (x *index) apply(s *step) {
	x.ids.apply(s)
	x.seen.add(s)
}

// known returns what a tree of main holds of the ids that are wanted, and the
// sealed files of the units, with those of their draws or without: from the index where there is one, or else from the
// tree. The zero id stands for an empty tree.
func (r *run) known(tree gitstore.ID, ids map[register.RecordID]bool, units map[register.UnitID]bool, draws bool) (*ledger, *seenBlobs, error) {
	if r.index != nil {
		return r.index.ids, newSeen(r.index.seen), nil
	}
	if tree.IsZero() {
		return newLedger(), newSeen(nil), nil
	}
	found, err := lookUp(r.repo, tree, ids)
	if err != nil {
		return nil, nil, err
	}
	seen := newSeen(nil)
	for u := range units {
		if err := seen.unit(r.repo, tree, u, draws); err != nil {
			return nil, nil, err
		}
	}
	return found, seen, nil
}
