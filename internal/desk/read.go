package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Status says how far a record has come.
type Status string

// The ways in which a record stands before its officer.
const (
	Merged    Status = ""          // as main has it
	Draft     Status = "draft"     // changed here, not submitted
	Submitted Status = "submitted" // changed, waiting for the secretariat
)

// Member is a record as the identity's officer may see it.
type Member struct {
	Record *record.Record
	Path   register.Path
	Status Status
	key    seal.Key
	blob   gitstore.ID
}

// Closed tells whether the membership has ended.
func (m *Member) Closed() bool { return m.Path.Kind == register.Closed }

// Query says which members to read.
type Query struct {
	Units  []register.UnitID // nil: every unit that the identity reads
	Closed bool              // also those who have left
	Main   bool              // as main has them, without the officer's own changes
}

// Members opens the records that the query names, with the officer's own draft
// and submitted changes laid over them, sorted by unit and id.
func (d *Desk) Members(q Query) ([]*Member, error) {
	units, err := d.readable(q.Units)
	if err != nil {
		return nil, err
	}
	var out []*Member
	for _, u := range units {
		k, err := d.keyring(u)
		if err != nil {
			return nil, err
		}
		ms, err := d.unitMembers(u, k, q.Closed)
		if err != nil {
			return nil, err
		}
		out = append(out, ms...)
	}
	if !q.Main {
		if out, err = d.overlay(out, units, q.Closed); err != nil {
			return nil, err
		}
	}
	if err := d.open(out); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b *Member) int {
		if a.Path.Unit != b.Path.Unit {
			return strings.Compare(string(a.Path.Unit), string(b.Path.Unit))
		}
		return strings.Compare(string(a.Path.ID), string(b.Path.ID))
	})
	return out, nil
}

// readable returns the units asked for, or all that the identity reads; one that
// it does not read is an error.
func (d *Desk) readable(units []register.UnitID) ([]register.UnitID, error) {
	h, err := d.officer()
	if err != nil {
		return nil, err
	}
	mine := d.state.InScope(h, d.Today())
	if len(units) == 0 {
		return mine, nil
	}
	for _, u := range units {
		if _, ok := d.state.Policy.Unit(u); !ok {
			return nil, d.unknownUnit(u)
		}
		if !slices.Contains(mine, u) {
			return nil, fmt.Errorf("unit %q: %w", u, ErrNotAllowed)
		}
	}
	return units, nil
}

func (d *Desk) unknownUnit(u register.UnitID) error {
	var ids []string
	for _, x := range d.state.Policy.Organisation.Units {
		ids = append(ids, string(x.ID))
	}
	return fmt.Errorf("unknown unit %q: the units are %s", u, strings.Join(ids, ", "))
}

// unitMembers lists main's records of a unit, still sealed.
func (d *Desk) unitMembers(u register.UnitID, k *seal.Keyring, closed bool) ([]*Member, error) {
	var out []*Member
	folders := []string{"members"}
	if closed {
		folders = append(folders, "erase")
	}
	for _, f := range folders {
		err := gitstore.Walk(d.repo, d.tree, "data/"+string(u)+"/"+f, func(path string, e gitstore.Entry) error {
			p, err := register.ParsePath(path)
			if err != nil {
				return err
			}
			key, ok := k.Keys[p.ID]
			if !ok {
				return fmt.Errorf("record %s: the keyring of unit %q has no key for it", p.ID, u)
			}
			out = append(out, &Member{Path: p, key: key, blob: e.ID})
			return nil
		})
		if err != nil && !errors.Is(err, gitstore.ErrNotFound) {
			return nil, err
		}
	}
	return out, nil
}

// open opens the sealed records, on all processors, and checks that each says
// of itself what its path says.
func (d *Desk) open(ms []*Member) error {
	var todo []*Member
	var ids []gitstore.ID
	for _, m := range ms {
		if m.Record == nil {
			todo = append(todo, m)
			ids = append(ids, m.blob)
		}
	}
	schema := d.state.Policy.Schema()
	return d.repo.Blobs(ids, seal.RecordLimit, workers, func(i int, file []byte) error {
		r, err := openRecord(schema, todo[i].Path, todo[i].key, file)
		if err != nil {
			return err
		}
		todo[i].Record = r
		return nil
	})
}

// workers is how many goroutines open records: more gain little, since the work
// is memory and hashing.
const workers = 2

func openRecord(schema *record.Schema, p register.Path, key seal.Key, file []byte) (*record.Record, error) {
	text, err := seal.Open(key, file)
	if err != nil {
		return nil, fmt.Errorf("open record %s: %w", p.ID, err)
	}
	r, err := schema.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("read record %s: %w", p.ID, err)
	}
	if r.ID != p.ID || r.Unit != p.Unit {
		return nil, fmt.Errorf("record %s in unit %q says that it is another's: somebody moved its file", p.ID, p.Unit)
	}
	return r, nil
}

// overlay lays the changes of one's own proposals and draft over main's records.
func (d *Desk) overlay(ms []*Member, units []register.UnitID, closed bool) ([]*Member, error) {
	layers, err := d.layers()
	if err != nil || len(layers) == 0 {
		return ms, err
	}
	at := map[register.RecordID]int{}
	for i, m := range ms {
		at[m.Path.ID] = i
	}
	for _, l := range layers {
		for _, c := range l.changes {
			p, err := register.ParsePath(c.Path)
			if err != nil || p.Kind != register.Member && p.Kind != register.Closed || !slices.Contains(units, p.Unit) {
				continue
			}
			i, known := at[p.ID]
			switch {
			case c.New.ID.IsZero():
				if known && ms[i].Path == p {
					ms[i] = nil
					delete(at, p.ID)
				}
			case p.Kind == register.Closed && !closed:
			default:
				m := &Member{Path: p, Status: l.status, key: l.secret.Derive(seal.KindRecord, p.Unit, p.ID), blob: c.New.ID}
				if known {
					ms[i] = nil
				}
				at[p.ID] = len(ms)
				ms = append(ms, m)
			}
		}
	}
	return slices.DeleteFunc(ms, func(m *Member) bool { return m == nil }), nil
}

// Find returns the one record with the id, among those that the identity reads,
// those who have left included.
func (d *Desk) Find(id register.RecordID) (*Member, error) {
	if _, err := d.officer(); err != nil {
		return nil, err
	}
	units, err := d.readable(nil)
	if err != nil {
		return nil, err
	}
	found, err := d.onMain(id, units)
	if err != nil {
		return nil, err
	}
	var ms []*Member
	if found != nil {
		ms = append(ms, found)
	}
	ms, err = d.overlay(ms, units, true)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(ms, func(m *Member) bool { return m.Path.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoRecord, id)
	}
	return ms[i], d.open(ms[i : i+1])
}

// onMain finds main's record of that id in units, still sealed; nil where there is none.
func (d *Desk) onMain(id register.RecordID, units []register.UnitID) (*Member, error) {
	for _, u := range units {
		p := register.Path{Kind: register.Member, Unit: u, ID: id}
		e, ok, err := gitstore.Find(d.repo, d.tree, p.String())
		if err != nil {
			return nil, err
		}
		if !ok {
			if p, e, ok, err = d.findClosed(u, id); err != nil {
				return nil, err
			}
		}
		if !ok {
			continue
		}
		k, err := d.keyring(u)
		if err != nil {
			return nil, err
		}
		key, ok := k.Keys[id]
		if !ok {
			return nil, fmt.Errorf("record %s: the keyring of unit %q has no key for it", id, u)
		}
		return &Member{Path: p, key: key, blob: e.ID}, nil
	}
	return nil, nil
}

// findClosed looks for a record among those of the unit that have left.
func (d *Desk) findClosed(u register.UnitID, id register.RecordID) (register.Path, gitstore.Entry, bool, error) {
	dir, ok, err := gitstore.Find(d.repo, d.tree, "data/"+string(u)+"/erase")
	if err != nil || !ok {
		return register.Path{}, gitstore.Entry{}, false, err
	}
	months, err := gitstore.ReadTree(d.repo, dir.ID)
	if err != nil {
		return register.Path{}, gitstore.Entry{}, false, err
	}
	for _, m := range months {
		p := register.Path{Kind: register.Closed, Unit: u, Month: register.Month(m.Name), ID: id}
		e, ok, err := gitstore.Find(d.repo, d.tree, p.String())
		if err != nil || ok {
			return p, e, ok, err
		}
	}
	return register.Path{}, gitstore.Entry{}, false, nil
}

// FieldRight is what the identity's offices allow with a field of the unit's
// records today.
func (d *Desk) FieldRight(u register.UnitID, field string) policy.Right {
	h, err := d.me()
	if err != nil {
		return policy.Hidden
	}
	at := fieldOn{u, field, d.Today()}
	right, known := d.rights[at]
	if !known { // lists of thousands ask the same for every row
		right = d.state.FieldRight(h, field, u, at.day)
		d.rights[at] = right
	}
	return right
}

// fieldOn is a field of a unit's records on a day.
type fieldOn struct {
	unit  register.UnitID
	field string
	day   register.Day
}

// RevealKey returns the key that opens a record with stock age, as text.
func (d *Desk) RevealKey(id register.RecordID) (key string, path string, err error) {
	m, err := d.Find(id)
	if err != nil {
		return "", "", err
	}
	return m.key.String(), m.Path.String(), nil
}

// walk calls fn for each file below a folder of a tree; that there is no such folder
// is no error.
func (d *Desk) walk(tree gitstore.ID, folder string, fn func(register.Path, gitstore.Entry) error) error {
	err := gitstore.Walk(d.repo, tree, folder, func(path string, e gitstore.Entry) error {
		p, err := register.ParsePath(path)
		if err != nil {
			return err
		}
		return fn(p, e)
	})
	if errors.Is(err, gitstore.ErrNotFound) {
		return nil
	}
	return err
}
