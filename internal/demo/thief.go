package demo

import (
	"errors"
	"slices"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// thief tries every identity that is left on every keyring of a stolen copy, and
// what they give on the erased member's file. It also counts how many members
// her branch's present keyring still opens.
func thief(p *play, stolen, member string, all []Officer) (opened bool, neighbours int, err error) {
	if p.err != nil {
		return false, 0, p.err
	}
	var ids []age.Identity
	for _, o := range all {
		id, err := identity.Load(p.at(o.Who+".key"), func() ([]byte, error) { return nil, errors.New("it is plain") })
		if err != nil {
			return false, 0, err
		}
		ids = append(ids, id.Ages()...)
	}
	stolenKeys, file, _, err := loot(stolen, register.RecordID(member), ids)
	if err != nil {
		return false, 0, err
	}
	if file == nil {
		return false, 0, errors.New("the stolen copy should hold the member's file")
	}
	for _, k := range stolenKeys {
		if _, err := seal.Open(k, file); err == nil {
			opened = true
		}
	}
	_, _, n, err := loot(p.host, register.RecordID(member), ids)
	return opened, n, err
}

// loot takes every record key out of the keyrings of a repository that the
// identities open, the file of one member, and the number of Asker's members
// whose files open.
func loot(dir string, member register.RecordID, ids []age.Identity) (keys []seal.Key, file []byte, open int, err error) {
	repo, err := gitstore.Open(dir)
	if err != nil {
		return nil, nil, 0, err
	}
	defer repo.Close()
	refs, err := repo.Refs(register.KeyringRefs)
	if err != nil {
		return nil, nil, 0, err
	}
	byID := map[register.RecordID]seal.Key{}
	for _, ref := range refs {
		c, err := gitstore.ReadCommit(repo, ref)
		if err != nil {
			return nil, nil, 0, err
		}
		e, ok, err := gitstore.Find(repo, c.Tree, "keyring.age")
		if err != nil || !ok {
			return nil, nil, 0, errors.Join(err, errors.New("a keyring ref without keyring.age"))
		}
		sealed, err := repo.Blob(e.ID, seal.KeyringLimit)
		if err != nil {
			return nil, nil, 0, err
		}
		k, err := seal.OpenKeyring(sealed, ids)
		if err != nil {
			continue // that is the point
		}
		for id, key := range k.Keys {
			byID[id] = key
			keys = append(keys, key)
		}
		for _, v := range k.Versions {
			keys = append(keys, v.Key)
		}
	}
	head, _, err := repo.Ref(register.Main)
	if err != nil {
		return nil, nil, 0, err
	}
	main, err := gitstore.ReadCommit(repo, head)
	if err != nil {
		return nil, nil, 0, err
	}
	err = gitstore.Walk(repo, main.Tree, "data/asker/members", func(path string, e gitstore.Entry) error {
		q, err := register.ParsePath(path)
		if err != nil {
			return err
		}
		b, err := repo.Blob(e.ID, seal.RecordLimit)
		if err != nil {
			return err
		}
		if q.ID == member {
			file = slices.Clone(b)
		}
		if _, err := seal.Open(byID[q.ID], b); err == nil {
			open++
		}
		return nil
	})
	return keys, file, open, err
}
