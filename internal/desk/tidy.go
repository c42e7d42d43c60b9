package desk

import (
	"context"
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

// Tidied is what is past a period of its own.
type Tidied struct {
	Pieces []retention.Piece
	Units  int    // whose keyring was replaced
	Server bool   // the server has forgotten the replaced keyrings
	Hint   string // what to ask the server's keeper where it has not
}

// tidyKinds are the kinds that Tidy takes away.
var tidyKinds = []retention.Kind{retention.Evidence, retention.DrawPast, retention.Receipt, retention.ReviewPast, retention.MailPast, retention.LedgerPast, retention.SendingPast}

// PastPeriods returns what is past a period of its own today, by unit and kind. It needs
// no key.
func (d *Desk) PastPeriods() ([]retention.Piece, error) {
	var out []retention.Piece
	for i := range d.state.Policy.Units {
		ps, err := d.pastPeriods(d.state.Policy.Units[i].ID)
		if err != nil {
			return nil, err
		}
		out = append(out, ps...)
	}
	slices.SortFunc(out, func(a, b retention.Piece) int { return a.Compare(b.Item) })
	return out, nil
}

func (d *Desk) pastPeriods(u register.UnitID) ([]retention.Piece, error) {
	today, err := d.commitDay()
	if err != nil {
		return nil, err
	}
	own, err := retention.Pieces(d.state, d.repo, u)
	if err != nil {
		return nil, err
	}
	own = slices.DeleteFunc(own, func(x retention.Piece) bool { return x.Until >= today || !slices.Contains(tidyKinds, x.Kind) })
	unnamed, err := d.unnamed(u, today)
	return append(own, unnamed...), err
}

// unnamed are the documents of a unit that no grant has named for as long as they are
// kept. Those that go with a grant are not among them.
func (d *Desk) unnamed(u register.UnitID, today register.Day) ([]retention.Piece, error) {
	if !d.keepsDocuments() {
		return nil, nil
	}
	head, err := gitstore.ReadCommit(d.repo, d.head)
	if err != nil {
		return nil, err
	}
	return retention.Unnamed(d.state, d.repo, head, u, today)
}

// Tidy takes away what is past a period of its own, with the keys of what is sealed of it,
// in one commit. ErrNothing: there is none.
func (d *Desk) Tidy(ctx context.Context) (*Tidied, error) {
	if err := d.beginByClock(ctx); err != nil {
		return nil, err
	}
	res := &Tidied{}
	err := d.withRetry(ctx, func() error {
		if _, err := d.secretariat(); err != nil {
			return err
		}
		var err error
		if res.Pieces, err = d.PastPeriods(); err != nil {
			return err
		}
		if len(res.Pieces) == 0 {
			return ErrNothing
		}
		a, err := d.tidying(res.Pieces)
		if err != nil {
			return err
		}
		res.Units = len(a.keyrings)
		return d.commit(ctx, a)
	})
	if err != nil {
		return nil, err
	}
	res.Server, res.Hint = true, ""
	if res.Units > 0 {
		res.Server, res.Hint = d.forgetOnServer(ctx)
	}
	return res, nil
}

// tidying fills the act. Its message counts receipts and controls; where there are none,
// documents; where there are none of these either, grants.
func (d *Desk) tidying(pieces []retention.Piece) (*act, error) {
	a := newAct("")
	var clearFiles, documents, grants int
	for _, x := range pieces {
		if err := d.may(policy.ActErase, x.Unit); err != nil {
			return nil, err
		}
		for _, p := range x.Paths {
			a.files[p.String()] = nil
			switch p.Kind {
			case register.Grant:
				grants++
			case register.Evidence:
				documents++
			case register.DrawList, register.SendingList:
			default:
				clearFiles++
			}
			if !p.Kind.Sealed() {
				continue
			}
			k, err := d.change(a, p.Unit)
			if err != nil {
				return nil, err
			}
			delete(k.Keys, p.ID)
			dropVersions(k, p.ID)
		}
	}
	n := clearFiles
	if n == 0 {
		n = documents
	}
	if n == 0 {
		n = grants
	}
	a.message = register.Message("tidy", n, pieces[0].Unit)
	return a, nil
}
