package gitstore

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestInitAndOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "register")
	r := must(Init(dir))(t)
	check(t, r.Close())
	for _, at := range []string{dir, filepath.Join(dir, ".git")} {
		r := reopen(t, at)
		if r.Dir() != filepath.Join(dir, ".git") {
			t.Errorf("%s: %s", at, r.Dir())
		}
	}
	if git(t, dir, "rev-parse", "--is-bare-repository") != "true" || git(t, dir, "symbolic-ref", "HEAD") != mainRef {
		t.Error("git sees another kind of repository")
	}
	fsck(t, dir)
	if _, err := Init(dir); err == nil {
		t.Error("made twice")
	}
	if es := must(os.ReadDir(dir))(t); len(es) != 1 {
		t.Errorf("left behind: %v", es)
	}
	for _, bad := range []string{filepath.Join(dir, "no"), t.TempDir(), filepath.Join(dir, ".git", "objects")} {
		if _, err := Open(bad); !errors.Is(err, ErrNoRepository) {
			t.Errorf("%s: %v", bad, err)
		}
	}

	t.Log("a repository of stock git, with a work tree")
	work := t.TempDir()
	git(t, work, "init", "-q", "-b", "main")
	git(t, work, "commit", "-q", "--allow-empty", "-m", "m")
	w := reopen(t, work)
	if id := must(w.Resolve("HEAD"))(t); id.String() != git(t, work, "rev-parse", "HEAD") {
		t.Error(id)
	}
	linked := filepath.Join(t.TempDir(), "linked")
	git(t, work, "worktree", "add", "-q", linked)
	if _, err := Open(linked); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a linked work tree: %v", err)
	}
	shallow := filepath.Join(t.TempDir(), "shallow")
	git(t, work, "commit", "-q", "--allow-empty", "-m", "n")
	git(t, work, "clone", "-q", "--depth=1", "file://"+work, shallow)
	if w.Shallow() || !reopen(t, shallow).Shallow() {
		t.Error("Shallow")
	}
}

func TestFormats(t *testing.T) {
	for text, want := range map[string]error{
		"": nil,
		"[core]\n\trepositoryformatversion = 0\n": nil,
		"[core]\nrepositoryformatversion=1\n[extensions]\n\tpartialClone = origin\n\tworktreeConfig = true\n\tobjectFormat = sha1\n\tpreciousObjects\n": nil,
		"[core]\nrepositoryformatversion = 2":                                                  ErrUnsupported,
		"[core] repositoryformatversion = \"3\" ; x":                                           ErrUnsupported,
		"[CORE]\nRepositoryFormatVersion = 1\n[Extensions]\nObjectFormat = sha256":             ErrUnsupported,
		"[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = reftable # x":         ErrUnsupported,
		"[core]\nrepositoryformatversion = 1\n[extensions]\nsomethingNew = true":               ErrUnsupported,
		"[core]\nrepositoryformatversion = 0\n[extensions]\nsomethingNew = true":               nil,
		"[remote \"x\"]\nrepositoryformatversion = 9\n[core]\n# repositoryformatversion = 9\n": nil,
	} {
		path := filepath.Join(t.TempDir(), "config")
		check(t, os.WriteFile(path, []byte(text), 0o644))
		if _, err := checkFormat(path); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Objects are borrowed from other repositories, as far as git goes.
func TestAlternates(t *testing.T) {
	a := initRepo(t)
	id := seed(t, a, 3)
	shared := filepath.Join(t.TempDir(), "shared.git")
	git(t, "/", "clone", "-q", "--bare", "--shared", a.Dir(), shared)
	again := filepath.Join(t.TempDir(), "again.git")
	git(t, "/", "clone", "-q", "--bare", "--shared", shared, again)
	for _, dir := range []string{shared, again} {
		r := reopen(t, dir)
		must(ReadCommit(r, id))(t)
		// What is written goes to the repository's own folder.
		next := commit(t, r, map[string]string{"x": dir}, id)
		if a.Has(next) || len(packsIn(t, r)) != 1 {
			t.Error("written into the one that is borrowed from")
		}
	}
	info := filepath.Join(a.Dir(), "objects", "info", "alternates")
	rel := must(filepath.Rel(filepath.Join(a.Dir(), "objects"), filepath.Join(again, "objects")))(t)
	check(t, os.WriteFile(info, []byte("# in a circle\n\n"+rel+"\n/nowhere/objects\n\"/with \\\"quotes\\\"\"\n"), 0o644))
	must(ReadCommit(reopen(t, a.Dir()), id))(t)
	dirs := must(withAlternates([]string{filepath.Join(a.Dir(), "objects")}))(t)
	if !slices.Contains(dirs, filepath.Join(again, "objects")) || !slices.Contains(dirs, `/with "quotes"`) || len(dirs) != 5 {
		t.Error(dirs)
	}
	deep := t.TempDir()
	for i := range 8 {
		p := filepath.Join(deep, fmt.Sprint(i), "info")
		check(t, os.MkdirAll(p, 0o755))
		check(t, os.WriteFile(filepath.Join(p, "alternates"), fmt.Appendf(nil, "../%d\n", i+1), 0o644))
	}
	if _, err := withAlternates([]string{filepath.Join(deep, "0")}); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
	check(t, os.WriteFile(info, []byte("\"unfinished\n"), 0o644))
	if _, err := Open(a.Dir()); err == nil {
		t.Error("a malformed line was accepted")
	}
}

func TestSplitPathList(t *testing.T) {
	for in, want := range map[string][]string{
		"": nil, "/a": {"/a"}, "/a:/b": {"/a", "/b"}, ":/a::": {"/a"}, `"/a:b":/c`: {"/a:b", "/c"}, `"/\303\246"`: {"/æ"},
	} {
		if got, err := splitPathList(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
	for _, in := range []string{`"`, `"/a`, `"/a\`} {
		if got, err := splitPathList(in); err == nil {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// An open repository sees what others add, and goes on reading while git packs
// everything anew.
func TestBesideGit(t *testing.T) {
	r := initRepo(t)
	tip := seed(t, r, 200)
	var ids []ID
	check(t, Walk(r, must(ReadCommit(r, tip))(t).Tree, "", func(_ string, e Entry) error { ids = append(ids, e.ID); return nil }))

	loose := mustID(t, must(tryGit(r.Dir(), "loose", "hash-object", "-w", "--stdin"))(t))
	if _, b, err := r.Object(loose); err != nil || string(b) != "loose" {
		t.Errorf("a new loose object: %v", err)
	}
	other := reopen(t, r.Dir())
	added := commit(t, other, map[string]string{"by": "another"}, tip)
	must(ReadCommit(r, added))(t)
	setRef(t, r, mainRef, added)

	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, id := range ids {
					if _, _, err := r.Object(id); err != nil {
						t.Error(err)
						return
					}
				}
				if err := r.Blobs(ids, 1<<20, 2, func(int, []byte) error { return nil }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 4 {
		git(t, r.Dir(), "repack", "-adfq")
		time.Sleep(20 * time.Millisecond)
		git(t, r.Dir(), "gc", "-q", "--prune=now")
		added = commit(t, other, map[string]string{"by": fmt.Sprint(time.Now())}, added)
		setRef(t, other, mainRef, added)
	}
	close(stop)
	readers.Wait()
	must(ReadCommit(r, added))(t)
	if r.Has(loose) {
		t.Error("what git has thrown away is still there")
	}
}

// Compact makes one pack of many. Nothing is lost, deltas stay, readers do not
// notice, kept packs and large ones are left alone.
func TestCompact(t *testing.T) {
	r := initRepo(t)
	tip := seed(t, r, 50)
	body := ""
	for i := range 200 {
		body += fmt.Sprintf("line %d of a text that makes good deltas\n", i)
	}
	for i := range 20 {
		tip = commit(t, r, map[string]string{"policies/a.yaml": fmt.Sprint(body, i)}, tip)
	}
	setRef(t, r, mainRef, tip)
	git(t, r.Dir(), "-c", "repack.writeBitmaps=false", "repack", "-adfq") // deltas, by offset
	packed := packsIn(t, r)[0]
	deltas := countDeltas(t, r, packed)
	for i := range 30 {
		tip = commit(t, r, map[string]string{"data/unit-0/keyring.yaml": fmt.Sprint(i)}, tip)
	}
	lost := commit(t, r, map[string]string{"nobody": "refers to this"})
	kept := packsIn(t, r)
	keep := kept[slices.IndexFunc(kept, func(p string) bool { return p != packed })]
	check(t, os.WriteFile(strings.TrimSuffix(keep, ".pack")+".keep", nil, 0o644))
	old := filepath.Join(r.Dir(), "objects/pack/tmp_pack_old")
	young := filepath.Join(r.Dir(), "objects/pack/tmp_pack_young")
	for _, f := range []string{old, young} {
		check(t, os.WriteFile(f, nil, 0o600))
	}
	check(t, os.Chtimes(old, time.Now(), time.Now().Add(-2*tempAge)))

	reader := reopen(t, r.Dir()) // has looked at no pack yet
	check(t, r.Compact(100))
	if n := len(packsIn(t, r)); n != len(kept) {
		t.Fatalf("%d packs, want %d: there was nothing to do", n, len(kept))
	}
	check(t, r.Compact(5))
	if n := len(packsIn(t, r)); n != 3 {
		t.Errorf("%d packs, want the new one, the large one and the kept one", n)
	}
	if _, err := os.Stat(packed); err != nil {
		t.Errorf("the large one was copied: %v", err)
	}
	for i := range 6 { // as much as the large one
		tip = commit(t, r, map[string]string{"data/unit-1/keyring.yaml": rand.Text() + strings.Repeat(rand.Text(), 100) + fmt.Sprint(i)}, tip)
	}
	check(t, r.Compact(5))
	if n := len(packsIn(t, r)); n != 2 {
		t.Errorf("%d packs, want the new one and the kept one", n)
	}
	if _, err := os.Stat(keep); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("an old unfinished file is still there")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("an unfinished file of another process is gone")
	}
	for _, x := range []*Repo{r, reader, reopen(t, r.Dir())} {
		for _, id := range []ID{tip, lost} {
			c := must(ReadCommit(x, id))(t)
			check(t, Walk(x, c.Tree, "", func(_ string, e Entry) error {
				_, _, err := x.Object(e.ID)
				return err
			}))
		}
	}
	fsck(t, r.Dir())
	after := 0
	for _, p := range packsIn(t, r) {
		after += countDeltas(t, r, p)
	}
	if after != deltas || deltas < 15 {
		t.Errorf("%d deltas, before %d", after, deltas)
	}
	check(t, os.Remove(young))
	check(t, r.Compact(1))
}

// However long the history grows, an object is copied a few times.
func TestCompactSteps(t *testing.T) {
	const acts, limit = 20_000, 50
	var packs []smallPack
	copied, most := int64(0), 0
	for i := range acts {
		packs = append(packs, smallPack{index: fmt.Sprint(i), size: 1})
		most = max(most, len(packs))
		if len(packs) <= limit {
			continue
		}
		merged := map[string]bool{}
		for _, index := range belowSteps(packs) {
			merged[index] = true
		}
		whole := smallPack{index: fmt.Sprint("merged ", i)}
		packs = slices.DeleteFunc(packs, func(p smallPack) bool {
			if merged[p.index] {
				whole.size += p.size
			}
			return merged[p.index]
		})
		packs, copied = append(packs, whole), copied+whole.size
	}
	if most > limit+1 || copied > 10*acts {
		t.Errorf("%d packs at most, want %d; %d objects copied for %d acts, want 10 times as many at most", most, limit+1, copied, acts)
	}
	t.Logf("%d objects copied for %d acts", copied, acts)
}

func countDeltas(t *testing.T, r *Repo, pack string) int {
	t.Helper()
	n := 0
	for line := range strings.Lines(git(t, r.Dir(), "verify-pack", "-v", pack)) {
		if len(strings.Fields(line)) == 7 { // with the depth and the base
			n++
		}
	}
	return n
}

// Two processes compact at once; nothing is lost.
func TestCompactTwice(t *testing.T) {
	r := initRepo(t)
	tip := seed(t, r, 20)
	for round := range 5 {
		for i := range 10 {
			tip = commit(t, r, map[string]string{"policies/a.yaml": fmt.Sprint(round, i)}, tip)
		}
		var wg sync.WaitGroup
		for range 3 {
			x := reopen(t, r.Dir())
			wg.Go(func() {
				if err := x.Compact(1); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w := newWalk(reopen(t, r.Dir()), fromB)
		if all := must(w.between(nil, []ID{tip}, 1000))(t); len(all) != 10*(round+1)+1 {
			t.Fatalf("round %d: %d commits", round, len(all))
		}
	}
	setRef(t, r, mainRef, tip)
	fsck(t, r.Dir())
}

// A damaged pack stays, and does not keep the others from being merged.
func TestCompactLeavesDamage(t *testing.T) {
	r := initRepo(t)
	commit(t, r, map[string]string{"a": string(noise(500, 1))})
	spoiled := packsIn(t, r)[0]
	makeWritable(t, r.Dir())
	b := must(os.ReadFile(spoiled))(t)
	b[100] ^= 1
	check(t, os.WriteFile(spoiled, b, 0o644))
	var tips []ID
	for i := range 10 {
		tips = append(tips, commit(t, r, map[string]string{"b": fmt.Sprint(i)}))
	}
	r = reopen(t, r.Dir())
	check(t, r.Compact(2))
	if n := len(packsIn(t, r)); n != 2 {
		t.Errorf("%d packs, want 2", n)
	}
	if _, err := os.Stat(spoiled); err != nil {
		t.Error("what was left of a damaged pack is gone")
	}
	for _, id := range tips {
		must(ReadCommit(r, id))(t)
	}
}
