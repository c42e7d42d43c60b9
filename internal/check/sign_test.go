package check_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// commit checks Kari's correction of a member, with the commit changed before it
// is written.
func commit(change func(*gitstore.CommitSpec)) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		d := w.draft("kari")
		s := d.spec(files{memberPath("asker", anna): sealed()}, editAsker)
		change(&s)
		return d.commit(s).check()
	}
}

// rawCommit is the same with the signed object itself changed, and signed again
// where sig is true.
func rawCommit(change func(text string) string, sig bool) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		d := w.draft("kari")
		s := d.spec(files{memberPath("asker", anna): sealed()}, editAsker)
		if sig {
			s.Sign = nil
		}
		c, err := gitstore.ReadCommit(w.repo, w.write(s))
		w.must(err)
		text := change(string(c.Raw))
		if sig {
			text = signed(w, "kari", text)
		}
		d.head = w.object("commit", []byte(text))
		return d.check()
	}
}

// signed puts a signature in a raw commit that has none.
func signed(w *world, who, text string) string {
	w.t.Helper()
	armored, err := sign.Armor([]byte(text), actors()[who].Signer())
	w.must(err)
	head, body, _ := strings.Cut(text, "\n\n")
	return head + "\ngpgsig " + strings.ReplaceAll(strings.TrimRight(string(armored), "\n"), "\n", "\n ") + "\n\n" + body
}

// ATTACK: a commit is not what it says, or says more than it must. At stake: who
// did what, and names in messages that stay for ever.
func TestSignAttacks(t *testing.T) {
	honest := commit(func(*gitstore.CommitSpec) {})
	proposed := func(who string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			topic := register.NewTopic("asker")
			return w.draft("kari").on(register.ProposalRef(handle(who), topic)).add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}
	}
	message := func(m string) func(w *world) *check.Report {
		return commit(func(s *gitstore.CommitSpec) { s.Message = m })
	}
	run(t, []attack{
		{"unsigned", one("sign/unsigned"), honest, commit(func(s *gitstore.CommitSpec) { s.Sign = nil })},
		{"signed by nobody known", one("sign/unknown-key"), honest, func(w *world) *check.Report {
			d := w.draft("kari")
			d.who = "eve"
			return d.add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}},
		{"changed after it was signed", one("sign/signature"), rawCommit(func(s string) string { return s }, false),
			rawCommit(func(s string) string { return strings.Replace(s, "edit 1 in", "edit 2 in", 1) }, false)},
		{"another officer's signature", one("sign/author"), honest, commit(func(s *gitstore.CommitSpec) {
			s.Sign = func(p []byte) ([]byte, error) { return sign.Armor(p, actors()["rut"].Signer()) }
		})},
		{"another officer's name", one("sign/author"), honest, commit(func(s *gitstore.CommitSpec) {
			s.Name, s.Email = string(handle("sec")), handle("sec").Email()
		})},
		{"a person's name", one("sign/author"), honest, commit(func(s *gitstore.CommitSpec) { s.Name, s.Email = "Kari Nordmann", "kari@prove.example" })},
		{"an address that leads somewhere", one("sign/author"), nil, commit(func(s *gitstore.CommitSpec) { s.Email = "kari@prove.example" })},
		{"where she is", one("sign/author"), nil, commit(func(s *gitstore.CommitSpec) { s.When = s.When.In(time.FixedZone("", 3600)) })},
		{"another committer", one("sign/author"), rawCommit(func(s string) string { return s }, true), rawCommit(func(s string) string {
			return strings.Replace(s, "committer "+string(handle("kari")), "committer "+string(handle("sec")), 1)
		}, true)},
		{"another time of writing", one("sign/author"), nil, rawCommit(func(s string) string {
			at := fmt.Sprintf("%s> %d", handle("kari").Email(), start.Add(72*time.Hour).Unix())
			return strings.Replace(s, "author "+string(handle("kari"))+" <"+at, "author "+string(handle("kari"))+" <"+strings.TrimSuffix(at, "0")+"1", 1)
		}, true)},
		{"a header that says more", one("sign/header"), rawCommit(func(s string) string { return s }, true), rawCommit(func(s string) string {
			return strings.Replace(s, "\n\n", "\nx-note Kari Nordmann\n\n", 1)
		}, true)},
		{"another encoding", one("sign/header"), nil, rawCommit(func(s string) string {
			return strings.Replace(s, "\n\n", "\nencoding latin1\n\n", 1)
		}, true)},
		{"two signatures", one("sign/signature"), nil, func(w *world) *check.Report {
			return rawCommit(func(s string) string {
				head, body, _ := strings.Cut(s, "\n\n")
				i := strings.Index(head, "\ngpgsig ")
				return head + head[i:] + "\n\n" + body
			}, false)(w)
		}},
		{"malformed commit", one("sign/malformed"), nil, rawCommit(func(s string) string { return strings.Replace(s, "author ", "writer ", 1) }, false)},

		{"free text", one("sign/message"), honest, message("Kari Nordmann has left\n")},
		{"a second line", one("sign/message"), nil, message(editAsker + "\nKari Nordmann\n")},
		{"unknown unit", one("sign/message"), nil, message(register.Message("edit", 1, "oslo"))},
		{"another unit", one("sign/message"), nil, message(register.Message("edit", 1, "karasjok"))},
		{"a merge's message", one("sign/message"), nil, message(register.MergeMessage(handle("kari"), register.NewTopic("asker")))},
		{"the first message", one("sign/message"), nil, message(register.InitMessage)},
		{"another number", one("sign/message"), message(editAsker), message(register.Message("edit", 1941, "asker"))},
		{"none", one("sign/message"), nil, message(register.Message("edit", 0, "asker"))},
		{"another verb", one("sign/message"), nil, message(register.Message("close", 1, "asker"))},
		{"a verb of no change", one("sign/message"), nil, message(register.Message("readers", 0, "asker"))},
		{"a verb of answers", one("sign/message"), nil, message(register.Message("reject", 1, "asker"))},
		{"more than it says", one("sign/message"), func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("asker", anna): sealed(), memberPath("asker", berit): sealed()}, register.Message("edit", 2, "asker")).check()
		}, func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("asker", anna): sealed(), memberPath("asker", register.NewRecordID()): sealed()}, editAsker).check()
		}},
		{"another number in the second commit", one("sign/message"), nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).
				add(files{memberPath("asker", register.NewRecordID()): sealed()}, register.Message("import", 42, "asker")).check()
		}},
		{"another number on main", one("sign/message"), direct(files{memberPath("asker", anna): sealed()}, editAsker),
			direct(files{memberPath("asker", anna): sealed()}, register.Message("edit", 2, "asker"))},
		{"a number of nothing", one("sign/message"), func(w *world) *check.Report {
			w.later(24 * time.Hour)
			return w.direct(w.mainSpec("sec", files{keyringPath("asker"): nil}, register.Message("readers", 0, "national")))
		}, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", files{keyringPath("asker"): nil}, register.Message("readers", 1941, "national")))
		}},
		{"a keyring's message", one("sign/message"), nil, message(register.KeyringMessage("asker", 3))},

		{"before its parent", one("sign/date"), honest, commit(func(s *gitstore.CommitSpec) { s.When = start })},
		{"in the future", one("sign/date"), commit(func(s *gitstore.CommitSpec) { s.When = s.When.Add(59 * time.Minute) }),
			commit(func(s *gitstore.CommitSpec) { s.When = s.When.Add(61 * time.Minute) })},
		{"before the commit before it", one("sign/date"), nil, func(w *world) *check.Report {
			d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			s := d.spec(files{memberPath("asker", anna): sealed()}, editAsker)
			s.When = s.When.Add(-time.Second)
			return d.commit(s).check()
		}},
		{"several officers", one("sign/several"), func(w *world) *check.Report {
			return w.draft("rut").add(files{memberPath("asker", anna): sealed()}, editAsker).add(files{memberPath("asker", berit): sealed()}, editAsker).check()
		}, func(w *world) *check.Report {
			d := w.draft("rut").add(files{memberPath("asker", anna): sealed()}, editAsker)
			d.who = "liv"
			return d.add(files{memberPath("asker", berit): sealed()}, editAsker).check()
		}},
		{"a merge in a proposal", one("sign/parents"), nil, func(w *world) *check.Report {
			d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			w.main("sec", files{memberPath("karasjok", cato): sealed()}, register.Message("edit", 1, "karasjok"))
			s := d.spec(files{memberPath("asker", berit): sealed()}, editAsker)
			s.Parents = append(s.Parents, w.head)
			return d.commit(s).check()
		}},
		{"a second line of commits", one("sign/parents"), nil, func(w *world) *check.Report {
			a := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			b := w.draft("kari").add(files{memberPath("asker", berit): sealed()}, editAsker)
			s := a.spec(files{memberPath("asker", anna): sealed()}, editAsker)
			s.Parents = append(s.Parents, b.head)
			return a.commit(s).check()
		}},

		{"under another officer's name", one("sign/ref"), proposed("kari"), proposed("rut")},
		{"named for another unit", one("sign/ref"), nil, func(w *world) *check.Report {
			ref := register.ProposalRef(handle("kari"), register.NewTopic("karasjok"))
			return w.draft("kari").on(ref).add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}},
		{"named for an unknown unit", one("sign/ref"), nil, func(w *world) *check.Report {
			ref := register.ProposalRef(handle("kari"), register.NewTopic("oslo"))
			return w.draft("kari").on(ref).add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}},
		{"a name of one's own", one("sign/ref"), func(w *world) *check.Report {
			return w.draft("kari").on("refs/pull/7/head").add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}, func(w *world) *check.Report {
			return w.draft("kari").on(register.Proposals+string(handle("kari"))+"/kari-nordmann").add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}},
	})
}

// ATTACK: a proposal that starts from another place than main, so that what it
// changes looks smaller or larger than it is.
func TestBaseAttacks(t *testing.T) {
	run(t, []attack{
		{"nothing", one("check/merged"), edit, func(w *world) *check.Report { return w.draft("kari").check() }},
		{"an old commit of main", one("check/merged"), nil, func(w *world) *check.Report {
			d := w.draft("kari")
			w.main("sec", files{memberPath("asker", anna): sealed()}, editAsker)
			return d.check()
		}},
		{"merged already", one("check/merged"), nil, func(w *world) *check.Report {
			d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
			return d.check()
		}},
		{"a history of its own", one("check/base"), nil, func(w *world) *check.Report {
			d := w.draft("kari")
			d.head = w.write(w.spec("kari", w.treeOf(w.head), register.InitMessage))
			return d.add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}},
		{"from another proposal that was merged", one("check/base"), func(w *world) *check.Report {
			d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
			return w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}, func(w *world) *check.Report {
			d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
			return d.add(files{memberPath("asker", berit): sealed()}, editAsker).check()
		}},
		{"more commits than one proposal may have", one("layout/count"), nil, func(w *world) *check.Report {
			b, err := w.repo.Begin()
			w.must(err)
			defer b.Abort()
			d := w.draft("kari")
			for range 10_001 {
				s := w.spec("kari", w.treeOf(w.head), editAsker, d.head)
				s.Sign = nil
				d.head, err = b.Commit(s)
				w.must(err)
			}
			w.must(b.Close())
			return d.check()
		}},
		{"an empty commit", one("check/nothing"), nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).add(nil, editAsker).check()
		}},
	})
}

// Every commit is blamed for itself, and the whole for nothing that a commit was
// blamed for.
func TestEachCommitIsBlamed(t *testing.T) {
	w := newWorld(t)
	d := w.draft("kari")
	for _, id := range []register.RecordID{anna, berit} {
		s := d.spec(files{memberPath("asker", id): []byte("plaintext of " + id)}, editAsker)
		s.Sign = nil
		d.commit(s)
	}
	r := d.check()
	want(t, r, "sign/unsigned", "seal/not-age")
	if len(r.Findings) != 4 {
		t.Errorf("%d findings of two commits with two faults each: %+v", len(r.Findings), r.Findings)
	}
	d = w.draft("kari").add(files{memberPath("karasjok", cato): sealed()}, register.Message("edit", 1, "karasjok"))
	if r := d.check(); len(r.Findings) != 1 {
		t.Errorf("%d findings of one fault: %+v", len(r.Findings), r.Findings)
	}
}

// A message stays in clear for ever: no finding repeats a foreign one.
func TestMessagesAreNotRepeated(t *testing.T) {
	w := newWorld(t)
	r := commit(func(s *gitstore.CommitSpec) { s.Message = "Kanari Nordmann has left\n" })(w)
	for _, f := range r.Findings {
		if strings.Contains(f.Message+f.Hint, "Kanari") {
			t.Errorf("finding %q repeats the message", f.Message)
		}
	}
	if bytes.Contains(fmt.Append(nil, r.Notes), []byte("Kanari")) {
		t.Error("a note repeats the message")
	}
}

// Each verb of a message, with an act that it names.
func TestVerbs(t *testing.T) {
	fresh, more := register.NewRecordID(), register.NewRecordID()
	site := files{"site/content/about.md": []byte("About.\n")}
	officer := officerOf("sec")
	officer.Recipients = append(officer.Recipients, officerOf("eve").Recipients...)
	for _, x := range []struct {
		verb string
		n    int
		unit register.UnitID
		fs   files
	}{
		{"add", 1, "asker", files{memberPath("asker", fresh): sealed()}},
		{"import", 2, "asker", files{memberPath("asker", fresh): sealed(), memberPath("asker", more): sealed()}},
		{"edit", 2, "asker", files{memberPath("asker", anna): sealed(), closedPath("asker", "2026-04", dag): sealed()}},
		{"move", 1, "karasjok", files{memberPath("asker", anna): nil, memberPath("karasjok", anna): sealed()}},
		{"close", 1, "asker", files{memberPath("asker", anna): nil, closedPath("asker", "2026-05", anna): sealed()}},
		{"reopen", 1, "asker", files{closedPath("asker", "2026-04", dag): nil, memberPath("asker", dag): sealed()}},
		{"reschedule", 1, "asker", files{closedPath("asker", "2026-04", dag): nil, closedPath("asker", "2026-03", dag): sealed()}},
		{"request", 1, "asker", files{requestPath("asker", fresh): sealed()}},
		{"withdraw", 1, "asker", files{requestPath("asker", wish): nil}},
		{"grant", 1, "asker", files{grantPath("tor", "asker"): grantFile("member-officer", "2026-03-05", ""), grantPath("kari", "asker"): nil}},
		{"revoke", 1, "asker", files{grantPath("kari", "asker"): nil}},
		{"rotate", 1, "national", files{officerPath("sec"): officer.Encode()}},
		{"retire", 1, "national", files{officerPath("sec"): officer.Encode()}},
		{"erase", 1, "asker", files{closedPath("asker", "2026-04", dag): nil, tombPath("asker", "2026", dag): tombFile("2026-03-05"), requestPath("asker", wish): nil}},
		{"site", 1, "national", site},
	} {
		w := newWorld(t)
		want(t, w.direct(w.mainSpec("sec", x.fs, register.Message(x.verb, x.n, x.unit))))
		w = newWorld(t)
		want(t, w.direct(w.mainSpec("sec", x.fs, register.Message(x.verb, x.n+1, x.unit))), "sign/message")
	}
	for _, verb := range []string{"policy", "unit"} {
		w := newWorld(t)
		want(t, w.direct(w.mainSpec("sec", newUnit(w), register.Message(verb, 1, "national"))))
		w = newWorld(t)
		want(t, w.direct(w.mainSpec("sec", newUnit(w), register.Message(verb, 7, "national"))), "sign/message")
	}
}
