package duplicate

import (
	"slices"

	"github.com/medlem-register/medlem/internal/register"
)

// A Match is a person of the index who looks like the one that was asked for.
//
// Below [Ask] two sorts are many and seldom one person: [Match.Household] and
// [Match.Namesake]. Where one person is entered they are shown like the others.
// Where a list of thousands comes in they are better counted than listed.
type Match struct {
	ID      string
	Unit    register.UnitID
	Score   float64  // at least [List]
	Reasons []Reason // in the order of [Reasons]
}

// Household tells whether m has the same e-mail address and another given name,
// or none: a family with one mailbox.
func (m Match) Household() bool {
	return m.Score < Ask && m.has(Email) && !m.has(Given, GivenPart, GivenInitial, GivenSimilar, NamesSwapped)
}

// Namesake tells whether nothing speaks for m but the same names in one postal
// code, while both days of birth are known and do not resemble each other.
func (m Match) Namesake() bool {
	if m.Score >= Ask || !m.has(Postcode) || m.has(Born, BornSwapped, BornCentury, BornDigit, Email, Phone, Street) {
		return false
	}
	return m.has(NamesSwapped) || m.has(Given) && m.has(Family)
}

// has tells whether one of reasons is m's.
func (m Match) has(reasons ...Reason) bool {
	return slices.ContainsFunc(reasons, func(r Reason) bool { return slices.Contains(m.Reasons, r) })
}
