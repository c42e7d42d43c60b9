package desk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The receipt of a sending goes the way of a draw's (drawcommit.go): a commit of main
// where the secretariat sends, else a proposal of its own, below drawRefs until main has
// it. Whom it reaches is sealed in each unit of theirs, so that whoever reads a unit
// knows everything that reached its members, whoever sent it.

// CommitSending commits the receipt of a plan, and whom it reaches, sealed, in each
// unit of theirs. Only what it returns lets a message go. Where main has changed since
// the plan was made, p loses who would not be reached any more, and gains nobody. Where
// it is planned for a later day the receipt is a plan's, without lists. Where it may have
// been made all the same, the error is a *SendingUnsureError.
func (d *Desk) CommitSending(ctx context.Context, p *SendingPlan) (*SendingCommitted, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	if err := d.planAgain(p); err != nil {
		return nil, err
	}
	switch r := p.Receipt; {
	case p.Stale:
		return nil, ErrSendingStale
	case r.Planned == r.Made && len(p.Recipients) == 0:
		return nil, ErrSendingNobody
	}
	receipt, err := d.commitSending(ctx, p)
	if err != nil {
		return nil, err
	}
	return &SendingCommitted{Receipt: p.Receipt, Sent: receipt.sent, receipt: receipt}, nil
}

// planAgain makes a plan what main and the day allow by now.
func (d *Desk) planAgain(p *SendingPlan) error {
	if p.head == d.head && p.day == d.Today() {
		return nil
	}
	now, err := d.judgeSending(p.Options, p.Receipt.ID)
	if err != nil {
		return err
	}
	now.waiting = p.waiting
	if err := d.fillSending(now); err != nil {
		return err
	}
	shown := map[register.RecordID]bool{}
	for _, m := range p.Recipients {
		shown[m.Path.ID] = true
	}
	now.Recipients = slices.DeleteFunc(now.Recipients, func(m *Member) bool { return !shown[m.Path.ID] })
	if now.Receipt.Count > 0 {
		now.Receipt.Count = len(now.Recipients)
	}
	now.Others = p.Others
	*p = *now
	return nil
}

func (d *Desk) commitSending(ctx context.Context, p *SendingPlan) (committed, error) {
	r := p.Receipt
	lists := sendingLists(p)
	msg := register.Message(register.VerbSend, 1, r.Unit)
	pushed := false // and nobody knows what came of it
	if d.Secretary() {
		err := d.withRetry(ctx, func() error {
			pushed = false
			if err := d.planAgain(p); err != nil {
				return err
			}
			r, lists = p.Receipt, sendingLists(p)
			if r.Planned == r.Made && r.Count == 0 {
				return ErrSendingNobody
			}
			a := newAct(msg)
			a.files[r.Path().String()] = r.Encode()
			for _, l := range lists {
				if err := d.sealSendingList(a, l, r.Month); err != nil {
					return err
				}
			}
			a.before = func() error { pushed = true; return nil }
			err := d.commit(ctx, a)
			pushed = pushed && !nothingMoved(err)
			return err
		})
		if err != nil && pushed {
			err = &SendingUnsureError{err}
		}
		if !errors.Is(err, gitstore.ErrUnreachable) {
			return committed{sent: true}, err
		}
	}
	out, err := d.proposeReceipt(ctx, msg, r.Unit, func(secret seal.Key) (map[string][]byte, error) {
		files := map[string][]byte{r.Path().String(): r.Encode()}
		for _, l := range lists {
			file, err := encodeSealed(secret.Derive(seal.KindSending, l.Unit, l.ID), l)
			if err != nil {
				return nil, err
			}
			files[r.ListPath(l.Unit).String()] = file
		}
		return files, nil
	})
	if err == nil {
		return out, nil
	}
	waits, werr := d.withdrawRefused(r.ID, err)
	if err = errors.Join(err, werr); waits || pushed {
		err = &SendingUnsureError{err}
	}
	return out, err
}

// nothingMoved tells whether an error of a push says that the server moved nothing.
func nothingMoved(err error) bool {
	var rejected *gitstore.RejectedError
	var stale *gitstore.StaleError
	return errors.As(err, &rejected) || errors.As(err, &stale) || errors.Is(err, gitstore.ErrNoAtomic)
}

// withdrawRefused takes back one's own proposal of a sending that the server has refused,
// so that its receipt does not come later, when its messages are gone. It tells whether
// the proposal waits here all the same: made, and its push ended otherwise.
func (d *Desk) withdrawRefused(id register.RecordID, cause error) (waits bool, err error) {
	own, err := d.ownWaiting()
	if err != nil {
		return true, err
	}
	for _, w := range own {
		if w.receipt.ID != id {
			continue
		}
		if !nothingMoved(cause) {
			return true, nil
		}
		if err := d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: w.ref, Old: w.head}}); err != nil {
			return true, err
		}
	}
	return false, nil
}

// sendingLists are whom a sending reaches, one list for each unit of theirs, by unit. A
// plan for later has none.
func sendingLists(p *SendingPlan) []*record.SendingList {
	r, o := p.Receipt, &p.Options
	if r.IsPlan() {
		return nil
	}
	at := map[register.UnitID]*record.SendingList{}
	var out []*record.SendingList
	for _, m := range p.Recipients { // by id
		l := at[m.Path.Unit]
		if l == nil {
			l = &record.SendingList{ID: r.ID, Unit: m.Path.Unit, Receipt: r.Unit, Channel: r.Channel, Day: r.Made, Event: r.Event, Automatic: r.Automatic,
				Subject: strings.TrimSpace(o.Subject), Where: strings.TrimSpace(o.Condition)}
			at[m.Path.Unit] = l
			out = append(out, l)
		}
		l.Members = append(l.Members, m.Path.ID)
	}
	slices.SortFunc(out, func(a, b *record.SendingList) int { return strings.Compare(string(a.Unit), string(b.Unit)) })
	return out
}

func encodeSealed(key seal.Key, l *record.SendingList) ([]byte, error) {
	text, err := record.EncodeSendingList(l)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return seal.SealEvidence(key, text)
}

// sealSendingList seals whom a sending reached in a unit under a fresh key, into the
// unit's keyring.
func (d *Desk) sealSendingList(a *act, l *record.SendingList, month register.Month) error {
	k, err := d.change(a, l.Unit)
	if err != nil {
		return err
	}
	key := seal.NewKey()
	file, err := encodeSealed(key, l)
	if err != nil {
		return err
	}
	k.Keys[l.ID] = key
	a.files[register.Path{Kind: register.SendingList, Unit: l.Unit, Month: month, ID: l.ID}.String()] = file
	return nil
}

// sentList is the sealed list of a sending in one unit, opened.
type sentList struct {
	path register.Path
	list *record.SendingList
}

// openSendingList opens the sealed list of a sending.
func (d *Desk) openSendingList(p register.Path, key seal.Key, blob gitstore.ID) (*record.SendingList, error) {
	file, err := d.repo.Blob(blob, seal.EvidenceLimit)
	if err != nil {
		return nil, err
	}
	text, err := seal.OpenEvidence(key, file)
	if err != nil {
		return nil, sendingListError(p, err)
	}
	defer clear(text)
	x, err := record.DecodeSendingList(text)
	if err != nil {
		return nil, sendingListError(p, err)
	}
	if x.ID != p.ID || x.Unit != p.Unit || x.Day.Month() != p.Month {
		return nil, sendingListError(p, errors.New("it says that it is another's"))
	}
	return x, nil
}

func sendingListError(p register.Path, err error) error {
	return fmt.Errorf("read whom the sending %s reached in unit %q: %w", p.ID, p.Unit, err)
}

// takeSendings seals the lists of a proposal's sendings under fresh keys, without whoever
// has been erased since: nothing of a draft lives on. What the keyless check cannot see
// of them is judged here: that they say what the receipt says, and name as many.
func (d *Desk) takeSendings(a *act, r *Review) error {
	named := map[string]int{}
	for _, l := range r.sendings {
		at := register.Path{Kind: register.Sending, Unit: l.list.Receipt, Month: l.path.Month, ID: l.path.ID}
		receipt, err := access.ParseSending(at, r.files[at.String()])
		if err != nil {
			return err
		}
		if named[at.String()] += len(l.list.Members); named[at.String()] > receipt.Count {
			return sendingListError(l.path, errors.New("the lists name more members than the receipt"))
		}
		if x := l.list; x.Channel != receipt.Channel || x.Day != receipt.Made || x.Event != receipt.Event || x.Automatic != receipt.Automatic {
			return sendingListError(l.path, errors.New("it says something else than its receipt"))
		}
		if l.list.Members, err = d.notErased(l.list.Members); err != nil {
			return err
		}
		if err := d.sealSendingList(a, l.list, l.path.Month); err != nil {
			return err
		}
	}
	for path, n := range named {
		at, err := register.ParsePath(path)
		if err != nil {
			return err
		}
		if receipt, err := access.ParseSending(at, r.files[path]); err != nil || receipt.Count != n {
			return sendingListError(at, errors.New("the lists name fewer members than the receipt"))
		}
	}
	return nil
}

// notErased returns those of the members whom no tombstone is of.
func (d *Desk) notErased(ids []register.RecordID) ([]register.RecordID, error) {
	var out []register.RecordID
	for _, id := range ids {
		gone, err := d.erased(id)
		if err != nil {
			return nil, err
		}
		if !gone {
			out = append(out, id)
		}
	}
	return out, nil
}

// What has gone by a sending is written into its receipt when main has that. Until then
// it is noted here: .git/medlem/sent/<id> holds the number.

func (d *Desk) sentNote(id register.RecordID) string {
	return filepath.Join(d.local.dir, "sent", string(id))
}

// FinishSending writes into the receipt of one's own sending how many messages the
// carrier took; 0 where it took none and none waits: then nobody has had it. Where the
// receipt is not on main yet, or the server does not answer, it is noted here, and written
// by the next command that can. It may be called again with a higher number.
func (d *Desk) FinishSending(ctx context.Context, id register.RecordID, sent int) error {
	if err := os.MkdirAll(filepath.Dir(d.sentNote(id)), 0o700); err != nil {
		return fmt.Errorf("note what was sent: %w", err)
	}
	if err := writeFile(d.sentNote(id), []byte(strconv.Itoa(sent)+"\n")); err != nil {
		return fmt.Errorf("note what was sent: %w", err)
	}
	if err := d.begin(ctx); err != nil || d.local.remote != "" { // it writes what is noted
		return err
	}
	return d.finishSendings(ctx)
}

// forgetSent takes a note away; that it is gone already is no error.
func (d *Desk) forgetSent(id register.RecordID) error {
	if err := os.Remove(d.sentNote(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget what was sent: %w", err)
	}
	return nil
}

// sentNothing are the sendings of which it is noted here that nothing has gone.
func (d *Desk) sentNothing() map[register.RecordID]bool {
	es, err := os.ReadDir(filepath.Join(d.local.dir, "sent"))
	if err != nil {
		return nil // there are no notes
	}
	out := map[register.RecordID]bool{}
	for _, e := range es {
		b, err := os.ReadFile(filepath.Join(d.local.dir, "sent", e.Name()))
		out[register.RecordID(e.Name())] = err == nil && strings.TrimSpace(string(b)) == "0"
	}
	return out
}

// finishSendings writes the numbers that are noted into the receipts that main has.
func (d *Desk) finishSendings(ctx context.Context) error {
	es, err := os.ReadDir(filepath.Join(d.local.dir, "sent"))
	if err != nil {
		return nil // there are none
	}
	for _, e := range es {
		id, err := register.ParseRecordID(e.Name())
		if err != nil {
			continue
		}
		b, err := os.ReadFile(d.sentNote(id))
		if errors.Is(err, os.ErrNotExist) {
			continue // a sync within this one has written it
		}
		if err != nil {
			return fmt.Errorf("read what was sent: %w", err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil {
			return fmt.Errorf("read what was sent: malformed")
		}
		if err := d.finishSending(ctx, id, n); offline(err) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) finishSending(ctx context.Context, id register.RecordID, sent int) error {
	return d.withRetry(ctx, func() error {
		x, err := d.FindSending(string(id))
		switch {
		case errors.Is(err, ErrSendingGone):
			return d.forgetSent(id) // its time is over, or it was refused
		case err != nil || x.Waits:
			return err
		}
		me, err := d.officer()
		if err != nil {
			return err
		}
		r := x.Receipt
		switch {
		case r.By != me:
			return errors.Join(ErrSendingOther, d.forgetSent(id))
		case sent > r.Count:
			return errors.Join(ErrSendingCount, d.forgetSent(id))
		case r.Done != "" && r.Sent >= sent:
			return d.forgetSent(id)
		}
		if r.Done, err = d.commitDay(); err != nil {
			return err
		}
		r.Sent = sent
		files := map[string][]byte{r.Path().String(): r.Encode()}
		msg := register.Message("attest", 1, r.Unit)
		if d.Secretary() {
			a := newAct(msg)
			a.files = files
			if err := d.commit(ctx, a); err != nil {
				return err // offline it stays noted
			}
			return d.forgetSent(id)
		}
		if _, err := d.proposeReceipt(ctx, msg, r.Unit, func(seal.Key) (map[string][]byte, error) { return files, nil }); err != nil {
			return err
		}
		return d.forgetSent(id)
	})
}
