package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// act is one commit of main in the making: an act of the secretariat.
type act struct {
	message  string
	merged   gitstore.ID                                          // second parent: a proposal
	files    map[string][]byte                                    // path → content; nil removes
	keyrings map[register.UnitID]*seal.Keyring                    // changed here, still with their old serial
	tokens   map[register.UnitID]*seal.Tokens                     // likewise
	drop     map[string]gitstore.ID                               // refs on the server that go in the same push
	before   func() error                                         // called when nothing but the push is left; may be nil
	also     func(*gitstore.Memory) ([]gitstore.RefUpdate, error) // makes refs that come in the same push; may be nil
	replaced map[register.UnitID]gitstore.ID                      // out: the keyring commits that were replaced
	site     SiteFate                                             // out: what became of the pages of members who left

	noSite bool        // the server has no published site
	head   gitstore.ID // of main, by whom and when: known once the commit is made
	handle register.Handle
	when   time.Time
}

func newAct(message string) *act {
	return &act{message: message, files: map[string][]byte{}, keyrings: map[register.UnitID]*seal.Keyring{}, tokens: map[register.UnitID]*seal.Tokens{}, drop: map[string]gitstore.ID{}}
}

// change returns the unit's keyring to change within the act.
func (d *Desk) change(a *act, u register.UnitID) (*seal.Keyring, error) {
	if k := a.keyrings[u]; k != nil {
		return k, nil
	}
	if st := d.state.Units[u]; st == nil || st.Keyring == nil {
		a.keyrings[u] = newKeyring(u)
		return a.keyrings[u], nil
	}
	k, err := d.keyring(u)
	if err != nil {
		return nil, err
	}
	a.keyrings[u] = k.Clone()
	return a.keyrings[u], nil
}

func newKeyring(u register.UnitID) *seal.Keyring {
	return &seal.Keyring{Unit: u, Keys: map[register.RecordID]seal.Key{}, Versions: map[seal.Version]seal.OldKey{}, Views: map[register.RecordID]string{}}
}

// commit makes the act's commit, together with every keyring change that it
// needs, checks it, and pushes main and the keyrings as one. When a ref of the
// server is not where this copy left it the error is a *gitstore.StaleError and
// nothing moved anywhere; where the clock cannot be right it is a *ClockError.
func (d *Desk) commit(ctx context.Context, a *act) error {
	if err := d.ClockStands(); err != nil {
		return err
	}
	b, err := d.repo.Begin()
	if err != nil {
		return err
	}
	defer b.Abort()
	when := d.now().UTC().Truncate(time.Second)
	var parents []gitstore.ID
	if !d.head.IsZero() {
		parent, err := gitstore.ReadCommit(d.repo, d.head)
		if err != nil {
			return err
		}
		if when.Before(parent.Committer.When) {
			when = parent.Committer.When.UTC() // dates never decrease; an hour's drift is another clock's
		}
		parents = append(parents, d.head)
	}
	if !a.merged.IsZero() {
		parents = append(parents, a.merged)
	}
	tree, err := d.writeFiles(b, d.tree, a.files)
	if err != nil {
		return err
	}
	next, err := d.loader.AtFrom(b, tree)
	if err != nil {
		return err
	}
	if next.Policy == nil {
		return problemError(next.Problems)
	}
	sealed, err := d.rewrap(a, next, register.DayOf(when))
	if err != nil {
		return err
	}
	files, err := d.resealRun(a, next, register.DayOf(when))
	if err != nil {
		return err
	}
	if len(sealed) > 0 || len(files) > 0 {
		if files == nil {
			files = map[string][]byte{}
		}
		for _, s := range sealed {
			files[register.Path{Kind: register.Keyring, Unit: s.unit}.String()] = s.file.Encode()
		}
		if tree, err = d.writeFiles(b, tree, files); err != nil {
			return err
		}
	}
	if tree == d.tree && a.merged.IsZero() {
		return ErrNothing
	}
	handle := d.id.Handle()
	if d.state != nil {
		if handle, err = d.me(); err != nil {
			return err
		}
	}
	head, err := b.Commit(d.spec(handle, tree, parents, when, a.message))
	if err != nil {
		return err
	}
	if err := b.Close(); err != nil {
		return err
	}
	rep, err := check.Direct(d.repo, d.loader, d.head, head, check.Options{Now: d.now(), Day: register.DayOf(when), Keyrings: sealedNow(sealed)})
	if err != nil {
		return err
	}
	if len(rep.Findings) > 0 {
		return &FindingsError{"this act would break the register's rules", rep}
	}
	return d.publish(ctx, a, FolderOf(d.dir, next.Policy.Organisation.Keyrings.Folder), head, handle, when, sealed)
}

func problemError(ps []access.Problem) error {
	if len(ps) == 0 {
		return errors.New("the policies cannot be read")
	}
	p := ps[0]
	return fmt.Errorf("%s:%d:%d: %s", p.Path, p.Line, p.Col, p.Msg)
}

func (d *Desk) writeFiles(b *gitstore.Builder, root gitstore.ID, files map[string][]byte) (gitstore.ID, error) {
	edits := make([]gitstore.Edit, 0, len(files))
	for path, content := range files {
		e := gitstore.Edit{Path: path}
		if content != nil {
			id, err := b.Blob(content)
			if err != nil {
				return root, err
			}
			e.ID = id
		}
		edits = append(edits, e)
	}
	return b.Tree(root, edits)
}

func (d *Desk) spec(h register.Handle, tree gitstore.ID, parents []gitstore.ID, when time.Time, message string) gitstore.CommitSpec {
	return gitstore.CommitSpec{Tree: tree, Parents: parents, Name: string(h), Email: h.Email(), When: when, Message: message,
		Sign: func(payload []byte) ([]byte, error) { return sign.Armor(payload, d.id.Signer()) }}
}

// sealedKeyring is one keyring as it goes out with an act, and the tokens beside it.
type sealedKeyring struct {
	unit    register.UnitID
	keyring *seal.Keyring
	file    *access.KeyringFile
	bytes   []byte
	tokens  []byte // nil: the unit has none
}

// rewrap seals anew each keyring that changed, whose readers changed, or whose
// readers have other recipients than before; all of them when they move into a
// folder or out of it, and when pages.yaml comes into force or goes.
func (d *Desk) rewrap(a *act, next *access.State, day register.Day) ([]sealedKeyring, error) {
	var out []sealedKeyring
	were, err := d.tokenRecipients()
	if err != nil {
		return nil, err
	}
	are := next.Recipients(next.TokenReaders(day))
	others := !slices.Equal(were, are)
	moved := d.state != nil && d.keyringFolder() != FolderOf(d.dir, next.Policy.Organisation.Keyrings.Folder)
	for _, u := range next.Policy.Organisation.Units {
		readers := next.Readers(u.ID, day)
		var old *access.KeyringFile
		if st := next.Units[u.ID]; st != nil {
			old = st.Keyring
		}
		k := a.keyrings[u.ID]
		fresh := others && old != nil && old.Tokens != ""
		if k == nil && a.tokens[u.ID] == nil && old != nil && !moved && !fresh && hasJoining(old, next.Policy) && slices.Equal(old.Readers, readers) && slices.Equal(d.state.Recipients(readers), next.Recipients(readers)) {
			continue
		}
		if k == nil {
			if old == nil {
				k = newKeyring(u.ID)
			} else {
				opened, err := d.keyring(u.ID)
				if err != nil {
					return nil, err
				}
				k = opened.Clone()
			}
		}
		k.Serial++
		for v, o := range k.Versions {
			if o.Until < day {
				delete(k.Versions, v)
			}
		}
		joining, err := renewJoining(k, old, next.Policy, readers, day)
		if err != nil {
			return nil, fmt.Errorf("unit %q: %w", u.ID, err)
		}
		file, err := seal.SealKeyring(k, next.Recipients(readers))
		if err != nil {
			return nil, fmt.Errorf("seal the keyring of unit %q: %w", u.ID, err)
		}
		s := sealedKeyring{unit: u.ID, keyring: k, bytes: file, file: &access.KeyringFile{Unit: u.ID, Serial: k.Serial, SHA256: digestOf(file), Joining: joining, Readers: readers}}
		if s.tokens, err = d.tokenFile(a, u.ID, old, k.Serial, are, fresh); err != nil {
			return nil, err
		}
		if s.tokens != nil {
			s.file.Tokens = digestOf(s.tokens)
		}
		out = append(out, s)
	}
	return out, nil
}

// sealedNow shows check the keyrings of a commit that is not pushed yet.
func sealedNow(sealed []sealedKeyring) check.Keyrings {
	m := keyringsNow{}
	for _, s := range sealed {
		m[s.unit] = s
	}
	return m
}

type keyringsNow map[register.UnitID]sealedKeyring

func (keyringsNow) Complete() bool { return false }

func (m keyringsNow) Sealed(u register.UnitID) ([]byte, bool, error) {
	s, ok := m[u]
	return s.bytes, ok, nil
}

func (m keyringsNow) Tokens(u register.UnitID) ([]byte, bool, error) {
	s := m[u]
	return s.tokens, s.tokens != nil, nil
}

// publish pushes the commit and its keyrings, atomically, and then takes them
// over here.
func (d *Desk) publish(ctx context.Context, a *act, folder string, head gitstore.ID, h register.Handle, when time.Time, sealed []sealedKeyring) error {
	a.head, a.handle, a.when = head, h, when
	if a.before != nil {
		if err := a.before(); err != nil {
			return err
		}
	}
	var err error
	switch {
	case folder != "":
		err = d.pushFolder(ctx, a, folder, head, sealed)
	case d.local.remote != "":
		err = d.pushRefs(ctx, a, head, h, when, sealed)
	}
	if err != nil {
		return err
	}
	for _, s := range sealed {
		if err := d.local.putKeyring(s.unit, s.bytes); err != nil {
			return err
		}
		if s.tokens == nil {
			continue
		}
		if err := d.local.putKeyring(s.unit, s.tokens); err != nil {
			return err
		}
	}
	ups := []gitstore.RefUpdate{{Name: register.Main, Old: d.head, New: head}}
	for ref, old := range a.drop {
		h, topic, err := register.ParseProposalRef(ref)
		if err != nil {
			continue
		}
		ups = append(ups, gitstore.RefUpdate{Name: inboxRefs + string(h) + "/" + topic, Old: old})
	}
	if err := d.repo.UpdateRefs(ups); err != nil {
		return err
	}
	d.local.verified = head
	if d.local.genesis.IsZero() {
		d.local.genesis = head
	}
	if err := d.local.save(); err != nil {
		return err
	}
	if err := d.reload(); err != nil {
		return err
	}
	return d.forgetReplaced()
}

// pushRefs pushes main, one ref per changed keyring, and the deletions, each
// with the id that this copy last saw.
func (d *Desk) pushRefs(ctx context.Context, a *act, head gitstore.ID, h register.Handle, when time.Time, sealed []sealedKeyring) error {
	remote, err := d.server()
	if err != nil {
		return err
	}
	old := d.there // as the last sync saw them: whatever moved since refuses the push
	d.there = nil
	if old == nil && len(sealed) > 0 {
		if old, err = remote.Refs(ctx); err != nil {
			return err
		}
	}
	a.noSite = old != nil && old[register.Pages].IsZero()
	if old != nil && old[register.Main] != d.head {
		return &gitstore.StaleError{Name: register.Main, Want: d.head, Have: old[register.Main]}
	}
	mem := gitstore.NewMemory()
	ups := []gitstore.RefUpdate{{Name: register.Main, Old: d.head, New: head}}
	a.replaced = map[register.UnitID]gitstore.ID{}
	for _, s := range sealed {
		c, err := d.keyringCommit(mem, h, s.unit, s.keyring.Serial, s.bytes, s.tokens, when)
		if err != nil {
			return err
		}
		ref := register.KeyringRef(s.unit)
		ups = append(ups, gitstore.RefUpdate{Name: ref, Old: old[ref], New: c})
		a.replaced[s.unit] = old[ref]
	}
	for ref, id := range a.drop {
		ups = append(ups, gitstore.RefUpdate{Name: ref, Old: id})
	}
	return d.pushAll(ctx, remote, a, mem, ups)
}

// keyringCommit makes the parentless commit that holds a unit's sealed keyring, and
// its sealed tokens where it has them.
func (d *Desk) keyringCommit(mem *gitstore.Memory, h register.Handle, u register.UnitID, serial uint64, file, tokens []byte, when time.Time) (gitstore.ID, error) {
	return keyringObjects(mem, file, tokens, d.spec(h, gitstore.ZeroID, nil, when, register.KeyringMessage(u, serial)))
}

// keyringObjects makes the commit of a keyring to a spec without its tree.
func keyringObjects(mem *gitstore.Memory, file, tokens []byte, spec gitstore.CommitSpec) (gitstore.ID, error) {
	var edits []gitstore.Edit
	for _, f := range []struct {
		name    string
		content []byte
	}{{keyringFileName, file}, {tokensFileName, tokens}} {
		if f.content == nil {
			continue
		}
		blob, err := mem.Blob(f.content)
		if err != nil {
			return gitstore.ZeroID, err
		}
		edits = append(edits, gitstore.Edit{Path: f.name, ID: blob})
	}
	tree, err := mem.Tree(gitstore.ZeroID, edits)
	if err != nil {
		return gitstore.ZeroID, err
	}
	spec.Tree = tree
	return mem.Commit(spec)
}
