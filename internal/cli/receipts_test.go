package cli

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/seal/agetest"
	"github.com/medlem-register/medlem/internal/sign"
)

// secretOf puts the secret of a paper into a variable: secretof S FILE.
func secretOf(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(`(?m)^secret: (.*)$`).FindStringSubmatch(ts.ReadFile(args[1]))
	if m == nil {
		ts.Fatalf("no secret in %s", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// stockOpen opens a file with an identity and stock age: stockopen IDENTITY FILE OUT.
func stockOpen(t *testing.T) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		file, err := os.ReadFile(ts.MkAbs(args[1]))
		ts.Check(err)
		out, err := agetest.Age(t, nil, file, "-d", "-i", ts.MkAbs(args[0]))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), out, 0o600))
	}
}

// emptied says that the keyring of a unit on the server, opened by somebody, has no key of
// a member, no older version and no page: emptied sec UNIT. Whom its lists named is gone
// from them.
func emptied(ts *testscript.TestScript, _ bool, args []string) {
	id, err := identity.Load(ts.MkAbs(args[0]+".key"), nil)
	ts.Check(err)
	host := ts.MkAbs("host.git")
	sealed, err := exec.Command("git", "-C", host, "show", "refs/medlem/keyrings/"+args[1]+":keyring.age").Output()
	ts.Check(err)
	k, err := seal.OpenKeyring(sealed, id.Ages())
	ts.Check(err)
	if len(k.Versions)+len(k.Views) > 0 {
		ts.Fatalf("%d versions and %d pages are left", len(k.Versions), len(k.Views))
	}
	files, err := exec.Command("git", "-C", host, "ls-tree", "-r", "--name-only", "main", "data/"+args[1]).Output()
	ts.Check(err)
	lists := 0
	for path := range strings.FieldsSeq(string(files)) {
		p, err := register.ParsePath(path)
		ts.Check(err)
		if !p.Kind.Sealed() {
			continue
		}
		if p.Kind != register.DrawList {
			ts.Fatalf("%s is left", path)
		}
		lists++
		file, err := exec.Command("git", "-C", host, "show", "main:"+path).Output()
		ts.Check(err)
		text, err := seal.OpenEvidence(k.Keys[p.ID], file)
		ts.Check(err)
		x, err := record.DecodeDrawList(text)
		ts.Check(err)
		if len(x.Members) > 0 || x.Reason != "" {
			ts.Fatalf("%s still names %d", path, len(x.Members))
		}
		delete(k.Keys, p.ID)
	}
	if len(k.Keys) > 0 || lists != 1 {
		ts.Fatalf("%d keys are left, beside those of %d lists", len(k.Keys), lists)
	}
}

// signersOf writes the published keys for one officer: signers OUT HANDLE FILE, where
// FILE is an officer's file.
func signersOf(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(`(?m)^signing: (.*)$`).FindStringSubmatch(ts.ReadFile(args[2]))
	if m == nil {
		ts.Fatalf("no key in %s", args[2])
	}
	text := sign.ReceiptSigners(map[register.Handle][]string{register.Handle(args[1]): {m[1]}})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}

// swap writes a file with one text put in the place of another: swap FROM TO OLD NEW.
func swap(ts *testscript.TestScript, _ bool, args []string) {
	was := ts.ReadFile(args[0])
	if !strings.Contains(was, args[2]) {
		ts.Fatalf("%s has no %q", args[0], args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Replace(was, args[2], args[3], 1)), 0o600))
}
