package desk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
)

// Where keyrings lie in a folder on a share, the folder holds exactly what main
// names after each act, and the next command finishes a deletion that was
// interrupted.
func TestKeyringFolder(t *testing.T) {
	share := filepath.Join(t.TempDir(), "share")
	o := newOffice(t, "\nkeyrings:\n  folder: "+share+"\n")
	o.join("kari", "asker", "member-officer")
	id := o.one("Åse", "Kvåle")
	files := func() (names []string) {
		es, err := os.ReadDir(share)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range es {
			if strings.HasSuffix(e.Name(), ".age") {
				names = append(names, e.Name())
			}
		}
		return names
	}
	const kept = 2 * 8 // a keyring and tokens for each unit
	if n := len(files()); n != kept {
		t.Fatalf("%d files in the folder, want a keyring and tokens for each unit: %v", n, files())
	}
	if refs := o.git("for-each-ref", "refs/medlem"); refs != "" {
		t.Errorf("keyrings are refs too: %s", refs)
	}
	left := filepath.Join(share, "asker."+strings.Repeat("0", 64)+".age")
	if err := os.WriteFile(left, []byte("what a killed command did not delete"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.do("kari", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	if n := len(files()); n != kept+1 {
		t.Errorf("an officer who does not merge deleted a keyring")
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("the interrupted deletion was not finished: %v", err)
	}
	if o.field("kari", id, "family") != "Kvåle" {
		t.Error("kari does not read her unit from the folder")
	}
}
