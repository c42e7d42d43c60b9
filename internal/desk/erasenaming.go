package desk

import (
	"errors"
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// drawsNaming opens whom the draws of a unit name, and returns those that named one
// of the records, now without it. It counts them.
func (d *Desk) drawsNaming(u register.UnitID, k *seal.Keyring, ids []register.RecordID, t destroyed) ([]drawnList, error) {
	var out []drawnList
	err := d.walk(d.tree, "data/"+string(u)+"/draws", func(p register.Path, e gitstore.Entry) error {
		if p.Kind != register.DrawList {
			return nil
		}
		x, err := d.openDrawList(p, k.Keys[p.ID], e.ID)
		if err != nil {
			return err
		}
		var hers []register.RecordID
		x.Members = slices.DeleteFunc(x.Members, func(id register.RecordID) bool {
			if slices.Contains(ids, id) {
				hers = append(hers, id)
			}
			return slices.Contains(ids, id)
		})
		if len(hers) > 0 {
			out = append(out, drawnList{p, x})
			for _, id := range hers {
				r := t.of(id)
				r.Lists++
				t.replaces(r, u, d.state)
			}
		}
		return nil
	})
	return out, err
}

// sendingsNaming opens whom sendings reached in a unit, and returns the lists that had one
// of the records, now without it. It counts them.
func (d *Desk) sendingsNaming(u register.UnitID, k *seal.Keyring, ids []register.RecordID, t destroyed) ([]sentList, error) {
	var out []sentList
	err := d.walk(d.tree, "data/"+string(u)+"/sendings", func(p register.Path, e gitstore.Entry) error {
		if p.Kind != register.SendingList {
			return nil
		}
		x, err := d.openSendingList(p, k.Keys[p.ID], e.ID)
		if err != nil {
			return err
		}
		had := len(x.Members)
		x.Members = slices.DeleteFunc(x.Members, func(id register.RecordID) bool {
			if !slices.Contains(ids, id) {
				return false
			}
			r := t.of(id)
			r.Lists++
			t.replaces(r, u, d.state)
			return true
		})
		if len(x.Members) < had {
			out = append(out, sentList{p, x})
		}
		return nil
	})
	return out, err
}

// naming returns the ids of a unit's requests that are about one of the records, and
// which.
func (d *Desk) naming(u register.UnitID, k *seal.Keyring, ids []register.RecordID) (map[register.RecordID]register.RecordID, error) {
	out := map[register.RecordID]register.RecordID{}
	err := gitstore.Walk(d.repo, d.tree, "data/"+string(u)+"/requests", func(path string, e gitstore.Entry) error {
		p, err := register.ParsePath(path)
		if err != nil {
			return err
		}
		file, err := d.repo.Blob(e.ID, seal.RecordLimit)
		if err != nil {
			return err
		}
		text, err := seal.Open(k.Keys[p.ID], file)
		if err != nil {
			return fmt.Errorf("open request %s: %w", p.ID, err)
		}
		r, err := record.DecodeRequest(text)
		if err != nil {
			return fmt.Errorf("read request %s: %w", p.ID, err)
		}
		if slices.Contains(ids, r.Member) {
			out[p.ID] = r.Member
		}
		return nil
	})
	if errors.Is(err, gitstore.ErrNotFound) {
		err = nil
	}
	return out, err
}

// rejectHolders drops open proposals that hold one of the records.
func (d *Desk) rejectHolders(a *act, ids []register.RecordID, res *Erased) error {
	ps, err := d.inbox()
	if err != nil {
		return err
	}
	for _, p := range ps {
		_, cs, err := proposalDiff(d.repo, d.head, p.Head)
		if err != nil {
			continue // the check refuses it anyway
		}
		holds := false
		for _, c := range cs {
			if q, err := register.ParsePath(c.Path); err == nil && slices.Contains(ids, q.ID) {
				holds = true
			}
		}
		if !holds {
			holds, err = d.requestsName(cs, ids)
			if err != nil {
				return err
			}
		}
		if holds {
			a.drop[p.ref] = p.Head
			res.Rejected = append(res.Rejected, p.Topic)
		}
	}
	return nil
}

func (d *Desk) requestsName(cs []gitstore.Change, ids []register.RecordID) (bool, error) {
	_, env, err := envelopeOf(cs)
	if err != nil || env.IsZero() {
		return false, nil
	}
	secret, err := d.openEnvelope(env)
	if err != nil {
		return false, nil // it cannot be merged either
	}
	reqs, err := d.requests(&layer{secret: secret, changes: cs})
	if err != nil {
		return false, nil
	}
	return slices.ContainsFunc(reqs, func(r record.Request) bool { return slices.Contains(ids, r.Member) }), nil
}
