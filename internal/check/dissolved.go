package check

import "github.com/medlem-register/medlem/internal/register"

// dissolved refuses what a step brings into a unit that the policy before it says is
// dissolved: members, new, moved or taken up again, activities, requests and access. What
// is there may go, end, be moved elsewhere and be erased.
func (r *run) dissolved(s *step, x *scope) {
	if x.state == nil {
		return // a first commit takes over what another register had
	}
	bring := func(c *change, what string) {
		if u, ok := x.state.Policy.Unit(c.p.Unit); ok && u.GoneOn(x.day) {
			r.add(ruleDissolved, s.at(c), "%s in unit %q, which is dissolved since %s", what, string(u.ID), u.Dissolved)
		}
	}
	for _, g := range groupRecords(s) {
		for _, c := range g.added {
			ends := c.p.Kind == register.Closed && len(g.removed) > 0 && g.removed[0].p.Unit == c.p.Unit
			switch {
			case ends:
			case g.activity:
				bring(c, "an activity")
			default:
				bring(c, "a member")
			}
		}
	}
	for i := range s.changes {
		c := &s.changes[i]
		switch {
		case c.p.Kind == register.Request && c.added():
			bring(c, "a request")
		case c.p.Kind == register.Grant && c.has(c.New) && !r.ends(c):
			bring(c, "access")
		}
	}
}
