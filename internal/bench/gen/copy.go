package gen

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Clone makes an officer's copy of the register at dir, verified.
func (r *Register) Clone(ctx context.Context, dir string, id *identity.Identity) error {
	_, err := desk.Clone(ctx, desk.CloneOptions{URL: r.Server, Dir: dir, Identity: id, Now: func() time.Time { return r.when }})
	return err
}

// Propose puts a proposal on the server, in which the branch's member-officer
// edits its first member, and returns its ref.
func (r *Register) Propose(br *Branch) (string, error) {
	fields := r.fields(1)
	return r.propose(br, &record.Record{ID: br.Members[0], Unit: br.Unit, Rev: 2, Fields: fields}, "edit", []string{"street"})
}

// ProposeNew puts a proposal on the server by which the branch's keeper enters
// somebody who is no member yet, the nth such, and returns its ref.
func (r *Register) ProposeNew(br *Branch, n int) (string, error) {
	fields := r.fields(n)
	fields["given"], fields["family"] = record.Text("Ragnhild"), record.Text("Ødegård")
	fields["email"], fields["phone"] = record.Text(fmt.Sprintf("new%d@example.no", n)), record.Text(fmt.Sprintf("+47 400 99 %03d", n))
	fields["born"] = record.Text(fmt.Sprintf("%d-02-03", 1930+n%60))
	m := &record.Record{ID: register.NewRecordID(), Unit: br.Unit, Rev: 1, Fields: fields}
	return r.propose(br, m, "add", slices.Sorted(maps.Keys(fields)))
}

func (r *Register) propose(br *Branch, m *record.Record, verb string, changed []string) (string, error) {
	message := register.Message(verb, 1, br.Unit)
	if r.state.Policy.DeclareFields {
		message = register.WithFields(message, changed)
	}
	b, err := r.repo.Begin()
	if err != nil {
		return "", err
	}
	defer b.Abort()
	head, err := r.draft(b, br, m, message)
	if err != nil {
		return "", err
	}
	if err := b.Close(); err != nil {
		return "", err
	}
	ref := register.ProposalRef(br.Keeper.Handle(), register.NewTopic(br.Unit))
	return ref, r.repo.UpdateRefs([]gitstore.RefUpdate{{Name: ref, New: head}})
}

// draft is a commit on main by which the branch's keeper writes a record, and its
// envelope.
func (r *Register) draft(b *gitstore.Builder, br *Branch, m *record.Record, message string) (gitstore.ID, error) {
	by := br.Keeper
	secret := seal.NewKey()
	env, err := seal.SealEnvelope(secret, r.state.EnvelopeRecipients(by.Handle(), r.day()))
	if err != nil {
		return gitstore.ZeroID, err
	}
	text, err := r.state.Policy.Schema().Encode(m)
	if err != nil {
		return gitstore.ZeroID, err
	}
	file, err := seal.Seal(secret.Derive(seal.KindRecord, br.Unit, m.ID), text)
	if err != nil {
		return gitstore.ZeroID, err
	}
	tree, err := write(b, r.tree, map[string][]byte{
		register.Path{Kind: register.Member, Unit: br.Unit, ID: m.ID}.String():                     file,
		register.Path{Kind: register.Envelope, Unit: br.Unit, ID: register.NewRecordID()}.String(): env,
	})
	if err != nil {
		return gitstore.ZeroID, err
	}
	return b.Commit(r.spec(by, tree, []gitstore.ID{r.head}, message))
}
