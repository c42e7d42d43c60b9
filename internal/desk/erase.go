package desk

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Erased says what an erasure did.
type Erased struct {
	IDs      []register.RecordID
	Rejected []string // topics of open proposals that held one of them
	Server   bool     // the server has forgotten the replaced keyrings
	Hint     string   // what to ask the server's keeper where it has not
	Site     SiteFate // what became of their own pages on the server
}

// DueErasures returns the closed records whose month of erasure has ended or is the
// present one.
func (d *Desk) DueErasures() ([]register.Path, error) {
	var out []register.Path
	for u := range d.state.Units {
		err := gitstore.Walk(d.repo, d.tree, "data/"+string(u)+"/erase", func(path string, e gitstore.Entry) error {
			p, err := register.ParsePath(path)
			if err != nil {
				return err
			}
			if p.Month <= d.Today().Month() {
				out = append(out, p)
			}
			return nil
		})
		if err != nil && !errors.Is(err, gitstore.ErrNotFound) {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b register.Path) int { return strings.Compare(a.String(), b.String()) })
	return out, nil
}

// Erase destroys the keys of closed records, in one commit: the present key,
// every kept version, the page's secret, the tokens, in every unit; requests that name them
// go, and open proposals that hold them are rejected. A tombstone refuses each
// id for ever. Then the server is made to forget the replaced keyrings, where
// this machine can reach them. Erasing what is erased already finishes an
// erasure that was interrupted.
func (d *Desk) Erase(ctx context.Context, ids []register.RecordID) (*Erased, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	res := &Erased{IDs: ids}
	err := d.withRetry(ctx, func() error {
		if _, err := d.secretariat(); err != nil {
			return err
		}
		a := newAct("")
		n, unit, err := d.erasing(a, ids, res)
		if err != nil || n == 0 {
			return err
		}
		a.message = register.Message("erase", n, unit)
		if err := d.commit(ctx, a); err != nil {
			return err
		}
		res.Site = a.site
		for u, c := range a.replaced {
			for _, id := range ids {
				d.local.erasures = append(d.local.erasures, erasure{id, u, c})
			}
		}
		return d.local.save()
	})
	if err != nil {
		return nil, err
	}
	res.Server, res.Hint = d.forgetOnServer(ctx)
	return res, nil
}

// erasing fills the act. n counts the records that were not erased before.
func (d *Desk) erasing(a *act, ids []register.RecordID, res *Erased) (n int, unit register.UnitID, err error) {
	res.Rejected = nil
	for _, id := range ids {
		done, err := d.erased(id)
		if err != nil {
			return 0, "", err
		}
		if done {
			continue
		}
		m, err := d.Find(id)
		if err != nil {
			return 0, "", err
		}
		if !m.Closed() {
			return 0, "", fmt.Errorf("record %s: %w", id, ErrActive)
		}
		if err := d.may(policy.ActErase, m.Path.Unit); err != nil {
			return 0, "", err
		}
		n++
		unit = m.Path.Unit
		a.files[m.Path.String()] = nil
		t := &access.Tombstone{Day: d.Today(), Rule: m.Record.Fields[record.Reason].String()}
		if _, ok := d.state.Policy.Reason(t.Rule); !ok {
			t.Rule = access.FormerReason
		}
		a.files[register.Path{Kind: register.Tombstone, Unit: m.Path.Unit, Year: d.Today().Year(), ID: id}.String()] = t.Encode()
	}
	if n == 0 {
		return 0, "", nil
	}
	for u := range d.state.Units {
		if err := d.destroyKeys(a, u, ids); err != nil {
			return 0, "", err
		}
		for _, id := range ids {
			if err := d.changeTokens(a, u, id, nil); err != nil {
				return 0, "", err
			}
		}
	}
	return n, unit, d.rejectHolders(a, ids, res)
}

// destroyKeys takes every secret of the records out of a unit's keyring, and the
// requests that name them out of its folder.
func (d *Desk) destroyKeys(a *act, u register.UnitID, ids []register.RecordID) error {
	st := d.state.Units[u]
	if st.Keyring == nil {
		return nil
	}
	k, err := d.keyring(u)
	if err != nil {
		return err
	}
	named, err := d.naming(u, k, ids)
	if err != nil {
		return err
	}
	draws, err := d.drawsNaming(u, k, ids)
	if err != nil {
		return err
	}
	holds := slices.Concat(ids, named)
	touched := len(named) > 0 || len(draws) > 0
	for _, id := range holds {
		_, key := k.Keys[id]
		_, view := k.Views[id]
		touched = touched || key || view
	}
	for v := range k.Versions {
		touched = touched || slices.Contains(holds, v.ID)
	}
	if !touched {
		return nil
	}
	if k, err = d.change(a, u); err != nil {
		return err
	}
	for _, id := range holds {
		delete(k.Keys, id)
		delete(k.Views, id)
	}
	for v := range k.Versions {
		if slices.Contains(holds, v.ID) {
			delete(k.Versions, v)
		}
	}
	for _, id := range named {
		a.files[register.Path{Kind: register.Request, Unit: u, ID: id}.String()] = nil
	}
	for _, x := range draws { // under a fresh key: the old one is gone with the keyring
		if err := d.sealDrawList(a, x.list, x.path.Day); err != nil {
			return err
		}
	}
	return nil
}

// drawsNaming opens whom the draws of a unit name, and returns those that named one
// of the records, now without it.
func (d *Desk) drawsNaming(u register.UnitID, k *seal.Keyring, ids []register.RecordID) ([]drawnList, error) {
	var out []drawnList
	err := d.walk(d.tree, "data/"+string(u)+"/draws", func(p register.Path, e gitstore.Entry) error {
		if p.Kind != register.DrawList {
			return nil
		}
		x, err := d.openDrawList(p, k.Keys[p.ID], e.ID)
		if err != nil {
			return err
		}
		was := len(x.Members)
		x.Members = slices.DeleteFunc(x.Members, func(id register.RecordID) bool { return slices.Contains(ids, id) })
		if len(x.Members) < was {
			out = append(out, drawnList{p, x})
		}
		return nil
	})
	return out, err
}

// naming returns the ids of a unit's requests that are about one of the records.
func (d *Desk) naming(u register.UnitID, k *seal.Keyring, ids []register.RecordID) ([]register.RecordID, error) {
	var out []register.RecordID
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
			out = append(out, p.ID)
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

// erased tells whether any unit has a tombstone for the id.
func (d *Desk) erased(id register.RecordID) (bool, error) {
	for u, st := range d.state.Units {
		entries, err := gitstore.ReadTree(d.repo, st.Tree)
		if err != nil {
			return false, err
		}
		i := slices.IndexFunc(entries, func(e gitstore.Entry) bool { return e.Name == "erased" })
		if i < 0 {
			continue
		}
		years, err := gitstore.ReadTree(d.repo, entries[i].ID)
		if err != nil {
			return false, err
		}
		for _, y := range years {
			p := register.Path{Kind: register.Tombstone, Unit: u, Year: y.Name, ID: id}
			if _, ok, err := gitstore.Find(d.repo, d.tree, p.String()); err != nil || ok {
				return ok, err
			}
		}
	}
	return false, nil
}

// gcTime bounds the server's clean-up.
const gcTime = 10 * time.Minute

// forgetOnServer makes a server on this machine delete what no ref reaches: the
// replaced keyrings. Elsewhere it says what to ask for.
func (d *Desk) forgetOnServer(ctx context.Context) (bool, string) {
	const ask = "ask whoever keeps the server to run: git reflog expire --expire=now --all && git gc --prune=now"
	if d.keyringFolder() != "" {
		return true, ""
	}
	if d.local.remote == "" {
		return true, ""
	}
	remote, err := gitstore.NewRemote(d.local.remote)
	if err != nil {
		return false, ask
	}
	dir, ok := remote.Local()
	if !ok {
		return false, ask
	}
	ctx, cancel := context.WithTimeout(ctx, gcTime)
	defer cancel()
	for _, args := range [][]string{{"reflog", "expire", "--expire=now", "--all"}, {"gc", "--quiet", "--prune=now"}} {
		c := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
		if err := c.Run(); err != nil {
			return false, ask
		}
	}
	return true, ""
}

// ErasureStatus says of each erased record how far its erasure has come.
type ErasureStatus struct {
	ID      register.RecordID
	Unit    register.UnitID
	Day     register.Day
	Server  string   // "forgotten", "not forgotten", or "not known here"
	Waiting []Reader // who held a key to it and has not stated to have destroyed the identity
}

// Reader is an identity that could open a keyring.
type Reader struct {
	Handle    register.Handle
	Recipient string // access.RecipientID
}

// ErasureStatuses reads main's history and says, for each record ever erased,
// which of the three steps has been reached. It needs no key.
func (d *Desk) ErasureStatuses() ([]*ErasureStatus, error) {
	chain, err := d.firstParents()
	if err != nil {
		return nil, err
	}
	h := newHistory(d)
	for i, c := range chain {
		if err := h.add(c); err != nil {
			return nil, err
		}
		d.progress("reading history", i+1, len(chain))
	}
	return h.statuses()
}

// firstParents returns main's commits, oldest first.
func (d *Desk) firstParents() ([]*gitstore.Commit, error) {
	var out []*gitstore.Commit
	for id := d.head; !id.IsZero(); {
		c, err := gitstore.ReadCommit(d.repo, id)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		id = gitstore.ZeroID
		if len(c.Parents) > 0 {
			id = c.Parents[0]
		}
	}
	slices.Reverse(out)
	return out, nil
}
