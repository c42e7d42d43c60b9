package gitstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func wantAll(refs map[string]ID) []ID { return slices.Collect(maps.Values(refs)) }

func wantRefs(names ...string) func(map[string]ID) []ID {
	return func(refs map[string]ID) []ID {
		var out []ID
		for _, n := range names {
			out = append(out, refs[n])
		}
		return out
	}
}

// A register travels from one machine to a server and from there to another.
func TestFetch(t *testing.T) {
	eachWay(t, func(t *testing.T, root string, w way) {
		ctx := context.Background()
		server := bareServer(t, filepath.Join(root, w.name+".git"))
		m := remoteAt(t, w.url(server))
		there := initRepo(t)

		t.Log("an empty server has no refs, and gives nothing")
		if refs, err := m.Refs(ctx); err != nil || len(refs) != 0 {
			t.Fatal(refs, err)
		}
		if refs, err := m.Fetch(ctx, there, wantAll, nil); err != nil || len(refs) != 0 {
			t.Fatal(refs, err)
		}

		t.Log("the first push and the first fetch")
		here := initRepo(t)
		c1 := seed(t, here, 300)
		check(t, m.Push(ctx, here, []RefUpdate{{Name: "refs/heads/main", New: c1}}))
		refs := must(m.Fetch(ctx, there, wantRefs("refs/heads/main"), nil))(t)
		if refs["refs/heads/main"] != c1 {
			t.Fatal(refs)
		}
		if mine := must(there.Refs("refs/"))(t); len(mine) != 0 {
			t.Errorf("fetch moved refs: %v", mine)
		}
		setRef(t, there, "refs/heads/main", c1)
		fsck(t, there.Dir())

		t.Log("one change: only what it brings is sent")
		c2 := commit(t, here, map[string]string{"data/unit-1/keyring.yaml": "serial: 2\n"}, c1)
		check(t, m.Push(ctx, here, []RefUpdate{{Name: "refs/heads/main", Old: c1, New: c2}}))
		before := len(packsIn(t, there))
		must(m.Fetch(ctx, there, wantAll, []ID{c1}))(t)
		packs := packsIn(t, there)
		if len(packs) != before+1 {
			t.Fatalf("%d packs, want one more than %d", len(packs), before)
		}
		if _, _, err := there.Object(c2); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{server, there.Dir()} {
			fsck(t, dir)
		}

		t.Log("nothing new: nothing is sent")
		setRef(t, there, "refs/heads/main", c2)
		must(m.Fetch(ctx, there, wantAll, []ID{c2}))(t)
		if now := packsIn(t, there); len(now) != len(packs) {
			t.Errorf("%d packs, want %d", len(now), len(packs))
		}
	})
}

// A keyring goes by way of memory: its commit has no parent, and its file must
// not reach a disk.
func TestFetchMemory(t *testing.T) {
	eachWay(t, func(t *testing.T, root string, w way) {
		ctx := context.Background()
		server := bareServer(t, filepath.Join(root, w.name+".git"))
		m := remoteAt(t, w.url(server))
		const ref = "refs/medlem/keyrings/asker"
		var old ID
		for serial := range 3 {
			mem := NewMemory()
			ring := string(noise(50_000, uint64(serial)))
			id := commitFiles(t, mem, epoch, "keyring 1 in asker\n", map[string]string{"keyring.age": ring})
			check(t, m.Push(ctx, mem, []RefUpdate{{Name: ref, Old: old, New: id}}))
			old = id

			got := NewMemory()
			must(m.FetchMemory(ctx, got, wantRefs(ref)))(t)
			c := must(ReadCommit(got, id))(t)
			e, ok, err := Find(got, c.Tree, "keyring.age")
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			if _, b, err := got.Object(e.ID); err != nil || string(b) != ring {
				t.Fatal("the keyring is another one", err)
			}
			must(m.FetchMemory(ctx, got, wantRefs(ref)))(t) // all here
		}
	})
}

func TestFetchErrors(t *testing.T) {
	eachWay(t, func(t *testing.T, root string, w way) {
		ctx := context.Background()
		r := initRepo(t)
		m := remoteAt(t, w.url(filepath.Join(root, "absent.git")))
		if _, err := m.Fetch(ctx, r, wantAll, nil); !errors.Is(err, ErrNoRepository) {
			t.Errorf("no repository: %v", err)
		}
		server := bareServer(t, filepath.Join(root, w.name+"-err.git"))
		here := initRepo(t)
		id := seed(t, here, 3)
		m = remoteAt(t, w.url(server))
		check(t, m.Push(ctx, here, []RefUpdate{{Name: "refs/heads/main", New: id}}))
		_, err := m.Fetch(ctx, r, func(map[string]ID) []ID { return []ID{{1, 2, 3}} }, nil)
		if err == nil {
			t.Error("an object that the server does not have was fetched")
		}
		t.Log(err)
		done, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := m.Fetch(done, r, wantAll, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
	})
}

// Nobody there.
func TestUnreachable(t *testing.T) {
	sshServer(t) // its known hosts
	for _, url := range []string{"http://127.0.0.1:1/r.git", "https://127.0.0.1:1/r.git", "ssh://git@127.0.0.1:1/r.git",
		"http://nosuchhost.invalid/r.git", filepath.Join(t.TempDir(), "no", "such", "share")} {
		_, err := remoteAt(t, url).Refs(context.Background())
		if !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// A fetch of many commits, over and over, by two processes at once.
func TestFetchBesideWriters(t *testing.T) {
	ctx := context.Background()
	server := bareServer(t, filepath.Join(t.TempDir(), "s.git"))
	m := remoteAt(t, server)
	here, there := initRepo(t), initRepo(t)
	tip := seed(t, here, 30)
	check(t, m.Push(ctx, here, []RefUpdate{{Name: "refs/heads/main", New: tip}}))
	done := make(chan error, 1)
	go func() {
		var have []ID
		for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); {
			refs, err := m.Fetch(ctx, there, wantAll, have)
			if err == nil {
				have = []ID{refs["refs/heads/main"]}
				_, err = ReadCommit(there, have[0])
			}
			if err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for i := range 10 {
		next := commit(t, here, map[string]string{"data/unit-0/keyring.yaml": fmt.Sprint(i)}, tip)
		check(t, m.Push(ctx, here, []RefUpdate{{Name: "refs/heads/main", Old: tip, New: next}}))
		tip = next
	}
	check(t, <-done)
	fsck(t, there.Dir())
}
