package check

import (
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

// runDays are how long after the end of a month, in days, a run of erasures may be
// proposed and finished, its quarantine not counted: until then a closed record under
// brakes is not overdue.
const runDays = 7

// due notes what should be gone by the day: the dates that the policy promises
// stand in the paths, so a listing of the register answers.
func (r *run) due(f Finding, p register.Path, day register.Day, by *policy.Policy) {
	brakes := by.Brakes
	until, ok := retention.Until(p, by)
	switch {
	case !ok || until >= day:
	case p.Kind == register.Closed && brakes != nil && day <= until.Add(runDays+brakes.Quarantine):
		r.warn(ruleOverdue, f, "to be erased by %s, with the next run", p.Month)
	case p.Kind == register.Closed:
		r.add(ruleOverdue, f, "to be erased by %s", p.Month)
	case p.Kind == register.Activity:
		r.add(ruleActivity, f, "the activity ended on %s", p.Day)
	}
}
