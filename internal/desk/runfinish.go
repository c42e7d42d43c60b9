package desk

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
)

// Why a member whom a run names is spared.
type Spared string

// The reasons, in the order in which they are looked for.
const (
	SparedStopped Spared = "stopped" // the secretariat stopped her erasure
	SparedMoved   Spared = "moved"   // her record is not where it lay: reopened, moved, rescheduled or erased
	SparedHeld    Spared = "waits"   // a proposal about her waits for an answer
	SparedKept    Spared = "kept"    // her record is restricted
)

// FateOf says which of the members whom a run names it would spare now, and why.
// Everybody else it would erase.
func (d *Desk) FateOf(x *OpenedRun) (map[register.RecordID]Spared, error) {
	held, err := d.heldByProposals()
	if err != nil {
		return nil, err
	}
	out := map[register.RecordID]Spared{}
	for _, r := range x.List.Records {
		at := register.Path{Kind: register.Closed, Unit: r.Unit, Month: r.Month, ID: r.ID}
		lies, err := d.standsAt(at)
		switch {
		case err != nil:
			return nil, err
		case slices.Contains(x.Stops, access.StopDigest(x.List.Nonce, r.ID)):
			out[r.ID] = SparedStopped
		case !lies || r.Month >= x.Day.Month():
			out[r.ID] = SparedMoved
		case held[r.ID]:
			out[r.ID] = SparedHeld
		default:
			_, kept, err := d.unrestricted([]register.Path{at})
			if err != nil {
				return nil, err
			}
			if len(kept) > 0 {
				out[r.ID] = SparedKept
			}
		}
	}
	return out, nil
}

// Finished is what a run has done.
type Finished struct {
	Run    *access.Run
	Spared map[register.RecordID]Spared
	*Erased
}

// FinishRun erases whom the open run names, all but those who are spared, in one
// commit, when its quarantine is over. What is destroyed is what Erase destroys. agree is
// asked once before it, with how many records that is; its error ends the act.
func (d *Desk) FinishRun(ctx context.Context, id register.RecordID, agree func(records int) error, to Papers) (*Finished, error) {
	if err := d.beginByClock(ctx); err != nil {
		return nil, err
	}
	var out *Finished
	agreed := false
	err := d.withRetry(ctx, func() error {
		if _, err := d.secretariat(); err != nil {
			return err
		}
		x, err := d.OpenRun()
		if err != nil {
			return err
		}
		if id != "" && id != x.ID {
			return ErrNoRun
		}
		if err := d.ripe(x.Run); err != nil {
			return err
		}
		fate, err := d.FateOf(x)
		if err != nil {
			return err
		}
		if !agreed {
			if err := agree(x.Count - len(fate)); err != nil {
				return err
			}
		}
		agreed = true
		out, err = d.finishRun(ctx, x, fate, to)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Server, out.Hint = d.forgetOnServer(ctx)
	return out, nil
}

// ripe returns why a run cannot be finished yet.
func (d *Desk) ripe(x *access.Run) error {
	day, err := d.commitDay()
	if err != nil {
		return err
	}
	until := x.Until
	if b := d.state.Policy.Brakes; b != nil {
		until = max(until, x.Day.Add(b.Quarantine))
	}
	if day <= until {
		return &UnripeError{Until: until}
	}
	if need := d.state.Policy.RunBrakes().Signers; x.Signers() < need {
		return &UnripeError{Have: x.Signers(), Need: need}
	}
	return nil
}

func (d *Desk) finishRun(ctx context.Context, x *OpenedRun, fate map[register.RecordID]Spared, to Papers) (*Finished, error) {
	var err error
	var ids []register.RecordID
	run := *x.Run
	for _, id := range x.List.IDs() {
		if fate[id] == "" {
			ids = append(ids, id)
		} else {
			run.Spared = append(run.Spared, id)
		}
	}
	if run.Done, err = d.commitDay(); err != nil {
		return nil, err
	}
	run.Nonce = hex.EncodeToString(x.List.Nonce[:])
	me, err := d.me()
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(append([]register.Handle{run.By}, run.Signed...), func(h register.Handle) bool { return h == me })
	res := &Erased{IDs: ids, seconders: others}
	a := d.runAct(&run)
	n, unit, err := d.erasing(a, ids, res)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		a.message = register.Message("erase", n, unit)
		a.before = d.handReceipts(a, res, to)
	}
	if err := d.commit(ctx, a); err != nil {
		return nil, err
	}
	return &Finished{&run, fate, res}, d.noteErasure(a, res)
}
