package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// ErrReplayBrakes: brakes that somebody else's office alone may take off stand against
// what was erased since the backup.
var ErrReplayBrakes = errors.New("more were erased since the backup than the policy lets anybody erase without a run, and only other offices may change it")

// eraseAgain erases again what was erased after a backup was made, whether it was a member
// still, closed, or an activity. What the backup never had is left out. It is one commit,
// without brakes; where the identity may not take them off, records go one by one, as far
// as brakes let them. It returns what it erased.
func (d *Desk) eraseAgain(ctx context.Context, later map[register.RecordID]access.ErasedRecord) ([]register.RecordID, error) {
	at, err := d.placesOf(later)
	if err != nil || len(at) == 0 {
		return nil, err
	}
	ids := slices.Sorted(maps.Keys(at))
	var records []register.RecordID
	var units []register.UnitID
	for _, id := range ids {
		if at[id].Kind != register.Activity {
			records = append(records, id)
		}
		units = append(units, at[id].Unit)
	}
	if d.state.Policy.Brakes != nil && len(records) > 0 && !d.mayAmend() {
		return ids, d.eraseSingly(ctx, at, later)
	}
	mend, err := d.withoutBrakes(ctx, len(records))
	if err != nil {
		return nil, err
	}
	res := &Erased{IDs: records, again: later}
	a := newAct("")
	n, unit, err := d.erasing(a, records, res)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if at[id].Kind != register.Activity {
			continue
		}
		if err := d.destroyActivity(a, at[id]); err != nil {
			return nil, err
		}
	}
	if n == 0 {
		n, unit = len(ids), units[0]
	}
	a.message = register.Message("erase", n, unit)
	if err := d.commit(ctx, a); err != nil {
		return nil, err
	}
	return ids, mend()
}

// mayAmend tells whether the identity may change the policy, by itself.
func (d *Desk) mayAmend() bool {
	me, err := d.me()
	if err != nil || d.may(policy.ActPolicy, d.state.Policy.Root().ID) != nil {
		return false
	}
	by := d.state.Policy.Amend.By
	return len(by) == 0 || slices.ContainsFunc(d.state.Grants(me, d.Today()), func(g *access.Grant) bool { return slices.Contains(by, g.Office) })
}

// eraseSingly is eraseAgain under brakes: activities, which brakes do not hold up, in one
// commit; members who stand are closed in another; and then each record in one of its own.
func (d *Desk) eraseSingly(ctx context.Context, at map[register.RecordID]register.Path, later map[register.RecordID]access.ErasedRecord) error {
	activities := newAct("")
	var unit register.UnitID // of one of these
	var closed []op
	var records []register.RecordID
	for _, id := range slices.Sorted(maps.Keys(at)) {
		switch at[id].Kind {
		case register.Activity:
			if err := d.destroyActivity(activities, at[id]); err != nil {
				return err
			}
			unit = at[id].Unit
			continue
		case register.Member:
			m, err := d.Find(id)
			if err != nil {
				return err
			}
			why, ok := d.state.Policy.Reason(later[id].Rule)
			if !ok {
				why = d.state.Policy.Reasons[0] // in a record that is about to be destroyed; the tombstone says the true one
			}
			closed = append(closed, d.closing(m.Path, m.Record, m.key, why, true))
		}
		records = append(records, id)
	}
	all, err := d.state.AllRecords()
	if err != nil {
		return err
	}
	if len(records) > max(check.SingleLeast, d.state.Policy.Brakes.Most(all)) {
		return ErrReplayBrakes
	}
	if n := len(at) - len(records); n > 0 {
		activities.message = register.Message("activity", n, unit)
		if err := d.commit(ctx, activities); err != nil {
			return err
		}
	}
	if len(closed) > 0 {
		if err := d.perform(ctx, "close", closed[0].from.Unit, closed); err != nil {
			return err
		}
	}
	for i, id := range records {
		a := newAct("")
		n, unit, err := d.erasing(a, []register.RecordID{id}, &Erased{again: later})
		if err != nil {
			return err
		}
		a.message = register.Message("erase", n, unit)
		if err := d.commit(ctx, a); refusedBy(err, "retention/brake") {
			return ErrReplayBrakes // others were erased by themselves in the days before the backup
		} else if err != nil {
			return err
		}
		d.progress("sealing", i+1, len(records))
	}
	return nil
}

// refusedBy tells whether the check refused an act by a rule.
func refusedBy(err error, rule string) bool {
	var findings *FindingsError
	return errors.As(err, &findings) && slices.ContainsFunc(findings.Report.Findings, func(f check.Finding) bool { return f.Rule == rule })
}

// placesOf finds where the records and activities lie that are to be erased again.
func (d *Desk) placesOf(ids map[register.RecordID]access.ErasedRecord) (map[register.RecordID]register.Path, error) {
	out := map[register.RecordID]register.Path{}
	err := d.walk(d.tree, "data", func(p register.Path, _ gitstore.Entry) error {
		switch p.Kind {
		case register.Member, register.Closed, register.Activity:
			if _, gone := ids[p.ID]; gone {
				out[p.ID] = p
			}
		}
		return nil
	})
	return out, err
}

// withoutBrakes takes the brakes off the policy for one commit, by a commit of its own
// that stands in the history, and returns what puts them back word for word. The runs by
// which the records were erased are in the history that was lost; without this they
// could come back for as long as a new run takes.
func (d *Desk) withoutBrakes(ctx context.Context, records int) (mend func() error, err error) {
	nothing := func() error { return nil }
	if d.state.Policy.Retention.Brakes == nil || records == 0 {
		return nothing, nil
	}
	const path = "policies/retention.yaml"
	e, ok, err := gitstore.Find(d.repo, d.tree, path)
	if err != nil || !ok {
		return nothing, err
	}
	was, err := d.repo.Blob(e.ID, policy.FileLimit)
	if err != nil {
		return nothing, err
	}
	put := func(text []byte) error {
		a := newAct(register.Message("policy", 1, d.state.Policy.Root().ID))
		a.files[path] = text
		return d.commit(ctx, a)
	}
	without, err := withoutKey(was, "brakes")
	if err != nil {
		return nothing, err
	}
	if err := put(without); err != nil {
		return nothing, err
	}
	return func() error { return put(was) }, nil
}

// withoutKey takes a key with all its lines out of a YAML file that is a mapping.
func withoutKey(text []byte, key string) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) == 0 {
		return nil, err
	}
	lines := strings.SplitAfter(string(text), "\n")
	entries := doc.Content[0].Content
	for i := 0; i+1 < len(entries); i += 2 {
		if entries[i].Value != key {
			continue
		}
		first, last := entries[i].Line-1, len(lines)
		if i+2 < len(entries) {
			last = entries[i+2].Line - 1
		}
		return []byte(strings.Join(append(slices.Clone(lines[:first]), lines[last:]...), "")), nil
	}
	return text, nil
}
