package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// ErrNoActivity says that there is no such activity among those that the identity reads.
var ErrNoActivity = errors.New("no such activity among those that you may read")

// Activity is an activity as the identity's officer may see it.
type Activity struct {
	Record *record.Activity
	Path   register.Path
	Status Status
	key    seal.Key
	blob   gitstore.ID
}

// Until is the last day on which the activity is kept, by the policy in force.
func (d *Desk) Until(a *Activity) register.Day {
	return a.Path.Day.Add(d.state.Policy.Activities.Keep)
}

// Activities opens the activities of the units (nil: of every unit that the identity
// reads), with the officer's own draft and submitted changes laid over them, by day.
func (d *Desk) Activities(units []register.UnitID) ([]*Activity, error) {
	units, err := d.readable(units)
	if err != nil {
		return nil, err
	}
	var out []*Activity
	for _, u := range units {
		k, err := d.keyring(u)
		if err != nil {
			return nil, err
		}
		err = d.walk(d.tree, "data/"+string(u)+"/activities", func(p register.Path, e gitstore.Entry) error {
			out = append(out, &Activity{Path: p, key: k.Keys[p.ID], blob: e.ID})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if out, err = d.overlayActivities(out, units); err != nil {
		return nil, err
	}
	for _, a := range out {
		if a.Record, err = d.openActivity(a.Path, a.key, a.blob); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b *Activity) int {
		if a.Path.Day != b.Path.Day {
			return strings.Compare(string(a.Path.Day), string(b.Path.Day))
		}
		return strings.Compare(string(a.Path.ID), string(b.Path.ID))
	})
	return out, nil
}

// Activity returns the one of that id.
func (d *Desk) Activity(id register.RecordID) (*Activity, error) {
	all, err := d.Activities(nil)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(a *Activity) bool { return a.Path.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoActivity, id)
	}
	return all[i], nil
}

// overlayActivities lays one's own proposals and draft over main's activities.
func (d *Desk) overlayActivities(as []*Activity, units []register.UnitID) ([]*Activity, error) {
	layers, err := d.layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		for _, c := range l.changes {
			p, err := register.ParsePath(c.Path)
			if err != nil || p.Kind != register.Activity || !slices.Contains(units, p.Unit) {
				continue
			}
			if c.New.ID.IsZero() {
				as = slices.DeleteFunc(as, func(a *Activity) bool { return a.Path == p })
				continue
			}
			as = slices.DeleteFunc(as, func(a *Activity) bool { return a.Path.ID == p.ID })
			as = append(as, &Activity{Path: p, Status: l.status, key: l.secret.Derive(seal.KindActivity, p.Unit, p.ID), blob: c.New.ID})
		}
	}
	return as, nil
}

// openActivity opens a sealed activity and checks that it says of itself what its path
// says.
func (d *Desk) openActivity(p register.Path, key seal.Key, blob gitstore.ID) (*record.Activity, error) {
	file, err := d.repo.Blob(blob, seal.RecordLimit)
	if err != nil {
		return nil, err
	}
	text, err := seal.Open(key, file)
	if err != nil {
		return nil, fmt.Errorf("open activity %s: %w", p.ID, err)
	}
	defer clear(text)
	a, err := record.DecodeActivity(text)
	if err != nil {
		return nil, fmt.Errorf("read activity %s: %w", p.ID, err)
	}
	if a.ID != p.ID || a.Unit != p.Unit || a.Ends != p.Day {
		return nil, fmt.Errorf("activity %s in unit %q says that it is another's, or ends on another day: somebody moved its file", p.ID, p.Unit)
	}
	return a, nil
}

// DueActivities returns the activities of main that are over and whose days have passed,
// of all units; it needs no key.
func (d *Desk) DueActivities() ([]register.Path, error) {
	var out []register.Path
	for u := range d.state.Units {
		err := d.walk(d.tree, "data/"+string(u)+"/activities", func(p register.Path, _ gitstore.Entry) error {
			if d.Until(&Activity{Path: p}) < d.Today() {
				out = append(out, p)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b register.Path) int { return strings.Compare(a.String(), b.String()) })
	return out, nil
}

// activitiesNaming opens the activities of a unit, and returns those in which one of the
// records takes part, now without it. It counts them.
func (d *Desk) activitiesNaming(u register.UnitID, k *seal.Keyring, ids []register.RecordID, t destroyed) ([]activityOp, error) {
	var out []activityOp
	err := d.walk(d.tree, "data/"+string(u)+"/activities", func(p register.Path, e gitstore.Entry) error {
		a, err := d.openActivity(p, k.Keys[p.ID], e.ID)
		if err != nil {
			return err
		}
		without, had := a.Without(ids)
		if !had {
			return nil
		}
		for _, id := range a.Members {
			if slices.Contains(ids, id) {
				r := t.of(id)
				r.Activities++
				t.replaces(r, u, d.state)
			}
		}
		without.Rev++
		out = append(out, activityOp{from: p, to: p, is: without})
		return nil
	})
	return out, err
}
