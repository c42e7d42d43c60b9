package desk

import (
	"context"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// EditSaying is an edit whose commit says that it changes other fields than it
// does: what a changed program could send.
func (d *Desk) EditSaying(id register.RecordID, set map[string]record.Value, said ...string) error {
	m, err := d.editable(id)
	if err != nil {
		return err
	}
	next := m.next()
	for k, v := range set {
		next.Fields[k] = v
	}
	fake := &record.Record{Fields: map[string]record.Value{}}
	for _, f := range said {
		fake.Fields[f] = record.Text("x")
	}
	real := []op{{verb: "edit", from: m.Path, to: m.Path, rec: next, was: m.Record, key: m.key}}
	return d.draftCommit("edit", 1, m.Path.Unit, []op{{rec: fake}}, func(secret seal.Key) (map[string][]byte, error) {
		return d.draftFiles(real, secret)
	})
}

// DraftGrant drafts a grant together with a document, sealed as a draft seals: a
// proposal that brings evidence.
func (d *Desk) DraftGrant(g *access.Grant, doc *Document) error {
	id := register.NewRecordID()
	return d.draftCommit("grant", 1, g.Unit, nil, func(secret seal.Key) (map[string][]byte, error) {
		file, err := seal.SealEvidence(secret.Derive(seal.KindEvidence, g.Unit, id), doc.plain)
		if err != nil {
			return nil, err
		}
		g.Evidence = []access.Evidence{{Kind: doc.Kind, ID: id, SHA256: digestOf(file), Digest: doc.Digest()}}
		return map[string][]byte{register.Path{Kind: register.Evidence, Unit: g.Unit, ID: id}.String(): file, grantPath(g): g.Encode()}, nil
	})
}

// DropTokens makes a commit of main without any tokens, as a register of before
// them had.
func (d *Desk) DropTokens(ctx context.Context) error {
	a := newAct(register.Message("readers", 0, d.state.Policy.Root().ID))
	for u, st := range d.state.Units {
		if st.Keyring == nil {
			continue
		}
		if _, err := d.change(a, u); err != nil {
			return err
		}
		st.Keyring.Tokens = "" // of this copy of the state only
	}
	return d.commit(ctx, a)
}

// NamedIn opens whom a draw names.
func (d *Desk) NamedIn(id register.RecordID) ([]register.RecordID, error) {
	x, err := d.FindDraw(string(id))
	if err != nil {
		return nil, err
	}
	list, err := d.openList(x)
	if err != nil {
		return nil, err
	}
	return list.Members, nil
}

// Holds tells whether a keyring that the identity opens has a key to the record, as it is
// or as it was.
func (d *Desk) Holds(id register.RecordID) bool {
	for _, u := range d.readableUnits() {
		k, err := d.keyring(u)
		if err != nil {
			continue
		}
		if _, ok := k.Keys[id]; ok {
			return true
		}
		for v := range k.Versions {
			if v.ID == id {
				return true
			}
		}
	}
	return false
}
