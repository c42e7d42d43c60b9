package access

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Members returns how many active members a unit has: the number of their files,
// so that nobody needs a key to count.
func (s *State) Members(u register.UnitID) (int, error) {
	st := s.Units[u]
	if st == nil {
		return 0, nil
	}
	return s.count(u, st.members)
}

// Records returns how many members' records the unit's keyring opens: those of
// its active members and those that are closed and not erased yet.
func (s *State) Records(u register.UnitID) (int, error) {
	st := s.Units[u]
	if st == nil {
		return 0, nil
	}
	n, err := s.count(u, st.members)
	if err != nil {
		return 0, err
	}
	closed, err := s.count(u, st.closed)
	return n + closed, err
}

// count returns the number of files in the folders of a tree.
func (s *State) count(u register.UnitID, tree gitstore.ID) (int, error) {
	if tree.IsZero() {
		return 0, nil
	}
	if n, ok := s.counts[tree]; ok {
		return n, nil
	}
	folders, err := gitstore.ReadTree(s.r, tree)
	if err != nil {
		return 0, fmt.Errorf("count the records of %q: %w", u, err)
	}
	n := 0
	for _, f := range folders {
		if f.Mode != gitstore.ModeDir {
			continue
		}
		// One folder of a letter or a month at a time changes.
		below, ok := s.folders[f.ID]
		if !ok {
			files, err := gitstore.ReadTree(s.r, f.ID)
			if err != nil {
				return 0, fmt.Errorf("count the records of %q: %w", u, err)
			}
			for _, e := range files {
				if e.Mode == gitstore.ModeFile {
					below++
				}
			}
			s.folders[f.ID] = below
		}
		n += below
	}
	s.counts[tree] = n
	return n, nil
}
