package desk

import (
	"context"
	"errors"
	"fmt"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// SendingOptions say to whom something is sent, by which channel, about what. Nothing
// of its text is here but what a member's own page is to say of it.
type SendingOptions struct {
	Channel string // one of policy.Channels

	// Who. Units, or Members, and with Members nothing else of these.
	Units     []register.UnitID           // whose members; at least one
	Below     bool                        // and those of the units below them
	Office    string                      // only those who hold this post among the members: the id or the name of a choice of a field in which several can stand; ""
	Class     string                      // only those of this class: the id or the name of a choice of a field in which one stands; ""
	Where     func(*Member) (bool, error) // only those; nil: all
	Condition string                      // of Where, as the officer wrote it, or of Members, in the same words; kept sealed
	Members   []register.RecordID         // just these: what the register sends by itself (Automatic), or one whom the secretariat names alone

	Subject   string       // what a member's own page says of it: a line, at most record.SendingSubjectLimit bytes; sealed
	Event     string       // the event that it is about, in words; only a token of it leaves this machine; ""
	Purpose   string       // a purpose of lists.yaml to which members may object; ""
	Automatic string       // one of access.SendingAutomatics, "" for what an officer writes
	Needed    bool         // claims of dues and notices that the law wants: no objection to a purpose and no bound per month leaves anybody out
	Planned   register.Day // the day on which it is to go; "" now. Later than today: a plan, without a list
	Parts     int          // of an SMS: the parts of one message, at least 1; else 0

	// Once has, with Automatic, from which day each of Members may have had the same, with
	// the same Condition: then she is left out, also where another desk was faster. nil: it
	// may come again.
	Once map[register.RecordID]register.Day
}

// SendingPlan is whom a sending reaches, and whom it does not. It changes nothing.
type SendingPlan struct {
	Options    SendingOptions
	Receipt    *access.Sending   // as it will be committed; its id is fixed, its count may fall
	Recipients []*Member         // by id; each has an address of the channel
	LeftOut    map[LeftOut]int   // how many, by reason; who is never said
	Others     []*PlannedSending // what other officers send, or plan to, to members of these units, within sendings.plan-window days
	Stale      bool              // this copy is older than lists.fresh-for days: it may be planned, and not sent

	waiting []*access.Sending // of others, that lie on the server as proposals
	head    gitstore.ID       // of main, and the day: where both are as they were nothing is looked up again
	day     register.Day
}

// LeftOut is why a member who is in the audience gets nothing.
type LeftOut string

// The reasons for which a member is left out of a sending.
const (
	LeftGone       LeftOut = "gone"       // she is leaving, by one's own changes that wait, or no active member any more
	LeftRestricted LeftOut = "restricted" // her record is kept and not used
	LeftObjects    LeftOut = "objects"    // she objects to this channel, or to the purpose
	LeftProtected  LeftOut = "protected"  // she lives in a protected unit
	LeftNoAddress  LeftOut = "no-address" // her record has none of this channel
	LeftBounced    LeftOut = "bounced"    // what went to this address came back
	LeftEvent      LeftOut = "event"      // she has had as many SMS about this event as the policy allows
	LeftReached    LeftOut = "reached"    // she has had it already
	LeftLimit      LeftOut = "limit"      // she has had as many within 30 days as the policy allows
)

// LeftOuts lists the reasons in the order in which they are told.
var LeftOuts = []LeftOut{LeftGone, LeftRestricted, LeftObjects, LeftProtected, LeftNoAddress, LeftBounced, LeftReached, LeftEvent, LeftLimit}

// PlannedSending is a sending as its clear receipt tells it.
type PlannedSending struct {
	Receipt *access.Sending
	Office  string          // of whoever sends it, a key of access.yaml; "" where she has none any more
	Of      register.UnitID // that it is held in
	Waits   bool            // it stands in a proposal that is not taken in yet
	Own     bool
	Plan    bool // nothing has gone by it
	Void    bool // the carrier took nothing of it: nobody has had it
}

// Errors of sendings.
var (
	ErrNoChannel      = errors.New("members are not written to this way")
	ErrSendingNobody  = errors.New("nobody would get this")
	ErrSendingStale   = errors.New("this copy of the register is too old to send by")
	ErrSendingGone    = errors.New("no sending has this id")
	ErrSendingEvent   = errors.New("members of these units have already had an SMS about this event")
	ErrSendingMembers = errors.New("members are named one by one only for what the register sends by itself, or one of them by the secretariat")
	ErrSendingPost    = errors.New("records have no such post or class, or more than one by that name")
	ErrSendingSubject = errors.New("the subject of a sending is one line, of at most 200 bytes")
	ErrSendingParts   = errors.New("an SMS has at least one part, and nothing else has any")
	ErrSendingOther   = errors.New("this sending is another officer's")
	ErrSendingCount   = errors.New("more messages than members")
)

// SendingError is a sending that the policy does not allow.
type SendingError struct{ Faults []access.SendingFault }

func (e *SendingError) Error() string {
	s := e.Faults[0].String()
	if n := len(e.Faults); n > 1 {
		s += fmt.Sprintf(" (and %d more)", n-1)
	}
	return s
}

// SendingUnsureError says that nobody here knows whether the receipt of a sending was made:
// the program was stopped, or something failed, when it was on its way. If it was, the
// next Sync that reaches the server shows it.
type SendingUnsureError struct{ Cause error }

func (e *SendingUnsureError) Error() string {
	return "it is not known whether the receipt of this sending was made: " + e.Cause.Error()
}

func (e *SendingUnsureError) Unwrap() error { return e.Cause }

// SendingCommitted is a sending that has its receipt: without one, nothing goes out.
type SendingCommitted struct {
	Receipt *access.Sending
	Sent    bool // the receipt has reached the server, or there is none
	receipt committed
}

// PlanSending judges a sending by the policy and finds whom it reaches: active
// members of main alone, with nothing of drafts. It fetches where the server answers,
// and works without.
func (d *Desk) PlanSending(ctx context.Context, o SendingOptions) (*SendingPlan, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	p, err := d.judgeSending(o, register.NewRecordID())
	if err != nil {
		return nil, err
	}
	if p.waiting, err = d.othersWaiting(ctx, p.Receipt); err != nil {
		return nil, err
	}
	if err := d.fillSending(p); err != nil {
		return nil, err
	}
	p.Others, err = d.otherSendings(p.Receipt, p.waiting)
	return p, err
}

// judgeSending judges a sending by the policy.
func (d *Desk) judgeSending(o SendingOptions, id register.RecordID) (*SendingPlan, error) {
	p := &SendingPlan{Options: o, LeftOut: map[LeftOut]int{}, head: d.head, day: d.Today()}
	var err error
	if p.Receipt, err = d.sendingReceipt(p, id); err != nil {
		return nil, err
	}
	if fs := d.state.SendingFaults(p.Receipt, d.Today()); len(fs) > 0 {
		return nil, &SendingError{fs}
	}
	return p, nil
}

// fillSending finds whom a sending reaches.
func (d *Desk) fillSending(p *SendingPlan) error {
	if err := d.notAgain(p.Receipt, p.waiting); err != nil {
		return err
	}
	var err error
	if p.Recipients, err = d.audience(p); err != nil {
		return err
	}
	if p.Stale, err = d.oldCopy(); err != nil {
		return err
	}
	if p.Receipt.Planned == p.Receipt.Made {
		p.Receipt.Count = len(p.Recipients)
	} else {
		p.Receipt.Parts = 0
	}
	return nil
}

// notAgain refuses an SMS about an event of which members of the units have had one, but
// for the secretariat. waiting are those of proposals.
func (d *Desk) notAgain(x *access.Sending, waiting []*access.Sending) error {
	most := d.state.Policy.Sendings.SMS.PerEvent
	if most == 0 || x.Event == "" || d.state.MayMerge(x.By, d.Today()) {
		return nil
	}
	had := map[register.RecordID]bool{}
	for _, r := range waiting {
		had[r.ID] = x.SameEvent(r)
	}
	err := d.eachSending("", func(o *PlannedSending) error {
		had[o.Receipt.ID] = !o.Void && x.SameEvent(o.Receipt)
		return nil
	})
	n := 0
	for _, had := range had {
		if had {
			n++
		}
	}
	if err == nil && n >= most {
		err = ErrSendingEvent
	}
	return err
}

// StillThere returns those of a plan's recipients who are active members of its units on
// main as the server has it now (as this copy has it where the server does not answer),
// and whom none of one's own changes takes away. Whatever delivers asks it right before
// the first message, and leaves out the rest.
func (d *Desk) StillThere(ctx context.Context, p *SendingPlan) ([]register.RecordID, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	there, err := d.activeAt(d.tree, p.Receipt.Units)
	if err != nil {
		return nil, err
	}
	leaving, err := d.ownLeavers(p.Receipt.Units)
	if err != nil {
		return nil, err
	}
	var out []register.RecordID
	for _, m := range p.Recipients {
		if there[m.Path.ID] && !leaving[m.Path.ID] {
			out = append(out, m.Path.ID)
		}
	}
	return out, nil
}
