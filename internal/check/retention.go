package check

import (
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

// due notes what should be gone by the day: the dates that the policy promises
// stand in the paths, so a listing of the register answers.
func (r *run) due(f Finding, p register.Path, day register.Day) {
	until, ok := retention.Until(p)
	switch {
	case !ok || until >= day:
	case p.Kind == register.Closed:
		r.add(ruleOverdue, f, "to be erased by %s", p.Month)
	case p.Kind == register.Activity:
		r.add(ruleActivity, f, "the activity ended on %s", p.Day)
	}
}
