package check

import "github.com/medlem-register/medlem/internal/register"

// due notes what should be gone by the day: the dates that the policy promises
// stand in the paths, so a listing of the register answers.
func (r *run) due(f Finding, p register.Path, day register.Day) {
	switch {
	case p.Kind == register.Closed && p.Month.Last() < day:
		r.add(ruleOverdue, f, "to be erased by %s", p.Month)
	case p.Kind == register.Activity && p.Day < day:
		r.add(ruleActivity, f, "the activity ended on %s", p.Day)
	}
}
