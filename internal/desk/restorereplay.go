package desk

import (
	"context"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// eraseAgain erases again, in one commit, what was erased after a backup was made, whether
// it was a member still, closed, or an activity. What the backup never had is left out.
// It returns what it erased.
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
