package check_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Signatures that are verified ahead, on as many processors as there are, are those of
// the commits that are judged: strangers' are found where they are, on main and in a
// proposal, and nowhere else, also beyond what is prepared at a time.
func TestVerifyAhead(t *testing.T) {
	w := newWorld(t)
	strangers := map[string]bool{}
	for i := range 150 {
		w.later(time.Minute)
		who := "sec"
		if i == 3 || i == 90 || i == 149 {
			who = "eve"
		}
		if i%10 == 0 {
			author := "kari"
			if i == 40 || i == 100 {
				author = "eve"
			}
			d := w.draft(author).add(files{memberPath("asker", anna): sealed()}, editAsker)
			if author == "eve" {
				strangers[d.head.String()[:12]] = true
			}
			w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
			continue
		}
		w.head = w.write(w.mainSpec(who, files{"site/content/index.md": fmt.Appendf(nil, "Day %d.\n", i)}, msg("site", "national")))
		if who == "eve" {
			strangers[w.head.String()[:12]] = true
		}
	}
	var before *check.Report
	for _, workers := range []int{1, 2, 7} {
		o := w.options()
		o.Keyrings, o.Workers = w, workers
		r, err := check.Verify(w.repo, w.loader, gitstore.ZeroID, w.head, o)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for _, f := range r.Findings {
			if f.Rule == "sign/unknown-key" {
				found[f.Commit] = true
			}
		}
		if !reflect.DeepEqual(found, strangers) {
			t.Errorf("%d workers: strangers' are %v, want %v", workers, found, strangers)
		}
		if before != nil && !reflect.DeepEqual(r, before) {
			t.Errorf("%d workers: %+v, with others %+v", workers, r, before)
		}
		before = r
	}
}
