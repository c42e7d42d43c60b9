package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

type ctxt = context.Context

// FaultsError is a refusal of field values, by record rules; it holds none of
// the values.
type FaultsError struct {
	Faults []record.Fault
}

func (e *FaultsError) Error() string {
	f := e.Faults[0]
	s := fmt.Sprintf("field %q: %s", f.Field, f.Msg)
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	if n := len(e.Faults); n > 1 {
		s += fmt.Sprintf(", and %d more", n-1)
	}
	return s
}

// begin prepares an act that writes: it fetches where the server answers, and
// refuses when the officer's access has ended.
func (d *Desk) begin(ctx context.Context) error {
	_, err := d.fetched(ctx)
	return err
}

// beginDraft is begin for what an officer who does not merge puts into her draft: where
// nothing can be had from the server, for whatever reason, she goes on with what is here.
// It comes to the server with medlem submit.
func (d *Desk) beginDraft(ctx context.Context) error {
	err := d.begin(ctx)
	if gitstore.NotServed(err) && !d.Secretary() {
		d.news.Offline = true
		d.warn(Warning{Kind: WarnOffline, Err: err})
		_, err = d.officer()
	}
	return err
}

// fetched is begin, and returns what the fetch did.
func (d *Desk) fetched(ctx context.Context) (*SyncResult, error) {
	res, err := d.Sync(ctx)
	if err != nil {
		return nil, err
	}
	if res.Offline {
		d.warn(Warning{Kind: WarnOffline})
	}
	_, err = d.officer()
	return res, err
}

// may returns an error unless the identity may do the act in the unit today.
func (d *Desk) may(act policy.Act, u register.UnitID) error {
	if _, ok := d.state.Policy.Unit(u); !ok {
		return d.unknownUnit(u)
	}
	h, err := d.officer()
	if err != nil {
		return err
	}
	if !d.state.May(h, act, u, d.Today()) {
		return fmt.Errorf("%s in unit %q: %w", act, u, ErrNotAllowed)
	}
	return nil
}

// Add makes new members of the unit, one for each set of fields, and returns
// their ids. All or none.
func (d *Desk) Add(ctx context.Context, u register.UnitID, verb string, members []map[string]record.Value) ([]register.RecordID, error) {
	if err := d.beginDraft(ctx); err != nil {
		return nil, err
	}
	var ids []register.RecordID
	err := d.withRetry(ctx, func() error {
		ops, made, err := d.additions(u, verb, members)
		if err != nil {
			return err
		}
		ids = made
		return d.perform(ctx, verb, u, ops)
	})
	return ids, err
}

// Edit sets fields of a record; an empty value clears the field.
func (d *Desk) Edit(ctx context.Context, id register.RecordID, set map[string]record.Value) (*Member, error) {
	if err := d.beginDraft(ctx); err != nil {
		return nil, err
	}
	var m *Member
	err := d.withRetry(ctx, func() error {
		var err error
		if m, err = d.editable(id); err != nil {
			return err
		}
		if err := d.may(policy.ActEdit, m.Path.Unit); err != nil {
			return err
		}
		next := m.next()
		for k, v := range set {
			if v.Empty() {
				delete(next.Fields, k)
			} else {
				next.Fields[k] = v
			}
		}
		d.date(m.Path.Unit, m.Record, next)
		if len(record.Diff(m.Record, next)) == 0 {
			return ErrNothing
		}
		if fs := d.Faults(m.Path.Unit, m.Record, next); len(fs) > 0 {
			return &FaultsError{fs}
		}
		if err := d.mayFields(m.Path.Unit, m.Record, next, policy.Edit); err != nil {
			return err
		}
		o := op{verb: "edit", from: m.Path, to: m.Path, rec: next, was: m.Record, key: m.key}
		return d.perform(ctx, "edit", m.Path.Unit, []op{o})
	})
	return m, err
}

// next copies the record with the next revision number.
func (m *Member) next() *record.Record {
	r := *m.Record
	r.Rev++
	r.Fields = make(map[string]record.Value, len(m.Record.Fields)+2)
	for k, v := range m.Record.Fields {
		r.Fields[k] = v
	}
	return &r
}

// editable finds a record that can be changed now: one that waits for the
// secretariat must be answered first.
func (d *Desk) editable(id register.RecordID) (*Member, error) {
	m, err := d.Find(id)
	if err != nil {
		return nil, err
	}
	if m.Status == Submitted {
		return nil, ErrWaiting
	}
	return m, nil
}

// Move takes a record to another unit; its id stays.
func (d *Desk) Move(ctx context.Context, id register.RecordID, to register.UnitID) (request bool, err error) {
	if err := d.beginDraft(ctx); err != nil {
		return false, err
	}
	err = d.withRetry(ctx, func() error {
		m, err := d.editable(id)
		if err != nil {
			return err
		}
		if m.Closed() {
			return ErrEnded
		}
		if _, ok := d.state.Policy.Unit(to); !ok {
			return d.unknownUnit(to)
		}
		if m.Path.Unit == to {
			return ErrNothing
		}
		if err := d.lives(to); err != nil {
			return err
		}
		if d.state.Policy.Protects(to) {
			return ErrProtect
		}
		if request = d.may(policy.ActMove, m.Path.Unit) != nil || d.may(policy.ActMove, to) != nil; request {
			return d.request(ctx, m, record.Request{Kind: record.RequestMove, To: to})
		}
		next := m.next()
		next.Unit = to
		if fs := notHere(d.state.Policy, to, nil, next); len(fs) > 0 {
			return &FaultsError{fs}
		}
		p := m.Path
		p.Unit = to
		return d.perform(ctx, "move", to, []op{{verb: "move", from: m.Path, to: p, rec: next, was: m.Record, key: m.key}})
	})
	return request, err
}

func (d *Desk) reasons() string {
	var out []string
	for _, r := range d.state.Policy.Retention.Reasons {
		out = append(out, r.ID)
	}
	return strings.Join(out, ", ")
}

// closing is the op that closes a record today.
func (d *Desk) closing(from register.Path, was *record.Record, key seal.Key, why policy.Reason, now bool) op {
	next := (&Member{Record: was}).next()
	next.Fields[record.Closed] = record.Text(string(d.Today()))
	next.Fields[record.Reason] = record.Text(why.ID)
	month := d.Today().AddMonths(why.Keep).Month()
	if now {
		month = d.Today().Month()
	}
	to := register.Path{Kind: register.Closed, Unit: from.Unit, ID: from.ID, Month: month}
	return op{verb: "close", from: from, to: to, rec: next, was: was, key: key}
}

// Reopen takes a closed record back among the members.
func (d *Desk) Reopen(ctx context.Context, id register.RecordID) (request bool, err error) {
	if err := d.beginDraft(ctx); err != nil {
		return false, err
	}
	err = d.withRetry(ctx, func() error {
		m, err := d.editable(id)
		if err != nil {
			return err
		}
		if !m.Closed() {
			return ErrNothing
		}
		if err := d.lives(m.Path.Unit); err != nil {
			return err
		}
		if request = d.may(policy.ActReopen, m.Path.Unit) != nil; request {
			return d.request(ctx, m, record.Request{Kind: record.RequestReopen})
		}
		return d.perform(ctx, "reopen", m.Path.Unit, []op{reopening(m.Path, m.Record, m.key)})
	})
	return request, err
}

func reopening(from register.Path, was *record.Record, key seal.Key) op {
	next := (&Member{Record: was}).next()
	delete(next.Fields, record.Closed)
	delete(next.Fields, record.Reason)
	to := register.Path{Kind: register.Member, Unit: from.Unit, ID: from.ID}
	return op{verb: "reopen", from: from, to: to, rec: next, was: was, key: key}
}

// request puts something asked of the secretariat into the draft.
func (d *Desk) request(ctx context.Context, m *Member, r record.Request) error {
	r.Unit, r.Member = m.Path.Unit, m.Path.ID
	return d.requestAll([]record.Request{r})
}

// requestAll puts requests into the draft, in one commit. It gives each its id.
func (d *Desk) requestAll(rs []record.Request) error {
	asked, err := d.asked()
	if err != nil {
		return err
	}
	for i := range rs {
		r := &rs[i]
		if err := d.may(policy.ActRequest, r.Unit); err != nil {
			return err
		}
		if slices.ContainsFunc(asked, func(x record.Request) bool { return x.Member == r.Member && x.Kind == r.Kind }) {
			return ErrAsked
		}
		r.ID = register.NewRecordID()
	}
	return d.draftCommit("request", len(rs), rs[0].Unit, nil, func(secret seal.Key) (map[string][]byte, error) {
		files := map[string][]byte{}
		for _, r := range rs {
			text, err := record.EncodeRequest(&r)
			if err != nil {
				return nil, err
			}
			file, err := seal.Seal(secret.Derive(seal.KindRequest, r.Unit, r.ID), text)
			if err != nil {
				return nil, err
			}
			files[register.Path{Kind: register.Request, Unit: r.Unit, ID: r.ID}.String()] = file
		}
		return files, nil
	})
}

// asked returns the requests in one's draft and proposals.
func (d *Desk) asked() ([]record.Request, error) {
	layers, err := d.layers()
	if err != nil {
		return nil, err
	}
	var out []record.Request
	for _, l := range layers {
		rs, err := d.requests(l)
		if err != nil {
			return nil, err
		}
		out = append(out, rs...)
	}
	return out, nil
}

// requests opens the requests that a layer brings.
func (d *Desk) requests(l *layer) ([]record.Request, error) {
	var out []record.Request
	for _, c := range l.changes {
		p, err := register.ParsePath(c.Path)
		if err != nil || p.Kind != register.Request || c.New.ID.IsZero() {
			continue
		}
		file, err := d.repo.Blob(c.New.ID, seal.RecordLimit)
		if err != nil {
			return nil, err
		}
		text, err := seal.Open(l.secret.Derive(seal.KindRequest, p.Unit, p.ID), file)
		if err != nil {
			return nil, fmt.Errorf("open request %s: %w", p.ID, err)
		}
		r, err := record.DecodeRequest(text)
		if err != nil {
			return nil, fmt.Errorf("read request %s: %w", p.ID, err)
		}
		if r.ID != p.ID || r.Unit != p.Unit {
			return nil, fmt.Errorf("request %s says that it is another's", p.ID)
		}
		out = append(out, *r)
	}
	return out, nil
}
