package desk

import (
	"context"
	"fmt"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// activityOp is one change of one activity, opened: what an officer drafts, what the
// secretariat does directly, and what a merge takes from a proposal.
type activityOp struct {
	from register.Path    // zero: it is new
	to   register.Path    // zero: it is erased
	is   *record.Activity // as it shall be
	was  *record.Activity // as it was, where what opened it is kept; nil: none, or nothing is kept
	key  seal.Key         // that opens it as main has it
}

// performActivity carries the op out: as one commit of main for the secretariat, as one
// commit of the draft for every other officer.
func (d *Desk) performActivity(ctx context.Context, o activityOp) error {
	unit := o.to.Unit
	if d.Secretary() {
		a := newAct(register.Message("activity", 1, unit))
		if err := d.applyActivities(a, []activityOp{o}); err != nil {
			return err
		}
		return d.commit(ctx, a)
	}
	return d.draftCommit("activity", 1, unit, nil, func(secret seal.Key) (map[string][]byte, error) {
		file, err := sealActivity(secret.Derive(seal.KindActivity, unit, o.to.ID), o.is)
		files := map[string][]byte{}
		if o.from.Kind != register.Unknown && o.from != o.to {
			files[o.from.String()] = nil
		}
		files[o.to.String()] = file
		return files, err
	})
}

func sealActivity(key seal.Key, a *record.Activity) ([]byte, error) {
	text, err := record.EncodeActivity(a)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return seal.Seal(key, text)
}

// applyActivities seals activities under fresh keys into their units' keyrings and keeps
// what opened them before as versions, for the days that the policy says. Of those that
// are erased it destroys the keys.
func (d *Desk) applyActivities(a *act, ops []activityOp) error {
	until := d.Today().Add(d.state.Policy.Retention.KeepVersions)
	for _, o := range ops {
		if o.to.Kind == register.Unknown {
			if err := d.destroyActivity(a, o.from); err != nil {
				return err
			}
			continue
		}
		k, err := d.change(a, o.to.Unit)
		if err != nil {
			return err
		}
		key := seal.NewKey()
		file, err := sealActivity(key, o.is)
		if err != nil {
			return err
		}
		if o.was != nil && d.state.Policy.Retention.KeepVersions > 0 {
			k.Versions[seal.Version{ID: o.to.ID, Rev: o.was.Rev}] = seal.OldKey{Key: o.key, Until: until}
		}
		if o.from.Kind != register.Unknown && o.from != o.to {
			a.files[o.from.String()] = nil
		}
		k.Keys[o.to.ID] = key
		a.files[o.to.String()] = file
	}
	return nil
}

// withoutErased seals activities anew without members who are erased, or protected from now
// on: under a fresh key, and with no older version, since that would name them.
func (d *Desk) withoutErased(a *act, u register.UnitID, ops []activityOp) error {
	if len(ops) == 0 {
		return nil
	}
	k, err := d.change(a, u)
	if err != nil {
		return err
	}
	for _, o := range ops {
		dropVersions(k, o.to.ID)
	}
	return d.applyActivities(a, ops)
}

// destroyActivity takes every key of an activity out of its unit's keyring and leaves a
// tombstone.
func (d *Desk) destroyActivity(a *act, p register.Path) error {
	day, err := d.commitDay()
	if err != nil {
		return err
	}
	k, err := d.change(a, p.Unit)
	if err != nil {
		return err
	}
	delete(k.Keys, p.ID)
	dropVersions(k, p.ID)
	a.files[p.String()] = nil
	d.activityTombstone(a, p, day)
	return nil
}

// dropVersions destroys the keys of every older version of a file.
func dropVersions(k *seal.Keyring, id register.RecordID) {
	for v := range k.Versions {
		if v.ID == id {
			delete(k.Versions, v)
		}
	}
}

// activityTombstone leaves the tombstone of an activity and, where the policy asks for it,
// the file in which officers say what became of the e-mail about it.
func (d *Desk) activityTombstone(a *act, p register.Path, day register.Day) {
	t := &access.Tombstone{Day: day, Rule: access.ActivityOver}
	a.files[register.Path{Kind: register.Tombstone, Unit: p.Unit, Year: day.Year(), ID: p.ID}.String()] = t.Encode()
	if d.state.Policy.Activities.Mail {
		m := &access.Mail{Unit: p.Unit, Day: day, ID: p.ID}
		a.files[m.Path().String()] = m.Encode()
	}
}

// EraseActivities destroys the keys of activities, with all who took part, in one commit
// for each unit. An officer who is not of the secretariat puts it into her draft, those of
// one unit at a time. Erasing what is erased already finishes an erasure that was
// interrupted.
func (d *Desk) EraseActivities(ctx context.Context, ids []register.RecordID) (*Erased, error) {
	if err := d.beginDraft(ctx); err != nil {
		return nil, err
	}
	res := &Erased{IDs: ids}
	for {
		left := 0
		err := d.withRetry(ctx, func() error {
			paths, err := d.activitiesLeft(ids)
			if left = len(paths); err != nil || left == 0 {
				return err
			}
			return d.eraseActivities(ctx, paths, res)
		})
		if err != nil {
			return nil, err
		}
		if !d.Secretary() {
			return res, nil
		}
		if left == 0 {
			break
		}
	}
	res.Server, res.Hint = d.forgetOnServer(ctx)
	return res, nil
}

// activitiesLeft returns where those of the activities lie that are not erased yet, of the
// unit of the first of them.
func (d *Desk) activitiesLeft(ids []register.RecordID) ([]register.Path, error) {
	found := map[register.RecordID]register.Path{}
	for u := range d.state.Units {
		err := d.walk(d.tree, "data/"+string(u)+"/activities", func(p register.Path, _ gitstore.Entry) error {
			found[p.ID] = p
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var out []register.Path
	for _, id := range ids {
		p, ok := found[id]
		if !ok {
			done, err := d.erased(id)
			if err == nil && !done {
				err = fmt.Errorf("%w: %s", ErrNoActivity, id)
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		if d.may(policy.ActErase, p.Unit) != nil {
			if err := d.may(policy.ActActivity, p.Unit); err != nil {
				return nil, err
			}
		}
		if len(out) == 0 || out[0].Unit == p.Unit {
			out = append(out, p)
		}
	}
	return out, nil
}

func (d *Desk) eraseActivities(ctx context.Context, paths []register.Path, res *Erased) error {
	unit := paths[0].Unit
	if !d.Secretary() {
		return d.draftCommit("activity", len(paths), unit, nil, func(seal.Key) (map[string][]byte, error) {
			a := newAct("")
			for _, p := range paths {
				a.files[p.String()] = nil
				d.activityTombstone(a, p, d.Today())
			}
			return a.files, nil
		})
	}
	a := newAct(register.Message("activity", len(paths), unit))
	var ids []register.RecordID
	for _, p := range paths {
		ids = append(ids, p.ID)
		if err := d.destroyActivity(a, p); err != nil {
			return err
		}
	}
	if err := d.rejectHolders(a, ids, res); err != nil {
		return err
	}
	if err := d.commit(ctx, a); err != nil {
		return err
	}
	return d.noteErasure(a, res)
}
