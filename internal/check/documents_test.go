package check_test

import (
	"maps"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

// ATTACK: minutes that were used before, a reason that was copied, a document of
// another branch. At stake: a concrete decision on each appointment.
// Proves: one document is one grant's, by its id, by its file and by its content; the
// office that lists everyone shares one agreement within its unit, and no other
// does.
func TestAttackDocuments(t *testing.T) {
	// reused is a helper of Asker with a reason that another grant has.
	reused := func(other func(w *world) *paper, share func(is *access.Evidence, was access.Evidence)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			from := other(w).put(nil)
			p := w.helper("liv", "asker")
			path := evidencePath("asker", p.g.Evidence[0].ID)
			file := p.docs[path]
			share(&p.g.Evidence[0], from.g.Evidence[0])
			p.docs = files{}
			if p.g.Evidence[0].ID != from.g.Evidence[0].ID {
				p.docs[path] = file
			}
			return p.propose(nil)
		}
	}
	here := func(w *world) *paper { return w.helper("eve", "asker") }
	elsewhere := func(w *world) *paper { return w.helper("eve", "karasjok") }
	content := func(is *access.Evidence, was access.Evidence) { is.Digest = was.Digest }
	whole := func(is *access.Evidence, was access.Evidence) { *is = was }
	honest := reused(here, func(*access.Evidence, access.Evidence) {})
	// after is a second grant of the same officer's, when the first is over or not.
	after := func(day register.Day, share bool) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			from := w.helper("eve", "asker").put(nil)
			w.now = day.Time()
			w.main("sec", nil, register.Message("readers", 0, "national"))
			p := w.helper("eve", "asker")
			if share {
				p.g.Evidence, p.docs = from.g.Evidence, files{}
			} else {
				p.docs[evidencePath("asker", from.g.Evidence[0].ID)] = nil
			}
			return p.propose(nil)
		}
	}
	runOffices(t, []attack{
		{"a reason copied from another grant", one("grant/evidence-reused"), honest, reused(here, content)},
		{"another officer's document", one("grant/evidence-reused"), nil, reused(here, whole)},
		{"a reason copied from another branch", one("grant/evidence-reused"), nil, reused(elsewhere, content)},
		{"another branch's document", []string{"grant/evidence-reused", "grant/evidence"}, nil, reused(elsewhere, whole)},
		{"the reason of her who goes", one("grant/evidence-reused"), func(w *world) *check.Report {
			from := here(w).put(nil)
			return w.helper("liv", "asker").propose(files{grantPath("eve", "asker"): nil, evidencePath("asker", from.g.Evidence[0].ID): nil})
		}, func(w *world) *check.Report {
			from := here(w).put(nil)
			p := w.helper("liv", "asker")
			p.g.Evidence, p.docs = from.g.Evidence, files{}
			return p.propose(files{grantPath("eve", "asker"): nil})
		}},
		{"last year's reason for another year", one("grant/evidence-reused"), after("2026-08-01", false), after("2026-08-01", true)},
		{"a kind that nobody asked for", one("grant/evidence"), nil, func(w *world) *check.Report { return here(w).doc("diary").propose(nil) }},
		{"no kind", one("grant/evidence"), nil, func(w *world) *check.Report {
			p := here(w)
			p.g.Evidence[0].Kind, p.g.Evidence[0].Digest = "", ""
			return p.propose(nil)
		}},
		{"an agreement that two officers share", nil, nil, func(w *world) *check.Report {
			w.admin("eve", "asker").put(nil)
			from := grantOf(w, "eve", "asker")
			p := w.unsignedAdmin("liv", "asker").with(func(g *access.Grant) {
				g.Exception, g.Until, g.Names = "more-than-one", today.AddMonths(12), handles("eve", "liv")
			})
			p.docs, p.g.Evidence = files{}, append([]access.Evidence{}, from.Evidence...)
			p.doc("reason").signed().sign("kari", "exception", "requested", "board").sign("sec", "exception", "approved", "national")
			return p.propose(nil)
		}},
		{"what a member of the board keeps in the register", []string{"scope/act", "scope/evidence"}, nil, func(w *world) *check.Report {
			p := here(w)
			return w.draft("kari").add(p.docs, msg("request", "asker")).check()
		}},
	})
}

// Only minutes: the predecessor keeps her access. With the agreement too: the
// successor's grant ends hers in the same commit, or does not come.
func TestHandOver(t *testing.T) {
	w := newOfficeWorld(t)
	w.admin("liv", "asker").put(nil)
	w.later(24 * time.Hour)
	p := w.unsignedAdmin("eve", "asker")
	signed := *p
	signed.g.Evidence, signed.docs = append([]access.Evidence{}, p.g.Evidence...), maps.Clone(p.docs)
	signed.signed()

	// What is signed so far is the minutes.
	half := signed
	half.g.Signatures = signed.g.Signatures[4:]
	want(t, half.propose(nil))
	w.head = w.write(w.mainSpec("sec", half.files(), msg("grant", "asker")))
	want(t, w.all(w.treeOf(w.head)))
	if !w.state(w.head).InForce(grantOf(w, "liv", "asker"), w.day()) || w.state(w.head).InForce(grantOf(w, "eve", "asker"), w.day()) {
		t.Error("an appointment that is not complete took the seat")
	}

	// The rest has come.
	signed.docs = files{}
	want(t, signed.propose(nil), "grant/seats", "grant/names")
	want(t, w.direct(w.mainSpec("sec", signed.files(), msg("grant", "asker"))), "grant/seats", "grant/names")
	gone := files{grantPath("liv", "asker"): nil}
	for _, e := range grantOf(w, "liv", "asker").Evidence {
		gone[evidencePath("asker", e.ID)] = nil
	}
	want(t, signed.propose(gone))
	ended := *grantOf(w, "liv", "asker")
	ended.Ended = w.day().Add(-1)
	want(t, signed.propose(files{grantPath("liv", "asker"): ended.Encode()}))
}

// A grant for later takes its seat on the day on which it begins: whoever holds the
// office then must have an end.
func TestSeatsToCome(t *testing.T) {
	april := register.Day("2026-04-01")
	w := newOfficeWorld(t)
	w.main("sec", files{grantPath("liv", "asker"): grantFile("chair", today, "")}, msg("grant", "asker"))
	next := files{grantPath("ola", "asker"): grantFile("chair", april, "")}
	want(t, w.draft("rut").add(next, msg("grant", "asker")).check(), "grant/seats")
	want(t, w.direct(w.mainSpec("sec", next, msg("grant", "asker"))), "grant/seats")
	next[grantPath("liv", "asker")] = (&access.Grant{Office: "chair", From: today, Ended: april.Add(-1)}).Encode()
	want(t, w.draft("rut").add(next, msg("grant", "asker")).check())
	s := w.mainSpec("sec", next, msg("grant", "asker"))
	want(t, w.direct(s))
	w.head = w.write(s)
	w.now = april.Time()
	w.main("sec", nil, register.Message("readers", 0, "national"))
	want(t, w.all(w.treeOf(w.head)))
}

// Each new agreement lists everybody: who is not named must go in the same commit,
// and nobody is named who has no access.
func TestEveryoneIsListed(t *testing.T) {
	second := func(w *world, names ...string) *paper {
		w.main("sec", files{grantPath("liv", "asker"): grantFile("chair", today, "")}, msg("grant", "asker"))
		return w.unsignedAdmin("eve", "asker").with(func(g *access.Grant) { g.Names = handles(names...) }).signed()
	}
	runOffices(t, []attack{
		{"the chair is not named", one("grant/names"), func(w *world) *check.Report { return second(w, "eve", "liv").propose(nil) },
			func(w *world) *check.Report { return second(w, "eve").propose(nil) }},
		{"and goes", nil, nil, func(w *world) *check.Report { return second(w, "eve").propose(files{grantPath("liv", "asker"): nil}) }},
		{"who is named and goes", one("grant/names"), nil, func(w *world) *check.Report {
			return second(w, "eve", "liv").propose(files{grantPath("liv", "asker"): nil})
		}},
		{"somebody of the board, who has no access", one("grant/names"), nil, func(w *world) *check.Report { return second(w, "eve", "kari", "liv").propose(nil) }},
		{"not even herself", one("grant/names"), nil, func(w *world) *check.Report { return second(w, "liv").propose(nil) }},
		{"on main", one("grant/names"), nil, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", second(w, "eve").files(), msg("grant", "asker")))
		}},
	})
}

// ATTACK: a grant that begins before it was written, or that is said to have ended
// before it did. At stake: who could read what, and when. Proves: grant/backdated,
// whatever minutes are shown; both days are compared with the commit's.
func TestAttackBackdated(t *testing.T) {
	from := func(day register.Day) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			return w.unsignedAdmin("eve", "asker").with(func(g *access.Grant) { g.From = day }).signed().propose(nil)
		}
	}
	ended := func(day register.Day) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			w.now = today.Add(30).Time()
			g := *grantOf(w, "tor", "asker")
			g.Ended = day
			return w.draft("rut").add(files{grantPath("tor", "asker"): g.Encode()}, msg("revoke", "asker")).check()
		}
	}
	runOffices(t, []attack{
		{"from the day of the meeting", one("grant/backdated"), from(today), from("2026-03-01")},
		{"ended a week ago", one("grant/backdated"), ended(today.Add(29)), ended(today.Add(22))},
		{"ended and taken up again", one("grant/ended"), nil, func(w *world) *check.Report {
			g := *grantOf(w, "tor", "asker")
			g.Ended = w.day()
			w.main("sec", files{grantPath("tor", "asker"): g.Encode()}, msg("revoke", "asker"))
			w.later(48 * time.Hour)
			g.Ended = ""
			return w.draft("rut").add(files{grantPath("tor", "asker"): g.Encode()}, msg("grant", "asker")).check()
		}},
	})
}
