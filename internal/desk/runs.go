package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Errors of runs of erasures.
var (
	ErrNoRun     = errors.New("no run of erasures is open")
	ErrRunOpen   = errors.New("a run of erasures is open already: finish or stop it first")
	ErrRunOwn    = errors.New("whoever proposed a run has signed it by that")
	ErrRunSigned = errors.New("you have signed this run already")
	ErrNotInRun  = errors.New("the open run does not name this record")
)

// UnripeError says that a run cannot be finished yet.
type UnripeError struct {
	Until      register.Day // the last day of its quarantine, where that is not over; else ""
	Have, Need int          // signers
}

func (e *UnripeError) Error() string {
	if e.Until != "" {
		return fmt.Sprintf("the run's quarantine lasts until %s", e.Until)
	}
	return fmt.Sprintf("%d of the secretariat have signed the run: the policy asks for %d", e.Have, e.Need)
}

// OpenedRun is a run with whom it names.
type OpenedRun struct {
	*access.Run
	List *seal.RunList // nil: it is done or stopped, or the identity does not open it
}

// Runs returns the runs of erasures, oldest first. It needs no key.
func (d *Desk) Runs() ([]*access.Run, error) {
	if d.state == nil {
		return nil, ErrNoRegister
	}
	files, err := d.state.Runs()
	if err != nil {
		return nil, err
	}
	var out []*access.Run
	for _, f := range files {
		x, err := d.state.Run(f)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// WaitingRun returns the run that is open, nil if none is. It needs no key.
func (d *Desk) WaitingRun() (*access.Run, error) {
	f, ok, err := d.state.OpenRun()
	if err != nil || !ok {
		return nil, err
	}
	return d.state.Run(f)
}

// OpenRun opens the run that waits, ErrNoRun if none does.
func (d *Desk) OpenRun() (*OpenedRun, error) {
	f, ok, err := d.state.OpenRun()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoRun
	}
	x, err := d.state.Run(f)
	if err != nil {
		return nil, err
	}
	list, err := d.openRunList(f)
	if err != nil {
		return nil, err
	}
	if access.RunDigest(list.Nonce, list.IDs()) != x.SHA256 || len(list.Records) != x.Count {
		return nil, fmt.Errorf("the list of run %s is not the one that it announced: stop it", x.ID)
	}
	return &OpenedRun{x, list}, nil
}

func (d *Desk) openRunList(f access.RunFile) (*seal.RunList, error) {
	if d.id == nil {
		return nil, ErrNoIdentity
	}
	file, err := d.repo.Blob(f.List, seal.RunListLimit)
	if err != nil {
		return nil, err
	}
	list, err := seal.OpenRunList(file, d.id.Ages())
	if errors.Is(err, seal.ErrNotReader) {
		return nil, ErrSecretariat
	} else if err != nil {
		return nil, fmt.Errorf("open the list of run %s: %w", f.Path.ID, err)
	}
	if list.ID != f.Path.ID || list.Unit != f.Path.Unit {
		return nil, fmt.Errorf("the list of run %s says that it is another's: stop it", f.Path.ID)
	}
	return list, nil
}

// ProposeRun puts a run of what PlanRun finds on main. It erases nothing.
func (d *Desk) ProposeRun(ctx context.Context) (*access.Run, *RunPlan, error) {
	if err := d.beginByClock(ctx); err != nil {
		return nil, nil, err
	}
	var x *access.Run
	var plan *RunPlan
	err := d.withRetry(ctx, func() error {
		var err error
		if plan, err = d.PlanRun(); err != nil {
			return err
		}
		if _, ok, err := d.state.OpenRun(); err != nil || ok {
			return errors.Join(err, ErrRunOpen)
		}
		if len(plan.Records) == 0 {
			return ErrNothing
		}
		x, err = d.putRun(ctx, plan)
		return err
	})
	return x, plan, err
}

func (d *Desk) putRun(ctx context.Context, plan *RunPlan) (*access.Run, error) {
	me, err := d.me()
	if err != nil {
		return nil, err
	}
	day, err := d.commitDay()
	if err != nil {
		return nil, err
	}
	root := d.state.Policy.Root().ID
	list := &seal.RunList{Unit: root, ID: register.NewRecordID(), Records: plan.Records}
	rand.Read(list.Nonce[:]) // never fails (crypto/rand)
	x := &access.Run{Unit: root, Day: day, ID: list.ID, By: me, Count: len(list.Records), SHA256: access.RunDigest(list.Nonce, list.IDs()), Until: plan.Until}
	file, err := seal.SealRunList(list, d.state.Recipients(d.state.TokenReaders(day)))
	if err != nil {
		return nil, err
	}
	a := d.runAct(x)
	a.files[x.ListPath().String()] = file
	return x, d.commit(ctx, a)
}

// runAct is an act that writes a run.
func (d *Desk) runAct(x *access.Run) *act {
	a := newAct(register.Message("run", 1, x.Unit))
	a.files[x.Path().String()] = x.Encode()
	if !x.Open() {
		a.files[x.ListPath().String()] = nil
	}
	return a
}

// amendRun changes the open run, which must be the one that id names ("": whichever
// is open), by fn, and puts it on main.
func (d *Desk) amendRun(ctx context.Context, id register.RecordID, fn func(*OpenedRun) error) (*access.Run, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	var x *OpenedRun
	err := d.withRetry(ctx, func() error {
		if _, err := d.secretariat(); err != nil {
			return err
		}
		var err error
		if x, err = d.OpenRun(); err != nil {
			return err
		}
		if id != "" && id != x.ID {
			return ErrNoRun
		}
		if err := fn(x); err != nil {
			return err
		}
		return d.commit(ctx, d.runAct(x.Run))
	})
	if err != nil {
		return nil, err
	}
	return x.Run, nil
}

// SignRun seconds the open run. agree is asked once before it; its error ends the act.
func (d *Desk) SignRun(ctx context.Context, id register.RecordID, agree func(*OpenedRun) error) (*access.Run, error) {
	agreed := false
	return d.amendRun(ctx, id, func(x *OpenedRun) error {
		me, err := d.me()
		switch {
		case err != nil:
			return err
		case x.By == me:
			return ErrRunOwn
		case slices.Contains(x.Signed, me):
			return ErrRunSigned
		}
		if !agreed {
			if err := agree(x); err != nil {
				return err
			}
		}
		agreed = true
		x.Signed = append(x.Signed, me)
		return nil
	})
}

// StopRun ends the open run, where ids is its id alone: nobody is erased by it, and its
// list need not be opened for that. Else the run spares the members of these ids.
func (d *Desk) StopRun(ctx context.Context, ids ...register.RecordID) (x *access.Run, err error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	err = d.withRetry(ctx, func() error {
		if _, err := d.secretariat(); err != nil {
			return err
		}
		f, ok, err := d.state.OpenRun()
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoRun
		}
		if x, err = d.state.Run(f); err != nil {
			return err
		}
		if len(ids) == 1 && ids[0] == x.ID {
			x.Stopped, err = d.commitDay()
		} else {
			err = d.spare(x, ids)
		}
		if err != nil {
			return err
		}
		return d.commit(ctx, d.runAct(x))
	})
	return x, err
}

// spare takes members out of the open run.
func (d *Desk) spare(x *access.Run, ids []register.RecordID) error {
	opened, err := d.OpenRun()
	if err != nil {
		return err
	}
	n := len(x.Stops)
	for _, id := range ids {
		if !slices.Contains(opened.List.IDs(), id) {
			return fmt.Errorf("record %s: %w", id, ErrNotInRun)
		}
		if stop := access.StopDigest(opened.List.Nonce, id); !slices.Contains(x.Stops, stop) {
			x.Stops = append(x.Stops, stop)
		}
	}
	if len(x.Stops) == n {
		return ErrNothing
	}
	return nil
}

// resealRun seals the list of the open run to the secretariat that an act leaves,
// where that is another than before.
func (d *Desk) resealRun(a *act, next *access.State, day register.Day) (map[string][]byte, error) {
	f, ok, err := next.OpenRun()
	if err != nil || !ok || a.files[listPathOf(f).String()] != nil {
		return nil, err
	}
	were, err := d.tokenRecipients()
	if err != nil {
		return nil, err
	}
	are := next.Recipients(next.TokenReaders(day))
	if slices.Equal(were, are) {
		return nil, nil
	}
	list, err := d.openRunList(f)
	if err != nil {
		return nil, err
	}
	file, err := seal.SealRunList(list, are)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{listPathOf(f).String(): file}, nil
}

func listPathOf(f access.RunFile) register.Path {
	p := f.Path
	p.Kind = register.RunList
	return p
}

// standsAt tells whether main has a file at a path.
func (d *Desk) standsAt(p register.Path) (bool, error) {
	_, ok, err := gitstore.Find(d.repo, d.tree, p.String())
	return ok, err
}
