package check

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// KeyringError says that what lies in the place of a sealed keyring is not one.
type KeyringError struct {
	Place string // the ref or the file name
	Msg   string
}

func (e *KeyringError) Error() string { return fmt.Sprintf("%s: %s", e.Place, e.Msg) }

// lister is what Keyrings offer that can say what they hold, so that keyrings
// of nobody are found.
type lister interface {
	// places returns the name of every place that may hold a keyring, with the
	// unit that it is of, "" where that cannot be told.
	places() (map[string]register.UnitID, error)
}

// keyringName is the one file in the tree of a keyring's commit.
const keyringName = "keyring.age"

// RefKeyrings returns the keyrings that the repository's refs hold: all of them,
// in a copy that fetches every ref. The refs are read when first asked for.
func RefKeyrings(repo *gitstore.Repo) Keyrings {
	return &refKeyrings{repo: repo, refs: sync.OnceValues(func() (map[string]gitstore.ID, error) {
		refs, err := repo.Refs(register.KeyringRefs)
		if err != nil {
			return nil, fmt.Errorf("list keyrings: %w", err)
		}
		return refs, nil
	})}
}

// KeyringsAt returns the keyrings of the given refs (full names). It is for a
// server's hook, which must judge refs that have not moved yet: lay the pushed
// ids over repo.Refs(register.KeyringRefs), deletions taken out.
func KeyringsAt(repo *gitstore.Repo, refs map[string]gitstore.ID) Keyrings {
	return &refKeyrings{repo: repo, refs: func() (map[string]gitstore.ID, error) { return refs, nil }}
}

type refKeyrings struct {
	repo *gitstore.Repo
	refs func() (map[string]gitstore.ID, error)
}

func (k *refKeyrings) Complete() bool { return true }

func (k *refKeyrings) places() (map[string]register.UnitID, error) {
	refs, err := k.refs()
	if err != nil {
		return nil, err
	}
	out := map[string]register.UnitID{}
	for name := range refs {
		if rest, ok := strings.CutPrefix(name, register.KeyringRefs); ok {
			u, err := register.ParseUnitID(rest)
			if err != nil {
				u = ""
			}
			out[name] = u
		}
	}
	return out, nil
}

// Sealed reads a keyring's commit: no parents, a generated message, a handle for
// an author, a good signature and no other header, and one file. Anything else
// there would be in clear and for anybody to read. What binds the keyring to main
// is its digest.
func (k *refKeyrings) Sealed(unit register.UnitID) ([]byte, bool, error) {
	ref := register.KeyringRef(unit)
	refs, err := k.refs()
	if err != nil {
		return nil, false, err
	}
	id, ok := refs[ref]
	if !ok {
		return nil, false, nil
	}
	bad := func(format string, args ...any) ([]byte, bool, error) {
		return nil, false, &KeyringError{ref, fmt.Sprintf(format, args...)}
	}
	c, err := gitstore.ReadCommit(k.repo, id)
	if errors.Is(err, gitstore.ErrMalformedCommit) {
		return bad("malformed commit")
	} else if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", ref, err)
	}
	m, err := parseMessage(c.Message)
	_, unsigned := sign.Verify(c.Raw)
	switch {
	case len(c.Parents) != 0:
		return bad("its commit has parents: older keyrings could never be forgotten")
	case err != nil || m.verb != verbKeyring || m.unit != unit:
		return bad("its commit has another message than a keyring's")
	case !plainAuthor(c):
		return bad("its commit names an author in another form than a handle")
	case unsigned != nil:
		return bad("its commit is not signed, or its signature is not good")
	case len(c.Extra) != 1:
		return bad("its commit has other headers than its signature")
	}
	es, err := gitstore.ReadTree(k.repo, c.Tree)
	if errors.Is(err, gitstore.ErrMalformedTree) {
		return bad("malformed tree")
	} else if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", ref, err)
	}
	if len(es) != 1 || es[0].Name != keyringName || es[0].Mode != gitstore.ModeFile {
		return bad("its commit holds something other than one file %s", keyringName)
	}
	file, err := k.repo.Blob(es[0].ID, seal.KeyringLimit)
	if errors.Is(err, gitstore.ErrTooLarge) {
		return bad("file larger than %d bytes", seal.KeyringLimit)
	} else if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", ref, err)
	}
	return file, true, nil
}

// FolderKeyrings returns the keyrings of a register that keeps them in a folder
// on a share (organisation.yaml, keyrings), as <unit>.<digest>.age: those that
// the state names.
func FolderKeyrings(dir string, s *access.State) Keyrings { return &folderKeyrings{dir, s} }

type folderKeyrings struct {
	dir   string
	state *access.State
}

func (k *folderKeyrings) Complete() bool { return true }

func (k *folderKeyrings) name(u register.UnitID) (string, bool) {
	st := k.state.Units[u]
	if st == nil || st.Keyring == nil {
		return "", false
	}
	return string(u) + "." + st.Keyring.SHA256 + ".age", true
}

// places leaves out what is named by main: those are Sealed's. Names that begin
// with a dot are locks and files being written.
func (k *folderKeyrings) places() (map[string]register.UnitID, error) {
	es, err := os.ReadDir(k.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("list keyrings: %w", err)
	}
	out := map[string]register.UnitID{}
	for _, e := range es {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		unit, _, _ := strings.Cut(e.Name(), ".")
		u, err := register.ParseUnitID(unit)
		if name, ok := k.name(u); err != nil || !ok || name != e.Name() {
			u = ""
		}
		out[e.Name()] = u
	}
	return out, nil
}

func (k *folderKeyrings) Sealed(unit register.UnitID) ([]byte, bool, error) {
	name, ok := k.name(unit)
	if !ok {
		return nil, false, nil
	}
	f, err := os.Open(filepath.Join(k.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, fmt.Errorf("read keyring of %q: %w", unit, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, seal.KeyringLimit+1))
	if err != nil {
		return nil, false, fmt.Errorf("read keyring of %q: %w", unit, err)
	}
	if len(b) > seal.KeyringLimit {
		return nil, false, &KeyringError{name, fmt.Sprintf("file larger than %d bytes", seal.KeyringLimit)}
	}
	return b, true, nil
}

// sortedKeys returns the keys of a map in order, so that reports are stable.
func sortedKeys[K ~string, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
