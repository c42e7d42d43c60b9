package check_test

import (
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

// ATTACK: a grant that says something else than its office allows, or less than it
// asks. At stake: access for what nobody decided, for longer than decided, for
// somebody who does not belong there.
// Proves: each by the rule that is named, in a proposal; the honest grants of the
// same offices pass (TestHonestOffices).
func TestAttackForm(t *testing.T) {
	helper := func(change func(g *access.Grant)) func(w *world) *check.Report {
		return func(w *world) *check.Report { return w.helper("eve", "asker").with(change).propose(nil) }
	}
	admin := func(change func(g *access.Grant)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			return w.unsignedAdmin("eve", "asker").with(change).signed().propose(nil)
		}
	}
	advisor := func(change func(g *access.Grant)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			p := w.paper("eve", "asker", "advisor").with(func(g *access.Grant) { g.Guide, g.Factor = "2.1", "passphrase" }).with(change)
			return p.sign("eve", "guide", "acknowledged", "appointee").sign("eve", "factor", "attested", "appointee").propose(nil)
		}
	}
	elsewhere := func(position, exception string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			p := w.unsignedAdmin("eve", "asker").with(func(g *access.Grant) {
				g.Belongs, g.Position, g.Exception = "karasjok", position, exception
			}).signed()
			return p.sign("sec", "exception", "approved", "national").propose(nil)
		}
	}
	year := register.Day(today).AddMonths(12)
	runOffices(t, []attack{
		{"no purpose", one("grant/needs"), nil, helper(func(g *access.Grant) { g.Purpose = "" })},
		{"no position", one("grant/needs"), nil, helper(func(g *access.Grant) { g.Position = "" })},
		{"no task", one("grant/needs"), nil, helper(func(g *access.Grant) { g.Task = "" })},
		{"no columns", one("grant/needs"), nil, helper(func(g *access.Grant) { g.Columns = nil })},
		{"no end", []string{"grant/needs", "grant/term"}, nil, helper(func(g *access.Grant) { g.Until = "" })},
		{"an unknown position", one("grant/position"), nil, helper(func(g *access.Grant) { g.Position = "press" })},
		{"a position of another office", one("grant/position"), nil, helper(func(g *access.Grant) { g.Position = "employee" })},
		{"an unknown purpose", one("grant/purpose"), nil, helper(func(g *access.Grant) { g.Purpose = "curiosity" })},
		{"an unknown task", one("grant/task"), nil, helper(func(g *access.Grant) { g.Task = "gossip" })},
		{"columns beyond the task", one("grant/columns"), nil, helper(func(g *access.Grant) { g.Columns = []string{"given", "family"} })},
		{"columns that records do not have", one("grant/columns"), nil, helper(func(g *access.Grant) { g.Columns = []string{"born"} })},
		{"a year and a day", one("grant/term"), helper(func(g *access.Grant) { g.Until = year }), helper(func(g *access.Grant) { g.Until = year.Add(1) })},
		{"no meeting", one("grant/meeting"), nil, admin(func(g *access.Grant) { g.Meeting = "" })},
		{"another kind of meeting", one("grant/meeting"), admin(func(g *access.Grant) { g.Meeting = "annual-meeting" }), admin(func(g *access.Grant) { g.Meeting = "coffee" })},
		{"a meeting without a day", one("grant/meeting"), nil, admin(func(g *access.Grant) { g.Met = "" })},
		{"a meeting to come", []string{"grant/meeting", "grant/signature"}, admin(func(g *access.Grant) { g.Met = today }), admin(func(g *access.Grant) { g.Met = "2026-03-06" })},
		{"somebody of another branch", one("grant/belongs"), nil, admin(func(g *access.Grant) { g.Belongs = "karasjok" })},
		{"somebody of nowhere", one("grant/belongs"), nil, admin(func(g *access.Grant) { g.Belongs = "" })},
		{"an exception that there is not", []string{"grant/exception", "grant/signature", "grant/belongs"}, nil, elsewhere("employee", "because")},
		{"an exception for employees, for somebody else", []string{"grant/exception", "grant/belongs"}, elsewhere("employee", "elsewhere"), elsewhere("", "elsewhere")},
		{"a condition that divides by zero", []string{"grant/exception", "grant/belongs"}, nil, elsewhere("employee", "broken")},
		{"a key in a drawer", one("grant/factor"), advisor(func(g *access.Grant) { g.Factor = "plugin" }), advisor(func(g *access.Grant) { g.Factor = "drawer" })},
		{"a guide that is not written yet", one("grant/guide"), advisor(func(g *access.Grant) { g.Guide = "2.0" }), advisor(func(g *access.Grant) { g.Guide = "2.2" })},
		{"a guide of the next year", one("grant/guide"), nil, advisor(func(g *access.Grant) { g.Guide = "3.0" })},
		{"a guide that nobody asks for", one("grant/guide"), nil, helper(func(g *access.Grant) { g.Guide = "1.0" })},
	})
}

// ATTACK: the same grants, put on main past every check. Proves: a register that
// holds them is not clean, without its history.
func TestAttackFormStands(t *testing.T) {
	stands := func(p func(w *world) *paper) func(w *world) *check.Report {
		return func(w *world) *check.Report { p(w).put(nil); return w.all(w.treeOf(w.head)) }
	}
	helper := func(change func(g *access.Grant)) func(w *world) *check.Report {
		return stands(func(w *world) *paper { return w.helper("eve", "asker").with(change) })
	}
	admin := func(change func(g *access.Grant)) func(w *world) *check.Report {
		return stands(func(w *world) *paper { return w.unsignedAdmin("eve", "asker").with(change).signed() })
	}
	runOffices(t, []attack{
		{"needs", one("grant/needs"), helper(func(*access.Grant) {}), helper(func(g *access.Grant) { g.Purpose = "" })},
		{"position", one("grant/position"), nil, helper(func(g *access.Grant) { g.Position = "press" })},
		{"purpose", one("grant/purpose"), nil, helper(func(g *access.Grant) { g.Purpose = "curiosity" })},
		{"task", one("grant/task"), nil, helper(func(g *access.Grant) { g.Task = "gossip" })},
		{"columns", one("grant/columns"), nil, helper(func(g *access.Grant) { g.Columns = []string{"born"} })},
		{"term", one("grant/term"), nil, helper(func(g *access.Grant) { g.Until = "2027-03-06" })},
		{"meeting", one("grant/meeting"), admin(func(*access.Grant) {}), admin(func(g *access.Grant) { g.Meeting = "coffee" })},
		{"belongs", one("grant/belongs"), nil, admin(func(g *access.Grant) { g.Belongs = "karasjok" })},
		{"exception", []string{"grant/exception"}, nil, admin(func(g *access.Grant) { g.Exception = "because" })},
		{"factor", one("grant/factor"), nil, stands(func(w *world) *paper {
			return w.paper("eve", "asker", "advisor").with(func(g *access.Grant) { g.Factor = "drawer" })
		})},
		{"guide", one("grant/guide"), nil, stands(func(w *world) *paper {
			return w.paper("eve", "asker", "advisor").with(func(g *access.Grant) { g.Guide = "3.0" })
		})},
		{"all of it, when it is over", nil, nil, func(w *world) *check.Report {
			w.helper("eve", "asker").with(func(g *access.Grant) { g.Position, g.Until = "press", today }).put(nil)
			w.later(48 * 3600e9)
			w.main("sec", nil, register.Message("readers", 0, "national"))
			return w.all(w.treeOf(w.head))
		}},
	})
}

// ATTACK: an exception after its end. At stake: what was allowed for a year becomes
// the rule.
// Proves: an exception ends with the grant that it was for; it cannot be made
// longer than the policy says, the approval of another time is not good, and when it
// is over the seat that it gave is gone.
func TestAttackException(t *testing.T) {
	second := func(w *world, change func(g *access.Grant)) *paper {
		w.admin("eve", "asker").put(nil)
		p := w.unsignedAdmin("liv", "asker").with(func(g *access.Grant) {
			g.Exception, g.Until, g.Names = "more-than-one", today.AddMonths(12), handles("eve", "liv")
		}).with(change).doc("reason").signed()
		return p.sign("kari", "exception", "requested", "board").sign("sec", "exception", "approved", "national")
	}
	nothing := func(*access.Grant) {}
	honest := func(w *world) *check.Report { return second(w, nothing).propose(nil) }
	runOffices(t, []attack{
		{"without an exception", one("grant/seats"), honest, func(w *world) *check.Report {
			return second(w, nothing).with(func(g *access.Grant) { g.Exception, g.Until = "", "" }).resigned().propose(nil)
		}},
		{"for longer than a year", one("grant/exception"), nil, func(w *world) *check.Report {
			return second(w, func(g *access.Grant) { g.Until = today.AddMonths(12).Add(1) }).propose(nil)
		}},
		{"without an end", one("grant/exception"), nil, func(w *world) *check.Report {
			return second(w, func(g *access.Grant) { g.Until = "" }).propose(nil)
		}},
		{"another year by the same approval", []string{"grant/signature", "grant/evidence-reused"}, nil, func(w *world) *check.Report {
			p := second(w, nothing).put(nil)
			w.now = today.AddMonths(5).Time()
			w.main("sec", nil, register.Message("readers", 0, "national"))
			p.g.From, p.g.Until = w.day(), w.day().AddMonths(12)
			return w.draft("rut").add(files{grantPath("liv", "asker"): p.g.Encode()}, msg("grant", "asker")).check()
		}},
		{"its seat when it is over", nil, nil, func(w *world) *check.Report {
			second(w, nothing).put(nil)
			w.now = today.AddMonths(12).Add(1).Time()
			s := w.state(w.head)
			if x, err := s.Seats("asker", "local-admin", w.day()); err != nil || x.Held != 1 || x.Max != 1 {
				w.t.Errorf("%+v, %v: want one seat and one who holds it", x, err)
			}
			return &check.Report{}
		}},
	})
}

// resigned makes the paper's signatures anew, those for an exception left out.
func (p *paper) resigned() *paper {
	p.g.Signatures = nil
	var evidence []access.Evidence
	for _, e := range p.g.Evidence {
		if e.Kind != "reason" {
			evidence = append(evidence, e)
		} else {
			delete(p.docs, evidencePath(p.g.Unit, e.ID))
		}
	}
	p.g.Evidence = evidence
	return p.signed()
}
