package desk

import (
	"context"
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Conflict is a field that the proposal and main both changed since the
// proposal's base.
type Conflict struct {
	ID     register.RecordID
	Unit   register.UnitID
	Field  string
	Main   record.Value
	Theirs record.Value
}

// ConflictError is returned when a conflict was not resolved. It names the
// record and the field, never their values.
type ConflictError struct {
	Conflict Conflict
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("record %s, field %q: %v", e.Conflict.ID, e.Conflict.Field, ErrConflict)
}

func (e *ConflictError) Unwrap() error { return ErrConflict }

// Resolve decides a conflict: true takes the proposal's value, false main's.
type Resolve func(Conflict) (theirs bool, err error)

// Result is what a merge did.
type Result struct {
	Proposal *Proposal
	Counts   map[string]int // by verb
	Kept     int            // requests that main had answered already

	Joined []register.RecordID // members whom joining forms made
	Copies []register.RecordID // members who ask for a copy of what is kept about them
}

// MergeOptions say how to merge.
type MergeOptions struct {
	Resolve        Resolve // nil: a conflict is an error
	KeepDuplicates bool    // take in people who are likely registered already; else that is a *DuplicateError

	Set map[string]record.Value // what somebody who asked by SMS has told since; of others ErrNotBySMS
}

// Merge is MergeWith, keeping no duplicates.
func (d *Desk) Merge(ctx context.Context, which string, resolve Resolve) (*Result, error) {
	return d.MergeWith(ctx, which, MergeOptions{Resolve: resolve})
}

// MergeWith checks a proposal again, opens every record of it, judges content and
// field rights, looks whether somebody new is registered already, merges field by
// field where main has moved, seals everything under fresh keys and puts it on
// main, together with the keyrings. On any failure nothing has moved, here or on
// the server.
func (d *Desk) MergeWith(ctx context.Context, which string, o MergeOptions) (*Result, error) {
	p, err := d.judging(ctx, which)
	if err != nil {
		return nil, err
	}
	name, head := p.name(), p.Head
	var res *Result
	err = d.withRetry(ctx, func() error {
		p, err := d.proposal(name)
		if err != nil {
			return fmt.Errorf("%w: it was merged, rejected or taken back meanwhile", err)
		}
		if p.Head != head {
			return fmt.Errorf("proposal %q: %w: it was changed meanwhile", name, ErrNoProposal)
		}
		res, err = d.merge(ctx, p, o)
		return err
	})
	return res, err
}

func (d *Desk) merge(ctx context.Context, p *Proposal, o MergeOptions) (*Result, error) {
	r, err := d.review(p)
	if err != nil {
		return nil, err
	}
	if len(r.Report.Findings) > 0 {
		return nil, &FindingsError{fmt.Sprintf("proposal %d breaks the register's rules", p.N), r.Report}
	}
	if r.Declared != nil {
		return nil, r.Declared
	}
	if err := d.complete(r, o.Set); err != nil {
		return nil, err
	}
	if err := likely(r); err != nil && !o.KeepDuplicates {
		return nil, err
	}
	res := &Result{Proposal: p, Counts: map[string]int{}}
	a := newAct(register.MergeMessage(p.Handle, p.Topic))
	a.merged = p.Head
	a.drop[p.ref] = p.Head
	for path, b := range r.files {
		a.files[path] = b
	}
	if err := d.takeReceipts(a, r); err != nil {
		return nil, err
	}
	if err := d.takeSendings(a, r); err != nil {
		return nil, err
	}
	var ops []op
	var activities []activityOp
	for _, c := range r.Changes {
		if c.clear() {
			res.Counts[c.Verb]++
			continue
		}
		if c.Activity != nil {
			x, err := d.judgeActivity(p, c)
			if err != nil {
				return nil, err
			}
			res.Counts[c.Verb]++
			activities = append(activities, x)
			continue
		}
		asked := len(res.Copies)
		x, done, err := d.judge(p, c, res, o.Resolve)
		if err != nil {
			return nil, err
		}
		if done {
			if len(res.Copies) == asked { // a copy is made by hand
				res.Kept++
			}
			continue
		}
		res.Counts[x.verb]++
		ops = append(ops, x)
	}
	if err := d.apply(a, ops); err != nil {
		return nil, err
	}
	if err := d.applyActivities(a, activities); err != nil {
		return nil, err
	}
	if err := d.commit(ctx, a); err != nil {
		return nil, err
	}
	return res, d.noteActivitiesErased(a, activities)
}

// judge decides one change by its content and returns what main shall do. done
// is true where main has nothing left to do.
func (d *Desk) judge(p *Proposal, c *Change, res *Result, resolve Resolve) (o op, done bool, err error) {
	if c.Request != nil && c.Request.FromPages() {
		return d.answerSent(p, c, res, resolve)
	}
	if c.Request != nil {
		return d.answer(c.Request)
	}
	if len(c.Faults) > 0 {
		return op{}, false, fmt.Errorf("record %s: %w", c.Path.ID, &FaultsError{c.Faults})
	}
	if err := d.fieldRights(p.Handle, c); err != nil {
		return op{}, false, err
	}
	o = c.op
	if c.Verb == "add" {
		if fs := d.expected(p.Handle, o.to.Unit, o.rec.Fields); len(fs) > 0 {
			return op{}, false, fmt.Errorf("record %s: %w", c.Path.ID, &FaultsError{fs})
		}
		return o, false, o.rises(0, c.commits)
	}
	now, err := d.present(o.from)
	if err != nil {
		return op{}, false, err
	}
	if now.Path != o.from {
		return op{}, false, fmt.Errorf("record %s: it was closed, reopened or moved since this proposal was made: reject it and ask for a new one", o.to.ID)
	}
	if err := o.rises(now.Record.Rev, c.commits); err != nil {
		return op{}, false, err
	}
	theirs := *o.rec
	if c.Was == nil || now.Record.Rev != c.Was.Rev {
		merged, err := d.threeWay(c, now, &theirs, resolve)
		if err != nil {
			return op{}, false, err
		}
		theirs = *merged
	}
	theirs.Rev = max(now.Record.Rev, o.rec.Rev-1) + 1
	theirs.Unit = o.to.Unit
	if fs := d.Faults(o.to.Unit, now.Record, &theirs); len(fs) > 0 {
		return op{}, false, fmt.Errorf("record %s: %w", c.Path.ID, &FaultsError{fs})
	}
	if o.verb == "close" {
		if err := d.closingRight(o, &theirs); err != nil {
			return op{}, false, err
		}
	}
	o.rec, o.was, o.key = &theirs, now.Record, now.key
	return o, false, nil
}

// rises returns an error for a revision that is higher than as many commits upon
// was can have made it. Revisions are bounded: after the highest nobody could
// change, close or erase the record any more.
func (o op) rises(was, commits int) error {
	if o.rec.Rev > was+commits {
		return fmt.Errorf("record %s: its revision jumps: it was %d, and %d commits make it %d", o.to.ID, was, commits, o.rec.Rev)
	}
	return nil
}

// fieldRights verifies that each field that changed is one that the author's
// offices may edit there (or, in a new record, see).
func (d *Desk) fieldRights(author register.Handle, c *Change) error {
	right := policy.Edit
	if c.Verb == "add" {
		right = policy.Read
	}
	for _, f := range c.Fields {
		if (f == record.Closed || f == record.Reason) && (c.Verb == "close" || c.Verb == "reopen") {
			continue
		}
		need := right
		if d.duesField(f) {
			need = policy.Edit // which nobody has of what only medlem dues writes
		}
		if d.state.FieldRight(author, f, c.op.to.Unit, d.Today()) < need {
			return fmt.Errorf("record %s, field %q: %s may not change it in unit %q", c.Path.ID, f, author, c.op.to.Unit)
		}
	}
	return nil
}

// closingRight verifies what a closed record says against where it lies.
func (d *Desk) closingRight(o op, r *record.Record) error {
	why, ok := d.state.Policy.Reason(r.Fields[record.Reason].String())
	if !ok {
		return fmt.Errorf("record %s: closed for a reason that the policy does not know", o.to.ID)
	}
	day, err := register.ParseDay(r.Fields[record.Closed].String())
	if err != nil || day > d.Today() || o.to.Month != day.AddMonths(why.Keep).Month() {
		return fmt.Errorf("record %s: closed into another month than the reason %q gives", o.to.ID, why.ID)
	}
	return nil
}

// present opens a record as main has it now.
func (d *Desk) present(p register.Path) (*Member, error) {
	k, err := d.keyring(p.Unit)
	if err != nil {
		return nil, err
	}
	at := register.Path{Kind: register.Member, Unit: p.Unit, ID: p.ID}
	e, ok, err := gitstore.Find(d.repo, d.tree, at.String())
	if err != nil {
		return nil, err
	}
	if !ok {
		if at, e, ok, err = d.findClosed(p.Unit, p.ID); err != nil {
			return nil, err
		}
	}
	key, have := k.Keys[p.ID]
	if !ok || !have {
		return nil, fmt.Errorf("record %s is no longer in unit %q: reject this proposal and ask for a new one", p.ID, p.Unit)
	}
	m := &Member{Path: at, key: key, blob: e.ID}
	return m, d.open([]*Member{m})
}

// threeWay merges main's and the proposal's record field by field. Where the
// base can no longer be opened, each field that differs is a conflict.
func (d *Desk) threeWay(c *Change, now *Member, theirs *record.Record, resolve Resolve) (*record.Record, error) {
	base := c.Was
	if base == nil {
		base = &record.Record{ID: theirs.ID, Unit: theirs.Unit, Fields: map[string]record.Value{}}
	}
	merged, conflicts := record.Merge(base, now.Record, theirs)
	for _, x := range conflicts {
		cf := Conflict{ID: theirs.ID, Unit: c.op.to.Unit, Field: x.Field, Main: x.Ours, Theirs: x.Theirs}
		if resolve == nil {
			return nil, &ConflictError{cf}
		}
		take, err := resolve(cf)
		if err != nil {
			return nil, err
		}
		v := x.Ours
		if take {
			v = x.Theirs
		}
		if v.Empty() {
			delete(merged.Fields, x.Field)
		} else {
			merged.Fields[x.Field] = v
		}
	}
	return merged, nil
}

// answer does what a request asks for.
func (d *Desk) answer(r *record.Request) (op, bool, error) {
	if r.Kind == record.RequestList {
		return op{}, false, ErrListAsked
	}
	now, err := d.present(register.Path{Kind: register.Member, Unit: r.Unit, ID: r.Member})
	if err != nil {
		return op{}, true, nil // moved or erased meanwhile: nothing is left to do
	}
	switch r.Kind {
	case record.RequestClose:
		why, ok := d.state.Policy.Reason(r.Reason)
		if !ok {
			return op{}, false, fmt.Errorf("request %s: a reason that the policy does not know", r.ID)
		}
		if now.Closed() {
			return op{}, true, nil
		}
		return d.closing(now.Path, now.Record, now.key, why, false), false, nil
	case record.RequestReopen:
		if !now.Closed() {
			return op{}, true, nil
		}
		return reopening(now.Path, now.Record, now.key), false, nil
	case record.RequestMove:
		if _, ok := d.state.Policy.Unit(r.To); !ok {
			return op{}, false, fmt.Errorf("request %s: %w", r.ID, d.unknownUnit(r.To))
		}
		if now.Closed() {
			return op{}, false, fmt.Errorf("request %s: the membership has ended", r.ID)
		}
		if err := d.lives(r.To); err != nil {
			return op{}, false, fmt.Errorf("request %s: %w", r.ID, err)
		}
		if d.state.Policy.Protects(r.To) {
			return op{}, false, fmt.Errorf("request %s: %w", r.ID, ErrProtect)
		}
		next := now.next()
		next.Unit = r.To
		if fs := notHere(d.state.Policy, r.To, nil, next); len(fs) > 0 {
			return op{}, false, fmt.Errorf("request %s: %w", r.ID, &FaultsError{fs})
		}
		to := now.Path
		to.Unit = r.To
		return op{verb: "move", from: now.Path, to: to, rec: next, was: now.Record, key: now.key}, false, nil
	}
	return op{}, false, fmt.Errorf("request %s: this version knows no request of kind %q", r.ID, r.Kind)
}

// Reject deletes a proposal from the server and leaves its author a sealed
// answer. After that only she and the secretariat can open what it held.
func (d *Desk) Reject(ctx context.Context, which, reason string) (*Proposal, error) {
	p, err := d.judging(ctx, which)
	if err != nil {
		return nil, err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > reasonLimit {
		return nil, fmt.Errorf("a reason of 1 to %d bytes is needed: the officer reads it", reasonLimit)
	}
	remote, err := d.server()
	if err != nil {
		return nil, err
	}
	ups := []gitstore.RefUpdate{{Name: p.ref, Old: p.Head}}
	mem := gitstore.NewMemory()
	if o := d.state.Officers[p.Handle]; o != nil {
		up, err := d.answerRef(mem, p, o.Recipients, reason)
		if err != nil {
			return nil, err
		}
		ups = append(ups, up)
	}
	if err := remote.Push(ctx, gitstore.Join(mem, d.repo), ups); err != nil {
		return nil, err
	}
	return p, d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: inboxRefs + string(p.Handle) + "/" + p.Topic, Old: p.Head}})
}

// reasonLimit is the longest reason of a rejection, in bytes.
const reasonLimit = 2000

const answerFile = "answer.age"

// answerRef makes the parentless commit that holds the sealed answer.
func (d *Desk) answerRef(mem *gitstore.Memory, p *Proposal, recipients []string, reason string) (gitstore.RefUpdate, error) {
	me, err := d.me()
	if err != nil {
		return gitstore.RefUpdate{}, err
	}
	file, err := seal.SealNote(answerText(p.Topic, reason), recipients)
	if err != nil {
		return gitstore.RefUpdate{}, err
	}
	blob, err := mem.Blob(file)
	if err != nil {
		return gitstore.RefUpdate{}, err
	}
	tree, err := mem.Tree(gitstore.ZeroID, []gitstore.Edit{{Path: answerFile, ID: blob}})
	if err != nil {
		return gitstore.RefUpdate{}, err
	}
	c, err := mem.Commit(d.spec(me, tree, nil, d.now().UTC(), register.Message("reject", 1, p.Unit)))
	if err != nil {
		return gitstore.RefUpdate{}, err
	}
	return gitstore.RefUpdate{Name: answerRefs + string(p.Handle) + "/" + p.Topic, New: c}, nil
}
