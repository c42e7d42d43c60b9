package desk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// RecoverOptions say how a register is made of another one that nobody can sign for any
// more.
type RecoverOptions struct {
	InitOptions              // of the new register; Files stand in place of the old one's
	Old         string       // a copy of the old register, or a mirror
	Keyrings    string       // a folder with its sealed keyrings; "": they lie in the copy
	Recovery    age.Identity // of the old register's paper
	Genesis     string       // what the old register must begin with
}

// Recovered is a register that was made of another.
type Recovered struct {
	*InitResult
	Records, Closed, Erased int
	Held                    []*access.Grant // the access that officers had; they have none now
	Left                    []register.Kind // kinds of files that stay in the old register
}

// ErrGenesis says that nobody has said what the old register must begin with.
var ErrGenesis = errors.New("say what the old register must begin with")

// ErrPaper says that a recovery secret is not the one that the register was sealed to
// last.
var ErrPaper = errors.New("the recovery secret does not open the keyring")

// ErrNoKeyrings says that a copy lacks sealed keyrings.
var ErrNoKeyrings = errors.New("a sealed keyring is not in this copy")

// WrongGenesisError says that a register begins with another commit than it must.
type WrongGenesisError struct{ Have string }

func (e *WrongGenesisError) Error() string {
	return "the register begins with " + e.Have + ", not with what you were given"
}

// Recover makes a new register, with a first commit and a recovery paper of its own, of
// what main of an old one holds and the old paper opens: policies and site, open and
// closed records under the same ids and fresh keys, the books of dues, the secrets of
// members' own pages, tombstones, and the files of officers who are not of the secretariat. They hold no
// office. Nothing is pushed before all is made and checked.
func Recover(ctx context.Context, o RecoverOptions) (*Recovered, error) {
	old, err := Look(o.Old, o.Now)
	if err != nil {
		return nil, err
	}
	defer old.Close()
	if old.state == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoRegister, o.Old)
	}
	if err := old.sound(o.Genesis); err != nil {
		return nil, err
	}
	c := &carrier{old: old, o: &o, out: &Recovered{}, files: map[string][]byte{}, keyrings: map[register.UnitID]*seal.Keyring{}}
	for _, u := range old.state.Policy.Units {
		if err := c.unit(u.ID); err != nil {
			return nil, fmt.Errorf("unit %q: %w", u.ID, err)
		}
	}
	if err := c.clear(); err != nil {
		return nil, err
	}
	c.officers()
	o.InitOptions.Files, o.carried = c.first, c
	if c.out.InitResult, err = Init(ctx, o.InitOptions); err != nil {
		return nil, err
	}
	return c.out, nil
}

// sound verifies the old register from its first commit, as far as that needs no key.
func (d *Desk) sound(genesis string) error {
	chain, err := d.firstParents()
	if err != nil {
		return err
	}
	if dir := filepath.Join(d.repo.Dir(), "medlem"); genesis == "" && exists(filepath.Join(dir, "state.yaml")) {
		l, err := openLocal(dir)
		if err != nil {
			return err
		}
		genesis = l.genesis.String()
	}
	switch first := chain[0].ID.String(); {
	case genesis == "":
		return fmt.Errorf("%w: this copy begins with %s", ErrGenesis, first)
	case first != genesis:
		return &WrongGenesisError{first}
	}
	rep, err := check.Verify(d.repo, d.loader, gitstore.ZeroID, d.head, check.Options{Now: d.now(), Day: d.Today()})
	if err != nil {
		return err
	}
	if len(rep.Findings) > 0 {
		return &FindingsError{"the old register breaks its own rules", rep}
	}
	return nil
}

// carrier takes what one register holds to another.
type carrier struct {
	old      *Desk
	o        *RecoverOptions
	out      *Recovered
	first    map[string][]byte // policies, site, workflows: what a register begins with
	files    map[string][]byte
	keyrings map[register.UnitID]*seal.Keyring
}

// unit takes a unit's records over, under fresh keys.
func (c *carrier) unit(u register.UnitID) error {
	st := c.old.state.Units[u]
	if st == nil || st.Keyring == nil {
		return nil
	}
	was, err := c.keyring(u, st.Keyring)
	if err != nil {
		return err
	}
	k := newKeyring(u)
	c.keyrings[u] = k
	ms, err := c.old.unitMembers(u, was, true)
	if err != nil {
		return err
	}
	for _, m := range ms {
		if err := c.carry(m.Path, m.blob, was, k, seal.RecordLimit, seal.Open, seal.Seal); err != nil {
			return err
		}
		if v := was.Views[m.Path.ID]; v != "" {
			k.Views[m.Path.ID] = v // her letter goes on opening her page
		}
		if m.Path.Kind == register.Closed {
			c.out.Closed++
		} else {
			c.out.Records++
		}
	}
	err = c.old.walk(c.old.tree, "data/"+string(u)+"/activities", func(p register.Path, e gitstore.Entry) error {
		return c.carry(p, e.ID, was, k, seal.RecordLimit, seal.Open, seal.Seal)
	})
	if err != nil {
		return err
	}
	// The books of dues name claims by what stands in the records: without them nobody could
	// book a payment of a claim that was made before.
	err = c.old.walk(c.old.tree, "data/"+string(u)+"/dues", func(p register.Path, e gitstore.Entry) error {
		return c.carry(p, e.ID, was, k, seal.EvidenceLimit, seal.OpenEvidence, seal.SealEvidence)
	})
	if err != nil {
		return err
	}
	return c.agreement(u, was, k)
}

// carry seals a file under a fresh key.
func (c *carrier) carry(p register.Path, blob gitstore.ID, was, k *seal.Keyring, limit int64, open, close func(seal.Key, []byte) ([]byte, error)) error {
	file, err := c.old.repo.Blob(blob, limit)
	if err != nil {
		return err
	}
	key := seal.NewKey()
	if c.files[p.String()], err = resealed(was.Keys[p.ID], key, file, open, close); err != nil {
		return fmt.Errorf("open %s: %w", p.ID, err)
	}
	k.Keys[p.ID] = key
	return nil
}

// agreement takes over the processor agreement that the policy names, by its digest: as
// it is.
func (c *carrier) agreement(u register.UnitID, was, k *seal.Keyring) error {
	unit, _ := c.old.state.Policy.Unit(u)
	id, _, ok := strings.Cut(unit.Agreement, " ")
	if !ok {
		return nil
	}
	p := register.Path{Kind: register.Evidence, Unit: u, ID: register.RecordID(id)}
	e, ok, err := gitstore.Find(c.old.repo, c.old.tree, p.String())
	if err != nil || !ok {
		return err
	}
	c.files[p.String()], err = c.old.repo.Blob(e.ID, seal.EvidenceLimit)
	k.Keys[p.ID] = was.Keys[p.ID]
	return err
}

// keyring opens a unit's keyring of the old register with its paper.
func (c *carrier) keyring(u register.UnitID, main *access.KeyringFile) (*seal.Keyring, error) {
	file, err := c.sealedKeyring(u, main.SHA256)
	if err != nil {
		return nil, err
	}
	if digestOf(file) != main.SHA256 {
		return nil, errors.New("the keyring that lies there is not the one that main names")
	}
	k, err := seal.OpenKeyring(file, []age.Identity{c.o.Recovery})
	if errors.Is(err, seal.ErrNotReader) {
		return nil, ErrPaper
	} else if err != nil {
		return nil, fmt.Errorf("open the keyring with the recovery secret: %w", err)
	}
	if k.Unit != u || k.Serial != main.Serial {
		return nil, errors.New("the keyring says that it is another's, or another version's")
	}
	return k, nil
}

// sealedKeyring finds a keyring: in the folder that was named, at its ref, or among
// those that an officer's copy keeps.
func (c *carrier) sealedKeyring(u register.UnitID, digest string) ([]byte, error) {
	name := string(u) + "." + digest + ".age"
	for _, dir := range []string{c.o.Keyrings, filepath.Join(c.old.repo.Dir(), "medlem", "keyrings")} {
		if dir == "" {
			continue
		}
		file, ok, err := readKeyring(filepath.Join(dir, name), digest)
		if err != nil || ok {
			return file, err
		}
	}
	file, ok, err := check.RefKeyrings(c.old.repo).Sealed(u)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoKeyrings
	}
	return file, nil
}

// clear takes over what is in clear and still means something: the policy, the site,
// and who was erased.
func (c *carrier) clear() error {
	given := c.o.Files
	c.first = map[string][]byte{}
	left := map[register.Kind]bool{}
	err := gitstore.Walk(c.old.repo, c.old.tree, "", func(path string, e gitstore.Entry) error {
		p, err := register.ParsePath(path)
		if err != nil {
			p = register.Path{} // beside the register
		}
		into := c.first
		switch p.Kind {
		case register.Unknown, register.Policy, register.Site, register.Workflow:
		case register.Tombstone, register.Receipt:
			into = c.files
			if p.Kind == register.Tombstone {
				c.out.Erased++
			}
		case register.Keyring, register.Member, register.Closed, register.Activity, register.Ledger, register.Officer, register.RecoveryFile, register.Grant:
			return nil
		default:
			left[p.Kind] = true
			return nil
		}
		if p.Kind == register.Policy && given != nil && strings.Count(path, "/") == 1 {
			return nil
		}
		b, err := c.old.repo.Blob(e.ID, gitstore.ObjectLimit)
		into[path] = b
		return err
	})
	for path, b := range given {
		c.first[path] = b
	}
	for kind := range left {
		c.out.Left = append(c.out.Left, kind)
	}
	slices.Sort(c.out.Left)
	return err
}

// officers takes over the files of those who had access and were not of the secretariat,
// whose identities are lost: whoever is granted access again need not be asked for hers.
func (c *carrier) officers() {
	s, today := c.old.state, c.old.Today()
	for _, u := range s.Units {
		for h, g := range u.Grants {
			if last := g.Last(); last != "" && last < today {
				continue
			}
			c.out.Held = append(c.out.Held, g)
			if o, ok := s.Policy.Office(g.Office); s.Officers[h] != nil && ok && !o.Can(policy.ActMerge) && !s.MayMerge(h, today) {
				c.files[register.Path{Kind: register.Officer, Handle: h}.String()] = s.Officers[h].Encode()
			}
		}
	}
	slices.SortFunc(c.out.Held, func(a, b *access.Grant) int {
		return strings.Compare(string(a.Unit)+" "+string(a.Handle), string(b.Unit)+" "+string(b.Handle))
	})
}

// into puts all of it into the act that begins the new register.
func (c *carrier) into(a *act) {
	for path, b := range c.files {
		a.files[path] = b
	}
	a.keyrings = c.keyrings
}

// checked judges the new register as a whole, before anything of it is pushed.
func (d *Desk) checked(a *act) error {
	rep, err := check.All(d.repo, d.loader, a.head, check.Options{Now: d.now(), Day: d.Today()})
	if err != nil {
		return err
	}
	if len(rep.Findings) > 0 {
		return &FindingsError{"the new register would break its own rules", rep}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
