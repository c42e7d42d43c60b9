package cli

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/seal/agetest"
)

// letter puts what stands in a member's letter into variables: the text that opens her
// page, and where that lies below the site: letter SECRET NAME sec ID.
func letter(ts *testscript.TestScript, _ bool, args []string) {
	id, err := identity.Load(ts.MkAbs(args[2]+".key"), nil)
	ts.Check(err)
	d, err := desk.Open(desk.Options{Dir: ts.MkAbs(args[2]), Identity: id, Now: func() time.Time {
		t, err := time.Parse(time.RFC3339, ts.Getenv(clock))
		ts.Check(err)
		return t
	}})
	ts.Check(err)
	defer d.Close()
	m, err := d.Find(register.RecordID(args[3]))
	ts.Check(err)
	secret, ok, err := d.ViewSecret(m)
	ts.Check(err)
	if !ok {
		ts.Fatalf("no view secret")
	}
	name, err := seal.PageName(secret)
	ts.Check(err)
	ts.Setenv(args[0], secret)
	ts.Setenv(args[1], name)
}

// stock opens a page with stock age and what stands in the letter, into a file:
// stock SECRET out/me/…, and ! stock where it must not open.
func stock(t *testing.T) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		file, err := os.ReadFile(ts.MkAbs(args[1]))
		ts.Check(err)
		text, err := agetest.Age(t, []string{"AGE_PASSPHRASE=" + args[0]}, file, "-d", "-j", "batchpass")
		if (err != nil) != neg {
			ts.Fatalf("stock age: %v", err)
		}
		if !neg {
			ts.Check(os.WriteFile(ts.MkAbs("opened"), []byte(strings.TrimRight(string(text), "\n")+"\n"), 0o600))
		}
	}
}

// unopened says that nothing which the server still holds for anybody opens a page: no key,
// no older key and no view secret of any keyring: nokey sec out/me/….
func unopened(ts *testscript.TestScript, _ bool, args []string) {
	id, err := identity.Load(ts.MkAbs(args[0]+".key"), nil)
	ts.Check(err)
	file, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	host := ts.MkAbs("host.git")
	refs, err := exec.Command("git", "-C", host, "for-each-ref", "--format=%(refname)", "refs/medlem/keyrings/").Output()
	ts.Check(err)
	secrets, keys := 0, 0
	for ref := range strings.FieldsSeq(string(refs)) {
		sealed, err := exec.Command("git", "-C", host, "show", ref+":keyring.age").Output()
		ts.Check(err)
		k, err := seal.OpenKeyring(sealed, id.Ages())
		ts.Check(err)
		for _, s := range k.Views {
			secrets++
			if _, err := seal.OpenPage(s, file); !errors.Is(err, seal.ErrWrongKey) {
				ts.Fatalf("a view secret of %s: %v", ref, err)
			}
		}
		for _, key := range k.Keys {
			keys++
			if opens(key, file) {
				ts.Fatalf("a key of %s opens it", ref)
			}
		}
		for _, old := range k.Versions {
			if opens(old.Key, file) {
				ts.Fatalf("an older key of %s opens it", ref)
			}
		}
	}
	if secrets == 0 || keys == 0 {
		ts.Fatalf("nothing was tried")
	}
}

func opens(k seal.Key, file []byte) bool {
	_, err := seal.Open(k, file)
	return err == nil
}
