package check_test

import (
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// newMembers are n new records of the unit.
func newMembers(u register.UnitID, n int) files {
	fs := files{}
	for range n {
		fs[memberPath(u, register.NewRecordID())] = sealed()
	}
	return fs
}

// bulkWorld is a register that takes whole lists in until the second day from now,
// and two new members at once after it.
func bulkWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	until := register.DayOf(w.now.Add(48 * time.Hour))
	w.main("sec", files{"policies/lists.yaml": []byte("purposes:\n  - {id: meeting, name: {en: Meeting}, columns: [given, family]}\ndestroy-after: 30\nbulk-import: {until: " + string(until) + ", single: 2}\n")}, msg("policy", "national"))
	return w
}

// ATTACK: after the last day of whole lists, an officer with a program of her own
// sends many new members at once, in one commit or in several, or has it merged
// although it was sent in time; or the secretariat enters a list itself. What is at
// stake: after that day each member is looked at. It proves that the whole is
// counted, in proposals and on main.
func TestAttackBulkClosed(t *testing.T) {
	w := bulkWorld(t)
	direct := func(commit func(w *world) gitstore.CommitSpec) *check.Report {
		c := w.copy(t)
		return c.direct(commit(c))
	}
	early := w.draft("kari").add(newMembers("asker", 3), register.Message("import", 3, "asker"))
	want(t, early.check())
	want(t, direct(func(w *world) gitstore.CommitSpec {
		return w.mainSpec("sec", newMembers("asker", 5), register.Message("import", 5, "asker"))
	}))

	w.later(48 * time.Hour) // the day itself
	want(t, early.check())
	want(t, direct(func(w *world) gitstore.CommitSpec { return w.merge("sec", early, register.NewTopic("asker"), nil) }))

	w.later(24 * time.Hour)
	want(t, early.check(), "scope/bulk")
	want(t, direct(func(w *world) gitstore.CommitSpec { return w.merge("sec", early, register.NewTopic("asker"), nil) }), "scope/bulk")
	want(t, w.draft("kari").add(newMembers("asker", 3), register.Message("add", 3, "asker")).check(), "scope/bulk")
	three := w.draft("kari")
	for range 3 {
		three.add(newMembers("asker", 1), register.Message("add", 1, "asker"))
	}
	want(t, three.check(), "scope/bulk")
	want(t, direct(func(w *world) gitstore.CommitSpec {
		return w.mainSpec("sec", newMembers("asker", 3), register.Message("import", 3, "asker"))
	}), "scope/bulk")

	// The honest twins: as many as the policy takes, and any number of changes of
	// those who are there.
	two := w.draft("kari").add(newMembers("asker", 2), register.Message("add", 2, "asker"))
	want(t, two.check())
	want(t, direct(func(w *world) gitstore.CommitSpec { return w.merge("sec", two, register.NewTopic("asker"), nil) }))
	want(t, direct(func(w *world) gitstore.CommitSpec {
		return w.mainSpec("sec", newMembers("asker", 2), register.Message("add", 2, "asker"))
	}))
	want(t, w.draft("kari").add(files{memberPath("asker", anna): sealed(), memberPath("asker", berit): sealed()}, register.Message("edit", 2, "asker")).check())
	want(t, direct(func(w *world) gitstore.CommitSpec {
		return w.mainSpec("sec", files{memberPath("karasjok", cato): nil, memberPath("asker", cato): sealed()}, register.Message("move", 1, "asker"))
	}))

	// A policy that says nothing of it takes any number.
	w.main("sec", files{"policies/lists.yaml": nil}, msg("policy", "national"))
	want(t, w.draft("kari").add(newMembers("asker", 9), register.Message("import", 9, "asker")).check())
}
