package gitstore

import (
	"bytes"
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

// eachStore runs a test over a Builder and a Memory.
func eachStore(t *testing.T, fn func(t *testing.T, b objectsMaker)) {
	t.Run("builder", func(t *testing.T) {
		b := must(initRepo(t).Begin())(t)
		defer b.Abort()
		fn(t, b)
	})
	t.Run("memory", func(t *testing.T) { fn(t, NewMemory()) })
}

func listing(t testing.TB, r Reader, tree ID) string {
	t.Helper()
	var out []string
	check(t, Walk(r, tree, "", func(path string, e Entry) error {
		_, b, err := r.Object(e.ID)
		out = append(out, path+"="+string(b))
		return err
	}))
	return strings.Join(out, " ")
}

func TestEdits(t *testing.T) {
	eachStore(t, func(t *testing.T, b objectsMaker) {
		x, y := must(b.Blob([]byte("x")))(t), must(b.Blob([]byte("y")))(t)
		empty := must(b.Tree(ZeroID, nil))(t)
		if empty.String() != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" {
			t.Errorf("the empty tree is %s", empty)
		}
		root := must(b.Tree(ZeroID, []Edit{{"a/b", x}, {"a/c", y}, {"d", x}}))(t)
		for _, c := range []struct {
			name  string
			edits []Edit
			want  string // what the tree holds then, or
			err   error
		}{
			{"nothing", nil, "a/b=x a/c=y d=x", nil},
			{"put, replace, remove", []Edit{{"e/f/g", x}, {"a/b", y}, {"d", ZeroID}}, "a/b=y a/c=y e/f/g=x", nil},
			{"a folder that is left empty goes", []Edit{{"a/b", ZeroID}, {"a/c", ZeroID}}, "d=x", nil},
			{"everything", []Edit{{"a/b", ZeroID}, {"a/c", ZeroID}, {"d", ZeroID}}, "", nil},
			{"a file becomes a folder", []Edit{{"d", ZeroID}, {"d/e", y}}, "a/b=x a/c=y d/e=y", nil},
			{"a folder becomes a file", []Edit{{"a/b", ZeroID}, {"a/c", ZeroID}, {"a", y}}, "a=y d=x", nil},
			{"names that sort around a folder", []Edit{{"a-b", x}, {"a.b", x}, {"a0", x}}, "a-b=x a.b=x a/b=x a/c=y a0=x d=x", nil},
			{"a file where a folder is", []Edit{{"a", y}}, "", errAny},
			{"a folder where a file is", []Edit{{"d/e", y}}, "", errAny},
			{"a file and a folder at once", []Edit{{"n", y}, {"n/e", y}}, "", errAny},
			{"remove what is not there", []Edit{{"z", ZeroID}}, "", ErrNotFound},
			{"remove what is not there, in a folder", []Edit{{"z/y", ZeroID}}, "", ErrNotFound},
			{"remove a folder as if it were a file", []Edit{{"a", ZeroID}}, "", ErrNotFound},
			{"twice", []Edit{{"e", x}, {"e", y}}, "", errAny},
			{"an object that is not here", []Edit{{"e", ID{1}}}, "", ErrNotFound},
			{"a tree as a file", []Edit{{"e", root}}, "", errAny},
			{"an absolute path", []Edit{{"/e", x}}, "", errAny},
			{"a way out", []Edit{{"a/../e", x}}, "", errAny},
			{"no name", []Edit{{"a//e", x}}, "", errAny},
			{"no path", []Edit{{"", x}}, "", errAny},
			{".git", []Edit{{"a/.Git/hooks", x}}, "", errAny},
			{"zero byte", []Edit{{"a\x00b", x}}, "", errAny},
			{"too deep", []Edit{{strings.Repeat("a/", DepthLimit) + "a", x}}, "", ErrLimit},
		} {
			got, err := b.Tree(root, c.edits)
			switch {
			case c.err == nil && err != nil, c.err != nil && err == nil, c.err != nil && c.err != errAny && !errors.Is(err, c.err):
				t.Errorf("%s: %v, want %v", c.name, err, c.err)
			case err == nil && listing(t, b, got) != c.want:
				t.Errorf("%s: %s, want %s", c.name, listing(t, b, got), c.want)
			}
		}
	})
}

func TestFindAndWalk(t *testing.T) {
	eachStore(t, func(t *testing.T, b objectsMaker) {
		x := must(b.Blob([]byte("x")))(t)
		root := must(b.Tree(ZeroID, []Edit{{"data/asker/members/a/abc.yaml.age", x}, {"data/asker-2/x", x}, {"data.yaml", x}, {"z", x}}))(t)
		for path, want := range map[string]Mode{"data": ModeDir, "data/asker": ModeDir, "data/asker/members/a/abc.yaml.age": ModeFile, "z": ModeFile,
			"no": 0, "data/no": 0, "z/no": 0, "data/asker/members/a/abc.yaml.age/x": 0, "dat": 0, "data/aske": 0} {
			e, ok, err := Find(b, root, path)
			if err != nil || e.Mode != want || ok != (want != 0) {
				t.Errorf("%q: %v %v %v", path, e, ok, err)
			}
		}
		for _, path := range []string{"", "/", "data/", "/data", "data//asker", "data/..", ".git", strings.Repeat("a/", 1000) + "a"} {
			if _, _, err := Find(b, root, path); err == nil {
				t.Errorf("%q: no error", clip(path))
			}
		}
		if _, ok, err := Find(b, ZeroID, "a"); ok || err != nil {
			t.Error("in the empty tree:", ok, err)
		}
		for prefix, want := range map[string]string{"": "data.yaml data/asker-2/x data/asker/members/a/abc.yaml.age z", "data/asker": "data/asker/members/a/abc.yaml.age",
			"data/asker/": "data/asker/members/a/abc.yaml.age", "data/asker/members/a": "data/asker/members/a/abc.yaml.age", "data/no": "", "z": "", "data/aske": ""} {
			var got []string
			check(t, Walk(b, root, prefix, func(path string, e Entry) error { got = append(got, path); return nil }))
			if strings.Join(got, " ") != want {
				t.Errorf("%q: %v", prefix, got)
			}
		}
		stop := errors.New("stop")
		if err := Walk(b, root, "", func(string, Entry) error { return stop }); !errors.Is(err, stop) {
			t.Error(err)
		}
		if err := Diff(b, ZeroID, root, func(Change) error { return stop }); !errors.Is(err, stop) {
			t.Error(err)
		}
		if _, err := ReadTree(b, x); err == nil {
			t.Error("a file was read as a tree")
		}
		if _, err := ReadCommit(b, root); err == nil {
			t.Error("a tree was read as a commit")
		}
	})
}

func TestCommitRules(t *testing.T) {
	eachStore(t, func(t *testing.T, b objectsMaker) {
		tree := must(b.Tree(ZeroID, nil))(t)
		blob := must(b.Blob([]byte("x")))(t)
		good := CommitSpec{Tree: tree, Name: "Åse", Email: "o@medlem.invalid", When: time.Unix(1767225600, 999).In(time.FixedZone("", -90*60)), Message: "m"}
		id := must(b.Commit(good))(t)
		c := must(ReadCommit(b, id))(t)
		if c.ID != id || c.Message != "m\n" || c.Author.Zone != "-0130" || !c.Author.When.Equal(good.When.Truncate(time.Second)) || c.Committer != c.Author && c.Committer.Name != "Åse" {
			t.Errorf("%+v", c)
		}
		for name, change := range map[string]func(s *CommitSpec){
			"no tree":            func(s *CommitSpec) { s.Tree = ZeroID },
			"absent tree":        func(s *CommitSpec) { s.Tree = ID{1} },
			"a file for a tree":  func(s *CommitSpec) { s.Tree = blob },
			"absent parent":      func(s *CommitSpec) { s.Parents = []ID{{1}} },
			"a tree for parent":  func(s *CommitSpec) { s.Parents = []ID{tree} },
			"no name":            func(s *CommitSpec) { s.Name = "" },
			"name with brackets": func(s *CommitSpec) { s.Name = "a <b>" },
			"name with newline":  func(s *CommitSpec) { s.Name = "a\nparent " + hexA },
			"email with newline": func(s *CommitSpec) { s.Email = "a\nb" },
			"email with space":   func(s *CommitSpec) { s.Email = "a b" },
			"before 1970":        func(s *CommitSpec) { s.When = time.Unix(-1, 0) },
			"no message":         func(s *CommitSpec) { s.Message = "" },
			"message not UTF-8":  func(s *CommitSpec) { s.Message = "\xff" },
			"zero byte":          func(s *CommitSpec) { s.Message = "a\x00b" },
			"huge message":       func(s *CommitSpec) { s.Message = strings.Repeat("m", CommitLimit) },
			"sign fails":         func(s *CommitSpec) { s.Sign = func([]byte) ([]byte, error) { return nil, errAny } },
		} {
			s := good
			change(&s)
			if _, err := b.Commit(s); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		signed := good
		var payload []byte
		signed.Sign = func(p []byte) ([]byte, error) { payload = p; return []byte("-----BEGIN\nx\n-----END\n"), nil }
		c = must(ReadCommit(b, must(b.Commit(signed))(t)))(t)
		want := strings.Replace(string(payload), "\n\nm\n", "\ngpgsig -----BEGIN\n x\n -----END\n\nm\n", 1)
		if string(c.Raw) != want {
			t.Errorf("%q, want %q", c.Raw, want)
		}
	})
}

// Nothing of a Builder is seen before Close, all of it after, and git accepts it.
func TestBuilderIsAllOrNothing(t *testing.T) {
	r := initRepo(t)
	other := reopen(t, r.Dir())
	b := must(r.Begin())(t)
	defer b.Abort()
	big := noise(200_000, 1) // several stored blocks
	blob := must(b.Blob(big))(t)
	if again := must(b.Blob(big))(t); again != blob {
		t.Error("another id")
	}
	empty := must(b.Blob(nil))(t)
	tree := must(b.Tree(ZeroID, []Edit{{"a", blob}, {"b", empty}}))(t)
	tree = must(b.Tree(tree, []Edit{{"c/d", blob}}))(t) // on top of what is not in the repository yet
	id := must(b.Commit(CommitSpec{Tree: tree, Name: "x", Email: "x@example.org", When: epoch, Message: "m"}))(t)
	if r.Has(id) || r.Has(blob) {
		t.Error("seen before Close")
	}
	if err := r.UpdateRefs([]RefUpdate{{mainRef, ZeroID, id}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a ref to what is not in the repository: %v", err)
	}
	check(t, b.Close())
	for _, x := range []Reader{r, other, b} {
		if _, got, err := x.Object(blob); err != nil || !bytes.Equal(got, big) {
			t.Error(err)
		}
		must(ReadCommit(x, id))(t)
	}
	setRef(t, r, mainRef, id)
	fsck(t, r.Dir())
	git(t, r.Dir(), "verify-pack", packsIn(t, r)[0])
	if err := b.Close(); err == nil {
		t.Error("closed twice")
	}
	if _, err := b.Blob([]byte("late")); err == nil {
		t.Error("added after Close")
	}

	b = must(r.Begin())(t)
	late := must(b.Blob([]byte("late")))(t)
	b.Abort()
	if _, _, err := b.Object(late); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	b = must(r.Begin())(t)
	check(t, b.Close())
	if n := len(packsIn(t, r)); n != 1 {
		t.Errorf("%d packs, want 1", n)
	}
	if _, err := must(r.Begin())(t).Blob(make([]byte, ObjectLimit+1)); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// Several goroutines fill one Builder.
func TestBuilderConcurrently(t *testing.T) {
	r := initRepo(t)
	b := must(r.Begin())(t)
	var wg sync.WaitGroup
	edits := make([]Edit, 400)
	for w := range 4 {
		wg.Go(func() {
			for i := w * 100; i < w*100+100; i++ {
				id, err := b.Blob(noise(700, uint64(i)))
				if err != nil {
					t.Error(err)
					return
				}
				edits[i] = Edit{fmt.Sprintf("%d/%d", i%7, i), id}
				if _, _, err := b.Object(id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	tree := must(b.Tree(ZeroID, edits))(t)
	check(t, b.Close())
	n := 0
	check(t, Walk(r, tree, "", func(string, Entry) error { n++; return nil }))
	if n != 400 {
		t.Errorf("%d files", n)
	}
}

// What is written is for those who may see the repository, and no one else.
func TestPermissions(t *testing.T) {
	r := initRepo(t)
	for _, c := range []struct{ dir, file os.FileMode }{{0o755, 0o444}, {0o750, 0o440}, {0o700, 0o400}} {
		check(t, os.Chmod(filepath.Join(r.Dir(), "objects", "pack"), c.dir))
		before := packsIn(t, r)
		commit(t, r, map[string]string{"a": fmt.Sprint(c.dir)})
		for _, p := range packsIn(t, r) {
			if st := must(os.Stat(p))(t); !slices.Contains(before, p) && st.Mode().Perm() != c.file {
				t.Errorf("in a folder of mode %o: mode %o, want %o", c.dir, st.Mode().Perm(), c.file)
			}
		}
	}
}

func TestParseID(t *testing.T) {
	if id, err := ParseID(hexA); err != nil || id.String() != hexA {
		t.Error(id, err)
	}
	for _, s := range []string{"", hexA[1:], hexA + "a", strings.ToUpper(hexA), "g" + hexA[1:], " " + hexA[1:], hexA[:39] + "\n"} {
		if id, err := ParseID(s); err == nil {
			t.Errorf("%q: %s", s, id)
		}
	}
}

// What was added is read back at once, whatever its size and whatever was read
// before: no size leaves the builder with an older view of what it has written.
func TestReadsWhatWasJustAdded(t *testing.T) {
	b := must(initRepo(t).Begin())(t)
	defer b.Abort()
	noise := make([]byte, 3<<20)
	for i, x := 0, uint64(1); i < len(noise); i++ { // does not pack
		x = x*6364136223846793005 + 1442695040888963407
		noise[i] = byte(x >> 56)
	}
	for _, n := range []int{1, 100, 4 << 10, 60 << 10, 64 << 10, 128 << 10, 500 << 10, 1 << 20, 1<<20 + 7, 2 << 20, 3 << 20} {
		id := must(b.Blob(noise[:n]))(t)
		if _, got, err := b.Object(id); err != nil || !bytes.Equal(got, noise[:n]) {
			t.Errorf("%d bytes: %d come back: %v", n, len(got), err)
		}
	}
}
