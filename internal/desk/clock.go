package desk

import (
	"context"
	"fmt"
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// A clock that is wrong by a year would find that everybody's time is over, and would
// date main so that nobody else takes it in before that day. What writes main, and what
// erases by the calendar, therefore compares this machine's clock with main, which
// everybody else's clock has passed.
const (
	clockBehind = time.Hour // that main's newest commit may be ahead: another machine's clock
	clockAhead  = 45 * 24 * time.Hour
)

// ClockError says that this machine's clock and main do not agree, so that nothing is
// written to main or erased by it.
type ClockError struct {
	Today  register.Day // by this machine's clock
	Newest register.Day // of main's newest commit
}

func (e *ClockError) Error() string {
	return fmt.Sprintf("this computer's clock says %s, and the newest entry of the register is of %s", e.Today, e.Newest)
}

// TrustClock takes a person's word that it is this day. It is good where the clock of
// this machine says the same, and stands however old main is.
func (d *Desk) TrustClock(day register.Day) { d.trusted = day }

// BeginByClock fetches what is new, where the server answers, before an act that erases by
// the calendar, and returns a *ClockError where the clock is not one to do so by.
func (d *Desk) BeginByClock(ctx context.Context) error { return d.beginByClock(ctx) }

// beginByClock is begin for an act that erases by the calendar.
func (d *Desk) beginByClock(ctx context.Context) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	return d.ClockStands()
}

// ClockStands returns a *ClockError where the clock is not one to write main or to erase
// by.
func (d *Desk) ClockStands() error {
	if d.head.IsZero() || d.trusted == d.Today() {
		return nil
	}
	newest, err := d.lastMeant()
	if err != nil {
		return err
	}
	if now := d.now(); now.Add(clockBehind).Before(newest) || now.After(newest.Add(clockAhead)) {
		return &ClockError{d.Today(), register.DayOf(newest)}
	}
	return nil
}

// lastMeant is the time of main's newest commit that a person meant. What the
// secretariat's tool does by itself whenever it is started bears the time of this
// machine, and would vouch for a clock that nobody has looked at.
func (d *Desk) lastMeant() (time.Time, error) {
	for id := d.head; ; {
		c, err := gitstore.ReadCommit(d.repo, id)
		if err != nil {
			return time.Time{}, err
		}
		if len(c.Parents) == 0 {
			return c.Committer.When, nil
		}
		auto, err := d.byItself(c)
		if err != nil || !auto {
			return c.Committer.When, err
		}
		id = c.Parents[0]
	}
}

// byItself tells whether a commit of main is one that the tool makes unasked: keyrings
// sealed anew, or a merge of nothing but officers' own files and receipts.
func (d *Desk) byItself(c *gitstore.Commit) (bool, error) {
	m, err := register.ParseMessage(c.Message)
	if err != nil || m.Verb == "readers" || m.Verb != "merge" {
		return err == nil && m.Verb == "readers", nil
	}
	parent, err := gitstore.ReadCommit(d.repo, c.Parents[0])
	if err != nil {
		return false, err
	}
	only := true
	err = gitstore.Diff(d.repo, parent.Tree, c.Tree, func(x gitstore.Change) error {
		p, err := register.ParsePath(x.Path)
		switch {
		case err != nil:
			only = false
		case p.Kind == register.Officer, p.Kind == register.Grant, p.Kind == register.Keyring, p.Kind == register.Draw, p.Kind == register.DrawList, p.Kind == register.RunList, p.Kind == register.Sending, p.Kind == register.SendingList:
		default:
			only = false
		}
		return nil
	})
	return only, err
}
