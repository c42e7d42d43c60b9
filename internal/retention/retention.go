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
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// A Kind is what is due.
type Kind string

// The kinds, in the order in which they are told.
const (
	Closed      Kind = "closed"       // the record of an ended membership: to be erased
	Run         Kind = "run"          // a run of erasures: in quarantine until that day, then to be finished
	Activity    Kind = "activity"     // an activity's participants: to be erased
	Draw        Kind = "draw"         // a list out of the register: to be destroyed, and that to be attested
	Review      Kind = "review"       // a control of who has access: to be made
	Grant       Kind = "grant"        // an officer's access: it ends
	Identity    Kind = "identity"     // an officer's keys: to be made anew
	Proposal    Kind = "proposal"     // what an officer, a member or a stranger sent: to be answered
	Rekey       Kind = "rekey"        // a unit's records: to be sealed under fresh keys
	Unconfirmed Kind = "unconfirmed"  // a record that its member has not confirmed for long
	Join        Kind = "join"         // what a member or a stranger sent, which is not taken in: to be looked at
	Claim       Kind = "claim"        // a new member's first claim of dues: to be made
	Reminders   Kind = "reminders"    // a member who owes: to be reminded as often in the year as the policy says
	Mail        Kind = "mail"         // the e-mail about an activity that was erased: to be deleted, and that to be said
	Evidence    Kind = "evidence"     // a grant that has ended, or a document of one: past its own period
	DrawPast    Kind = "draw-past"    // the receipt of a list that was destroyed: likewise
	Receipt     Kind = "receipt"      // of an erasure: likewise
	ReviewPast  Kind = "review-past"  // a control of who has access: likewise
	MailPast    Kind = "mail-past"    // what was said of e-mail: likewise
	SendingPast Kind = "sending-past" // the receipts of a month's sendings, and whom they reached in the unit: likewise
	LedgerPast  Kind = "ledger-past"  // the books of dues of an accounting year: likewise
)

// Kinds are all kinds, in the order in which they are told.
var Kinds = []Kind{Closed, Run, Activity, Draw, Review, Grant, Identity, Proposal, Join, Rekey, Unconfirmed, Claim, Reminders, Mail, Evidence, DrawPast, Receipt, ReviewPast, MailPast, LedgerPast, SendingPast}

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

// mailDays is how long after an activity's erasure, in days, it may take until it is said
// that the e-mail about it is gone.
const mailDays = 7

// MailUntil is the last day on which that is in order.
func MailUntil(erased register.Day) register.Day { return erased.Add(mailDays) }

// Until returns the last day on which a file may lie where it lies, by a policy. It is
// false of those whose path bears no date that ends it.
func Until(p register.Path, by *policy.Policy) (register.Day, bool) {
	switch p.Kind {
	case register.Closed:
		return p.Month.Last(), true
	case register.Activity:
		return p.Day.Add(by.Activities.Keep), true
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
		own, err := Pieces(s, r, u.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range own {
			add(x.Item)
		}
		if u.ID == s.Policy.Root().ID {
			run, ok, err := openRun(s)
			if err != nil {
				return nil, err
			}
			if ok { // told from its first day, however long its quarantine is
				out = append(out, run)
			}
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

// openRun returns the run of erasures that waits, if there is one.
func openRun(s *access.State) (Item, bool, error) {
	f, ok, err := s.OpenRun()
	if err != nil || !ok {
		return Item{}, false, err
	}
	x, err := s.Run(f)
	if err != nil {
		return Item{}, false, err
	}
	return Item{Run, x.Unit, x.Until, string(x.ID)}, true, nil
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
			if until, ok := Until(p, s.Policy); ok {
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
