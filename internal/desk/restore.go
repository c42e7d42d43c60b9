package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Errors of restoring a backup.
var (
	ErrNewer         = errors.New("nothing newer than the backup was named: what was erased since would come back")
	ErrOtherRegister = errors.New("it is of another register")
	ErrUsed          = errors.New("the server has a register already: a backup is restored to an empty one")
	ErrReplay        = errors.New("members were erased, or officers lost their access, since the backup: an officer of the secretariat of that time has to do it again, with her identity")
)

// RestoreOptions say what is restored, and to where.
type RestoreOptions struct {
	File     io.Reader // the backup
	Dir      string    // of the new copy
	To       string    // URL or path of an empty git repository
	Identity *identity.Identity
	Paper    []age.Identity // the recovery identity, or none
	Newer    []string       // clones, mirrors, copies, URLs, lists of erasures
	Nothing  bool           // there is nothing newer, says a person
	Trust    func(genesis gitstore.ID) error
	Now      func() time.Time
	Today    register.Day // a person's word that it is this day (TrustClock); "": none
	Program  string       // for the server's hook
	Progress func(stage string, done, total int)
}

// Restored says what came of it.
type Restored struct {
	Genesis gitstore.ID
	Backup  gitstore.ID // main as the backup has it
	Main    gitstore.ID // main as it was pushed
	Copy    string      // the newer copy whose main was taken, or ""
	Erased  []register.RecordID
	Units   int // whose keyrings were pushed
	Hook    string

	// By what newer mains say of access, by unit and handle.
	Ended    []*access.Grant // taken away there, and again here
	Still    []*access.Grant // taken away there, and not here: her own who restores, or one that the policy does not let go
	Look     []*access.Grant // all that are in force or to come, where a list of erasures knows of a main that no copy has
	NewPaper bool            // the recovery secret is the newer one
	OldPaper bool            // it is that of the backup, and there is a newer one

	// By what newer mains and lists say of units.
	Emptied   []register.UnitID // dissolved and erased there, and again here
	Dissolved []*UnitErasure    // dissolved and erased there, and what they have here
}

// restoring is a restoration at work.
type restoring struct {
	o       RestoreOptions
	out     *Restored
	scratch *gitstore.Repo // what was read, until it is done
	loader  *access.Loader
	rings   map[string]gitstore.ID // of the backup
	copies  []*newerCopy
	since   []*laterState
	close   []io.Closer
	sent    bool // the server may have it
}

// Restore opens a backup, verifies its main from the first commit, and makes a register
// of it on an empty server. Whatever was erased since, by the newer copies and lists
// that are named, is erased again before anything is pushed: nobody comes back. Where a
// newer copy's main contains the backup's, and every keyring that it names is found
// among them, that main is taken and nothing has to be erased again. In the same way
// access that a newer main has ended is ended again, and a unit that it has erased.
//
// It is made beside Dir, and becomes Dir when the server has it (see restoreagain.go).
func Restore(ctx context.Context, o RestoreOptions) (*Restored, error) {
	if len(o.Newer) == 0 && !o.Nothing {
		return nil, ErrNewer
	}
	if es, err := os.ReadDir(o.Dir); err == nil && len(es) > 0 {
		return nil, &NotEmptyError{o.Dir}
	}
	remote, err := gitstore.NewRemote(o.To)
	if err != nil {
		return nil, err
	}
	refs, err := remote.Refs(ctx)
	if err != nil {
		return nil, err
	}
	x := &restoring{o: o, out: &Restored{}}
	arrived := len(refs) > 0 && x.arrived(refs)
	if len(refs) > 0 && !arrived {
		return nil, ErrUsed
	}
	if err := x.sweep(arrived); err != nil {
		return nil, err
	}
	defer x.done()
	if err := x.read(ctx); err != nil {
		return nil, err
	}
	for _, name := range o.Newer {
		c, err := x.newer(ctx, name)
		if err != nil {
			return nil, err
		}
		x.copies = append(x.copies, c)
	}
	base, err := x.choose()
	if err != nil {
		return nil, err
	}
	if x.since, err = x.laterStates(base); err != nil {
		return nil, err
	}
	if x.out.Hook, err = prepareServer(remote, o.Program); err != nil {
		return nil, err
	}
	var d *Desk
	if arrived {
		d, err = x.resume()
	} else {
		d, err = x.begin(ctx, base)
	}
	if err != nil {
		return nil, err
	}
	if !arrived {
		err = x.send(ctx, d, remote)
	}
	if err == nil {
		err = x.compare(d, base)
	}
	if err == nil {
		err = x.finish(d, remote)
	}
	d.Close()
	if err != nil {
		return nil, err
	}
	return x.out, x.place()
}

// read opens the backup into a scratch repository beside the new copy, and verifies it.
func (x *restoring) read(ctx context.Context) error {
	ids := slices.Clone(x.o.Paper)
	if x.o.Identity != nil {
		ids = append(ids, x.o.Identity.Ages()...)
	}
	bundle, err := seal.OpenBackup(x.o.File, ids)
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	if x.scratch, err = gitstore.Init(x.work("read")); err != nil {
		return err
	}
	x.loader = access.NewLoader(x.scratch)
	refs, err := x.scratch.Unbundle(ctx, bundle)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	if _, err := io.Copy(io.Discard, bundle); err != nil { // to its last tag
		return fmt.Errorf("read the backup: %w", err)
	}
	main := refs[register.Main]
	if main.IsZero() {
		return fmt.Errorf("read the backup: %w", ErrNoRegister)
	}
	x.out.Backup, x.rings = main, refs
	if err := x.verify(main); err != nil {
		return fmt.Errorf("the backup: %w", err)
	}
	if x.out.Genesis, err = firstOf(x.scratch, main); err != nil {
		return err
	}
	if x.o.Trust != nil {
		return x.o.Trust(x.out.Genesis)
	}
	return nil
}

// verify verifies a main from its first commit.
func (x *restoring) verify(main gitstore.ID) error {
	o := check.Options{Now: x.o.Now(), Day: register.DayOf(x.o.Now())}
	if x.o.Progress != nil {
		o.Progress = func(done, total int) { x.o.Progress("verifying", done, total) }
	}
	rep, err := check.Verify(x.scratch, x.loader, gitstore.ZeroID, main, o)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if len(rep.Findings) > 0 {
		return &FindingsError{"its history breaks the register's rules", rep}
	}
	return nil
}

func (x *restoring) stateOf(main gitstore.ID) (*access.State, error) {
	c, err := gitstore.ReadCommit(x.scratch, main)
	if err != nil {
		return nil, err
	}
	s, err := x.loader.At(c.Tree)
	if err == nil && s.Policy == nil {
		err = problemError(s.Problems)
	}
	return s, err
}

// choose returns the main that is restored: that of the newest copy which contains the
// backup's and whose keyrings are all there, else the backup's.
func (x *restoring) choose() (gitstore.ID, error) {
	base := x.out.Backup
	for _, c := range x.copies {
		if c.main.IsZero() || c.main == base {
			continue
		}
		bases, err := gitstore.MergeBases(x.scratch, base, c.main)
		if err != nil {
			return base, err
		}
		if len(bases) != 1 || bases[0] != base {
			continue
		}
		s, err := x.stateOf(c.main)
		if err != nil {
			return base, err
		}
		whole := true
		for _, u := range sortedUnits(s) {
			_, _, ok, err := x.sealed(u, s.Units[u].Keyring)
			if err != nil {
				return base, err
			}
			whole = whole && ok
		}
		if whole {
			base, x.out.Copy = c.main, c.name
		}
	}
	return base, nil
}

// sealed finds the files that a main names of a unit's keyring: in the backup, in the
// newer copies. One of another digest is never taken.
func (x *restoring) sealed(u register.UnitID, k *access.KeyringFile) (ring, tokens []byte, ok bool, err error) {
	if k == nil {
		return nil, nil, true, nil
	}
	find := func(digest string) ([]byte, error) {
		if digest == "" {
			return nil, nil
		}
		from := []func(register.UnitID, string) ([]byte, bool, error){ringsOf(x.scratch, x.rings, "")}
		for _, c := range x.copies {
			if c.rings != nil {
				from = append(from, c.rings)
			}
		}
		for _, f := range from {
			if b, ok, err := f(u, digest); err == nil && ok { // a damaged one is none
				return b, nil
			}
		}
		return nil, nil
	}
	if ring, err = find(k.SHA256); err != nil || ring == nil {
		return nil, nil, false, err
	}
	tokens, err = find(k.Tokens)
	return ring, tokens, err == nil && (tokens != nil || k.Tokens == ""), err
}
