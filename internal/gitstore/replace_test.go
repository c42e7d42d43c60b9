package gitstore

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

const siteRef = "refs/heads/pages"

// A large file is taken out of a tree by whoever has fetched its folders alone, on a
// server where refs only grow too, and nothing of the rest is sent.
func TestFetchTreesAndReplace(t *testing.T) {
	eachWay(t, func(t *testing.T, root string, w way) {
		ctx := context.Background()
		server := bareServer(t, filepath.Join(root, w.name+".git"))
		git(t, server, "config", "receive.denyNonFastForwards", "true")
		m := remoteAt(t, w.url(server))
		r := initRepo(t)
		big := strings.Repeat("x", 1000)
		c := commit(t, r, map[string]string{"me/aa/1.age": big, "me/bb/2.age": big + "2", "sealed.txt": "day"})
		check(t, m.Push(ctx, r, []RefUpdate{{Name: siteRef, New: c}}))

		mem := NewMemory()
		if _, err := m.FetchTrees(ctx, mem, 100, wantRefs(siteRef)); !errors.Is(err, ErrNoFilter) {
			t.Fatalf("without a filter: %v", err)
		}
		git(t, server, "config", "uploadpack.allowFilter", "true")
		must(m.FetchTrees(ctx, mem, 100, wantRefs(siteRef)))(t)
		old := must(ReadCommit(mem, c))(t)
		for name, here := range map[string]bool{"me/aa/1.age": false, "me/bb/2.age": false, "sealed.txt": true} {
			e, ok, err := Find(mem, old.Tree, name)
			if err != nil || !ok || mem.Has(e.ID) != here {
				t.Errorf("%s: there %v, here %v; %v", name, ok, mem.Has(e.ID), err)
			}
		}
		tree := must(mem.Tree(old.Tree, []Edit{{Path: "me/aa/1.age"}}))(t)
		next := must(mem.Commit(CommitSpec{Tree: tree, Name: "x", Email: "x@example.org", When: epoch, Message: "site\n"}))(t)
		up := RefUpdate{Name: siteRef, Old: c, New: next}
		var refused *RejectedError
		if err := m.Push(ctx, mem, []RefUpdate{up}); !errors.As(err, &refused) || !strings.Contains(refused.Refs[siteRef], "non-fast-forward") {
			t.Fatalf("a server where refs only grow: %v", err)
		}
		if gone, err := m.Replace(ctx, mem, up); gone || err != nil {
			t.Fatal(gone, err)
		}
		if got := git(t, server, "ls-tree", "-r", "--name-only", "pages"); got != "me/bb/2.age\nsealed.txt" {
			t.Errorf("it has %q", got)
		}
		fsck(t, server)

		t.Log("a ref that must stay where it is, and does not, holds the push up")
		stays := RefUpdate{Name: "refs/heads/main", Old: c, New: c}
		again := must(mem.Commit(CommitSpec{Tree: tree, Name: "x", Email: "x@example.org", When: epoch, Message: "again\n"}))(t)
		git(t, server, "config", "receive.denyNonFastForwards", "false")
		ups := []RefUpdate{{Name: siteRef, Old: next, New: again}, stays}
		var stale *StaleError
		if err := m.Push(ctx, mem, ups); !errors.As(err, &stale) || stale.Name != stays.Name {
			t.Fatalf("it moved: %v", err)
		}
		check(t, m.Push(ctx, r, []RefUpdate{{Name: stays.Name, New: c}}))
		check(t, m.Push(ctx, mem, ups))

		t.Log("what the server refuses for good is gone, and it is said")
		git(t, server, "config", "receive.denyNonFastForwards", "true")
		lost := must(mem.Tree(old.Tree, []Edit{{Path: "sealed.txt"}}))(t)
		bad := must(mem.Commit(CommitSpec{Tree: lost, Name: "x", Email: "x@example.org", When: epoch, Message: "bad\n"}))(t)
		git(t, server, "config", "receive.maxInputSize", "10")
		if gone, err := m.Replace(ctx, mem, RefUpdate{Name: siteRef, Old: again, New: bad}); !gone || err == nil {
			t.Errorf("gone %v; %v", gone, err)
		}
	})
}
