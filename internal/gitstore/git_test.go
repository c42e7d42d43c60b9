package gitstore

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Random edits give the trees that git makes, and the differences that git sees.
func TestTreesAndDiffsAreGits(t *testing.T) {
	r := initRepo(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "a-b", "a.b", "ab", "a0", "b", "b/c", "b/c.d", "b/c-d", "b/c/d", "B", "æ", "z/y/x/w", "z/y/x-w", "z.y", "a/b", "z/y"}
	state := map[string]ID{}
	var root ID
	for round := range 60 {
		b := must(r.Begin())(t)
		var edits []Edit
		for _, i := range rnd.Perm(len(names))[:1+rnd.IntN(6)] {
			n := names[i]
			if clashes(n, state, edits) {
				continue
			}
			if _, ok := state[n]; ok && rnd.IntN(3) == 0 {
				edits = append(edits, Edit{Path: n})
				delete(state, n)
				continue
			}
			id := must(b.Blob(fmt.Append(nil, rnd.IntN(50))))(t)
			edits = append(edits, Edit{n, id})
			state[n] = id
		}
		old := root
		root = must(b.Tree(root, edits))(t)
		check(t, b.Close())
		if theirs := gitTree(t, r, state); theirs != root {
			t.Fatalf("round %d: git's tree is %s, ours %s", round, theirs, root)
		}
		if !old.IsZero() {
			compareDiff(t, r, old, root)
		}
	}
	fsck(t, r.Dir())
}

// clashes tells whether a path would be a file beside itself as a folder.
func clashes(n string, state map[string]ID, edits []Edit) bool {
	bad := func(o string) bool { return strings.HasPrefix(o, n+"/") || strings.HasPrefix(n, o+"/") }
	for o := range state {
		if bad(o) {
			return true
		}
	}
	return slices.ContainsFunc(edits, func(e Edit) bool { return bad(e.Path) })
}

func gitTree(t *testing.T, r *Repo, state map[string]ID) ID {
	t.Helper()
	index := filepath.Join(t.TempDir(), "index")
	var in strings.Builder
	for n, id := range state {
		fmt.Fprintf(&in, "100644 %s\t%s\n", id, n)
	}
	for _, args := range [][]string{{"update-index", "--index-info"}, {"write-tree"}} {
		c := exec.Command("git", append([]string{"-C", r.Dir()}, args...)...)
		c.Env = plainEnv("GIT_INDEX_FILE=" + index)
		c.Stdin = strings.NewReader(in.String())
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
		if args[0] == "write-tree" {
			return mustID(t, strings.TrimSpace(string(out)))
		}
	}
	return ZeroID
}

// compareDiff compares Diff with git diff-tree: modes, ids and paths, in order.
func compareDiff(t *testing.T, r Reader, a, b ID) {
	t.Helper()
	var ours []string
	check(t, Diff(r, a, b, func(c Change) error {
		ours = append(ours, fmt.Sprintf(":%06o %06o %s %s %s", uint32(c.Old.Mode), uint32(c.New.Mode), c.Old.ID, c.New.ID, c.Path))
		return nil
	}))
	var theirs []string
	fields := strings.Split(git(t, r.(*Repo).Dir(), "diff-tree", "-r", "-z", "--no-renames", "--raw", "--no-abbrev", a.String(), b.String()), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		theirs = append(theirs, fields[i][:strings.LastIndexByte(fields[i], ' ')]+" "+fields[i+1])
	}
	if !slices.Equal(ours, theirs) {
		t.Fatalf("diff %s %s:\ngit  %q\nours %q", a, b, theirs, ours)
	}
}

// Changes of mode and of kind are changes: symlinks, programs, submodules, a
// file that becomes a folder.
func TestDiffOfKinds(t *testing.T) {
	r := initRepo(t)
	blob := mustID(t, must(tryGit(r.Dir(), "x", "hash-object", "-w", "--stdin"))(t))
	other := mustID(t, must(tryGit(r.Dir(), "y", "hash-object", "-w", "--stdin"))(t))
	sub := mustID(t, must(tryGit(r.Dir(), fmt.Sprintf("100644 blob %s\tinner\n", blob), "mktree"))(t))
	kinds := []string{
		"",
		fmt.Sprintf("100644 blob %s\ta\n", blob),
		fmt.Sprintf("100644 blob %s\ta\n", other),
		fmt.Sprintf("100755 blob %s\ta\n", blob),
		fmt.Sprintf("120000 blob %s\ta\n", blob),
		"160000 commit 00000000000000000000000000000000000000aa\ta\n",
		fmt.Sprintf("040000 tree %s\ta\n", sub),
		fmt.Sprintf("040000 tree %s\ta\n100644 blob %s\ta.b\n", sub, blob),
		fmt.Sprintf("100644 blob %s\ta\n040000 tree %s\ta-dir\n", blob, sub),
	}
	var trees []ID
	for _, k := range kinds {
		trees = append(trees, mustID(t, must(tryGit(r.Dir(), k, "mktree", "--missing"))(t)))
	}
	for _, a := range trees {
		for _, b := range trees {
			compareDiff(t, r, a, b)
		}
		compareDiff(t, r, a, trees[0])
	}
	n := 0
	check(t, Diff(r, ZeroID, trees[7], func(Change) error { n++; return nil }))
	if n != 2 {
		t.Errorf("from the zero id: %d changes, want 2", n)
	}
}

// Merge bases and ranges of random histories are git's, whatever the dates are.
func TestHistoryIsGits(t *testing.T) {
	for _, clock := range []string{"in order", "equal", "random", "backwards"} {
		t.Run(clock, func(t *testing.T) {
			for s := range uint64(4) {
				compareHistory(t, s, clock)
			}
		})
	}
}

func compareHistory(t *testing.T, s uint64, clock string) {
	t.Helper()
	r := initRepo(t)
	rnd := rand.New(rand.NewPCG(s, 9))
	b := must(r.Begin())(t)
	tree := must(b.Tree(ZeroID, nil))(t)
	const n = 60
	var cs []ID
	parents := map[ID][]ID{}
	for i := range n {
		var ps []ID
		if i > 0 && rnd.IntN(20) > 0 {
			ps = append(ps, cs[max(0, i-1-rnd.IntN(8))])
			if q := cs[rnd.IntN(i)]; rnd.IntN(4) == 0 && q != ps[0] {
				ps = append(ps, q)
			}
		}
		sec := map[string]int{"in order": i, "equal": 0, "random": rnd.IntN(n), "backwards": n - i}[clock]
		cs = append(cs, must(b.Commit(CommitSpec{Tree: tree, Parents: ps, Name: "x", Email: "x@example.org",
			When: time.Unix(int64(1e9+sec*60), 0).UTC(), Message: fmt.Sprint(i)}))(t))
		parents[cs[i]] = ps
	}
	check(t, b.Close())
	for range 40 {
		x, y := cs[rnd.IntN(n)], cs[rnd.IntN(n)]
		var ours []string
		for _, id := range must(MergeBases(r, x, y))(t) {
			ours = append(ours, id.String())
		}
		out, _ := tryGit(r.Dir(), "", "merge-base", "--all", x.String(), y.String()) // exits 1 where there is none
		theirs := strings.Fields(out)
		slices.Sort(ours)
		slices.Sort(theirs)
		if !slices.Equal(ours, theirs) {
			t.Fatalf("merge bases of %s %s: git %v, ours %v", x, y, theirs, ours)
		}
		ours = nil
		for _, c := range must(Between(r, x, y, n))(t) {
			ours = append(ours, c.ID.String())
		}
		slices.Sort(ours)
		if truth := reachable(parents, y, x); !slices.Equal(ours, truth) {
			t.Fatalf("%s..%s: want %v, ours %v", x, y, truth, ours)
		}
		if clock != "in order" {
			continue // git lists too many commits where dates run backwards
		}
		theirs = strings.Fields(git(t, r.Dir(), "rev-list", x.String()+".."+y.String()))
		slices.Sort(theirs)
		if !slices.Equal(ours, theirs) {
			t.Fatalf("%s..%s: git %v, ours %v", x, y, theirs, ours)
		}
	}
}

// reachable lists what head reaches and base does not, the simple way.
func reachable(parents map[ID][]ID, head, base ID) []string {
	all := func(from ID) map[ID]bool {
		seen := map[ID]bool{}
		for queue := []ID{from}; len(queue) > 0; {
			id := queue[0]
			queue = queue[1:]
			if !seen[id] {
				seen[id] = true
				queue = append(queue, parents[id]...)
			}
		}
		return seen
	}
	var out []string
	known := all(base)
	for id := range all(head) {
		if !known[id] {
			out = append(out, id.String())
		}
	}
	slices.Sort(out)
	return out
}

// After git gc the packs hold chains of deltas, and refs and objects lie where
// git puts them. All of it reads.
func TestReadsWhatGitPacked(t *testing.T) {
	r := initRepo(t)
	body := strings.Repeat("some text that makes good deltas\n", 200)
	files := map[string]string{}
	want := map[string]string{}
	for i := range 400 {
		files[fmt.Sprintf("f%03d", i)] = fmt.Sprintf("%s%d\n%s", body, i, body)
	}
	id := commit(t, r, files)
	setRef(t, r, "refs/heads/main", id)
	git(t, r.Dir(), "repack", "-adfq", "--depth=50", "--window=50")
	git(t, r.Dir(), "pack-refs", "--all")
	git(t, r.Dir(), "multi-pack-index", "write", "--bitmap")
	git(t, r.Dir(), "commit-graph", "write", "--reachable")
	r = reopen(t, r.Dir())
	deltas := countDeltas(t, r, packsIn(t, r)[0])
	if deltas < 300 {
		t.Fatalf("only %d deltas: the test tests nothing", deltas)
	}
	main, ok, err := r.Ref("refs/heads/main")
	if err != nil || !ok || main != id {
		t.Fatal(main, ok, err)
	}
	var ids []ID
	var paths []string
	check(t, Walk(r, must(ReadCommit(r, main))(t).Tree, "", func(path string, e Entry) error {
		typ, size, err := r.Size(e.ID)
		if err != nil || typ != Blob || size != int64(len(files[path])) {
			t.Errorf("%s: size %d, %v", path, size, err)
		}
		ids = append(ids, e.ID)
		paths = append(paths, path)
		return nil
	}))
	for _, workers := range []int{1, 2, 7} {
		got := make([]string, len(ids))
		check(t, r.Blobs(ids, 1<<20, workers, func(i int, b []byte) error { got[i] = string(b); return nil }))
		for i, p := range paths {
			want[p] = got[i]
			if got[i] != files[p] {
				t.Fatalf("%d workers: %s has other content", workers, p)
			}
		}
	}
	if len(want) != len(files) {
		t.Errorf("%d files, want %d", len(want), len(files))
	}
}
