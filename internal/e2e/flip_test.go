package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// ATTACK (by accident, or by whoever keeps the disk): one byte of the server's copy
// changes: of an object, of a ref, of a keyring.
// At stake: that a damaged register is taken for a good one, and that one damaged record
// takes others with it. Proves that each flip is noticed and what it hit is named, or
// that it changed nothing that anybody reads; and that an officer who had the register
// before lists exactly the members that she listed before, whatever the server holds.
func TestFlippedBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	list, _ := w.list("list.csv", "f", 12)
	w.run("kari", "import", list, "--unit", "asker")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	w.run("sec", "merge", "1")
	w.run("kari", "sync")
	ids := w.members("kari", "asker")
	w.run("sec", "close", ids[0], "--reason", "left", "--erase-now")
	w.run("sec", "erase", ids[0])
	w.run("kari", "sync")
	w.run("kari", "draw", "--unit", "asker", "--purpose", "mailing", "--format", "csv.age", "--out", w.at("list.csv.age"))
	w.run("kari", "edit", ids[1], "--set", "city=Moss")
	w.run("kari", "submit")
	w.run("kari", "sync")
	want := w.members("kari", "asker")

	flips := slow.Number(16, 500, 1700)
	rnd := rand.New(rand.NewPCG(11, uint64(flips)))
	// One half as the objects lie when they came in one by one, one half packed.
	for _, packed := range []bool{false, true} {
		v := w.at(fmt.Sprintf("victim-%t.git", packed))
		w.git(w.dir, "clone", "-q", "--mirror", "--no-local", w.host, v)
		w.git(v, "config", "core.hooksPath", "/nonexistent")
		if packed {
			w.git(v, "repack", "-adq")
		} else {
			w.loosen(v)
		}
		p := newSpots(w, v)
		for range flips / 2 {
			w.flip(v, p.choose(rnd), 1<<rnd.IntN(8), want)
		}
	}
}

// ATTACK (by accident): one byte changes in an officer's own copy: of an object, of a
// ref, of a keyring that it keeps.
// At stake: her members, and a draft that is nowhere else. Proves that what is damaged
// comes back from the server with one command, that all her members are there then, and
// that the draft is lost only where it was itself hit, which is said.
func TestFlippedCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	list, _ := w.list("list.csv", "f", 12)
	w.run("kari", "import", list, "--unit", "asker")
	w.run("kari", "submit")
	w.run("sec", "inbox")
	w.run("sec", "merge", "1")
	w.run("kari", "sync")
	want := w.members("kari", "asker")
	w.run("kari", "edit", want[0], "--set", "city=Moss")

	flips := slow.Number(8, 100, 300)
	rnd := rand.New(rand.NewPCG(13, uint64(flips)))
	whole := w.at("whole")
	if err := os.CopyFS(whole, os.DirFS(w.at("kari"))); err != nil {
		t.Fatal(err)
	}
	w.loosen(filepath.Join(whole, ".git"))
	p := newSpots(w, filepath.Join(whole, ".git"))
	kept, err := filepath.Glob(filepath.Join(whole, ".git", "medlem", "keyrings", "*.age"))
	if err != nil || len(kept) == 0 {
		t.Fatalf("keyrings: %v, %v", kept, err)
	}
	for _, k := range kept {
		info, err := os.Stat(k)
		if err != nil {
			t.Fatal(err)
		}
		p.targets = append(p.targets, target{"medlem/keyrings/" + filepath.Base(k), 0, info.Size(), []string{"Asker"}, false})
	}
	for range flips {
		w.flipCopy(whole, p.choose(rnd), 1<<rnd.IntN(8), want)
	}
}

// flipCopy damages a fresh copy of an officer's copy, and has her repair it.
func (w *world) flipCopy(whole string, p spot, bit byte, want []string) {
	w.t.Helper()
	if err := errors.Join(os.RemoveAll(w.at("kari")), os.CopyFS(w.at("kari"), os.DirFS(whole))); err != nil {
		w.t.Fatal(err)
	}
	at := filepath.Join(w.at("kari"), ".git", p.file)
	b, err := os.ReadFile(at)
	if err != nil {
		w.t.Fatal(err)
	}
	b[p.offset] ^= bit
	if err := errors.Join(os.Remove(at), os.WriteFile(at, b, 0o600)); err != nil {
		w.t.Fatal(err)
	}
	what := fmt.Sprintf("%s, byte %d, bit %02x", p.file, p.offset, bit)
	out, err := w.cmd("kari", "doctor", "--repair").CombinedOutput()
	if err == nil {
		if got := w.members("kari", "asker"); !slices.Equal(got, want) {
			w.t.Errorf("%s: after the repair there are %d of %d members\n%s", what, len(got), len(want), out)
		}
		return
	}
	// What the server does not have cannot come back: what belongs to the draft.
	mine := slices.ContainsFunc(p.names, func(n string) bool { return strings.HasPrefix(n, "refs/medlem/") }) || p.drafted
	if !mine || !strings.Contains(string(out), "draft") || !slices.ContainsFunc(p.names, func(n string) bool { return strings.Contains(string(out), n) }) {
		w.t.Errorf("%s: %v not repaired, or not named\n%s", what, p.names, out)
	}
}

// spot is a byte of a file of a copy, and what may be named when it is wrong.
type spot struct {
	file    string // below the copy
	offset  int64
	names   []string
	drafted bool // nothing but a draft leads to it
}

// spots are where a copy can be hit: each object and each ref alike.
type spots struct {
	targets []target
}

// target is an object, as a file or a part of a pack, or a ref.
type target struct {
	file        string
	begin, size int64
	names       []string
	drafted     bool
}

func (p *spots) choose(rnd *rand.Rand) spot {
	x := p.targets[rnd.IntN(len(p.targets))]
	return spot{x.file, x.begin + rnd.Int64N(x.size), x.names, x.drafted}
}

func newSpots(w *world, dir string) *spots {
	w.t.Helper()
	p := &spots{}
	names := w.namesOf(dir)
	onMain := map[string]bool{}
	for line := range strings.Lines(w.git(dir, "rev-list", "--objects", "refs/heads/main")) {
		onMain[strings.Fields(line)[0]] = true
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		info, err := e.Info()
		if err != nil {
			return err
		}
		switch {
		case strings.HasSuffix(rel, ".pack"):
			p.pack(w, dir, rel, info.Size(), names)
		case strings.HasPrefix(rel, "objects/") && len(rel) == len("objects/")+2+1+38:
			id := rel[8:10] + rel[11:]
			p.targets = append(p.targets, target{rel, 0, info.Size(), names[id], !onMain[id]})
		case strings.HasPrefix(rel, "refs/"):
			p.targets = append(p.targets, target{rel, 0, info.Size(), []string{rel, unitOfRef(rel)}, false})
		case rel == "packed-refs":
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			at := 0
			for line := range bytes.Lines(b) {
				if _, ref, ok := strings.Cut(string(bytes.TrimSpace(line)), " "); ok && line[0] != '#' {
					p.targets = append(p.targets, target{rel, int64(at), int64(len(line)), []string{ref, unitOfRef(ref), "packed-refs"}, false})
				}
				at += len(line)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// pack adds the objects of a pack.
func (p *spots) pack(w *world, dir, rel string, size int64, names map[string][]string) {
	w.t.Helper()
	type part struct {
		id    string
		begin int64
	}
	var parts []part
	for line := range strings.Lines(w.git(dir, "verify-pack", "-v", filepath.Join(dir, strings.TrimSuffix(rel, "pack")+"idx"))) {
		f := strings.Fields(line)
		if len(f) < 5 || len(f[0]) != 40 {
			continue
		}
		at, err := strconv.ParseInt(f[4], 10, 64)
		if err != nil {
			w.t.Fatal(err)
		}
		parts = append(parts, part{f[0], at})
	}
	slices.SortFunc(parts, func(a, b part) int { return int(a.begin - b.begin) })
	for i, x := range parts {
		end := size - 20
		if i+1 < len(parts) {
			end = parts[i+1].begin
		}
		p.targets = append(p.targets, target{rel, x.begin, end - x.begin, names[x.id], false})
	}
}

// namesOf returns what each object of a copy may be called by: its id, the paths that
// it lies at, and for what belongs to a keyring its ref and unit.
func (w *world) namesOf(dir string) map[string][]string {
	w.t.Helper()
	out := map[string][]string{}
	for line := range strings.Lines(w.git(dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")) {
		id := strings.TrimSpace(line)
		out[id] = append(out[id], id, id[:12])
	}
	for line := range strings.Lines(w.git(dir, "for-each-ref", "--format=%(refname)")) {
		ref := strings.TrimSpace(line)
		for line := range strings.Lines(w.git(dir, "rev-list", "--objects", ref)) {
			id, path, _ := strings.Cut(strings.TrimSpace(line), " ")
			if path != "" {
				out[id] = append(out[id], path)
			}
			if unit := unitOfRef(ref); unit != ref {
				out[id] = append(out[id], ref, unit)
			}
		}
	}
	return out
}

// unitOfRef is how a finding calls what a ref holds.
func unitOfRef(ref string) string {
	if unit, ok := strings.CutPrefix(ref, "refs/medlem/keyrings/"); ok {
		return "data/" + unit + "/keyring.yaml"
	}
	return ref
}

// loosen takes the objects of a copy out of its packs.
func (w *world) loosen(dir string) {
	w.t.Helper()
	packs, err := filepath.Glob(filepath.Join(dir, "objects", "pack", "*.pack"))
	if err != nil || len(packs) == 0 {
		w.t.Fatalf("packs: %v, %v", packs, err)
	}
	for _, p := range packs {
		at := filepath.Join(w.dir, filepath.Base(p))
		if err := os.Rename(p, at); err != nil {
			w.t.Fatal(err)
		}
		f, err := os.Open(at)
		if err != nil {
			w.t.Fatal(err)
		}
		c := w.gitCmd(dir, "unpack-objects", "-q")
		c.Stdin = f
		w.must(c)
		f.Close()
	}
}

// flip changes one bit of a place, looks at what everybody sees, and changes it back.
func (w *world) flip(dir string, p spot, bit byte, want []string) {
	w.t.Helper()
	at := filepath.Join(dir, p.file)
	if err := os.Chmod(at, 0o600); err != nil {
		w.t.Fatal(err)
	}
	f, err := os.OpenFile(at, os.O_RDWR, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], p.offset); err != nil {
		w.t.Fatal(err)
	}
	was := b[0]
	b[0] ^= bit
	if _, err := f.WriteAt(b[:], p.offset); err != nil {
		w.t.Fatal(err)
	}
	what := fmt.Sprintf("%s, byte %d: %02x → %02x", p.file, p.offset, was, b[0])
	var out []byte
	noticed := false
	for _, args := range [][]string{{"doctor"}, {"check", "--all"}, {"verify", "--all"}} {
		if noticed {
			break
		}
		more, err := w.cmd("", append([]string{"-C", dir}, args...)...).CombinedOutput()
		out, noticed = append(out, more...), noticed || err != nil
	}
	switch {
	case strings.Contains(string(out), "goroutine "):
		w.t.Errorf("%s: a panic\n%s", what, out)
	case !noticed:
		w.harmless(dir, what, want)
	case !slices.ContainsFunc(p.names, func(n string) bool { return strings.Contains(string(out), n) }):
		w.t.Errorf("%s: noticed, but none of %v named\n%s", what, p.names, out)
	}
	b[0] = was
	if _, err := f.WriteAt(b[:], p.offset); err != nil {
		w.t.Fatal(err)
	}
}

// harmless proves that a copy in which nothing is noticed is as good as before: who
// clones it has every member, and main and the keyrings are the same.
func (w *world) harmless(dir, what string, want []string) {
	w.t.Helper()
	for _, ref := range []string{"refs/heads/main", "refs/medlem/keyrings/asker"} {
		if got := w.git(dir, "rev-parse", ref); got != w.git(w.host, "rev-parse", ref) {
			w.t.Errorf("%s: not noticed, and %s is another", what, ref)
		}
	}
	copied := w.at("copied")
	defer os.RemoveAll(copied)
	w.must(w.cmd("", "--as", w.at("kari.key"), "clone", dir, copied))
	var d struct {
		Members []struct {
			ID string `json:"id"`
		} `json:"members"`
	}
	if err := json.Unmarshal([]byte(w.must(w.cmd("", "-C", copied, "--as", w.at("kari.key"), "list", "--unit", "asker", "--format", "json"))), &d); err != nil {
		w.t.Fatal(err)
	}
	if len(d.Members) != len(want) {
		w.t.Errorf("%s: not noticed, and a fresh copy has %d of %d members", what, len(d.Members), len(want))
	}
	w.t.Logf("%s: harmless", what)
}
