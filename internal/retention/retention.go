// Package retention says until when what a register holds may be there, and so what
// is due on a day. It reads paths and clear files, and needs no key.
//
// For the files of one commit, use [Of]. A caller that also has history or keys adds
// what follows from those (identities, proposals, what stands in records) as Items of
// its own.
package retention

import (
	"cmp"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// A Kind is what is due.
type Kind string

// The kinds, in the order in which they are told.
const (
	Closed      Kind = "closed"      // the record of an ended membership: to be erased
	Activity    Kind = "activity"    // an activity's participants: to be erased
	Draw        Kind = "draw"        // a list out of the register: to be destroyed, and that to be attested
	Review      Kind = "review"      // a control of who has access: to be made
	Grant       Kind = "grant"       // an officer's access: it ends
	Identity    Kind = "identity"    // an officer's keys: to be made anew
	Proposal    Kind = "proposal"    // what an officer, a member or a stranger sent: to be answered
	Unconfirmed Kind = "unconfirmed" // a record that its member has not confirmed for long
)

// Kinds are all kinds, in the order in which they are told.
var Kinds = []Kind{Closed, Activity, Draw, Review, Grant, Identity, Proposal, Unconfirmed}

// An Item is one thing that is due.
type Item struct {
	Kind  Kind
	Unit  register.UnitID
	Until register.Day // the last day on which all is in order
	ID    string       // a record's or list's id, an officer's handle; "" of a review
}

// Overdue tells whether the item should have been seen to by a day.
func (i Item) Overdue(today register.Day) bool { return i.Until < today }

// Compare orders items by unit, kind, day and id.
func (i Item) Compare(j Item) int {
	return cmp.Or(cmp.Compare(i.Unit, j.Unit), slices.Index(Kinds, i.Kind)-slices.Index(Kinds, j.Kind),
		cmp.Compare(i.Until, j.Until), strings.Compare(i.ID, j.ID))
}

// Until returns the last day on which a file may lie where it lies. It is false of
// those whose path bears no date that ends it.
func Until(p register.Path) (register.Day, bool) {
	switch p.Kind {
	case register.Closed:
		return p.Month.Last(), true
	case register.Activity:
		return p.Day, true
	}
	return "", false
}

// A Reader reads the files of a register, as a *gitstore.Repo does.
type Reader interface {
	gitstore.Reader
	Blob(id gitstore.ID, limit int64) ([]byte, error)
}

// Of returns what is due on a day, or within as many days after it as ahead says, in
// the units (nil: in all), by unit and kind. s is the state of the commit whose files r
// reads; its policy is read. An error is one of reading.
func Of(s *access.State, r Reader, today register.Day, ahead int, units []register.UnitID) ([]Item, error) {
	last := today.Add(ahead)
	var out []Item
	add := func(i Item) {
		if i.Until <= last {
			out = append(out, i)
		}
	}
	for _, u := range s.Policy.Units {
		st := s.Units[u.ID]
		if st == nil || len(units) > 0 && !slices.Contains(units, u.ID) {
			continue
		}
		if err := files(s, r, u.ID, add); err != nil {
			return nil, err
		}
		if at, ok := s.ReviewUnit(u.ID); ok && at == u.ID {
			if due, _, ok := s.ReviewDue(at, today); ok {
				add(Item{Review, u.ID, due, ""})
			}
		}
		for h, g := range st.Grants {
			if end := g.Last(); end >= today { // one that has ended asks for nothing more
				add(Item{Grant, u.ID, end, string(h)})
			}
		}
	}
	slices.SortFunc(out, Item.Compare)
	return out, nil
}

// folders are those of a unit in which files lie until a day.
var folders = []string{"activities", "draws", "erase"}

// files finds what lies in a unit until a day. Of lists it reads the receipts: one of
// which all that the policy asks for is attested is gone already.
func files(s *access.State, r Reader, unit register.UnitID, add func(Item)) error {
	for _, folder := range folders {
		err := gitstore.Walk(r, s.Tree, "data/"+string(unit)+"/"+folder, func(path string, e gitstore.Entry) error {
			p, err := register.ParsePath(path)
			if err != nil {
				return err
			}
			if until, ok := Until(p); ok {
				add(Item{kindOf(p), unit, until, string(p.ID)})
				return nil
			}
			if p.Kind != register.Draw {
				return nil
			}
			b, err := r.Blob(e.ID, register.FlatLimit)
			if err != nil {
				return err
			}
			x, err := access.ParseDraw(p, b)
			if err != nil {
				return err
			}
			if len(x.Missing(s.Policy.Lists.Attest)) > 0 {
				add(Item{Draw, unit, x.Day, string(p.ID)})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func kindOf(p register.Path) Kind {
	if p.Kind == register.Activity {
		return Activity
	}
	return Closed
}
