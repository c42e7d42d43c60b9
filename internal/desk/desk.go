// Package desk is where officers and the secretariat act: it opens a register
// with an identity, shows what the identity may read, drafts and submits
// changes, merges them, gives and takes access, and erases.
//
// Use Open for a register that is here, Init and Clone to get one. A Desk holds
// the register's lock until Close, so that two commands never write at once. It
// never prints and never asks: what a person must be told is in results and
// errors, what she must decide comes in as options.
//
// No method writes plaintext to a disk, and no error holds a value of a record.
package desk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Errors that a caller acts on.
var (
	ErrNoRegister  = errors.New("no register here")
	ErrNoIdentity  = errors.New("this needs your identity file")
	ErrNotOfficer  = errors.New("your identity is not known in this register")
	ErrGrantEnded  = errors.New("you have no access to this register today")
	ErrNotAllowed  = errors.New("your office does not give the right to do this")
	ErrSecretariat = errors.New("only the secretariat can do this")
	ErrNoRecord    = errors.New("no such record among those that you may read")
	ErrNothing     = errors.New("nothing to do")
	ErrRewound     = errors.New("the server's register has gone backwards: it does not contain what was verified here before")
	ErrConflict    = errors.New("the same field was changed in two places")
	ErrWaiting     = errors.New("a change of this record waits for the secretariat: wait for the answer, or take it back with medlem undo --submitted")
	ErrEnded       = errors.New("this membership has ended already")
	ErrActive      = errors.New("this is an active membership: close it first (medlem close)")
	ErrAsked       = errors.New("you have asked for this already: it waits for the secretariat")
	ErrHasDraft    = errors.New("you have a draft: submit it or undo it first")
	ErrNoServer    = errors.New("this register has no server")
	ErrNoProposal  = errors.New("no such proposal waits")
	ErrNotErased   = errors.New("no record of this id has been erased in this register")
	ErrEvidence    = errors.New("the proposal brings documents: they come in with the secretariat's own medlem grant --appointment")
)

// Options say how to open a register.
type Options struct {
	Dir      string
	Identity *identity.Identity // nil: only what needs no key
	Now      func() time.Time
	Progress func(stage string, done, total int) // may be nil
	Warn     func(Warning)                       // may be nil
}

// Desk is an open register.
type Desk struct {
	dir      string
	repo     *gitstore.Repo
	loader   *access.Loader
	id       *identity.Identity
	now      func() time.Time
	progress func(string, int, int)
	warn     func(Warning)
	unlock   func()
	local    *local
	paper    []age.Identity         // the recovery identity, while a backup is restored with it
	news     SyncResult             // of every sync since Open
	trusted  register.Day           // a person's word that it is this day; "" none
	unsent   []string               // topics of receipts that the server does not have
	closed   bool                   // there is a draft that does not open
	whole    gitstore.ID            // the draft whose files have all been read; zero: none yet
	there    map[string]gitstore.ID // the server's refs after a sync, until the next push; nil: not known

	head   gitstore.ID // main, as verified here; zero in an empty register
	tree   gitstore.ID
	state  *access.State
	keys   map[register.UnitID]*seal.Keyring // opened
	rights map[fieldOn]policy.Right          // of the identity's officer, as far as asked
	book   *book                             // of tokens, opened; nil: not yet
}

// Open opens the register at o.Dir.
func Open(o Options) (*Desk, error) {
	d, err := openUnread(o)
	if err != nil {
		return nil, err
	}
	if err := d.reload(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// openUnread opens one's own copy and takes its lock, and reads nothing of the register:
// what is there may be damaged.
func openUnread(o Options) (*Desk, error) {
	repo, err := gitstore.Open(o.Dir)
	if err != nil {
		if errors.Is(err, gitstore.ErrNoRepository) {
			return nil, fmt.Errorf("%w: %s", ErrNoRegister, o.Dir)
		}
		return nil, err
	}
	d := &Desk{dir: o.Dir, repo: repo, loader: access.NewLoader(repo), id: o.Identity, now: o.Now, progress: o.Progress, warn: o.Warn,
		unlock: func() {}, keys: map[register.UnitID]*seal.Keyring{}}
	if d.progress == nil {
		d.progress = func(string, int, int) {}
	}
	if d.warn == nil {
		d.warn = func(Warning) {}
	}
	if err := d.lock(); err != nil {
		repo.Close()
		return nil, err
	}
	if d.local, err = openLocal(filepath.Join(repo.Dir(), "medlem")); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Look opens any repository that has a register's main, such as a bare mirror, for what
// needs no key: it verifies nothing, and writes nothing there.
func Look(dir string, now func() time.Time) (*Desk, error) {
	repo, err := gitstore.Open(dir)
	if err != nil {
		if errors.Is(err, gitstore.ErrNoRepository) {
			return nil, fmt.Errorf("%w: %s", ErrNoRegister, dir)
		}
		return nil, err
	}
	d := &Desk{dir: dir, repo: repo, loader: access.NewLoader(repo), now: now, progress: func(string, int, int) {}, warn: func(Warning) {},
		unlock: func() {}, keys: map[register.UnitID]*seal.Keyring{}, local: &local{}}
	if err := d.reload(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// lock takes the register's lock. The kernel releases it when the process ends,
// however it ends, so a killed command never blocks the next one.
func (d *Desk) lock() error {
	dir := filepath.Join(d.repo.Dir(), "medlem")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("open register: %w", err)
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
	if err != nil {
		return fmt.Errorf("lock register: %w", err)
	}
	d.unlock = unlock
	// With the lock held, what a killed command left behind is nobody's.
	return d.repo.Sweep()
}

// Close releases the register.
func (d *Desk) Close() {
	_ = d.noteHeads() // else the next command that ends well does
	d.unlock()
	_ = d.repo.Close()
}

// reload reads the state of main as it is here.
func (d *Desk) reload() error {
	head, ok, err := d.repo.Ref(register.Main)
	if err != nil {
		return err
	}
	if !ok {
		d.head, d.state = gitstore.ZeroID, nil
		return nil
	}
	c, err := gitstore.ReadCommit(d.repo, head)
	if err != nil {
		return err
	}
	s, err := d.loader.At(c.Tree)
	if err != nil {
		return err
	}
	if s.Policy == nil {
		return fmt.Errorf("read policies: %s:%d: %s", s.Problems[0].Path, s.Problems[0].Line, s.Problems[0].Msg)
	}
	d.head, d.tree, d.state = head, c.Tree, s
	d.keys, d.book = map[register.UnitID]*seal.Keyring{}, nil
	d.rights = map[fieldOn]policy.Right{}
	return nil
}

// server is where this copy fetches from and pushes to.
func (d *Desk) server() (*gitstore.Remote, error) {
	if d.local.remote == "" {
		return nil, ErrNoServer
	}
	return gitstore.NewRemote(d.local.remote)
}

// Policy is the policy in force.
func (d *Desk) Policy() *policy.Policy { return d.state.Policy }

// State is what main says about access.
func (d *Desk) State() *access.State { return d.state }

// Repo is the register's object store.
func (d *Desk) Repo() *gitstore.Repo { return d.repo }

// Head is main as verified here.
func (d *Desk) Head() gitstore.ID { return d.head }

// Loader reads states of other commits.
func (d *Desk) Loader() *access.Loader { return d.loader }

// Today is the day of the clock.
func (d *Desk) Today() register.Day { return register.DayOf(d.now()) }

// me returns the officer's handle, or why there is none.
func (d *Desk) me() (register.Handle, error) {
	if d.id == nil {
		return "", ErrNoIdentity
	}
	if d.state == nil {
		return "", fmt.Errorf("%w: it is empty", ErrNoRegister)
	}
	h, ok := d.state.SignerOf(d.id.Signer().PublicKey().Marshal())
	if !ok {
		return "", ErrNotOfficer
	}
	return h, nil
}

// officer returns the handle of an officer who has access today.
func (d *Desk) officer() (register.Handle, error) {
	h, err := d.me()
	if err != nil {
		return "", err
	}
	if len(d.state.Grants(h, d.Today())) == 0 {
		return "", ErrGrantEnded
	}
	return h, nil
}

// secretariat returns the handle of an officer who merges.
func (d *Desk) secretariat() (register.Handle, error) {
	h, err := d.officer()
	if err != nil {
		return "", err
	}
	if !d.state.MayMerge(h, d.Today()) {
		return "", ErrSecretariat
	}
	return h, nil
}

// Secretary tells whether the identity may merge today.
func (d *Desk) Secretary() bool {
	_, err := d.secretariat()
	return err == nil
}

// Handle is the handle under which the register knows the identity.
func (d *Desk) Handle() (register.Handle, error) { return d.me() }

// ages are the identities that open keyrings here.
func (d *Desk) ages() []age.Identity { return append(d.id.Ages(), d.paper...) }

// keyring opens a unit's keyring with the identity; it is opened once.
func (d *Desk) keyring(u register.UnitID) (*seal.Keyring, error) {
	if k := d.keys[u]; k != nil {
		return k, nil
	}
	if d.id == nil {
		return nil, ErrNoIdentity
	}
	st := d.state.Units[u]
	if st == nil || st.Keyring == nil {
		return nil, fmt.Errorf("unit %q has no keyring", u)
	}
	file, ok, err := d.sealedKeyring(u, st.Keyring.SHA256)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the keyring of unit %q is not here: run medlem sync", u)
	}
	k, err := seal.OpenKeyring(file, d.ages())
	if err != nil {
		return nil, fmt.Errorf("open the keyring of unit %q: %w", u, err)
	}
	if k.Unit != u || k.Serial != st.Keyring.Serial {
		return nil, fmt.Errorf("the keyring of unit %q says that it is another's, or another version's", u)
	}
	d.keys[u] = k
	return k, nil
}

// withRetry repeats an act of the secretariat that another one's push overtook.
func (d *Desk) withRetry(ctx context.Context, act func() error) error {
	const tries = 6
	for i := 0; ; i++ {
		err := act()
		var stale *gitstore.StaleError
		if err == nil || !errors.As(err, &stale) || i == tries-1 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(i*i) * 50 * time.Millisecond):
		}
		if _, err := d.Sync(ctx); err != nil {
			return err
		}
	}
}
