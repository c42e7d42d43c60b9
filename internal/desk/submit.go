package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Submission is a proposal of one's own, on its way.
type Submission struct {
	Topic string
	Ref   string
	Count int  // changes
	Waits bool // it was sent before, and nothing was sent now
	head  gitstore.ID
}

// Submit sends the draft to the secretariat as a proposal. It is checked here
// first, as CI will check it.
func (d *Desk) Submit(ctx context.Context) (*Submission, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	l, err := d.wholeDraft()
	if err != nil {
		return nil, err
	}
	if l == nil {
		return nil, ErrNothing
	}
	if d.local.remote == "" {
		return nil, ErrNoServer
	}
	if l, err = d.freshEnvelope(l); err != nil {
		return nil, err
	}
	unit, _ := d.subject(l)
	topic, err := d.topicOf(l.head, unit)
	if err != nil {
		return nil, err
	}
	s, err := d.sendAs(ctx, l, topic)
	if err != nil {
		return nil, err
	}
	ups := []gitstore.RefUpdate{{Name: submittedRefs + s.Topic, New: l.head}, {Name: draftRef, Old: l.head}}
	if err := d.repo.UpdateRefs(ups); err != nil {
		return nil, err
	}
	if err := os.Remove(d.sendingNote()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return s, d.noteSealed("", s.Topic)
}

// sendingNote is where the draft that is on its way and its topic stand, so that after a
// crash between the server's answer and its note here it does not become a second proposal:
// .git/medlem/sending holds a commit and a topic.
func (d *Desk) sendingNote() string { return filepath.Join(d.local.dir, "sending") }

// topicOf returns the topic under which a draft was on its way before, or a new one, which
// it notes.
func (d *Desk) topicOf(head gitstore.ID, unit register.UnitID) (string, error) {
	b, err := os.ReadFile(d.sendingNote())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if was, topic, ok := strings.Cut(strings.TrimSpace(string(b)), " "); ok && was == head.String() {
		if _, err := register.ParseTopic(topic); err == nil {
			return topic, nil
		}
	}
	topic := register.NewTopic(unit)
	return topic, writeFile(d.sendingNote(), []byte(head.String()+" "+topic+"\n"))
}

// send checks a chain of commits and pushes it as a new proposal, in one push
// with what goes from the server for it.
func (d *Desk) send(ctx context.Context, l *layer, drop ...gitstore.RefUpdate) (*Submission, error) {
	unit, _ := d.subject(l)
	return d.sendAs(ctx, l, register.NewTopic(unit), drop...)
}

// sendAs is send under a topic; where the server has this very proposal under it, it was
// sent.
func (d *Desk) sendAs(ctx context.Context, l *layer, topic string, drop ...gitstore.RefUpdate) (*Submission, error) {
	me, err := d.me()
	if err != nil {
		return nil, err
	}
	_, n := d.subject(l)
	s := &Submission{Topic: topic, Count: n}
	s.Ref = register.ProposalRef(me, s.Topic)
	rep, err := check.Proposal(d.repo, d.loader, d.head, l.head, check.Options{Now: d.now(), Day: d.Today(), HeadRef: s.Ref, Keyrings: d.localKeyrings()})
	if err != nil {
		return nil, err
	}
	if len(rep.Findings) > 0 {
		return nil, &FindingsError{"your draft would be refused", rep}
	}
	remote, err := d.server()
	if err != nil {
		return nil, err
	}
	s.head = l.head
	err = remote.Push(ctx, d.repo, append(drop, gitstore.RefUpdate{Name: s.Ref, New: l.head}))
	if stale := (*gitstore.StaleError)(nil); errors.As(err, &stale) && stale.Name == s.Ref && stale.Have == l.head {
		return s, nil // it arrived before, and nobody was left to note it
	}
	return s, err
}

// subject names the unit that a proposal is filed under and counts its changes.
func (d *Desk) subject(l *layer) (register.UnitID, int) {
	var unit register.UnitID
	for _, c := range l.changes {
		p, err := register.ParsePath(c.Path)
		if err == nil && p.Kind != register.Envelope && unit == "" {
			unit = p.Unit
		}
	}
	if unit == "" { // one's own officer file lies in no unit
		unit = d.state.Policy.Root().ID
	}
	return unit, countChanges(l.changes)
}

// countChanges counts what a proposal changes: records, requests, files of
// officers. A record that moves lies at two paths and counts once.
func countChanges(cs []gitstore.Change) int {
	seen := map[string]bool{}
	for _, c := range cs {
		p, err := register.ParsePath(c.Path)
		switch {
		case err != nil || p.Kind == register.Envelope:
		case p.ID != "":
			seen[string(p.ID)] = true
		default:
			seen[c.Path] = true
		}
	}
	return len(seen)
}

// freshEnvelope re-wraps the draft when the secretariat's recipients are not
// those of the day on which it was begun.
func (d *Desk) freshEnvelope(l *layer) (*layer, error) {
	if l.envelope.Kind != register.Envelope {
		return l, nil
	}
	me, err := d.me()
	if err != nil {
		return nil, err
	}
	base, err := gitstore.ReadCommit(d.repo, l.base)
	if err != nil {
		return nil, err
	}
	began, err := d.loader.At(base.Tree)
	if err != nil {
		return nil, err
	}
	same := l.base == d.head || began.Policy != nil &&
		slices.Equal(began.EnvelopeRecipients(me, register.DayOf(base.Committer.When)), d.state.EnvelopeRecipients(me, d.Today())) &&
		slices.Equal(began.EnvelopeRecipients(me, d.Today()), d.state.EnvelopeRecipients(me, d.Today()))
	if same {
		return l, nil
	}
	if _, err := d.replay(l, l.base, func(register.Path) bool { return true }); err != nil {
		return nil, fmt.Errorf("seal your draft anew: %w", err)
	}
	return d.draft()
}

// Withdraw takes back a submitted proposal: it goes from the server and becomes
// the draft again.
func (d *Desk) Withdraw(ctx context.Context, topic string) (string, error) {
	if err := d.begin(ctx); err != nil {
		return "", err
	}
	if l, err := d.draft(); err != nil || l != nil {
		if err == nil {
			err = ErrHasDraft
		}
		return "", err
	}
	me, err := d.me()
	if err != nil {
		return "", err
	}
	mine, err := d.repo.Refs(submittedRefs)
	if err != nil {
		return "", err
	}
	if topic == "" && len(mine) == 1 {
		for name := range mine {
			topic = strings.TrimPrefix(name, submittedRefs)
		}
	}
	head, ok := mine[submittedRefs+topic]
	if !ok {
		return "", fmt.Errorf("%d of your proposals wait: name one of them", len(mine))
	}
	remote, err := d.server()
	if err != nil {
		return "", err
	}
	if err := remote.Push(ctx, d.repo, []gitstore.RefUpdate{{Name: register.ProposalRef(me, topic), Old: head}}); err != nil {
		return "", err
	}
	return topic, d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: draftRef, New: head}, {Name: submittedRefs + topic, Old: head}})
}

// Pending is one's own changes that main does not have, opened.
type Pending struct {
	Status  Status
	Topic   string
	When    time.Time
	Changes []*Change
}

// Pending returns one's proposals that wait and the draft, oldest first, in the
// terms of a review.
func (d *Desk) Pending() ([]*Pending, error) {
	if _, err := d.me(); err != nil {
		return nil, err
	}
	layers, err := d.layers()
	if err != nil {
		return nil, err
	}
	var out []*Pending
	for _, l := range layers {
		c, err := gitstore.ReadCommit(d.repo, l.head)
		if err != nil {
			return nil, err
		}
		r := &Review{base: l.base, raw: l.changes, files: map[string][]byte{}}
		if err := d.openProposal(r, l.secret); err != nil {
			return nil, err
		}
		out = append(out, &Pending{Status: l.status, Topic: l.topic, When: c.Committer.When, Changes: r.Changes})
	}
	return out, nil
}

// pruneDrafts takes records that were erased, or that are out of reach in a protected
// unit, out of one's draft and proposals. A proposal that holds one is no longer on the
// server: what took it away rejected it. Of an officer whose access has ended nothing can
// be sent any more: all of it goes.
func (d *Desk) pruneDrafts(res *SyncResult) error {
	layers, err := d.layers()
	if err != nil {
		return err
	}
	over, err := d.over()
	if err != nil {
		return err
	}
	for _, l := range layers {
		if over {
			if err := d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: l.ref, Old: l.head}}); err != nil {
				return err
			}
			res.Ended += countChanges(l.changes)
			continue
		}
		dropped, err := d.prune(l)
		if err != nil {
			return err
		}
		res.Dropped += dropped
	}
	return nil
}

// over tells whether the officer's access has ended and main's keyrings are sealed
// without her. What this machine's clock says of a grant is not enough to lose work by.
func (d *Desk) over() (bool, error) {
	me, err := d.me()
	if err != nil {
		return false, err
	}
	if _, err := d.officer(); !errors.Is(err, ErrGrantEnded) {
		return false, err
	}
	for _, st := range d.state.Units {
		if st.Keyring != nil && slices.Contains(st.Keyring.Readers, me) {
			return false, nil
		}
	}
	return true, nil
}

func (d *Desk) prune(l *layer) (int, error) {
	gone := map[register.RecordID]bool{}
	for _, c := range l.changes {
		p, err := register.ParsePath(c.Path)
		if err != nil || p.ID == "" || c.Old.ID.IsZero() || p.Kind == register.Mail {
			continue // e-mail is seen to after the erasure
		}
		away, err := d.away(p.ID)
		if err != nil {
			return 0, err
		}
		if away {
			gone[p.ID] = true
		}
	}
	reqs, err := d.requests(l)
	if err != nil {
		return 0, err
	}
	for _, r := range reqs {
		away, err := d.away(r.Member)
		if err != nil {
			return 0, err
		}
		if away {
			gone[r.ID] = true
		}
	}
	if len(gone) == 0 {
		return 0, nil
	}
	if _, err := d.officer(); errors.Is(err, ErrGrantEnded) { // nothing can be sealed anew for her
		return countChanges(l.changes), d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: l.ref, Old: l.head}})
	}
	return d.replay(l, l.base, func(p register.Path) bool { return !gone[p.ID] })
}
