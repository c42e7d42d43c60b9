package cli

import (
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// plant puts a file into the site in a repository, as nobody: plant open.git PATH FILE.
func plant(ts *testscript.TestScript, _ bool, args []string) {
	planted(ts, args[0], register.Pages, register.Pages, args[1], ts.ReadFile(args[2]), gitstore.CommitSpec{Name: "x", Email: "x@example.org", Message: "site\n"})
}

// forge pushes the published site with one file more, as a commit of the form that the
// secretariat's own have, signed by sec: forge PATH FILE, and ! forge where the server
// must refuse it. What the server says is stderr.
func forge(ts *testscript.TestScript, neg bool, args []string) {
	const was, is = "refs/heads/was", "refs/heads/is"
	ts.Check(ts.Exec("git", "-C", ts.MkAbs("forged.git"), "fetch", "-q", ts.MkAbs("host.git"), "+"+register.Pages+":"+was))
	id, err := identity.Load(ts.MkAbs("sec.key"), nil)
	ts.Check(err)
	h := id.Handle()
	planted(ts, "forged.git", was, is, args[0], ts.ReadFile(args[1]), gitstore.CommitSpec{Name: string(h), Email: h.Email(),
		Message: register.Message("site", 1, "national"), Sign: func(b []byte) ([]byte, error) { return sign.Armor(b, id.Signer()) }})
	err = ts.Exec("git", "-C", ts.MkAbs("forged.git"), "push", "-q", ts.MkAbs("host.git"), "+"+is+":"+register.Pages)
	if (err != nil) != neg {
		ts.Fatalf("push: %v", err)
	}
}

// planted makes a commit without parents of one with a file more, at another ref.
func planted(ts *testscript.TestScript, dir, from, to, path, content string, spec gitstore.CommitSpec) {
	r, err := gitstore.Open(ts.MkAbs(dir))
	ts.Check(err)
	defer r.Close()
	head, _, err := r.Ref(from)
	ts.Check(err)
	old, _, err := r.Ref(to)
	ts.Check(err)
	c, err := gitstore.ReadCommit(r, head)
	ts.Check(err)
	b, err := r.Begin()
	ts.Check(err)
	defer b.Abort()
	blob, err := b.Blob([]byte(content))
	ts.Check(err)
	spec.Tree, err = b.Tree(c.Tree, []gitstore.Edit{{Path: path, ID: blob}})
	ts.Check(err)
	spec.When, err = time.Parse(time.RFC3339, ts.Getenv(clock))
	ts.Check(err)
	made, err := b.Commit(spec)
	ts.Check(err)
	ts.Check(b.Close())
	ts.Check(r.UpdateRefs([]gitstore.RefUpdate{{Name: to, Old: old, New: made}}))
}
