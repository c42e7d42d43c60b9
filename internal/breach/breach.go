// Package breach says what an officer's identities could open, from the signed
// history of main and without any key: what has to be known within 72 hours of a loss
// (GDPR art. 33). Use Of.
//
// It is an upper bound, as near as history allows. A sealed file could be opened
//
//   - by every keyring that held its key and was sealed to an identity of hers: that of
//     a unit, from the commit that sealed it to her. A keyring holds the keys of all
//     files of its unit, and of older versions for as many days as the policy says;
//   - by the secret of a proposal: by its author, and by whoever was of the secretariat
//     when it was made or on its way.
//
// An identity of which she stated, before the loss, that it is destroyed opens nothing
// more. Of recovery identities, the one that is in force counts only if it was there
// before the loss, or is the first. What history does not hold is not told: drafts, proposals that were rejected,
// what somebody wrote down.
package breach

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Loss is whose identities are concerned, and when.
type Loss struct {
	Handle register.Handle // register.Recovery: the recovery identity
	Since  register.Day    // the first day on which somebody else may have had it
	Until  register.Day    // the last one that counts; "": it goes on
}

// Version is one sealed file as it stood once: a version of a member's record, or a
// document, a request, or whom a list named.
type Version struct {
	Unit   register.UnitID
	ID     register.RecordID
	Record bool // a member's, open or closed
	Blob   gitstore.ID
}

// Count is how much could be opened.
type Count struct {
	Members  int // records
	Versions int // of these records
	Files    int // other sealed files
}

// Unit is what could be opened of one unit.
type Unit struct {
	ID      register.UnitID
	From    register.Day // the first keyring sealed to her
	To      register.Day // on which it was taken away; "": she still reads it, or reads only what proposals held
	Reads   bool         // the present keyring is sealed to her
	Within  Count        // by keyrings that were in force within the time of the loss
	Ever    Count        // by any that was ever sealed to an identity that she had then
	Present int          // members' records on main today
	Left    int          // of these, those that are still sealed as she could open them
	Rekeyed register.Day // the last day on which the whole unit was sealed anew; "" never
}

// Identity is one of hers, by its recipient.
type Identity struct {
	Recipient string // access.RecipientID
	Made      register.Day
	Retired   register.Day // her statement that it is destroyed; "" none
	Counts    bool         // it was not stated destroyed before the loss; nor, of recovery, made in answer to it
}

// List is a draw that was out, in her name, in the time of the loss.
type List struct {
	*access.Draw
	Missing []string // what nobody has attested as destroyed; none: all is
}

// Extent is what a loss amounts to.
type Extent struct {
	Loss
	Made       register.Day // when the first keyring was sealed to one of her identities that count; "" never
	Units      []Unit       // in which she could open anything, by id
	Within     Count        // over all units, each record once
	Ever       Count
	Lists      []List
	Identities []Identity
	State      *access.State // of main

	opened map[gitstore.ID]*opening
}

// opening is a sealed file that she could open.
type opening struct {
	Version
	within bool
}

// Versions returns the sealed files that could be opened: by keyrings in force within
// the time of the loss, or ever. They are in no order.
func (e *Extent) Versions(ever bool) []Version {
	var out []Version
	for _, o := range e.opened {
		if ever || o.within {
			out = append(out, o.Version)
		}
	}
	return out
}

// Taken returns the day on which the last keyring was taken from her; "" where she
// still reads one, or never did.
func (e *Extent) Taken() register.Day {
	last := register.Day("")
	for _, u := range e.Units {
		if u.Reads {
			return ""
		}
		last = max(last, u.To)
	}
	return last
}

// Of reads main from its first commit to head. It believes what stands there: whoever
// calls it has verified main. An error is one of reading, or of a file that no verified
// main holds.
func Of(repo gitstore.Reader, head gitstore.ID, l Loss) (*Extent, error) {
	w := newWalker(repo, l)
	if err := w.follow(head); err != nil {
		return nil, err
	}
	e := &Extent{Loss: l, Made: w.made, opened: w.opened, State: w.state}
	byUnit := map[register.UnitID]*tally{}
	all := newTally()
	for _, o := range w.opened {
		t := byUnit[o.Unit]
		if t == nil {
			t = newTally()
			byUnit[o.Unit] = t
		}
		t.add(o)
		all.add(o)
	}
	e.Within, e.Ever = all.counts()
	for id, u := range w.units {
		t := byUnit[id]
		if t == nil && !u.reads {
			continue
		}
		if t == nil {
			t = newTally()
		}
		x := Unit{ID: id, From: u.from, To: u.to, Reads: u.reads, Rekeyed: u.rekeyed}
		x.Within, x.Ever = t.counts()
		for blob, v := range u.here {
			if !v.Record {
				continue
			}
			x.Present++
			if w.opened[blob] != nil {
				x.Left++
			}
		}
		e.Units = append(e.Units, x)
	}
	slices.SortFunc(e.Units, func(a, b Unit) int { return strings.Compare(string(a.ID), string(b.ID)) })
	e.Identities = w.identities()
	var err error
	e.Lists, err = lists(w.r, w.state, l)
	return e, err
}

// tally counts openings: members once each.
type tally struct {
	within, ever                 map[register.RecordID]bool
	versionsWithin, versionsEver int
	filesWithin, filesEver       int
}

func newTally() *tally {
	return &tally{within: map[register.RecordID]bool{}, ever: map[register.RecordID]bool{}}
}

func (t *tally) add(o *opening) {
	if !o.Record {
		t.filesEver++
		if o.within {
			t.filesWithin++
		}
		return
	}
	t.ever[o.ID] = true
	t.versionsEver++
	if o.within {
		t.within[o.ID] = true
		t.versionsWithin++
	}
}

func (t *tally) counts() (within, ever Count) {
	return Count{len(t.within), t.versionsWithin, t.filesWithin}, Count{len(t.ever), t.versionsEver, t.filesEver}
}
