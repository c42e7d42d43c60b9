package gitstore

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// plainEnv is an environment in which stock git behaves the same everywhere.
func plainEnv(extra ...string) []string {
	env := append(gitEnv(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "HOME="+os.DevNull, "LC_ALL=C",
		"GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x@example.org", "GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@example.org")
	return append(env, extra...)
}

func tryGit(dir, stdin string, args ...string) (string, error) {
	c := exec.Command("git", append([]string{"-C", dir}, args...)...)
	c.Env = plainEnv()
	c.Stdin = strings.NewReader(stdin)
	b, err := c.CombinedOutput()
	return strings.TrimSpace(string(b)), err
}

// git runs stock git, the second opinion on all that this package does.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := tryGit(dir, "", args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func fsck(t testing.TB, dir string) {
	t.Helper()
	if out, err := tryGit(dir, "", "fsck", "--full", "--strict"); err != nil {
		t.Fatalf("git fsck: %v\n%s", err, out)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func initRepo(t testing.TB) *Repo {
	t.Helper()
	r := must(Init(filepath.Join(t.TempDir(), "r")))(t)
	t.Cleanup(func() { r.Close() })
	return r
}

// bareServer makes an empty bare repository with stock git.
func bareServer(t testing.TB, dir string) string {
	t.Helper()
	git(t, filepath.Dir(dir), "init", "-q", "--bare", "-b", "main", dir)
	git(t, dir, "config", "http.receivepack", "true")
	return dir
}

func reopen(t testing.TB, dir string) *Repo {
	t.Helper()
	r := must(Open(dir))(t)
	t.Cleanup(func() { r.Close() })
	return r
}

// objectsMaker is what a Builder and a Memory have in common.
type objectsMaker interface {
	Reader
	Blob(content []byte) (ID, error)
	Tree(root ID, edits []Edit) (ID, error)
	Commit(s CommitSpec) (ID, error)
}

// commitFiles makes a commit that puts the files into the first parent's tree;
// an empty content removes.
func commitFiles(t testing.TB, b objectsMaker, when time.Time, msg string, files map[string]string, parents ...ID) ID {
	t.Helper()
	var root ID
	if len(parents) > 0 {
		root = must(ReadCommit(b, parents[0]))(t).Tree
	}
	var edits []Edit
	for path, content := range files {
		e := Edit{Path: path}
		if content != "" {
			e.ID = must(b.Blob([]byte(content)))(t)
		}
		edits = append(edits, e)
	}
	tree := must(b.Tree(root, edits))(t)
	return must(b.Commit(CommitSpec{Tree: tree, Parents: parents, Name: "o-abcdefghij", Email: "o-abcdefghij@medlem.invalid", When: when, Message: msg}))(t)
}

// commit is commitFiles as a pack of its own, and moves no ref.
func commit(t testing.TB, r *Repo, files map[string]string, parents ...ID) ID {
	t.Helper()
	b := must(r.Begin())(t)
	defer b.Abort()
	id := commitFiles(t, b, epoch, "edit 1 in asker\n", files, parents...)
	check(t, b.Close())
	return id
}

func setRef(t testing.TB, r *Repo, name string, id ID) {
	t.Helper()
	old, _, err := r.Ref(name)
	check(t, err)
	check(t, r.UpdateRefs([]RefUpdate{{Name: name, Old: old, New: id}}))
}

func mustID(t testing.TB, s string) ID {
	t.Helper()
	return must(ParseID(s))(t)
}

// noise is n random bytes, the same for the same seed: what ciphertext looks like.
func noise(n int, seed uint64) []byte {
	var s [32]byte
	copy(s[:], fmt.Sprint(seed))
	b := make([]byte, n)
	r := rand.NewChaCha8(s)
	r.Read(b)
	return b
}

// seed makes a small register of n records in three units and sets main.
func seed(t testing.TB, r *Repo, n int) ID {
	t.Helper()
	files := map[string]string{"policies/access.yaml": "offices: []\n"}
	for i := range n {
		id := hex.EncodeToString(noise(8, uint64(i)))
		files[fmt.Sprintf("data/unit-%d/members/%s/%s.yaml.age", i%3, id[:1], id)] = string(noise(700, uint64(i)))
	}
	id := commit(t, r, files)
	setRef(t, r, "refs/heads/main", id)
	return id
}

func packsIn(t testing.TB, r *Repo) []string {
	t.Helper()
	return must(filepath.Glob(filepath.Join(r.Dir(), "objects", "pack", "*.pack")))(t)
}

func makeWritable(t testing.TB, dir string) {
	t.Helper()
	check(t, filepath.Walk(dir, func(p string, st os.FileInfo, err error) error {
		if err == nil && st.Mode().IsRegular() {
			err = os.Chmod(p, 0o644)
		}
		return err
	}))
}
