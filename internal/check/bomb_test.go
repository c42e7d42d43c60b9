package check_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// ATTACK: a dozen small trees that hold one another, with a million million files in
// them; in a proposal, in each of its commits, on main. At stake: the time and the
// memory of whoever checks, which is everybody. The honest twin of it is any
// proposal.
func TestTreeBomb(t *testing.T) {
	bomb := func(w *world, wide, deep int) gitstore.ID {
		id, mode := w.blob("x"), gitstore.ModeFile
		for range deep {
			var es []gitstore.Entry
			for i := range wide {
				es = append(es, gitstore.Entry{Name: fmt.Sprintf("%05d", i), Mode: mode, ID: id})
			}
			id, mode = w.rawTree(es), gitstore.ModeDir
		}
		return id
	}
	// soon fails where a refusal costs more than some tens of milliseconds, on a
	// machine that is busy with other things.
	soon := func(do func() *check.Report) *check.Report {
		start := time.Now()
		r := do()
		if cost := time.Since(start); cost > 2*time.Second {
			t.Errorf("to refuse it took %s", cost)
		}
		return r
	}
	message := register.Message("site", 1, "national")
	run(t, []attack{
		{"narrow", one("layout/count"), edit, func(w *world) *check.Report {
			id := bomb(w, 10, 12)
			return soon(func() *check.Report { return placed(w, "site/x", gitstore.ModeDir, id) })
		}},
		{"wide", one("layout/count"), nil, func(w *world) *check.Report {
			id := bomb(w, 10_000, 3)
			return soon(func() *check.Report { return placed(w, "site/x", gitstore.ModeDir, id) })
		}},
		{"in fifty commits", one("layout/count"), nil, func(w *world) *check.Report {
			id := bomb(w, 100, 6)
			d := w.draft("rut")
			for i := range 50 {
				tree := w.treeWith(w.treeOf(w.head), fmt.Sprintf("site/%02d", i), gitstore.ModeDir, id)
				d.commit(w.spec("rut", tree, message, d.head))
			}
			return soon(func() *check.Report { return d.check() })
		}},
		{"on main", one("layout/count"), nil, func(w *world) *check.Report {
			tree := w.treeWith(w.treeOf(w.head), "site/x", gitstore.ModeDir, bomb(w, 100, 6))
			return soon(func() *check.Report { return w.direct(w.spec("sec", tree, message, w.head)) })
		}},
	})
}
