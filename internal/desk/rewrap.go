package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// A proposal's envelope is sealed to the secretariat of the day on which it was
// sent. When somebody joins the secretariat or leaves it, or has a new recipient,
// the author's tool sends the proposal anew, under another topic, with a fresh
// envelope: otherwise the check would refuse it for ever.

// scratchRef holds a proposal while it is sealed anew.
const scratchRef = "refs/medlem/rewrap"

// recipientsDigest names to whom an envelope of the identity's is sealed today.
func (d *Desk) recipientsDigest() (string, error) {
	me, err := d.me()
	if err != nil {
		return "", err
	}
	return digestOf([]byte(strings.Join(d.state.EnvelopeRecipients(me, d.Today()), "\n"))), nil
}

// noteSealed notes to whom the envelope of a proposal is sealed, in place of a
// former topic of it.
func (d *Desk) noteSealed(former, topic string) error {
	digest, err := d.recipientsDigest()
	if err != nil {
		return err
	}
	waiting, err := d.repo.Refs(submittedRefs)
	if err != nil {
		return err
	}
	receipts, err := d.repo.Refs(drawRefs)
	if err != nil {
		return err
	}
	d.local.sealed = slices.DeleteFunc(d.local.sealed, func(s string) bool {
		t, _, _ := strings.Cut(s, " ")
		_, waits := waiting[submittedRefs+t]
		_, draw := receipts[drawRefs+t]
		return t == former || !waits && !draw
	})
	d.local.sealed = append(d.local.sealed, topic+" "+digest)
	return d.local.save()
}

// rewrapSubmitted sends each waiting proposal anew whose envelope is not sealed
// to the secretariat of today.
func (d *Desk) rewrapSubmitted(ctx context.Context) error {
	if d.local.remote == "" || len(d.local.sealed) == 0 {
		return nil
	}
	digest, err := d.recipientsDigest()
	if err != nil {
		return err
	}
	waiting, err := d.repo.Refs(submittedRefs)
	if err != nil {
		return err
	}
	for _, s := range slices.Clone(d.local.sealed) {
		topic, was, _ := strings.Cut(s, " ")
		head, waits := waiting[submittedRefs+topic]
		if !waits || was == digest {
			continue
		}
		if err := d.rewrapProposal(ctx, topic, head); errors.Is(err, gitstore.ErrUnreachable) {
			return nil // the next sync
		} else if err != nil {
			return fmt.Errorf("send the proposal %s anew: %w", topic, err)
		}
	}
	return nil
}

func (d *Desk) rewrapProposal(ctx context.Context, topic string, head gitstore.ID) error {
	me, err := d.me()
	if err != nil {
		return err
	}
	old, _, err := d.repo.Ref(scratchRef) // of a command that was killed
	if err != nil {
		return err
	}
	if err := d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: scratchRef, Old: old, New: head}}); err != nil {
		return err
	}
	l, err := d.layer(scratchRef, head)
	if err != nil {
		return err
	}
	if l.envelope.Kind != register.Envelope {
		return d.dropScratch(head)
	}
	if _, err := d.replay(l, l.base, func(register.Path) bool { return true }); err != nil {
		return err
	}
	next, _, err := d.repo.Ref(scratchRef)
	if err != nil {
		return err
	}
	if l, err = d.layer(scratchRef, next); err != nil {
		return err
	}
	s, err := d.send(ctx, l, gitstore.RefUpdate{Name: register.ProposalRef(me, topic), Old: head})
	if err != nil {
		return errors.Join(err, d.dropScratch(next))
	}
	err = d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: submittedRefs + s.Topic, New: next}, {Name: submittedRefs + topic, Old: head}, {Name: scratchRef, Old: next}})
	if err != nil {
		return err
	}
	return d.noteSealed(topic, s.Topic)
}

func (d *Desk) dropScratch(at gitstore.ID) error {
	return d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: scratchRef, Old: at}})
}
