package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// RekeyOptions say what is sealed anew.
type RekeyOptions struct {
	Units  []register.UnitID // nil: all that the identity reads
	Forget bool              // destroy the keys of older versions too, at once; else they stay for the days of the policy
	Pages  bool              // new secrets for members' own pages: letters that were sent open nothing more
}

// Rekeyed is what was sealed anew in one unit.
type Rekeyed struct {
	Unit    register.UnitID
	Records int // of members, open and closed
	Others  int // whom lists named, participants of activities
}

// Rekey seals every file of the units under fresh keys that their keyrings hold, with
// one commit of main for each unit, so that it can be interrupted and run again. The
// revision of each record rises by one: whoever has a change of the version before on
// its way has it merged field by field, as long as that version is kept.
//
// Documents of grants keep their keys: grants name their files.
func (d *Desk) Rekey(ctx context.Context, o RekeyOptions) ([]Rekeyed, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	units := o.Units
	if units == nil {
		units = d.readableUnits()
	}
	var out []Rekeyed
	for _, u := range units {
		var done *Rekeyed
		err := d.withRetry(ctx, func() error {
			if err := d.may(policy.ActMerge, u); err != nil {
				return err
			}
			a, x, err := d.rekeying(u, o)
			if err != nil || a == nil {
				return err
			}
			done = x
			return d.commit(ctx, a)
		})
		if err != nil {
			return out, fmt.Errorf("unit %q: %w", u, err)
		}
		if done != nil {
			out = append(out, *done)
		}
	}
	return out, nil
}

// rekeying makes the act for one unit; nil where nothing is sealed there.
func (d *Desk) rekeying(u register.UnitID, o RekeyOptions) (*act, *Rekeyed, error) {
	if st := d.state.Units[u]; st == nil || st.Keyring == nil {
		return nil, nil, nil
	}
	was, err := d.keyring(u)
	if err != nil {
		return nil, nil, err
	}
	a, res := newAct(""), &Rekeyed{Unit: u}
	k, err := d.change(a, u)
	if err != nil {
		return nil, nil, err
	}
	if o.Forget {
		clear(k.Versions)
	}
	if res.Records, err = d.rekeyRecords(a, k, was, o); err != nil {
		return nil, nil, err
	}
	if res.Others, err = d.rekeyOthers(a, k, was, o); err != nil {
		return nil, nil, err
	}
	n := res.Records
	if n == 0 {
		n = res.Others
	}
	if n == 0 && len(was.Versions) == len(k.Versions) {
		return nil, nil, nil
	}
	verb := register.VerbRekey
	if o.Forget {
		verb = register.VerbContain
	}
	a.message = register.Message(verb, n, u)
	return a, res, nil
}

// sealedAnew is a file on its way to its new key.
type sealedAnew struct {
	path register.Path
	blob gitstore.ID
	key  seal.Key // the new one
	file []byte   // sealed under it
	rev  int      // that the record had
}

// rekeyRecords seals a unit's records anew, on all processors.
func (d *Desk) rekeyRecords(a *act, k, was *seal.Keyring, o RekeyOptions) (int, error) {
	var todo []*sealedAnew
	var ids []gitstore.ID
	for _, folder := range []string{"members", "erase"} {
		err := d.walk(d.tree, "data/"+string(k.Unit)+"/"+folder, func(p register.Path, e gitstore.Entry) error {
			todo = append(todo, &sealedAnew{path: p, blob: e.ID, key: seal.NewKey()})
			ids = append(ids, e.ID)
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	schema := d.state.Policy.Schema()
	err := d.repo.Blobs(ids, seal.RecordLimit, workers, func(i int, file []byte) error {
		x := todo[i]
		r, err := openRecord(schema, x.path, was.Keys[x.path.ID], file)
		if err != nil {
			return err
		}
		x.rev = r.Rev
		r.Rev++
		text, err := schema.Encode(r)
		if err != nil {
			return fmt.Errorf("write record %s: %w", x.path.ID, err)
		}
		defer clear(text)
		x.file, err = seal.Seal(x.key, text)
		return err
	})
	if err != nil {
		return 0, err
	}
	keep := d.state.Policy.Retention.KeepVersions
	until := d.Today().Add(keep)
	for i, x := range todo {
		id := x.path.ID
		if keep > 0 && !o.Forget {
			k.Versions[seal.Version{ID: id, Rev: x.rev}] = seal.OldKey{Key: was.Keys[id], Until: until}
		}
		k.Keys[id] = x.key
		if o.Pages && k.Views[id] != "" {
			k.Views[id] = seal.NewViewSecret()
		}
		a.files[x.path.String()] = x.file
		d.progress("sealing", i+1, len(todo))
	}
	return len(todo), nil
}

// rekeyOthers seals anew whom the lists of a unit named, whom sendings reached in it, and
// its activities.
func (d *Desk) rekeyOthers(a *act, k, was *seal.Keyring, o RekeyOptions) (int, error) {
	n := 0
	for _, folder := range []string{"draws", "activities", "dues", "sendings"} {
		err := d.walk(d.tree, "data/"+string(k.Unit)+"/"+folder, func(p register.Path, e gitstore.Entry) error {
			if p.Kind != register.DrawList && p.Kind != register.SendingList && p.Kind != register.Ledger && p.Kind != register.Activity {
				return nil
			}
			file, err := d.repo.Blob(e.ID, seal.EvidenceLimit)
			if err != nil {
				return err
			}
			key := seal.NewKey()
			if p.Kind == register.Activity {
				file, err = d.rekeyActivity(p, file, key, k, was, o)
			} else {
				file, err = resealed(was.Keys[p.ID], key, file, seal.OpenEvidence, seal.SealEvidence)
			}
			if err != nil {
				return fmt.Errorf("seal %s anew: %w", p.ID, err)
			}
			k.Keys[p.ID] = key
			a.files[p.String()] = file
			n++
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

// rekeyActivity seals an activity anew, as a new version of it.
func (d *Desk) rekeyActivity(p register.Path, file []byte, key seal.Key, k, was *seal.Keyring, o RekeyOptions) ([]byte, error) {
	text, err := seal.Open(was.Keys[p.ID], file)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	x, err := record.DecodeActivity(text)
	if err != nil {
		return nil, err
	}
	if keep := d.state.Policy.Retention.KeepVersions; keep > 0 && !o.Forget {
		k.Versions[seal.Version{ID: p.ID, Rev: x.Rev}] = seal.OldKey{Key: was.Keys[p.ID], Until: d.Today().Add(keep)}
	}
	x.Rev++
	next, err := record.EncodeActivity(x)
	if err != nil {
		return nil, err
	}
	defer clear(next)
	return seal.Seal(key, next)
}

// resealed takes a file from one key to another.
func resealed(from, to seal.Key, file []byte, open, close func(seal.Key, []byte) ([]byte, error)) ([]byte, error) {
	text, err := open(from, file)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return close(to, text)
}

// RekeyDays returns when each unit was last sealed anew as a whole, by the signed
// history; of one that never was, since when it has a keyring. Units without one have
// no day.
func (d *Desk) RekeyDays() (map[register.UnitID]register.Day, error) {
	chain, err := d.firstParents()
	if err != nil {
		return nil, err
	}
	out := map[register.UnitID]register.Day{}
	for _, c := range slices.Backward(chain) {
		m, err := register.ParseMessage(c.Message)
		if err == nil && (m.Verb == register.VerbRekey || m.Verb == register.VerbContain) && out[m.Unit] == "" {
			out[m.Unit] = register.DayOf(c.Committer.When)
		}
	}
	for u, st := range d.state.Units {
		if out[u] != "" || st.Keyring == nil {
			continue
		}
		day, err := d.keyringSince(chain, u)
		if err != nil {
			return nil, err
		}
		out[u] = day
	}
	return out, nil
}

// keyringSince finds the commit that brought a unit's first keyring; none ever goes.
func (d *Desk) keyringSince(chain []*gitstore.Commit, u register.UnitID) (register.Day, error) {
	var failed error
	path := register.Path{Kind: register.Keyring, Unit: u}.String()
	i, _ := slices.BinarySearchFunc(chain, true, func(c *gitstore.Commit, _ bool) int {
		_, ok, err := gitstore.Find(d.repo, c.Tree, path)
		failed = errors.Join(failed, err)
		if ok {
			return 0
		}
		return -1
	})
	if failed != nil || i == len(chain) {
		return "", failed
	}
	return register.DayOf(chain[i].Committer.When), nil
}

// RekeyDue returns the units that are to be sealed anew by a day, with the last day on
// which all is in order: those with anything in them, where the policy says so.
func (d *Desk) RekeyDue(by register.Day) (map[register.UnitID]register.Day, error) {
	months := d.state.Policy.Retention.Rekey
	if months == 0 {
		return nil, nil
	}
	days, err := d.RekeyDays()
	if err != nil {
		return nil, err
	}
	for u, day := range days {
		n, err := d.state.Records(u)
		if err != nil {
			return nil, err
		}
		if days[u] = day.AddMonths(months); n == 0 || days[u] > by {
			delete(days, u)
		}
	}
	return days, nil
}
