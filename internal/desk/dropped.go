package desk

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// What an officer drops (a draft that she undid, a proposal that was refused, one that an
// erasure took away) is no longer at any ref, and git would keep it for weeks. It is
// sealed, but the envelope with its key lies beside it, sealed to her. So each sync
// deletes the sealed files that only dropped commits have brought: after an erasure no
// copy that has synchronised holds a draft of the record.
//
//	.git/medlem/heads.yaml   the commits that refs named since the last time

const headsFile = "heads.yaml"

// headsKept is how many commits are remembered between two syncs; the oldest give way.
const headsKept = 2000

// ownHeads are the commits that this copy's own refs name now.
func (d *Desk) ownHeads() ([]string, error) {
	refs, err := d.repo.Refs("refs/medlem/")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, id := range refs {
		out = append(out, id.String())
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// rememberedHeads are those that were named since the last sync.
func (l *local) rememberedHeads() ([]string, error) {
	b, err := os.ReadFile(filepath.Join(l.dir, headsFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := parseHeads(b)
	if err != nil {
		return nil, nil // it is written anew; what it named stays until git's own clean-up
	}
	return list, nil
}

func parseHeads(b []byte) ([]string, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	list, _, err := f.List("heads", false)
	return list, err
}

func (l *local) rememberHeads(heads []string) error {
	f := register.NewFlat()
	f.SetList("heads", heads[max(0, len(heads)-headsKept):])
	return writeFile(filepath.Join(l.dir, headsFile), f.Encode())
}

// noteHeads remembers, at the end of a command, the commits that refs name.
func (d *Desk) noteHeads() error {
	if d.local == nil || d.local.dir == "" {
		return nil
	}
	was, err := d.local.rememberedHeads()
	if err != nil {
		was = nil
	}
	now, err := d.ownHeads()
	if err != nil {
		return err
	}
	now = slices.DeleteFunc(now, func(id string) bool { return slices.Contains(was, id) })
	if len(now) == 0 {
		return nil
	}
	return d.local.rememberHeads(append(was, now...))
}

// forgetDropped deletes the sealed files of commits that no ref names any more.
func (d *Desk) forgetDropped() error {
	was, err := d.local.rememberedHeads()
	if err != nil || len(was) == 0 {
		return err
	}
	now, err := d.ownHeads()
	if err != nil {
		return err
	}
	var gone []gitstore.ID
	for _, s := range was {
		if id, err := gitstore.ParseID(s); err == nil && !slices.Contains(now, s) {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	_, err = d.repo.Forget(gone, sealedPath)
	if damaged(err) {
		// What a damaged one brought cannot be told: the others are seen to, and this one
		// is tried again.
		for _, id := range gone {
			if _, err = d.repo.Forget([]gitstore.ID{id}, sealedPath); damaged(err) {
				now, err = append(now, id.String()), nil
			}
			if err != nil {
				break
			}
		}
	}
	if err != nil {
		return err
	}
	return d.local.rememberHeads(now)
}

// damaged tells whether an object of this copy is missing, or not what it was.
func damaged(err error) bool {
	return errors.Is(err, gitstore.ErrCorrupt) || errors.Is(err, gitstore.ErrNotFound)
}

// sealedPath tells whether a path is of a file that somebody's key opens.
func sealedPath(path string) bool {
	if !strings.HasPrefix(path, "data/") {
		return false
	}
	p, err := register.ParsePath(path)
	return err == nil && (p.Kind.Sealed() || p.Kind == register.Envelope)
}
