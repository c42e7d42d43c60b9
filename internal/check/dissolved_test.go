package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

// ATTACK: somebody brings a member, a request, an activity or access into a branch that
// is dissolved, in a proposal, in its merge, or as the secretariat; or moves or reopens
// somebody into it. At stake: members whom nobody looks after. It proves that nothing
// new comes in from the day that the policy names, that what is there can go, and that
// the day before, and in other units, nothing is refused.
func TestAttackDissolved(t *testing.T) {
	w := newWorld(t)
	tomorrow := register.DayOf(w.now.Add(24 * time.Hour))
	text := string(w.content("policies/organisation.yaml"))
	marked := strings.Replace(text, "{id: asker,", "{id: asker, dissolved: "+string(tomorrow)+",", 1)
	if marked == text {
		t.Fatal("there is no unit to dissolve")
	}
	early := w.draft("kari").add(newMembers("asker", 1), msg("add", "asker"))
	w.main("sec", files{"policies/organisation.yaml": []byte(marked)}, msg("unit", "national"))
	direct := func(fs files, message string) *check.Report {
		c := w.copy(t)
		return c.direct(c.mainSpec("sec", fs, message))
	}
	merge := func(d *draft) *check.Report {
		c := w.copy(t)
		return c.direct(c.merge("sec", d, register.NewTopic("asker"), nil))
	}
	closed := closedPath("asker", w.day().AddMonths(1).Month(), anna)
	asks := files{requestPath("asker", register.NewRecordID()): sealed()}
	moves := files{memberPath("karasjok", cato): nil, memberPath("asker", cato): sealed()}
	want(t, merge(early)) // the last day on which it lives
	want(t, direct(moves, msg("move", "asker")))

	w.later(24 * time.Hour)
	want(t, merge(early), "scope/dissolved")
	want(t, early.check(), "scope/dissolved")
	want(t, direct(newMembers("asker", 1), msg("add", "asker")), "scope/dissolved")
	want(t, direct(moves, msg("move", "asker")), "scope/dissolved")
	want(t, w.draft("kari").add(asks, msg("request", "asker")).check(), "scope/dissolved")

	// What is there is changed, moved elsewhere and closed, and does not come back.
	want(t, w.draft("kari").add(files{memberPath("asker", anna): sealed()}, msg("edit", "asker")).check())
	want(t, direct(files{memberPath("asker", anna): nil, memberPath("karasjok", anna): sealed()}, msg("move", "karasjok")))
	want(t, direct(newMembers("karasjok", 1), msg("add", "karasjok")))
	w.main("sec", files{memberPath("asker", anna): nil, closed: sealed()}, msg("close", "asker"))
	want(t, direct(files{closed: nil, memberPath("asker", anna): sealed()}, msg("reopen", "asker")), "scope/dissolved")

	// Access ends there, and none is given.
	grant := grantPath("kari", "asker")
	want(t, direct(files{grant: nil}, msg("revoke", "asker")))
	w.main("sec", files{grant: nil}, msg("revoke", "asker"))
	want(t, direct(files{grant: grantFile("member-officer", w.day(), "")}, msg("grant", "asker")), "scope/dissolved")

	// The policy lets it live again, in a commit of its own.
	w.main("sec", files{"policies/organisation.yaml": []byte(text)}, msg("unit", "national"))
	want(t, direct(newMembers("asker", 1), msg("add", "asker")))
}
