package check_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// on is an act of the secretariat with one file of its commit changed after the
// keyrings were made.
func on(fs files, message string, then func(w *world) files) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		s := w.mainSpec("sec", fs, message)
		s.Tree = w.tree(s.Tree, then(w))
		return w.direct(s)
	}
}

func keyringFile(w *world, u register.UnitID, change func(*access.KeyringFile)) files {
	k := *w.state(w.head).Units[u].Keyring
	change(&k)
	return files{keyringPath(u): k.Encode()}
}

// ATTACK: main is written by somebody who may not, or a merge brings something
// else than the proposal that was judged.
func TestMainAttacks(t *testing.T) {
	annaEdited := files{memberPath("asker", anna): sealed()}
	honest := direct(annaEdited, editAsker)
	merge := func(who string, change func(w *world, s *gitstore.CommitSpec)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			w.later(time.Hour)
			s := w.merge(who, d, register.NewTopic("asker"), nil)
			if change != nil {
				change(w, &s)
			}
			return w.direct(s)
		}
	}
	run(t, []attack{
		{"an officer on main", one("sign/secretariat"), honest, func(w *world) *check.Report { return w.direct(w.mainSpec("rut", annaEdited, editAsker)) }},
		{"an officer's merge", one("sign/secretariat"), merge("sec", nil), merge("rut", nil)},
		{"somebody whose grant is to come", []string{"sign/secretariat", "scope/act"}, nil, func(w *world) *check.Report { return w.direct(w.mainSpec("sig", annaEdited, editAsker)) }},
		{"somebody whose grant has ended, dated back", one("sign/secretariat"), func(w *world) *check.Report {
			w.main("sec", files{grantPath("rut", "national"): grantFile("secretariat", today, today)}, msg("grant", "national"))
			return w.direct(w.mainSpec("rut", annaEdited, editAsker))
		}, func(w *world) *check.Report {
			w.main("sec", files{grantPath("rut", "national"): grantFile("secretariat", today, today)}, msg("grant", "national"))
			s := w.mainSpec("rut", annaEdited, editAsker)
			w.now = w.now.AddDate(0, 0, 1)
			return w.direct(s)
		}},
		{"nobody", one("sign/unknown-key"), nil, func(w *world) *check.Report { return w.direct(w.mainSpec("eve", annaEdited, editAsker)) }},
		{"unsigned", one("sign/unsigned"), nil, func(w *world) *check.Report {
			s := w.mainSpec("sec", annaEdited, editAsker)
			s.Sign = nil
			return w.direct(s)
		}},
		{"another parent", one("sign/parents"), nil, func(w *world) *check.Report {
			was := w.head
			w.main("sec", files{memberPath("asker", berit): sealed()}, editAsker)
			s := w.mainSpec("sec", annaEdited, editAsker)
			s.Parents = []gitstore.ID{was}
			return w.direct(s)
		}},
		{"no parent", one("sign/parents"), nil, func(w *world) *check.Report {
			s := w.mainSpec("sec", annaEdited, editAsker)
			s.Parents = nil
			return w.direct(s)
		}},
		{"three parents", []string{"sign/parents", "sign/message"}, nil, merge("sec", func(w *world, s *gitstore.CommitSpec) {
			d := w.draft("kari").add(files{memberPath("asker", berit): sealed()}, editAsker)
			s.Parents = append(s.Parents, d.head)
		})},
		{"a merge that does not say so", one("sign/message"), nil, merge("sec", func(w *world, s *gitstore.CommitSpec) { s.Message = editAsker })},
		{"a merge that names another officer", one("sign/ref"), nil, merge("sec", func(w *world, s *gitstore.CommitSpec) {
			s.Message = register.MergeMessage(handle("liv"), register.NewTopic("asker"))
		})},
		{"a merge that is none", one("sign/message"), nil, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", annaEdited, register.MergeMessage(handle("kari"), register.NewTopic("asker"))))
		}},
		{"a merge of what an officer may not", one("scope/act"), nil, func(w *world) *check.Report {
			d := w.draft("kari").add(files{memberPath("karasjok", cato): sealed()}, msg("edit", "karasjok"))
			return w.direct(w.merge("sec", d, register.NewTopic("karasjok"), nil))
		}},
		{"a merge of an unsigned commit", one("sign/unsigned"), nil, func(w *world) *check.Report {
			d := w.draft("kari")
			s := d.spec(files{memberPath("asker", anna): sealed()}, editAsker)
			s.Sign = nil
			return w.direct(w.merge("sec", d.commit(s), register.NewTopic("asker"), nil))
		}},
		{"a merge of what was merged", one("check/merged"), nil, func(w *world) *check.Report {
			d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
			return w.direct(w.merge("sec", d, register.NewTopic("asker"), nil))
		}},
		{"a merge that answers a request", nil, nil, func(w *world) *check.Report {
			id := register.NewRecordID()
			d := w.draft("tor").add(files{requestPath("asker", id): sealed()}, msg("request", "asker"))
			s := w.mainSpec("sec", files{memberPath("asker", anna): nil, closedPath("asker", "2026-06", anna): sealed()}, register.MergeMessage(handle("tor"), register.NewTopic("asker")))
			s.Parents = append(s.Parents, d.head)
			return w.direct(s)
		}},
		{"a grant that the merge widens", one("grant/self"), func(w *world) *check.Report {
			d := w.draft("rut").add(files{grantPath("sec", "asker"): grantFile("member-officer", today, "2026-05-01")}, msg("grant", "asker"))
			return w.direct(w.merge("sec", d, register.NewTopic("asker"), nil))
		}, func(w *world) *check.Report {
			d := w.draft("rut").add(files{grantPath("sec", "asker"): grantFile("member-officer", today, "2026-05-01")}, msg("grant", "asker"))
			return w.direct(w.merge("sec", d, register.NewTopic("asker"), files{grantPath("sec", "asker"): grantFile("member-officer", today, "")}))
		}},
		{"evidence sealed anew, and the grant that names it", nil, nil, func(w *world) *check.Report {
			id := register.NewRecordID()
			grant := func(b []byte) []byte {
				return (&access.Grant{Office: "chair", From: today, Evidence: []access.Evidence{{ID: id, SHA256: digest(b)}}}).Encode()
			}
			was, is := sealed(), sealed()
			d := w.draft("rut").add(files{grantPath("ola", "asker"): grant(was), evidencePath("asker", id): was}, msg("grant", "asker"))
			w.now = w.now.AddDate(0, 0, 3)
			return w.direct(w.merge("sec", d, register.NewTopic("asker"), files{grantPath("ola", "asker"): grant(is), evidencePath("asker", id): is}))
		}},
		{"before its parent", one("sign/date"), nil, func(w *world) *check.Report {
			s := w.mainSpec("sec", annaEdited, editAsker)
			s.When = start
			return w.direct(s)
		}},
		{"in the future", one("sign/date"), nil, func(w *world) *check.Report {
			s := w.mainSpec("sec", annaEdited, editAsker)
			s.When = s.When.Add(2 * time.Hour)
			return w.direct(s)
		}},
		{"a policy that cannot be read", one("policy/malformed"), nil, func(w *world) *check.Report {
			s := w.spec("sec", w.tree(w.treeOf(w.head), files{"policies/access.yaml": []byte("x: 1\n")}), msg("policy", "national"), w.head)
			return w.direct(s)
		}},
		{"a tree that cannot be read", one("layout/tree"), nil, func(w *world) *check.Report {
			id := w.blob("x")
			bad := w.object("tree", slices.Concat([]byte("100644 b\x00"), id[:], []byte("100644 a\x00"), id[:]))
			return w.direct(w.spec("sec", w.treeWith(w.treeOf(w.head), "data", gitstore.ModeDir, bad), msg("policy", "national"), w.head))
		}},
	})
}

// ATTACK: a keyring is read by somebody who may not, or is an older one. At
// stake: the keys of a whole unit, and those of members who were erased.
func TestReaderAttacks(t *testing.T) {
	annaEdited := files{memberPath("asker", anna): sealed()}
	honest := direct(annaEdited, editAsker)
	run(t, []attack{
		{"a reader too many", []string{"reader/readers", "reader/sealed"}, honest, on(annaEdited, editAsker, func(w *world) files {
			s := w.state(w.head)
			k := *s.Units["asker"].Keyring
			k.Serial++
			k.SHA256 = digest(w.keyrings["asker"])
			k.Readers = append(slices.Clone(k.Readers), handle("ola"))
			slices.Sort(k.Readers)
			return files{keyringPath("asker"): k.Encode()}
		})},
		{"a reader who was revoked", one("reader/readers"), direct(files{grantPath("kari", "asker"): nil}, msg("revoke", "asker")), func(w *world) *check.Report {
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), files{grantPath("kari", "asker"): nil}), msg("revoke", "asker"), w.head))
		}},
		{"a reader whose grant has ended by now", one("reader/readers"), func(w *world) *check.Report {
			w.main("sec", files{grantPath("kari", "asker"): grantFile("member-officer", "2026-03-02", today)}, msg("grant", "asker"))
			w.now = w.now.AddDate(0, 0, 1)
			return w.direct(w.mainSpec("sec", files{memberPath("karasjok", cato): sealed()}, msg("edit", "karasjok")))
		}, func(w *world) *check.Report {
			w.main("sec", files{grantPath("kari", "asker"): grantFile("member-officer", "2026-03-02", today)}, msg("grant", "asker"))
			w.now = w.now.AddDate(0, 0, 1)
			was := w.keyrings["asker"]
			s := w.mainSpec("sec", files{memberPath("karasjok", cato): sealed()}, msg("edit", "karasjok"))
			s.Tree = w.tree(s.Tree, files{keyringPath("asker"): w.content(keyringPath("asker"))})
			w.keyrings["asker"] = was
			return w.direct(s)
		}},
		{"a unit without a keyring", one("reader/missing"), honest, on(files{memberPath("karasjok", cato): sealed()}, msg("edit", "karasjok"), func(*world) files { return files{keyringPath("asker"): nil} })},
		{"a new unit without a keyring", one("reader/missing"), func(w *world) *check.Report { return w.direct(w.mainSpec("sec", newUnit(w), msg("unit", "oslo"))) },
			func(w *world) *check.Report {
				return on(newUnit(w), msg("unit", "oslo"), func(*world) files { return files{keyringPath("oslo"): nil} })(w)
			}},
		{"a malformed keyring file", one("reader/malformed"), nil, on(annaEdited, editAsker, func(*world) files { return files{keyringPath("asker"): []byte("medlem: 1\nserial: x\n")} })},
		{"a record with its old key", one("reader/unchanged"), honest, func(w *world) *check.Report {
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), annaEdited), editAsker, w.head))
		}},
		{"an erasure that keeps the key", one("reader/unchanged"), nil, func(w *world) *check.Report {
			fs := files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile(today)}
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), fs), msg("erase", "asker"), w.head))
		}},
		{"recipients that changed", one("reader/unchanged"), func(w *world) *check.Report {
			o := officerOf("kari")
			o.Recipients = officerOf("eve").Recipients
			return w.direct(w.mainSpec("sec", files{officerPath("kari"): o.Encode()}, msg("rotate", "asker")))
		}, func(w *world) *check.Report {
			o := officerOf("kari")
			o.Recipients = officerOf("eve").Recipients
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), files{officerPath("kari"): o.Encode()}), msg("rotate", "asker"), w.head))
		}},
		{"another recovery recipient", one("reader/unchanged"), nil, func(w *world) *check.Report {
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), files{officerPath("recovery"): recovery("eve")}), msg("rotate", "national"), w.head))
		}},
		{"a plain rewrap", nil, nil, func(w *world) *check.Report {
			s := w.state(w.head)
			k := w.keyring(s, "asker", s.Readers("asker", w.day()))
			return w.direct(w.spec("sec", w.tree(w.treeOf(w.head), files{keyringPath("asker"): k.Encode()}), msg("readers", "asker"), w.head))
		}},
		{"a serial that stands still", one("reader/serial"), nil, on(annaEdited, editAsker, func(w *world) files {
			return keyringFile(w, "asker", func(k *access.KeyringFile) { k.SHA256 = digest(w.keyrings["asker"]) })
		})},
		{"a serial that jumps", one("reader/serial"), nil, on(annaEdited, editAsker, func(w *world) files {
			return keyringFile(w, "asker", func(k *access.KeyringFile) { k.Serial += 2; k.SHA256 = digest(w.keyrings["asker"]) })
		})},
		{"an older keyring under a new number", []string{"reader/serial", "reader/digest"}, nil, on(annaEdited, editAsker, func(w *world) files {
			return keyringFile(w, "asker", func(k *access.KeyringFile) { k.Serial++ })
		})},
		{"a keyring that is not there", one("reader/absent"), honest, func(w *world) *check.Report {
			delete(w.keyrings, "karasjok")
			return honest(w)
		}},
		{"a keyring that is another", one("reader/digest"), nil, func(w *world) *check.Report {
			w.keyrings["karasjok"] = w.keyrings["finnmark"]
			return honest(w)
		}},
		{"a keyring sealed to one fewer", one("reader/sealed"), nil, func(w *world) *check.Report {
			s := w.mainSpec("sec", annaEdited, editAsker)
			b, err := seal.SealKeyring(&seal.Keyring{Unit: "asker", Serial: w.serial["asker"]}, w.state(w.head).Recipients([]register.Handle{handle("sec")}))
			w.must(err)
			w.keyrings["asker"] = b
			s.Tree = w.tree(s.Tree, keyringFile(w, "asker", func(k *access.KeyringFile) { k.Serial++; k.SHA256 = digest(b) }))
			return w.direct(s)
		}},
		{"a keyring that is none", one("reader/sealed"), nil, func(w *world) *check.Report {
			s := w.mainSpec("sec", annaEdited, editAsker)
			w.keyrings["asker"] = []byte("unit: asker\n")
			s.Tree = w.tree(s.Tree, keyringFile(w, "asker", func(k *access.KeyringFile) { k.Serial++; k.SHA256 = digest(w.keyrings["asker"]) }))
			return w.direct(s)
		}},
	})
}

// newUnit is the policy with a branch more.
func newUnit(w *world) files {
	b := w.content("policies/organisation.yaml")
	return files{"policies/organisation.yaml": bytes.Replace(b, []byte("beside:"), []byte("  - {id: oslo, level: branch, name: Oslo, under: akershus}\nbeside:"), 1)}
}

// ATTACK on a register as it stands: what a check of changes would have refused,
// and what only time makes wrong.
func TestAllAttacks(t *testing.T) {
	all := func(fs files) func(w *world) *check.Report {
		return func(w *world) *check.Report { return w.all(w.tree(w.treeOf(w.head), fs)) }
	}
	as := func(path string, mode gitstore.Mode, content string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			return w.all(w.treeWith(w.treeOf(w.head), path, mode, w.blob(content)))
		}
	}
	id := register.NewRecordID()
	honest := all(nil)
	on := func(day register.Day, then func(w *world) *check.Report) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			w.now = day.Time()
			return then(w)
		}
	}
	run(t, []attack{
		{"a path", one("layout/path"), honest, as("data/asker/x.txt", gitstore.ModeFile, "x")},
		{"a link", one("layout/mode"), nil, as("site/x", gitstore.ModeSymlink, "x")},
		{"an empty folder", one("layout/tree"), nil, func(w *world) *check.Report {
			return w.all(w.treeWith(w.treeOf(w.head), "site/kari-nordmann", gitstore.ModeDir, w.object("tree", nil)))
		}},
		{"a twin", one("layout/case"), nil, as("site/content/INDEX.md", gitstore.ModeFile, "x")},
		{"a large file", one("layout/size"), nil, as("site/x", gitstore.ModeFile, strings.Repeat("x", 8<<20+1))},
		{"anything beside it", nil, nil, as("tools/x", gitstore.ModeSymlink, "x")},
		{"an envelope", one("layout/envelope"), nil, func(w *world) *check.Report { return all(files{envelopePath("asker"): w.envelope("kari")})(w) }},
		{"a unit", []string{"layout/unit"}, nil, all(files{memberPath("oslo", id): sealed()})},
		{"no data", []string{"layout/tree", "grant/officer", "grant/vacant", "reader/missing"}, nil, func(w *world) *check.Report {
			return w.all(w.rawTree([]gitstore.Entry{{Name: "policies", Mode: gitstore.ModeDir, ID: w.find("policies")}}))
		}},
		{"nothing at all", []string{"layout/tree", "policy/malformed"}, nil, func(w *world) *check.Report { return w.all(w.object("tree", nil)) }},
		{"no policy", []string{"policy/malformed"}, nil, func(w *world) *check.Report {
			return w.all(w.tree(w.treeOf(w.head), files{"policies/access.yaml": nil}))
		}},
		{"plaintext", one("seal/not-age"), nil, all(files{memberPath("asker", id): []byte("given: Kari\n")})},
		{"unpadded", one("seal/bucket"), nil, all(files{memberPath("asker", id): vectors()["unpadded"]})},
		{"one file in two places", one("seal/reused"), nil, func(w *world) *check.Report {
			return all(files{memberPath("asker", id): w.content(memberPath("karasjok", cato))})(w)
		}},
		{"a record in two places", one("scope/place"), nil, all(files{memberPath("karasjok", anna): sealed()})},
		{"an erased record", one("scope/erased"), nil, all(files{memberPath("karasjok", erna): sealed()})},
		{"a tombstone that tells", one("scope/tombstone"), nil, all(files{tombPath("asker", "2026", id): []byte("medlem: 1\nday: 2026-03-05\nrule: Kari\n")})},
		{"a receipt", one("scope/receipt"), nil, all(files{receiptPath(id): []byte("Kari\n")})},
		{"a sending", one("sending/receipt"), nil, all(files{"data/asker/sendings/2026-07/" + string(id) + ".yaml": []byte("Kari\n")})},
		{"a review", one("review/form"), nil, all(files{"data/asker/reviews/2026-07-01.yaml": []byte("Kari\n")})},
		{"a malformed grant", []string{"grant/malformed", "reader/readers"}, nil, all(files{grantPath("kari", "asker"): []byte("Kari\n")})},
		{"a malformed keyring", one("reader/malformed"), nil, all(files{keyringPath("asker"): []byte("Kari\n")})},
		{"no keyring", one("reader/missing"), nil, all(files{keyringPath("asker"): nil})},
		{"a grant that no keyring follows", one("reader/readers"), nil, all(files{grantPath("ola", "asker"): grantFile("chair", today, "")})},
		{"a keyring that is another", one("reader/digest"), nil, func(w *world) *check.Report {
			w.keyrings["asker"] = w.keyrings["karasjok"]
			return w.all(w.treeOf(w.head))
		}},
		{"a closed record on its last day", nil, nil, on("2026-04-30", honest)},
		{"a closed record that is overdue", one("retention/overdue"), nil, on("2026-05-01", honest)},
		{"participants of what ends today", nil, nil, all(files{"data/asker/activities/2026-03-05/" + string(id) + ".yaml.age": sealed()})},
		{"participants of what is over", one("retention/activity"), nil,
			all(files{"data/asker/activities/2026-03-04/" + string(id) + ".yaml.age": sealed()})},
		{"a grant that begins", []string{"reader/readers", "retention/overdue"}, nil, on("2026-07-01", honest)},
	})
}

// Keyrings as they lie in refs and in a folder.
func TestKeyringPlaces(t *testing.T) {
	// put stores every keyring of the world as a ref and returns them.
	put := func(w *world) map[string]gitstore.ID {
		refs := map[string]gitstore.ID{}
		for u, b := range w.keyrings {
			tree := w.tree(gitstore.ZeroID, files{"keyring.age": b})
			refs[register.KeyringRef(u)] = w.write(w.spec("sec", tree, register.KeyringMessage(u, w.serial[u])))
		}
		return refs
	}
	all := func(w *world, k check.Keyrings) *check.Report {
		o := w.options()
		o.Keyrings = k
		return w.whole(check.All(w.repo, w.loader, w.head, o))
	}
	refs := func(change func(w *world, refs map[string]gitstore.ID)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			r := put(w)
			change(w, r)
			return all(w, check.KeyringsAt(w.repo, r))
		}
	}
	replaced := func(change func(w *world, s *gitstore.CommitSpec)) func(w *world) *check.Report {
		return refs(func(w *world, refs map[string]gitstore.ID) {
			s := w.spec("sec", w.tree(gitstore.ZeroID, files{"keyring.age": w.keyrings["asker"]}), register.KeyringMessage("asker", w.serial["asker"]))
			change(w, &s)
			refs[register.KeyringRef("asker")] = w.write(s)
		})
	}
	folder := func(change func(w *world, dir string)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			dir := w.t.(*testing.T).TempDir()
			for u, b := range w.keyrings {
				w.must(os.WriteFile(filepath.Join(dir, string(u)+"."+digest(b)+".age"), b, 0o600))
			}
			w.must(os.WriteFile(filepath.Join(dir, ".lock"), nil, 0o600))
			change(w, dir)
			return all(w, check.FolderKeyrings(dir, w.state(w.head)))
		}
	}
	named := func(w *world, dir string, u register.UnitID) string {
		return filepath.Join(dir, string(u)+"."+digest(w.keyrings[u])+".age")
	}
	run(t, []attack{
		{"refs of the repository", nil, nil, func(w *world) *check.Report {
			var ups []gitstore.RefUpdate
			for name, id := range put(w) {
				ups = append(ups, gitstore.RefUpdate{Name: name, New: id})
			}
			w.must(w.repo.UpdateRefs(ups))
			return all(w, check.RefKeyrings(w.repo))
		}},
		{"a ref that is gone", one("reader/absent"), refs(func(*world, map[string]gitstore.ID) {}),
			refs(func(w *world, refs map[string]gitstore.ID) { delete(refs, register.KeyringRef("asker")) })},
		{"a ref of no unit", one("reader/stray"), nil, refs(func(w *world, refs map[string]gitstore.ID) {
			refs[register.KeyringRef("oslo")] = refs[register.KeyringRef("asker")]
		})},
		{"a ref of no name", one("reader/stray"), nil, refs(func(w *world, refs map[string]gitstore.ID) {
			refs[register.KeyringRefs+"Kari/x"] = refs[register.KeyringRef("asker")]
		})},
		{"another unit's keyring", one("reader/commit"), nil, refs(func(w *world, refs map[string]gitstore.ID) {
			refs[register.KeyringRef("asker")] = refs[register.KeyringRef("karasjok")]
		})},
		{"a keyring with a history", one("reader/commit"), nil, replaced(func(w *world, s *gitstore.CommitSpec) { s.Parents = []gitstore.ID{w.head} })},
		{"a keyring with a note", one("reader/commit"), nil, replaced(func(w *world, s *gitstore.CommitSpec) { s.Message = "for Kari\n" })},
		{"a keyring by a person", one("reader/commit"), nil, replaced(func(w *world, s *gitstore.CommitSpec) { s.Name = "Kari" })},
		{"a keyring that nobody signed", one("reader/commit"), nil, replaced(func(w *world, s *gitstore.CommitSpec) { s.Sign = nil })},
		{"a keyring with a header", one("reader/commit"), nil, refs(func(w *world, refs map[string]gitstore.ID) {
			s := w.spec("sec", w.tree(gitstore.ZeroID, files{"keyring.age": w.keyrings["asker"]}), register.KeyringMessage("asker", w.serial["asker"]))
			s.Sign = nil
			c, err := gitstore.ReadCommit(w.repo, w.write(s))
			w.must(err)
			text := strings.Replace(string(c.Raw), "\n\n", "\nnote Kari\n\n", 1)
			refs[register.KeyringRef("asker")] = w.object("commit", []byte(signed(w, "sec", text)))
		})},
		{"a keyring and another file", one("reader/commit"), nil, replaced(func(w *world, s *gitstore.CommitSpec) {
			s.Tree = w.tree(s.Tree, files{"note": []byte("for Kari")})
		})},
		{"a keyring's ref on a file", one("reader/commit"), nil, refs(func(w *world, refs map[string]gitstore.ID) {
			refs[register.KeyringRef("asker")] = w.object("commit", []byte("nothing\n"))
		})},
		{"a file that is gone", one("reader/absent"), folder(func(*world, string) {}), folder(func(w *world, dir string) { w.must(os.Remove(named(w, dir, "asker"))) })},
		{"a file that is another", one("reader/digest"), nil, folder(func(w *world, dir string) {
			w.must(os.WriteFile(named(w, dir, "asker"), w.keyrings["karasjok"], 0o600))
		})},
		{"a file that main does not name", one("reader/stray"), nil, folder(func(w *world, dir string) {
			w.must(os.WriteFile(filepath.Join(dir, "asker."+strings.Repeat("0", 64)+".age"), w.keyrings["asker"], 0o600))
		})},
		{"a file of no unit", one("reader/stray"), nil, folder(func(w *world, dir string) {
			w.must(os.WriteFile(filepath.Join(dir, "Kari.txt"), nil, 0o600))
		})},
		{"a folder that is gone", one("reader/absent"), nil, func(w *world) *check.Report {
			return all(w, check.FolderKeyrings(filepath.Join(w.t.(*testing.T).TempDir(), "none"), w.state(w.head)))
		}},
	})
}

// partial are the keyrings of an officer's own copy.
type partial map[register.UnitID][]byte

func (partial) Complete() bool { return false }

func (partial) Tokens(register.UnitID) ([]byte, bool, error) { return nil, false, nil }

func (p partial) Sealed(u register.UnitID) ([]byte, bool, error) {
	b, ok := p[u]
	if !ok && u == "karasjok" && p["fail"] != nil {
		return nil, false, errors.New("the disk is gone")
	}
	return b, ok, nil
}

// A check says what it did not look at.
func TestNotes(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	r := w.whole(check.All(w.repo, w.loader, w.head, o))
	want(t, r)
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "not looked at") {
		t.Errorf("notes without keyrings: %q", r.Notes)
	}
	o.Keyrings = partial{"asker": w.keyrings["asker"]}
	r = w.whole(check.All(w.repo, w.loader, w.head, o))
	want(t, r)
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "5 of 6") {
		t.Errorf("notes with one keyring: %q", r.Notes)
	}
	o.Keyrings = w
	if r = w.whole(check.All(w.repo, w.loader, w.head, o)); len(r.Notes) != 0 {
		t.Errorf("notes with all keyrings: %q", r.Notes)
	}
	o.Keyrings = partial{"fail": {1}}
	if _, err := check.All(w.repo, w.loader, w.head, o); err == nil {
		t.Error("a keyring that cannot be read is no error")
	}
}
