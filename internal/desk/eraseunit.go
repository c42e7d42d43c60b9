package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// ErrUnitLives is why a unit cannot be erased yet: somebody is a member of it or has
// access by it.
var ErrUnitLives = errors.New("the unit is not dissolved yet")

// ErrByRun: the policy has brakes, so that more than one record is erased by a run.
var ErrByRun = errors.New("the policy lets nobody erase more than one record at once without a run: medlem retention run")

// UnitErasure is what the erasure of a unit takes.
type UnitErasure struct {
	Unit     register.UnitID
	Members  int // who are members of it still: to be closed or moved first
	Officers int // grants in it that are in force or to come: to be revoked first
	Closed   []register.RecordID
	Others   int // documents, requests and participants of activities, which go too
	Lists    int // of draws that were of this unit alone, and of sendings, which are emptied
}

// PlanUnit says what the erasure of a unit would take, and changes nothing.
func (d *Desk) PlanUnit(u register.UnitID) (*UnitErasure, error) {
	if _, ok := d.state.Policy.Unit(u); !ok {
		return nil, d.unknownUnit(u)
	}
	st := d.state.Units[u]
	if st == nil {
		return nil, fmt.Errorf("unit %q: %w", u, ErrNothing)
	}
	out := &UnitErasure{Unit: u}
	for _, g := range st.Grants {
		if last := g.Last(); last == "" || last >= d.Today() {
			out.Officers++
		}
	}
	err := d.walk(d.tree, "data/"+string(u), func(p register.Path, _ gitstore.Entry) error {
		switch p.Kind {
		case register.Member:
			out.Members++
		case register.Closed:
			out.Closed = append(out.Closed, p.ID)
		case register.Request, register.Activity:
			out.Others++
		case register.Evidence:
			if !d.isAgreement(p) && !d.keepsDocuments() {
				out.Others++
			}
		case register.DrawList:
			alone, err := d.ofUnitAlone(p)
			if err != nil {
				return err
			}
			if alone {
				out.Lists++
			}
		case register.SendingList:
			out.Lists++
		}
		return nil
	})
	return out, err
}

// EraseUnit destroys what a dissolved unit has: every closed record as Erase does, the
// documents, requests and participants in its folder, and whom the lists of this unit
// alone named. Members must have been closed or moved, and access ended before. What is
// left is the unit's place in the policy, which says from then on that it is dissolved,
// tombstones and receipts, and a keyring without a member's key.
func (d *Desk) EraseUnit(ctx context.Context, u register.UnitID, to Papers) (*Erased, error) {
	if err := d.beginByClock(ctx); err != nil {
		return nil, err
	}
	res := &Erased{}
	marked := false
	err := d.withRetry(ctx, func() error { // first, so that nobody joins meanwhile
		if _, err := d.dissolved(u); err != nil {
			return err
		}
		done, err := d.dissolve(ctx, u)
		if res.Unmarked = errors.Is(err, errUnmarked); res.Unmarked {
			err = nil
		}
		marked = marked || done
		return err
	})
	if err != nil {
		return nil, err
	}
	err = d.withRetry(ctx, func() error {
		plan, err := d.dissolved(u)
		if err != nil {
			return err
		}
		res.IDs = plan.Closed
		a := newAct("")
		n, _, err := d.erasing(a, plan.Closed, res)
		if err != nil {
			return err
		}
		count, any, err := d.emptyUnit(a, u)
		if err != nil {
			return err
		}
		if n == 0 && !any && marked {
			return nil
		}
		if n == 0 && !any {
			return ErrNothing
		}
		if n > 0 {
			count = n
		}
		a.message = register.Message("erase", count, u)
		a.before = d.handReceipts(a, res, to)
		if err := d.commit(ctx, a); err != nil {
			return err
		}
		return d.noteErasure(a, res)
	})
	if err != nil {
		return nil, err
	}
	res.Server, res.Hint = d.forgetOnServer(ctx)
	return res, nil
}

// dissolved says what there is to erase in a unit, and returns an error unless the
// identity may, nobody is left in it, and no record of it is restricted.
func (d *Desk) dissolved(u register.UnitID) (*UnitErasure, error) {
	if _, err := d.secretariat(); err != nil {
		return nil, err
	}
	if err := d.may(policy.ActErase, u); err != nil {
		return nil, err
	}
	plan, err := d.PlanUnit(u)
	switch {
	case err != nil:
		return nil, err
	case plan.Members > 0 || plan.Officers > 0:
		return nil, fmt.Errorf("unit %q: %w", u, ErrUnitLives)
	case len(plan.Closed) > 1 && d.state.Policy.Retention.Brakes != nil:
		return nil, fmt.Errorf("unit %q, %d records: %w", u, len(plan.Closed), ErrByRun)
	}
	for _, id := range plan.Closed {
		_, kept, err := d.unrestricted([]register.Path{{Unit: u, ID: id}})
		if err != nil {
			return nil, err
		}
		if len(kept) > 0 {
			return nil, &RestrictedError{id}
		}
	}
	return plan, nil
}

// emptyUnit takes out of a unit what is not a record, and every key of it. It returns
// how many of what the message counts first go: requests, or else documents, or
// else activities; and whether anything does.
func (d *Desk) emptyUnit(a *act, u register.UnitID) (count int, any bool, err error) {
	_, had := a.keyrings[u]
	k, err := d.change(a, u)
	if err != nil {
		return 0, false, err
	}
	any = len(k.Versions)+len(k.Views) > 0
	clear(k.Versions) // of members who have moved as well: their unit is no more
	clear(k.Views)
	var asked, documents, activities int
	day, err := d.commitDay()
	if err != nil {
		return 0, false, err
	}
	err = d.walk(d.tree, "data/"+string(u), func(p register.Path, e gitstore.Entry) error {
		switch {
		case p.Kind == register.Request:
			asked++
		case p.Kind == register.Activity:
			activities++
			d.activityTombstone(a, p, day)
		case p.Kind == register.Evidence && !d.isAgreement(p) && !d.keepsDocuments():
			documents++
		case p.Kind == register.DrawList:
			emptied, err := d.emptyList(a, p, e.ID)
			any = any || emptied
			return err
		case p.Kind == register.SendingList:
			emptied, err := d.emptySent(a, p, e.ID)
			any = any || emptied
			return err
		default:
			return nil
		}
		any = true
		a.files[p.String()] = nil
		delete(k.Keys, p.ID)
		return nil
	})
	if !any && !had {
		delete(a.keyrings, u)
	}
	return cmp.Or(asked, documents, activities), any, err
}

// emptyList seals a list of the unit alone anew without whom it named, and why it was
// drawn, and tells whether it did. One that is empty already stays.
func (d *Desk) emptyList(a *act, p register.Path, blob gitstore.ID) (bool, error) {
	alone, err := d.ofUnitAlone(p)
	if err != nil || !alone {
		return false, err
	}
	k, err := d.keyring(p.Unit)
	if err != nil {
		return false, err
	}
	x, err := d.openDrawList(p, k.Keys[p.ID], blob)
	if err != nil {
		return false, err
	}
	if len(x.Members) == 0 && x.Reason == "" && x.Where == "" {
		return false, nil
	}
	x.Members, x.Reason, x.Where = nil, "", ""
	return true, d.sealDrawList(a, x, p.Day)
}

// emptySent seals the list of a sending anew without whom it reached in the unit and what
// it was about, and tells whether it did. One that is empty already stays.
func (d *Desk) emptySent(a *act, p register.Path, blob gitstore.ID) (bool, error) {
	k, err := d.keyring(p.Unit)
	if err != nil {
		return false, err
	}
	x, err := d.openSendingList(p, k.Keys[p.ID], blob)
	if err != nil || len(x.Members) == 0 && x.Subject == "" && x.Where == "" {
		return false, err
	}
	x.Members, x.Subject, x.Where = nil, "", ""
	return true, d.sealSendingList(a, x, p.Month)
}

// ofUnitAlone tells whether a draw was of the unit in whose folder it lies and of no
// other.
func (d *Desk) ofUnitAlone(p register.Path) (bool, error) {
	p.Kind = register.Draw
	b, ok, err := d.fileAt(p.String())
	if err != nil || !ok {
		return false, err
	}
	x, err := access.ParseDraw(p, b)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", p, err)
	}
	return len(x.Units) == 1 && x.Units[0] == p.Unit, nil
}

// isAgreement tells whether a document is the processor agreement that the policy names
// for its unit.
func (d *Desk) isAgreement(p register.Path) bool {
	u, ok := d.state.Policy.Unit(p.Unit)
	return ok && len(u.Agreement) >= len(p.ID) && u.Agreement[:len(p.ID)] == string(p.ID)
}

// keepsDocuments tells whether documents have a period of their own, also in a unit that
// is no more: Tidy takes them away then.
func (d *Desk) keepsDocuments() bool {
	_, ok := d.state.Policy.KeepKind(policy.KindEvidence)
	return ok
}
