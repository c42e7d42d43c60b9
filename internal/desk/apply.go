package desk

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// op is one change of one record, opened: what an officer drafts, what the
// secretariat does directly, and what a merge takes from a proposal.
type op struct {
	verb string
	from register.Path  // zero: the record is new
	to   register.Path  // zero: the record is dropped here (a request that was answered)
	rec  *record.Record // the record as it shall be
	was  *record.Record // as it was; nil when new
	key  seal.Key       // that opens it as it was, on main
}

// draftFiles seals the ops under keys that follow from the draft's secret.
func (d *Desk) draftFiles(ops []op, secret seal.Key) (map[string][]byte, error) {
	schema := d.state.Policy.Schema()
	files := make(map[string][]byte, len(ops))
	for i, o := range ops {
		if err := o.placed(); err != nil {
			return nil, err
		}
		text, err := schema.Encode(o.rec)
		if err != nil {
			return nil, fmt.Errorf("write record %s: %w", o.rec.ID, err)
		}
		file, err := seal.Seal(secret.Derive(seal.KindRecord, o.to.Unit, o.to.ID), text)
		if err != nil {
			return nil, err
		}
		if o.from.Kind != register.Unknown && o.from != o.to {
			files[o.from.String()] = nil
		}
		files[o.to.String()] = file
		d.progress("sealing", i+1, len(ops))
	}
	return files, nil
}

// apply seals the ops under fresh random keys, puts these in the keyrings of
// their units, and keeps the replaced keys as versions for the days that the
// policy says. A new member gets the secret of her page.
func (d *Desk) apply(a *act, ops []op) error {
	if err := d.sealOps(a, ops); err != nil {
		return err
	}
	return d.bringTokens(a, ops)
}

// sealOps is apply for ops that change nothing by which a person is recognised, so that
// no tokens change with them.
func (d *Desk) sealOps(a *act, ops []op) error {
	schema := d.state.Policy.Schema()
	until := d.Today().Add(d.state.Policy.Retention.KeepVersions)
	for i, o := range ops {
		if err := o.placed(); err != nil {
			return err
		}
		k, err := d.change(a, o.to.Unit)
		if err != nil {
			return err
		}
		text, err := schema.Encode(o.rec)
		if err != nil {
			return fmt.Errorf("write record %s: %w", o.rec.ID, err)
		}
		key := seal.NewKey()
		file, err := seal.Seal(key, text)
		if err != nil {
			return err
		}
		if o.from.Kind != register.Unknown {
			old := k
			if o.from.Unit != o.to.Unit {
				if old, err = d.change(a, o.from.Unit); err != nil {
					return err
				}
				if v, ok := old.Views[o.to.ID]; ok {
					k.Views[o.to.ID] = v
					delete(old.Views, o.to.ID)
				}
				delete(old.Keys, o.to.ID)
			}
			if o.was != nil && d.state.Policy.Retention.KeepVersions > 0 {
				old.Versions[seal.Version{ID: o.to.ID, Rev: o.was.Rev}] = seal.OldKey{Key: o.key, Until: until}
			}
			if o.from != o.to {
				a.files[o.from.String()] = nil
			}
		}
		k.Keys[o.to.ID] = key
		if k.Views[o.to.ID] == "" {
			k.Views[o.to.ID] = seal.NewViewSecret()
		}
		a.files[o.to.String()] = file
		d.progress("sealing", i+1, len(ops))
	}
	return nil
}

// placed returns an error unless the record says of its membership what its path
// says: only a record among the closed ones has a day and a reason of closing.
func (o op) placed() error {
	day, why := o.rec.Fields[record.Closed], o.rec.Fields[record.Reason]
	switch {
	case o.to.Kind == register.Closed && (day.Empty() || why.Empty()):
		return fmt.Errorf("record %s: closed without a day and a reason", o.to.ID)
	case o.to.Kind == register.Member && !(day.Empty() && why.Empty()):
		return fmt.Errorf("record %s: says that it is closed, and lies among the members (medlem close closes)", o.to.ID)
	}
	return nil
}

// perform carries the ops out: as one commit of main for the secretariat, as one
// commit of the draft for every other officer.
func (d *Desk) perform(ctx ctxt, verb string, unit register.UnitID, ops []op) error {
	if len(ops) == 0 {
		return ErrNothing
	}
	if !d.Secretary() {
		return d.draftCommit(verb, len(ops), unit, ops, func(secret seal.Key) (map[string][]byte, error) {
			return d.draftFiles(ops, secret)
		})
	}
	a := newAct(register.Message(verb, len(ops), unit))
	if err := d.apply(a, ops); err != nil {
		return err
	}
	return d.commit(ctx, a)
}
