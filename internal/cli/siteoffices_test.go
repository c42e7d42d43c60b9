package cli

import (
	"errors"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/seal"
)

// officeOpened opens an office's page with an actor's identity into the file opened:
// office kari out/office/asker/chair.age.
func officeOpened(ts *testscript.TestScript, neg bool, args []string) {
	id, err := identity.Load(ts.MkAbs(args[0]+".key"), nil)
	ts.Check(err)
	file, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	text, err := seal.OpenOffice(file, id.Ages())
	switch {
	case neg && !errors.Is(err, seal.ErrNotReader):
		ts.Fatalf("opened, or damaged: %v", err)
	case !neg:
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs("opened"), append(text, '\n'), 0o600))
	}
}
