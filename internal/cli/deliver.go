package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// carriers make what hands messages over, by channel. Messages in a channel that has no
// carrier (letters) are not delivered.
var carriers = map[string]func(*session) (outbox.Driver, outbox.Pace, error){
	policy.ChannelEmail: (*session).mailCarrier,
	policy.ChannelSMS:   (*session).smsCarrier,
}

// delivery is what came of a sending.
type delivery struct {
	Receipt *access.Sending
	Status  *outbox.Status
	Sent    bool  // the receipt has reached the server, or there is none
	Later   error // why not all went now; medlem outbox send goes on. nil: all was dealt with
}

// deliver sends one message to each recipient of a plan: it puts them into the outbox,
// has the receipt made, and hands over what may go. b.Messages name members of the plan,
// each at most once, with their addresses in the channel; their text is theirs, or b's.
// The plan is of today, and PlanSending made it in this command.
//
// Where the carrier does not answer, the receipt is made and the messages wait: that is
// no error.
func (s *session) deliver(ctx context.Context, plan *desk.SendingPlan, b *outbox.Batch) (*delivery, error) {
	b.ID, b.Channel, b.Made = plan.Receipt.ID, plan.Options.Channel, s.Today()
	b.Needed, b.Purpose = plan.Options.Needed, plan.Options.Purpose
	if err := planned(plan, b); err != nil {
		return nil, err
	}
	box, err := s.outbox()
	if err != nil {
		return nil, err
	}
	defer box.Close()
	carrier, pace, err := s.carrier(b.Channel)
	if err != nil {
		return nil, err
	}
	if err := box.Put(b); err != nil {
		return nil, err
	}
	done, err := s.CommitSending(ctx, plan)
	var unsure *desk.SendingUnsureError
	switch {
	case errors.As(err, &unsure): // its receipt may be there: the messages wait for it
		return nil, &failure{exitRead, s.tr("it is not known whether the receipt of this sending was made ({{.Reason}}); its messages wait", "Reason", s.explain(unsure.Cause).msg),
			s.tr("medlem outbox send asks the server, and sends them if it was; to give it up: medlem outbox drop {{.ID}}", "ID", b.ID)}
	case err != nil:
		return nil, errors.Join(err, box.Drop(b.ID, true))
	}
	if err := box.Release(b.ID); err != nil {
		return nil, err
	}
	out := &delivery{Receipt: done.Receipt, Sent: done.Sent}
	still, err := s.StillThere(ctx, plan)
	if err != nil {
		return nil, err
	}
	out.Status, out.Later, err = s.handOver(ctx, box, b.ID, carrier, pace, still)
	return out, err
}

// planned refuses messages that are not for the recipients of the plan.
func planned(plan *desk.SendingPlan, b *outbox.Batch) error {
	in := make(map[register.RecordID]register.UnitID, len(plan.Recipients))
	for _, m := range plan.Recipients {
		in[m.Path.ID] = m.Path.Unit
	}
	for i, m := range b.Messages {
		if u, ok := in[m.Member]; !ok || u != m.Unit {
			return fmt.Errorf("message %d is for nobody in the plan", i+1)
		}
	}
	return nil
}

// handOver delivers what waits of a sending to those who are still there, and has the
// number that went written into its receipt. later is why something waits still.
func (s *session) handOver(ctx context.Context, box *outbox.Box, id register.RecordID, d outbox.Driver, pace outbox.Pace, still []register.RecordID) (st *outbox.Status, later, err error) {
	in := make(map[register.RecordID]bool, len(still))
	for _, m := range still {
		in[m] = true
	}
	st, later = box.Deliver(ctx, id, d, pace, func(m *outbox.Message) bool { return in[m.Member] })
	if st == nil {
		return nil, nil, later
	}
	if n := st.Counts[outbox.Sent]; n > 0 || st.Finished { // also that nobody has had it is said
		if err := s.FinishSending(ctx, id, n); err != nil && ctx.Err() == nil { // else it is noted, and goes with the next command
			return st, later, err
		}
	}
	return st, later, nil
}

// carrier makes what hands over the messages of a channel.
func (s *session) carrier(channel string) (outbox.Driver, outbox.Pace, error) {
	open, ok := carriers[channel]
	if !ok {
		return nil, outbox.Pace{}, desk.ErrNoChannel
	}
	d, pace, err := open(s)
	if err == nil {
		progress := s.progress()
		pace.Progress = func(done, total int) { progress("send", done, total) }
	}
	return d, pace, err
}

// settingsFolder is where this copy of the register keeps what is only of this machine:
// who it sends as is of one register, as the sender's name and address are.
func (s *session) settingsFolder() string { return filepath.Join(s.Repo().Dir(), "medlem") }

const outboxFolder = "outbox"

// outbox opens the outbox of this copy.
func (s *session) outbox() (*outbox.Box, error) {
	if s.me == nil {
		return nil, desk.ErrNoIdentity
	}
	box, err := outbox.Open(filepath.Join(s.settingsFolder(), outboxFolder), ownSealer{s.me.Identity}, s.Now)
	if err != nil {
		return nil, err
	}
	if err := box.Tidy(); err != nil {
		box.Close()
		return nil, err
	}
	return box, nil
}

// tidyOutbox takes out of the outbox what it has for members who were erased. With reseal
// it seals the rest to the newest of the officer's keys, before an older one is destroyed.
func (s *session) tidyOutbox(reseal bool) error {
	if _, err := os.Stat(filepath.Join(s.settingsFolder(), outboxFolder)); err != nil {
		return nil // there is none
	}
	box, err := s.outbox()
	if err != nil {
		return err
	}
	defer box.Close()
	gone, err := s.Erased()
	if err != nil {
		return err
	}
	n := 0
	if len(gone) > 0 {
		n, err = box.Without(func(id register.RecordID) bool { return gone[id] })
	}
	if n > 0 {
		s.note(s.trn(n, "{{.N}} message was taken out of your outbox: the member has been erased.", "{{.N}} messages were taken out of your outbox: the members have been erased."))
	}
	if err != nil || !reseal {
		return err
	}
	return box.Reseal()
}

// ownSealer seals to the officer's own identity, and to nobody else.
type ownSealer struct{ id *identity.Identity }

func (o ownSealer) Seal(text []byte) ([]byte, error) {
	return seal.SealOwn(text, o.id.Recipient())
}

func (o ownSealer) Open(file []byte) ([]byte, error) {
	return seal.OpenOwn(file, o.ages())
}

func (o ownSealer) ages() []age.Identity { return o.id.Ages() }
