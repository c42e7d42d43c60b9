package check_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// An attack is something that must be refused, by exactly the rules that are
// named, and its honest twin, which must pass.
type attack struct {
	name   string
	rules  []string
	honest func(w *world) *check.Report
	do     func(w *world) *check.Report
}

func run(t *testing.T, attacks []attack) {
	t.Helper()
	for _, a := range attacks {
		t.Run(strings.ReplaceAll(a.name, " ", "-"), func(t *testing.T) {
			if a.honest != nil {
				want(t, a.honest(newWorld(t)))
			}
			want(t, a.do(newWorld(t)), slices.Clone(a.rules)...)
		})
	}
}

func one(rule string) []string { return []string{rule} }

var editAsker = register.Message("edit", 1, "asker")

// edit is the honest twin of most attacks: Kari corrects a member of Asker.
func edit(w *world) *check.Report {
	return w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).check()
}

// placed is a draft of Rut's, who may change the site, with an entry put where
// and as it is told.
func placed(w *world, path string, mode gitstore.Mode, id gitstore.ID) *check.Report {
	tree := w.treeWith(w.treeOf(w.head), path, mode, id)
	d := w.draft("rut")
	return d.commit(w.spec("rut", tree, register.Message("site", 1, "national"), w.head)).check()
}

func (w *world) blob(content string) gitstore.ID { return w.object("blob", []byte(content)) }

// ATTACK: what lies in the repository is more, or something else, than a
// register. At stake: names in clear, files that escape a checkout, content that
// two machines see differently.
func TestLayoutAttacks(t *testing.T) {
	site := func(w *world) *check.Report {
		return placed(w, "site/content/about.md", gitstore.ModeFile, w.blob("About.\n"))
	}
	asSite := func(path string, mode gitstore.Mode) func(w *world) *check.Report {
		return func(w *world) *check.Report { return placed(w, path, mode, w.blob("../../etc/passwd")) }
	}
	run(t, []attack{
		{"plain file at the top", one("layout/path"), site, asSite("kari-nordmann.txt", gitstore.ModeFile)},
		{"unknown folder", one("layout/path"), nil, asSite("docs/x.md", gitstore.ModeFile)},
		{"unknown folder of a unit", one("layout/path"), nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{"data/asker/notes/kari-nordmann.yaml": []byte("x")}, editAsker).check()
		}},
		{"a name for an id", one("layout/path"), nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{"data/asker/members/k/kari-nordmann.yaml.age": sealed()}, editAsker).check()
		}},
		{"a path to make a line of output", one("layout/path"), nil, asSite("site/x\n::error file=a::b", gitstore.ModeFile)},
		{"Unicode form", one("layout/path"), nil, asSite("site/A\u030ase.md", gitstore.ModeFile)},
		{"backslash", one("layout/path"), nil, asSite(`site\..\x`, gitstore.ModeFile)},
		{"program", one("layout/mode"), site, asSite("site/x.sh", gitstore.ModeExec)},
		{"symbolic link", one("layout/mode"), nil, asSite("site/x", gitstore.ModeSymlink)},
		{"submodule", one("layout/mode"), nil, asSite("site/x", gitstore.ModeSubmodule)},
		{"sealed file as a link", one("layout/mode"), edit, func(w *world) *check.Report {
			path := memberPath("asker", anna)
			tree := w.treeWith(w.treeOf(w.head), path, gitstore.ModeSymlink, w.blob("../../../karasjok/"))
			return w.draft("kari").commit(w.spec("kari", tree, editAsker, w.head)).check()
		}},
		{"folder in place of a file", []string{"layout/path", "scope/gone"}, nil, func(w *world) *check.Report {
			tree := w.tree(w.treeOf(w.head), files{memberPath("asker", anna): nil})
			tree = w.treeWith(tree, memberPath("asker", anna)+"/x", gitstore.ModeFile, w.blob("x"))
			return w.draft("kari").commit(w.spec("kari", tree, editAsker, w.head)).check()
		}},
		{"empty folder that says a name", one("layout/tree"), nil, func(w *world) *check.Report {
			tree := w.treeWith(w.treeOf(w.head), "site/a.md", gitstore.ModeFile, w.blob("a"))
			return w.draft("rut").commit(w.spec("rut", w.treeWith(tree, "site/kari-nordmann-has-left", gitstore.ModeDir, w.object("tree", nil)), register.Message("site", 1, "national"), w.head)).check()
		}},
		{"tree out of order", one("layout/tree"), nil, func(w *world) *check.Report {
			id := w.blob("x")
			bad := w.object("tree", slices.Concat([]byte("100644 b\x00"), id[:], []byte("100644 a\x00"), id[:]))
			tree := w.treeWith(w.treeOf(w.head), "site", gitstore.ModeDir, bad)
			return w.draft("rut").commit(w.spec("rut", tree, register.Message("site", 1, "national"), w.head)).check()
		}},
		{"tree with a name twice", one("layout/tree"), nil, func(w *world) *check.Report {
			id := w.blob("x")
			bad := w.object("tree", slices.Concat([]byte("100644 a\x00"), id[:], []byte("100644 a\x00"), id[:]))
			tree := w.treeWith(w.treeOf(w.head), "site", gitstore.ModeDir, bad)
			return w.draft("rut").commit(w.spec("rut", tree, register.Message("site", 1, "national"), w.head)).check()
		}},
		{"dot dot", one("layout/tree"), nil, asSite("site/../x", gitstore.ModeFile)},
		{"git folder in another case", one("layout/tree"), nil, asSite("site/.GIT/config", gitstore.ModeFile)},
		{"twin by case", one("layout/case"), site, asSite("site/content/Index.md", gitstore.ModeFile)},
		{"twin folder by case", one("layout/case"), nil, asSite("site/Content/about.md", gitstore.ModeFile)},
		{"site file too large", one("layout/size"), func(w *world) *check.Report {
			return placed(w, "site/large.bin", gitstore.ModeFile, w.blob(strings.Repeat("x", 8<<20)))
		}, func(w *world) *check.Report {
			return placed(w, "site/large.bin", gitstore.ModeFile, w.blob(strings.Repeat("x", 8<<20+1)))
		}},
		{"sealed file too large", one("layout/size"), nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("asker", anna): sealed(), memberPath("asker", berit): bytes.Repeat([]byte("x"), seal.RecordLimit+1)}, editAsker).check()
		}},
		{"grant too large", []string{"layout/size", "grant/malformed"}, nil, func(w *world) *check.Report {
			return w.draft("rut").add(files{grantPath("ola", "asker"): bytes.Repeat([]byte("x"), register.FlatLimit+1)}, register.Message("grant", 1, "asker")).check()
		}},
		{"unknown unit", []string{"layout/unit", "scope/act", "sign/message"}, edit, func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("oslo", register.NewRecordID()): sealed()}, register.Message("add", 1, "oslo")).check()
		}},
		{"more files than one proposal may have", one("layout/count"), nil, func(w *world) *check.Report {
			access, err := w.repo.Blob(w.find("policies/access.yaml"), 1<<20)
			w.must(err)
			w.main("sec", files{"policies/access.yaml": bytes.Replace(access, []byte("files: 100000"), []byte("files: 3"), 1)}, register.Message("policy", 1, "national"))
			return w.draft("kari").add(files{memberPath("asker", anna): sealed(), memberPath("asker", berit): sealed()}, register.Message("edit", 2, "asker")).
				add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}},
		{"envelope on main", one("layout/envelope"), func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", files{memberPath("asker", anna): sealed()}, editAsker))
		}, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", files{memberPath("asker", anna): sealed(), envelopePath("asker"): w.envelope("kari")}, editAsker))
		}},
	})
}

func (w *world) find(path string) gitstore.ID {
	w.t.Helper()
	e, ok, err := gitstore.Find(w.repo, w.treeOf(w.head), path)
	w.must(err)
	if !ok {
		w.t.Fatalf("%s is not there", path)
	}
	return e.ID
}

func (w *world) content(path string) []byte {
	w.t.Helper()
	b, err := w.repo.Blob(w.find(path), 8<<20)
	w.must(err)
	return b
}

// ATTACK: what is sealed is sealed to more people, in a weaker way, or not at
// all; or it is another file than its path says. At stake: the content, now or
// when a quantum computer comes; a member's record under another member's name.
func TestSealAttacks(t *testing.T) {
	raw := func(b func(w *world) []byte) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			return w.bareDraft("kari").add(files{envelopePath("asker"): w.envelope("kari"), memberPath("asker", anna): b(w)}, editAsker).check()
		}
	}
	envelope := func(b func(w *world) []byte) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			return w.bareDraft("kari").add(files{envelopePath("asker"): b(w), memberPath("asker", anna): sealed()}, editAsker).check()
		}
	}
	honest := raw(func(*world) []byte { return sealed() })
	vector := func(name string) func(w *world) []byte {
		return func(w *world) []byte { return vectors()[name] }
	}
	run(t, []attack{
		{"plaintext", one("seal/not-age"), honest, raw(func(*world) []byte { return []byte("medlem: 1\ngiven: Kari\n") })},
		{"armored", one("seal/not-age"), nil, raw(vector("armored"))},
		{"sealed to a recipient", one("seal/stanza"), nil, raw(func(w *world) []byte { return w.sealedTo("eve") })},
		{"a second stanza", one("seal/count"), nil, raw(vector("two stanzas"))},
		{"work factor that stalls readers", one("seal/work-factor"), nil, raw(vector("work factor"))},
		{"not padded", one("seal/bucket"), nil, raw(vector("unpadded"))},
		{"a byte after the end", one("seal/bucket"), nil, raw(func(*world) []byte { return append(sealed(), 'x') })},
		{"bytes that belong to no chunk", one("seal/trailing"), nil, raw(vector("trailing"))},
		{"cut off", one("seal/size"), nil, raw(func(*world) []byte { return sealed()[:160] })},

		{"envelope to a classic recipient", one("seal/classic"), envelope(func(w *world) []byte { return w.envelope("kari") }), envelope(vector("classic"))},
		{"envelope to one more", one("seal/count"), nil, envelope(func(w *world) []byte { return w.sealedTo("kari", "sec", "eve") })},
		{"envelope that leaves the secretariat out", one("seal/count"), nil, envelope(func(w *world) []byte { return w.sealedTo("kari") })},
		{"envelope that is none", one("seal/not-age"), nil, envelope(func(*world) []byte { return []byte("mrk1…") })},
		{"no envelope", one("seal/envelope"), honest, func(w *world) *check.Report {
			return w.bareDraft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}},
		{"two envelopes", one("seal/envelope"), nil, func(w *world) *check.Report {
			return w.bareDraft("kari").add(files{envelopePath("asker"): w.envelope("kari"), envelopePath("asker"): w.envelope("kari"), memberPath("asker", anna): sealed()}, editAsker).check()
		}},
		{"envelope and nothing sealed", one("seal/envelope"), func(w *world) *check.Report {
			o := officerOf("kari")
			o.Recipients = append(o.Recipients, officerOf("eve").Recipients...)
			return w.draft("kari").add(files{officerPath("kari"): o.Encode()}, register.Message("rotate", 1, "asker")).check()
		}, func(w *world) *check.Report {
			o := officerOf("kari")
			o.Recipients = append(o.Recipients, officerOf("eve").Recipients...)
			return w.draft("kari").add(files{officerPath("kari"): o.Encode(), envelopePath("asker"): w.envelope("kari")}, register.Message("rotate", 1, "asker")).check()
		}},
		{"envelope in another unit", one("seal/envelope"), nil, func(w *world) *check.Report {
			return w.bareDraft("kari").add(files{envelopePath("karasjok"): w.envelope("kari"), memberPath("asker", anna): sealed()}, editAsker).check()
		}},
		{"envelope that comes late", one("seal/envelope"), func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).add(files{memberPath("asker", berit): sealed()}, editAsker).check()
		}, func(w *world) *check.Report {
			return w.bareDraft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).
				add(files{envelopePath("asker"): w.envelope("kari"), memberPath("asker", berit): sealed()}, editAsker).check()
		}},
		{"envelope exchanged on the way", one("seal/envelope"), nil, func(w *world) *check.Report {
			path := envelopePath("asker")
			return w.bareDraft("kari").add(files{path: w.envelope("kari"), memberPath("asker", anna): sealed()}, editAsker).
				add(files{path: w.envelope("kari"), memberPath("asker", berit): sealed()}, editAsker).check()
		}},

		{"one file in two places", one("seal/reused"), func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("asker", anna): sealed(), memberPath("asker", berit): sealed()}, register.Message("edit", 2, "asker")).check()
		}, func(w *world) *check.Report {
			b := sealed()
			return w.draft("kari").add(files{memberPath("asker", anna): b, memberPath("asker", berit): b}, editAsker).check()
		}},
		{"two members' files swapped", one("seal/reused"), nil, func(w *world) *check.Report {
			a, b := w.content(memberPath("asker", anna)), w.content(memberPath("asker", berit))
			return w.draft("kari").add(files{memberPath("asker", anna): b, memberPath("asker", berit): a}, editAsker).check()
		}},
		{"a member's file over another's", one("seal/reused"), nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{memberPath("asker", anna): w.content(memberPath("asker", berit))}, editAsker).check()
		}},
		{"an older version put back on the way", one("seal/reused"), nil, func(w *world) *check.Report {
			was := w.content(memberPath("asker", anna))
			return w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).add(files{memberPath("asker", anna): was}, editAsker).check()
		}},
		{"a version that main has replaced since", one("seal/reused"), func(w *world) *check.Report {
			d := w.draft("kari")
			w.main("sec", files{memberPath("asker", berit): sealed()}, editAsker)
			return d.add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}, func(w *world) *check.Report {
			was := w.content(memberPath("asker", berit))
			d := w.draft("kari")
			w.main("sec", files{memberPath("asker", berit): sealed()}, editAsker)
			return d.add(files{memberPath("asker", anna): was}, editAsker).check()
		}},
		{"a move with the old unit's file", one("seal/reused"), func(w *world) *check.Report {
			return w.draft("liv").add(files{memberPath("asker", anna): nil, memberPath("lillestrom", anna): sealed()}, register.Message("move", 1, "asker")).check()
		}, func(w *world) *check.Report {
			return w.draft("liv").add(files{memberPath("asker", anna): nil, memberPath("lillestrom", anna): w.content(memberPath("asker", anna))}, register.Message("move", 1, "asker")).check()
		}},
		{"not sealed anew by the merge", one("seal/not-resealed"), func(w *world) *check.Report {
			d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			return w.direct(w.merge("sec", d, register.NewTopic("asker"), nil))
		}, func(w *world) *check.Report {
			b := sealed()
			d := w.draft("kari").add(files{memberPath("asker", anna): b}, editAsker)
			return w.direct(w.merge("sec", d, register.NewTopic("asker"), files{memberPath("asker", anna): b}))
		}},
		{"an earlier version of the proposal merged as it was", one("seal/not-resealed"), nil, func(w *world) *check.Report {
			b := sealed()
			d := w.draft("kari").add(files{memberPath("asker", anna): b}, editAsker).add(files{memberPath("asker", anna): sealed()}, editAsker)
			return w.direct(w.merge("sec", d, register.NewTopic("asker"), files{memberPath("asker", anna): b}))
		}},
		{"swapped on main", one("seal/reused"), nil, func(w *world) *check.Report {
			a, b := w.content(memberPath("asker", anna)), w.content(memberPath("asker", berit))
			return w.direct(w.mainSpec("sec", files{memberPath("asker", anna): b, memberPath("asker", berit): a}, editAsker))
		}},
	})
}

// sealedTo seals what an envelope holds to the actors that are named.
func (w *world) sealedTo(names ...string) []byte {
	w.t.Helper()
	var rs []string
	for _, n := range names {
		rs = append(rs, actors()[n].Recipient())
	}
	b, err := seal.SealEnvelope(seal.NewKey(), rs)
	w.must(err)
	return b
}
