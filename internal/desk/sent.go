package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/intake"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// What members and strangers send comes as files that anybody may have made. An
// officer who reads the unit opens one, proves whose it is, and passes it on as a
// request in a proposal of its own, which the secretariat judges as any other.

// Errors of files that were sent.
var (
	ErrSentForm     = intake.ErrForm
	ErrSentNotHere  = errors.New("the file is sealed to no unit that you read, or to keys that are no longer kept")
	ErrSentContent  = intake.ErrContent
	ErrSentUnproved = errors.New("the file is not from a member whom you read, or not sealed with her secret")
	ErrSentBefore   = errors.New("this file was taken in before")
	ErrSentID       = errors.New("the file bears a number that the register has had already")
	ErrNoPages      = intake.ErrNoPages
	ErrSentAuthor   = errors.New("a request from a member's page or a joining form, passed on by somebody who does not read the unit")
)

// Received is what became of a file that was sent.
type Received struct {
	Submission *Submission
	N          int // the proposal's number, for the secretariat; 0: it has none here
	Change     *Change
}

// TakeSent opens a file that a member or a stranger sent, proves whose it is, judges
// it, and proposes it to the secretariat. Nothing is written unless all of it holds.
func (d *Desk) TakeSent(ctx context.Context, file []byte) (*Received, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	if d.state.Policy.Pages == nil {
		return nil, ErrNoPages
	}
	sent, err := d.openSent(file)
	if err != nil {
		return nil, err
	}
	r, m, err := d.prove(sent)
	if err != nil {
		return nil, err
	}
	if err := d.may(policy.ActRequest, r.Unit); err != nil {
		return nil, err
	}
	ch, err := d.judgeSent(r, m)
	if err != nil {
		return nil, err
	}
	if len(ch.Faults) > 0 {
		return nil, &FaultsError{ch.Faults}
	}
	if err := d.unused(r); err != nil {
		return nil, err
	}
	s, err := d.proposeRequest(ctx, ch.Request)
	if err != nil {
		return nil, err
	}
	out := &Received{Submission: s, Change: ch}
	if !d.Secretary() {
		return out, nil
	}
	if _, err := d.Sync(ctx); err != nil {
		return nil, err
	}
	me, err := d.me()
	if err != nil {
		return nil, err
	}
	p, err := d.proposal(string(me) + "/" + s.Topic)
	if err != nil {
		return nil, err
	}
	out.N = p.N
	return out, nil
}

// openSent opens a file with the joining identities of the units that the officer
// reads. It must say of itself that it is for the unit whose identity opens it.
func (d *Desk) openSent(file []byte) (*intake.Sent, error) {
	if err := intake.Check(file); err != nil {
		return nil, err
	}
	for _, u := range d.readableUnits() {
		k, err := d.keyring(u)
		if err != nil {
			return nil, err
		}
		ids, err := k.JoiningIdentities()
		if err != nil {
			return nil, err
		}
		sent, err := intake.Open(ids, file)
		if errors.Is(err, intake.ErrNotReader) {
			continue
		}
		if err == nil && sent.Unit != u {
			err = ErrSentContent
		}
		return sent, err
	}
	return nil, ErrSentNotHere
}

// prove returns the request that was sent, and the member whom it is from; nil where
// it is a stranger's. That there is no such member, that she is gone and that the
// file is not hers are one refusal.
func (d *Desk) prove(sent *intake.Sent) (*record.Request, *Member, error) {
	if sent.Request != nil {
		return sent.Request, nil, nil
	}
	for _, u := range d.readableUnits() {
		k, err := d.keyring(u)
		if err != nil {
			return nil, nil, err
		}
		secret, ok := k.Views[sent.Member]
		if !ok {
			continue
		}
		r, err := sent.Prove(secret)
		if errors.Is(err, intake.ErrProof) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		m, err := d.present(register.Path{Kind: register.Member, Unit: u, ID: sent.Member})
		return r, m, err
	}
	return nil, nil, ErrSentUnproved
}

// judgeSent judges a request by the policy and by the record of the member whom it
// is from, and returns it as a change that a review shows: what would become of her
// record, or the record that a stranger would have. was is nil of a stranger's, and
// has no record where none can be opened any more.
func (d *Desk) judgeSent(r *record.Request, was *Member) (*Change, error) {
	country := ""
	if was != nil && was.Record != nil {
		country = was.Record.Fields["country"].String()
	}
	r, err := intake.Judge(d.state.Policy, r, country)
	if err != nil {
		return nil, err
	}
	path := register.Path{Kind: register.Request, Unit: r.Unit, ID: r.ID}
	ch := &Change{Verb: "request", Path: path, Request: r}
	switch r.Kind {
	case record.RequestJoin:
		ch.Is = &record.Record{ID: r.ID, Unit: r.Unit, Rev: 1, Fields: map[string]record.Value{}}
		for _, x := range r.Set {
			ch.Is.Set(x.Key, x.Value)
			ch.Fields = append(ch.Fields, x.Key)
		}
		ch.Faults = d.Faults(r.Unit, nil, ch.Is)
		for _, key := range intake.Lacks(d.state.Policy, r) {
			if !slices.ContainsFunc(ch.Faults, func(f record.Fault) bool { return f.Field == key }) {
				ch.Faults = append(ch.Faults, record.Fault{Field: key, Rule: record.RuleRequired, Msg: "is missing: an SMS tells a name and a number alone", Hint: "ask her, and write it when you take her in"})
			}
		}
	case record.RequestCorrect:
		if was == nil || was.Record == nil {
			break
		}
		if was.Closed() {
			return nil, ErrEnded
		}
		ch.Was, ch.Is = was.Record, corrected(was.Record, r)
		ch.Fields = record.Diff(ch.Was, ch.Is)
		d.state.Policy.Schema().Sort(ch.Fields)
		ch.Faults = d.Faults(was.Path.Unit, ch.Was, ch.Is)
	case record.RequestObject, record.RequestRestrict:
		if !d.state.Policy.Schema().HasRights() {
			return nil, ErrOwnRights
		}
		if was != nil && was.Record != nil {
			ch.Was, ch.Is = was.Record, d.wished(was.Record, r)
			ch.Fields = record.Diff(ch.Was, ch.Is)
		}
	case record.RequestConfirm, record.RequestClose:
		if was != nil && was.Closed() {
			return nil, ErrEnded
		}
	}
	return ch, nil
}

// corrected is a record with what a member corrects.
func corrected(was *record.Record, r *record.Request) *record.Record {
	next := (&Member{Record: was}).next()
	for _, x := range r.Set {
		next.Set(x.Key, x.Value)
	}
	for _, k := range r.Clear {
		delete(next.Fields, k)
	}
	return next
}

// wished is a record with what a member asks to be noted of her rights. A record
// that is restricted already stays so since that day.
func (d *Desk) wished(was *record.Record, r *record.Request) *record.Record {
	next := (&Member{Record: was}).next()
	switch {
	case r.Kind == record.RequestRestrict && was.Fields[record.Restricted].Empty():
		next.Set(record.Restricted, record.Text(string(d.Today())))
	case r.Kind == record.RequestObject && r.Purpose != "":
		next.Set(record.Objects, record.Object(was.Fields[record.Objects], []string{r.Purpose}, false))
	case r.Kind == record.RequestObject:
		next.Set(record.Objects, record.Object(was.Fields[record.Objects], r.Clear, true))
	}
	return next
}

// unused returns an error unless nobody has taken the request in before, and its
// number is no record's, nor that of one that was erased.
func (d *Desk) unused(r *record.Request) error {
	waits, err := d.waitingRequest(r.ID)
	if err != nil {
		return err
	}
	answered, err := d.answeredBefore(r)
	if err != nil {
		return err
	}
	if waits || answered {
		return ErrSentBefore
	}
	erased, err := d.erased(r.ID)
	if err != nil {
		return err
	}
	for u := range d.state.Units {
		if erased {
			break
		}
		p := register.Path{Kind: register.Member, Unit: u, ID: r.ID}
		if _, erased, err = gitstore.Find(d.repo, d.tree, p.String()); err != nil {
			return err
		}
		if !erased {
			if _, _, erased, err = d.findClosed(u, r.ID); err != nil {
				return err
			}
		}
	}
	if erased {
		return ErrSentID
	}
	return nil
}

// waitingRequest tells whether a request of that id is in a proposal that waits, as
// far as this copy knows them, or in the officer's own.
func (d *Desk) waitingRequest(id register.RecordID) (bool, error) {
	for _, prefix := range []string{inboxRefs, submittedRefs} {
		refs, err := d.repo.Refs(prefix)
		if err != nil {
			return false, err
		}
		for _, head := range refs {
			_, cs, err := proposalDiff(d.repo, d.head, head)
			if err != nil {
				continue // somebody's damaged proposal
			}
			for _, c := range cs {
				if p, err := register.ParsePath(c.Path); err == nil && p.Kind == register.Request && p.ID == id {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// answeredLimit bounds how many commits of main are looked at for an earlier answer
// of a request.
const answeredLimit = 100_000

// answeredBefore tells whether main has merged a proposal with the same request: a
// file that somebody kept, or caught on its way, and sends once more. It looks back
// for as long as such a file can be opened, and a day more.
func (d *Desk) answeredBefore(r *record.Request) (bool, error) {
	g := d.state.Policy.Pages
	since := d.Today().Add(-g.Rotate - g.Keep - 1)
	path := register.Path{Kind: register.Request, Unit: r.Unit, ID: r.ID}.String()
	id := d.head
	for range answeredLimit {
		if id.IsZero() {
			return false, nil
		}
		c, err := gitstore.ReadCommit(d.repo, id)
		if err != nil {
			return false, err
		}
		if len(c.Parents) == 2 {
			p, err := gitstore.ReadCommit(d.repo, c.Parents[1])
			if err != nil {
				return false, err
			}
			if _, ok, err := gitstore.Find(d.repo, p.Tree, path); err != nil || ok {
				return ok, err
			}
		}
		if len(c.Parents) == 0 || register.DayOf(c.Committer.When) < since {
			return false, nil
		}
		id = c.Parents[0]
	}
	return false, nil
}

// proposeRequest sends a request in a proposal of its own.
func (d *Desk) proposeRequest(ctx context.Context, r *record.Request) (*Submission, error) {
	me, err := d.officer()
	if err != nil {
		return nil, err
	}
	if d.local.remote == "" {
		return nil, ErrNoServer
	}
	secret := seal.NewKey()
	text, err := record.EncodeRequest(r)
	if err != nil {
		return nil, err
	}
	file, err := seal.Seal(secret.Derive(seal.KindRequest, r.Unit, r.ID), text)
	if err != nil {
		return nil, err
	}
	env, err := seal.SealEnvelope(secret, d.state.EnvelopeRecipients(me, d.Today()))
	if err != nil {
		return nil, err
	}
	s, err := d.propose(ctx, register.Message("request", 1, r.Unit), map[string][]byte{
		register.Path{Kind: register.Request, Unit: r.Unit, ID: r.ID}.String():                    file,
		register.Path{Kind: register.Envelope, Unit: r.Unit, ID: register.NewRecordID()}.String(): env,
	})
	if err != nil {
		return nil, err
	}
	if err := d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: submittedRefs + s.Topic, New: s.head}}); err != nil {
		return nil, err
	}
	return s, d.noteSealed("", s.Topic)
}

// reviewSent turns a request from a page, which a proposal brings, into a change: a
// correction shows what stood in the record when the proposal was made.
func (d *Desk) reviewSent(base gitstore.ID, path register.Path, r *record.Request) (*Change, error) {
	plain := &Change{Verb: "request", Path: path, Request: r}
	var was *Member
	if r.Member != "" {
		m, err := d.where(r.Member)
		if err != nil || m == nil {
			return plain, err
		}
		was = m
		if r.Kind == record.RequestCorrect && !m.Closed() {
			if was, err = d.asOf(base, m.Path); err != nil {
				return nil, err
			}
		}
	}
	ch, err := d.judgeSent(r, was)
	if err != nil {
		return plain, nil // the merge says what is wrong with it
	}
	return ch, nil
}

// asOf is the record at a path as the commit base has it; without a record where it
// was elsewhere then, or where nobody has the key any more.
func (d *Desk) asOf(base gitstore.ID, p register.Path) (*Member, error) {
	c, err := gitstore.ReadCommit(d.repo, base)
	if err != nil {
		return nil, err
	}
	m := &Member{Path: p}
	e, ok, err := gitstore.Find(d.repo, c.Tree, p.String())
	if err != nil || !ok {
		return m, err
	}
	m.Record, _, err = d.openBase(p, e.ID)
	return m, err
}

// where finds the record of an id on main, in any unit, without the officer's own
// changes, and opens it; nil: there is none, or not among those that she reads.
func (d *Desk) where(id register.RecordID) (*Member, error) {
	for _, u := range d.readableUnits() {
		p := register.Path{Kind: register.Member, Unit: u, ID: id}
		_, ok, err := gitstore.Find(d.repo, d.tree, p.String())
		if err != nil {
			return nil, err
		}
		if !ok {
			if _, _, ok, err = d.findClosed(u, id); err != nil {
				return nil, err
			}
		}
		if ok {
			return d.present(p)
		}
	}
	return nil, nil
}

// answerSent does what a member or a stranger asks for. It judges all of it again:
// the proposal says that an officer proved it, and no more.
func (d *Desk) answerSent(p *Proposal, c *Change, res *Result, resolve Resolve) (op, bool, error) {
	r := c.Request
	bad := func(err error) (op, bool, error) { return op{}, false, fmt.Errorf("request %s: %w", r.ID, err) }
	if d.state.Policy.Pages == nil {
		return bad(ErrNoPages)
	}
	if !slices.Contains(d.state.Readers(r.Unit, d.Today()), p.Handle) {
		return bad(ErrSentAuthor)
	}
	if answered, err := d.answeredBefore(r); err != nil || answered {
		return op{}, true, err
	}
	if r.Kind == record.RequestJoin {
		return d.join(p, r, res)
	}
	now, err := d.where(r.Member)
	if err != nil {
		return op{}, false, err
	}
	if now == nil {
		return op{}, true, nil // erased meanwhile: nothing is left to do
	}
	if r.Kind == record.RequestCopy {
		res.Copies = append(res.Copies, r.Member)
		return op{}, true, nil
	}
	ch, err := d.judgeSent(r, now)
	if errors.Is(err, ErrEnded) && r.Kind == record.RequestClose {
		return op{}, true, nil
	} else if err != nil {
		return bad(err)
	}
	switch r.Kind {
	case record.RequestClose:
		why, _ := d.state.Policy.Reason(r.Reason)
		return d.closing(now.Path, now.Record, now.key, why, false), false, nil
	case record.RequestConfirm:
		return d.confirmed(p, now)
	case record.RequestObject, record.RequestRestrict:
		return d.editing(now, ch.Is) // of the record as it is now: there is nothing to put together
	}
	theirs := ch.Is
	if c.Was == nil || c.Was.Rev != now.Record.Rev {
		x := &Change{Was: c.Was, op: op{to: now.Path}}
		if c.Was != nil {
			theirs = corrected(c.Was, r)
		}
		if theirs, err = d.threeWay(x, now, theirs, resolve); err != nil {
			return op{}, false, err
		}
	}
	return d.editing(now, theirs)
}

// join is the op by which a stranger becomes a member.
func (d *Desk) join(p *Proposal, r *record.Request, res *Result) (op, bool, error) {
	ch, err := d.judgeSent(r, nil)
	if err != nil {
		return op{}, false, fmt.Errorf("request %s: %w", r.ID, err)
	}
	if fs := append(ch.Faults, d.expected(p.Handle, r.Unit, ch.Is.Fields)...); len(fs) > 0 {
		return op{}, false, fmt.Errorf("request %s: %w", r.ID, &FaultsError{fs})
	}
	rec := *ch.Is
	rec.ID = register.NewRecordID()
	res.Joined = append(res.Joined, rec.ID)
	return op{verb: "add", to: register.Path{Kind: register.Member, Unit: r.Unit, ID: rec.ID}, rec: &rec}, false, nil
}

// confirmed is the op that notes that a member has said that all is right: on the
// day on which it was passed on, unless she has said so later.
func (d *Desk) confirmed(p *Proposal, now *Member) (op, bool, error) {
	field := d.state.Policy.Pages.Confirm.Field
	day := string(register.DayOf(p.When))
	if now.Record.Fields[field].String() >= day {
		return op{}, true, nil
	}
	next := now.next()
	next.Set(field, record.Text(day))
	return d.editing(now, next)
}

// editing is the op that makes a record what it shall be; done where it is so.
func (d *Desk) editing(now *Member, next *record.Record) (op, bool, error) {
	if len(record.Diff(now.Record, next)) == 0 {
		return op{}, true, nil
	}
	rec := *next
	rec.Rev, rec.Unit = now.Record.Rev+1, now.Path.Unit
	if fs := d.Faults(now.Path.Unit, now.Record, &rec); len(fs) > 0 {
		return op{}, false, fmt.Errorf("record %s: %w", now.Path.ID, &FaultsError{fs})
	}
	return op{verb: "edit", from: now.Path, to: now.Path, rec: &rec, was: now.Record, key: now.key}, false, nil
}
