package check_test

import (
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// folders are those whose tree the fuzzer writes.
var folders = []string{"", "data", "data/asker", "data/asker/members", "data/asker/members/a", "data/asker/erase", "data/asker/grants",
	"data/officers", "policies", "site", "site/content"}

// FuzzProposal puts arbitrary bytes in place of a folder of a proposal. Whatever
// they are, the check ends with findings or with an error that says what it
// could not read, and a proposal that it accepts leaves main's folders as they
// can be read by anybody.
func FuzzProposal(f *testing.F) {
	w := newWorld(f)
	for i, path := range folders {
		id := w.treeOf(w.head)
		if path != "" {
			id = w.find(path)
		}
		_, raw, err := w.repo.Object(id)
		w.must(err)
		f.Add(uint8(i), raw)
	}
	f.Add(uint8(2), []byte("100644 x\x00aaaaaaaaaaaaaaaaaaaa"))
	f.Add(uint8(3), []byte("40000 .git\x00aaaaaaaaaaaaaaaaaaaa"))
	f.Add(uint8(9), []byte("100755 x\x00aaaaaaaaaaaaaaaaaaaa"))
	f.Add(uint8(8), []byte{})
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		w := newWorld(t)
		path := folders[int(which)%len(folders)]
		tree := w.object("tree", raw)
		if path != "" {
			tree = w.treeWith(w.treeOf(w.head), path, gitstore.ModeDir, tree)
		}
		head := w.write(w.spec("rut", tree, register.Message("site", 1, "national"), w.head))
		r, err := check.Proposal(w.repo, w.loader, w.head, head, w.options())
		if err != nil {
			return
		}
		if tree == w.treeOf(w.head) != (len(r.Findings) == 1 && r.Findings[0].Rule == "check/nothing") {
			t.Errorf("a commit that changes nothing, or something: rules %q", rules(r))
		}
		if len(r.Findings) == 0 {
			if err := gitstore.Walk(w.repo, tree, "", func(path string, e gitstore.Entry) error {
				if _, err := register.ParsePath(path); err != nil && path != "tools/README" {
					t.Errorf("accepted with the path %q", path)
				}
				return nil
			}); err != nil {
				t.Errorf("accepted, and cannot be read: %v", err)
			}
		}
		if _, err := check.All(w.repo, w.loader, head, w.options()); err != nil && len(r.Findings) == 0 {
			t.Errorf("Proposal accepts it, All cannot read it: %v", err)
		}
	})
}
