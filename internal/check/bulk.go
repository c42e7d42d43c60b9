package check

import (
	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
)

// bulk refuses more new members at once than the policy takes after the last day
// of whole lists. Nobody is above it: what the secretariat enters, or merges after
// that day, is counted like what officers send.
func (r *run) bulk(s *step, state *access.State, day register.Day) {
	if state == nil {
		return
	}
	b := state.Policy.Lists.BulkImport
	if b.Until == "" || b.Single == 0 || day <= b.Until {
		return
	}
	var first *change
	n := 0
	for _, g := range groupRecords(s) {
		if len(g.added) > 0 && len(g.removed) == 0 {
			if n++; first == nil {
				first = g.added[0]
			}
		}
	}
	if n > b.Single {
		r.add(ruleBulk, s.at(first), "%d new members at once; after %s it is at most %d", n, b.Until, b.Single)
	}
}
