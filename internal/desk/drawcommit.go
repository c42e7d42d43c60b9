package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The receipt of a draw is a commit of its own: of main where the secretariat draws,
// else a proposal that nobody needs to judge and that no undo takes back. It lies
// below drawRefs from the moment at which the list exists until main has it,
// whether the server could be reached or not: a list can be drawn at any hour. What
// is written into a receipt afterwards (where the list went, that it is destroyed)
// goes the same way.
const drawRefs = "refs/medlem/draws/" // + topic

// committed says that a draw has its receipt. Only what commits one makes it, and
// no Taken can be made without it.
type committed struct {
	sent bool // the server has it, or there is no server
}

// commitDay is the day that a commit made now bears: dates never decrease.
func (d *Desk) commitDay() (register.Day, error) {
	c, err := gitstore.ReadCommit(d.repo, d.head)
	if err != nil {
		return "", err
	}
	return max(d.Today(), register.DayOf(c.Committer.When)), nil
}

// commitReceipt commits the receipt of a draw, and whom it names beside it.
func (d *Desk) commitReceipt(ctx context.Context, x *drawing) (committed, error) {
	list := &record.DrawList{ID: x.receipt.ID, Unit: x.receipt.Unit, Reason: strings.TrimSpace(x.Reason), Where: strings.TrimSpace(x.Condition)}
	for _, m := range x.members {
		list.Members = append(list.Members, m.Path.ID)
	}
	slices.Sort(list.Members)
	msg := register.Message("draw", 1, x.receipt.Unit)
	path := x.receipt.Path().String()
	if d.Secretary() {
		err := d.withRetry(ctx, func() error {
			a := newAct(msg)
			a.files[path] = x.receipt.Encode()
			if x.answers != nil {
				a.drop[x.answers.ref], a.also = x.answers.Head, d.handOver(x)
			}
			if err := d.sealDrawList(a, list, x.receipt.Day); err != nil {
				return err
			}
			return d.commit(ctx, a)
		})
		if !errors.Is(err, gitstore.ErrUnreachable) || x.answers != nil {
			return committed{sent: true}, err
		}
	}
	return d.proposeReceipt(ctx, msg, x.receipt.Unit, func(secret seal.Key) (map[string][]byte, error) {
		at := x.receipt.ListPath()
		file, err := sealList(secret.Derive(seal.KindDraw, at.Unit, at.ID), list)
		return map[string][]byte{path: x.receipt.Encode(), at.String(): file}, err
	})
}

func sealList(key seal.Key, list *record.DrawList) ([]byte, error) {
	text, err := record.EncodeDrawList(list)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return seal.SealEvidence(key, text)
}

// sealDrawList seals whom a draw names under a fresh key, into its unit's keyring.
func (d *Desk) sealDrawList(a *act, list *record.DrawList, day register.Day) error {
	k, err := d.change(a, list.Unit)
	if err != nil {
		return err
	}
	key := seal.NewKey()
	file, err := sealList(key, list)
	if err != nil {
		return err
	}
	k.Keys[list.ID] = key
	a.files[register.Path{Kind: register.DrawList, Unit: list.Unit, Day: day, ID: list.ID}.String()] = file
	return nil
}

// proposeReceipt makes a proposal of files, which build seals under its secret where
// they are to be sealed, keeps it, and sends it if the server answers. drop are
// proposals of one's own that it takes the place of.
func (d *Desk) proposeReceipt(ctx context.Context, msg string, unit register.UnitID, build func(seal.Key) (map[string][]byte, error), drop ...string) (committed, error) {
	me, err := d.officer()
	if err != nil {
		return committed{}, err
	}
	secret := seal.NewKey()
	files, err := build(secret)
	if err != nil {
		return committed{}, err
	}
	if sealsAnything(files) {
		env, err := seal.SealEnvelope(secret, d.state.EnvelopeRecipients(me, d.Today()))
		if err != nil {
			return committed{}, err
		}
		files[register.Path{Kind: register.Envelope, Unit: envelopeUnit(files, unit), ID: register.NewRecordID()}.String()] = env
	}
	head, err := d.single(me, msg, files)
	if err != nil {
		return committed{}, err
	}
	topic := register.NewTopic(unit)
	rep, err := check.Proposal(d.repo, d.loader, d.head, head, check.Options{Now: d.now(), Day: d.Today(), HeadRef: register.ProposalRef(me, topic), Keyrings: d.localKeyrings()})
	if err != nil {
		return committed{}, err
	}
	if len(rep.Findings) > 0 {
		return committed{}, &FindingsError{"this would be refused", rep}
	}
	ups := []gitstore.RefUpdate{{Name: drawRefs + topic, New: head}}
	var gone []gitstore.RefUpdate
	for _, t := range drop {
		old, ok, err := d.repo.Ref(drawRefs + t)
		if err != nil {
			return committed{}, err
		}
		if ok {
			ups = append(ups, gitstore.RefUpdate{Name: drawRefs + t, Old: old})
			gone = append(gone, gitstore.RefUpdate{Name: register.ProposalRef(me, t), Old: old})
		}
	}
	if err := d.repo.UpdateRefs(ups); err != nil {
		return committed{}, err
	}
	if err := d.noteSealed("", topic); err != nil {
		return committed{}, err
	}
	err = d.pushReceipt(ctx, topic, head, gone...)
	if offline(err) {
		err = nil // it waits here, and every command that reaches the server sends it
		return committed{}, err
	}
	return committed{sent: err == nil}, err
}

// envelopeUnit is where the envelope of files lies: in the unit, or else in the first in
// which something sealed does.
func envelopeUnit(files map[string][]byte, unit register.UnitID) register.UnitID {
	var all []register.UnitID
	for path := range files {
		if p, err := register.ParsePath(path); err == nil && p.Kind.Sealed() {
			all = append(all, p.Unit)
		}
	}
	if len(all) == 0 || slices.Contains(all, unit) {
		return unit
	}
	return slices.Min(all)
}

func offline(err error) bool {
	return errors.Is(err, gitstore.ErrUnreachable) || errors.Is(err, ErrNoServer)
}

func (d *Desk) pushReceipt(ctx context.Context, topic string, head gitstore.ID, gone ...gitstore.RefUpdate) error {
	me, err := d.me()
	if err != nil {
		return err
	}
	remote, err := d.server()
	if err != nil {
		return err
	}
	if len(gone) > 0 { // what was never sent is not there to be taken away
		refs, err := remote.Refs(ctx)
		if err != nil {
			return err
		}
		gone = slices.DeleteFunc(gone, func(u gitstore.RefUpdate) bool { return refs[u.Name] != u.Old })
	}
	ref := register.ProposalRef(me, topic)
	if err := remote.Push(ctx, d.repo, append(gone, gitstore.RefUpdate{Name: ref, New: head})); err != nil {
		return err
	}
	if d.Secretary() { // it need not wait for the next fetch
		return d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: inboxRefs + string(me) + "/" + topic, New: head}})
	}
	return nil
}

// settleDraws forgets the receipts that main has, and notes which the server does
// not: it never had them, or has lost them. A refused one goes with its answer.
func (d *Desk) settleDraws(refs map[string]gitstore.ID) error {
	d.unsent = nil
	me, err := d.me()
	if err != nil {
		return nil // nobody's draws are here
	}
	mine, err := d.repo.Refs(drawRefs)
	if err != nil {
		return err
	}
	var ups []gitstore.RefUpdate
	for name, id := range mine {
		topic := strings.TrimPrefix(name, drawRefs)
		bases, err := gitstore.MergeBases(d.repo, d.head, id)
		if err != nil {
			return err
		}
		_, answered := refs[answerRefs+string(me)+"/"+topic]
		switch {
		case len(bases) == 1 && bases[0] == id:
			ups = append(ups, gitstore.RefUpdate{Name: name, Old: id})
		case !answered && refs[register.ProposalRef(me, topic)] != id:
			there, err := d.receiptsThere(id)
			if err != nil {
				return err
			}
			if there { // under another topic
				ups = append(ups, gitstore.RefUpdate{Name: name, Old: id})
				continue
			}
			d.unsent = append(d.unsent, topic)
		}
	}
	slices.Sort(d.unsent)
	if len(ups) == 0 {
		return nil
	}
	return d.repo.UpdateRefs(ups)
}

// receiptsThere tells whether main has every receipt of a proposal as it has it.
func (d *Desk) receiptsThere(head gitstore.ID) (bool, error) {
	_, cs, err := proposalDiff(d.repo, d.head, head)
	if err != nil {
		return false, err
	}
	for _, c := range cs {
		if p, err := register.ParsePath(c.Path); err != nil || p.Kind != register.Draw && p.Kind != register.Sending {
			continue
		}
		e, ok, err := gitstore.Find(d.repo, d.tree, c.Path)
		if err != nil || !ok || e.ID != c.New.ID {
			return false, err
		}
	}
	return true, nil
}

// sendDraws sends the receipts that wait here. One that the secretariat of today
// could not open is sealed to it first. That one is refused keeps no command from
// its work: it is told, and tried again.
func (d *Desk) sendDraws(ctx context.Context) error {
	if d.local.remote == "" {
		return nil
	}
	if err := d.mendAttests(ctx); offline(err) {
		return nil
	} else if err != nil {
		return err
	}
	if err := d.finishSendings(ctx); err != nil {
		return err
	}
	if err := d.resealDraws(ctx); err != nil {
		return err
	}
	for _, topic := range d.unsent {
		head, ok, err := d.repo.Ref(drawRefs + topic)
		if err != nil || !ok {
			return err
		}
		switch err := d.pushReceipt(ctx, topic, head); {
		case errors.Is(err, gitstore.ErrUnreachable):
			return nil
		case ctx.Err() != nil:
			return err
		case err != nil:
			d.warn(Warning{Kind: WarnReceipt, Topic: topic})
		}
	}
	d.unsent = nil
	return nil
}

// resealDraws wraps the receipts anew that wait and whose envelope is sealed to
// another secretariat than today's.
func (d *Desk) resealDraws(ctx context.Context) error {
	digest, err := d.recipientsDigest()
	if err != nil {
		return err
	}
	for _, s := range slices.Clone(d.local.sealed) {
		topic, was, _ := strings.Cut(s, " ")
		head, waits, err := d.repo.Ref(drawRefs + topic)
		if err != nil {
			return err
		}
		if !waits || was == digest {
			continue
		}
		if err := d.resealDraw(ctx, topic, head); offline(err) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) resealDraw(ctx context.Context, topic string, head gitstore.ID) error {
	l, err := d.layer(drawRefs+topic, head)
	if err != nil || l.envelope.Kind != register.Envelope {
		return err
	}
	if _, err := d.replay(l, l.base, func(register.Path) bool { return true }); err != nil {
		return err
	}
	next, _, err := d.repo.Ref(drawRefs + topic)
	if err != nil {
		return err
	}
	unit, err := register.ParseTopic(topic)
	if err != nil {
		return err
	}
	// Another topic, so that nothing that was looked at changes under its name.
	fresh := register.NewTopic(unit)
	err = d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: drawRefs + fresh, New: next}, {Name: drawRefs + topic, Old: next}})
	if err != nil {
		return err
	}
	if err := d.noteSealed(topic, fresh); err != nil {
		return err
	}
	d.unsent = slices.DeleteFunc(d.unsent, func(t string) bool { return t == topic })
	me, err := d.me()
	if err != nil {
		return err
	}
	err = d.pushReceipt(ctx, fresh, next, gitstore.RefUpdate{Name: register.ProposalRef(me, topic), Old: head})
	if offline(err) {
		d.unsent = append(d.unsent, fresh)
	}
	return err
}

// receiptsOnly tells whether a proposal brings nothing but receipts of draws and
// sendings, and what is said of them: the secretariat takes it in without a look, since the check
// has judged all that can be.
func receiptsOnly(cs []gitstore.Change) bool {
	receipts := 0
	for _, c := range cs {
		p, err := register.ParsePath(c.Path)
		switch {
		case err != nil || c.New.ID.IsZero():
			return false
		case p.Kind == register.Draw, p.Kind == register.Sending:
			receipts++
		case p.Kind != register.DrawList && p.Kind != register.SendingList && p.Kind != register.Envelope:
			return false
		}
	}
	return receipts > 0
}

// openDrawList opens the sealed list of a proposal, beside a receipt.
func (d *Desk) openDrawList(p register.Path, key seal.Key, blob gitstore.ID) (*record.DrawList, error) {
	file, err := d.repo.Blob(blob, seal.EvidenceLimit)
	if err != nil {
		return nil, err
	}
	text, err := seal.OpenEvidence(key, file)
	if err != nil {
		return nil, drawListError(p, err)
	}
	defer clear(text)
	x, err := record.DecodeDrawList(text)
	if err != nil {
		return nil, drawListError(p, err)
	}
	if x.ID != p.ID || x.Unit != p.Unit {
		return nil, drawListError(p, errors.New("it says that it is another's"))
	}
	return x, nil
}

// takeReceipts seals the lists of a proposal under fresh keys, without whoever has
// been erased since: nothing of a draft lives on.
func (d *Desk) takeReceipts(a *act, r *Review) error {
	for _, l := range r.lists {
		receipt, err := access.ParseDraw(register.Path{Kind: register.Draw, Unit: l.path.Unit, Day: l.path.Day, ID: l.path.ID}, r.files[receiptOf(l.path)])
		if err != nil {
			return err
		}
		if receipt.Count != len(l.list.Members) {
			return drawListError(l.path, errors.New("it names another number of members than its receipt"))
		}
		if strings.TrimSpace(l.list.Reason) == "" && (len(receipt.Beyond) > 0 || receipt.HandOut != "") {
			return drawListError(l.path, errors.New("it gives no reason for columns beyond its purpose, or for handing it out"))
		}
		if err := d.consentedOnly(receipt.Purpose, l.list); err != nil {
			return drawListError(l.path, err)
		}
		var kept []register.RecordID
		for _, id := range l.list.Members {
			gone, err := d.erased(id)
			if err != nil {
				return err
			}
			if !gone {
				kept = append(kept, id)
			}
		}
		l.list.Members = kept
		if err := d.sealDrawList(a, l.list, l.path.Day); err != nil {
			return err
		}
	}
	return nil
}

func receiptOf(p register.Path) string {
	p.Kind = register.Draw
	return p.String()
}

// drawnList is the sealed list of a proposal, opened.
type drawnList struct {
	path register.Path
	list *record.DrawList
}

func drawListError(p register.Path, err error) error {
	return fmt.Errorf("read whom the draw %s names: %w", p.ID, err)
}
