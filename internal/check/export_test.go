package check

// The kinds of check, for tests.
const (
	InProposal = inProposal
	InMain     = inMain
	InAll      = inAll
)

// Applies tells whether a kind of check counts the rule among those it applies.
func Applies(id string, k kind) bool {
	for _, r := range allRules {
		if r.ID == id {
			return r.in&k != 0
		}
	}
	return false
}
