package gitstore

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/scratch"
)

// TestMain lets the test binary play other parts: a writer that is to be killed,
// a server's hook.
func TestMain(m *testing.M) {
	var err error
	switch role := os.Getenv("GITSTORE_TEST_ROLE"); role {
	case "":
		code := scratch.Run(m)
		if benchDir != "" {
			os.RemoveAll(benchDir)
		}
		os.Exit(code)
	case "hook":
		err = playHook()
	default:
		err = playWriter(role, os.Args[1], os.Args[2:])
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// playHook is a pre-receive hook: it reads what was pushed and refuses a file of
// more than a kilobyte.
func playHook() error {
	plain, err := Open(".")
	if err != nil {
		return err
	}
	r, err := OpenInHook(".")
	if err != nil {
		return err
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		f := strings.Fields(in.Text())
		head, err := ParseID(f[1])
		if err != nil {
			return err
		}
		if plain.Has(head) {
			return errors.New("the push is a part of the repository already")
		}
		base, _, err := r.Ref(f[2])
		if err != nil {
			return err
		}
		commits, err := Between(r, base, head, 100)
		if err != nil {
			return err
		}
		for _, c := range commits {
			var parent ID
			if len(c.Parents) > 0 {
				p, err := ReadCommit(r, c.Parents[0])
				if err != nil {
					return err
				}
				parent = p.Tree
			}
			err := Diff(r, parent, c.Tree, func(ch Change) error {
				if _, err := r.Blob(ch.New.ID, 1000); err != nil {
					return fmt.Errorf("%s: %w", ch.Path, err)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		fmt.Printf("%d commits\n", len(commits))
	}
	if _, err := r.Begin(); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("begin: %v", err)
	}
	if err := r.UpdateRefs(nil); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("update refs: %v", err)
	}
	if err := r.Compact(1); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("compact: %v", err)
	}
	// A push from within a hook must not fall into the repository that the
	// hook's variables name.
	if other := os.Getenv("GITSTORE_TEST_OTHER"); other != "" {
		m, err := NewRemote(other)
		if err != nil {
			return err
		}
		refs, err := m.Refs(context.Background())
		if err != nil || len(refs) != 1 || refs["refs/heads/other"].IsZero() {
			return fmt.Errorf("the other repository: %v %v", refs, err)
		}
	}
	return nil
}

// A pre-receive hook reads what was pushed before it is accepted, and without
// the option nothing of it is seen.
func TestInAHook(t *testing.T) {
	self := must(os.Executable())(t)
	other := initRepo(t)
	setRef(t, other, "refs/heads/other", commit(t, other, map[string]string{"a": "1"}))
	root := t.TempDir()
	s := newShop(t, root, way{"path:with colon", func(d string) string { return d }})
	hook(t, s.dir, "pre-receive", fmt.Sprintf("GITSTORE_TEST_ROLE=hook GITSTORE_TEST_OTHER='%s' exec '%s'\n", other.Dir(), self))
	c1 := commit(t, s.here, map[string]string{"data/unit-0/a": "small"}, s.main)
	c2 := commit(t, s.here, map[string]string{"data/unit-0/b": "small too"}, c1)
	ctx := context.Background()
	check(t, s.m.Push(ctx, s.here, []RefUpdate{{Name: mainRef, Old: s.main, New: c2}}))
	c3 := commit(t, s.here, map[string]string{"data/unit-0/c": string(noise(5000, 1))}, c2)
	err := s.m.Push(ctx, s.here, []RefUpdate{{Name: mainRef, Old: c2, New: c3}})
	var rejected *RejectedError
	if !errors.As(err, &rejected) || !strings.Contains(rejected.Message, "data/unit-0/c: ") || !strings.Contains(rejected.Message, "too large") {
		t.Fatal(err)
	}
	s.expect(t, c2, s.key)
	if _, err := s.m.Local(); !err {
		t.Error("not local")
	}
}

// playWriter changes a repository until it is killed, and says what it did.
func playWriter(role, dir string, args []string) error {
	r, err := Open(dir)
	if err != nil {
		return err
	}
	rnd := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	var m *Remote
	if len(args) > 0 {
		if m, err = NewRemote(args[0]); err != nil {
			return err
		}
	}
	for n := 0; ; n++ {
		at, _, err := r.Ref(mainRef)
		if err != nil {
			return err
		}
		if role == "fetch" {
			refs, err := m.Fetch(context.Background(), r, wantRefs(mainRef), []ID{at})
			if err != nil {
				return err
			}
			if err := r.UpdateRefs([]RefUpdate{{mainRef, at, refs[mainRef]}}); err != nil {
				return err
			}
			fmt.Println(refs[mainRef])
			if err := r.UpdateRefs([]RefUpdate{{mainRef, refs[mainRef], at}}); err != nil { // and again
				return err
			}
			continue
		}
		b, err := r.Begin()
		if err != nil {
			return err
		}
		c, err := ReadCommit(r, at)
		if err != nil {
			return err
		}
		blob, err := b.Blob(noise(700, rnd.Uint64()))
		if err != nil {
			return err
		}
		tree, err := b.Tree(c.Tree, []Edit{{fmt.Sprintf("data/unit-0/members/a/a%d.yaml.age", rnd.IntN(50)), blob}})
		if err != nil {
			return err
		}
		id, err := b.Commit(CommitSpec{Tree: tree, Parents: []ID{at}, Name: "x", Email: "x@example.org", When: epoch, Message: "edit 1 in asker\n"})
		if err != nil {
			return err
		}
		if err := b.Close(); err != nil {
			return err
		}
		if role == "push" {
			err = m.Push(context.Background(), r, []RefUpdate{{mainRef, at, id}, {fmt.Sprintf("refs/heads/n%d-%d", os.Getpid(), n), ZeroID, id}})
			if err != nil {
				return err
			}
		}
		// One ref comes and goes with main, so that packed-refs changes as well.
		err = r.UpdateRefs([]RefUpdate{{mainRef, at, id}})
		if err != nil {
			return err
		}
		fmt.Println(id)
		if role == "compact" && n%3 == 2 {
			if err := r.Compact(2); err != nil {
				return err
			}
		}
	}
}

// kills is how often each writer is killed: GITSTORE_KILLS, or 20.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("GITSTORE_KILLS")); err == nil {
		return n
	}
	return 20
}

// A writer killed at any instant leaves a repository that opens, in which all
// that it had confirmed is there.
func TestKilled(t *testing.T) {
	self := must(os.Executable())(t)
	for _, role := range []string{"commit", "compact", "fetch", "push"} {
		t.Run(role, func(t *testing.T) {
			r := initRepo(t)
			seed(t, r, 60)
			args := []string{r.Dir()}
			server := r
			if role == "fetch" || role == "push" {
				dir := bareServer(t, filepath.Join(t.TempDir(), "s.git"))
				tip, _, err := r.Ref(mainRef)
				check(t, err)
				check(t, remoteAt(t, dir).Push(context.Background(), r, []RefUpdate{{mainRef, ZeroID, tip}}))
				server = reopen(t, dir)
				if role == "fetch" {
					for i := range 20 {
						tip = commit(t, server, map[string]string{"data/unit-0/keyring.yaml": fmt.Sprint(i)}, tip)
					}
					setRef(t, server, mainRef, tip)
				}
				args = append(args, dir)
			}
			confirmed := 0
			begun, _, err := r.Ref(mainRef)
			check(t, err)
			for i := range kills() {
				confirmed += killOnce(t, self, role, args, i)
				afterKill(t, r.Dir(), i)
				if role == "push" {
					afterKill(t, server.Dir(), i)
					// What the server took and the writer did not note.
					tip, _, err := server.Ref(mainRef)
					check(t, err)
					at, _, err := r.Ref(mainRef)
					check(t, err)
					check(t, r.UpdateRefs([]RefUpdate{{mainRef, at, tip}}))
				}
			}
			// On a slow disk a writer may change things and be killed before it says so.
			ended, _, err := r.Ref(mainRef)
			check(t, err)
			if confirmed == 0 && ended == begun {
				t.Error("no writer got anywhere: the test tests nothing")
			}
			t.Logf("%d kills, %d confirmed changes, %d packs", kills(), confirmed, len(packsIn(t, r)))
		})
	}
}

// killOnce runs a writer for a moment and returns how much it confirmed.
func killOnce(t *testing.T, self, role string, args []string, i int) int {
	t.Helper()
	cmd := exec.Command(self, args...)
	cmd.Env = append(plainEnv(), "GITSTORE_TEST_ROLE="+role)
	var out bytes.Buffer
	cmd.Stdout = &out
	check(t, cmd.Start())
	life := 60
	if role == "push" {
		life = 200
	}
	time.Sleep(time.Duration(20+rand.IntN(life)) * time.Millisecond)
	cmd.Process.Kill()
	cmd.Wait()
	text := out.String()
	if role == "push" {
		time.Sleep(100 * time.Millisecond) // git's program at the other end goes on for a moment
		text, _, _ = strings.Cut(text, "error: push to")
	}
	if strings.Contains(text, "error:") {
		t.Fatalf("kill %d: the writer failed by itself: %s", i, text)
	}
	lines := strings.Fields(text[:strings.LastIndexByte(text, '\n')+1]) // the last one may be cut
	if len(lines) == 0 || role == "fetch" {
		return len(lines)
	}
	last := mustID(t, lines[len(lines)-1])
	r := reopen(t, args[0])
	defer r.Close()
	at, _, err := r.Ref(mainRef)
	check(t, err)
	if bases := must(MergeBases(r, at, last))(t); !slices.Contains(bases, last) {
		t.Fatalf("kill %d: %s was confirmed and main, at %s, does not have it", i, last, at)
	}
	return len(lines)
}

// afterKill reads everything, as we do and as git does, and takes away the lock
// that the killed process may have left, as LockedError says.
func afterKill(t *testing.T, dir string, i int) {
	t.Helper()
	r := must(Open(dir))(t)
	defer r.Close()
	locks, err := filepath.Glob(filepath.Join(dir, "refs/heads/*.lock"))
	check(t, err)
	for _, l := range append(locks, filepath.Join(dir, "packed-refs.lock")) {
		os.Remove(l)
	}
	tip, ok, err := r.Ref(mainRef)
	if err != nil || !ok {
		t.Fatalf("kill %d: main: %v %v", i, ok, err)
	}
	check(t, checkConnected(context.Background(), arrived{under: r}, []ID{tip}, nil))
	if i%5 == 0 {
		fsck(t, dir)
	}
}
