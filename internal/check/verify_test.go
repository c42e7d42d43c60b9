package check_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// verify checks main from a commit on.
func (w *world) verify(from gitstore.ID) *check.Report {
	w.t.Helper()
	o := w.options()
	o.Keyrings = w
	return w.ofMain(check.Verify(w.repo, w.loader, from, w.head, o))
}

// longTemplate has a history that is verified with an index, and ends with a
// version of Anna's record that was replaced.
var longTemplate = sync.OnceValue(func() *world {
	w := newWorld(panicker{})
	for i := range 30 {
		w.later(time.Hour)
		w.main("sec", files{"site/content/index.md": fmt.Appendf(nil, "Day %d.\n", i)}, msg("site", "national"))
	}
	w.later(24 * time.Hour)
	w.main("sec", files{memberPath("asker", anna): sealed()}, editAsker)
	return w
})

func long(t testing.TB) (w *world, anna1 []byte) {
	return longTemplate().copy(t), newWorld(t).content(memberPath("asker", anna))
}

func TestVerify(t *testing.T) {
	w, _ := long(t)
	from := w.head
	d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).add(files{memberPath("asker", berit): sealed()}, editAsker)
	w.later(time.Hour)
	w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
	w.later(24 * time.Hour)
	w.main("sec", files{grantPath("kari", "asker"): nil}, msg("revoke", "asker"))
	w.main("sec", newUnit(w), msg("unit", "oslo"))

	r := w.verify(gitstore.ZeroID)
	want(t, r)
	if r.Commits != 5+31+1+2+2 {
		t.Errorf("%d commits verified", r.Commits)
	}
	r = w.verify(from)
	want(t, r)
	if r.Commits != 3+2 {
		t.Errorf("%d commits verified from the last time", r.Commits)
	}
	r = w.verify(w.head)
	want(t, r)
	if r.Commits != 0 || len(r.Notes) == 0 {
		t.Errorf("verified twice: %d commits, notes %q", r.Commits, r.Notes)
	}
}

// What Direct refuses is found in history too, wherever it lies, and a history
// that needs an index finds no less.
func TestVerifyAttacks(t *testing.T) {
	fresh := register.NewRecordID()
	for _, a := range []struct {
		name  string
		fs    func(w *world, anna1 []byte) files
		verb  string
		rules []string
	}{
		{"an older version put back", func(w *world, anna1 []byte) files { return files{memberPath("asker", anna): anna1} }, "edit", one("seal/reused")},
		{"a copy", func(w *world, _ []byte) files {
			return files{memberPath("asker", fresh): w.content(memberPath("asker", berit))}
		}, "add", one("seal/reused")},
		{"another unit's file", func(w *world, _ []byte) files {
			return files{memberPath("asker", fresh): w.content(memberPath("karasjok", cato))}
		}, "add", one("seal/reused")},
		{"a taken id", func(w *world, _ []byte) files { return files{memberPath("asker", cato): sealed()} }, "add", one("scope/id")},
		{"an erased id", func(w *world, _ []byte) files { return files{memberPath("asker", erna): sealed()} }, "add", one("scope/erased")},
		{"a record that vanishes", func(w *world, _ []byte) files { return files{memberPath("asker", anna): nil} }, "erase", one("scope/gone")},
		{"nothing", func(w *world, _ []byte) files { return files{memberPath("asker", anna): sealed()} }, "edit", nil},
	} {
		t.Run(strings.ReplaceAll(a.name, " ", "-"), func(t *testing.T) {
			w, anna1 := long(t)
			bad := w.main("sec", a.fs(w, anna1), msg(a.verb, "asker"))
			w.later(24 * time.Hour)
			w.main("sec", files{memberPath("karasjok", cato): sealed()}, msg("edit", "karasjok"))
			r := w.verify(gitstore.ZeroID)
			want(t, r, a.rules...)
			for _, f := range r.Findings {
				if f.Commit != bad.String()[:12] {
					t.Errorf("finding %+v blames another commit than %s", f, bad)
				}
			}
		})
	}
}

// ATTACK: main goes backwards, or is replaced. At stake: an erasure undone, a
// revoked officer back.
func TestVerifyRewound(t *testing.T) {
	w := newWorld(t)
	was := w.head
	last := w.main("sec", files{memberPath("asker", anna): sealed()}, editAsker)
	w.head = was
	w.serial["asker"]--
	w.later(time.Minute)
	w.main("sec", files{memberPath("asker", berit): sealed()}, editAsker)
	if _, err := check.Verify(w.repo, w.loader, last, w.head, w.options()); !errors.Is(err, check.ErrNotDescendant) {
		t.Errorf("a main that was replaced: %v", err)
	}
	if _, err := check.Verify(w.repo, w.loader, last, was, w.options()); !errors.Is(err, check.ErrNotDescendant) {
		t.Errorf("a main that was rewound: %v", err)
	}
	want(t, w.verify(was))
	// A proposal's commit is an ancestor of main, and no commit of it.
	d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
	w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
	if _, err := check.Verify(w.repo, w.loader, d.head, w.head, w.options()); !errors.Is(err, check.ErrNotDescendant) {
		t.Errorf("from a proposal's commit: %v", err)
	}
}

// ATTACK: who was of the secretariat dates a commit back and pushes it now, alone or
// among others. At stake: a removal, or a last day, that is none. The honest twin
// puts back what a server lost, when one who signed some of it has left since.
func TestIncoming(t *testing.T) {
	const lastDay = register.Day("2026-03-20")
	annaAnew := func() files { return files{memberPath("asker", anna): sealed()} }
	// begin gives Sig a grant with a last day, some days before it.
	begin := func() (w *world, server gitstore.ID) {
		w = newWorld(t)
		w.main("sec", files{grantPath("sig", "national"): grantFile("secretariat", w.day(), lastDay)}, msg("grant", "national"))
		w.later(24 * time.Hour)
		return w, w.main("sec", files{memberPath("asker", berit): sealed()}, editAsker)
	}
	// receive is the hook's judgement, three weeks later.
	receive := func(w *world, server gitstore.ID) *check.Report {
		o := w.options()
		o.Incoming = true
		o.Day, o.Now = "2026-04-10", register.Day("2026-04-10").Time()
		return w.ofMain(check.Verify(w.repo, w.loader, server, w.head, o))
	}

	// Sig, alone.
	w, server := begin()
	w.main("sig", annaAnew(), editAsker)
	want(t, receive(w, server), "sign/secretariat")

	// The same beneath a commit of Sec's, who is of the secretariat: she built on it.
	w.later(time.Hour)
	w.main("sec", annaAnew(), editAsker)
	want(t, receive(w, server))

	// Sig's on top of Sec's.
	w.later(time.Hour)
	w.main("sig", annaAnew(), editAsker)
	want(t, receive(w, server), "sign/secretariat")

	// Sig grants herself nothing, but Ola, who signs the last commit.
	w, server = begin()
	w.main("sig", files{grantPath("ola", "national"): grantFile("secretariat", w.day(), ""), grantPath("sig", "national"): nil}, msg("grant", "national"))
	w.now = register.Day("2026-04-10").Time()
	w.main("ola", annaAnew(), editAsker)
	want(t, receive(w, server), "sign/secretariat")

	// Sec is made another's by a new signing key, which signs the last commit.
	w, server = begin()
	o := officerOf("sec")
	o.Signing = officerOf("eve").Signing
	w.main("sig", files{officerPath("sec"): o.Encode()}, msg("rotate", "national"))
	w.now = register.Day("2026-04-10").Time()
	s := w.mainSpec("eve", annaAnew(), editAsker)
	s.Name, s.Email = string(handle("sec")), handle("sec").Email()
	w.head = w.write(s)
	want(t, receive(w, server), "sign/secretariat")

	// Sec was of the secretariat when the server's main was made, and has been
	// removed in what is pushed: her old commit does not vouch.
	w, server = begin()
	w.main("sec", annaAnew(), editAsker)
	w.main("sig", files{grantPath("sec", "national"): nil, grantPath("liv", "national"): grantFile("secretariat", w.day(), "")}, msg("grant", "national"))
	w.later(time.Hour)
	w.main("sec", annaAnew(), editAsker)
	want(t, receive(w, server), "sign/secretariat", "scope/act")
}

// The first commit is authorised by nothing. It must agree with itself.
func TestFirstCommit(t *testing.T) {
	firstSaying := func(message string, change func(w *world, fs files)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			chain := w.head
			for {
				c, err := gitstore.ReadCommit(w.repo, chain)
				w.must(err)
				if len(c.Parents) == 0 {
					break
				}
				chain = c.Parents[0]
			}
			fs := files{}
			w.must(gitstore.Walk(w.repo, w.treeOf(chain), "", func(path string, e gitstore.Entry) error {
				b, err := w.repo.Blob(e.ID, 1<<20)
				if !strings.HasSuffix(path, "/keyring.yaml") {
					fs[path] = b
				}
				return err
			}))
			w.head, w.now = gitstore.ZeroID, start
			clear(w.serial)
			change(w, fs)
			return w.direct(w.mainSpec("sec", fs, message))
		}
	}
	first := func(change func(w *world, fs files)) func(w *world) *check.Report {
		return firstSaying(register.InitMessage, change)
	}
	run(t, []attack{
		{"honest", nil, nil, first(func(*world, files) {})},
		{"another message", one("sign/message"), nil, firstSaying(msg("policy", "national"), func(*world, files) {})},
		{"nobody in the secretariat", []string{"grant/vacant", "sign/secretariat"}, nil, first(func(w *world, fs files) { delete(fs, grantPath("sec", "national")) })},
		{"two chairs", one("grant/seats"), nil, first(func(w *world, fs files) {
			fs[grantPath("kari", "karasjok")] = grantFile("chair", "2026-03-02", "")
		})},
		{"a false handle", one("grant/handle"), nil, first(func(w *world, fs files) {
			o := officerOf("eve")
			o.Handle = "o-aaaaaaaaaa"
			fs["data/officers/o-aaaaaaaaaa.yaml"] = o.Encode()
		})},
		{"plaintext", one("seal/not-age"), nil, first(func(w *world, fs files) { fs[memberPath("asker", anna)] = []byte("given: Kari\n") })},
		{"a keyring that begins at two", one("reader/serial"), nil, first(func(w *world, fs files) { w.serial["asker"] = 1 })},
	})
}

// What cannot be judged is not passed over.
func TestUnreadable(t *testing.T) {
	w := newWorld(t)
	missing, err := gitstore.ParseID(strings.Repeat("1", 40))
	if err != nil {
		t.Fatal(err)
	}
	d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
	for name, check := range map[string]func() (*check.Report, error){
		"base":   func() (*check.Report, error) { return check.Proposal(w.repo, w.loader, missing, d.head, w.options()) },
		"head":   func() (*check.Report, error) { return check.Proposal(w.repo, w.loader, w.head, missing, w.options()) },
		"all":    func() (*check.Report, error) { return check.All(w.repo, w.loader, missing, w.options()) },
		"verify": func() (*check.Report, error) { return check.Verify(w.repo, w.loader, w.head, missing, w.options()) },
		"from":   func() (*check.Report, error) { return check.Verify(w.repo, w.loader, missing, w.head, w.options()) },
		"direct": func() (*check.Report, error) { return check.Direct(w.repo, w.loader, w.head, missing, w.options()) },
		"file that is not there": func() (*check.Report, error) {
			tree := w.treeWith(w.treeOf(w.head), memberPath("asker", anna), gitstore.ModeFile, missing)
			return check.Proposal(w.repo, w.loader, w.head, w.write(w.spec("kari", tree, editAsker, w.head)), w.options())
		},
		"main without a policy": func() (*check.Report, error) {
			bad := w.write(w.spec("sec", w.tree(w.treeOf(w.head), files{"policies/access.yaml": []byte("x\n")}), msg("policy", "national"), w.head))
			r, err := check.Proposal(w.repo, w.loader, bad, d.head, w.options())
			if err != nil && !errors.Is(err, checkErrNoPolicy) {
				t.Errorf("error %v, want one that wraps ErrNoPolicy", err)
			}
			return r, err
		},
	} {
		if r, err := check(); err == nil {
			t.Errorf("%s: no error, and findings %q", name, rules(r))
		}
	}
}

var checkErrNoPolicy = check.ErrNoPolicy

// Nothing after a commit whose policy cannot be read is judged, and the report
// says so.
func TestVerifyStops(t *testing.T) {
	w := newWorld(t)
	from := w.head
	w.head = w.write(w.spec("sec", w.tree(w.treeOf(w.head), files{"policies/access.yaml": []byte("x: 1\n")}), msg("policy", "national"), w.head))
	w.head = w.write(w.spec("eve", w.tree(w.treeOf(w.head), files{"site/x": []byte("x")}), "free text\n", w.head))
	r := w.verify(from)
	want(t, r, "policy/malformed")
	if len(r.Notes) == 0 || !strings.Contains(strings.Join(r.Notes, "\n"), "not judged") {
		t.Errorf("notes %q", r.Notes)
	}
}

// Reports are the same each time, and bounded.
func TestReports(t *testing.T) {
	w := newWorld(t)
	fs := files{}
	for range check.FindingLimit + 50 {
		fs[memberPath("karasjok", register.NewRecordID())] = sealed()
	}
	d := w.draft("kari").add(fs, msg("add", "karasjok"))
	r := d.check()
	want(t, r, "scope/act", "check/too-many")
	if n := len(r.Findings); n != check.FindingLimit+1 {
		t.Fatalf("%d findings, want %d", n, check.FindingLimit+1)
	}
	if last := r.Findings[check.FindingLimit]; last.Rule != "check/too-many" || last.Message != "50 more findings" {
		t.Errorf("the last finding is %+v", last)
	}
	if r.Paths != check.FindingLimit+51 || r.Records != check.FindingLimit+50 || r.Commits != 1 || r.Rules == 0 || r.Rules > len(check.Rules()) {
		t.Errorf("report counts %d paths, %d records, %d commits, %d rules", r.Paths, r.Records, r.Commits, r.Rules)
	}
	if again := d.check(); fmt.Sprint(again) != fmt.Sprint(r) {
		t.Error("the same proposal, another report")
	}
	for i, f := range r.Findings[:check.FindingLimit] {
		if f.Hint == "" || f.Message == "" || f.Unit != "karasjok" || f.Commit == "" {
			t.Fatalf("finding %+v", f)
		}
		if i > 0 && f.Path < r.Findings[i-1].Path {
			t.Fatal("findings are not sorted")
		}
	}
}

func TestProgress(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	last := 0
	o.Progress = func(done, total int) {
		if done != last+1 || done > total {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	}
	r := w.whole(check.All(w.repo, w.loader, w.head, o))
	if last != r.Records || last == 0 {
		t.Errorf("progress ended at %d of %d records", last, r.Records)
	}
	last = 0
	w.ofMain(check.Verify(w.repo, w.loader, gitstore.ZeroID, w.head, o))
	if last != 5 {
		t.Errorf("progress of Verify ended at %d of 5 commits", last)
	}
}

// A canary in every sealed and clear file: no finding or note repeats it.
func TestNothingLeaks(t *testing.T) {
	const canary = "Kanari"
	w := newWorld(t)
	text := []byte(canary + " Nordmann: kanari@prove.example\n")
	d := w.draft("rut")
	d.add(files{
		memberPath("asker", anna):                     text,
		grantPath("ola", "asker"):                     text,
		officerPath("ola"):                            text,
		receiptPath(anna):                             text,
		tombPath("asker", "2026", anna):               text,
		evidencePath("asker", register.NewRecordID()): text,
	}, msg("edit", "asker"))
	s := d.spec(files{"data/officers/recovery.yaml": text}, canary+" has left\n")
	s.Name, s.Email = canary, "kanari@prove.example"
	d.commit(s)
	reports := []*check.Report{d.check(), w.all(w.treeOf(d.head)), w.direct(w.merge("sec", d, register.NewTopic("asker"), nil))}
	for i, r := range reports {
		if len(r.Findings) == 0 {
			t.Errorf("report %d has no findings", i)
		}
		for _, f := range r.Findings {
			// The name that a commit gives its author is quoted: whoever reads the
			// finding must know whose it is.
			if f.Rule != "sign/author" && bytes.Contains(fmt.Append(nil, f), []byte(canary)) {
				t.Errorf("report %d: %+v", i, f)
			}
		}
		if strings.Contains(strings.Join(r.Notes, ""), canary) {
			t.Errorf("report %d: notes %q", i, r.Notes)
		}
	}
}
