package check_test

import (
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// anew returns every member's file of a unit, open and closed, under a fresh key.
func (w *world) anew(u register.UnitID) files {
	w.t.Helper()
	fs := files{}
	for _, folder := range []string{"members", "erase"} {
		prefix := "data/" + string(u) + "/" + folder
		e, ok, err := gitstore.Find(w.repo, w.treeOf(w.head), prefix)
		w.must(err)
		if !ok {
			continue
		}
		w.must(gitstore.Walk(w.repo, e.ID, "", func(path string, _ gitstore.Entry) error {
			fs[prefix+"/"+path] = sealed()
			return nil
		}))
	}
	return fs
}

// ATTACK: a commit says that a whole unit is sealed anew, and somebody's file is left as
// a lost key opens it; or something else is done under that word, such as taking
// somebody away where a change would wait for an overdue control.
// Proves: scope/rekey: all of the unit, nothing but it, by whoever may merge.
func TestAttackRekey(t *testing.T) {
	rekey := func(who, verb string, change func(w *world, fs files)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			fs := w.anew("asker")
			n := len(fs)
			if n < 2 {
				w.t.Fatal("Asker has too few members")
			}
			if change != nil {
				change(w, fs)
			}
			return w.direct(w.mainSpec(who, fs, register.Message(verb, n, "asker")))
		}
	}
	whole := rekey("sec", "rekey", nil)
	run(t, []attack{
		{"one is left", one("scope/rekey"), whole, rekey("sec", "rekey", func(_ *world, fs files) { delete(fs, memberPath("asker", anna)) })},
		{"one goes", []string{"scope/rekey", "scope/gone"}, rekey("sec", "contain", nil), rekey("sec", "contain", func(_ *world, fs files) { fs[memberPath("asker", anna)] = nil })},
		{"one comes", one("scope/rekey"), whole, rekey("sec", "rekey", func(_ *world, fs files) { fs[memberPath("asker", register.NewRecordID())] = sealed() })},
		{"one is closed", one("scope/rekey"), whole, rekey("sec", "rekey", func(_ *world, fs files) {
			fs[memberPath("asker", anna)], fs[closedPath("asker", "2026-06", anna)] = nil, sealed()
		})},
		{"another unit too", one("scope/rekey"), whole, rekey("sec", "rekey", func(_ *world, fs files) { fs[memberPath("karasjok", cato)] = sealed() })},
		{"a grant goes with it", one("scope/rekey"), whole, rekey("sec", "rekey", func(_ *world, fs files) { fs[grantPath("kari", "asker")] = nil })},
		{"by an officer", []string{"sign/secretariat", "scope/act"}, whole, rekey("kari", "rekey", nil)},
		{"another number", one("sign/message"), whole, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", w.anew("asker"), msg("rekey", "asker")))
		}},
		{"in a proposal", one("sign/message"), nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("asker", anna): sealed()}, msg("rekey", "asker")).check()
		}},
	})
}

// A register may begin with what another left: closed records and tombstones. An id that
// was erased stays refused, in the same commit too.
func TestBeginsWithWhatAnotherLeft(t *testing.T) {
	w := newWorld(t) // with one of each
	first := func(fs files) *check.Report {
		tree := w.tree(w.treeOf(w.head), fs)
		for _, u := range w.state(w.head).Policy.Units {
			fs := keyringFile(w, u.ID, func(k *access.KeyringFile) { k.Serial = 1 })
			tree = w.tree(tree, fs)
		}
		head := w.write(w.spec("sec", tree, register.InitMessage))
		return w.ofMain(check.Direct(w.repo, w.loader, gitstore.ZeroID, head, w.options()))
	}
	want(t, first(nil))
	want(t, first(files{closedPath("asker", "2026-06", register.NewRecordID()): sealed(), tombPath("asker", "2026", register.NewRecordID()): tombFile(today)}))
	want(t, first(files{memberPath("asker", erna): sealed()}), "scope/erased")
}
