package check_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// tokens gives every unit tokens, in one commit of the secretariat.
func (w *world) tokens() *world {
	w.t.Helper()
	w.tokenFiles = map[register.UnitID][]byte{}
	s := w.state(w.head)
	fs := files{}
	for _, u := range s.Policy.Units {
		fs[keyringPath(u.ID)] = w.keyring(s, u.ID, s.Readers(u.ID, w.day())).Encode()
	}
	w.head = w.write(w.spec("sec", w.tree(w.treeOf(w.head), fs), msg("readers", "national"), w.head))
	return w
}

// ATTACK: tokens are opened by somebody who is not of the secretariat, are older
// ones, or are kept though somebody was erased. At stake: who is a member of two
// units, and whether somebody who was erased ever was one.
func TestTokenAttacks(t *testing.T) {
	annaEdited := files{memberPath("asker", anna): sealed()}
	honest := func(w *world) *check.Report { return direct(annaEdited, editAsker)(w.tokens()) }
	// with is the honest edit, with another tokens file beside Asker's keyring.
	with := func(change func(w *world, k *access.KeyringFile)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			w.tokens()
			return on(annaEdited, editAsker, func(w *world) files {
				return keyringFile(w, "asker", func(k *access.KeyringFile) {
					k.Serial++
					k.SHA256 = digest(w.keyrings["asker"])
					change(w, k)
				})
			})(w)
		}
	}
	erased := files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile(today)}
	rotated := func(w *world) files {
		o := officerOf("sec")
		o.Recipients = officerOf("eve").Recipients
		return files{officerPath("sec"): o.Encode()}
	}
	kept := func(fs func(w *world) files, message string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			w.tokens()
			was := map[register.UnitID]string{}
			for u, st := range w.state(w.head).Units {
				was[u] = st.Keyring.Tokens
			}
			before := w.tokenFiles
			w.tokenFiles = map[register.UnitID][]byte{}
			s := w.mainSpec("sec", fs(w), message)
			w.tokenFiles = before
			after, err := w.loader.At(s.Tree)
			w.must(err)
			changed := files{}
			for u, st := range after.Units {
				k := *st.Keyring
				k.Tokens = was[u]
				changed[keyringPath(u)] = k.Encode()
			}
			s.Tree = w.tree(s.Tree, changed)
			return w.direct(s)
		}
	}
	run(t, []attack{
		{"tokens for one reader more", one("reader/tokens"), honest, with(func(w *world, k *access.KeyringFile) {
			s := w.state(w.head)
			w.tokenFiles["asker"] = w.sealTokens(s, "asker", append(s.TokenReaders(w.day()), handle("kari")))
			k.Tokens = digest(w.tokenFiles["asker"])
		})},
		{"tokens without the recovery recipient", one("reader/tokens"), nil, with(func(w *world, k *access.KeyringFile) {
			s := w.state(w.head)
			w.tokenFiles["asker"] = w.sealTokens(s, "asker", s.Secretariat(w.day()))
			k.Tokens = digest(w.tokenFiles["asker"])
		})},
		{"tokens of another digest", one("reader/tokens"), nil, with(func(w *world, k *access.KeyringFile) {
			w.tokenFiles["asker"] = w.sealTokens(w.state(w.head), "asker", w.state(w.head).TokenReaders(w.day()))
			k.Tokens = digest([]byte("others"))
		})},
		{"tokens of yesterday", one("reader/tokens"), nil, func(w *world) *check.Report {
			w.tokens()
			older := w.tokenFiles["asker"]
			w.main("sec", annaEdited, editAsker)
			w.tokenFiles["asker"] = older
			return w.all(w.treeOf(w.head))
		}},
		{"tokens of another unit", one("reader/tokens"), nil, func(w *world) *check.Report {
			w.tokens().tokenFiles["asker"] = w.tokenFiles["karasjok"]
			return w.all(w.treeOf(w.head))
		}},
		{"tokens that are gone", one("reader/tokens"), func(w *world) *check.Report { w.tokens(); return w.all(w.treeOf(w.head)) }, func(w *world) *check.Report {
			delete(w.tokens().tokenFiles, "asker")
			return w.all(w.treeOf(w.head))
		}},
		{"tokens that main does not name", one("reader/tokens"), nil, with(func(w *world, k *access.KeyringFile) { k.Tokens = "" })},
		{"a malformed digest", one("reader/malformed"), nil, with(func(w *world, k *access.KeyringFile) { k.Tokens = "x" })},
		{"the keyring's digest for the tokens'", one("reader/malformed"), nil, with(func(w *world, k *access.KeyringFile) { k.Tokens = k.SHA256 })},
		{"an erasure that keeps the tokens", one("reader/tokens-unchanged"),
			func(w *world) *check.Report { return direct(erased, msg("erase", "asker"))(w.tokens()) },
			kept(func(*world) files { return erased }, msg("erase", "asker"))},
		{"a new recipient of the secretariat, and the old tokens", nil, nil, func(w *world) *check.Report {
			w.tokens()
			return w.direct(w.mainSpec("sec", rotated(w), msg("rotate", "national")))
		}},
		{"a register that stops having tokens", nil, nil, func(w *world) *check.Report {
			had := w.tokens().tokenFiles
			w.tokenFiles = nil
			spec := w.mainSpec("sec", annaEdited, editAsker)
			w.tokenFiles = had
			delete(w.tokenFiles, "asker")
			return w.direct(spec)
		}},
	})
	t.Run("recipients that changed, and the old tokens", func(t *testing.T) {
		rep := kept(rotated, msg("rotate", "national"))(newWorld(t))
		if !slices.ContainsFunc(rep.Findings, func(f check.Finding) bool {
			return f.Rule == "reader/tokens-unchanged" && f.Path == "data/asker/keyring.yaml" && f.Line == 4
		}) {
			t.Errorf("not refused: %+v", rep.Findings)
		}
	})
}

// Tokens as they lie in refs and in a folder, beside the keyrings.
func TestTokenPlaces(t *testing.T) {
	refs := func(w *world, change func(files)) map[string]gitstore.ID {
		out := map[string]gitstore.ID{}
		for u, b := range w.keyrings {
			fs := files{"keyring.age": b, "tokens.age": w.tokenFiles[u]}
			if u == "asker" {
				change(fs)
			}
			out[register.KeyringRef(u)] = w.write(w.spec("sec", w.tree(gitstore.ZeroID, fs), register.KeyringMessage(u, w.serial[u])))
		}
		return out
	}
	all := func(w *world, k check.Keyrings) *check.Report {
		o := w.options()
		o.Keyrings = k
		return w.whole(check.All(w.repo, w.loader, w.head, o))
	}
	at := func(change func(fs files)) func(w *world) *check.Report {
		return func(w *world) *check.Report { return all(w, check.KeyringsAt(w.repo, refs(w.tokens(), change))) }
	}
	folder := func(change func(w *world, name string)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			w.tokens()
			dir := w.t.(*testing.T).TempDir()
			for u, b := range w.keyrings {
				w.must(os.WriteFile(filepath.Join(dir, string(u)+"."+digest(b)+".age"), b, 0o600))
				w.must(os.WriteFile(filepath.Join(dir, string(u)+"."+digest(w.tokenFiles[u])+".age"), w.tokenFiles[u], 0o600))
			}
			change(w, filepath.Join(dir, "asker."+digest(w.tokenFiles["asker"])+".age"))
			return all(w, check.FolderKeyrings(dir, w.state(w.head)))
		}
	}
	run(t, []attack{
		{"a ref without tokens", one("reader/tokens"), at(func(files) {}), at(func(fs files) { delete(fs, "tokens.age") })},
		{"a ref with tokens alone", one("reader/commit"), nil, at(func(fs files) { delete(fs, "keyring.age") })},
		{"a ref with a third file", one("reader/commit"), nil, at(func(fs files) { fs["zebra"] = []byte("for Kari") })},
		{"a ref with tokens of another name", one("reader/commit"), nil, at(func(fs files) {
			fs["token.age"] = fs["tokens.age"]
			delete(fs, "tokens.age")
		})},
		{"a folder without tokens", one("reader/tokens"), folder(func(*world, string) {}), folder(func(w *world, name string) { w.must(os.Remove(name)) })},
		{"a folder with other tokens", one("reader/tokens"), nil, folder(func(w *world, name string) {
			w.must(os.WriteFile(name, w.tokenFiles["karasjok"], 0o600))
		})},
		{"a folder with tokens of yesterday", one("reader/stray"), nil, folder(func(w *world, name string) {
			w.must(os.WriteFile(filepath.Join(filepath.Dir(name), "asker."+digest([]byte("older"))+".age"), w.tokenFiles["asker"], 0o600))
		})},
	})
}
