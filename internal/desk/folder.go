package desk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Where an organisation keeps its keyrings outside git, they lie in a folder on
// a share (organisation.yaml, keyrings: folder), as <unit>.<digest>.age. A new
// keyring is written beside the old one, main is pushed, and then what main does
// not name is deleted; the next command finishes an interrupted deletion.

// keyringFolder returns the folder, or "" where keyrings are refs.
func (d *Desk) keyringFolder() string {
	if d.state == nil || d.state.Policy == nil {
		return ""
	}
	return FolderOf(d.dir, d.state.Policy.Organisation.Keyrings.Folder)
}

// FolderOf returns where a register's keyring folder lies on this machine: a
// relative path is relative to the register.
func FolderOf(dir, folder string) string {
	if folder == "" || filepath.IsAbs(folder) {
		return folder
	}
	return filepath.Join(dir, filepath.FromSlash(folder))
}

func folderPath(dir string, u register.UnitID, digest string) string {
	return filepath.Join(dir, sealedName(u, digest))
}

func (d *Desk) pushFolder(ctx context.Context, a *act, dir string, head gitstore.ID, sealed []sealedKeyring) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write keyrings: %w", err)
	}
	// Another's keyrings, written but not yet named by main, must not be swept.
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, ".lock")).Lock()
	if err != nil {
		return fmt.Errorf("lock the keyring folder: %w", err)
	}
	defer unlock()
	after := d.keyringFiles()
	for _, s := range sealed {
		if err := writeFile(folderPath(dir, s.unit, s.file.SHA256), s.bytes); err != nil {
			return fmt.Errorf("write keyrings: %w", err)
		}
		if s.tokens != nil {
			if err := writeFile(folderPath(dir, s.unit, s.file.Tokens), s.tokens); err != nil {
				return fmt.Errorf("write keyrings: %w", err)
			}
		}
		after[s.unit] = s.file
	}
	if d.local.remote != "" {
		remote, err := d.server()
		if err != nil {
			return err
		}
		ups := []gitstore.RefUpdate{{Name: register.Main, Old: d.head, New: head}}
		for ref, id := range a.drop {
			ups = append(ups, gitstore.RefUpdate{Name: ref, Old: id})
		}
		if err := d.pushAll(ctx, remote, a, gitstore.NewMemory(), ups); err != nil {
			return err
		}
	}
	return sweepFolder(dir, namesOf(after))
}

// sweepFolder deletes keyrings and tokens that main does not name. The lock is held.
func sweepFolder(dir string, named map[string]bool) error {
	es, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range es {
		if !strings.HasSuffix(e.Name(), ".age") || strings.HasPrefix(e.Name(), ".") || named[e.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("delete a replaced keyring: %w", err)
		}
	}
	return nil
}

// finishDeletion deletes what an interrupted command left in the folder. It does
// so only while main is what this copy has: a keyring that a newer main names
// would look replaced.
func (d *Desk) finishDeletion(ctx context.Context) error {
	dir := d.keyringFolder()
	if dir == "" || !d.Secretary() {
		return nil
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, ".lock")).Lock()
	if err != nil {
		return fmt.Errorf("lock the keyring folder: %w", err)
	}
	defer unlock()
	if d.local.remote != "" {
		remote, err := d.server()
		if err != nil {
			return err
		}
		if refs, err := remote.Refs(ctx); err != nil || refs[register.Main] != d.head {
			return nil // the server does not answer, or has more: the next sync
		}
	}
	return sweepFolder(dir, d.named())
}

// keyringFiles returns what main says of each unit's keyring.
func (d *Desk) keyringFiles() map[register.UnitID]*access.KeyringFile {
	out := map[register.UnitID]*access.KeyringFile{}
	if d.state == nil {
		return out
	}
	for u, st := range d.state.Units {
		if st.Keyring != nil {
			out[u] = st.Keyring
		}
	}
	return out
}

// named returns the file names of the keyrings and tokens that main names.
func (d *Desk) named() map[string]bool { return namesOf(d.keyringFiles()) }

func namesOf(ks map[register.UnitID]*access.KeyringFile) map[string]bool {
	out := map[string]bool{}
	for u, k := range ks {
		out[sealedName(u, k.SHA256)] = true
		if k.Tokens != "" {
			out[sealedName(u, k.Tokens)] = true
		}
	}
	return out
}
