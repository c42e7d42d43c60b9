package gitstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	mainRef = "refs/heads/main"
	keyRef  = "refs/medlem/keyrings/asker"
)

// shop is a server with main and a keyring, and a repository that has both.
type shop struct {
	dir       string // of the server
	srv       *Repo
	here      *Repo
	m         *Remote
	main, key ID
}

func newShop(t *testing.T, root string, w way) *shop {
	t.Helper()
	s := &shop{dir: bareServer(t, filepath.Join(root, fmt.Sprintf("%s-%d.git", w.name, time.Now().UnixNano()))), here: initRepo(t)}
	s.m = remoteAt(t, w.url(s.dir))
	s.main = seed(t, s.here, 100)
	s.key = s.keyring(t, 1)
	check(t, s.m.Push(context.Background(), s.here, []RefUpdate{{Name: mainRef, New: s.main}, {Name: keyRef, New: s.key}}))
	s.srv = reopen(t, s.dir)
	s.expect(t, s.main, s.key)
	return s
}

func (s *shop) keyring(t *testing.T, v uint64) ID {
	t.Helper()
	return commit(t, s.here, map[string]string{"keyring.age": string(noise(50_000, v))})
}

// advance makes one more commit on main and a new keyring.
func (s *shop) advance(t *testing.T, v uint64) (main, key ID) {
	t.Helper()
	return commit(t, s.here, map[string]string{"data/unit-0/keyring.yaml": fmt.Sprint("v", v)}, s.main), s.keyring(t, v)
}

func (s *shop) push(main, key ID) error {
	return s.m.Push(context.Background(), s.here, []RefUpdate{{Name: mainRef, Old: s.main, New: main}, {Name: keyRef, Old: s.key, New: key}})
}

func (s *shop) expect(t *testing.T, main, key ID) {
	t.Helper()
	for name, want := range map[string]ID{mainRef: main, keyRef: key} {
		if have, _, err := s.srv.Ref(name); err != nil || have != want {
			t.Errorf("%s is at %s, want %s (%v)", name, short(have), short(want), err)
		}
	}
}

// elsewhere gives the server another keyring, as another person would.
func (s *shop) elsewhere(t *testing.T) ID {
	t.Helper()
	id := commit(t, s.srv, map[string]string{"keyring.age": "another's"})
	setRef(t, s.srv, keyRef, id)
	return id
}

func TestPush(t *testing.T) {
	eachWay(t, func(t *testing.T, root string, w way) {
		t.Run("main and a keyring move together", func(t *testing.T) {
			s := newShop(t, root, w)
			main, key := s.advance(t, 2)
			check(t, s.push(main, key))
			s.expect(t, main, key)
			fsck(t, s.dir)
		})
		t.Run("a move of nothing is nothing", func(t *testing.T) {
			s := newShop(t, root, w)
			check(t, s.push(s.main, s.key))
			s.expect(t, s.main, s.key)
		})
		t.Run("a stale value stops both before anything is sent", func(t *testing.T) {
			s := newShop(t, root, w)
			main, key := s.advance(t, 2)
			other := s.elsewhere(t)
			err := s.push(main, key)
			var stale *StaleError
			if !errors.As(err, &stale) || !errors.Is(err, ErrStale) || stale.Name != keyRef || stale.Want != s.key || stale.Have != other {
				t.Fatal(err)
			}
			s.expect(t, s.main, other)
		})
		t.Run("a ref that exists already is stale too", func(t *testing.T) {
			s := newShop(t, root, w)
			err := s.m.Push(context.Background(), s.here, []RefUpdate{{Name: mainRef, New: s.main}})
			if !errors.Is(err, ErrStale) {
				t.Fatal(err)
			}
		})
		t.Run("ATTACK: a ref moves between looking and asking; nobody's work is lost", func(t *testing.T) {
			s := newShop(t, root, w)
			main, key := s.advance(t, 2)
			var other ID
			s.m.listed = func() { other = s.elsewhere(t) }
			if err := s.push(main, key); !errors.Is(err, ErrStale) {
				t.Fatal(err)
			}
			s.expect(t, s.main, other)
		})
		t.Run("one ref alone names its old value too", func(t *testing.T) {
			s := newShop(t, root, w)
			key := s.keyring(t, 2)
			var other ID
			s.m.listed = func() { other = s.elsewhere(t) }
			err := s.m.Push(context.Background(), s.here, []RefUpdate{{Name: keyRef, Old: s.key, New: key}})
			if !errors.Is(err, ErrStale) {
				t.Fatal(err)
			}
			s.expect(t, s.main, other)
		})
		t.Run("a deletion goes with a move, or not at all", func(t *testing.T) {
			s := newShop(t, root, w)
			main, _ := s.advance(t, 2)
			check(t, s.push(main, ZeroID))
			s.expect(t, main, ZeroID)
			s.main = main
			next, key := s.advance(t, 3)
			if err := s.push(next, key); !errors.Is(err, ErrStale) { // s.key is gone
				t.Fatal(err)
			}
			check(t, s.m.Push(context.Background(), s.here, []RefUpdate{{Name: keyRef, New: key}}))
			check(t, s.m.Push(context.Background(), s.here, []RefUpdate{{Name: keyRef, Old: key}})) // alone: no pack
			s.expect(t, main, ZeroID)
		})
		t.Run("the server's rule for main stops the keyring as well", func(t *testing.T) {
			s := newShop(t, root, w)
			git(t, s.dir, "config", "receive.denyNonFastForwards", "true")
			main, key := s.advance(t, 2)
			check(t, s.push(main, key))
			side := commit(t, s.here, map[string]string{"side.yaml": "side"}, s.main)
			s.main, s.key = main, key
			err := s.push(side, s.keyring(t, 3))
			var rejected *RejectedError
			if !errors.As(err, &rejected) {
				t.Fatal(err)
			}
			s.expect(t, main, key)
		})
		t.Run("a hook refuses one ref: none moves, and what it says arrives", func(t *testing.T) {
			s := newShop(t, root, w)
			hook(t, s.dir, "update", `[ "$1" != refs/heads/main ] || { printf 'main is \033[31mclosed\007\r\n'; echo 'hint: ask'; exit 1; }`)
			main, key := s.advance(t, 2)
			err := s.push(main, key)
			var rejected *RejectedError
			if !errors.As(err, &rejected) {
				t.Fatal(err)
			}
			if rejected.Refs[mainRef] == "" || !strings.HasPrefix(rejected.Message, "main is [31mclosed\nhint: ask") {
				t.Errorf("%q %q", rejected.Refs, rejected.Message)
			}
			s.expect(t, s.main, s.key)
		})
		t.Run("a refusal is no stale value where refs are hidden from fetches", func(t *testing.T) {
			s := newShop(t, root, w)
			git(t, s.dir, "config", "uploadpack.hideRefs", "refs/medlem")
			hook(t, s.dir, "pre-receive", "echo no; exit 1")
			main, key := s.advance(t, 2)
			var rejected *RejectedError
			if err := s.push(main, key); !errors.As(err, &rejected) || !strings.HasPrefix(rejected.Message, "no") {
				t.Fatal(err)
			}
		})
		t.Run("a hook that talks without end is cut", func(t *testing.T) {
			s := newShop(t, root, w)
			hook(t, s.dir, "pre-receive", "yes no | head -c 300000\nexit 1\n")
			main, key := s.advance(t, 2)
			var rejected *RejectedError
			if err := s.push(main, key); !errors.As(err, &rejected) {
				t.Fatal(err)
			}
			if n := len(rejected.Message); n < 1000 || n > MessageLimit {
				t.Errorf("message of %d bytes", n)
			}
		})
		t.Run("the hook that follows a push runs to its end", func(t *testing.T) {
			s := newShop(t, root, w)
			hook(t, s.dir, "post-receive", "sleep 0.3; echo done; touch finished\n")
			main, key := s.advance(t, 2)
			check(t, s.push(main, key))
			if found, _ := filepath.Glob(filepath.Join(s.dir, "finished")); len(found) == 0 {
				t.Error("it was cut off")
			}
		})
		t.Run("a server without atomic pushes", func(t *testing.T) {
			s := newShop(t, root, w)
			git(t, s.dir, "config", "receive.advertiseAtomic", "false")
			main, key := s.advance(t, 2)
			if err := s.push(main, key); !errors.Is(err, ErrNoAtomic) {
				t.Fatal(err)
			}
			s.expect(t, s.main, s.key)
			check(t, s.m.Push(context.Background(), s.here, []RefUpdate{{Name: mainRef, Old: s.main, New: main}}))
		})
		t.Run("an object that is not here sends nothing", func(t *testing.T) {
			s := newShop(t, root, w)
			main, key := s.advance(t, 2)
			err := s.m.Push(context.Background(), without{s.here, key}, []RefUpdate{{Name: mainRef, Old: s.main, New: main}, {Name: keyRef, Old: s.key, New: key}})
			if !errors.Is(err, ErrNotFound) {
				t.Fatal(err)
			}
			c := must(ReadCommit(s.here, key))(t)
			e, _, err := Find(s.here, c.Tree, "keyring.age")
			check(t, err)
			err = s.m.Push(context.Background(), without{s.here, e.ID}, []RefUpdate{{Name: mainRef, Old: s.main, New: main}, {Name: keyRef, Old: s.key, New: key}})
			if !errors.Is(err, ErrNotFound) {
				t.Fatal(err)
			}
			s.expect(t, s.main, s.key)
		})
	})
}

// without is a Reader that has lost an object.
type without struct {
	Reader
	id ID
}

func (w without) Object(id ID) (ObjectType, []byte, error) {
	if id == w.id {
		return 0, nil, notFound(id)
	}
	return w.Reader.Object(id)
}

// What a push sends follows the change, also where main has gone on meanwhile
// and where two stores are joined.
func TestPushSendsWhatIsNew(t *testing.T) {
	r := initRepo(t)
	tip := seed(t, r, 300)
	refs := map[string]ID{mainRef: tip}
	count := func(r Reader, ups ...RefUpdate) int {
		t.Helper()
		return len(must(newObjects(r, refs, ups))(t))
	}
	base := tip
	for i := range 20 {
		tip = commit(t, r, map[string]string{"data/unit-0/keyring.yaml": fmt.Sprint(i)}, tip)
	}
	refs[mainRef] = tip
	topic := commit(t, r, map[string]string{"data/unit-1/members/a/b.yaml.age": "new"}, base)
	if n := count(r, RefUpdate{Name: "refs/heads/topic", New: topic}); n != 7 { // commit, 5 trees, file
		t.Errorf("a proposal from an older main: %d objects, want 7", n)
	}
	refs["refs/heads/topic"] = topic
	merge := commit(t, r, map[string]string{"data/unit-1/members/a/b.yaml.age": "new"}, tip, topic)
	if n := count(r, RefUpdate{Name: mainRef, Old: tip, New: merge}); n != 3 { // commit, root, data
		t.Errorf("its merge: %d objects, want 3", n)
	}
	refs["refs/heads/unknown"] = ID{1} // a ref of which nothing is here
	mem := NewMemory()
	ring := commitFiles(t, mem, epoch, "keyring 1 in asker\n", map[string]string{"keyring.age": "x"})
	if n := count(Join(r, mem), RefUpdate{Name: mainRef, Old: tip, New: merge}, RefUpdate{Name: keyRef, New: ring}); n != 6 {
		t.Errorf("with a keyring from memory: %d objects, want 6", n)
	}
}

// A context that ends, ends a push whose server does not answer.
func TestPushEndsWithItsContext(t *testing.T) {
	eachWay(t, func(t *testing.T, root string, w way) {
		s := newShop(t, root, w)
		hook(t, s.dir, "pre-receive", "exec sleep 4\n")
		main, _ := s.advance(t, 2)
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := s.m.Push(ctx, s.here, []RefUpdate{{Name: mainRef, Old: s.main, New: main}})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestPushRefusesNonsense(t *testing.T) {
	m := remoteAt(t, t.TempDir())
	id := ID{1}
	for _, ups := range [][]RefUpdate{
		{{Name: "refs/heads/a"}},
		{{Name: "HEAD", New: id}},
		{{Name: "main", New: id}},
		{{Name: "refs/heads/../../x", New: id}},
		{{Name: "refs/heads/a b", New: id}},
		{{Name: "refs/heads/a\nrefs/heads/b", New: id}},
		{{Name: "refs/heads/" + strings.Repeat("a", 300), New: id}},
		{{Name: mainRef, New: id}, {Name: mainRef, Old: id}},
	} {
		if err := m.Push(context.Background(), NewMemory(), ups); err == nil || errors.Is(err, ErrUnreachable) || errors.Is(err, ErrNoRepository) {
			t.Errorf("%v: %v", ups, err)
		}
	}
}
