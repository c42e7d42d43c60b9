package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// An officer who may not draw a list can ask for one: a sealed request, in a
// proposal of its own. Whoever approves it draws the list; it goes to the asker,
// sealed to her alone, on the ref on which answers go, in one push with the receipt.
// No access arises.

// Errors of requests for lists.
var (
	ErrListAsked  = errors.New("the proposal asks for a list: approve it (medlem draw approve) or reject it")
	ErrNoListAsk  = errors.New("the proposal asks for no list")
	ErrListKind   = errors.New("the policy has no such list that officers ask for (requests in policies/lists.yaml)")
	ErrMayNotAsk  = errors.New("your office may not ask for such a list")
	ErrAskUnit    = errors.New("you may ask for such a list in several units: say in which")
	ErrApprover   = errors.New("the policy has others approve such a list")
	ErrNoListHere = errors.New("no list lies on the server for you under this name")
)

// ListRequestOptions say what list is asked for.
type ListRequestOptions struct {
	Kind    string            // a kind of request of lists.yaml
	Unit    register.UnitID   // in which one asks; "": the one where one may
	Units   []register.UnitID // whose members; nil: of all that the kind reaches
	Purpose string
	Columns []string // nil: the purpose's
	Note    string   // in words, sealed
}

// RequestList asks the secretariat for a list, at once.
func (d *Desk) RequestList(ctx context.Context, o ListRequestOptions) (*Submission, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	me, err := d.officer()
	if err != nil {
		return nil, err
	}
	kind, ok := listKind(d.state.Policy, o.Kind)
	if !ok {
		return nil, ErrListKind
	}
	var in []register.UnitID
	for _, g := range d.state.Grants(me, d.Today()) {
		if slices.Contains(kind.By, g.Office) && (o.Unit == "" || o.Unit == g.Unit) {
			in = append(in, g.Unit)
		}
	}
	switch {
	case len(in) == 0:
		return nil, ErrMayNotAsk
	case len(in) > 1:
		return nil, ErrAskUnit
	}
	r := &record.Request{ID: register.NewRecordID(), Unit: in[0], Kind: record.RequestList, Note: strings.TrimSpace(o.Note), List: kind.ID, Purpose: o.Purpose, Columns: o.Columns, Units: o.Units}
	if err := d.judgeList(me, r, kind); err != nil {
		return nil, err
	}
	return d.proposeRequest(ctx, r)
}

func listKind(p *policy.Policy, id string) (policy.ListRequest, bool) {
	i := slices.IndexFunc(p.Lists.Requests, func(k policy.ListRequest) bool { return k.ID == id })
	if i < 0 {
		return policy.ListRequest{}, false
	}
	return p.Lists.Requests[i], true
}

// judgeList judges a request by its kind, for the asker and again for whoever
// approves it: the receipt is judged too, but not by which kind was asked.
func (d *Desk) judgeList(asker register.Handle, r *record.Request, kind policy.ListRequest) error {
	p := d.state.Policy
	if !slices.ContainsFunc(d.state.Grants(asker, d.Today()), func(g *access.Grant) bool {
		return g.Unit == r.Unit && slices.Contains(kind.By, g.Office)
	}) {
		return ErrMayNotAsk
	}
	fault := func(rule, format string, args ...any) error {
		return &DrawError{[]access.DrawFault{{Rule: rule, Msg: fmt.Sprintf(format, args...)}}}
	}
	for _, u := range r.Units {
		if !slices.Contains(reach(p, r.Unit, kind), u) {
			return fault(access.DrawRequest, "such a list is not of members of unit %q", string(u))
		}
	}
	if len(kind.Purposes) > 0 && !slices.Contains(kind.Purposes, r.Purpose) {
		return fault(access.DrawPurpose, "such a list is for %s only", strings.Join(kind.Purposes, ", "))
	}
	i := slices.IndexFunc(p.Lists.Purposes, func(x policy.ListPurpose) bool { return x.ID == r.Purpose })
	if i < 0 {
		return fault(access.DrawPurpose, "purpose %q is none of those for which lists may be drawn", r.Purpose)
	}
	for _, c := range r.Columns {
		if _, ok := p.Field(c); !ok {
			return fault(access.DrawColumns, "records have no field %q", c)
		}
		if slices.Contains(p.Lists.Purposes[i].Columns, c) {
			continue
		}
		if p.Lists.OtherColumns != policy.ReasonForColumns {
			return fault(access.DrawColumns, "a list for %q has %s only", r.Purpose, strings.Join(p.Lists.Purposes[i].Columns, ", "))
		}
		if r.Note == "" {
			return ErrDrawReason
		}
	}
	return nil
}

// reach are the units whose members a kind of list can have.
func reach(p *policy.Policy, unit register.UnitID, kind policy.ListRequest) []register.UnitID {
	if kind.Of != policy.RequestBelow {
		return []register.UnitID{unit}
	}
	var out []register.UnitID
	for _, u := range p.Units {
		if p.Below(u.ID, unit) {
			out = append(out, u.ID)
		}
	}
	return out
}

// ListAsked is a request for a list as whoever approves it sees it.
type ListAsked struct {
	Request *record.Request
	Units   []register.UnitID // whose members it would have
	Within  int               // days in which the policy wants an answer; 0: it does not say
	Age     int               // days that it has waited
}

// ListAskedOf returns the list that a proposal asks for; nil where it asks for
// none.
func (d *Desk) ListAskedOf(r *Review) *ListAsked {
	for _, c := range r.Changes {
		if c.Request == nil || c.Request.Kind != record.RequestList {
			continue
		}
		kind, _ := listKind(d.state.Policy, c.Request.List)
		out := &ListAsked{Request: c.Request, Units: c.Request.Units, Within: kind.AnswerWithin}
		if len(out.Units) == 0 {
			out.Units = reach(d.state.Policy, c.Request.Unit, kind)
		}
		out.Age = int(d.Today().Time().Sub(register.DayOf(r.Proposal.When).Time()).Hours() / 24)
		return out
	}
	return nil
}

// Approval is how a list that was asked for is drawn.
type Approval struct {
	Until register.Day // when it must be destroyed; "": the last day that the policy allows
	Use   register.Day // the day of what it is for, where the policy counts from there
}

// ApproveList draws the list that a proposal asks for. It goes to the asker alone;
// the receipt, the answer and the end of the proposal are one push.
func (d *Desk) ApproveList(ctx context.Context, which string, o Approval, render func(*List) ([]byte, error)) (*Taken, error) {
	p, err := d.judging(ctx, which)
	if err != nil {
		return nil, err
	}
	r, err := d.review(p)
	if err != nil {
		return nil, err
	}
	if len(r.Report.Findings) > 0 {
		return nil, &FindingsError{fmt.Sprintf("proposal %d breaks the register's rules", p.N), r.Report}
	}
	asked := d.ListAskedOf(r)
	if asked == nil || len(r.Changes) != 1 {
		return nil, ErrNoListAsk
	}
	if err := d.approver(p, asked.Request); err != nil {
		return nil, err
	}
	p.request = asked.Request.ID
	x, err := d.plan(DrawOptions{Units: asked.Units, Purpose: asked.Request.Purpose, Columns: asked.Request.Columns, Reason: asked.Request.Note,
		For: p.Handle, Until: o.Until, Use: o.Use, Form: access.FormList, Format: access.FormatXLSX}, p)
	if err != nil {
		return nil, err
	}
	if err := d.gather(x); err != nil {
		return nil, err
	}
	plain, err := render(d.listOf(x))
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	whole := append(handedHead(p.Topic, x.receipt), plain...)
	defer clear(whole)
	file, _, err := d.protect(x, whole)
	if err != nil {
		return nil, err
	}
	x.handed = file
	receipt, err := d.commitReceipt(ctx, x)
	if err != nil {
		return nil, err
	}
	return &Taken{Receipt: x.receipt, Sent: receipt.sent, receipt: receipt}, nil
}

// approver judges the request anew, as the policy is today, and whether it is the
// identity's to approve.
func (d *Desk) approver(p *Proposal, r *record.Request) error {
	kind, ok := listKind(d.state.Policy, r.List)
	if !ok {
		return ErrListKind
	}
	if err := d.judgeList(p.Handle, r, kind); err != nil {
		return err
	}
	me, err := d.secretariat()
	if err != nil {
		return err
	}
	if len(kind.ApprovedBy) > 0 && !slices.ContainsFunc(d.state.Offices(me, r.Unit, d.Today()), func(o *policy.Office) bool { return slices.Contains(kind.ApprovedBy, o.ID) }) {
		return ErrApprover
	}
	return nil
}

// What is sealed to the asker begins with which request it answers, so that nobody
// can show the list of another, and which draw it is.
func handedHead(topic string, r *access.Draw) []byte {
	return fmt.Appendf(nil, "%s\n%s %s %s\n", topic, r.Unit, r.Day, r.ID)
}

// listFile is the one file in the tree of an answer that is a list.
const listFile = "list.age"

// handOver makes the commit that holds the sealed list, and its ref.
func (d *Desk) handOver(x *drawing) func(*gitstore.Memory) ([]gitstore.RefUpdate, error) {
	return func(mem *gitstore.Memory) ([]gitstore.RefUpdate, error) {
		blob, err := mem.Blob(x.handed)
		if err != nil {
			return nil, err
		}
		tree, err := mem.Tree(gitstore.ZeroID, []gitstore.Edit{{Path: listFile, ID: blob}})
		if err != nil {
			return nil, err
		}
		c, err := mem.Commit(d.spec(x.receipt.By, tree, nil, d.now().UTC(), register.Message("draw", 1, x.answers.Unit)))
		if err != nil {
			return nil, err
		}
		return []gitstore.RefUpdate{{Name: answerRefs + string(x.answers.Handle) + "/" + x.answers.Topic, New: c}}, nil
	}
}

// answerIsList tells whether an answer is a list, signed by the secretariat.
func (d *Desk) answerIsList(mem *gitstore.Memory, commit gitstore.ID) bool {
	_, err := d.signedFile(mem, commit, listFile, seal.SealedListLimit)
	return err == nil
}

// A list that lies on the server for oneself is noted here, so that it is fetched
// once, when it is wanted: .git/medlem/lists/<topic>.

func (d *Desk) listNote(topic string) string { return filepath.Join(d.local.dir, "lists", topic) }

func (d *Desk) knownList(topic string) bool {
	_, err := os.Stat(d.listNote(topic))
	return err == nil
}

func (d *Desk) expectList(topic string) error {
	if err := os.MkdirAll(filepath.Dir(d.listNote(topic)), 0o700); err != nil {
		return fmt.Errorf("note a list: %w", err)
	}
	if err := writeFile(d.listNote(topic), nil); err != nil {
		return fmt.Errorf("note a list: %w", err)
	}
	return d.settle(topic, true)
}

// Handed is a list that one has asked for.
type Handed struct {
	Receipt *access.Draw
	Plain   []byte // the workbook, in the clear: it is to be protected before it is written
}

// FetchList takes a list that one has asked for from the server. use is called with
// it; where it returns no error the list is gone from there.
func (d *Desk) FetchList(ctx context.Context, topic string, use func(*Handed) error) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	me, err := d.me()
	if err != nil {
		return err
	}
	remote, err := d.server()
	if err != nil {
		return err
	}
	ref := answerRefs + string(me) + "/" + topic
	mem, refs, err := fetchAnswers(ctx, remote, ref)
	if err != nil {
		return err
	}
	id, ok := refs[ref]
	if !ok {
		return errors.Join(ErrNoListHere, d.forgetList(topic))
	}
	file, err := d.signedFile(mem, id, listFile, seal.SealedListLimit)
	if err != nil {
		return ErrNoListHere
	}
	whole, err := seal.OpenList(file, d.id.Ages())
	if err != nil {
		return fmt.Errorf("open the list: %w", err)
	}
	defer clear(whole)
	h, err := d.handedList(topic, whole)
	if err != nil {
		return err
	}
	if err := use(h); err != nil {
		return err
	}
	if err := remote.Push(ctx, d.repo, []gitstore.RefUpdate{{Name: ref, Old: id}}); err != nil {
		return err
	}
	return d.forgetList(topic)
}

func (d *Desk) forgetList(topic string) error {
	if err := os.Remove(d.listNote(topic)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget a list: %w", err)
	}
	return nil
}

func (d *Desk) handedList(topic string, whole []byte) (*Handed, error) {
	first, rest, ok := bytes.Cut(whole, []byte("\n"))
	second, plain, ok2 := bytes.Cut(rest, []byte("\n"))
	if !ok || !ok2 || string(first) != topic {
		return nil, errors.New("the list answers another request")
	}
	w := strings.Split(string(second), " ")
	if len(w) != 3 {
		return nil, errors.New("malformed list")
	}
	path, err := register.ParsePath("data/" + w[0] + "/draws/" + w[1] + "/" + w[2] + ".yaml")
	if err != nil {
		return nil, err
	}
	e, ok, err := gitstore.Find(d.repo, d.tree, path.String())
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("draw %s: %w", path.ID, ErrNoDraw)
	}
	x, err := d.readDraw(path, e.ID)
	if err != nil {
		return nil, err
	}
	return &Handed{Receipt: x, Plain: plain}, nil
}
