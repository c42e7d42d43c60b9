package access

import (
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Reaching calls fn for each grant that is in force on the day and whose office
// reaches the unit, with that office: those that reach every unit first, then from
// the unit upwards, by handle.
func (s *State) Reaching(unit register.UnitID, day register.Day, fn func(*Grant, *policy.Office)) {
	s.covering(unit, day, func(g *Grant, o *policy.Office) bool {
		fn(g, o)
		return true
	})
}
