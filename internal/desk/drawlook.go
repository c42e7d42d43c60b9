package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Drawn is a list that was taken out, as its receipt has it.
type Drawn struct {
	Receipt *access.Draw
	Waits   bool     // the receipt, or what was last said of it, is not taken in yet
	Missing []string // of policy.Lists.Attest: what nobody has said to be destroyed
	Overdue bool

	topic string // of one's own proposal that has it; "" main has it
	layer *layer // of that proposal
}

// Open tells whether something of the list may still exist.
func (x *Drawn) Open() bool { return len(x.Missing) > 0 }

// Draws returns the lists that were taken out of units (nil: of all), those that are
// overdue first, then by the day on which they must be destroyed. Receipts are
// clear: it needs no key, and one's own that wait need one's own.
func (d *Desk) Draws(units []register.UnitID) ([]*Drawn, error) {
	found := map[register.RecordID]*Drawn{}
	for _, u := range sortedUnits(d.state) {
		err := d.walk(d.tree, "data/"+string(u)+"/draws", func(p register.Path, e gitstore.Entry) error {
			if p.Kind != register.Draw {
				return nil
			}
			x, err := d.readDraw(p, e.ID)
			if err != nil {
				return err
			}
			found[p.ID] = &Drawn{Receipt: x}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := d.ownDraws(found); err != nil {
		return nil, err
	}
	var out []*Drawn
	for _, x := range found {
		if len(units) > 0 && !slices.ContainsFunc(x.Receipt.Units, func(u register.UnitID) bool { return slices.Contains(units, u) }) {
			continue
		}
		x.Missing = x.Receipt.Missing(d.state.Policy.Lists.Attest)
		x.Overdue = x.Open() && x.Receipt.Day < d.Today()
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b *Drawn) int {
		return cmp.Or(openFirst(a)-openFirst(b), strings.Compare(string(a.Receipt.Day), string(b.Receipt.Day)), strings.Compare(string(a.Receipt.ID), string(b.Receipt.ID)))
	})
	return out, nil
}

func openFirst(x *Drawn) int {
	switch {
	case x.Overdue:
		return 0
	case x.Open():
		return 1
	}
	return 2
}

func sortedUnits(s *access.State) []register.UnitID {
	out := make([]register.UnitID, 0, len(s.Units))
	for u := range s.Units {
		out = append(out, u)
	}
	slices.Sort(out)
	return out
}

func (d *Desk) readDraw(p register.Path, blob gitstore.ID) (*access.Draw, error) {
	b, err := d.repo.Blob(blob, register.FlatLimit)
	if err != nil {
		return nil, err
	}
	x, err := access.ParseDraw(p, b)
	if err != nil {
		return nil, fmt.Errorf("read receipt %s: %w", p.ID, err)
	}
	return x, nil
}

// ownDraws lays the receipts of one's own proposals over main's.
func (d *Desk) ownDraws(found map[register.RecordID]*Drawn) error {
	if d.id == nil {
		return nil
	}
	refs, err := d.repo.Refs(drawRefs)
	if err != nil {
		return err
	}
	for name, head := range refs {
		l, err := d.layer(name, head)
		if err != nil {
			return err
		}
		for _, c := range l.changes {
			p, err := register.ParsePath(c.Path)
			if err != nil || p.Kind != register.Draw || c.New.ID.IsZero() {
				continue
			}
			x, err := d.readDraw(p, c.New.ID)
			if err != nil {
				return err
			}
			found[p.ID] = &Drawn{Receipt: x, Waits: true, topic: strings.TrimPrefix(name, drawRefs), layer: l}
		}
	}
	return nil
}

// ErrNoDraw says that no receipt has the id.
var ErrNoDraw = errors.New("no list has been taken out under this id")

// FindDraw returns the draw whose id begins with what is given, at least four
// characters of it.
func (d *Desk) FindDraw(id string) (*Drawn, error) {
	const least = 4
	all, err := d.Draws(nil)
	if err != nil {
		return nil, err
	}
	var out *Drawn
	for _, x := range all {
		if len(id) < least || !strings.HasPrefix(string(x.Receipt.ID), id) {
			continue
		}
		if out != nil {
			return nil, fmt.Errorf("draw %q: more than one id begins like that", id)
		}
		out = x
	}
	if out == nil {
		return nil, ErrNoDraw
	}
	return out, nil
}

// openList opens whom a draw names; seal.ErrWrongKey, or that there is no key, is an
// error.
func (d *Desk) openList(x *Drawn) (*record.DrawList, error) {
	at := x.Receipt.ListPath()
	if x.layer != nil {
		for _, c := range x.layer.changes {
			if c.Path == at.String() && !c.New.ID.IsZero() {
				return d.openDrawList(at, x.layer.secret.Derive(seal.KindDraw, at.Unit, at.ID), c.New.ID)
			}
		}
	}
	k, err := d.keyring(at.Unit)
	if err != nil {
		return nil, err
	}
	e, ok, err := gitstore.Find(d.repo, d.tree, at.String())
	if err != nil {
		return nil, err
	}
	key, have := k.Keys[at.ID]
	if !ok || !have {
		return nil, drawListError(at, seal.ErrWrongKey)
	}
	return d.openDrawList(at, key, e.ID)
}

// Freshness says whether a list may still be used to reach those whom it names.
type Freshness struct {
	Draw  *access.Draw
	Old   bool // it was drawn too long ago
	Over  bool // it should have been destroyed
	Left  int  // of those in it, how many are no longer among the members of its units
	Exact bool // Left is of those in it; else of all members of its units, since whom it names cannot be opened
}

// Stale tells whether the list must be drawn anew before it is used.
func (f *Freshness) Stale() bool { return f.Old || f.Over || f.Left > 0 }

// FreshDraw tells whether a list that was taken out may be used today. What uses one
// to reach people asks this first.
func (d *Desk) FreshDraw(ctx context.Context, id register.RecordID) (*Freshness, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	x, err := d.FindDraw(string(id))
	if err != nil {
		return nil, err
	}
	r := x.Receipt
	f := &Freshness{Draw: r, Old: r.Drawn.Add(d.state.Policy.Lists.FreshFor) < d.Today(), Over: r.Day < d.Today()}
	present, err := d.activeAt(d.tree, r.Units)
	if err != nil {
		return nil, err
	}
	own, err := d.ownLeavers(r.Units)
	if err != nil {
		return nil, err
	}
	list, err := d.openList(x)
	if err == nil {
		f.Exact = true
		f.Left = r.Count - len(list.Members) // who was erased stands in no list any more
		for _, m := range list.Members {
			if !present[m] || own[m] {
				f.Left++
			}
		}
		return f, nil
	}
	before, err := d.membersThen(r)
	if err != nil {
		return nil, err
	}
	for m := range before {
		if !present[m] || own[m] {
			f.Left++
		}
	}
	return f, nil
}

// ownLeavers are members whom one's own changes, not merged yet, take out of units.
func (d *Desk) ownLeavers(units []register.UnitID) (map[register.RecordID]bool, error) {
	out := map[register.RecordID]bool{}
	layers, err := d.layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		for _, c := range l.changes {
			p, err := register.ParsePath(c.Path)
			if err == nil && p.Kind == register.Member && c.New.ID.IsZero() && slices.Contains(units, p.Unit) {
				out[p.ID] = true
			}
		}
		rs, err := d.requests(l)
		if err != nil {
			return nil, err
		}
		for _, r := range rs {
			out[r.Member] = out[r.Member] || r.Kind == record.RequestClose
		}
	}
	return out, nil
}

// membersThen are the members of a draw's units on the main that it was drawn from.
func (d *Desk) membersThen(r *access.Draw) (map[register.RecordID]bool, error) {
	id, err := gitstore.ParseID(r.Main)
	if err != nil {
		return nil, err
	}
	c, err := gitstore.ReadCommit(d.repo, id)
	if err != nil {
		return nil, fmt.Errorf("read the register of the day on which the list was drawn: %w", err)
	}
	return d.activeAt(c.Tree, r.Units)
}

// What is said of a draw afterwards goes into its receipt, signed by whoever says
// it: by the officer who got the list, who drew it, or who may draw there.

// ErrSameWay says that a file and its password would go the same way.
var ErrSameWay = errors.New("the file and its password would go the same way")

// DestroyDraw writes into a receipt that nothing is left of the list: of the parts,
// access.PartPaper and access.PartDigital.
func (d *Desk) DestroyDraw(ctx context.Context, id string, parts []string) (*Drawn, error) {
	return d.attest(ctx, id, func(x *access.Draw, me register.Handle) error {
		changed := false
		for _, part := range parts {
			if slices.ContainsFunc(x.Destroyed, func(a access.Destruction) bool { return a.Part == part }) {
				continue
			}
			x.Destroyed, changed = append(x.Destroyed, access.Destruction{Part: part, Day: d.Today(), Handle: me}), true
		}
		sortSaid(x)
		if !changed {
			return ErrNothing
		}
		return nil
	})
}

// SentDraw writes into a receipt which ways the file and its password went; "" not
// said. Where the policy wants it, they go different ways.
func (d *Desk) SentDraw(ctx context.Context, id, file, password string) (*Drawn, error) {
	return d.attest(ctx, id, func(x *access.Draw, _ register.Handle) error {
		changed := false
		for _, s := range []access.Delivery{{Part: access.PartFile, Way: file}, {Part: access.PartPassword, Way: password}} {
			if s.Way == "" || slices.ContainsFunc(x.Sent, func(o access.Delivery) bool { return o.Part == s.Part }) {
				continue
			}
			s.ID, s.Day = register.NewRecordID(), d.Today()
			x.Sent, changed = append(x.Sent, s), true
		}
		sortSaid(x)
		if d.state.Policy.Lists.SeparatePassword && len(x.Sent) == 2 && x.Sent[0].Way == x.Sent[1].Way {
			return ErrSameWay
		}
		if !changed {
			return ErrNothing
		}
		return nil
	})
}

// attest changes a receipt and commits it: on main for the secretariat, as a
// proposal that takes itself in for every other officer.
func (d *Desk) attest(ctx context.Context, id string, change func(*access.Draw, register.Handle) error) (*Drawn, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	var x *Drawn
	err := d.withRetry(ctx, func() error {
		me, err := d.officer()
		if err != nil {
			return err
		}
		if x, err = d.FindDraw(id); err != nil {
			return err
		}
		r := x.Receipt
		_, merged, err := gitstore.Find(d.repo, d.tree, r.Path().String())
		if err != nil {
			return err
		}
		if !merged {
			return ErrDrawWaiting
		}
		if me != r.By && me != r.For && d.may(policy.ActDraw, r.Unit) != nil {
			return fmt.Errorf("draw %s: %w", r.ID, ErrNotAllowed)
		}
		if err := change(r, me); err != nil {
			return err
		}
		x.Missing = r.Missing(d.state.Policy.Lists.Attest)
		x.Overdue = x.Open() && r.Day < d.Today()
		msg := register.Message("attest", 1, r.Unit)
		files := map[string][]byte{r.Path().String(): r.Encode()}
		if d.Secretary() {
			a := newAct(msg)
			a.files = files
			if err := d.commit(ctx, a); !errors.Is(err, gitstore.ErrUnreachable) {
				return err
			}
		}
		var drop []string
		if x.topic != "" {
			drop = append(drop, x.topic)
		}
		x.Waits = true
		_, err = d.proposeReceipt(ctx, msg, r.Unit, func(seal.Key) (map[string][]byte, error) { return files, nil }, drop...)
		return err
	})
	return x, err
}
