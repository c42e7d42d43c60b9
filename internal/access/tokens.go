package access

import (
	"slices"

	"github.com/medlem-register/medlem/internal/register"
)

// TokenReaders returns to whom the tokens of every unit are sealed: the
// secretariat of the day, and the recovery recipient.
func (s *State) TokenReaders(day register.Day) []register.Handle {
	out := append(s.Secretariat(day), register.Recovery)
	slices.Sort(out)
	return slices.Compact(out)
}
