package gen

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/duplicate"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// keyrings are the units' keyrings as they are last.
type keyrings map[register.UnitID]*keyring

type keyring struct {
	ring    *seal.Keyring
	file    []byte            // ring, sealed
	readers []register.Handle // to whom

	tokens     *seal.Tokens
	tokensFile []byte // tokens, sealed to these recipients; nil: they changed
	sealedTo   []string
}

func newKeyring(u register.UnitID) *keyring {
	return &keyring{ring: &seal.Keyring{Unit: u, Keys: map[register.RecordID]seal.Key{}, Versions: map[seal.Version]seal.OldKey{}, Views: map[register.RecordID]string{}},
		tokens: seal.NewTokens(u, tokenSecret)}
}

// tokenSecret is the same in all registers of a benchmark.
var tokenSecret = seal.NewTokenSecret()

// know puts a record's tokens among the unit's.
func (k *keyring) know(m *record.Record) {
	var list []string
	for _, t := range duplicate.Tokens(duplicate.Of(m), tokenSecret) {
		list = append(list, string(t))
	}
	k.tokens.People[m.ID], k.tokensFile = strings.Join(list, " "), nil
}

// sealTokens seals the tokens anew where they, or who opens them, changed.
func (r *Register) sealTokens(k *keyring) error {
	to := r.state.Recipients(r.state.TokenReaders(r.day()))
	if k.tokensFile != nil && slices.Equal(to, k.sealedTo) {
		return nil
	}
	k.tokens.Serial, k.sealedTo = k.ring.Serial, to
	var err error
	k.tokensFile, err = seal.SealTokens(k.tokens, to)
	return err
}

// seal seals the keyring anew, and puts its keyring.yaml among the files.
func (r *Register) seal(k *keyring, files map[string][]byte) error {
	u := k.ring.Unit
	readers := r.state.Readers(u, r.day())
	k.ring.Serial++
	joining, err := r.joining(k, readers)
	if err != nil {
		return err
	}
	k.readers = readers
	if k.file, err = seal.SealKeyring(k.ring, r.state.Recipients(readers)); err != nil {
		return err
	}
	if err := r.sealTokens(k); err != nil {
		return err
	}
	f := &access.KeyringFile{Unit: u, Serial: k.ring.Serial, SHA256: digest(k.file), Tokens: digest(k.tokensFile), Joining: joining, Readers: readers}
	files[register.Path{Kind: register.Keyring, Unit: u}.String()] = f.Encode()
	return nil
}

// joining gives the keyring, which is about to be sealed to readers, another joining
// identity when the one that it has is too old or somebody loses it, as package desk
// does, and returns its recipient; "" under policies without pages.yaml.
func (r *Register) joining(k *keyring, readers []register.Handle) (string, error) {
	g := r.state.Policy.Pages
	if g == nil {
		return "", nil
	}
	k.ring.DropJoining(r.day(), false)
	left := slices.ContainsFunc(k.readers, func(h register.Handle) bool { return !slices.Contains(readers, h) })
	if left || k.ring.Joining == "" || k.ring.Made.Add(g.Rotate) < r.day() {
		if err := k.ring.RenewJoining(r.day(), r.day().Add(g.Keep)); err != nil {
			return "", err
		}
	}
	return k.ring.JoiningRecipient()
}

// keyringCommit is the parentless commit that a keyring's ref names.
func (r *Register) keyringCommit(b *gitstore.Builder, k *keyring) (gitstore.ID, error) {
	tree, err := write(b, gitstore.ZeroID, map[string][]byte{"keyring.age": k.file, "tokens.age": k.tokensFile})
	if err != nil {
		return gitstore.ZeroID, err
	}
	return b.Commit(r.spec(r.Secretary, tree, nil, register.KeyringMessage(k.ring.Unit, k.ring.Serial)))
}
