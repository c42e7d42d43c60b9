package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Proposal is an officer's submitted change, as it waits for the secretariat.
type Proposal struct {
	N      int
	Handle register.Handle
	Topic  string
	Unit   register.UnitID
	Head   gitstore.ID
	When   time.Time
	Count  int    // changes: a move is one, though two files differ
	ref    string // on the server

	request register.RecordID // of the list that it asks for; "" where it asks for none
}

// Inbox lists the proposals that wait, by number. The numbers are this copy's
// and stay as long as the proposal waits.
func (d *Desk) Inbox(ctx context.Context) ([]*Proposal, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	if _, err := d.secretariat(); err != nil {
		return nil, err
	}
	return d.inbox()
}

func (d *Desk) inbox() ([]*Proposal, error) {
	refs, err := d.repo.Refs(inboxRefs)
	if err != nil {
		return nil, err
	}
	var out []*Proposal
	for name, head := range refs {
		ref := register.Proposals + strings.TrimPrefix(name, inboxRefs)
		h, topic, err := register.ParseProposalRef(ref)
		if err != nil {
			continue
		}
		unit, err := register.ParseTopic(topic)
		if err != nil {
			continue
		}
		c, err := gitstore.ReadCommit(d.repo, head)
		if err != nil { // one officer's damaged proposal must not hide the others'
			d.warn(Warning{Kind: WarnUnreadable, Topic: string(h) + "/" + topic})
			continue
		}
		p := &Proposal{Handle: h, Topic: topic, Unit: unit, Head: head, When: c.Committer.When, ref: ref}
		if _, cs, err := proposalDiff(d.repo, d.head, head); err == nil {
			p.Count = countChanges(cs)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *Proposal) int {
		if !a.When.Equal(b.When) {
			return a.When.Compare(b.When)
		}
		return strings.Compare(a.ref, b.ref)
	})
	names := make([]string, len(out))
	for i, p := range out {
		names[i] = p.seen()
	}
	ns, err := d.local.numbers(names)
	if err != nil {
		return nil, err
	}
	for _, p := range out {
		p.N = ns[p.seen()]
	}
	slices.SortFunc(out, func(a, b *Proposal) int { return a.N - b.N })
	return out, nil
}

// seen names a proposal as it was read. One that is changed on the server gets
// another number, so that what was reviewed under a number is what is merged.
func (p *Proposal) seen() string { return p.ref + ":" + p.Head.String() }

// name is the proposal's full name, which no other has.
func (p *Proposal) name() string { return string(p.Handle) + "/" + p.Topic }

// proposal finds a waiting proposal by its number, its full name or its topic. A
// topic is anybody's to choose: one that several proposals have names none.
func (d *Desk) proposal(which string) (*Proposal, error) {
	ps, err := d.inbox()
	if err != nil {
		return nil, err
	}
	n, _ := strconv.Atoi(which)
	var found []*Proposal
	for _, p := range ps {
		if p.N == n || p.name() == which {
			return p, nil
		}
		if p.Topic == which {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("proposal %q: %w", which, ErrNoProposal)
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("proposal %q: %d officers have sent one of this name: give its number", which, len(found))
}

// judging is how every judgement of the secretariat begins: it returns the
// proposal as it waits now.
func (d *Desk) judging(ctx context.Context, which string) (*Proposal, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	if _, err := d.secretariat(); err != nil {
		return nil, err
	}
	return d.proposal(which)
}

// Change is one change of a proposal, opened, for the secretariat's eyes.
type Change struct {
	Verb    string // add, edit, move, close, reopen, request, rotate, retire …
	Path    register.Path
	Was, Is *record.Record // nil where there is none
	Request *record.Request
	Fields  []string // that differ, in the schema's order
	Faults  []record.Fault
	Twins   []Twin // who look like the same person as somebody new, the likest first

	Activity *record.Activity // of an activity, as it shall be; where it is erased, as it was
	activity activityOp

	op      op
	commits int // of the proposal; each can raise a revision by one
}

// Review is a proposal, opened and judged.
type Review struct {
	Proposal *Proposal
	Report   *check.Report // the keyless check, as CI runs it
	Changes  []*Change
	Declared *DeclaredError // the proposal does not say truly which fields it changes; nil: it does
	base     gitstore.ID
	raw      []gitstore.Change
	files    map[string][]byte // clear files that it brings; nil: that it takes away
	secret   seal.Key
	lists    []drawnList // whom the draws name whose receipts it brings
	sendings []sentList  // whom the sendings reached whose receipts it brings
}

// Review opens a proposal: each change in words, what the rules say of it, and
// members who may be the same person.
func (d *Desk) Review(ctx context.Context, which string) (*Review, error) {
	p, err := d.judging(ctx, which)
	if err != nil {
		return nil, err
	}
	return d.review(p)
}

func (d *Desk) review(p *Proposal) (*Review, error) {
	rep, err := check.Proposal(d.repo, d.loader, d.head, p.Head, check.Options{Now: d.now(), Day: d.Today(), HeadRef: p.ref, Keyrings: d.localKeyrings()})
	if err != nil {
		return nil, err
	}
	r := &Review{Proposal: p, Report: rep, files: map[string][]byte{}}
	if len(rep.Findings) > 0 {
		return r, nil // what breaks the rules is not opened
	}
	if r.base, r.raw, err = proposalDiff(d.repo, d.head, p.Head); err != nil {
		return nil, err
	}
	_, env, err := envelopeOf(r.raw)
	if err != nil {
		return nil, err
	}
	if !env.IsZero() {
		if r.secret, err = d.openEnvelope(env); err != nil {
			return nil, fmt.Errorf("open proposal %d: %w", p.N, err)
		}
	}
	if err := d.openProposal(r, r.secret); err != nil {
		return nil, fmt.Errorf("open proposal %d: %w", p.N, err)
	}
	if r.Declared, err = d.declared(r); err != nil {
		return nil, fmt.Errorf("open proposal %d: %w", p.N, err)
	}
	return r, d.twins(r)
}

// openProposal opens every sealed file of the proposal and puts removals and
// additions of one id together.
func (d *Desk) openProposal(r *Review, secret seal.Key) error {
	type pair struct{ gone, come *gitstore.Change }
	var order []register.RecordID
	pairs := map[register.RecordID]*pair{}
	activities := map[register.RecordID]*activityChange{}
	for i := range r.raw {
		c := &r.raw[i]
		p, err := register.ParsePath(c.Path)
		if err != nil {
			return err
		}
		switch p.Kind {
		case register.Member, register.Closed:
			x := pairs[p.ID]
			if x == nil {
				x = &pair{}
				pairs[p.ID] = x
				order = append(order, p.ID)
			}
			if !c.Old.ID.IsZero() {
				x.gone = c
			}
			if !c.New.ID.IsZero() {
				x.come = c
			}
		case register.Request:
			req, err := d.requests(&layer{secret: secret, changes: []gitstore.Change{*c}})
			if err != nil {
				return err
			}
			for j := range req {
				ch := &Change{Verb: "request", Path: p, Request: &req[j]}
				if req[j].FromPages() {
					if ch, err = d.reviewSent(r.base, p, &req[j]); err != nil {
						return err
					}
				}
				r.Changes = append(r.Changes, ch)
			}
		case register.DrawList:
			list, err := d.openDrawList(p, secret.Derive(seal.KindDraw, p.Unit, p.ID), c.New.ID)
			if err != nil {
				return err
			}
			r.lists = append(r.lists, drawnList{p, list})
		case register.SendingList:
			list, err := d.openSendingList(p, secret.Derive(seal.KindSending, p.Unit, p.ID), c.New.ID)
			if err != nil {
				return err
			}
			r.sendings = append(r.sendings, sentList{p, list})
		case register.Officer, register.Grant, register.Review, register.Policy, register.Draw, register.Sending:
			if err := d.openClear(r, c, p); err != nil {
				return err
			}
		case register.Activity:
			x := activities[p.ID]
			if x == nil {
				x = &activityChange{}
				activities[p.ID] = x
			}
			if !c.Old.ID.IsZero() {
				x.gone = c
			}
			if !c.New.ID.IsZero() {
				x.come = c
			}
		case register.Mail:
			if c.Old.ID.IsZero() {
				continue // it comes with an erasure; the merge writes its own
			}
			if err := d.openClear(r, c, p); err != nil {
				return err
			}
		case register.Tombstone: // of an activity that goes with it; the merge writes its own
		case register.Envelope:
		case register.Evidence:
			return ErrEvidence
		default:
			return fmt.Errorf("%s: this version merges no %s", c.Path, p.Kind)
		}
	}
	for _, id := range order {
		x := pairs[id]
		if x.come == nil {
			return fmt.Errorf("record %s is gone without a trace", id)
		}
		ch, err := d.openChange(r, secret, x.gone, x.come)
		if err != nil {
			return err
		}
		r.Changes = append(r.Changes, ch)
	}
	return d.openActivities(r, secret, activities)
}

// openChange opens one record of a proposal, its version at the proposal's base,
// and checks what only the content can tell: whose record it is and that no
// older version comes back.
func (d *Desk) openChange(r *Review, secret seal.Key, gone, come *gitstore.Change) (*Change, error) {
	to, err := register.ParsePath(come.Path)
	if err != nil {
		return nil, err
	}
	file, err := d.repo.Blob(come.New.ID, seal.RecordLimit)
	if err != nil {
		return nil, err
	}
	schema := d.state.Policy.Schema()
	rec, err := openRecord(schema, to, secret.Derive(seal.KindRecord, to.Unit, to.ID), file)
	if err != nil {
		return nil, err
	}
	ch := &Change{Verb: "add", Path: to, Is: rec, op: op{verb: "add", to: to, rec: rec}}
	if r.Report != nil {
		ch.commits = r.Report.Commits
	}
	if gone != nil {
		from, err := register.ParsePath(gone.Path)
		if err != nil {
			return nil, err
		}
		ch.op.from = from
		ch.Verb = verbOf(from, to)
		ch.Was, ch.op.key, err = d.openBase(from, gone.Old.ID)
		if err != nil {
			return nil, err
		}
		if ch.Was != nil && rec.Rev <= ch.Was.Rev {
			return nil, fmt.Errorf("record %s: its revision goes back: an older version was put in place of a newer one", to.ID)
		}
	} else if rec.Rev < 1 {
		return nil, fmt.Errorf("record %s: its revision is not positive", to.ID)
	}
	ch.op.verb = ch.Verb
	was := ch.Was
	if was == nil {
		was = &record.Record{Fields: map[string]record.Value{}}
	}
	ch.Fields = record.Diff(was, rec)
	schema.Sort(ch.Fields)
	ch.Faults = d.Faults(to.Unit, ch.Was, rec)
	return ch, nil
}

func verbOf(from, to register.Path) string {
	switch {
	case from.Unit != to.Unit:
		return "move"
	case from.Kind == register.Member && to.Kind == register.Closed:
		return "close"
	case from.Kind == register.Closed && to.Kind == register.Member:
		return "reopen"
	case from != to:
		return "reschedule"
	}
	return "edit"
}

// openBase opens the version of a record that a proposal started from, with the
// present key or one of the kept versions. nil means that no key is left for it.
func (d *Desk) openBase(from register.Path, blob gitstore.ID) (*record.Record, seal.Key, error) {
	k, err := d.keyring(from.Unit)
	if err != nil {
		return nil, seal.Key{}, err
	}
	file, err := d.repo.Blob(blob, seal.RecordLimit)
	if err != nil {
		return nil, seal.Key{}, err
	}
	var keys []seal.Key
	if key, ok := k.Keys[from.ID]; ok {
		keys = append(keys, key)
	}
	for v, o := range k.Versions {
		if v.ID == from.ID {
			keys = append(keys, o.Key)
		}
	}
	for _, key := range keys {
		r, err := openRecord(d.state.Policy.Schema(), from, key, file)
		if errors.Is(err, seal.ErrWrongKey) {
			continue
		}
		return r, key, err
	}
	return nil, seal.Key{}, nil
}
