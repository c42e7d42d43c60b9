package check_test

import (
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

const kindsOfTests = `kinds:
  - {id: evidence, keep: 2, name: {en: Documents}}
  - {id: draws, keep: 2, name: {en: Receipts of lists}}
  - {id: reviews, keep: 2, name: {en: Controls}}
`

// keeping is a world of which documents, receipts of lists and controls are kept for two
// months; it is still 5 March.
func keeping(w *world, more ...files) *world {
	w.t.Helper()
	fs := files{"policies/retention.yaml": append(w.content("policies/retention.yaml"), kindsOfTests...)}
	for _, m := range more {
		for path, b := range m {
			fs[path] = b
		}
	}
	n := len(fs)
	w.main("sec", fs, register.Message("policy", n, "national"))
	return w
}

// on lets days go by; somebody of the secretariat seals the keyrings anew that time has
// made wrong.
func (w *world) on(day register.Day) *world {
	w.t.Helper()
	w.now = day.Time().Add(12 * time.Hour)
	return w
}

// ATTACK: a document, a receipt or a control is taken away before its time, so that nobody
// can show any more who could read what, or what left the register.
// Proves: each goes when its own period is over, by whoever may erase, and not before.
func TestAttackTidy(t *testing.T) {
	id := register.NewRecordID()
	doc := evidencePath("asker", id)
	end := func(w *world, last register.Day) { // sig's access to Asker, with a document, ends
		w.main("sec", withDocument("sig", id), msg("grant", "asker"))
		g := *w.state(w.head).Units["asker"].Grants[handle("sig")]
		g.Ended = last
		w.main("sec", files{grantPath("sig", "asker"): g.Encode()}, msg("revoke", "asker"))
	}
	named := func(day register.Day, who string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			end(keeping(w), "2026-03-05")
			w.on(day)
			return w.direct(w.mainSpec(who, files{doc: nil, grantPath("sig", "asker"): nil}, msg("tidy", "asker")))
		}
	}
	unnamed := func(day register.Day) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			keeping(w).main("sec", withDocument("sig", id), msg("grant", "asker"))
			w.main("sec", files{grantPath("sig", "asker"): nil}, msg("revoke", "asker"))
			w.on("2026-03-20").main("sec", files{memberPath("asker", anna): sealed()}, editAsker)
			w.on(day)
			return w.direct(w.mainSpec("sec", files{doc: nil}, msg("tidy", "asker")))
		}
	}
	run(t, []attack{
		{"the document of access that goes on", one("retention/kept"), nil, func(w *world) *check.Report {
			keeping(w).main("sec", withDocument("sig", id), msg("grant", "asker"))
			return w.direct(w.mainSpec("sec", files{doc: nil, grantPath("sig", "asker"): nil}, msg("revoke", "asker")))
		}},
		{"the document of access that ended lately", one("retention/kept"), named("2026-05-06", "sec"), named("2026-05-05", "sec")},
		{"a document that a grant named lately", one("retention/kept"), unnamed("2026-05-07"), unnamed("2026-05-05")},
		{"one of a policy without a period", nil, nil, func(w *world) *check.Report {
			w.main("sec", withDocument("sig", id), msg("grant", "asker"))
			w.main("sec", files{grantPath("sig", "asker"): nil}, msg("revoke", "asker"))
			return w.direct(w.mainSpec("sec", files{doc: nil}, msg("tidy", "asker")))
		}},
		{"called the erasure of a member", one("sign/message"), nil, func(w *world) *check.Report {
			end(keeping(w), "2026-03-05")
			w.on("2026-05-06")
			return w.direct(w.mainSpec("sec", files{doc: nil, grantPath("sig", "asker"): nil}, msg("edit", "asker")))
		}},
	})
}

// ATTACK: the receipt of a list goes while the list is out, or before its time, or without
// whom it named.
func TestAttackTidyDraws(t *testing.T) {
	destroyed := func(w *world, day register.Day) *access.Draw {
		d := keeping(w).drawn()
		w.later(24 * time.Hour)
		d.Destroyed = []access.Destruction{{Part: "digital", Day: w.day(), Handle: handle("kari")}}
		p := w.draft("kari").add(files{d.Path().String(): d.Encode()}, msg("attest", d.Unit))
		w.head = w.write(w.merge("sec", p, register.NewTopic(d.Unit), nil)) // on 6 March
		w.on(day)
		return d
	}
	goes := func(day register.Day, fs func(d *access.Draw) files) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			d := destroyed(w, day)
			return w.direct(w.mainSpec("sec", fs(d), msg("tidy", d.Unit)))
		}
	}
	both := func(d *access.Draw) files {
		return files{d.Path().String(): nil, d.ListPath().String(): nil}
	}
	runDraws(t, []attack{
		{"before its time", one("draw/changed"), goes("2026-05-07", both), goes("2026-05-06", both)},
		{"alone", one("draw/changed"), nil, goes("2026-05-07", func(d *access.Draw) files { return files{d.Path().String(): nil} })},
		{"whom it named, alone", one("draw/changed"), nil, goes("2026-05-07", func(d *access.Draw) files { return files{d.ListPath().String(): nil} })},
		{"of a list that nobody destroyed", one("draw/changed"), nil, func(w *world) *check.Report {
			d := keeping(w).drawn()
			w.on("2027-05-07")
			return w.direct(w.mainSpec("sec", both(d), msg("tidy", d.Unit)))
		}},
		{"by who drew it", one("draw/changed"), nil, func(w *world) *check.Report {
			d := destroyed(w, "2026-05-07")
			return w.draft("kari").add(both(d), msg("tidy", d.Unit)).check()
		}},
	})
}

// ATTACK: the newest control goes, so that the next one seems not to be due; or one before
// its time.
func TestAttackTidyReviews(t *testing.T) {
	asked := files{"policies/review.yaml": []byte("access: {by: [registrar], per-year: 2, of: unit, since: 2026-03-01}\n")}
	reviewed := func(w *world, days ...register.Day) {
		keeping(w, asked)
		for _, day := range days {
			w.on(day)
			d := w.draft("rut").add(files{reviewPath("asker", day): review(w, "asker", nil)}, msg("review", "asker"))
			w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
		}
	}
	goes := func(day, which register.Day, days ...register.Day) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			reviewed(w, days...)
			w.on(day)
			return w.direct(w.mainSpec("sec", files{reviewPath("asker", which): nil}, msg("tidy", "asker")))
		}
	}
	honest := goes("2026-05-07", "2026-03-06", "2026-03-06", "2026-04-06")
	run(t, []attack{
		{"before its time", one("review/changed"), honest, goes("2026-05-06", "2026-03-06", "2026-03-06", "2026-04-06")},
		{"the newest", one("review/changed"), nil, goes("2026-07-07", "2026-04-06", "2026-03-06", "2026-04-06")},
		{"the only one", one("review/changed"), nil, goes("2026-07-07", "2026-03-06", "2026-03-06")},
	})
}

// ATTACK: somebody says for another that e-mail is deleted, or that it was when it was not
// asked; what was said goes. The two steps are apart: a message in the trash is not deleted.
func TestAttackMail(t *testing.T) {
	path := (&access.Mail{Unit: "asker", Day: "2026-03-05", ID: kurs}).Path().String()
	file := func(w *world, done ...access.MailStep) []byte { return (&access.Mail{Done: done}).Encode() }
	step := func(w *world, step, who string) access.MailStep {
		return access.MailStep{Step: step, Day: w.day(), Handle: handle(who)}
	}
	asking := func(w *world) *world {
		w.main("sec", files{"policies/retention.yaml": append(w.content("policies/retention.yaml"), "activities: {attest-mail: true}\n"...)}, register.Message("policy", 1, "national"))
		return w
	}
	erased := func(w *world) *world {
		at := held(asking(w), "2026-04-01")
		w.main("sec", files{at: nil, tombPath("asker", "2026", kurs): overFile("2026-03-05"), path: file(w)}, msg("activity", "asker"))
		return w
	}
	said := func(who string, steps func(w *world) []access.MailStep) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			erased(w)
			return w.draft(who).add(files{path: file(w, steps(w)...)}, msg("attest", "asker")).check()
		}
	}
	two := func(who string) func(w *world) []access.MailStep {
		return func(w *world) []access.MailStep {
			return []access.MailStep{step(w, access.MailMoved, who), step(w, access.MailEmptied, who)}
		}
	}
	runActivities(t, []attack{
		{"not asked about", one("retention/mail"), func(w *world) *check.Report {
			at := held(asking(w), "2026-04-01")
			return w.direct(w.mainSpec("sec", files{at: nil, tombPath("asker", "2026", kurs): overFile("2026-03-05"), path: file(w)}, msg("activity", "asker")))
		}, func(w *world) *check.Report {
			at := held(asking(w), "2026-04-01")
			return w.direct(w.mainSpec("sec", files{at: nil, tombPath("asker", "2026", kurs): overFile("2026-03-05")}, msg("activity", "asker")))
		}},
		{"of no activity", []string{"retention/mail"}, nil, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", files{path: file(w)}, msg("activity", "asker")))
		}},
		{"done when it is asked", one("retention/mail"), nil, func(w *world) *check.Report {
			at := held(asking(w), "2026-04-01")
			return w.direct(w.mainSpec("sec", files{at: nil, tombPath("asker", "2026", kurs): overFile("2026-03-05"), path: file(w, step(w, access.MailMoved, "sec"))}, msg("activity", "asker")))
		}},
		{"in another's name", one("retention/mail"), said("kari", two("kari")), said("kari", two("sec"))},
		{"by an office that may not", one("scope/act"), nil, said("tor", two("tor"))},
		{"in the wrong order", one("retention/mail"), nil, said("kari", func(w *world) []access.MailStep {
			return []access.MailStep{step(w, access.MailEmptied, "kari"), step(w, access.MailMoved, "kari")}
		})},
		{"in words", one("retention/mail"), nil, func(w *world) *check.Report {
			erased(w)
			return w.draft("kari").add(files{path: []byte("medlem: 1\nnote: Kari\n")}, msg("attest", "asker")).check()
		}},
		{"on another day", one("retention/mail"), nil, said("kari", func(w *world) []access.MailStep {
			return []access.MailStep{{Step: access.MailMoved, Day: w.day().Add(-1), Handle: handle("kari")}}
		})},
		{"taken back", one("retention/mail"), nil, func(w *world) *check.Report {
			erased(w).takes("kari", files{path: file(w, step(w, access.MailMoved, "kari"))}, msg("attest", "asker"))
			return w.draft("kari").add(files{path: file(w)}, msg("attest", "asker")).check()
		}},
		{"gone before all is said", one("retention/mail"), nil, func(w *world) *check.Report {
			erased(w).takes("kari", files{path: file(w, two("kari")(w)...)}, msg("attest", "asker"))
			w.on("2028-05-07")
			return w.direct(w.mainSpec("sec", files{path: nil}, msg("tidy", "asker")))
		}},
		{"gone a year after", nil, nil, func(w *world) *check.Report {
			all := append(two("kari")(w), step(w, access.MailCopies, "kari"))
			erased(w).takes("kari", files{path: file(w, all...)}, msg("attest", "asker"))
			w.on("2027-03-06")
			return w.direct(w.mainSpec("sec", files{path: nil}, msg("tidy", "asker")))
		}},
	})
	for day, rules := range map[register.Day][]string{"2026-03-12": nil, "2026-03-13": {"retention/mail-due"}} {
		w := erased(newActivityWorld(t))
		o := w.options()
		o.Day, o.Keyrings = day, w
		want(t, w.whole(check.All(w.repo, w.loader, w.head, o)), rules...)
	}
}
