package desk

import (
	"context"
	"errors"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// packsLimit is the number of packs after which a copy is compacted: each commit
// is a pack of its own.
const packsLimit = 50

// housekeep does what a sync owes: answers are read, the draft loses records
// that were erased, and the secretariat takes in officers' new recipients, which
// every one of its commands does. With a clock that cannot be right it sends and takes
// in nothing.
func (d *Desk) housekeep(ctx context.Context, res *SyncResult) error {
	if d.state == nil || d.id == nil {
		return nil
	}
	if _, err := d.me(); err != nil {
		return nil // a stranger's copy has no drafts
	}
	if err := d.readAnswers(ctx, res); err != nil && !errors.Is(err, gitstore.ErrUnreachable) {
		return err
	}
	if err := d.pruneDrafts(res); err != nil {
		return err
	}
	var clock *ClockError
	switch err := d.ClockStands(); {
	case errors.As(err, &clock):
		if d.Secretary() || len(d.unsent) > 0 {
			res.Clock = clock
		}
	case err != nil:
		return err
	default:
		if err := d.sendAndTake(ctx, res); err != nil {
			return err
		}
	}
	if days := d.state.Policy.Retention.Rotate; days > 0 && d.id.Created().Add(days) < d.Today() {
		res.Rotate = true
	}
	if err := d.finishDeletion(ctx); err != nil {
		return err
	}
	if d.closed {
		return nil // what its refs still need, a damaged copy cannot say
	}
	if err := d.forgetDropped(); err != nil {
		return err
	}
	return d.repo.Compact(packsLimit)
}

// sendAndTake sends what of this officer waits to be sent, and takes in what the
// secretariat takes in unasked.
func (d *Desk) sendAndTake(ctx context.Context, res *SyncResult) error {
	if _, err := d.officer(); err != nil {
		return nil
	}
	if err := d.rewrapSubmitted(ctx); err != nil {
		return err
	}
	if err := d.sendDraws(ctx); err != nil {
		return err
	}
	if !d.Secretary() {
		return nil
	}
	if err := d.acceptOwnFiles(ctx, res); err != nil {
		return err
	}
	return d.keepJoining(ctx, res)
}

// acceptOwnFiles merges the proposals that change nothing but their author's own
// officer file, or what she says of herself in her own grants, or that bring
// receipts: no judgement is needed, and erasures wait for them.
func (d *Desk) acceptOwnFiles(ctx context.Context, res *SyncResult) error {
	ps, err := d.inbox()
	if err != nil {
		return err
	}
	for _, p := range ps {
		_, cs, err := proposalDiff(d.repo, d.head, p.Head)
		if err != nil {
			continue
		}
		n := &res.Accepted
		if receiptsOnly(cs) {
			n = &res.Receipts
		} else if !ownFilesOnly(cs, p.Handle) {
			continue
		}
		var findings *FindingsError
		var stale *gitstore.StaleError
		switch _, err := d.merge(ctx, p, MergeOptions{}); {
		case errors.As(err, &findings), errors.As(err, &stale):
			// It stays in the inbox, where a person sees why; or another secretariat
			// officer took it in this moment.
		case errors.Is(err, gitstore.ErrUnreachable), ctx.Err() != nil:
			return err
		case err != nil: // one officer's file must not stop every command of the secretariat
			d.warn(Warning{Kind: WarnNotTaken, Topic: p.name(), N: p.N})
		default:
			*n++
		}
	}
	return nil
}

// ownFilesOnly tells whether a proposal changes nothing but its author's own
// officer file, and what stands of herself in her own grants: the check lets her
// write no more there.
func ownFilesOnly(cs []gitstore.Change, author register.Handle) bool {
	for _, c := range cs {
		p, err := register.ParsePath(c.Path)
		if err != nil || p.Kind != register.Officer && p.Kind != register.Grant || p.Handle != author || c.Old.ID.IsZero() || c.New.ID.IsZero() {
			return false
		}
	}
	return len(cs) > 0
}
