package desk

import (
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The verbs of changes of activities, in reviews and results of merges.
const (
	VerbActivity         = "activity"
	VerbActivityChange   = "activity-change"
	VerbActivityPostpone = "activity-postpone"
	VerbActivityErase    = "activity-erase"
)

// activityChange is what a proposal does to one activity: the files that it takes away
// and brings.
type activityChange struct{ gone, come *gitstore.Change }

// openActivities opens what a proposal does to activities, by id.
func (d *Desk) openActivities(r *Review, secret seal.Key, changes map[register.RecordID]*activityChange) error {
	ids := make([]register.RecordID, 0, len(changes))
	for id := range changes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		ch, err := d.openActivityChange(secret, changes[id])
		if err != nil {
			return err
		}
		if r.Report != nil {
			ch.commits = r.Report.Commits
		}
		r.Changes = append(r.Changes, ch)
	}
	return nil
}

func (d *Desk) openActivityChange(secret seal.Key, x *activityChange) (*Change, error) {
	ch := &Change{Verb: VerbActivity}
	var err error
	if x.gone != nil {
		if ch.activity.from, err = register.ParsePath(x.gone.Path); err != nil {
			return nil, err
		}
		ch.Verb, ch.Path = VerbActivityErase, ch.activity.from
		if ch.activity.was, ch.activity.key, err = d.openActivityBase(ch.activity.from, x.gone.Old.ID); err != nil {
			return nil, err
		}
	}
	if x.come == nil {
		ch.Activity = ch.activity.was
		if ch.Activity == nil { // nobody opens it any more; the change is of it all the same
			ch.Activity = &record.Activity{ID: ch.Path.ID, Unit: ch.Path.Unit, Ends: ch.Path.Day}
		}
		return ch, nil
	}
	to, err := register.ParsePath(x.come.Path)
	if err != nil {
		return nil, err
	}
	is, err := d.openActivity(to, secret.Derive(seal.KindActivity, to.Unit, to.ID), x.come.New.ID)
	if err != nil {
		return nil, err
	}
	ch.Path, ch.Activity, ch.activity.to, ch.activity.is = to, is, to, is
	switch was := ch.activity.was; {
	case x.gone == nil:
		return ch, nil
	case ch.activity.from != to:
		ch.Verb = VerbActivityPostpone
		fallthrough
	default:
		if ch.Verb == VerbActivityErase {
			ch.Verb = VerbActivityChange
		}
		if was != nil && is.Rev <= was.Rev {
			return nil, fmt.Errorf("activity %s: its revision goes back: an older version was put in place of a newer one", to.ID)
		}
	}
	return ch, nil
}

// openActivityBase opens the version of an activity that a proposal started from, with
// the present key or one that is kept. nil means that no key is left for it.
func (d *Desk) openActivityBase(p register.Path, blob gitstore.ID) (*record.Activity, seal.Key, error) {
	k, err := d.keyring(p.Unit)
	if err != nil {
		return nil, seal.Key{}, err
	}
	var keys []seal.Key
	if key, ok := k.Keys[p.ID]; ok {
		keys = append(keys, key)
	}
	for v, o := range k.Versions {
		if v.ID == p.ID {
			keys = append(keys, o.Key)
		}
	}
	for _, key := range keys {
		a, err := d.openActivity(p, key, blob)
		if errors.Is(err, seal.ErrWrongKey) {
			continue
		}
		return a, key, err
	}
	return nil, seal.Key{}, nil
}

// judgeActivity decides one change of an activity by its content: that it follows from
// what main has, and that whoever is entered is a member whom its author reads.
func (d *Desk) judgeActivity(p *Proposal, c *Change) (activityOp, error) {
	o := c.activity
	if o.to.Kind == register.Unknown {
		return o, nil
	}
	next := *o.is
	if o.from.Kind == register.Unknown {
		if next.Rev > c.commits {
			return o, fmt.Errorf("activity %s: its revision jumps", next.ID)
		}
		o.is = &next
		if err := d.judgeRound(p.Handle, nil, o.is); err != nil {
			return o, err
		}
		return o, d.takingPart(p.Handle, nil, o.is)
	}
	now, key, err := d.presentActivity(o.from)
	if err != nil {
		return o, err
	}
	if next.Rev > now.Rev+c.commits {
		return o, fmt.Errorf("activity %s: its revision jumps: it was %d, and %d commits make it %d", next.ID, now.Rev, c.commits, next.Rev)
	}
	if o.was == nil || now.Rev != o.was.Rev {
		next = *record.MergeActivity(o.was, now, o.is)
	}
	next.Rev, next.Ends = max(now.Rev, o.is.Rev-1)+1, o.to.Day
	o.is, o.was, o.key = &next, now, key
	if err := d.judgeRound(p.Handle, now, o.is); err != nil {
		return o, err
	}
	return o, d.takingPart(p.Handle, now, o.is)
}

// presentActivity opens an activity as main has it.
func (d *Desk) presentActivity(p register.Path) (*record.Activity, seal.Key, error) {
	k, err := d.keyring(p.Unit)
	if err != nil {
		return nil, seal.Key{}, err
	}
	e, ok, err := gitstore.Find(d.repo, d.tree, p.String())
	if err != nil {
		return nil, seal.Key{}, err
	}
	if !ok {
		return nil, seal.Key{}, fmt.Errorf("activity %s: it was postponed or erased since this proposal was made: reject it and ask for a new one", p.ID)
	}
	a, err := d.openActivity(p, k.Keys[p.ID], e.ID)
	return a, k.Keys[p.ID], err
}

// takingPart judges the members whom an author enters: each is one whom she reads.
// Whoever was erased meanwhile is left out.
func (d *Desk) takingPart(author register.Handle, was, is *record.Activity) error {
	units := d.state.InScope(author, d.Today())
	var out []register.RecordID
	for _, id := range is.Members {
		if was != nil && slices.Contains(was.Members, id) {
			out = append(out, id)
			continue
		}
		m, err := d.onMain(id, units)
		if err != nil {
			return err
		}
		if m != nil {
			out = append(out, id)
			continue
		}
		erased, err := d.erased(id)
		if err != nil {
			return err
		}
		if !erased {
			return fmt.Errorf("activity %s: it names a member whom %s does not read", is.ID, author)
		}
	}
	if is.Round != nil && len(out) < len(is.Members) {
		gone := slices.DeleteFunc(slices.Clone(is.Members), func(id register.RecordID) bool { return slices.Contains(out, id) })
		without, _ := is.Without(gone)
		is.Round = without.Round
	}
	is.Members = out
	return nil
}

// noteActivitiesErased keeps which keyrings the server has to forget after a merge that
// erased activities.
func (d *Desk) noteActivitiesErased(a *act, ops []activityOp) error {
	if !slices.ContainsFunc(ops, func(o activityOp) bool { return o.to.Kind == register.Unknown }) {
		return nil
	}
	return d.noteErasure(a, &Erased{})
}
