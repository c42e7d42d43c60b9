package check_test

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// newJoining returns a fresh joining recipient.
func newJoining(t testing.TB) string {
	t.Helper()
	k := &seal.Keyring{}
	if err := k.RenewJoining("2026-01-01", "2026-02-01"); err != nil {
		t.Fatal(err)
	}
	r, err := k.JoiningRecipient()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const pagesPath = "policies/pages.yaml"

var pagesFile = []byte("leave: [left]\n")

// sealAll adds every unit's keyring, sealed anew, to the files, by the policy that
// is in force with them.
func (w *world) sealAll(fs files) files {
	w.t.Helper()
	s, err := w.loader.At(w.tree(w.treeOf(w.head), fs))
	w.must(err)
	out := files{}
	for p, b := range fs {
		out[p] = b
	}
	for _, u := range s.Policy.Units {
		out[keyringPath(u.ID)] = w.keyring(s, u.ID, s.Readers(u.ID, w.day())).Encode()
	}
	return out
}

// pages puts pages.yaml in force.
func (w *world) pages() *world {
	w.t.Helper()
	w.head = w.write(w.spec("sec", w.tree(w.treeOf(w.head), w.sealAll(files{pagesPath: pagesFile})), msg("policy", "national"), w.head))
	return w
}

// ATTACK: the key to which members and strangers seal what they send is missing, one
// that somebody else opens, or one that somebody who left still opens. At stake: what
// members send. Proves: reader/joining and reader/joining-unchanged, with honest twins.
func TestJoiningAttacks(t *testing.T) {
	annaEdited := files{memberPath("asker", anna): sealed()}
	// with is an honest edit, with another keyring.yaml of Asker.
	with := func(change func(w *world, k *access.KeyringFile)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			w.pages()
			return on(annaEdited, editAsker, func(w *world) files {
				k := w.state(w.head).Units["asker"].Keyring
				next := *k
				next.Serial++
				next.SHA256 = digest(w.keyrings["asker"])
				change(w, &next)
				return files{keyringPath("asker"): next.Encode()}
			})(w)
		}
	}
	revoked := files{grantPath("kari", "asker"): nil}
	run(t, []attack{
		{"pages without a key", one("reader/joining"), func(w *world) *check.Report {
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), w.sealAll(files{pagesPath: pagesFile})), msg("policy", "national"), w.head))
		}, func(w *world) *check.Report {
			was := w.keyrings["asker"]
			all := w.sealAll(files{pagesPath: pagesFile})
			w.keyrings["asker"] = was
			delete(all, keyringPath("asker"))
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), all), msg("policy", "national"), w.head))
		}},
		{"a key without pages", one("reader/joining"), nil, on(annaEdited, editAsker, func(w *world) files {
			k := *w.state(w.head).Units["asker"].Keyring
			k.Serial++
			k.SHA256, k.Joining = digest(w.keyrings["asker"]), newJoining(w.t)
			return files{keyringPath("asker"): k.Encode()}
		})},
		{"pages that go, and a key that stays", one("reader/joining"), func(w *world) *check.Report {
			w.pages()
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), w.sealAll(files{pagesPath: nil})), msg("policy", "national"), w.head))
		}, func(w *world) *check.Report {
			w.pages()
			was := w.keyrings["asker"]
			all := w.sealAll(files{pagesPath: nil})
			w.keyrings["asker"] = was
			delete(all, keyringPath("asker"))
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), all), msg("policy", "national"), w.head))
		}},
		{"a key that is taken out", one("reader/joining"), with(func(*world, *access.KeyringFile) {}), with(func(_ *world, k *access.KeyringFile) { k.Joining = "" })},
		{"a key that is mistyped", one("reader/joining"), with(func(w *world, k *access.KeyringFile) { k.Joining = newJoining(w.t) }), with(func(_ *world, k *access.KeyringFile) {
			k.Joining = k.Joining[:1958] + map[bool]string{true: "p", false: "q"}[strings.HasSuffix(k.Joining, "q")]
		})},
		{"a key of another form", one("reader/malformed"), nil, with(func(_ *world, k *access.KeyringFile) { k.Joining = k.Joining[:1957] })},
		{"another unit's key", one("reader/joining-unchanged"), nil, with(func(w *world, k *access.KeyringFile) {
			k.Joining = w.state(w.head).Units["karasjok"].Keyring.Joining
		})},
		{"an officer's own key", one("reader/joining-unchanged"), nil, with(func(_ *world, k *access.KeyringFile) { k.Joining = officerOf("ola").Recipients[0] })},
		{"the recovery recipient", one("reader/joining-unchanged"), nil, with(func(_ *world, k *access.KeyringFile) { k.Joining = officerOf("recovery").Recipients[0] })},
		{"a reader who leaves, and the same key", one("reader/joining-unchanged"), func(w *world) *check.Report {
			w.pages()
			return direct(revoked, msg("revoke", "asker"))(w)
		}, func(w *world) *check.Report {
			was := w.pages().state(w.head).Units["asker"].Keyring.Joining
			s := w.mainSpec("sec", revoked, msg("revoke", "asker"))
			after, err := w.loader.At(s.Tree)
			w.must(err)
			k := *after.Units["asker"].Keyring
			k.Joining = was
			s.Tree = w.tree(s.Tree, files{keyringPath("asker"): k.Encode()})
			return w.direct(s)
		}},
	})
}

// The place of the finding is the line of the key, beside tokens and without, and it
// is said of main as a whole too.
func TestJoiningPlaces(t *testing.T) {
	w := newWorld(t).pages()
	k := *w.state(w.head).Units["asker"].Keyring
	k.Joining = ""
	rep := w.all(w.tree(w.treeOf(w.head), files{keyringPath("asker"): k.Encode()}))
	want(t, rep, "reader/joining")
	if f := rep.Findings[0]; f.Path != keyringPath("asker") || f.Line != 4 || f.Unit != register.UnitID("asker") {
		t.Errorf("%+v", f)
	}
	w.tokens()
	k = *w.state(w.head).Units["asker"].Keyring
	k.Joining = k.Joining[:1958] + map[bool]string{true: "p", false: "q"}[strings.HasSuffix(k.Joining, "q")]
	rep = w.all(w.tree(w.treeOf(w.head), files{keyringPath("asker"): k.Encode()}))
	want(t, rep, "reader/joining")
	if f := rep.Findings[0]; f.Line != 5 {
		t.Errorf("%+v", f)
	}
}
