package desk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// ErasureReceipt is what an erasure says to one whose record it destroyed.
type ErasureReceipt struct {
	ID      register.RecordID
	Unit    register.UnitID
	Lang    string      // hers, of the organisation's languages
	Secret  string      // proves that the receipt is hers; nothing keeps it
	Commit  gitstore.ID // that erases
	Receipt *access.Receipt
}

// Papers is given the receipts of an erasure, with their secrets, when nothing is left
// but the push. An error ends the act; nothing has moved then. It is called again where
// another push came between, with other secrets: the last call counts.
type Papers func([]*ErasureReceipt) error

// destroyed counts what an erasure destroys of each record.
type destroyed map[register.RecordID]*access.Receipt

// of returns what is counted of a record.
func (t destroyed) of(id register.RecordID) *access.Receipt {
	if t[id] == nil {
		t[id] = &access.Receipt{}
	}
	return t[id]
}

// count counts what a unit's keyring holds of the records, and its requests that name
// one, by the ids of the requests.
func (t destroyed) count(s *access.State, k *seal.Keyring, ids []register.RecordID, named map[register.RecordID]register.RecordID) {
	for _, id := range ids {
		r := t.of(id)
		before := r.Keys + r.Pages + r.Versions + r.Requests
		if _, ok := k.Keys[id]; ok {
			r.Keys++
		}
		if _, ok := k.Views[id]; ok {
			r.Pages++
		}
		for v := range k.Versions {
			if v.ID == id {
				r.Versions++
			}
		}
		for _, about := range named {
			if about == id {
				r.Requests++
			}
		}
		if r.Keys+r.Pages+r.Versions+r.Requests > before {
			t.replaces(r, k.Unit, s)
		}
	}
}

// replaces notes that the unit's keyring is replaced.
func (destroyed) replaces(r *access.Receipt, u register.UnitID, s *access.State) {
	if slices.ContainsFunc(r.Keyrings, func(k access.Replaced) bool { return k.Unit == u }) {
		return
	}
	serial := s.Units[u].Keyring.Serial
	r.Keyrings = append(r.Keyrings, access.Replaced{Unit: u, Before: serial, After: serial + 1})
}

// languageField is the field of a record that says in which language somebody wants to
// read, where the organisation has one of that key.
const languageField = "language"

// languageOf is the language of a record's own, where the organisation has it; else the
// organisation's first.
func (d *Desk) languageOf(r *record.Record) string {
	p := d.state.Policy
	if v := r.Fields[languageField]; !v.Empty() && slices.Contains(policy.Languages, v.String()) {
		for _, l := range policy.Fallbacks(v.String()) {
			if slices.Contains(p.Languages, l) {
				return l
			}
		}
	}
	return p.Languages[0]
}

// writeReceipts puts the receipts into the act, each with a fresh secret.
func (d *Desk) writeReceipts(a *act, res *Erased) error {
	me, err := d.me()
	if err != nil {
		return err
	}
	for _, x := range res.Receipts {
		r := x.Receipt
		r.Signers = append([]register.Handle{me}, res.seconders...)
		slices.SortFunc(r.Keyrings, func(a, b access.Replaced) int { return strings.Compare(string(a.Unit), string(b.Unit)) })
		r.Remains = remains(d.state.Policy, r.Day)
		x.Secret = seal.NewReceiptSecret()
		if r.Check, err = seal.ReceiptCheck(x.Secret, x.ID); err != nil {
			return err
		}
		if before := res.again[x.ID]; before.Check != "" {
			x.Secret, r.Check = "", before.Check // the paper that she has stays good
		}
		a.files[receiptPath(x.Unit, x.ID).String()] = r.Encode()
	}
	return nil
}

func receiptPath(u register.UnitID, id register.RecordID) register.Path {
	return register.Path{Kind: register.Receipt, Unit: u, ID: id}
}

// handReceipts returns what an act does last before its push.
func (d *Desk) handReceipts(a *act, res *Erased, to Papers) func() error {
	return func() error {
		for _, x := range res.Receipts {
			x.Commit = a.head
		}
		if to == nil {
			return nil
		}
		return to(res.Receipts)
	}
}

// remains lists the kinds of data that may be kept of somebody whose record is erased,
// each with the last day on which it may be there: counted from the erasure, since
// nothing of hers can be younger. What was asked is answered or gone by then, and
// reviews are about officers' access.
func remains(p *policy.Policy, day register.Day) []access.Remaining {
	var out []access.Remaining
	for _, k := range p.Kinds {
		switch {
		case k.ID == policy.KindRequests, k.ID == policy.KindReviews:
		case k.Keep != nil:
			out = append(out, access.Remaining{Kind: k.ID, Last: day.AddMonths(*k.Keep)})
		case k.Forever:
			out = append(out, access.Remaining{Kind: k.ID})
		}
	}
	return out
}

// ErasureProof is what the register holds of one erasure.
type ErasureProof struct {
	ID        register.RecordID
	Unit      register.UnitID
	Tombstone *access.Tombstone
	Receipt   *access.Receipt // nil: the erasure is from before receipts, or its period is over
	Status    *ErasureStatus
	Commit    gitstore.ID // of main, by which it was erased
	Genesis   gitstore.ID
	Main      gitstore.ID // as of which it was looked for
}

// ErasureOf gathers what main and its history say of one erasure. It needs no key. An
// id that was never erased is ErrNotErased.
func (d *Desk) ErasureOf(id register.RecordID) (*ErasureProof, error) {
	all, err := d.ErasureStatuses()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(st *ErasureStatus) bool { return st.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("%s: %w", id, ErrNotErased)
	}
	st := all[i]
	out := &ErasureProof{ID: id, Unit: st.Unit, Status: st, Commit: st.Commit, Main: d.head}
	b, ok, err := d.fileAt(register.Path{Kind: register.Tombstone, Unit: st.Unit, Year: st.Day.Year(), ID: id}.String())
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the tombstone of %s is gone: run medlem verify", id)
	}
	if out.Tombstone, err = access.ParseTombstone(b); err != nil {
		return nil, fmt.Errorf("read the tombstone of %s: %w", id, err)
	}
	if b, ok, err = d.fileAt(receiptPath(st.Unit, id).String()); err != nil {
		return nil, err
	}
	if ok {
		if out.Receipt, err = access.ParseReceipt(b); err != nil {
			return nil, fmt.Errorf("read the receipt of %s: %w", id, err)
		}
	}
	out.Genesis, err = d.genesis(d.head)
	return out, err
}

// fileAt returns a clear file of main.
func (d *Desk) fileAt(path string) ([]byte, bool, error) {
	e, ok, err := gitstore.Find(d.repo, d.tree, path)
	if err != nil || !ok {
		return nil, false, err
	}
	b, err := d.repo.Blob(e.ID, register.FlatLimit)
	return b, err == nil, err
}
