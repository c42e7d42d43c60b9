package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
	"github.com/medlem-register/medlem/internal/seal"
)

// Errors of dues that a caller acts on.
var (
	// ErrNoDues says that the policy does not collect dues here.
	ErrNoDues = errors.New("policies/dues.yaml says nothing of who collects dues: they are not kept here")
	// ErrDues says that the identity's office does not collect dues.
	ErrDues = errors.New("your office does not collect dues")
	// ErrOwnDues says that the policy has fields of its own by the names under which the
	// register keeps what it claims.
	ErrOwnDues = errors.New("the policy has a field named dues, mandate or bounced of its own, where the register keeps what it claims")
)

// Dues are the books of a unit that collects dues, opened, with those from whom it
// collects.
type Dues struct {
	*dues.Books
	Unit    register.UnitID
	Rules   dues.Rules     // without a scheme where the policy does not say what is claimed
	Members []*dues.Member // of the unit and those below it, who have left included, and who has moved away from there and has claims in the books

	of     []*Member      // each of Members as it was opened
	at     map[string]int // payload → place in Members
	places map[register.RecordID]int
	touch  map[int]bool // members whose lines follow from what was entered
	set    map[int]map[string]record.Value
	fresh  []dues.Entry // entered since the books were opened
}

// CollectingUnits returns the units for which the identity collects dues, in the policy's
// order: one at least, or an error.
func (d *Desk) CollectingUnits() ([]register.UnitID, error) {
	if _, err := d.officer(); err != nil {
		return nil, err
	}
	p := d.state.Policy
	if p.Dues.CollectedBy == "" {
		return nil, ErrNoDues
	}
	if !p.Schema().HasDues() {
		return nil, ErrOwnDues
	}
	var mine []register.UnitID
	for i := range p.Units {
		if u := &p.Units[i]; u.Level == p.Dues.CollectedBy && d.may(policy.ActDues, u.ID) == nil {
			mine = append(mine, u.ID)
		}
	}
	if len(mine) == 0 {
		return nil, fmt.Errorf("%w: the level %q does", ErrDues, p.Dues.CollectedBy)
	}
	return mine, nil
}

// CollectingUnit returns the unit for which the identity collects dues: the one named, or
// the only one.
func (d *Desk) CollectingUnit(named register.UnitID) (register.UnitID, error) {
	mine, err := d.CollectingUnits()
	switch {
	case err != nil:
		return "", err
	case slices.Contains(mine, named):
		return named, nil
	case named != "":
		return "", fmt.Errorf("%w: the level %q does", ErrDues, d.state.Policy.Dues.CollectedBy)
	case len(mine) > 1:
		return "", fmt.Errorf("you collect dues for more than one unit: say which, of %v", mine)
	}
	return mine[0], nil
}

// AllDues opens the books of every unit for which the identity collects.
func (d *Desk) AllDues() ([]*Dues, error) {
	units, err := d.CollectingUnits()
	if err != nil {
		return nil, err
	}
	ms, err := d.Members(Query{Closed: true, Main: true})
	if err != nil {
		return nil, err
	}
	out := make([]*Dues, len(units))
	for i, u := range units {
		if out[i], err = d.duesOf(u, ms); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DuesClaims finds claims by their payloads in the books of every unit for which the
// identity collects. What is in none of them is left out.
func (d *Desk) DuesClaims(lines []record.DuesLine) (map[string]*dues.Claim, error) {
	units, err := d.CollectingUnits()
	if err != nil {
		return nil, err
	}
	out := map[string]*dues.Claim{}
	for _, u := range units {
		books, err := d.openLedger(u)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if c := books.Claims[l.Payload]; c != nil {
				out[l.Payload] = c
			}
		}
	}
	return out, nil
}

// Dues opens the books of a unit ("": the only one for which the identity collects), as
// main has them.
func (d *Desk) Dues(named register.UnitID) (*Dues, error) {
	u, err := d.CollectingUnit(named)
	if err != nil {
		return nil, err
	}
	ms, err := d.Members(Query{Closed: true, Main: true})
	if err != nil {
		return nil, err
	}
	return d.duesOf(u, ms)
}

// duesOf opens the books of a unit, with those of all members who belong to them.
func (d *Desk) duesOf(u register.UnitID, ms []*Member) (x *Dues, err error) {
	x = &Dues{Unit: u, at: map[string]int{}, places: map[register.RecordID]int{}, touch: map[int]bool{}, set: map[int]map[string]record.Value{}}
	if x.Books, err = d.openLedger(u); err != nil {
		return nil, err
	}
	if x.Rules, err = dues.NewRules(d.state.Policy); errors.Is(err, dues.ErrNoClaims) {
		x.Rules.Policy = d.state.Policy
	} else if err != nil {
		return nil, err
	}
	x.debtors(d.state.Policy, ms)
	return x, nil
}

// openLedger opens the ledger of a unit and adds it up.
func (d *Desk) openLedger(u register.UnitID) (*dues.Books, error) {
	if st := d.state.Units[u]; st == nil || st.Keyring == nil {
		return dues.Open(nil)
	}
	k, err := d.keyring(u)
	if err != nil {
		return nil, err
	}
	var files []dues.Text
	err = d.walk(d.tree, "data/"+string(u)+"/dues", func(p register.Path, e gitstore.Entry) error {
		file, err := d.repo.Blob(e.ID, seal.EvidenceLimit)
		if err != nil {
			return err
		}
		text, err := seal.OpenEvidence(k.Keys[p.ID], file)
		if err != nil {
			return fmt.Errorf("open ledger %s: %w", p.ID, err)
		}
		f, err := dues.Read(text)
		if err != nil {
			return fmt.Errorf("%s: %w", p.ID, err)
		}
		if f.ID != p.ID || f.Unit != u || f.Day.Year() != p.Year {
			return fmt.Errorf("ledger %s says that it is another's: somebody moved its file", p.ID)
		}
		files = append(files, dues.Text{File: f, Text: text})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return dues.Open(files)
}

// debtors finds those from whom dues are collected, and those anywhere else of whom the
// books have a claim: they have moved, and are not erased.
func (x *Dues) debtors(p *policy.Policy, ms []*Member) {
	schema := p.Schema()
	for _, m := range ms {
		lines := schema.DuesOf(m.Record)
		moved := !p.Below(m.Path.Unit, x.Unit)
		if moved && !slices.ContainsFunc(lines, func(l record.DuesLine) bool { return x.Claims[l.Payload] != nil }) {
			continue
		}
		i := len(x.of)
		x.of = append(x.of, m)
		x.Members = append(x.Members, &dues.Member{ID: m.Path.ID, Unit: m.Path.Unit, Left: m.Closed(), Moved: moved, Fields: m.Record.Fields, Lines: lines})
		x.places[m.Path.ID] = i
		for _, l := range lines {
			x.at[l.Payload] = i
		}
	}
}

// duesField tells whether only medlem dues writes a field.
func (d *Desk) duesField(key string) bool {
	return (key == record.Dues || key == record.Mandate) && d.state.Policy.Schema().HasDues()
}

// Has returns the member who has a claim, nil where no record has it.
func (x *Dues) Has(payload string) *dues.Member {
	if i, ok := x.at[payload]; ok {
		return x.Members[i]
	}
	return nil
}

// Member returns the member with the id, nil for none.
func (x *Dues) Member(id register.RecordID) *dues.Member {
	if i, ok := x.places[id]; ok {
		return x.Members[i]
	}
	return nil
}

// Record returns the record of a member of the books.
func (x *Dues) Record(m *dues.Member) *Member { return x.of[x.places[m.ID]] }

// enter adds entries that are in the books already to what is to be written.
func (x *Dues) enter(es ...dues.Entry) {
	x.fresh = append(x.fresh, es...)
	for i := range es {
		if at, ok := x.at[es[i].Payload]; ok && es[i].Payload != "" {
			x.touch[at] = true
		}
	}
}

// claim enters a new claim of a member.
func (x *Dues) claim(m *dues.Member, e dues.Entry, day register.Day) error {
	if err := x.Enter(e, day); err != nil {
		return err
	}
	at := x.places[m.ID]
	m.Lines = append(m.Lines, record.DuesLine{Year: e.Year, Payload: e.Payload})
	x.at[e.Payload] = at
	x.enter(e)
	return nil
}

// cancelGone claims no more what those owe who have left, or who were erased.
func (x *Dues) cancelGone(day register.Day) error {
	for _, c := range x.Order {
		if c.Left() == 0 {
			continue
		}
		e := dues.Entry{Do: dues.DoCancel, Payload: c.Payload}
		switch m := x.Has(c.Payload); {
		case m == nil:
			e.Why = dues.WhyErased
		case m.Left:
			e.Why = dues.WhyLeft
		default:
			continue
		}
		if err := x.Enter(e, day); err != nil {
			return err
		}
		x.enter(e)
	}
	return nil
}

// duesAct carries out an act of dues as one commit of main: work enters into the books
// what it makes. Claims of those who are gone are cancelled before. Where the server's
// main has moved it is done again upon the new one, so that two who book at once book
// nothing twice. ErrNothing: work entered nothing, whatever was cancelled.
func (d *Desk) duesAct(ctx context.Context, named register.UnitID, work func(x *Dues, day register.Day) error) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	return d.withRetry(ctx, func() error {
		if _, err := d.secretariat(); err != nil {
			return err
		}
		x, err := d.Dues(named)
		if err != nil {
			return err
		}
		day, err := d.commitDay()
		if err != nil {
			return err
		}
		if err := x.cancelGone(day); err != nil {
			return err
		}
		before := len(x.fresh)
		if err := work(x, day); err != nil {
			return err
		}
		if len(x.fresh) == before && len(x.set) == 0 {
			return ErrNothing
		}
		a := newAct("")
		if err := d.writeLedger(a, x, day); err != nil {
			return err
		}
		ops, err := d.duesOps(x)
		if err != nil {
			return err
		}
		if err := d.sealOps(a, ops); err != nil {
			return err
		}
		return d.commit(ctx, a)
	})
}

// entriesAtOnce is how many entries one file of the ledger gets; an act that makes more
// writes several.
const entriesAtOnce = 80_000

// writeLedger seals what was entered into files of the ledger.
func (d *Desk) writeLedger(a *act, x *Dues, day register.Day) error {
	k, err := d.change(a, x.Unit)
	if err != nil {
		return err
	}
	if x.Series == "" {
		x.Series = dues.NewSeries()
	}
	n := 0
	for part := range slices.Chunk(x.fresh, entriesAtOnce) {
		x.Serial++
		f := &dues.File{ID: register.NewRecordID(), Unit: x.Unit, Serial: x.Serial, Before: x.Last, Day: day, Series: x.Series, Next: x.Next, Entries: part}
		text, err := f.Encode()
		if err != nil {
			return err
		}
		key := seal.NewKey()
		file, err := seal.SealEvidence(key, text)
		if err != nil {
			return err
		}
		k.Keys[f.ID] = key
		a.files[register.Path{Kind: register.Ledger, Unit: x.Unit, Year: day.Year(), ID: f.ID}.String()] = file
		x.Last = dues.Digest(text)
		n++
	}
	a.message = register.Message(register.VerbDues, n, x.Unit)
	return nil
}

// duesOps are the changes of records that follow from what was entered. Of a record that
// is closed what it says of its claims is corrected where it lies.
func (d *Desk) duesOps(x *Dues) ([]op, error) {
	amounts := d.state.Policy.Dues.Seen == "amounts"
	for i := range x.set {
		x.touch[i] = true
	}
	var ops []op
	for i, m := range x.of {
		if !x.touch[i] {
			continue
		}
		next := m.next()
		lines := slices.Clone(x.Members[i].Lines)
		for j := range lines {
			if c := x.Claims[lines[j].Payload]; c != nil {
				lines[j] = c.Line(amounts)
			}
		}
		const most = record.ListLimit
		if len(lines) > most {
			lines = lines[len(lines)-most:]
		}
		next.Set(record.Dues, record.DuesValue(lines))
		for key, v := range x.set[i] {
			next.Set(key, v)
		}
		if len(record.Diff(m.Record, next)) == 0 {
			continue
		}
		ops = append(ops, op{verb: "edit", from: m.Path, to: m.Path, rec: next, was: m.Record, key: m.key})
	}
	return ops, nil
}

// dueDues finds new members who wait for their first claim, and those who owe and had
// fewer reminders in a calendar year than the policy's least: for whoever collects.
func (d *Desk) dueDues(o DueOptions, add func(retention.Item)) error {
	all, err := d.AllDues()
	if errors.Is(err, ErrNoDues) || errors.Is(err, ErrDues) || errors.Is(err, ErrOwnDues) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, x := range all {
		x.due(o, add)
	}
	return nil
}

// due finds them in the books of one unit.
func (x *Dues) due(o DueOptions, add func(retention.Item)) {
	p := x.Rules.Policy
	if p.Dues.Claims() {
		for _, m := range x.Members {
			if x.Rules.Late(m, o.Day.Add(o.Ahead+1)) {
				add(retention.Item{Kind: retention.Claim, Unit: m.Unit, Until: m.Joined().Add(p.Dues.NewMemberDays), ID: string(m.ID)})
			}
		}
	}
	last := o.Day.Add(o.Ahead)
	for _, year := range []int{o.Day.Time().Year() - 1, o.Day.Time().Year()} {
		end := dues.LastOf(year)
		const told = 31 // days: after January nobody can do anything about it
		if end > last || end.Add(told) < o.Day {
			continue
		}
		for _, m := range x.Fewer(p, x.Members, year) {
			add(retention.Item{Kind: retention.Reminders, Unit: m.Unit, Until: end, ID: string(m.ID)})
		}
	}
}
