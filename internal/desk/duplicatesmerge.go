package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/duplicate"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Twin is somebody who looks, by tokens alone, like somebody new.
type Twin struct {
	ID     register.RecordID
	Unit   register.UnitID
	Closed bool             // that membership has ended: it could be taken up again
	New    bool             // she is new too, in the same proposal
	Score  float64          // duplicate.Ask or duplicate.List
	Common []duplicate.Kind // the strongest first
}

// DuplicateError says that a proposal enters somebody who is likely in the
// register already. It names records, not people.
type DuplicateError struct {
	Twins map[register.RecordID][]Twin // of each such new record, those at duplicate.Ask
}

func (e *DuplicateError) Error() string {
	ids := make([]string, 0, len(e.Twins))
	for id := range e.Twins {
		ids = append(ids, string(id))
	}
	slices.Sort(ids)
	return fmt.Sprintf("%d new members are likely registered already, the first of them record %s", len(ids), ids[0])
}

// twinsEach is how many likenesses of one record are told: an address that a whole
// association shares would fill a screen.
const twinsEach = 10

// twins looks for those whom the proposal enters among all that the register has,
// and among themselves.
func (d *Desk) twins(r *Review) error {
	var adds []*Change
	for _, c := range r.Changes {
		if c.Verb == "add" || c.Request != nil && c.Request.Kind == record.RequestJoin && c.Is != nil {
			adds = append(adds, c)
		}
	}
	if len(adds) == 0 {
		return nil
	}
	b, err := d.tokens()
	if err != nil {
		return err
	}
	f := newFinder()
	for _, c := range adds {
		f.want(c.Path.ID, tokenList(c.Is, b.secret))
	}
	found := func(i int, t Twin) { adds[i].Twins = append(adds[i].Twins, t) }
	b.meet(f, found)
	for i, c := range adds {
		f.meet(Twin{ID: c.Path.ID, Unit: c.Path.Unit, New: true}, f.lists[i], found)
	}
	for _, c := range adds {
		slices.SortFunc(c.Twins, likest)
		c.Twins = c.Twins[:min(len(c.Twins), twinsEach)]
		for i := range c.Twins {
			if err := d.closedTwin(&c.Twins[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// closedTwin finds out whether the twin's membership has ended.
func (d *Desk) closedTwin(t *Twin) error {
	if t.New {
		return nil
	}
	p := register.Path{Kind: register.Member, Unit: t.Unit, ID: t.ID}
	_, ok, err := gitstore.Find(d.repo, d.tree, p.String())
	t.Closed = !ok
	return err
}

func likest(a, b Twin) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.ID, b.ID))
}

// finder finds records that have a token in common with one of those wanted.
type finder struct {
	ids    []register.RecordID
	lists  []string // the tokens of each
	wanted map[string][]int
	place  map[register.RecordID]int // among the wanted
}

func newFinder() *finder {
	return &finder{wanted: map[string][]int{}, place: map[register.RecordID]int{}}
}

func (f *finder) want(id register.RecordID, list string) {
	i := len(f.ids)
	f.ids, f.lists = append(f.ids, id), append(f.lists, list)
	f.place[id] = i
	for _, t := range parseTokens(list) {
		f.wanted[string(t)] = append(f.wanted[string(t)], i)
	}
}

// meet compares everybody in the book with those wanted.
func (b *book) meet(f *finder, found func(i int, t Twin)) {
	for u, t := range b.units {
		for id, list := range t.People {
			f.meet(Twin{ID: id, Unit: u}, list, found)
		}
	}
}

// meet compares somebody with those whom she has a token in common with. Of two
// new ones the later is told of the earlier.
func (f *finder) meet(who Twin, list string, found func(i int, t Twin)) {
	var met []int
	for t := range strings.SplitSeq(list, " ") {
		met = append(met, f.wanted[t]...)
	}
	if len(met) == 0 {
		return
	}
	slices.Sort(met)
	theirs := parseTokens(list)
	for _, i := range slices.Compact(met) {
		if f.ids[i] == who.ID || who.New && f.place[who.ID] > i {
			continue
		}
		if who.Score, who.Common = duplicate.Compare(theirs, parseTokens(f.lists[i])); who.Score >= duplicate.List {
			found(i, who)
		}
	}
}

// likely returns an error where the review found somebody new who is likely in the
// register already.
func likely(r *Review) error {
	e := &DuplicateError{Twins: map[register.RecordID][]Twin{}}
	for _, c := range r.Changes {
		for _, t := range c.Twins {
			if t.Score >= duplicate.Ask {
				e.Twins[c.Path.ID] = append(e.Twins[c.Path.ID], t)
			}
		}
	}
	if len(e.Twins) == 0 {
		return nil
	}
	return e
}
