package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// newerCopy is something that knows of erasures which a backup may not know.
type newerCopy struct {
	name   string
	main   gitstore.ID // zero: a list of erasures
	asOf   gitstore.ID // of a list: the main that it is of
	erased []access.ErasedRecord
	units  []access.ErasedUnit // of a list
	rings  func(u register.UnitID, digest string) ([]byte, bool, error)
}

// newer brings the main of a newer copy into the scratch repository and verifies it from
// its first commit, or reads a list of erasures.
func (x *restoring) newer(ctx context.Context, name string) (*newerCopy, error) {
	st, err := os.Stat(name)
	switch {
	case err == nil && st.Mode().IsRegular():
		return x.list(name)
	case err == nil:
		return x.local(ctx, name)
	}
	remote, err := gitstore.NewRemote(name)
	if err != nil {
		return nil, err
	}
	refs, err := remote.Fetch(ctx, x.scratch, func(refs map[string]gitstore.ID) []gitstore.ID {
		var out []gitstore.ID
		for ref, id := range refs {
			if ref == register.Main || isKeyringRef(ref) {
				out = append(out, id)
			}
		}
		return out
	}, nil)
	if err != nil {
		return nil, err
	}
	return x.copyAt(name, refs[register.Main], ringsOf(x.scratch, refs, ""))
}

func isKeyringRef(ref string) bool {
	return len(ref) > len(register.KeyringRefs) && ref[:len(register.KeyringRefs)] == register.KeyringRefs
}

// local reads a clone, a mirror or an officer's copy on this machine.
func (x *restoring) local(ctx context.Context, dir string) (*newerCopy, error) {
	repo, err := gitstore.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	x.close = append(x.close, repo)
	main, ok, err := repo.Ref(register.Main)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if !ok {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoRegister)
	}
	if err := copyObjects(ctx, x.scratch, repo, map[string]gitstore.ID{register.Main: main}); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	refs, err := repo.Refs(register.KeyringRefs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return x.copyAt(dir, main, ringsOf(repo, refs, filepath.Join(repo.Dir(), "medlem", "keyrings")))
}

// ringsOf finds a sealed file by its digest, at the refs or in the folder of a copy.
func ringsOf(r gitstore.Reader, refs map[string]gitstore.ID, folder string) func(register.UnitID, string) ([]byte, bool, error) {
	return func(u register.UnitID, digest string) ([]byte, bool, error) {
		if id, ok := refs[register.KeyringRef(u)]; ok {
			files, err := keyringFiles(r, id)
			if err != nil {
				return nil, false, err
			}
			for _, b := range files {
				if digestOf(b) == digest {
					return b, true, nil
				}
			}
		}
		if folder == "" {
			return nil, false, nil
		}
		return readKeyring(filepath.Join(folder, sealedName(u, digest)), digest)
	}
}

// copyObjects brings what the refs reach from one repository into another.
func copyObjects(ctx context.Context, to *gitstore.Repo, from gitstore.Reader, refs map[string]gitstore.ID) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(gitstore.WriteBundle(ctx, w, from, refs)) }()
	_, err := to.Unbundle(ctx, r)
	r.Close()
	return err
}

// copyAt verifies a copy's main and reads its erasures.
func (x *restoring) copyAt(name string, main gitstore.ID, rings func(register.UnitID, string) ([]byte, bool, error)) (*newerCopy, error) {
	if main.IsZero() {
		return nil, fmt.Errorf("%s: %w", name, ErrNoRegister)
	}
	if err := x.verify(main); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	first, err := firstOf(x.scratch, main)
	if err != nil {
		return nil, err
	}
	if first != x.out.Genesis {
		return nil, fmt.Errorf("%s: %w", name, ErrOtherRegister)
	}
	c, err := gitstore.ReadCommit(x.scratch, main)
	if err != nil {
		return nil, err
	}
	erased, err := erasedIn(x.scratch, c.Tree)
	return &newerCopy{name: name, main: main, erased: erased, rings: rings}, err
}

// list reads a signed list of erasures. Its signer merged by the backup's own main, or
// by that of a newer copy that was named before it.
func (x *restoring) list(path string) (*newerCopy, error) {
	text, err := readAtMost(path, access.ErasureListLimit)
	if err != nil {
		return nil, err
	}
	l, err := access.ParseErasureList(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	sig, err := readAtMost(path+".sig", register.FlatLimit)
	if err != nil {
		return nil, err
	}
	key, err := sign.VerifyReceipt(text, sig)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if l.Genesis != x.out.Genesis.String() {
		return nil, fmt.Errorf("%s: %w", path, ErrOtherRegister)
	}
	mains := []gitstore.ID{x.out.Backup}
	for _, c := range x.copies {
		if !c.main.IsZero() {
			mains = append(mains, c.main)
		}
	}
	for _, id := range mains {
		s, err := x.stateOf(id)
		if err != nil {
			return nil, err
		}
		if h, ok := s.SignerOf(key.Marshal()); ok && h == l.By && slices.Contains(s.Secretariat(l.Issued), h) {
			asOf, err := gitstore.ParseID(l.Main)
			return &newerCopy{name: path, asOf: asOf, erased: l.Erased, units: l.Units}, err
		}
	}
	return nil, fmt.Errorf("%s: %w", path, ErrListSigner)
}

// ErrListSigner: a list of erasures is signed by nobody who merged.
var ErrListSigner = errors.New("the list of erasures is signed by nobody who was of the secretariat on its day")

func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s: larger than %d bytes", path, limit)
	}
	return b, err
}

func firstOf(r gitstore.Reader, head gitstore.ID) (gitstore.ID, error) {
	for {
		c, err := gitstore.ReadCommit(r, head)
		if err != nil || len(c.Parents) == 0 {
			return head, err
		}
		head = c.Parents[0]
	}
}
