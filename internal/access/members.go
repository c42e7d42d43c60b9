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
	if st == nil || st.members.IsZero() {
		return 0, nil
	}
	if n, ok := s.counts[st.members]; ok {
		return n, nil
	}
	folders, err := gitstore.ReadTree(s.r, st.members)
	if err != nil {
		return 0, fmt.Errorf("count the members of %q: %w", u, err)
	}
	n := 0
	for _, f := range folders {
		if f.Mode != gitstore.ModeDir {
			continue
		}
		files, err := gitstore.ReadTree(s.r, f.ID)
		if err != nil {
			return 0, fmt.Errorf("count the members of %q: %w", u, err)
		}
		for _, e := range files {
			if e.Mode == gitstore.ModeFile {
				n++
			}
		}
	}
	s.counts[st.members] = n
	return n, nil
}
