package desk

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// A View is what an active member's own page is made of.
type View struct {
	Member *Member
	Secret string   // of her page, in its canonical text
	Draws  []*Drawn // that named her, the newest first
	Closed int      // lists of her unit beside, whose names the identity cannot open

	Messages []Message // that were sent to her, the newest first, as far as the identity can open it
}

// Unviewed are active members of main for whom there is no View, by why.
type Unviewed struct {
	Unreadable int // not, or not wholly, the identity's to read
	NoSecret   int // main has no view secret of them
}

// viewsAtOnce bounds how many records Views holds open.
const viewsAtOnce = 256

// Views calls fn for every active member of main whose whole record the identity may
// see, by unit and id, with some of them in memory at a time: a register can have a
// hundred thousand. Whom the lists name is looked up once for all of them.
func (d *Desk) Views(fn func(*View) error) (Unviewed, error) {
	drawn, err := d.drawnMembers()
	if err != nil {
		return Unviewed{}, err
	}
	sent, err := d.SentTo("")
	if err != nil {
		return Unviewed{}, err
	}
	return d.viewed(func(some []*Member, secrets map[register.RecordID]string) error {
		if err := d.open(some); err != nil {
			return err
		}
		for i, m := range some {
			v := &View{Member: m, Secret: secrets[m.Path.ID], Draws: drawn.of(m.Path.ID), Closed: drawn.closed[m.Path.Unit], Messages: sent[m.Path.ID]}
			some[i] = nil
			if err := fn(v); err != nil {
				return err
			}
		}
		return nil
	})
}

// ViewSecrets calls fn for everybody for whom Views would, with the secret of her page;
// no record is opened.
func (d *Desk) ViewSecrets(fn func(id register.RecordID, secret string) error) (Unviewed, error) {
	return d.viewed(func(some []*Member, secrets map[register.RecordID]string) error {
		for _, m := range some {
			if err := fn(m.Path.ID, secrets[m.Path.ID]); err != nil {
				return err
			}
		}
		return nil
	})
}

// viewed calls fn for some of the members of Views after the other, still sealed, with
// the secrets of their unit.
func (d *Desk) viewed(fn func(some []*Member, secrets map[register.RecordID]string) error) (not Unviewed, err error) {
	mine, err := d.readable(nil)
	if err != nil {
		return not, err
	}
	for _, u := range sortedUnits(d.state) {
		k, err := d.keyringOrNil(u, mine)
		if err != nil {
			return not, err
		}
		if k == nil {
			n, err := d.state.Members(u)
			if err != nil {
				return not, err
			}
			not.Unreadable += n
			continue
		}
		ms, err := d.unitMembers(u, k, false)
		if err != nil {
			return not, err
		}
		all := len(ms)
		ms = slices.DeleteFunc(ms, func(m *Member) bool { return k.Views[m.Path.ID] == "" })
		not.NoSecret += all - len(ms)
		for some := range slices.Chunk(ms, viewsAtOnce) {
			if err := fn(some, k.Views); err != nil {
				return not, err
			}
		}
	}
	return not, nil
}

// ViewOf is what one active member's page is made of, as main has her.
func (d *Desk) ViewOf(id register.RecordID) (*View, error) {
	units, err := d.readable(nil)
	if err != nil {
		return nil, err
	}
	m, err := d.onMain(id, units)
	switch {
	case err != nil:
		return nil, err
	case m == nil:
		return nil, fmt.Errorf("%w: %s", ErrNoRecord, id)
	case m.Closed():
		return nil, ErrEnded
	case !d.seesAll(m.Path.Unit):
		return nil, ErrNotAllowed
	}
	if err := d.open([]*Member{m}); err != nil {
		return nil, err
	}
	secret, ok, err := d.ViewSecret(m)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoView
	}
	drawn, err := d.drawnMembers()
	if err != nil {
		return nil, err
	}
	sent, err := d.SentTo(id)
	if err != nil {
		return nil, err
	}
	return &View{Member: m, Secret: secret, Draws: drawn.of(id), Closed: drawn.closed[m.Path.Unit], Messages: sent[id]}, nil
}

// ErrNoView says that main has no view secret of a member: nobody has merged her since
// there are such pages.
var ErrNoView = errors.New("the register has no secret for this member's own page")

// seesAll tells whether the identity's offices show every field of a unit's records: a
// member's page has them all, whoever makes it.
func (d *Desk) seesAll(u register.UnitID) bool {
	return !slices.ContainsFunc(d.state.Policy.FieldsIn(u), func(f *policy.Field) bool { return d.FieldRight(u, f.Key) == policy.Hidden })
}

// keyringOrNil opens the keyring of a unit, nil where it is not the identity's to read,
// or where something in its records is not.
func (d *Desk) keyringOrNil(u register.UnitID, mine []register.UnitID) (*seal.Keyring, error) {
	if !slices.Contains(mine, u) || !d.seesAll(u) {
		return nil, nil
	}
	k, err := d.keyring(u)
	if errors.Is(err, seal.ErrNotReader) {
		return nil, nil
	}
	return k, err
}

// drawnMembers says which lists named whom.
type drawnMembers struct {
	draws  []*Drawn // the newest first
	by     map[register.RecordID][]int32
	closed map[register.UnitID]int // lists that the identity cannot open, by unit whose members they had
}

func (d *Desk) drawnMembers() (*drawnMembers, error) {
	all, err := d.Draws(nil)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b *Drawn) int { return cmp.Compare(b.Receipt.Drawn, a.Receipt.Drawn) })
	out := &drawnMembers{draws: all, by: map[register.RecordID][]int32{}, closed: map[register.UnitID]int{}}
	for i, x := range all {
		list, err := d.openListOrNil(x)
		if err != nil {
			return nil, err
		}
		if list == nil {
			for _, u := range x.Receipt.Units {
				out.closed[u]++
			}
			continue
		}
		for _, id := range list.Members {
			out.by[id] = append(out.by[id], int32(i))
		}
	}
	return out, nil
}

func (n *drawnMembers) of(id register.RecordID) []*Drawn {
	var out []*Drawn
	for _, i := range n.by[id] {
		out = append(out, n.draws[i])
	}
	return out
}

// OfficesOf returns the offices that an officer held on a day, by unit, as far as the
// grants of today say.
func (d *Desk) OfficesOf(h register.Handle, day register.Day) []*access.Grant {
	return d.state.Grants(h, day)
}
