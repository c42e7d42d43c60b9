package gen

import (
	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// keyrings are the units' keyrings as they are last.
type keyrings map[register.UnitID]*keyring

type keyring struct {
	ring *seal.Keyring
	file []byte // ring, sealed
}

func newKeyring(u register.UnitID) *keyring {
	return &keyring{ring: &seal.Keyring{Unit: u, Keys: map[register.RecordID]seal.Key{}, Versions: map[seal.Version]seal.OldKey{}, Views: map[register.RecordID]string{}}}
}

// seal seals the keyring anew, and puts its keyring.yaml among the files.
func (r *Register) seal(k *keyring, files map[string][]byte) error {
	u := k.ring.Unit
	readers := r.state.Readers(u, r.day())
	k.ring.Serial++
	var err error
	if k.file, err = seal.SealKeyring(k.ring, r.state.Recipients(readers)); err != nil {
		return err
	}
	f := &access.KeyringFile{Unit: u, Serial: k.ring.Serial, SHA256: digest(k.file), Readers: readers}
	files[register.Path{Kind: register.Keyring, Unit: u}.String()] = f.Encode()
	return nil
}

// keyringCommit is the parentless commit that a keyring's ref names.
func (r *Register) keyringCommit(b *gitstore.Builder, k *keyring) (gitstore.ID, error) {
	tree, err := write(b, gitstore.ZeroID, map[string][]byte{"keyring.age": k.file})
	if err != nil {
		return gitstore.ZeroID, err
	}
	return b.Commit(r.spec(r.Secretary, tree, nil, register.KeyringMessage(k.ring.Unit, k.ring.Serial)))
}
