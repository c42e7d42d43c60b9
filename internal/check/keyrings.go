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

// keyringName and tokensName are the files in the tree of a keyring's commit. The
// second may be missing.
const (
	keyringName = "keyring.age"
	tokensName  = "tokens.age"
)

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
	last *keyringCommit // that was read
}

// keyringCommit is what a keyring's ref holds.
type keyringCommit struct {
	id           gitstore.ID
	ring, tokens []byte // nil: it has none
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

func (k *refKeyrings) Sealed(unit register.UnitID) ([]byte, bool, error) {
	c, err := k.commit(unit)
	if err != nil || c == nil {
		return nil, false, err
	}
	return c.ring, true, nil
}

func (k *refKeyrings) Tokens(unit register.UnitID) ([]byte, bool, error) {
	c, err := k.commit(unit)
	if err != nil || c == nil || c.tokens == nil {
		return nil, false, err
	}
	return c.tokens, true, nil
}

// commit reads a keyring's commit: no parents, a generated message, a handle for
// an author, a good signature and no other header, the keyring, and tokens beside
// it or nothing. Anything else there would be in clear and for anybody to read.
// What binds the files to main are their digests.
func (k *refKeyrings) commit(unit register.UnitID) (*keyringCommit, error) {
	ref := register.KeyringRef(unit)
	refs, err := k.refs()
	if err != nil {
		return nil, err
	}
	id, ok := refs[ref]
	if !ok {
		return nil, nil
	}
	if k.last != nil && k.last.id == id {
		return k.last, nil
	}
	bad := func(format string, args ...any) (*keyringCommit, error) {
		return nil, &KeyringError{ref, fmt.Sprintf(format, args...)}
	}
	c, err := gitstore.ReadCommit(k.repo, id)
	if errors.Is(err, gitstore.ErrMalformedCommit) {
		return bad("malformed commit")
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", ref, err)
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
		return nil, fmt.Errorf("read %s: %w", ref, err)
	}
	out := &keyringCommit{id: id}
	for i, f := range []struct {
		name  string
		limit int64
		to    *[]byte
	}{{keyringName, seal.KeyringLimit, &out.ring}, {tokensName, seal.TokensLimit, &out.tokens}} {
		if i >= len(es) && i > 0 {
			break
		}
		if i >= len(es) || len(es) > 2 || es[i].Name != f.name || es[i].Mode != gitstore.ModeFile {
			return bad("its commit holds something other than one file %s, and %s beside it", keyringName, tokensName)
		}
		*f.to, err = k.repo.Blob(es[i].ID, f.limit)
		if errors.Is(err, gitstore.ErrTooLarge) {
			return bad("file larger than %d bytes", f.limit)
		} else if err != nil {
			return nil, fmt.Errorf("read %s: %w", ref, err)
		}
	}
	k.last = out
	return out, nil
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

// names returns the file names of a unit's keyring and of its tokens, "" where it
// has none.
func (k *folderKeyrings) names(u register.UnitID) (ring, tokens string) {
	st := k.state.Units[u]
	if st == nil || st.Keyring == nil {
		return "", ""
	}
	if d := st.Keyring.Tokens; d != "" {
		tokens = string(u) + "." + d + ".age"
	}
	return string(u) + "." + st.Keyring.SHA256 + ".age", tokens
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
		if ring, tokens := k.names(u); err != nil || e.Name() != ring && e.Name() != tokens {
			u = ""
		}
		out[e.Name()] = u
	}
	return out, nil
}

func (k *folderKeyrings) Sealed(unit register.UnitID) ([]byte, bool, error) {
	ring, _ := k.names(unit)
	return k.read(unit, ring, seal.KeyringLimit)
}

func (k *folderKeyrings) Tokens(unit register.UnitID) ([]byte, bool, error) {
	_, tokens := k.names(unit)
	return k.read(unit, tokens, seal.TokensLimit)
}

func (k *folderKeyrings) read(unit register.UnitID, name string, limit int64) ([]byte, bool, error) {
	if name == "" {
		return nil, false, nil
	}
	f, err := os.Open(filepath.Join(k.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, fmt.Errorf("read keyring of %q: %w", unit, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, false, fmt.Errorf("read keyring of %q: %w", unit, err)
	}
	if int64(len(b)) > limit {
		return nil, false, &KeyringError{name, fmt.Sprintf("file larger than %d bytes", limit)}
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
