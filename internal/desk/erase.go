package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Erased says what an erasure did.
type Erased struct {
	IDs      []register.RecordID
	Rejected []string // topics of open proposals that held one of them
	Server   bool     // the server has forgotten the replaced keyrings
	Hint     string   // what to ask the server's keeper where it has not
	Site     SiteFate // what became of their own pages on the server
	Unmarked bool     // of a unit: the policy could not be made to say that it is dissolved

	Kept     []register.RecordID // whose time is over too, where all such were asked for: restricted
	Receipts []*ErasureReceipt   // of those that were not erased before, in the order of IDs

	again     map[register.RecordID]access.ErasedRecord // erased before, in a history that was lost: eraseAgain
	seconders []register.Handle                         // who signed it beside the committer, by the run that asks for it
}

// A RestrictedError is a refusal to erase a record that is kept and not used (GDPR art. 18):
// its member wants to have it, or to dispute it, and that is lifted first.
type RestrictedError struct{ ID register.RecordID }

func (e *RestrictedError) Error() string {
	return fmt.Sprintf("record %s is restricted: it is kept", e.ID)
}

// DueErasures returns the closed records whose month of erasure has ended or is the
// present one; and those of them apart that are restricted, which are kept, as far as the
// identity is of the secretariat and opens them.
func (d *Desk) DueErasures() (due []register.Path, kept []register.RecordID, err error) {
	all, err := d.monthHere()
	if err != nil || !d.Secretary() {
		return all, nil, err
	}
	return d.unrestricted(all)
}

// unrestricted takes the records that are restricted out of closed ones of main.
func (d *Desk) unrestricted(paths []register.Path) (out []register.Path, kept []register.RecordID, err error) {
	schema := d.state.Policy.Schema()
	for _, p := range paths {
		m, err := d.present(p)
		if err != nil {
			return nil, nil, err
		}
		if schema.Restriction(m.Record) != "" {
			kept = append(kept, p.ID)
		} else {
			out = append(out, p)
		}
	}
	return out, kept, nil
}

// monthHere returns the closed records whose month has come, by path.
func (d *Desk) monthHere() ([]register.Path, error) {
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
// id for ever. A record that is restricted is kept (RestrictedError). Then the server is made to forget the replaced keyrings, where
// this machine can reach them. Erasing what is erased already finishes an
// erasure that was interrupted.
func (d *Desk) Erase(ctx context.Context, ids []register.RecordID) (*Erased, error) {
	return d.EraseFor(ctx, ids, nil)
}

// EraseFor is Erase, and hands out the receipts of the erasure (see Papers).
func (d *Desk) EraseFor(ctx context.Context, ids []register.RecordID, to Papers) (*Erased, error) {
	if err := d.beginByClock(ctx); err != nil {
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
		if n > 1 && d.state.Policy.Brakes != nil {
			return ErrByRun
		}
		a.message = register.Message("erase", n, unit)
		a.before = d.handReceipts(a, res, to)
		if err := d.commit(ctx, a); err != nil {
			return err
		}
		return d.noteErasure(a, res)
	})
	if err != nil {
		return nil, err
	}
	res.Server, res.Hint = d.forgetOnServer(ctx)
	return res, nil
}

// erasing fills the act. n counts the records that were not erased before.
func (d *Desk) erasing(a *act, ids []register.RecordID, res *Erased) (n int, unit register.UnitID, err error) {
	res.Rejected, res.Receipts = nil, nil
	day, err := d.commitDay()
	if err != nil {
		return 0, "", err
	}
	t := destroyed{}
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
		before, again := res.again[id]
		if !m.Closed() && !again {
			return 0, "", fmt.Errorf("record %s: %w", id, ErrActive)
		}
		if !again && d.state.Policy.Schema().Restriction(m.Record) != "" {
			return 0, "", &RestrictedError{id}
		}
		if err := d.may(policy.ActErase, m.Path.Unit); err != nil {
			return 0, "", err
		}
		n++
		unit = m.Path.Unit
		a.files[m.Path.String()] = nil
		tomb := &access.Tombstone{Day: day, Rule: m.Record.Fields[record.Reason].String()}
		if again {
			tomb.Rule = before.Rule
		}
		if _, ok := d.state.Policy.Reason(tomb.Rule); !ok {
			tomb.Rule = access.FormerReason
		}
		a.files[register.Path{Kind: register.Tombstone, Unit: m.Path.Unit, Year: day.Year(), ID: id}.String()] = tomb.Encode()
		*t.of(id) = access.Receipt{Day: day, Rule: tomb.Rule}
		res.Receipts = append(res.Receipts, &ErasureReceipt{ID: id, Unit: m.Path.Unit, Lang: d.languageOf(m.Record), Receipt: t.of(id)})
	}
	if n == 0 {
		return 0, "", nil
	}
	for u := range d.state.Units {
		if err := d.destroyKeys(a, u, ids, t); err != nil {
			return 0, "", err
		}
		if err := d.destroyTokens(a, u, ids, t); err != nil {
			return 0, "", err
		}
	}
	if err := d.writeReceipts(a, res); err != nil {
		return 0, "", err
	}
	return n, unit, d.rejectHolders(a, ids, res)
}

// destroyTokens takes the tokens of the records out of a unit's.
func (d *Desk) destroyTokens(a *act, u register.UnitID, ids []register.RecordID, t destroyed) error {
	had, err := d.openTokens(u)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if had != nil && had.People[id] != "" {
			r := t.of(id)
			r.Tokens++
			t.replaces(r, u, d.state)
		}
		if err := d.changeTokens(a, u, id, nil); err != nil {
			return err
		}
	}
	return nil
}

// destroyKeys takes every secret of the records out of a unit's keyring, and the
// requests that name them out of its folder.
func (d *Desk) destroyKeys(a *act, u register.UnitID, ids []register.RecordID, t destroyed) error {
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
	draws, err := d.drawsNaming(u, k, ids, t)
	if err != nil {
		return err
	}
	sendings, err := d.sendingsNaming(u, k, ids, t)
	if err != nil {
		return err
	}
	activities, err := d.activitiesNaming(u, k, ids, t)
	if err != nil {
		return err
	}
	t.count(d.state, k, ids, named)
	holds := slices.AppendSeq(slices.Clone(ids), maps.Keys(named))
	touched := len(named) > 0 || len(draws)+len(sendings) > 0 || len(activities) > 0
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
	for id := range named {
		a.files[register.Path{Kind: register.Request, Unit: u, ID: id}.String()] = nil
	}
	for _, x := range draws { // under a fresh key: the old one is gone with the keyring
		if err := d.sealDrawList(a, x.list, x.path.Day); err != nil {
			return err
		}
	}
	for _, x := range sendings {
		if err := d.sealSendingList(a, x.list, x.path.Month); err != nil {
			return err
		}
	}
	return d.withoutErased(a, u, activities)
}

// Erased returns the ids of all who have a tombstone.
func (d *Desk) Erased() (map[register.RecordID]bool, error) {
	out := map[register.RecordID]bool{}
	for u := range d.state.Units {
		err := d.walk(d.tree, "data/"+string(u)+"/erased", func(p register.Path, _ gitstore.Entry) error {
			out[p.ID] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
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
