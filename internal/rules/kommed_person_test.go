package rules

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// K15: a branch with an employee is advised to choose the employee; it may choose
// another.
func TestK15Employee(t *testing.T) {
	w := kommed(t)
	w.warned(w.fork().admin("ylva", "ystad").complete().put(), "grant/recommended")
	w.warned(w.fork().admin("ylva", "ystad").with(employed).complete().put())
	w.warned(w.fork().admin("ylva", "motala").complete().put())
}

func employed(g *access.Grant) { g.Position = "employee" }

// K16: she says under her signature that she is a member of the branch.
func TestK16Belongs(t *testing.T) {
	w := kommed(t)
	w.holder("branch", "motala", 0)
	w.refused(w.admin("ylva", "motala").complete("belongs").put(), "grant/belongs")
	w.refused(w.admin("ylva", "motala").with(func(g *access.Grant) { g.Belongs = "lulea" }).complete().put(), "grant/belongs")
	a := w.admin("ylva", "motala").complete()
	w.ok(a.put())
	if !strings.Contains(string(a.g.Statement()), "\nbelongs: motala\n") {
		t.Error("what she signs does not say that she belongs to the branch")
	}
}

// K17: an employee who lives elsewhere is excepted, with something that shows the
// employment; nobody else is.
func TestK17EmployeeElsewhere(t *testing.T) {
	w := kommed(t)
	w.holder("branch", "motala", 0)
	elsewhere := func(g *access.Grant) { g.Exception = "employee-elsewhere" }
	w.refused(w.admin("ylva", "motala").with(elsewhere).complete().put(), "grant/belongs", "grant/exception")

	for but, lack := range map[string]string{policy.NeedReason: "reason", access.ActApproved: "exception approved national"} {
		w := w.fork()
		w.ok(w.admin("ylva", "motala").with(employed).with(elsewhere).complete(but).put())
		w.lacksOnly("ylva", "motala", lack)
		w.readsIs(false, "ylva", "motala")
	}
	w.ok(w.admin("ylva", "motala").with(employed).with(elsewhere).complete().put())
	w.readsIs(true, "ylva", "motala")
}

// K18: for special reasons, sealed, a branch asks for more than one, and the national
// organisation approves: until the day that it says.
func TestK18MoreThanOne(t *testing.T) {
	w := kommed(t)
	w.ok(w.admin("ylva", "motala").complete().put())
	another := func(w *world, name string, months int) *appointment {
		return w.admin(name, "motala").with(func(g *access.Grant) {
			g.Exception = "more-than-one"
			if months > 0 {
				g.Until = g.From.AddMonths(months)
			}
		})
	}
	for but, lack := range map[string]string{
		policy.NeedReason:   "reason",
		access.ActRequested: "exception requested branch",
		access.ActApproved:  "exception approved national",
	} {
		w := w.fork()
		w.ok(another(w, "rut", 6).complete(but).put())
		w.lacksOnly("rut", "motala", lack)
		w.readsIs(false, "rut", "motala")
	}
	w.refused(another(w, "rut", 0).complete().put(), "grant/exception")
	w.refused(another(w, "rut", 13).complete().put(), "grant/exception")
	self := another(w, "rut", 6).complete(access.ActApproved).signed(board, access.MatterException, access.ActApproved, "national")
	w.refused(self.put(), "grant/signature")

	w.ok(another(w, "rut", 6).complete().put())
	w.readsIs(true, "ylva", "motala")
	w.readsIs(true, "rut", "motala")
	w.refused(w.admin("frej", "motala").complete().put(), "grant/seats")

	w.later(200) // the exception is over
	w.members("motala", 1)
	w.readsIs(true, "ylva", "motala")
	w.readsIs(false, "rut", "motala")
}

// K19: an officer and her keys come from the national organisation alone.
func TestK19NationalGivesAccess(t *testing.T) {
	w := kommed(t)
	w.ok(w.admin("ylva", "motala").complete().put())
	officer := files{register.Path{Kind: register.Officer, Handle: handle("frej")}.String(): officerFile("frej").Encode()}
	w.refused(w.propose("ylva", officer, register.Message("grant", 1, "motala")), "scope/act")
	w.refused(w.commit("ylva", officer, register.Message("grant", 1, "motala")), "scope/act", "sign/secretariat")
	w.ok(w.commit("sec", officer, register.Message("grant", 1, "national")))
}
