package gitstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// refNames are names as people and attackers write them.
var refNames = []string{"refs/heads/main", "refs/heads/a/b", "refs/medlem/keyrings/asker", "refs/heads/æ", "refs/heads/@", "refs/a",
	"HEAD", "main", "refs", "refs/", "/refs/heads/a", "refs//a", "refs/heads/", "refs/heads/a/", "refs/heads/.a", "refs/heads/a/.b",
	"refs/heads/a..b", "refs/heads/../x", "refs/./a", "refs/heads/a.lock", "refs/heads/a.lock/b", "refs/heads/a.", "refs/heads/a b",
	"refs/heads/a~1", "refs/heads/a^", "refs/heads/a:b", "refs/heads/a?", "refs/heads/a*", "refs/heads/a[b", "refs/heads/a\\b",
	"refs/heads/a@{1}", "refs/heads/a\x7f", "refs/heads/a\n", "refs/heads/\t", "refs/heads/-a", "refs/heads/a.b", "refs/heads/a..", ""}

func TestRefNamesAreGits(t *testing.T) {
	for _, n := range refNames {
		_, err := tryGit(t.TempDir(), "", "check-ref-format", n)
		git := err == nil && strings.HasPrefix(n, "refs/")
		if ours := checkRefName(n) == nil; ours != git {
			t.Errorf("%q: git says %v, we say %v", n, git, ours)
		}
	}
	if checkRefName("refs/heads/"+strings.Repeat("a", RefNameLimit)) == nil {
		t.Error("no limit")
	}
}

func FuzzRefName(f *testing.F) {
	for _, n := range refNames {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n string) {
		if checkRefName(n) != nil {
			return
		}
		// What is accepted stays below the git dir.
		p := filepath.Join("/git", filepath.FromSlash(n))
		if !strings.HasPrefix(p, "/git/refs/") || filepath.Clean(p) != p {
			t.Errorf("%q leads to %q", n, p)
		}
	})
}

// Refs move under git's locks, with their old values, in git's files.
func TestUpdateRefs(t *testing.T) {
	r := initRepo(t)
	a := commit(t, r, map[string]string{"a": "1"})
	b := commit(t, r, map[string]string{"a": "2"}, a)
	const x, y = "refs/heads/x", "refs/medlem/keyrings/y"
	want := func(name string, id ID) {
		t.Helper()
		have, ok, err := r.Ref(name)
		if err != nil || have != id || ok != !id.IsZero() {
			t.Errorf("%s: %s %v %v, want %s", name, short(have), ok, err, short(id))
		}
		out, err := tryGit(r.Dir(), "", "rev-parse", "--verify", "-q", name)
		if (err == nil) == id.IsZero() || err == nil && out != id.String() {
			t.Errorf("git: %s: %s %v, want %s", name, out, err, short(id))
		}
	}
	stale := func(err error, name string, wantID, have ID) {
		t.Helper()
		var s *StaleError
		if !errors.As(err, &s) || !errors.Is(err, ErrStale) || *s != (StaleError{name, wantID, have}) {
			t.Errorf("%v", err)
		}
	}
	check(t, r.UpdateRefs([]RefUpdate{{x, ZeroID, a}, {y, ZeroID, b}}))
	want(x, a)
	want(y, b)
	stale(r.UpdateRefs([]RefUpdate{{x, a, b}, {y, a, b}}), y, a, b)
	want(x, a) // nothing moved
	stale(r.UpdateRefs([]RefUpdate{{x, ZeroID, b}}), x, ZeroID, a)
	stale(r.UpdateRefs([]RefUpdate{{"refs/heads/new", a, b}}), "refs/heads/new", a, ZeroID)
	if err := r.UpdateRefs([]RefUpdate{{x, a, ID{1}}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a ref to an object that is not here: %v", err)
	}

	t.Log("the same when git has packed the refs")
	git(t, r.Dir(), "tag", "-a", "-m", "t", "v1", a.String()) // packed with a peeled line
	git(t, r.Dir(), "pack-refs", "--all", "--prune")
	want(x, a)
	check(t, r.UpdateRefs([]RefUpdate{{x, a, b}}))
	want(x, b)
	check(t, r.UpdateRefs([]RefUpdate{{y, b, ZeroID}, {x, b, a}}))
	want(x, a)
	want(y, ZeroID)
	git(t, r.Dir(), "rev-parse", "v1^{commit}")
	check(t, r.UpdateRefs([]RefUpdate{{"refs/tags/v1", mustID(t, git(t, r.Dir(), "rev-parse", "v1")), ZeroID}, {x, a, ZeroID}}))
	want(x, ZeroID)
	if b, err := os.ReadFile(filepath.Join(r.Dir(), "packed-refs")); err != nil || strings.Contains(string(b), "^") {
		t.Errorf("packed-refs: %q %v", b, err)
	}

	t.Log("a ref is not a folder of refs")
	check(t, r.UpdateRefs([]RefUpdate{{"refs/heads/d/e", ZeroID, a}}))
	for _, bad := range [][]RefUpdate{
		{{"refs/heads/d", ZeroID, a}}, {{"refs/heads/d/e/f", ZeroID, a}},
		{{"refs/heads/p", ZeroID, a}, {"refs/heads/p/q", ZeroID, a}},
	} {
		if err := r.UpdateRefs(bad); err == nil {
			t.Errorf("%v: accepted", bad)
		}
	}
	git(t, r.Dir(), "pack-refs", "--all", "--prune")
	if err := r.UpdateRefs([]RefUpdate{{"refs/heads/d", ZeroID, a}}); err == nil {
		t.Error("a ref beside a packed one below it")
	}
	check(t, r.UpdateRefs([]RefUpdate{{"refs/heads/d/e", a, ZeroID}}))
	check(t, os.MkdirAll(filepath.Join(r.Dir(), "refs/heads/d/left/over"), 0o755))
	check(t, r.UpdateRefs([]RefUpdate{{"refs/heads/d", ZeroID, a}}))
	want("refs/heads/d", a)

	t.Log("nothing is left behind")
	check(t, filepath.Walk(r.Dir(), func(p string, _ os.FileInfo, err error) error {
		if strings.HasSuffix(p, ".lock") || strings.Contains(p, "tmp_") {
			t.Errorf("%s", p)
		}
		return err
	}))
	fsck(t, r.Dir())
}

func TestRefsAreGits(t *testing.T) {
	r := initRepo(t)
	a := commit(t, r, map[string]string{"a": "1"})
	for i, n := range []string{"refs/heads/main", "refs/heads/a/b/c", "refs/tags/t", "refs/remotes/origin/main", "refs/medlem/keyrings/x"} {
		setRef(t, r, n, a)
		if i == 2 {
			git(t, r.Dir(), "pack-refs", "--all")
		}
	}
	b := commit(t, r, map[string]string{"a": "2"}, a)
	setRef(t, r, "refs/tags/t", b) // packed at an older value
	git(t, r.Dir(), "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	check(t, os.WriteFile(filepath.Join(r.Dir(), "refs/heads/x.lock"), nil, 0o644))
	for _, prefix := range []string{"refs/", "refs/heads/", "refs/heads/a", "refs/heads/main", "refs/no", ""} {
		refs := must(r.Refs(prefix))(t)
		theirs := map[string]ID{}
		for _, line := range strings.Split(git(t, r.Dir(), "for-each-ref", "--format=%(objectname) %(symref) %(refname)"), "\n") {
			f := strings.Fields(line)
			if name := f[len(f)-1]; len(f) == 2 && strings.HasPrefix(name, prefix) {
				theirs[name] = mustID(t, f[0])
			}
		}
		if fmt.Sprint(refs) != fmt.Sprint(theirs) {
			t.Errorf("%q: git %v, ours %v", prefix, theirs, refs)
		}
	}
	for rev, want := range map[string]ID{"HEAD": a, "main": a, "refs/heads/main": a, "origin/main": a, "a/b/c": a, "refs/tags/t": b,
		"refs/remotes/origin/HEAD": a, a.String(): a, b.String(): b} {
		if id, err := r.Resolve(rev); err != nil || id != want {
			t.Errorf("%s: %s %v", rev, id, err)
		}
	}
	for _, rev := range []string{"", "-", "--help", "@", "nothing", "HEAD~1", "main^", "main@{1}", "main:a", "../main", a.String()[:12], strings.Repeat("1", 40),
		"refs/heads/no", "a b", "x.lock", strings.Repeat("x", 10_000), "refs/../config"} {
		if id, err := r.Resolve(rev); err == nil {
			t.Errorf("%q: %s", rev, id)
		} else if len(err.Error()) > 400 {
			t.Errorf("%q: an error of %d bytes", clip(rev), len(err.Error()))
		}
	}
	if _, err := r.Resolve("nothing"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	for text, wantErr := range map[string]error{"": ErrCorrupt, "0000\n": ErrCorrupt, "ref: ../../x\n": nil, "ref: refs/heads/loop\n": ErrLimit, strings.Repeat("a", 5000): ErrTooLarge} {
		check(t, os.WriteFile(filepath.Join(r.Dir(), "refs/heads/loop"), []byte(text), 0o644))
		if _, _, err := r.Ref("refs/heads/loop"); err == nil || wantErr != nil && !errors.Is(err, wantErr) {
			t.Errorf("%q: %v", clip(text), err)
		}
	}
}

// A lock says how to get rid of it.
func TestLocks(t *testing.T) {
	r := initRepo(t)
	a := commit(t, r, map[string]string{"a": "1"})
	path := filepath.Join(r.Dir(), "refs/heads/main.lock")
	for _, age := range []time.Duration{0, 2 * LockStale} {
		check(t, os.WriteFile(path, nil, 0o644))
		check(t, os.Chtimes(path, time.Now(), time.Now().Add(-age)))
		err := r.UpdateRefs([]RefUpdate{{"refs/heads/main", ZeroID, a}})
		var locked *LockedError
		if !errors.As(err, &locked) || locked.Path != path || (locked.Age > LockStale) != (age > LockStale) {
			t.Fatal(err)
		}
		if stale := strings.Contains(err.Error(), "delete that file"); stale != (age > LockStale) {
			t.Error(err)
		}
	}
	check(t, os.Remove(path))
	check(t, r.UpdateRefs([]RefUpdate{{"refs/heads/main", ZeroID, a}}))

	t.Log("a lock that is given up in time is waited for")
	check(t, os.WriteFile(path, nil, 0o644))
	time.AfterFunc(300*time.Millisecond, func() { os.Remove(path) })
	check(t, r.UpdateRefs([]RefUpdate{{"refs/heads/main", a, a}}))
}

// Whoever keeps other writers out may remove what a killed one left.
func TestSweep(t *testing.T) {
	r := initRepo(t)
	check(t, r.Sweep())
	a := commit(t, r, map[string]string{"a": "1"})
	setRef(t, r, "refs/heads/a/b", a)
	for _, name := range []string{"refs/heads/a/b.lock", "refs/heads/main.lock", "packed-refs.lock"} {
		check(t, os.WriteFile(filepath.Join(r.Dir(), name), nil, 0o644))
	}
	check(t, r.Sweep())
	check(t, r.UpdateRefs([]RefUpdate{{mainRef, ZeroID, a}, {"refs/heads/a/b", a, ZeroID}}))
}

// Many writers, git among them: every move that was confirmed is there, and no
// reader ever finds the ref gone.
func TestConcurrentRefs(t *testing.T) {
	r := initRepo(t)
	ids := []ID{commit(t, r, map[string]string{"a": "0"})}
	for i := range 60 {
		ids = append(ids, commit(t, r, map[string]string{"a": fmt.Sprint(i + 1)}, ids[i]))
	}
	setRef(t, r, mainRef, ids[0])
	next := map[ID]ID{}
	for i := range 60 {
		next[ids[i]] = ids[i+1]
	}
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	readers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, ok, err := r.Ref(mainRef); !ok || err != nil {
				t.Errorf("a reader found %v %v", ok, err)
				return
			}
		}
	})
	var mu sync.Mutex
	moved := 0
	for w := range 4 {
		writers.Go(func() {
			for {
				at, _, err := r.Ref(mainRef)
				if err != nil {
					t.Error(err)
					return
				}
				to, ok := next[at]
				if !ok {
					return
				}
				if w == 0 {
					_, err = tryGit(r.Dir(), "", "update-ref", mainRef, to.String(), at.String())
				} else {
					err = r.UpdateRefs([]RefUpdate{{mainRef, at, to}})
				}
				if err == nil {
					mu.Lock()
					moved++
					mu.Unlock()
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if moved != 60 {
		t.Errorf("%d moves were confirmed, want 60", moved)
	}
}

func FuzzPackedRefs(f *testing.F) {
	id := strings.Repeat("a", 40)
	for _, s := range []string{"", "# pack-refs with: peeled fully-peeled sorted \n" + id + " refs/heads/main\n^" + id + "\n", id + " refs/a\r\n",
		id + "refs/a", "^", " ", id + " ../x\n", strings.ToUpper(id) + " refs/a\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		refs, err := parsePackedRefs(s)
		if err != nil {
			return
		}
		for name := range refs {
			kept, dropped := dropPacked(s, map[string]bool{name: true})
			rest, err := parsePackedRefs(kept)
			if _, still := rest[name]; !dropped || err != nil || still || len(rest) != len(refs)-1 {
				t.Errorf("drop %q from %q: %q %v", name, s, kept, err)
			}
		}
	})
}
